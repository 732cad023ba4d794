#include "config.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/atomic-file.h"
#include "core/io/image-write.h"
#include "figure/figure-private.h"
#include "figure/svg-text.h"

/* One format of figures. */
typedef struct
{
  const char *suffix;
  gboolean (*write) (const MsmFigure *self, const MsmFigureLayout *layout, const char *path, const char *text,
                     GError **error);
} Format;

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

gboolean
msm_figure_check_status (cairo_status_t status, const char *path, GError **error)
{
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, MSM_ERROR, status == CAIRO_STATUS_NO_MEMORY ? MSM_ERROR_MEMORY : MSM_ERROR_FILE,
               _("%s: could not be drawn: %s"), path, cairo_status_to_string (status));
  return FALSE;
}

/* Draws on @surface, whose unit is @points_per_pixel of the layout's. Takes @surface. */
static cairo_status_t
draw_on (const MsmFigure *self, const MsmFigureLayout *layout, cairo_surface_t *surface, double scale, GPtrArray *texts)
{
  PangoContext *fonts = msm_figure_create_fonts (self, layout->dpi);
  MsmCanvas canvas = { .cr = cairo_create (surface),
                       .pango = fonts,
                       .unit = layout->dpi / 96.0,
                       .hides_text = self->hides_text,
                       .texts = texts };
  cairo_status_t status;

  cairo_scale (canvas.cr, scale, scale);
  msm_figure_draw (self, layout, &canvas);
  status = cairo_status (canvas.cr);
  cairo_destroy (canvas.cr);
  g_object_unref (fonts);
  /* Pages are written now; a picture's pixels can still be read. */
  if (cairo_surface_get_type (surface) == CAIRO_SURFACE_TYPE_IMAGE)
    cairo_surface_flush (surface);
  else
    cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  return status;
}

void
msm_pdf_describe (cairo_surface_t *surface, const char *title, const char *subject)
{
  cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_5);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, title != NULL ? title : "");
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_SUBJECT, subject != NULL ? subject : "");
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "MSM Studio " MSM_VERSION);
  /* Neither the day nor the hour: the same figure is the same file, and says nothing of when somebody was examined. */
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
}

static gboolean
write_pdf (const MsmFigure *self, const MsmFigureLayout *layout, const char *path, const char *text, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const double points = 72.0 / layout->dpi;
  cairo_surface_t *surface =
      cairo_pdf_surface_create_for_stream (append, bytes, layout->width * points, layout->height * points);

  msm_pdf_describe (surface, self->title, text);
  return msm_figure_check_status (draw_on (self, layout, surface, points, NULL), path, error)
         && msm_atomic_write (path, bytes->data, bytes->len, error);
}

static char *
format_svg (const MsmFigure *self, const MsmFigureLayout *layout, const char *path, const char *text, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_canvas_text_free);
  const double points = 72.0 / layout->dpi;
  cairo_surface_t *surface =
      cairo_svg_surface_create_for_stream (append, bytes, layout->width * points, layout->height * points);

  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PT);
  if (!msm_figure_check_status (draw_on (self, layout, surface, points, texts), path, error))
    return NULL;
  return msm_svg_add_texts ((const char *) bytes->data, bytes->len, texts, self->style.font, !self->style.is_smooth,
                            self->title, text);
}

char *
msm_figure_format_svg (const MsmFigure *self, const char *path, const char *text, GError **error)
{
  MsmFigureLayout layout;

  return msm_figure_place (self, &layout, error) ? format_svg (self, &layout, path, text, error) : NULL;
}

static gboolean
write_svg (const MsmFigure *self, const MsmFigureLayout *layout, const char *path, const char *text, GError **error)
{
  g_autofree char *svg = format_svg (self, layout, path, text, error);

  return svg != NULL && msm_atomic_write (path, svg, strlen (svg), error);
}

/* From Cairo's words to bytes R, G, B, A. */
static guint8 *
draw_rgba (const MsmFigure *self, const MsmFigureLayout *layout, const char *path, GError **error)
{
  const gsize width = (gsize) layout->width, height = (gsize) layout->height;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width, (int) height);
  guint8 *rgba = g_try_malloc_n (width * height, 4);
  cairo_status_t status = draw_on (self, layout, cairo_surface_reference (surface), 1, NULL);

  if (rgba == NULL || !msm_figure_check_status (status, path, error))
    {
      if (rgba == NULL)
        g_set_error_literal (error, MSM_ERROR, MSM_ERROR_MEMORY, _("not enough memory for the picture"));
      g_free (rgba);
      cairo_surface_destroy (surface);
      return NULL;
    }
  for (gsize row = 0; row < height; row++)
    {
      const guint8 *from = cairo_image_surface_get_data (surface) + row * cairo_image_surface_get_stride (surface);

      for (gsize column = 0; column < width; column++)
        {
          guint32 word = *(const guint32 *) (const void *) (from + 4 * column);
          guint8 *to = rgba + 4 * (row * width + column);

          to[0] = (guint8) (word >> 16);
          to[1] = (guint8) (word >> 8);
          to[2] = (guint8) word;
          to[3] = 255;
        }
    }
  cairo_surface_destroy (surface);
  return rgba;
}

static gboolean
write_png (const MsmFigure *self, const MsmFigureLayout *layout, const char *path, const char *text, GError **error)
{
  g_autofree guint8 *rgba = draw_rgba (self, layout, path, error);

  return rgba != NULL
         && msm_png_write_page (path, rgba, (gsize) layout->height, (gsize) layout->width, layout->dpi, text, error);
}

static const Format formats[] = {
  { ".pdf", write_pdf },
  { ".svg", write_svg },
  { ".png", write_png },
};

static const Format *
find_format (const char *path, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (lower, formats[i].suffix))
      return &formats[i];
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: a figure is a .pdf, .svg or .png"), path);
  return NULL;
}

gboolean
msm_figure_can_write (const char *path, GError **error)
{
  return find_format (path, error) != NULL;
}

gboolean
msm_figure_write (const MsmFigure *self, const char *path, const char *text, GError **error)
{
  const Format *format = find_format (path, error);
  MsmFigureLayout layout;

  return format != NULL && msm_figure_place (self, &layout, error) && format->write (self, &layout, path, text, error);
}

guint8 *
msm_figure_render (const MsmFigure *self, gsize *n_rows, gsize *n_columns, GError **error)
{
  MsmFigureLayout layout;

  if (!msm_figure_place (self, &layout, error))
    return NULL;
  *n_rows = (gsize) layout.height;
  *n_columns = (gsize) layout.width;
  return draw_rgba (self, &layout, _("figure"), error);
}
