#include "config.h"

#include "core/device/device.h"
#include "core/mask/mask-edit.h"
#include "tests/golden/golden.h"
#include "ui/widgets/color-bar.h"
#include "ui/widgets/histogram.h"
#include "ui/widgets/mask-editor.h"
#include "ui/widgets/plot.h"
#include "ui/widgets/viewport.h"

#include <math.h>
#include <stdlib.h>

#define ROWS    96
#define COLUMNS 80

/* A head of ellipses with a smooth phase, taller than wide, a bright spot at the upper left. */
static MsmTensor *
head (void)
{
  g_autofree float *data = g_new0 (float, 2 * ROWS * COLUMNS);
  g_autoptr (GError) error = NULL;
  MsmTensor *tensor;

  for (int row = 0; row < ROWS; row++)
    for (int column = 0; column < COLUMNS; column++)
      {
        double y = (row - ROWS / 2) / (0.5 * ROWS), x = (column - COLUMNS / 2) / (0.5 * COLUMNS);
        double r = hypot (x / 0.78, y / 0.88), value = 0.0, phase = 2.5 * x + 1.5 * y * y;

        if (r < 1.0)
          value = r > 0.93 ? 1.0 : 0.45;
        if (hypot ((x - 0.25) / 0.16, (y + 0.1) / 0.34) < 1.0)
          value = 0.12;
        if (hypot ((x + 0.25) / 0.16, (y + 0.1) / 0.34) < 1.0)
          value = 0.2;
        if (hypot ((x + 0.3) / 0.1, (y + 0.6) / 0.1) < 1.0)
          value = 0.85;
        data[2 * (row * COLUMNS + column)] = (float) (value * cos (phase));
        data[2 * (row * COLUMNS + column) + 1] = (float) (value * sin (phase));
      }
  tensor = msm_tensor_new_from (msm_device_host (), MSM_C64, msm_shape3 (1, ROWS, COLUMNS), data, &error);
  g_assert_no_error (error);
  msm_tensor_seal (tensor);
  return tensor;
}

static GtkWidget *
viewport (MsmViewportModel *model, const double spacing[2])
{
  g_autoptr (MsmTensor) tensor = head ();
  GtkWidget *widget = msm_viewport_new (model);

  msm_viewport_set_title (MSM_VIEWPORT (widget), "CG-SENSE");
  msm_viewport_set_image (MSM_VIEWPORT (widget), tensor, 0, spacing);
  return widget;
}

static GtkEventController *
find_controller (GtkWidget *widget, GType type)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (controller, type))
        return controller; /* the widget keeps it */
    }
  g_assert_not_reached ();
}

static void
hover (GtkWidget *widget, double x, double y)
{
  g_signal_emit_by_name (find_controller (widget, GTK_TYPE_EVENT_CONTROLLER_MOTION), "motion", x, y);
}

static void
hover_middle (GtkWidget *widget)
{
  hover (widget, 0.6 * gtk_widget_get_width (widget), 0.45 * gtk_widget_get_height (widget));
}

static void
test_viewport_empty (void)
{
  GtkWidget *widget = msm_viewport_new (NULL);

  msm_viewport_set_title (MSM_VIEWPORT (widget), "Reference");
  msm_viewport_set_empty_text (MSM_VIEWPORT (widget), "Undersampled scan: there is no reference");
  golden_check_widget ("viewport-empty", widget, 320, 260, NULL);
}

static void
test_viewport_magnitude (void)
{
  GtkWidget *widget = viewport (NULL, (double[]){ 1.0, 1.0 });

  msm_viewport_set_subtitle (MSM_VIEWPORT (widget), "PSNR 32.1 dB  SSIM 0.913");
  msm_viewport_set_selected (MSM_VIEWPORT (widget), TRUE);
  golden_check_widget ("viewport-magnitude", widget, 320, 260, hover_middle);
}

/* Pixels twice as wide as high, a crosshair, and the picture cut by the zoom. */
static void
test_viewport_crosshair (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  GtkWidget *widget = viewport (model, (double[]){ 0.5, 1.0 });

  msm_viewport_model_set_zoom (model, 1.5);
  msm_viewport_model_set_pan (model, 0.4, 0.35);
  msm_viewport_model_set_crosshair (model, 19, 28);
  golden_check_widget ("viewport-crosshair", widget, 320, 260, NULL);
}

/* Notices a layer that is drawn though somebody has hidden it: only the picture is left. */
static void
test_viewport_bare (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  GtkWidget *widget = viewport (model, (double[]){ 0.5, 1.0 });

  msm_viewport_model_set_crosshair (model, 19, 28);
  msm_viewport_model_set_hidden_layers (model, G_MAXUINT);
  golden_check_widget ("viewport-bare", widget, 320, 260, NULL);
}

