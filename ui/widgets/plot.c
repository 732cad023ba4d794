#include "config.h"

#include "ui/widgets/plot.h"

#include <glib/gi18n.h>
#include <math.h>

#include "figure/plot-draw.h"
#include "ui/widgets/draw.h"

#define SMALL MSM_PLOT_TEXT
#define GAP   5.0

struct _MsmPlot
{
  GtkWidget parent_instance;
  char *title, *x_label;
  GPtrArray *lines; /* MsmPlotLine */
  guint n_created;  /* colours are not handed out twice */
  double cursor;
  double pointer_x; /* NaN: outside */
  MsmPlotPicture picture;
};

enum
{
  CURSOR_PICKED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (MsmPlot, msm_plot, GTK_TYPE_WIDGET)

static GdkRGBA
ink (MsmPlot *self, double alpha)
{
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  color.alpha *= (float) alpha;
  return color;
}

/* The nearest point of each series to the pointer, with its value in a small box. */
static void
draw_hover (MsmPlot *self, GtkSnapshot *snapshot)
{
  const MsmPlotPicture *a = &self->picture;
  const double line_height = msm_text_measure (GTK_WIDGET (self), "0", SMALL, FALSE).height;
  const GdkRGBA paper = { 0.10f, 0.11f, 0.13f, 0.94f }, text_color = { 0.92f, 0.94f, 0.96f, 1.0f };
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) owners = g_array_new (FALSE, FALSE, sizeof (guint));
  double box_width = 0, box_height, x, y, at = NAN;
  GdkRGBA guide = ink (self, 0.45);
  GskRoundedRect box;

  if (isnan (self->pointer_x) || self->pointer_x < a->x || self->pointer_x > a->x + a->width)
    return;
  for (guint i = 0; i < self->lines->len; i++)
    {
      const MsmPlotLine *line = g_ptr_array_index (self->lines, i);
      gssize k = msm_plot_line_nearest (line, a->log_y, msm_plot_axis_to_value (&a->x_axis, self->pointer_x));
      g_autofree char *number = NULL;

      if (k < 0)
        continue;
      at = g_array_index (line->x, double, k);
      number = msm_text_number (g_array_index (line->y, double, k));
      if (texts->len == 0)
        {
          g_autofree char *position = msm_text_number (at);
          guint none = G_MAXUINT;

          g_ptr_array_add (texts, self->x_label != NULL ? g_strdup_printf ("%s %s", self->x_label, position)
                                                        : g_steal_pointer (&position));
          g_array_append_val (owners, none);
        }
      g_ptr_array_add (texts, g_strdup_printf ("%s  %s", line->name, number));
      g_array_append_val (owners, i);
    }
  if (texts->len == 0)
    return;
  x = floor (msm_plot_axis_to_pixel (&a->x_axis, at));
  msm_draw_rect (snapshot, &guide, x, a->y, 1, a->height);
  for (guint i = 0; i < texts->len; i++)
    box_width = MAX (box_width, msm_text_measure (GTK_WIDGET (self), g_ptr_array_index (texts, i), SMALL, FALSE).width);
  box_width = ceil (box_width + 4 * GAP);
  box_height = ceil (line_height * texts->len + 2 * GAP);
  /* On the side of the pointer with more room. */
  x = x < a->x + a->width / 2 ? x + 2 * GAP : x - 2 * GAP - box_width;
  y = a->y + GAP;
  gsk_rounded_rect_init_from_rect (
      &box, &GRAPHENE_RECT_INIT ((float) x, (float) y, (float) box_width, (float) box_height), 4);
  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &paper, &box.bounds);
  gtk_snapshot_pop (snapshot);
  for (guint i = 0; i < texts->len; i++)
    {
      guint owner = g_array_index (owners, guint, i);
      double text_y = y + GAP + line_height * i;

      if (owner != G_MAXUINT)
        {
          const MsmPlotLine *line = g_ptr_array_index (self->lines, owner);
          GdkRGBA color = msm_draw_rgba (line->color);

          msm_draw_rect (snapshot, &color, x + GAP, text_y + 3, 3, line_height - 6);
        }
      msm_text_draw (GTK_WIDGET (self), snapshot, g_ptr_array_index (texts, i), SMALL, FALSE, &text_color, FALSE,
                     x + 2.5 * GAP, text_y, (MsmTextAnchor){ 0.0f, 0.0f });
    }
}

static void
msm_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmPlot *self = MSM_PLOT (widget);
  MsmPlotPicture *picture = &self->picture;
  const double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  const GdkRGBA cursor = { 1.0f, 0.80f, 0.25f, 0.9f }, dim = ink (self, 0.55), full = ink (self, 1);
  MsmCanvas canvas = msm_draw_canvas (widget, snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));

  picture->title = self->title;
  picture->x_label = self->x_label;
  picture->lines = self->lines;
  picture->ink = msm_draw_color (&full);
  msm_plot_place (picture, &canvas, 0, 0, width, height);
  msm_plot_draw (picture, &canvas, 0, 0, width);
  cairo_destroy (canvas.cr);
  if (!msm_plot_has_data (picture))
    msm_text_draw (widget, snapshot, _("No data yet"), MSM_PLOT_TEXT, FALSE, &dim, FALSE,
                   picture->x + picture->width / 2, picture->y + picture->height / 2, (MsmTextAnchor){ 0.5f, 0.5f });
  if (isfinite (self->cursor) && self->cursor >= picture->x_axis.low && self->cursor <= picture->x_axis.high)
    msm_draw_rect (snapshot, &cursor, floor (msm_plot_axis_to_pixel (&picture->x_axis, self->cursor)), picture->y, 1,
                   picture->height);
  draw_hover (self, snapshot);
}

