#include "config.h"

#include "ui/widgets/mask-editor-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/draw.h"

/*
 * Where the plane lies. Phase-encode runs along the last axis, so lines of a column mask are upright.
 * A column mask fills the room it has; points keep their shape.
 */
graphene_rect_t
msm_mask_editor_plane_rect (MsmMaskEditor *self)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MSM_MASK_EDITOR_MARGIN;
  double height = gtk_widget_get_height (GTK_WIDGET (self)) - MSM_MASK_EDITOR_FOOTER - MSM_MASK_EDITOR_MARGIN;
  double x = MSM_MASK_EDITOR_MARGIN, y = MSM_MASK_EDITOR_MARGIN;

  width = MAX (width, 1.0);
  height = MAX (height, 1.0);
  if (self->mask != NULL)
    {
      double scale = width / (double) self->mask->n_phase;
      double used = width;

      if (!self->mask->is_columns)
        {
          double used_height;

          scale = MIN (scale, height / (double) self->mask->n_readout);
          used = scale * (double) self->mask->n_phase;
          used_height = scale * (double) self->mask->n_readout;
          y = floor (MSM_MASK_EDITOR_MARGIN + (height - used_height) / 2);
          height = used_height;
        }
      x = floor (MSM_MASK_EDITOR_MARGIN + (width - used) / 2);
      width = used;
    }
  return GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width, (float) height);
}

gboolean
msm_mask_editor_index_at (MsmMaskEditor *self, double x, double y, int *row, int *column)
{
  graphene_rect_t r = msm_mask_editor_plane_rect (self);
  double u = (x - r.origin.x) / r.size.width, v = (y - r.origin.y) / r.size.height;
  const double rows = (double) self->mask->n_readout, columns = (double) self->mask->n_phase;

  *column = (int) CLAMP (floor (u * columns), 0, columns - 1);
  *row = (int) CLAMP (floor (v * rows), 0, rows - 1);
  return u >= 0 && u < 1 && v >= 0 && v < 1;
}

static void
put (guint8 *rgba, guint8 r, guint8 g, guint8 b)
{
  rgba[0] = r;
  rgba[1] = g;
  rgba[2] = b;
  rgba[3] = 255;
}

/* One texture pixel per point; one row of them is enough for lines. */
static void
ensure_texture (MsmMaskEditor *self)
{
  const MsmMask *mask = self->mask;
  gsize rows, columns, acs_rows, acs_columns, top, first;
  guint8 *rgba;

  if (self->texture != NULL || mask == NULL)
    return;
  rows = mask->is_columns ? 1 : mask->n_readout;
  columns = mask->n_phase;
  msm_mask_acs (mask, &acs_rows, &acs_columns);
  top = mask->n_readout / 2 - acs_rows / 2;
  first = columns / 2 - acs_columns / 2;
  rgba = g_malloc (4 * rows * columns);
  for (gsize row = 0; row < rows; row++)
    for (gsize column = 0; column < columns; column++)
      {
        guint8 *pixel = rgba + 4 * (row * columns + column);
        gboolean in_acs = acs_columns > 0 && column >= first && column < first + acs_columns
                          && (mask->is_columns || (row >= top && row < top + acs_rows));

        if (mask->padded[column])
          put (pixel, 58, 61, 66);
        else if (mask->points[row * columns + column] == 0)
          put (pixel, 10, 11, 13);
        else if (in_acs)
          put (pixel, 98, 172, 255);
        else
          put (pixel, 226, 230, 236);
      }
  self->texture = msm_draw_texture_new (rgba, rows, columns);
}

/* What the tool would change, and the rectangle or centre block being dragged. */
static void
draw_hover (MsmMaskEditor *self, GtkSnapshot *snapshot, const graphene_rect_t *r)
{
  const gboolean erases = self->tool == MSM_MASK_TOOL_ERASE || (self->dragging && self->erasing);
  GdkRGBA fill = erases ? (GdkRGBA){ 0.95f, 0.35f, 0.30f, 0.45f } : (GdkRGBA){ 1.0f, 0.78f, 0.22f, 0.45f };
  const float sx = r->size.width / (float) self->mask->n_phase;
  const float sy = r->size.height / (float) self->mask->n_readout;
  int radius = self->mask->is_columns || self->tool == MSM_MASK_TOOL_RECTANGLE ? 0 : (int) self->brush;
  int row0 = self->hover_row - radius, row1 = self->hover_row + radius;
  int column0 = self->hover_column - radius, column1 = self->hover_column + radius;

  if (self->hover_column < 0)
    return;
  if (self->tool == MSM_MASK_TOOL_ACS)
    {
      const int half = ABS (self->hover_column - (int) (self->mask->n_phase / 2));
      const int half_row = ABS (self->hover_row - (int) (self->mask->n_readout / 2));

      column0 = (int) (self->mask->n_phase / 2) - half;
      column1 = (int) (self->mask->n_phase / 2) + half - 1;
      row0 = (int) (self->mask->n_readout / 2) - half_row;
      row1 = (int) (self->mask->n_readout / 2) + half_row - 1;
    }
  else if (self->tool == MSM_MASK_TOOL_RECTANGLE && self->dragging)
    {
      row0 = MIN (self->first_row, self->last_row);
      row1 = MAX (self->first_row, self->last_row);
      column0 = MIN (self->first_column, self->last_column);
      column1 = MAX (self->first_column, self->last_column);
    }
  if (self->mask->is_columns)
    {
      row0 = 0;
      row1 = (int) self->mask->n_readout - 1;
    }
  row0 = MAX (row0, 0);
  column0 = MAX (column0, 0);
  row1 = MIN (row1, (int) self->mask->n_readout - 1);
  column1 = MIN (column1, (int) self->mask->n_phase - 1);
  if (row1 < row0 || column1 < column0)
    return;
  /* A single thin line would drown in the picture. */
  if (sx * (float) (column1 - column0 + 1) < 6.0f)
    fill.alpha = 0.9f;
  msm_draw_rect (snapshot, &fill, r->origin.x + sx * column0, r->origin.y + sy * row0,
                 MAX (sx * (column1 - column0 + 1), 1.5f), MAX (sy * (row1 - row0 + 1), 1.5f));
}

