#include "config.h"

#include "figure/figure.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "figure/figure-private.h"
#include "figure/plot-line.h"

static void
arrow_clear (gpointer data)
{
  g_free (((MsmFigureArrow *) data)->label);
}

static void
region_clear (gpointer data)
{
  g_free (((MsmFigureRegion *) data)->label);
}

static void
plot_free (gpointer data)
{
  MsmFigurePlot *plot = data;

  g_free (plot->title);
  g_free (plot->x_label);
  g_ptr_array_unref (plot->lines);
  g_free (plot);
}

MsmFigure *
msm_figure_new (guint n_rows, guint n_columns)
{
  MsmFigure *self = g_new0 (MsmFigure, 1);

  self->style = (MsmFigureStyle){ .width_cm = 17, .dpi = 300, .font = "Sans", .font_pt = 8 };
  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->panes = g_new0 (MsmFigurePane, (gsize) n_rows * n_columns);
  self->row_titles = g_new0 (char *, n_rows);
  self->column_titles = g_new0 (char *, n_columns);
  self->insets = g_array_new (FALSE, TRUE, sizeof (MsmFigureInset));
  self->arrows = g_array_new (FALSE, TRUE, sizeof (MsmFigureArrow));
  self->regions = g_array_new (FALSE, TRUE, sizeof (MsmFigureRegion));
  g_array_set_clear_func (self->arrows, arrow_clear);
  g_array_set_clear_func (self->regions, region_clear);
  self->plots = g_ptr_array_new_with_free_func (plot_free);
  return self;
}

void
msm_figure_free (MsmFigure *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < (gsize) self->n_rows * self->n_columns; i++)
    {
      g_clear_pointer (&self->panes[i].image, msm_tensor_unref);
      g_free (self->panes[i].below);
    }
  g_free (self->panes);
  for (guint i = 0; i < self->n_rows; i++)
    g_free (self->row_titles[i]);
  for (guint i = 0; i < self->n_columns; i++)
    g_free (self->column_titles[i]);
  g_free (self->row_titles);
  g_free (self->column_titles);
  g_array_unref (self->insets);
  g_array_unref (self->arrows);
  g_array_unref (self->regions);
  g_ptr_array_unref (self->plots);
  g_free (self->title);
  g_free (self->caption);
  g_free (self);
}

MsmFigurePane *
msm_figure_pane (MsmFigure *self, guint row, guint column)
{
  return &self->panes[(gsize) row * self->n_columns + column];
}

MsmFigurePlot *
msm_figure_add_plot (MsmFigure *self, const char *title, const char *x_label, gboolean log_y)
{
  MsmFigurePlot *plot = g_new0 (MsmFigurePlot, 1);

  plot->title = g_strdup (title);
  plot->x_label = g_strdup (x_label);
  plot->log_y = log_y;
  plot->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_plot_line_free);
  g_ptr_array_add (self->plots, plot);
  return plot;
}

void
msm_figure_plot_add (MsmFigurePlot *self, const char *name, const double *x, const double *y, gsize n)
{
  MsmPlotLine *line = msm_plot_line_new (name, self->lines->len);

  g_array_append_vals (line->x, x, (guint) n);
  g_array_append_vals (line->y, y, (guint) n);
  g_ptr_array_add (self->lines, line);
}

static MsmTensor *
first_image (const MsmFigure *self)
{
  for (gsize i = 0; i < (gsize) self->n_rows * self->n_columns; i++)
    if (self->panes[i].image != NULL)
      return self->panes[i].image;
  return NULL;
}

gsize
msm_figure_n_rows (const MsmFigure *self)
{
  const MsmTensor *image = first_image (self);

  return msm_tensor_dim (image, msm_tensor_shape (image).rank - 2);
}

gsize
msm_figure_n_columns (const MsmFigure *self)
{
  const MsmTensor *image = first_image (self);

  return msm_tensor_dim (image, msm_tensor_shape (image).rank - 1);
}

static gboolean
check_insets (const MsmFigure *self, gsize rows, gsize columns, GError **error)
{
  for (guint i = 0; i < self->insets->len; i++)
    {
      const MsmFigureInset *inset = &g_array_index (self->insets, MsmFigureInset, i);

      if (inset->size < 2 || inset->top + inset->size > rows || inset->left + inset->size > columns)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("inset %u: rows %zu to %zu, columns %zu to %zu do not lie in the picture of %zu × %zu"),
                       i + 1, inset->top, inset->top + inset->size, inset->left, inset->left + inset->size, rows,
                       columns);
          return FALSE;
        }
      if ((gsize) MAX (inset->zoom, 2) * inset->size > 2 * MIN (rows, columns) / 3)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("inset %u: %zu pixels enlarged %d times would hide most of a picture of %zu × %zu"), i + 1,
                       inset->size, MAX (inset->zoom, 2), rows, columns);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
msm_figure_check (const MsmFigure *self, GError **error)
{
  gsize rows, columns;

  if (self->n_rows == 0 || self->n_columns == 0 || first_image (self) == NULL)
    {
      g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, _("a figure needs at least one picture"));
      return FALSE;
    }
  if (self->n_rows > MSM_FIGURE_MAX_ROWS || self->n_columns > MSM_FIGURE_MAX_COLUMNS)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("a figure has at most %d × %d pictures, this one %u × %u"),
                   MSM_FIGURE_MAX_ROWS, MSM_FIGURE_MAX_COLUMNS, self->n_rows, self->n_columns);
      return FALSE;
    }
  rows = msm_figure_n_rows (self);
  columns = msm_figure_n_columns (self);
  for (gsize i = 0; i < (gsize) self->n_rows * self->n_columns; i++)
    {
      MsmTensor *image = self->panes[i].image;
      MsmShape shape = image != NULL ? msm_tensor_shape (image) : (MsmShape){ 0 };

      if (image != NULL && (shape.dim[shape.rank - 2] != rows || shape.dim[shape.rank - 1] != columns))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("the pictures of a figure are of one size; one is %zu × %zu, another %zu × %zu"), rows,
                       columns, shape.dim[shape.rank - 2], shape.dim[shape.rank - 1]);
          return FALSE;
        }
    }
  return check_insets (self, rows, columns, error);
}