static void
moved (GtkEventControllerMotion *controller, double x, double y, MsmPlot *self)
{
  self->pointer_x = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
left (GtkEventControllerMotion *controller, MsmPlot *self)
{
  self->pointer_x = NAN;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pressed (GtkGestureClick *gesture, int n_press, double x, double y, MsmPlot *self)
{
  if (self->lines->len > 0 && x >= self->picture.x && x <= self->picture.x + self->picture.width)
    g_signal_emit (self, signals[CURSOR_PICKED], 0, msm_plot_axis_to_value (&self->picture.x_axis, x));
}

static void
msm_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                  int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 140 : 90;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 260 : 150;
}

static void
msm_plot_finalize (GObject *object)
{
  MsmPlot *self = MSM_PLOT (object);

  g_free (self->title);
  g_free (self->x_label);
  g_ptr_array_unref (self->lines);
  G_OBJECT_CLASS (msm_plot_parent_class)->finalize (object);
}

static void
msm_plot_class_init (MsmPlotClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = msm_plot_finalize;
  widget_class->snapshot = msm_plot_snapshot;
  widget_class->measure = msm_plot_measure;
  gtk_widget_class_set_css_name (widget_class, "plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[CURSOR_PICKED] = g_signal_new ("cursor-picked", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
msm_plot_init (MsmPlot *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_plot_line_free);
  self->cursor = self->pointer_x = NAN;
  g_signal_connect (motion, "enter", G_CALLBACK (moved), self);
  g_signal_connect (motion, "motion", G_CALLBACK (moved), self);
  g_signal_connect (motion, "leave", G_CALLBACK (left), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
}

GtkWidget *
msm_plot_new (const char *title, const char *x_label)
{
  MsmPlot *self = g_object_new (MSM_TYPE_PLOT, NULL);

  self->x_label = g_strdup (x_label);
  msm_plot_set_title (self, title);
  return GTK_WIDGET (self);
}

void
msm_plot_set_title (MsmPlot *self, const char *title)
{
  if (title != self->title)
    {
      g_free (self->title);
      self->title = g_strdup (title);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title != NULL ? title : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_set_x_label (MsmPlot *self, const char *x_label)
{
  if (g_strcmp0 (self->x_label, x_label) == 0)
    return;
  g_free (self->x_label);
  self->x_label = g_strdup (x_label);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_set_log_y (MsmPlot *self, gboolean log_y)
{
  self->picture.log_y = log_y;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static MsmPlotLine *
find_line (MsmPlot *self, const char *name)
{
  for (guint i = 0; i < self->lines->len; i++)
    {
      MsmPlotLine *line = g_ptr_array_index (self->lines, i);

      if (g_str_equal (line->name, name))
        return line;
    }
  return NULL;
}

static MsmPlotLine *
ensure_line (MsmPlot *self, const char *name)
{
  MsmPlotLine *line = find_line (self, name);

  if (line == NULL)
    {
      line = msm_plot_line_new (name, self->n_created++);
      g_ptr_array_add (self->lines, line);
    }
  return line;
}

void
msm_plot_set_series (MsmPlot *self, const char *name, const double *x, const double *y, gsize n)
{
  MsmPlotLine *line = ensure_line (self, name);

  g_array_set_size (line->x, 0);
  g_array_set_size (line->y, 0);
  if (n > 0)
    {
      g_array_append_vals (line->x, x, (guint) n);
      g_array_append_vals (line->y, y, (guint) n);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_set_color (MsmPlot *self, const char *name, guint index)
{
  MsmPlotLine *line = find_line (self, name);

  g_return_if_fail (line != NULL);
  line->color = msm_plot_line_color (index, FALSE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_append (MsmPlot *self, const char *name, double x, double y)
{
  MsmPlotLine *line = ensure_line (self, name);

  g_array_append_val (line->x, x);
  g_array_append_val (line->y, y);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_remove_series (MsmPlot *self, const char *name)
{
  MsmPlotLine *line = find_line (self, name);

  if (line != NULL)
    g_ptr_array_remove (self->lines, line);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_clear (MsmPlot *self)
{
  g_ptr_array_set_size (self->lines, 0);
  self->n_created = 0;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_set_x_range (MsmPlot *self, double low, double high)
{
  self->picture.fixed_low = low;
  self->picture.fixed_high = high;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_plot_set_cursor (MsmPlot *self, double x)
{
  self->cursor = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