static char *
describe (MsmMaskEditor *self)
{
  double accel = msm_mask_effective_accel (self->mask);
  gsize acs_rows, acs_columns;
  g_autofree char *effective = isinf (accel) ? g_strdup ("∞") : g_strdup_printf ("%.2f", accel);

  msm_mask_acs (self->mask, &acs_rows, &acs_columns);
  if (self->mask->nominal_accel > 0)
    /* Translators: acceleration asked for → as it is, then the width of the fully sampled centre */
    return g_strdup_printf (_("R %.3g → %s   ACS %u"), self->mask->nominal_accel, effective, (guint) acs_columns);
  return g_strdup_printf (_("R %s   ACS %u"), effective, (guint) acs_columns);
}

static void
draw_footer (MsmMaskEditor *self, GtkSnapshot *snapshot)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double y = gtk_widget_get_height (GTK_WIDGET (self)) - MSM_MASK_EDITOR_FOOTER / 2;
  g_autofree char *text = describe (self), *hover = NULL;
  GdkRGBA color;
  double used;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  used = msm_text_draw (GTK_WIDGET (self), snapshot, text, 0.88, FALSE, &color, FALSE, MSM_MASK_EDITOR_MARGIN, y,
                        (MsmTextAnchor){ 0.0f, 0.5f })
             .width;
  if (self->hover_column < 0)
    return;
  if (self->mask->is_columns)
    /* Translators: a phase-encode line and its distance from the centre of k-space */
    hover =
        g_strdup_printf (_("line %d (%+d)"), self->hover_column, self->hover_column - (int) (self->mask->n_phase / 2));
  else
    hover = g_strdup_printf ("[%d, %d]", self->hover_row, self->hover_column);
  if (used + msm_text_measure (GTK_WIDGET (self), hover, 0.88, FALSE).width + 3 * MSM_MASK_EDITOR_MARGIN > width)
    return;
  color.alpha *= 0.75f;
  msm_text_draw (GTK_WIDGET (self), snapshot, hover, 0.88, FALSE, &color, FALSE, width - MSM_MASK_EDITOR_MARGIN, y,
                 (MsmTextAnchor){ 1.0f, 0.5f });
}

void
msm_mask_editor_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmMaskEditor *self = MSM_MASK_EDITOR (widget);
  const GdkRGBA black = { 0.04f, 0.043f, 0.05f, 1.0f };
  const GdkRGBA dim = { 0.56f, 0.60f, 0.65f, 1.0f };
  const GdkRGBA frame = { 0.5f, 0.53f, 0.58f, 0.45f };
  const GdkRGBA focus = { 0.30f, 0.62f, 0.95f, 1.0f };
  graphene_rect_t r = msm_mask_editor_plane_rect (self), outline;

  if (self->mask == NULL)
    {
      gtk_snapshot_append_color (snapshot, &black, &r);
      msm_text_draw (widget, snapshot, _("No sampling mask"), 0.9, FALSE, &dim, FALSE, r.origin.x + r.size.width / 2,
                     r.origin.y + r.size.height / 2, (MsmTextAnchor){ 0.5f, 0.5f });
      return;
    }
  ensure_texture (self);
  /* Shrunk, averaging keeps thin lines visible as grey ones; enlarged, points are squares. */
  msm_draw_pixels (snapshot, &r, self->texture, &r,
                   r.size.width >= (float) self->mask->n_phase ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  draw_hover (self, snapshot, &r);
  outline = GRAPHENE_RECT_INIT (r.origin.x - 1, r.origin.y - 1, r.size.width + 2, r.size.height + 2);
  msm_draw_frame (snapshot, &outline, 1, gtk_widget_has_visible_focus (widget) ? &focus : &frame);
  draw_footer (self, snapshot);
}
