#include "config.h"

#include "app/figure/film-frames.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"

const char *const msm_film_kinds[] = { "trajectory", "slices", "samples", "flicker", NULL };

struct _MsmFilmFrames
{
  const MsmFigureSpec *spec;
  MsmFilmKind kind;
  int zoom;
  guint n;
  GPtrArray *runs;    /* MsmFigureRun: of slices the first one's */
  GPtrArray *figures; /* (nullable) (element-type MsmFigure): of slices */
  GArray *slices;     /* (nullable): gsize */
  MsmFigure *whole;   /* (nullable): of flicker: all methods side by side, */
  GArray *columns;    /* and which of its columns are shown: guint */
  char *caption;
};

void
msm_film_frames_free (MsmFilmFrames *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_clear_pointer (&self->figures, g_ptr_array_unref);
  g_clear_pointer (&self->slices, g_array_unref);
  msm_figure_free (self->whole);
  g_clear_pointer (&self->columns, g_array_unref);
  g_free (self->caption);
  g_free (self);
}

guint
msm_film_frames_count (const MsmFilmFrames *self)
{
  return self->n;
}

/* ---- slices ---- */

/* A picture keeps its brightness through the film: the widest window that any slice asks for. */
static void
share_windows (GPtrArray *figures)
{
  const MsmFigure *first = g_ptr_array_index (figures, 0);

  for (guint i = 0; i < first->n_rows * first->n_columns; i++)
    {
      double low = INFINITY, high = -INFINITY;

      for (guint k = 0; k < figures->len; k++)
        {
          const MsmFigurePane *pane = &((const MsmFigure *) g_ptr_array_index (figures, k))->panes[i];

          if (pane->image == NULL)
            continue;
          low = MIN (low, pane->options.window_low);
          high = MAX (high, pane->options.window_high);
        }
      for (guint k = 0; k < figures->len; k++)
        {
          MsmRenderOptions *options = &((MsmFigure *) g_ptr_array_index (figures, k))->panes[i].options;

          options->window_low = low;
          options->window_high = high;
        }
    }
}

static void
say_below (MsmFigure *figure, const char *text)
{
  for (guint column = 0; column < figure->n_columns; column++)
    {
      MsmFigurePane *pane = msm_figure_pane (figure, 0, column);
      char *old = pane->below;

      if (pane->image == NULL)
        continue;
      pane->below = old != NULL ? g_strdup_printf ("%s   %s", text, old) : g_strdup (text);
      g_free (old);
    }
}

static gboolean
run_slices (MsmFilmFrames *self, MsmFigureSpec *spec, const MsmFigureRunOptions *options, GError **error)
{
  self->figures = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_figure_free);
  for (guint i = 0; i < self->slices->len; i++)
    {
      gsize slice = g_array_index (self->slices, gsize, i);
      g_autofree char *label = g_strdup_printf (_("slice %zu"), slice);
      g_autoptr (GPtrArray) runs = NULL;
      MsmFigure *figure;

      if (!msm_params_set_number (spec->scan, "slice", (double) slice, error)
          || (runs = msm_figure_run_items (spec, options, error)) == NULL
          || (figure = msm_figure_compose (spec, runs, NULL, error)) == NULL)
        {
          g_prefix_error (error, _("slice %zu: "), slice);
          return FALSE;
        }
      say_below (figure, label);
      g_ptr_array_add (self->figures, figure);
      if (self->runs == NULL)
        self->runs = g_steal_pointer (&runs);
    }
  share_windows (self->figures);
  self->n = self->figures->len;
  return TRUE;
}

