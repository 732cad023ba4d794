#include "config.h"

#include <math.h>

#include "figure/color-scale.h"
#include "figure/figure-private.h"
#include "figure/plot-draw.h"

static const MsmColor white = { 1, 1, 1, 1 }, plate = { 0, 0, 0, 0.45f };
static const MsmColor region_color = { 0.36f, 0.95f, 0.62f, 1 };

/* Insets and their frames; told apart also without colours, by their order. */
static const MsmColor inset_colors[] = {
  { 1.00f, 0.80f, 0.25f, 1 },
  { 0.35f, 0.80f, 1.00f, 1 },
  { 1.00f, 0.50f, 0.75f, 1 },
  { 0.60f, 0.95f, 0.45f, 1 },
};

/* The plane as a Cairo surface of its own size. */
static cairo_surface_t *
create_surface (const MsmFigurePane *pane, gsize n_rows, gsize n_columns)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) n_columns, (int) n_rows);
  gsize planes = pane->is_rgb ? 3 : 1, parts = msm_tensor_dtype (pane->image) == MSM_C64 ? 2 : 1;
  const float *data = msm_tensor_const_host (pane->image) + pane->plane * planes * parts * n_rows * n_columns;
  gsize stride;
  guint8 *pixels;

  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  pixels = cairo_image_surface_get_data (surface);
  stride = (gsize) cairo_image_surface_get_stride (surface);
  if (pane->is_rgb)
    msm_render_rgb (data, n_rows, n_columns, &pane->options, pixels, stride);
  else
    msm_render_plane (data, msm_tensor_dtype (pane->image), n_rows, n_columns, &pane->options, pixels, stride);
  /* From bytes R, G, B to words 0x00RRGGBB. */
  for (gsize row = 0; row < n_rows; row++)
    for (gsize column = 0; column < n_columns; column++)
      {
        guint8 *rgba = pixels + row * stride + 4 * column;
        guint32 word = (guint32) rgba[0] << 16 | (guint32) rgba[1] << 8 | rgba[2];

        *(guint32 *) (void *) rgba = word;
      }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static void
paint_at (const MsmCanvas *canvas, cairo_surface_t *surface, double x, double y, double row_zoom, double column_zoom,
          gboolean is_smooth)
{
  cairo_t *cr = canvas->cr;

  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, column_zoom, row_zoom);
  cairo_set_source_surface (cr, surface, 0, 0);
  /* The edge is not mixed with what lies around it. */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_pattern_set_filter (cairo_get_source (cr), is_smooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_rectangle (cr, 0, 0, cairo_image_surface_get_width (surface), cairo_image_surface_get_height (surface));
  cairo_fill (cr);
  cairo_restore (cr);
}

static int
inset_zoom (const MsmFigure *self, const MsmFigureInset *inset)
{
  gsize smaller = MIN (msm_figure_n_rows (self), msm_figure_n_columns (self));

  return inset->zoom > 0 ? inset->zoom : (int) MAX (2, 2 * smaller / 5 / inset->size);
}

/* Whether the enlarged part, in @corner, would cover the part itself. */
static gboolean
hides_itself (const MsmFigure *self, const MsmFigureInset *inset, MsmCorner corner)
{
  gsize rows = msm_figure_n_rows (self), columns = msm_figure_n_columns (self);
  gsize side = inset->size * (gsize) inset_zoom (self, inset);
  gboolean at_top = corner == MSM_CORNER_TOP_LEFT || corner == MSM_CORNER_TOP_RIGHT;
  gboolean at_left = corner == MSM_CORNER_TOP_LEFT || corner == MSM_CORNER_BOTTOM_LEFT;
  gboolean rows_meet = at_top ? inset->top < side : inset->top + inset->size + side > rows;
  gboolean columns_meet = at_left ? inset->left < side : inset->left + inset->size + side > columns;

  return rows_meet && columns_meet;
}

