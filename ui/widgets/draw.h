#pragma once

#include <gtk/gtk.h>

#include "core/render/render.h"
#include "figure/canvas.h"
#include "figure/number-text.h"

G_BEGIN_DECLS

/* A filled rectangle. */
static inline void
msm_draw_rect (GtkSnapshot *snapshot, const GdkRGBA *color, double x, double y, double width, double height)
{
  gtk_snapshot_append_color (snapshot, color,
                             &GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width, (float) height));
}

/* A border along the inner edge of @rect. */
void msm_draw_frame (GtkSnapshot *snapshot, const graphene_rect_t *rect, float width, const GdkRGBA *color);
/**
 * msm_draw_texture_new:
 * @rgba: (transfer full): opaque pixels [rows, columns], from g_malloc()
 *
 * (transfer full): a texture without alpha: with one, GTK 4.8 multiplies it in anew at every frame that it draws with
 * Cairo, which takes four times as long (0.23 instead of 0.06 ms for 256 × 256)
 */
GdkTexture *msm_draw_texture_new (guint8 *rgba, gsize n_rows, gsize n_columns);
/**
 * msm_draw_pixels:
 * @clip: what is painted at most
 * @to: where the whole texture lies
 *
 * A texture with a filter of one's choice: GTK 4.8 has none for textures, Cairo has.
 */
void msm_draw_pixels (GtkSnapshot *snapshot, const graphene_rect_t *clip, GdkTexture *texture,
                      const graphene_rect_t *to, cairo_filter_t filter);

/* A canvas over @bounds, in the widget's font; its cr is the caller's to destroy. */
MsmCanvas msm_draw_canvas (GtkWidget *widget, GtkSnapshot *snapshot, const graphene_rect_t *bounds);

static inline MsmColor
msm_draw_color (const GdkRGBA *color)
{
  return (MsmColor){ color->red, color->green, color->blue, color->alpha };
}

static inline GdkRGBA
msm_draw_rgba (MsmColor color)
{
  return (GdkRGBA){ color.red, color.green, color.blue, color.alpha };
}

/**
 * msm_text_draw:
 * @scale: of the widget's font
 * @is_over_picture: on a dark plate, so that it can be read on white as on black
 *
 * Draws @text with its anchor at (@x, @y), on whole pixels so that it stays crisp; returns its size.
 */
graphene_size_t msm_text_draw (GtkWidget *widget, GtkSnapshot *snapshot, const char *text, double scale, gboolean bold,
                               const GdkRGBA *color, gboolean is_over_picture, double x, double y,
                               MsmTextAnchor anchor);
/* @text within @width around (@x, @y), in as many centred lines as it needs. */
void msm_text_draw_lines (GtkWidget *widget, GtkSnapshot *snapshot, const char *text, double scale,
                          const GdkRGBA *color, double x, double y, double width);
graphene_size_t msm_text_measure (GtkWidget *widget, const char *text, double scale, gboolean bold);
/* With texts off, widgets draw all the rest: their pictures then do not depend on installed fonts. */
void msm_text_set_enabled (gboolean enabled);

G_END_DECLS
