#include "config.h"

#include "ui/widgets/color-bar.h"

#include <math.h>

#include "figure/color-scale.h"
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
  MsmCanvas canvas = msm_draw_canvas (
      widget, snapshot,
      &GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget)));
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  msm_color_scale_draw (&canvas, self->colormap, self->low, self->high, 1, top, BAR_WIDTH, MAX (bottom - top, 1.0),
                        SMALL, msm_draw_color (&color));
  cairo_destroy (canvas.cr);
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
