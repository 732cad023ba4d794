#include "config.h"

#include "ui/window/plots-panel.h"

#include "ui/window/step-plot.h"

GtkWidget *
msm_plots_panel_new (MsmSession *session)
{
  GtkWidget *panel = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);

  for (guint i = 0; i < msm_step_plot_n_series (); i++)
    {
      GtkWidget *plot = msm_step_plot_new (session, i);

      msm_step_plot_set_hides (MSM_STEP_PLOT (plot), TRUE);
      gtk_widget_set_size_request (plot, 240, 112);
      gtk_box_append (GTK_BOX (panel), plot);
    }
  return panel;
}
