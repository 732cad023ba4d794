#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Films: pictures of one size, one after the other, written to a temporary name and renamed when all are there. APNG
 * and WebP are exact to the pixel; a GIF has 256 colours a picture; MP4 and WebM are made by the program ffmpeg, where
 * it is installed.
 */
typedef struct _MsmFilm MsmFilm;

typedef struct
{
  const char *suffix;
  gsize instance_size;
  /* With path, size, rate and temp in place. */
  gboolean (*open) (MsmFilm *self, GError **error);
  gboolean (*add) (MsmFilm *self, const guint8 *rgba, GError **error);
  gboolean (*finish) (MsmFilm *self, GError **error);
  void (*dispose) (MsmFilm *self);
} MsmFilmFormat;

struct _MsmFilm
{
  const MsmFilmFormat *format;
  char *path, *temp;
  gsize n_rows, n_columns;
  double rate;      /* pictures per second */
  guint n_frames;   /* so many are added */
  guint n_total;    /* of so many */
  char *text;       /* (nullable) */
  gboolean is_open; /* open() was called */
};

/* By the suffix: .webp, .png, .gif, .mp4, .webm. MSM_ERROR_UNSUPPORTED; MSM_ERROR_FILE when ffmpeg is missing. */
gboolean msm_film_can_write (const char *path, GError **error);
/**
 * msm_film_new:
 * @n_frames: how many there will be
 * @rate: pictures per second, 0.1 to 100
 * @text: (nullable): provenance, where the format has a place for it
 *
 * Returns: (transfer full): NULL as msm_film_can_write() fails, or with MSM_ERROR_FILE, MSM_ERROR_VALUE: too large
 */
MsmFilm *msm_film_new (const char *path, gsize n_rows, gsize n_columns, guint n_frames, double rate, const char *text,
                       GError **error);
/* @rgba: n_rows · n_columns opaque pixels. MSM_ERROR_FILE, MSM_ERROR_MEMORY. */
gboolean msm_film_add (MsmFilm *self, const guint8 *rgba, GError **error);
/* All frames are there: gives the file its name. MSM_ERROR_FILE. */
gboolean msm_film_finish (MsmFilm *self, GError **error);
/* Without msm_film_finish() nothing is left. */
void msm_film_free (MsmFilm *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFilm, msm_film_free)

G_END_DECLS