/* A line under one picture of a row needs room under those that follow it. */
static gboolean
has_below (const MsmFigure *figure, guint row)
{
  for (guint column = 0; column < figure->n_columns; column++)
    if (figure->panes[row * figure->n_columns + column].below != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
has_scale (const MsmFigure *figure, guint row)
{
  for (guint column = 0; column < figure->n_columns; column++)
    if (figure->panes[row * figure->n_columns + column].has_scale)
      return TRUE;
  return FALSE;
}

/* @n_columns columns from @column on, as a figure of their own. */
static MsmFigure *
copy_figure (const MsmFigure *from, guint column, guint n_columns)
{
  MsmFigure *figure = msm_figure_new (from->n_rows, n_columns);

  figure->style = from->style;
  figure->scale_bar = from->scale_bar;
  figure->edges = from->edges;
  figure->spacing[0] = from->spacing[0];
  figure->spacing[1] = from->spacing[1];
  g_array_append_vals (figure->insets, from->insets->data, from->insets->len);
  for (guint i = 0; i < from->regions->len; i++)
    {
      MsmFigureRegion region = g_array_index (from->regions, MsmFigureRegion, i);

      region.label = g_strdup (region.label);
      g_array_append_val (figure->regions, region);
    }
  for (guint i = 0; i < from->arrows->len; i++)
    {
      MsmFigureArrow arrow = g_array_index (from->arrows, MsmFigureArrow, i);

      if (n_columns == 1 && (arrow.first > column || arrow.beyond <= column))
        continue;
      if (n_columns == 1)
        {
          arrow.first = 0;
          arrow.beyond = G_MAXUINT;
        }
      arrow.label = g_strdup (arrow.label);
      g_array_append_val (figure->arrows, arrow);
    }
  for (guint i = 0; i < from->n_rows; i++)
    {
      figure->row_titles[i] = g_strdup (from->row_titles[i]);
      for (guint k = 0; k < n_columns; k++)
        {
          MsmFigurePane *to = msm_figure_pane (figure, i, k);

          *to = from->panes[i * from->n_columns + column + k];
          to->image = to->image != NULL ? msm_tensor_ref (to->image) : NULL;
          to->has_scale = n_columns == 1 ? has_scale (from, i) : to->has_scale;
          to->below = g_strdup (to->below != NULL ? to->below : has_below (from, i) ? "" : NULL);
        }
    }
  for (guint k = 0; k < n_columns; k++)
    figure->column_titles[k] = g_strdup (from->column_titles[column + k]);
  return figure;
}

/* ---- steps and samples ---- */

/* Frame @index of @self->n of a run that has @frames: the last of each come together. */
static MsmFrame *
frame_at (const MsmFilmFrames *self, GPtrArray *frames, guint index)
{
  return g_ptr_array_index (frames, (guint) lrint ((double) index * (frames->len - 1) / MAX (self->n - 1, 1)));
}

static MsmFigure *
make_step (MsmFilmFrames *self, guint index, GError **error)
{
  g_autofree MsmFrame **frames = g_new0 (MsmFrame *, self->runs->len);
  MsmFigure *figure;

  for (guint i = 0; i < self->runs->len; i++)
    frames[i] = frame_at (self, ((const MsmFigureRun *) g_ptr_array_index (self->runs, i))->frames, index);
  figure = msm_figure_compose (self->spec, self->runs, frames, error);
  if (figure == NULL)
    return NULL;
  for (guint i = 0; i < self->runs->len; i++)
    {
      const char *title = msm_figure_item_title (self->spec, i, g_ptr_array_index (self->runs, i));
      g_autofree char *label = g_strdup_printf (_("step %d of %d"), frames[i]->info.step, frames[i]->info.n_steps);

      /* The place of the item is that of its title: the reference may stand before it. */
      for (guint column = 0; column < figure->n_columns; column++)
        {
          MsmFigurePane *pane = msm_figure_pane (figure, 0, column);
          char *old = pane->below;

          if (g_strcmp0 (figure->column_titles[column], title) != 0 || pane->image == NULL)
            continue;
          pane->below = old != NULL ? g_strdup_printf ("%s   %s", label, old) : g_strdup (label);
          g_free (old);
        }
    }
  return figure;
}

/* One sample as a frame. (transfer full) */
static MsmFrame *
sample_frame (const MsmFigureRun *run, gsize index, GError **error)
{
  MsmShape shape = msm_tensor_shape (run->samples);
  gsize bytes = msm_tensor_bytes (run->samples) / shape.dim[0];
  MsmFrame *frame;
  MsmTensor *image;

  shape.dim[0] = 1;
  image = msm_tensor_new_from (msm_device_host (), msm_tensor_dtype (run->samples), shape,
                               (const char *) msm_tensor_const_data (run->samples) + index * bytes, error);
  if (image == NULL)
    return NULL;
  msm_tensor_seal (image);
  frame = g_new0 (MsmFrame, 1);
  g_atomic_ref_count_init (&frame->ref_count);
  frame->scale = 1;
  frame->n_images = 1;
  frame->images[0].name = "estimate";
  frame->images[0].title = N_("Estimate");
  frame->images[0].tensor = image;
  return frame;
}

static MsmFigure *
make_sample (MsmFilmFrames *self, guint index, GError **error)
{
  g_autoptr (GPtrArray) own = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_frame_unref);
  g_autofree MsmFrame **frames = g_new0 (MsmFrame *, self->runs->len);
  g_autofree char *label = g_strdup_printf (_("sample %u of %u"), index + 1, self->n);
  MsmFigure *figure;

  for (guint i = 0; i < self->runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (self->runs, i);

      if (run->samples == NULL || msm_tensor_dim (run->samples, 0) < 2)
        continue;
      frames[i] = sample_frame (run, index % msm_tensor_dim (run->samples, 0), error);
      if (frames[i] == NULL)
        return NULL;
      g_ptr_array_add (own, frames[i]);
    }
  figure = msm_figure_compose (self->spec, self->runs, frames, error);
  if (figure != NULL)
    say_below (figure, label);
  return figure;
}

static double
picture_side (const MsmFigure *figure)
{
  for (guint i = 0; i < figure->n_rows * figure->n_columns; i++)
    if (figure->panes[i].image != NULL)
      {
        MsmShape shape = msm_tensor_shape (figure->panes[i].image);

        return (double) shape.dim[shape.rank - 1];
      }
  return 0;
}

MsmFigure *
msm_film_frames_make (MsmFilmFrames *self, guint index, GError **error)
{
  MsmFigure *figure = NULL;

  switch (self->kind)
    {
    case MSM_FILM_TRAJECTORY:
      figure = make_step (self, index, error);
      break;
    case MSM_FILM_SAMPLES:
      figure = make_sample (self, index, error);
      break;
    case MSM_FILM_SLICES:
      figure = g_ptr_array_index (self->figures, index);
      figure = copy_figure (figure, 0, figure->n_columns);
      break;
    case MSM_FILM_FLICKER:
      figure = copy_figure (self->whole, g_array_index (self->columns, guint, index), 1);
      break;
    }
  if (figure == NULL)
    return NULL;
  figure->style.zoom = self->zoom;
  figure->style.is_smooth = FALSE;
  /* Texts of a screen's size on small pictures, and larger ones on large pictures. */
  figure->style.dpi = 96 * CLAMP (self->zoom * picture_side (figure) / 360.0, 1.0, 2.0);
  return figure;
}

/* ---- what is run ---- */

static gboolean
nothing_moves (MsmFilmKind kind, GError **error)
{
  static const char *const reasons[] = {
    [MSM_FILM_TRAJECTORY] = N_("no method here takes more than one step"),
    [MSM_FILM_SLICES] = N_("one slice makes no film; --slices all, or 0-9"),
    [MSM_FILM_SAMPLES] = N_("no method here has several samples (--methods msm:samples=8)"),
    [MSM_FILM_FLICKER] = N_("one picture makes no film; name two methods"),
  };

  g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, _(reasons[kind]));
  return FALSE;
}

