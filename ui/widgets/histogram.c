#include "config.h"

#include "ui/widgets/histogram.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/draw.h"

#define MAX_BINS 256
#define MIN_BINS 8
#define PER_BIN  4 /* values, on the average: fewer make a comb */
#define MARGIN   6.0
#define SMALL    0.84

struct _MsmHistogram
{
  GtkWidget parent_instance;
  gboolean has_image;
  guint counts[MAX_BINS];
  gsize n_bins;
  double low, high; /* of the values */
  double window_low, window_high;
  double start_low, start_high; /* while dragging */
  int grip;                     /* −1 low end, 1 high end, 0 both */
};

enum
{
  WINDOW_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (MsmHistogram, msm_histogram, GTK_TYPE_WIDGET)

static graphene_rect_t
plot_area (MsmHistogram *self)
{
  double line = msm_text_measure (GTK_WIDGET (self), "0", SMALL, FALSE).height;

  return GRAPHENE_RECT_INIT (MARGIN, MARGIN, (float) MAX (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN, 1),
                             (float) MAX (gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN - line, 1));
}

static double
to_pixel (MsmHistogram *self, const graphene_rect_t *area, double value)
{
  double t = self->high > self->low ? (value - self->low) / (self->high - self->low) : 0.0;

  return area->origin.x + CLAMP (t, 0.0, 1.0) * area->size.width;
}

/* Square roots of the counts: air outnumbers everything, yet tissue is what one looks for. */
static void
draw_bars (MsmHistogram *self, GtkSnapshot *snapshot, const graphene_rect_t *area, const GdkRGBA *color)
{
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, area);
  const double bottom = area->origin.y + area->size.height;
  double largest = 1.0;

  for (gsize i = 0; i < self->n_bins; i++)
    largest = MAX (largest, sqrt (self->counts[i]));
  cairo_move_to (cr, area->origin.x, bottom);
  for (gsize i = 0; i < self->n_bins; i++)
    {
      double y = bottom - sqrt (self->counts[i]) / largest * area->size.height;

      cairo_line_to (cr, area->origin.x + area->size.width * (double) i / (double) self->n_bins, y);
      cairo_line_to (cr, area->origin.x + area->size.width * (double) (i + 1) / (double) self->n_bins, y);
    }
  cairo_line_to (cr, area->origin.x + area->size.width, bottom);
  cairo_close_path (cr);
  gdk_cairo_set_source_rgba (cr, color);
  cairo_fill (cr);
  cairo_destroy (cr);
}

static void
msm_histogram_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmHistogram *self = MSM_HISTOGRAM (widget);
  const GdkRGBA outside = { 0.0f, 0.0f, 0.0f, 0.35f }, grip = { 1.0f, 0.80f, 0.25f, 0.95f };
  graphene_rect_t area = plot_area (self);
  const double bottom = area.origin.y + area.size.height;
  g_autofree char *low_text = NULL, *high_text = NULL;
  GdkRGBA color, bars, base;
  double x0, x1;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  bars = base = color;
  bars.alpha *= 0.6f;
  base.alpha *= 0.35f;
  color.alpha *= 0.75f;
  msm_draw_rect (snapshot, &base, area.origin.x, floor (bottom), area.size.width, 1);
  if (!self->has_image)
    {
      msm_text_draw (widget, snapshot, _("No image"), SMALL, FALSE, &color, FALSE, area.origin.x + area.size.width / 2,
                     area.origin.y + area.size.height / 2, (MsmTextAnchor){ 0.5f, 0.5f });
      return;
    }
  draw_bars (self, snapshot, &area, &bars);
  x0 = floor (to_pixel (self, &area, self->window_low));
  x1 = floor (to_pixel (self, &area, self->window_high));
  msm_draw_rect (snapshot, &outside, area.origin.x, area.origin.y, x0 - area.origin.x, area.size.height);
  msm_draw_rect (snapshot, &outside, x1, area.origin.y, area.origin.x + area.size.width - x1, area.size.height);
  msm_draw_rect (snapshot, &grip, x0, area.origin.y, 1.5f, area.size.height);
  msm_draw_rect (snapshot, &grip, x1 - 1.5f, area.origin.y, 1.5f, area.size.height);
  low_text = msm_text_number (self->low);
  high_text = msm_text_number (self->high);
  msm_text_draw (widget, snapshot, low_text, SMALL, FALSE, &color, FALSE, area.origin.x, bottom + 3,
                 (MsmTextAnchor){ 0.0f, 0.0f });
  msm_text_draw (widget, snapshot, high_text, SMALL, FALSE, &color, FALSE, area.origin.x + area.size.width, bottom + 3,
                 (MsmTextAnchor){ 1.0f, 0.0f });
}

static void
drag_begin (GtkGestureDrag *gesture, double x, double y, MsmHistogram *self)
{
  graphene_rect_t area = plot_area (self);
  double to_low = fabs (x - to_pixel (self, &area, self->window_low));
  double to_high = fabs (x - to_pixel (self, &area, self->window_high));

  if (!self->has_image)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  /* Near an end that end, between them both. */
  self->grip = MIN (to_low, to_high) > 8.0 ? 0 : to_low < to_high ? -1 : 1;
  self->start_low = self->window_low;
  self->start_high = self->window_high;
}

static void
drag_update (GtkGestureDrag *gesture, double dx, double dy, MsmHistogram *self)
{
  graphene_rect_t area = plot_area (self);
  double shift = dx / area.size.width * (self->high - self->low);
  double low = self->start_low + (self->grip <= 0 ? shift : 0.0);
  double high = self->start_high + (self->grip >= 0 ? shift : 0.0);

  if (!(high > low))
    return;
  msm_histogram_set_window (self, low, high);
  g_signal_emit (self, signals[WINDOW_CHANGED], 0, low, high);
}

static void
msm_histogram_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 100 : 60;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 220 : 90;
}

static void
msm_histogram_class_init (MsmHistogramClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = msm_histogram_snapshot;
  widget_class->measure = msm_histogram_measure;
  gtk_widget_class_set_css_name (widget_class, "histogram");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[WINDOW_CHANGED] = g_signal_new ("window-changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                          NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
msm_histogram_init (MsmHistogram *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->window_high = 1.0;
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Histogram"), -1);
}

GtkWidget *
msm_histogram_new (void)
{
  return g_object_new (MSM_TYPE_HISTOGRAM, NULL);
}

void
msm_histogram_set_values (MsmHistogram *self, const float *values, gsize n)
{
  self->has_image = FALSE;
  self->n_bins = CLAMP (n / PER_BIN, MIN_BINS, MAX_BINS);
  if (n > 0)
    {
      msm_render_count (values, MSM_F32, n, MSM_RENDER_REAL, self->counts, self->n_bins, &self->low, &self->high);
      self->has_image = self->high > self->low;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_histogram_set_window (MsmHistogram *self, double low, double high)
{
  self->window_low = low;
  self->window_high = high;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
