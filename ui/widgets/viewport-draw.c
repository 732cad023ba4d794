#include "config.h"

#include "ui/widgets/viewport-private.h"

#include <math.h>

#include "ui/widgets/draw.h"
#include "ui/widgets/layer.h"

static void
draw_empty (MsmViewport *self, GtkSnapshot *snapshot)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double height = gtk_widget_get_height (GTK_WIDGET (self));
  const GdkRGBA dim = { 0.56f, 0.60f, 0.65f, 1.0f };

  msm_layers_draw (self, snapshot, NULL);
  msm_text_draw_lines (GTK_WIDGET (self), snapshot, self->empty_text, 0.95, &dim, width / 2, height / 2, width - 24);
}

static void
draw_ring (MsmViewport *self, GtkSnapshot *snapshot)
{
  const gboolean focused = gtk_widget_has_visible_focus (GTK_WIDGET (self));
  GdkRGBA color = { 0.30f, 0.62f, 0.95f, focused ? 1.0f : 0.75f };

  if (!self->selected && !focused)
    return;
  msm_draw_frame (snapshot,
                  &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                       (float) gtk_widget_get_height (GTK_WIDGET (self))),
                  2, &color);
}

static void
draw_picture (MsmViewport *self, GtkSnapshot *snapshot, GdkTexture *texture, const MsmViewportGeometry *at)
{
  graphene_rect_t to = GRAPHENE_RECT_INIT ((float) at->x0, (float) at->y0,
                                           (float) (at->column_scale * (double) msm_viewport_n_columns (self)),
                                           (float) (at->row_scale * (double) msm_viewport_n_rows (self)));

  if (self->nearest)
    msm_draw_pixels (snapshot,
                     &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                          (float) gtk_widget_get_height (GTK_WIDGET (self))),
                     texture, &to, CAIRO_FILTER_NEAREST);
  else
    gtk_snapshot_append_texture (snapshot, texture, &to);
}

void
msm_viewport_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmViewport *self = MSM_VIEWPORT (widget);
  const GdkRGBA black = { 0.0f, 0.0f, 0.0f, 1.0f }, divider = { 1.0f, 1.0f, 1.0f, 0.8f };
  graphene_rect_t bounds =
      GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget));
  MsmViewportGeometry at;

  if (bounds.size.width < 1 || bounds.size.height < 1)
    return;
  gtk_snapshot_push_clip (snapshot, &bounds);
  gtk_snapshot_append_color (snapshot, &black, &bounds);
  if (self->tensor == NULL)
    draw_empty (self, snapshot);
  else
    {
      msm_viewport_ensure_textures (self);
      at = msm_viewport_geometry_now (self);
      draw_picture (self, snapshot, msm_viewport_compare_texture (self), &at);
      if (self->compare == MSM_COMPARE_SPLIT && !self->shows_other && self->second_texture != NULL)
        {
          float x = floorf ((float) self->split * bounds.size.width);

          gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (x, 0, bounds.size.width - x, bounds.size.height));
          gtk_snapshot_append_color (snapshot, &black, &bounds);
          draw_picture (self, snapshot, self->second_texture, &at);
          gtk_snapshot_pop (snapshot);
          msm_draw_rect (snapshot, &divider, x, 0, 1, bounds.size.height);
        }
      msm_layers_draw (self, snapshot, &at);
    }
  draw_ring (self, snapshot);
  gtk_snapshot_pop (snapshot);
}
