#include "config.h"

#include "ui/widgets/draw.h"

#include <math.h>
#include <string.h>

static gboolean text_enabled = TRUE;

void
msm_text_set_enabled (gboolean enabled)
{
  text_enabled = enabled;
}

void
msm_draw_frame (GtkSnapshot *snapshot, const graphene_rect_t *rect, float width, const GdkRGBA *color)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, rect, 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ width, width, width, width },
                              (GdkRGBA[4]){ *color, *color, *color, *color });
}

MsmCanvas
msm_draw_canvas (GtkWidget *widget, GtkSnapshot *snapshot, const graphene_rect_t *bounds)
{
  return (MsmCanvas){ .cr = gtk_snapshot_append_cairo (snapshot, bounds),
                      .pango = gtk_widget_get_pango_context (widget),
                      .unit = 1,
                      .hides_text = !text_enabled };
}

GdkTexture *
msm_draw_texture_new (guint8 *rgba, gsize n_rows, gsize n_columns)
{
  const gsize n = n_rows * n_columns;
  g_autoptr (GBytes) bytes = NULL;

  /* A word at a time: the byte too much is overwritten by the next pixel. */
  for (gsize i = 0; i < n; i++)
    {
      guint32 pixel;

      memcpy (&pixel, rgba + 4 * i, sizeof pixel);
      memcpy (rgba + 3 * i, &pixel, sizeof pixel);
    }
  bytes = g_bytes_new_take (rgba, 3 * n);
  return gdk_memory_texture_new ((int) n_columns, (int) n_rows, GDK_MEMORY_R8G8B8, bytes, 3 * n_columns);
}

void
msm_draw_pixels (GtkSnapshot *snapshot, const graphene_rect_t *clip, GdkTexture *texture, const graphene_rect_t *to,
                 cairo_filter_t filter)
{
  const int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, clip);

  gdk_texture_download (texture, cairo_image_surface_get_data (surface),
                        (gsize) cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);
  cairo_translate (cr, to->origin.x, to->origin.y);
  cairo_scale (cr, to->size.width / width, to->size.height / height);
  cairo_set_source_surface (cr, surface, 0, 0);
  /* The edge is not mixed with what lies around it. */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_pattern_set_filter (cairo_get_source (cr), filter);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

static PangoLayout *
create_layout (GtkWidget *widget, const char *text, double scale, gboolean bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  /* Figures of one width: a running value does not jitter. */
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

graphene_size_t
msm_text_measure (GtkWidget *widget, const char *text, double scale, gboolean bold)
{
  g_autoptr (PangoLayout) layout = NULL;
  int width, height;

  /* Any size will do, so long as it is the same everywhere. */
  if (!text_enabled)
    return GRAPHENE_SIZE_INIT ((float) ceil (7.0 * scale * (double) g_utf8_strlen (text, -1)),
                               (float) ceil (16.0 * scale));
  layout = create_layout (widget, text, scale, bold);
  pango_layout_get_pixel_size (layout, &width, &height);
  return GRAPHENE_SIZE_INIT ((float) width, (float) height);
}

static void
append_at (GtkSnapshot *snapshot, PangoLayout *layout, const GdkRGBA *color, double x, double y)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

graphene_size_t
msm_text_draw (GtkWidget *widget, GtkSnapshot *snapshot, const char *text, double scale, gboolean bold,
               const GdkRGBA *color, gboolean is_over_picture, double x, double y, MsmTextAnchor anchor)
{
  const GdkRGBA plate = { 0.0f, 0.0f, 0.0f, 0.6f };
  g_autoptr (PangoLayout) layout = NULL;
  int width, height;

  if (!text_enabled)
    return msm_text_measure (widget, text, scale, bold);
  layout = create_layout (widget, text, scale, bold);
  pango_layout_get_pixel_size (layout, &width, &height);
  x = floor (x - anchor.x * width);
  y = floor (y - anchor.y * height);
  if (is_over_picture)
    msm_draw_rect (snapshot, &plate, x - 2, y, width + 4, height);
  append_at (snapshot, layout, color, x, y);
  return GRAPHENE_SIZE_INIT ((float) width, (float) height);
}

void
msm_text_draw_lines (GtkWidget *widget, GtkSnapshot *snapshot, const char *text, double scale, const GdkRGBA *color,
                     double x, double y, double width)
{
  g_autoptr (PangoLayout) layout = NULL;
  int height;

  if (!text_enabled || width < 1)
    return;
  layout = create_layout (widget, text, scale, FALSE);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_get_pixel_size (layout, NULL, &height);
  append_at (snapshot, layout, color, floor (x - width / 2), floor (y - height / 2.0));
}