/* @taken: a bit for each corner. */
static MsmCorner
choose_corner (const MsmFigure *self, const MsmFigureInset *inset, guint taken)
{
  static const MsmCorner order[] = { MSM_CORNER_BOTTOM_RIGHT, MSM_CORNER_TOP_RIGHT, MSM_CORNER_BOTTOM_LEFT,
                                     MSM_CORNER_TOP_LEFT };

  if (inset->corner != MSM_CORNER_AUTO)
    return inset->corner;
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    if (!hides_itself (self, inset, order[i]) && (taken & 1u << order[i]) == 0)
      return order[i];
  return MSM_CORNER_BOTTOM_RIGHT;
}

/* Returns the corners that are taken now. */
static guint
draw_insets (const MsmFigure *self, const MsmCanvas *canvas, cairo_surface_t *surface, const MsmImagePlace *at,
             double width, double height)
{
  const double line = MAX (rint (1.2 * canvas->unit), 1);
  guint taken = 0;

  for (guint i = 0; i < self->insets->len; i++)
    {
      const MsmFigureInset *inset = &g_array_index (self->insets, MsmFigureInset, i);
      MsmCorner corner = choose_corner (self, inset, taken);
      MsmColor color = inset_colors[i % G_N_ELEMENTS (inset_colors)];
      int zoom = inset_zoom (self, inset);
      double w = (double) inset->size * zoom * at->column_scale, h = (double) inset->size * zoom * at->row_scale;
      gboolean at_top = corner == MSM_CORNER_TOP_LEFT || corner == MSM_CORNER_TOP_RIGHT;
      gboolean at_left = corner == MSM_CORNER_TOP_LEFT || corner == MSM_CORNER_BOTTOM_LEFT;
      double x = at_left ? at->x0 : at->x0 + width - w, y = at_top ? at->y0 : at->y0 + height - h;
      cairo_surface_t *part = cairo_surface_create_for_rectangle (surface, (double) inset->left, (double) inset->top,
                                                                  (double) inset->size, (double) inset->size);
      cairo_surface_t *copy = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) inset->size, (int) inset->size);
      cairo_t *cr = cairo_create (copy);

      cairo_set_source_surface (cr, part, 0, 0);
      cairo_paint (cr);
      cairo_destroy (cr);
      paint_at (canvas, copy, x, y, zoom * at->row_scale, zoom * at->column_scale, self->style.is_smooth);
      cairo_surface_destroy (part);
      cairo_surface_destroy (copy);
      msm_canvas_frame (canvas, color, x, y, w, h, line);
      msm_canvas_frame (canvas, color, at->x0 + (double) inset->left * at->column_scale - line,
                        at->y0 + (double) inset->top * at->row_scale - line,
                        (double) inset->size * at->column_scale + 2 * line,
                        (double) inset->size * at->row_scale + 2 * line, line);
      taken |= 1u << corner;
    }
  return taken;
}

static void
draw_on_plate (const MsmCanvas *canvas, const char *text, double scale, gboolean bold, MsmColor color, double x,
               double y, MsmTextAnchor anchor)
{
  double width, height;

  msm_canvas_measure (canvas, text, scale, bold, &width, &height);
  msm_canvas_rect (canvas, plate, floor (x - anchor.x * width) - canvas->unit, floor (y - anchor.y * height),
                   width + 2 * canvas->unit, height);
  msm_canvas_text (canvas, text, scale, bold, color, x, y, anchor, NULL, NULL);
}

static void
draw_edges (const MsmCanvas *canvas, const char *edges, const MsmImagePlace *at, double width, double height)
{
  const double margin = 3 * canvas->unit;
  const struct
  {
    double x, y;
    MsmTextAnchor anchor;
  } places[4] = {
    { at->x0 + margin, at->y0 + height / 2, { 0.0f, 0.5f } },
    { at->x0 + width - margin, at->y0 + height / 2, { 1.0f, 0.5f } },
    { at->x0 + width / 2, at->y0 + margin / 2, { 0.5f, 0.0f } },
    { at->x0 + width / 2, at->y0 + height - margin / 2, { 0.5f, 1.0f } },
  };

  for (int i = 0; i < 4 && edges[i] != '\0'; i++)
    {
      const char text[2] = { edges[i], '\0' };

      draw_on_plate (canvas, text, MSM_PLOT_TEXT, TRUE, white, places[i].x, places[i].y, places[i].anchor);
    }
}