static void
test_viewport_nearest (void)
{
  g_autoptr (MsmViewportModel) model = msm_viewport_model_new ();
  GtkWidget *widget = viewport (model, NULL);

  msm_viewport_model_set_zoom (model, 6.0);
  msm_viewport_model_set_pan (model, 0.35, 0.2);
  msm_viewport_model_set_crosshair (model, 19, 28);
  msm_viewport_set_nearest (MSM_VIEWPORT (widget), TRUE);
  golden_check_widget ("viewport-nearest", widget, 320, 260, NULL);
}

static void
check_mode (const char *name, MsmRenderMode mode, MsmColormap colormap, double gain)
{
  GtkWidget *widget = viewport (NULL, NULL);

  msm_viewport_set_render_mode (MSM_VIEWPORT (widget), mode);
  msm_viewport_set_colormap (MSM_VIEWPORT (widget), colormap);
  msm_viewport_set_gain (MSM_VIEWPORT (widget), gain);
  golden_check_widget (name, widget, 260, 240, NULL);
}

static void
test_viewport_modes (void)
{
  check_mode ("viewport-phase", MSM_RENDER_PHASE, MSM_COLORMAP_GREY, 1.0);
  check_mode ("viewport-complex", MSM_RENDER_COMPLEX, MSM_COLORMAP_GREY, 1.0);
  check_mode ("viewport-log", MSM_RENDER_LOG, MSM_COLORMAP_GREY, 1.0);
  check_mode ("viewport-error", MSM_RENDER_MAGNITUDE, MSM_COLORMAP_INFERNO, 5.0);
  check_mode ("viewport-viridis", MSM_RENDER_MAGNITUDE, MSM_COLORMAP_VIRIDIS, 1.0);
  check_mode ("viewport-difference", MSM_RENDER_REAL, MSM_COLORMAP_DIFFERENCE, 1.0);
}

static void
test_viewport_small (void)
{
  golden_check_widget ("viewport-small", viewport (NULL, NULL), 90, 80, NULL);
}

static MsmMask *
lines_mask (void)
{
  MsmMask *mask = msm_mask_new (64, 160);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_group ();
  g_autoptr (MsmMaskEdit) undo = NULL;

  mask->is_columns = TRUE;
  mask->nominal_accel = 4.0;
  for (int i = 0; i < 12; i++)
    mask->padded[i] = mask->padded[159 - i] = 1;
  for (int i = 14; i < 146; i += 5 + i % 3)
    msm_mask_edit_group_append (edit, msm_mask_edit_new_lines (i, 1, TRUE));
  msm_mask_edit_group_append (edit, msm_mask_edit_new_lines (70, 20, TRUE));
  undo = msm_mask_edit_apply (mask, edit);
  return mask;
}

static void
test_mask_empty (void)
{
  golden_check_widget ("mask-empty", msm_mask_editor_new (), 240, 180, NULL);
}

static void
test_mask_lines (void)
{
  g_autoptr (MsmMask) mask = lines_mask ();
  GtkWidget *widget = msm_mask_editor_new ();

  msm_mask_editor_set_mask (MSM_MASK_EDITOR (widget), mask);
  golden_check_widget ("mask-lines", widget, 332, 200, hover_middle);
}

static void
test_mask_acs_tool (void)
{
  g_autoptr (MsmMask) mask = lines_mask ();
  GtkWidget *widget = msm_mask_editor_new ();

  msm_mask_editor_set_mask (MSM_MASK_EDITOR (widget), mask);
  msm_mask_editor_set_tool (MSM_MASK_EDITOR (widget), MSM_MASK_TOOL_ACS);
  golden_check_widget ("mask-acs", widget, 332, 200, hover_middle);
}

static void
test_mask_points (void)
{
  g_autoptr (MsmMask) mask = msm_mask_new (64, 48);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_group ();
  g_autoptr (MsmMaskEdit) undo = NULL;
  GtkWidget *widget = msm_mask_editor_new ();

  for (int row = 1; row < 64; row += 4)
    for (int column = row % 8 / 4; column < 48; column += 3)
      msm_mask_edit_group_append (edit, msm_mask_edit_new_brush (row, column, 0, TRUE));
  msm_mask_edit_group_append (edit, msm_mask_edit_new_acs (12, 12));
  undo = msm_mask_edit_apply (mask, edit);
  msm_mask_editor_set_mask (MSM_MASK_EDITOR (widget), mask);
  msm_mask_editor_set_tool (MSM_MASK_EDITOR (widget), MSM_MASK_TOOL_ERASE);
  golden_check_widget ("mask-points", widget, 240, 300, hover_middle);
}