/* The reference has no error: where errors are shown, it does not take part. */
static gboolean
is_complete (const MsmFigure *figure, guint column)
{
  for (guint row = 0; row < figure->n_rows; row++)
    if (figure->panes[row * figure->n_columns + column].image == NULL)
      return FALSE;
  return TRUE;
}

/* How many frames there are, and what they need. */
static gboolean
prepare (MsmFilmFrames *self, GError **error)
{
  const gboolean is_down = msm_params_get_bool (self->spec->figure, "methods-down");

  for (guint i = 0; i < self->runs->len; i++)
    {
      const MsmFigureRun *run = g_ptr_array_index (self->runs, i);

      if (self->kind == MSM_FILM_TRAJECTORY)
        self->n = MAX (self->n, run->frames->len);
      if (self->kind == MSM_FILM_SAMPLES && run->samples != NULL)
        self->n = MAX (self->n, (guint) msm_tensor_dim (run->samples, 0));
    }
  if (self->kind == MSM_FILM_FLICKER)
    {
      self->whole = msm_figure_compose (self->spec, self->runs, NULL, error);
      if (self->whole == NULL)
        return FALSE;
      self->columns = g_array_new (FALSE, FALSE, sizeof (guint));
      for (guint column = 0; !is_down && column < self->whole->n_columns; column++)
        if (is_complete (self->whole, column))
          g_array_append_val (self->columns, column);
      self->n = self->columns->len;
    }
  return self->n > 1 || nothing_moves (self->kind, error);
}

MsmFilmFrames *
msm_film_frames_new (MsmFigureSpec *spec, MsmFilmKind kind, const MsmFigureRunOptions *options, const GArray *slices,
                     int zoom, GError **error)
{
  g_autoptr (MsmFilmFrames) self = g_new0 (MsmFilmFrames, 1);
  MsmFigureRunOptions own = *options;
  g_autoptr (MsmFigure) first = NULL;

  self->spec = spec;
  self->kind = kind;
  self->zoom = zoom;
  own.frames_every = kind == MSM_FILM_TRAJECTORY ? MAX (own.frames_every, 1) : 0;
  own.keeps_samples = kind == MSM_FILM_SAMPLES;
  if (kind == MSM_FILM_SLICES)
    {
      if (slices == NULL || slices->len < 2)
        {
          nothing_moves (kind, error);
          return NULL;
        }
      self->slices = g_array_new (FALSE, FALSE, sizeof (gsize));
      g_array_append_vals (self->slices, slices->data, slices->len);
      if (!run_slices (self, spec, &own, error))
        return NULL;
    }
  else
    {
      self->runs = msm_figure_run_items (spec, &own, error);
      if (self->runs == NULL || !prepare (self, error))
        return NULL;
    }
  first = msm_figure_compose (spec, self->runs, NULL, error);
  if (first == NULL)
    return NULL;
  self->caption = msm_figure_caption (spec, self->runs, first);
  return g_steal_pointer (&self);
}

char *
msm_film_frames_caption (MsmFilmFrames *self)
{
  return g_strdup (self->caption);
}