static void
draw_marks (const MsmFigure *self, const MsmCanvas *canvas, const MsmImagePlace *at, guint column)
{
  for (guint i = 0; i < self->regions->len; i++)
    {
      const MsmFigureRegion *region = &g_array_index (self->regions, MsmFigureRegion, i);

      msm_roi_stroke (canvas, &region->roi, at, region_color, 1.2 * canvas->unit);
      if (region->label != NULL)
        draw_on_plate (canvas, region->label, MSM_PLOT_TEXT, TRUE, region_color,
                       at->x0 + (region->roi.left + region->roi.right) / 2 * at->column_scale,
                       at->y0 + region->roi.bottom * at->row_scale + 2 * canvas->unit, (MsmTextAnchor){ 0.5f, 0.0f });
    }
  for (guint i = 0; i < self->arrows->len; i++)
    {
      const MsmFigureArrow *arrow = &g_array_index (self->arrows, MsmFigureArrow, i);

      if (column >= arrow->first && column < arrow->beyond)
        msm_arrow_draw (canvas, arrow, at);
    }
}

/* How many pictures come before it. */
static guint
count_before (const MsmFigure *self, guint row, guint column)
{
  guint n = 0;

  for (guint i = 0; i < row * self->n_columns + column; i++)
    n += self->panes[i].image != NULL ? 1 : 0;
  return n;
}

static gboolean
is_wanted (MsmFigureWhere where, guint n_before)
{
  return where == MSM_FIGURE_ALL || (where == MSM_FIGURE_FIRST && n_before == 0);
}

void
msm_figure_draw_pane (const MsmFigure *self, const MsmFigureLayout *layout, const MsmCanvas *canvas, guint row,
                      guint column)
{
  const MsmFigurePane *pane = &self->panes[row * self->n_columns + column];
  const MsmImagePlace at = { layout->pane_left + layout->pane_step * column, layout->row_top[row], layout->column_zoom,
                             layout->row_zoom };
  const double width = layout->pane_width, height = layout->pane_height;
  const guint n_before = count_before (self, row, column);
  cairo_surface_t *surface;
  guint taken;

  if (pane->image == NULL)
    return;
  surface = create_surface (pane, msm_figure_n_rows (self), msm_figure_n_columns (self));
  paint_at (canvas, surface, at.x0, at.y0, at.row_scale, at.column_scale, self->style.is_smooth);
  cairo_save (canvas->cr);
  cairo_rectangle (canvas->cr, at.x0, at.y0, width, height);
  cairo_clip (canvas->cr);
  taken = draw_insets (self, canvas, surface, &at, width, height);
  cairo_surface_destroy (surface);
  draw_marks (self, canvas, &at, column);
  if (is_wanted (self->edges, n_before))
    draw_edges (canvas, pane->edges, &at, width, height);
  if (is_wanted (self->scale_bar, n_before))
    msm_scale_bar_draw (canvas, &at, width, height, self->spacing[1], 0.3, (taken & 1u << MSM_CORNER_BOTTOM_LEFT) != 0);
  if (self->style.has_letters)
    {
      const char letter[2] = { (char) ('a' + n_before % 26), '\0' };

      draw_on_plate (
          canvas, letter, 1.1, TRUE, white,
          (taken & 1u << MSM_CORNER_TOP_LEFT) != 0 ? at.x0 + width - 5 * canvas->unit : at.x0 + 5 * canvas->unit,
          at.y0 + 3 * canvas->unit, (MsmTextAnchor){ (taken & 1u << MSM_CORNER_TOP_LEFT) != 0 ? 1.0f : 0.0f, 0.0f });
    }
  cairo_restore (canvas->cr);
}