static void
test_plot_empty (void)
{
  golden_check_widget ("plot-empty", msm_plot_new ("Data residual", "step"), 300, 150, NULL);
}

static GtkWidget *
full_plot (void)
{
  GtkWidget *widget = msm_plot_new ("PSNR", "step");

  for (int i = 0; i <= 60; i++)
    {
      msm_plot_append (MSM_PLOT (widget), "cg-sense", i, 34.0 - 14.0 * exp (-i / 8.0));
      /* A gap, and a lone point within it. */
      msm_plot_append (MSM_PLOT (widget), "tv", i, i > 20 && i < 30 && i != 25 ? NAN : 36.0 - 20.0 * exp (-i / 15.0));
    }
  msm_plot_set_x_range (MSM_PLOT (widget), 0, 80);
  msm_plot_set_cursor (MSM_PLOT (widget), 42);
  return widget;
}

static void
test_plot_series (void)
{
  golden_check_widget ("plot-series", full_plot (), 300, 170, NULL);
}

static void
test_plot_hover (void)
{
  golden_check_widget ("plot-hover", full_plot (), 300, 170, hover_middle);
}

static void
test_plot_log (void)
{
  GtkWidget *widget = msm_plot_new ("Data residual", "step");

  msm_plot_set_log_y (MSM_PLOT (widget), TRUE);
  for (int i = 0; i <= 30; i++)
    msm_plot_append (MSM_PLOT (widget), "‖Ax − y‖", i, i == 0 ? 0.0 : pow (10.0, -0.15 * i));
  golden_check_widget ("plot-log", widget, 300, 170, NULL);
}

static void
test_color_bar (void)
{
  for (int map = MSM_COLORMAP_GREY; map <= MSM_COLORMAP_DIFFERENCE; map++)
    {
      g_autofree char *name = g_strconcat ("color-bar-", msm_colormap_name ((MsmColormap) map), NULL);
      GtkWidget *widget = msm_color_bar_new ();

      msm_color_bar_set_colormap (MSM_COLOR_BAR (widget), (MsmColormap) map);
      msm_color_bar_set_range (MSM_COLOR_BAR (widget), map == MSM_COLORMAP_DIFFERENCE ? -0.03 : 0.0,
                               map == MSM_COLORMAP_DIFFERENCE ? 0.03 : 1.37);
      golden_check_widget (name, widget, 80, 180, NULL);
    }
}

static void
test_histogram (void)
{
  g_autoptr (MsmTensor) tensor = head ();
  const gsize n = msm_shape_size (msm_tensor_shape (tensor));
  g_autofree float *values = g_new (float, n);
  GtkWidget *widget = msm_histogram_new ();

  golden_check_widget ("histogram-empty", msm_histogram_new (), 240, 100, NULL);
  for (gsize i = 0; i < n; i++)
    values[i] =
        (float) msm_render_value (msm_tensor_const_host (tensor), msm_tensor_dtype (tensor), i, MSM_RENDER_MAGNITUDE);
  msm_histogram_set_values (MSM_HISTOGRAM (widget), values, n);
  msm_histogram_set_window (MSM_HISTOGRAM (widget), 0.15, 0.9);
  golden_check_widget ("histogram", widget, 240, 100, NULL);
}

int
main (int argc, char *argv[])
{
  if (!golden_init (&argc, &argv))
    return 77;
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/golden/viewport/empty", test_viewport_empty);
  g_test_add_func ("/golden/viewport/magnitude", test_viewport_magnitude);
  g_test_add_func ("/golden/viewport/crosshair", test_viewport_crosshair);
  g_test_add_func ("/golden/viewport/bare", test_viewport_bare);
  g_test_add_func ("/golden/viewport/nearest", test_viewport_nearest);
  g_test_add_func ("/golden/viewport/modes", test_viewport_modes);
  g_test_add_func ("/golden/viewport/small", test_viewport_small);
  g_test_add_func ("/golden/mask-editor/empty", test_mask_empty);
  g_test_add_func ("/golden/mask-editor/lines", test_mask_lines);
  g_test_add_func ("/golden/mask-editor/acs", test_mask_acs_tool);
  g_test_add_func ("/golden/mask-editor/points", test_mask_points);
  g_test_add_func ("/golden/plot/empty", test_plot_empty);
  g_test_add_func ("/golden/plot/series", test_plot_series);
  g_test_add_func ("/golden/plot/hover", test_plot_hover);
  g_test_add_func ("/golden/plot/log", test_plot_log);
  g_test_add_func ("/golden/color-bar", test_color_bar);
  g_test_add_func ("/golden/histogram", test_histogram);
  return g_test_run ();
}
