#include "config.h"

#include <cairo-pdf.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/io/atomic-file.h"
#include "figure/report-private.h"

/* A4, in points. */
#define PAGE_WIDTH    595.28
#define PAGE_HEIGHT   841.89
#define MARGIN        48.0
#define FOOT          30.0
#define TEXT_PT       9.0
/* No figure takes more of the first page's height than this. */
#define FIGURE_HEIGHT 520.0

typedef struct
{
  cairo_t *cr;
  PangoContext *fonts;
  double y;
  guint page;
} Pages;

static PangoLayout *
create_layout (const Pages *self, const char *text, double points, gboolean bold, gboolean is_code, double width)
{
  PangoLayout *layout = pango_layout_new (self->fonts);
  PangoFontDescription *font = pango_font_description_from_string (is_code ? "Monospace" : "Sans");

  pango_font_description_set_absolute_size (font, points * PANGO_SCALE);
  if (bold)
    pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  if (width > 0)
    {
      pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
      pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
    }
  return layout;
}

static double
layout_width (PangoLayout *layout)
{
  PangoRectangle logical;

  pango_layout_get_extents (layout, NULL, &logical);
  return (double) logical.width / PANGO_SCALE;
}

static void
show_at (const Pages *self, PangoLayout *layout, double x, double y)
{
  cairo_move_to (self->cr, x, y);
  pango_cairo_show_layout (self->cr, layout);
}

static void
draw_foot (const Pages *self)
{
  g_autofree char *number = g_strdup_printf ("%u", self->page);
  g_autofree char *left = g_strdup_printf (_("MSM Studio %s · not for diagnostic use"), MSM_VERSION);
  PangoLayout *layout = create_layout (self, left, 7, FALSE, FALSE, 0);

  cairo_set_source_rgb (self->cr, 0.35, 0.35, 0.35);
  show_at (self, layout, MARGIN, PAGE_HEIGHT - FOOT);
  g_object_unref (layout);
  layout = create_layout (self, number, 7, FALSE, FALSE, 0);
  show_at (self, layout, PAGE_WIDTH - MARGIN - layout_width (layout), PAGE_HEIGHT - FOOT);
  g_object_unref (layout);
  cairo_set_source_rgb (self->cr, 0, 0, 0);
}

static void
end_page (Pages *self)
{
  draw_foot (self);
  cairo_show_page (self->cr);
  self->page++;
  self->y = MARGIN;
}

/* A new page where there is no room for @height. */
static void
make_room (Pages *self, double height)
{
  if (self->y + height > PAGE_HEIGHT - MARGIN && self->y > MARGIN)
    end_page (self);
}

/* Line by line, over as many pages as it needs. */
static void
write_text (Pages *self, const char *text, double points, gboolean bold, gboolean is_code)
{
  PangoLayout *layout = create_layout (self, text, points, bold, is_code, PAGE_WIDTH - 2 * MARGIN);
  const double height = 1.35 * points;

  for (int i = 0; i < pango_layout_get_line_count (layout); i++)
    {
      make_room (self, height);
      cairo_move_to (self->cr, MARGIN, self->y + points);
      pango_cairo_show_layout_line (self->cr, pango_layout_get_line_readonly (layout, i));
      self->y += height;
    }
  g_object_unref (layout);
}

/* A paragraph for each part of settings: on paper a line for each would fill pages. (transfer full) */
static char *
join_lines (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\n\n", -1);

  for (int i = 0; parts[i] != NULL; i++)
    g_strdelimit (g_strstrip (parts[i]), "\n", ' ');
  return g_strjoinv ("\n", parts);
}

static void
write_section (Pages *self, const MsmReportSection *section)
{
  g_autofree char *joined = section->is_code ? join_lines (section->text) : NULL;

  self->y += 10;
  make_room (self, 40); /* no heading alone at the foot of a page */
  write_text (self, section->heading, 11, TRUE, FALSE);
  self->y += 2;
  write_text (self, joined != NULL ? joined : section->text, section->is_code ? 7 : TEXT_PT, FALSE, section->is_code);
}

