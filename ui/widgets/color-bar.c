#include "config.h"

#include "ui/widgets/color-bar.h"

#include <math.h>

#include "ui/widgets/plot-axis.h"
#include "ui/widgets/draw.h"

#define BAR_WIDTH 14.0
#define SMALL     0.84
#define GAP       5.0

struct _MsmColorBar
{
  GtkWidget parent_instance;
  MsmColormap colormap;
  double low, high;
};

G_DEFINE_TYPE (MsmColorBar, msm_color_bar, GTK_TYPE_WIDGET)

static void
msm_color_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MsmColorBar *self = MSM_COLOR_BAR (widget);
  const double line = msm_text_measure (widget, "0", SMALL, FALSE).height;
  /* Half a line at both ends, so that the labels of the ends are whole. */
  const double top = ceil (line / 2), bottom = floor (gtk_widget_get_height (widget) - line / 2);
  graphene_rect_t bar = GRAPHENE_RECT_INIT (1, (float) top, (float) BAR_WIDTH, (float) MAX (bottom - top, 1.0));
  MsmPlotAxis axis = { .pixel_low = bottom, .pixel_high = top };
  GdkRGBA color, frame;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  frame = color;
  frame.alpha *= 0.35f;
  color.alpha *= 0.8f;
  msm_draw_color_scale (snapshot, &bar, self->colormap);
  msm_draw_frame (snapshot, &GRAPHENE_RECT_INIT (0, (float) top - 1, (float) BAR_WIDTH + 2, bar.size.height + 2), 1,
                  &frame);

  msm_plot_axis_set_range (&axis, self->low, self->high, FALSE, MAX (2, (int) ((bottom - top) / (2.5 * line))), FALSE);
  for (int i = 0; i < axis.n_ticks; i++)
    {
      double y = floor (msm_plot_axis_to_pixel (&axis, axis.ticks[i]));
      g_autofree char *text = msm_plot_axis_format (&axis, axis.ticks[i]);

      msm_draw_rect (snapshot, &color, BAR_WIDTH + 2, y, 3, 1);
      msm_text_draw (widget, snapshot, text, SMALL, FALSE, &color, FALSE, BAR_WIDTH + 2 + GAP + 2, y,
                     (MsmTextAnchor){ 0.0f, 0.5f });
    }
}

static void
msm_color_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = (int) (BAR_WIDTH + 2 * GAP + msm_text_measure (widget, "−0.0000", SMALL, FALSE).width);
  else
    {
      *minimum = 60;
      *natural = 160;
    }
}

static void
msm_color_bar_class_init (MsmColorBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = msm_color_bar_snapshot;
  widget_class->measure = msm_color_bar_measure;
  gtk_widget_class_set_css_name (widget_class, "colorbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
msm_color_bar_init (MsmColorBar *self)
{
  self->high = 1.0;
}

GtkWidget *
msm_color_bar_new (void)
{
  return g_object_new (MSM_TYPE_COLOR_BAR, NULL);
}

void
msm_color_bar_set_colormap (MsmColorBar *self, MsmColormap colormap)
{
  self->colormap = colormap;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_color_bar_set_range (MsmColorBar *self, double low, double high)
{
  self->low = low;
  self->high = high;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
