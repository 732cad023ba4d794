#pragma once

#include "app/session/session.h"
#include "core/render/render.h"

G_BEGIN_DECLS

/*
 * An image that a pane can show, as a text: "zero-filled", "reference", "kspace", "psf" of the session, or an
 * output of the run that is selected: "estimate", "z", "local-1", "error". "estimate@2" is run 2's, whichever is
 * selected; "estimate@A" and "estimate@B" are those of the runs that are pinned to be compared.
 */

/* How the pictures of one kind are shown unless somebody says otherwise. */
typedef struct
{
  const char *name;  /* or the beginning of it: "local-" */
  const char *title; /* NULL: the output's own */
  gboolean has_mode;
  MsmRenderMode mode;
  MsmColormap colormap;
  gboolean own_window; /* its values are no image values */
  gboolean from_zero;  /* counts: the automatic window is 0 to the largest */
  double gain;
  gboolean nearest;
  gboolean is_scaled; /* run values × the frame's scale are true values */
  gboolean is_image;  /* has the scan's pixel size */
} MsmSourceStyle;

typedef struct
{
  MsmTensor *tensor; /* borrowed; NULL: nothing to show now */
  double gain;
  const MsmSourceStyle *style;
  MsmFrame *frame; /* borrowed; NULL: not of a run */
  MsmRunItem *run; /* borrowed; NULL: not of a run */
  char *title;
} MsmSourceImage;

void msm_source_resolve (MsmSession *session, const char *source, MsmSourceImage *image);
void msm_source_image_clear (MsmSourceImage *image);
/* Why it is empty. */
const char *msm_source_empty_text (MsmSession *session, const char *source);
/* Sections of every source there is now, for a menu whose items activate @action with the source as its target. */
void msm_source_append_menu (MsmSession *session, GMenu *menu, const char *action);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmSourceImage, msm_source_image_clear)

G_END_DECLS
