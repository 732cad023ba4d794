#pragma once

#include "app/figure/figure-build.h"

G_BEGIN_DECLS

/* What moves in a film; names in the order of msm_film_kinds. */
typedef enum
{
  MSM_FILM_TRAJECTORY, /* the steps of each method, side by side */
  MSM_FILM_SLICES,     /* through the slices of the scan */
  MSM_FILM_SAMPLES,    /* the posterior samples, one after the other */
  MSM_FILM_FLICKER,    /* the methods, one after the other at the same place */
} MsmFilmKind;

extern const char *const msm_film_kinds[];

/* The pictures of a film, made one by one; all are of one size, and share their windows. */
typedef struct _MsmFilmFrames MsmFilmFrames;

/**
 * msm_film_frames_new:
 * @options: as of msm_figure_run_items(); frames and samples are kept as @kind needs them
 * @slices: (nullable) (element-type gsize): of MSM_FILM_SLICES
 * @zoom: pixels of the film for one of a picture
 *
 * Runs what is needed. @spec is borrowed.
 * Returns: (transfer full): NULL as msm_figure_run_items() and msm_figure_compose() fail, or MSM_ERROR_VALUE: nothing
 * moves (a single step, slice, sample or picture)
 */
MsmFilmFrames *msm_film_frames_new (MsmFigureSpec *spec, MsmFilmKind kind, const MsmFigureRunOptions *options,
                                    const GArray *slices, int zoom, GError **error);
void msm_film_frames_free (MsmFilmFrames *self);
guint msm_film_frames_count (const MsmFilmFrames *self);
/* (transfer full): as msm_figure_compose() fails */
MsmFigure *msm_film_frames_make (MsmFilmFrames *self, guint index, GError **error);
/* Of the whole film: as msm_figure_caption(). (transfer full) */
char *msm_film_frames_caption (MsmFilmFrames *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFilmFrames, msm_film_frames_free)

G_END_DECLS
