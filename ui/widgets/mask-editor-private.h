#pragma once

#include "ui/widgets/mask-editor.h"

G_BEGIN_DECLS

/* Shared by mask-editor.c, mask-editor-draw.c (how it looks) and mask-editor-input.c (what the hand does). */

/* Room for the texts under the plane. */
#define MSM_MASK_EDITOR_FOOTER 20.0
#define MSM_MASK_EDITOR_MARGIN 6.0

struct _MsmMaskEditor
{
  GtkWidget parent_instance;
  MsmMask *mask;
  MsmMaskTool tool;
  guint brush;
  GdkTexture *texture;         /* NULL: to be drawn anew */
  int hover_row, hover_column; /* −1: none */
  gboolean dragging, erasing;
  double start_x, start_y;
  int first_row, first_column; /* of the drag */
  int last_row, last_column;   /* of the stroke so far */
};

enum
{
  MSM_MASK_EDITOR_EDIT_BEGIN,
  MSM_MASK_EDITOR_EDIT,
  MSM_MASK_EDITOR_EDIT_END,
  MSM_MASK_EDITOR_HOVER,
  MSM_MASK_EDITOR_N_SIGNALS
};

extern guint msm_mask_editor_signals[MSM_MASK_EDITOR_N_SIGNALS];

/* Where the plane lies in the widget. */
graphene_rect_t msm_mask_editor_plane_rect (MsmMaskEditor *self);
/* FALSE outside the plane; the indices are then the nearest ones. */
gboolean msm_mask_editor_index_at (MsmMaskEditor *self, double x, double y, int *row, int *column);
void msm_mask_editor_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);
void msm_mask_editor_add_controllers (MsmMaskEditor *self);

G_END_DECLS
