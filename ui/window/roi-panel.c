#include "config.h"

#include "ui/window/roi-panel.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/draw.h"
#include "ui/widgets/histogram.h"
#include "ui/widgets/plot.h"

/* A run changes the pictures more often than figures can be read. */
#define INTERVAL_MS 100

struct _MsmRoiPanel
{
  GtkBox parent_instance;
  MsmPaneGrid *panes; /* borrowed: the window has both */
  GtkWidget *size, *figures, *histogram, *profile;
  guint pending;
};

G_DEFINE_FINAL_TYPE (MsmRoiPanel, msm_roi_panel, GTK_TYPE_BOX)

/* Of the pane that is selected, or where it shows nothing of the next one that does. */
static MsmViewport *
leading_pane (MsmRoiPanel *self)
{
  MsmViewport *viewport = msm_pane_grid_get_selected (self->panes);

  for (guint i = 0; viewport != NULL && msm_viewport_get_image (viewport, NULL) == NULL; i++)
    viewport = msm_pane_grid_get_viewport (self->panes, i);
  return viewport;
}

static const char *
title_of (MsmViewport *viewport)
{
  const char *title = msm_viewport_get_title (viewport);

  return title != NULL ? title : "";
}

static GtkWidget *
label_new (const char *text, float xalign, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, xalign == 1);
  gtk_label_set_selectable (GTK_LABEL (label), FALSE);
  gtk_widget_add_css_class (label, "numeric");
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
show_size (MsmRoiPanel *self, MsmViewport *viewport)
{
  static const double pixels[2] = { 1, 1 };
  const MsmRoi *roi = msm_pane_grid_get_roi (self->panes);
  const double *spacing = msm_viewport_get_spacing (viewport);
  g_autofree char *text = NULL;
  MsmRoiStats stats;

  if (roi->shape == MSM_ROI_LINE && spacing != NULL)
    text = g_strdup_printf (_("Length %.1f mm, %.1f px"), msm_roi_length (roi, spacing), msm_roi_length (roi, pixels));
  else if (roi->shape == MSM_ROI_LINE)
    text = g_strdup_printf (_("Length %.1f px"), msm_roi_length (roi, pixels));
  else
    {
      msm_viewport_get_roi_stats (viewport, &stats);
      text = spacing != NULL ? g_strdup_printf (_("Area %.1f mm², %zu px"),
                                                (double) stats.n_pixels * spacing[0] * spacing[1], stats.n_pixels)
                             : g_strdup_printf (_("Area %zu px"), stats.n_pixels);
    }
  gtk_label_set_text (GTK_LABEL (self->size), text);
}

/* Two lines for a pane: its name and mean ± deviation; median, range and SNR, to fewer digits. */
static void
add_figures (MsmRoiPanel *self, MsmViewport *viewport, int *row)
{
  g_autofree char *mean = NULL, *sd = NULL, *values = NULL, *more = NULL;
  MsmRoiStats stats;

  if (!msm_viewport_get_roi_stats (viewport, &stats))
    return;
  mean = msm_text_number (stats.mean);
  sd = msm_text_number (stats.sd);
  values = g_strdup_printf ("%s ± %s", mean, sd);
  more = stats.sd > 0 ? g_strdup_printf (_("median %.3g · %.3g to %.3g · SNR %.1f"), stats.median, stats.min,
                                         stats.max, fabs (stats.mean) / stats.sd)
                      : g_strdup_printf (_("median %.3g · %.3g to %.3g"), stats.median, stats.min, stats.max);
  gtk_grid_attach (GTK_GRID (self->figures), label_new (title_of (viewport), 0, NULL), 0, *row, 1, 1);
  gtk_grid_attach (GTK_GRID (self->figures), label_new (values, 1, NULL), 1, *row, 1, 1);
  gtk_grid_attach (GTK_GRID (self->figures), label_new (more, 0, "msm-notes"), 0, *row + 1, 2, 1);
  *row += 2;
}

static void
show_figures (MsmRoiPanel *self)
{
  MsmViewport *viewport;
  GtkWidget *child;
  int row = 0;

  while ((child = gtk_widget_get_first_child (self->figures)) != NULL)
    gtk_grid_remove (GTK_GRID (self->figures), child);
  for (guint i = 0; (viewport = msm_pane_grid_get_viewport (self->panes, i)) != NULL; i++)
    add_figures (self, viewport, &row);
}

static void
show_histogram (MsmRoiPanel *self, MsmViewport *viewport)
{
  g_autofree float *values = NULL;
  MsmRoiPlane plane;
  gsize n_pixels, n;
  double low, high;

  if (!msm_viewport_get_roi_plane (viewport, &plane))
    return;
  values = msm_roi_values (&plane, msm_pane_grid_get_roi (self->panes), &n_pixels, &n);
  msm_histogram_set_values (MSM_HISTOGRAM (self->histogram), values, n);
  msm_viewport_get_window (viewport, &low, &high);
  msm_histogram_set_window (MSM_HISTOGRAM (self->histogram), low, high);
}

