#include "config.h"

#include "figure/canvas.h"

#include <math.h>

void
msm_canvas_text_free (MsmCanvasText *text)
{
  g_free (text->text);
  g_free (text);
}

void
msm_canvas_set_color (const MsmCanvas *self, MsmColor color)
{
  cairo_set_source_rgba (self->cr, color.red, color.green, color.blue, color.alpha);
}

void
msm_canvas_rect (const MsmCanvas *self, MsmColor color, double x, double y, double width, double height)
{
  msm_canvas_set_color (self, color);
  cairo_rectangle (self->cr, x, y, width, height);
  cairo_fill (self->cr);
}

void
msm_canvas_frame (const MsmCanvas *self, MsmColor color, double x, double y, double width, double height,
                  double thickness)
{
  msm_canvas_set_color (self, color);
  cairo_save (self->cr);
  cairo_set_fill_rule (self->cr, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_rectangle (self->cr, x, y, width, height);
  cairo_rectangle (self->cr, x + thickness, y + thickness, width - 2 * thickness, height - 2 * thickness);
  cairo_fill (self->cr);
  cairo_restore (self->cr);
}

static PangoLayout *
create_layout (const MsmCanvas *self, const char *text, double scale, gboolean bold)
{
  PangoLayout *layout = pango_layout_new (self->pango);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_layout_set_text (layout, text, -1);
  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  /* Figures of one width: a running value does not jitter. */
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

void
msm_canvas_measure (const MsmCanvas *self, const char *text, double scale, gboolean bold, double *width, double *height)
{
  PangoLayout *layout;
  int w, h;

  /* Any size will do, so long as it is the same everywhere. */
  if (self->hides_text)
    {
      *width = ceil (7.0 * scale * self->unit * (double) g_utf8_strlen (text, -1));
      *height = ceil (16.0 * scale * self->unit);
      return;
    }
  layout = create_layout (self, text, scale, bold);
  pango_layout_get_pixel_size (layout, &w, &h);
  g_object_unref (layout);
  *width = w;
  *height = h;
}

double
msm_canvas_text_width (const MsmCanvas *self, const char *text, double scale, gboolean bold)
{
  double width, height;

  msm_canvas_measure (self, text, scale, bold, &width, &height);
  return width;
}

double
msm_canvas_line_height (const MsmCanvas *self, double scale)
{
  double width, height;

  msm_canvas_measure (self, "0", scale, FALSE, &width, &height);
  return height;
}

/* What an SVG needs to write the text as one. */
static void
keep_text (const MsmCanvas *self, PangoLayout *layout, const char *text, double scale, gboolean bold, MsmColor color,
           double x, double y)
{
  const PangoFontDescription *font = pango_context_get_font_description (self->pango);
  MsmCanvasText *kept = g_new0 (MsmCanvasText, 1);
  PangoRectangle logical;

  pango_layout_get_extents (layout, NULL, &logical);
  cairo_get_matrix (self->cr, &kept->matrix);
  cairo_matrix_translate (&kept->matrix, x, y + (double) pango_layout_get_baseline (layout) / PANGO_SCALE);
  kept->text = g_strdup (text);
  kept->size = scale * pango_font_description_get_size (font) / PANGO_SCALE;
  kept->width = (double) logical.width / PANGO_SCALE;
  kept->bold = bold;
  kept->color = color;
  g_ptr_array_add (self->texts, kept);
}

void
msm_canvas_text (const MsmCanvas *self, const char *text, double scale, gboolean bold, MsmColor color, double x,
                 double y, MsmTextAnchor anchor, double *width, double *height)
{
  PangoLayout *layout;
  double w, h;
  int pixel_width, pixel_height;

  if (self->hides_text)
    msm_canvas_measure (self, text, scale, bold, &w, &h);
  else
    {
      layout = create_layout (self, text, scale, bold);
      pango_layout_get_pixel_size (layout, &pixel_width, &pixel_height);
      w = pixel_width;
      h = pixel_height;
      x = floor (x - anchor.x * w);
      y = floor (y - anchor.y * h);
      if (self->texts != NULL)
        keep_text (self, layout, text, scale, bold, color, x, y);
      else
        {
          msm_canvas_set_color (self, color);
          cairo_move_to (self->cr, x, y);
          pango_cairo_show_layout (self->cr, layout);
          cairo_new_path (self->cr);
        }
      g_object_unref (layout);
    }
  if (width != NULL)
    *width = w;
  if (height != NULL)
    *height = h;
}