static void
write_figure (Pages *self, const MsmFigure *figure, const MsmFigureLayout *layout)
{
  PangoContext *fonts = msm_figure_create_fonts (figure, layout->dpi);
  const double room = MIN (FIGURE_HEIGHT, PAGE_HEIGHT - 2 * MARGIN - self->y);
  const double scale = MIN ((PAGE_WIDTH - 2 * MARGIN) / layout->width, room / layout->height);
  MsmCanvas canvas = { .cr = self->cr, .pango = fonts, .unit = layout->dpi / 96.0, .hides_text = figure->hides_text };

  cairo_save (self->cr);
  cairo_translate (self->cr, (PAGE_WIDTH - scale * layout->width) / 2, self->y);
  cairo_scale (self->cr, scale, scale);
  msm_figure_draw (figure, layout, &canvas);
  cairo_restore (self->cr);
  cairo_set_source_rgb (self->cr, 0, 0, 0);
  g_object_unref (fonts);
  self->y += scale * layout->height + 8;
}

/* The first column at the left, the others at their right edges; smaller where it is too wide. */
static void
write_table (Pages *self, const GPtrArray *rows)
{
  const guint n = rows->len > 0 ? g_strv_length (g_ptr_array_index (rows, 0)) : 0;
  g_autofree double *widths = g_new0 (double, n + 1);
  double points = TEXT_PT, total = 0;

  for (guint i = 0; i < rows->len; i++)
    for (guint k = 0; k < n; k++)
      {
        PangoLayout *cell = create_layout (self, ((char **) g_ptr_array_index (rows, i))[k], points, i == 0, FALSE, 0);

        widths[k] = MAX (widths[k], layout_width (cell) + 14);
        g_object_unref (cell);
      }
  for (guint k = 0; k < n; k++)
    total += widths[k];
  if (total > PAGE_WIDTH - 2 * MARGIN)
    {
      double factor = (PAGE_WIDTH - 2 * MARGIN) / total;

      points *= factor;
      for (guint k = 0; k < n; k++)
        widths[k] *= factor;
    }
  for (guint i = 0; i < rows->len; i++)
    {
      double x = MARGIN;

      make_room (self, 1.6 * points);
      for (guint k = 0; k < n; k++)
        {
          PangoLayout *cell =
              create_layout (self, ((char **) g_ptr_array_index (rows, i))[k], points, i == 0, FALSE, 0);

          x += widths[k];
          show_at (self, cell, k == 0 ? MARGIN : x - layout_width (cell), self->y);
          g_object_unref (cell);
        }
      self->y += 1.6 * points;
      if (i == 0)
        {
          cairo_rectangle (self->cr, MARGIN, self->y - 0.25 * points, x - MARGIN, 0.6);
          cairo_fill (self->cr);
        }
    }
  self->y += 4;
}

static void
write_pages (Pages *self, const MsmReport *report, const MsmFigureLayout *layout)
{
  write_text (self, report->title, 15, TRUE, FALSE);
  if (report->subtitle != NULL)
    write_text (self, report->subtitle, TEXT_PT, FALSE, FALSE);
  self->y += 8;
  write_figure (self, report->figure, layout);
  write_text (self, report->caption, 7.5, FALSE, FALSE);
  self->y += 8;
  write_table (self, report->rows);
  if (report->table_note != NULL)
    write_text (self, report->table_note, 7.5, FALSE, FALSE);
  for (guint i = 0; i < report->sections->len; i++)
    write_section (self, g_ptr_array_index (report->sections, i));
  draw_foot (self);
  cairo_show_page (self->cr);
}

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

gboolean
msm_report_write_pdf (const MsmReport *self, const char *path, const char *text, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  MsmFigureLayout layout;
  cairo_surface_t *surface;
  cairo_status_t status;
  Pages pages = { .y = MARGIN, .page = 1 };

  if (!msm_figure_place (self->figure, &layout, error))
    return FALSE;
  surface = cairo_pdf_surface_create_for_stream (append, bytes, PAGE_WIDTH, PAGE_HEIGHT);
  msm_pdf_describe (surface, self->title, text);
  pages.cr = cairo_create (surface);
  pages.fonts = msm_figure_create_fonts (self->figure, 72);
  write_pages (&pages, self, &layout);
  status = cairo_status (pages.cr);
  cairo_destroy (pages.cr);
  g_object_unref (pages.fonts);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  return msm_figure_check_status (status, path, error) && msm_atomic_write (path, bytes->data, bytes->len, error);
}