/* Of the same kind as the leading pane's: its mode and colours, and the window that all share. */
static gboolean
is_comparable (MsmViewport *viewport, MsmViewport *leading)
{
  return viewport == leading
         || (msm_viewport_get_render_mode (viewport) == msm_viewport_get_render_mode (leading)
             && msm_viewport_get_colormap (viewport) == msm_viewport_get_colormap (leading)
             && !msm_viewport_get_own_window (viewport) && !msm_viewport_get_own_window (leading));
}

static void
show_profiles (MsmRoiPanel *self, MsmViewport *leading)
{
  static const double pixels[2] = { 1, 1 };
  const MsmRoi *roi = msm_pane_grid_get_roi (self->panes);
  const double *spacing = msm_viewport_get_spacing (leading);
  const double length = msm_roi_length (roi, spacing != NULL ? spacing : pixels);
  MsmViewport *viewport;

  msm_plot_clear (MSM_PLOT (self->profile));
  msm_plot_set_x_label (MSM_PLOT (self->profile), spacing != NULL ? "mm" : _("px"));
  msm_plot_set_x_range (MSM_PLOT (self->profile), 0, length);
  for (guint i = 0; (viewport = msm_pane_grid_get_viewport (self->panes, i)) != NULL; i++)
    {
      MsmRoiPlane plane;
      g_autofree double *values = NULL, *x = NULL;
      gsize n;

      if (!is_comparable (viewport, leading) || !msm_viewport_get_roi_plane (viewport, &plane))
        continue;
      values = msm_roi_profile (&plane, roi, &n);
      x = g_new (double, n);
      for (gsize k = 0; k < n; k++)
        x[k] = n > 1 ? length * (double) k / (double) (n - 1) : 0;
      msm_plot_set_series (MSM_PLOT (self->profile), title_of (viewport), x, values, n);
    }
}

static void
show (MsmRoiPanel *self)
{
  const MsmRoi *roi = msm_pane_grid_get_roi (self->panes);
  MsmViewport *leading = leading_pane (self);
  const gboolean is_line = roi->shape == MSM_ROI_LINE;

  gtk_widget_set_visible (GTK_WIDGET (self), roi->shape != MSM_ROI_NONE && leading != NULL);
  if (roi->shape == MSM_ROI_NONE || leading == NULL)
    return;
  gtk_widget_set_visible (self->figures, !is_line);
  gtk_widget_set_visible (self->histogram, !is_line);
  gtk_widget_set_visible (self->profile, is_line);
  show_size (self, leading);
  if (is_line)
    show_profiles (self, leading);
  else
    {
      show_figures (self);
      show_histogram (self, leading);
    }
}

static gboolean
on_time (gpointer data)
{
  MsmRoiPanel *self = data;

  self->pending = 0;
  show (self);
  return G_SOURCE_REMOVE;
}

static void
on_roi_changed (MsmPaneGrid *panes, MsmRoiPanel *self)
{
  if (self->pending == 0)
    self->pending = g_timeout_add (INTERVAL_MS, on_time, self);
}

static void
on_window_dragged (MsmHistogram *histogram, double low, double high, MsmRoiPanel *self)
{
  MsmViewport *leading = leading_pane (self);

  if (leading != NULL)
    msm_viewport_set_window (leading, low, high);
}

static void
msm_roi_panel_dispose (GObject *object)
{
  MsmRoiPanel *self = MSM_ROI_PANEL (object);

  g_clear_handle_id (&self->pending, g_source_remove);
  G_OBJECT_CLASS (msm_roi_panel_parent_class)->dispose (object);
}

static void
msm_roi_panel_class_init (MsmRoiPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_roi_panel_dispose;
}

static void
msm_roi_panel_init (MsmRoiPanel *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->size = label_new (NULL, 0, NULL);
  self->figures = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->figures), 8);
  gtk_widget_set_tooltip_text (self->figures, _("Mean ± standard deviation; SNR is the mean over the deviation"));
  self->histogram = msm_histogram_new ();
  gtk_widget_set_tooltip_text (self->histogram, _("Values of the selected pane; drag the ends to set its window"));
  gtk_widget_set_size_request (self->histogram, 240, 90);
  /* No title: the room is the names'. */
  self->profile = msm_plot_new (NULL, _("px"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->profile), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Line profile"),
                                  -1);
  gtk_widget_set_size_request (self->profile, 240, 140);
  gtk_box_append (GTK_BOX (self), self->size);
  gtk_box_append (GTK_BOX (self), self->figures);
  gtk_box_append (GTK_BOX (self), self->histogram);
  gtk_box_append (GTK_BOX (self), self->profile);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_connect (self->histogram, "window-changed", G_CALLBACK (on_window_dragged), self);
}

GtkWidget *
msm_roi_panel_new (MsmPaneGrid *panes)
{
  MsmRoiPanel *self = g_object_new (MSM_TYPE_ROI_PANEL, NULL);

  self->panes = panes;
  g_signal_connect_object (panes, "roi-changed", G_CALLBACK (on_roi_changed), self, 0);
  g_signal_connect_object (panes, "window-changed", G_CALLBACK (on_roi_changed), self, 0);
  return GTK_WIDGET (self);
}
