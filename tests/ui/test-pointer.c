#include "config.h"

#include <math.h>

#include <X11/Xlib.h>
#include <gdk/x11/gdkx.h>
#include <gmodule.h>
#include <string.h>

#include "tests/ui/ui-support.h"
#include "ui/window/pane-grid.h"
#include "ui/window/param-rows.h"
#include "ui/window/roi-panel.h"

/*
 * The pointer is moved and pressed by the X server's test extension, so that everything between the server and the
 * viewport takes part. The library is opened at run time: programs need none of it.
 */
static int (*fake_motion) (Display *display, int screen, int x, int y, unsigned long delay);
static int (*fake_button) (Display *display, unsigned int button, int is_press, unsigned long delay);
static int (*fake_key) (Display *display, unsigned int keycode, int is_press, unsigned long delay);
static Display *display;

static gboolean
load_extension (void)
{
  GModule *library = g_module_open ("libXtst.so.6", G_MODULE_BIND_LAZY);

  return library != NULL && g_module_symbol (library, "XTestFakeMotionEvent", (gpointer *) &fake_motion)
         && g_module_symbol (library, "XTestFakeButtonEvent", (gpointer *) &fake_button)
         && g_module_symbol (library, "XTestFakeKeyEvent", (gpointer *) &fake_key);
}

static void
settle (void)
{
  XSync (display, False);
  for (gint64 until = g_get_monotonic_time () + 60000; g_get_monotonic_time () < until;)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

/* From the widget's own coordinates to the screen's. */
static void
move_to (GtkWidget *widget, double x, double y)
{
  GtkWidget *window = GTK_WIDGET (gtk_widget_get_root (widget));
  double surface_x, surface_y, at_x, at_y;
  Window child;
  int left, top;

  gtk_widget_translate_coordinates (widget, window, x, y, &at_x, &at_y);
  gtk_native_get_surface_transform (GTK_NATIVE (window), &surface_x, &surface_y);
  XTranslateCoordinates (display, gdk_x11_surface_get_xid (gtk_native_get_surface (GTK_NATIVE (window))),
                         DefaultRootWindow (display), 0, 0, &left, &top, &child);
  fake_motion (display, -1, left + (int) (at_x + surface_x), top + (int) (at_y + surface_y), 0);
}

static void
drag (GtkWidget *widget, guint button, double x, double y, double dx, double dy)
{
  move_to (widget, x, y);
  settle ();
  fake_button (display, button, True, 0);
  settle ();
  for (int i = 1; i <= 4; i++)
    {
      move_to (widget, x + dx * i / 4, y + dy * i / 4);
      settle ();
    }
  fake_button (display, button, False, 0);
  settle ();
}

static MsmWindow *
open_window (MsmLayout layout)
{
  MsmWindow *window = ui_open_ready (ui_scan_path);
  GtkWidget *panes = ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID);

  display = gdk_x11_display_get_xdisplay (gtk_widget_get_display (GTK_WIDGET (window)));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "layout", g_variant_new_int32 ((gint32) layout));
  /* The first frame has been drawn and the window is mapped where it stays. */
  WAIT_FOR (gtk_widget_get_width (panes) > 100);
  settle ();
  settle ();
  return window;
}

static MsmViewport *
pane (MsmWindow *window, guint place)
{
  return msm_pane_grid_get_viewport (MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID)), place);
}

/* Left drag: to the right widens the window, up lowers its level; all panes follow. */
static void
test_window_level (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_2X2);
  GtkWidget *widget = GTK_WIDGET (pane (window, 0));
  double x = gtk_widget_get_width (widget) / 2.0, y = gtk_widget_get_height (widget) / 2.0;
  double low, high, new_low, new_high;

  msm_viewport_get_window (pane (window, 0), &low, &high);
  drag (widget, 1, x, y, 100, 0);
  msm_viewport_get_window (pane (window, 0), &new_low, &new_high);
  /* exp (100 / 200) as wide, about the same level; a pixel of travel either way */
  g_assert_cmpfloat_with_epsilon ((new_high - new_low) / (high - low), exp (0.5), 0.02);
  g_assert_cmpfloat_with_epsilon (new_high + new_low, high + low, 0.01 * (high - low));
  msm_viewport_get_window (pane (window, 2), &low, &high);
  g_assert_cmpfloat (low, ==, new_low);
  g_assert_cmpfloat (high, ==, new_high);
  drag (widget, 1, x, y, 0, -60);
  msm_viewport_get_window (pane (window, 0), &new_low, &new_high);
  g_assert_cmpfloat_with_epsilon ((new_high - new_low) / (high - low), 1, 1e-6);
  g_assert_cmpfloat_with_epsilon ((high + low - new_high - new_low) / 2 / (high - low), 0.2, 0.01);
  g_action_group_activate_action (G_ACTION_GROUP (window), "auto-window", NULL);
  ui_close_window (window);
}

/* Where in the image the middle of the widget is, by what the crosshair of a click there says. */
static void
click_middle (MsmViewport *viewport, double *x, double *y)
{
  GtkWidget *widget = GTK_WIDGET (viewport);
  MsmRoiStats stats;
  const double half = 20;

  /* A small region around the middle: its size in pixels tells the zoom. */
  drag (widget, 1, gtk_widget_get_width (widget) / 2.0 - half, gtk_widget_get_height (widget) / 2.0 - half, 2 * half,
        2 * half);
  g_assert_true (msm_viewport_get_roi_stats (viewport, &stats));
  *x = (double) stats.n_pixels;
  *y = stats.mean;
}

/* Right drag zooms, the wheel with Ctrl too, middle drag pans: what lies under a fixed square changes with them. */
static void
test_zoom_and_pan (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_1X1);
  GtkWidget *widget;
  double pixels, mean, zoomed_pixels, zoomed_mean, panned_pixels, panned_mean;
  guint control = 0;

  g_action_group_activate_action (G_ACTION_GROUP (window), "pane-source", g_variant_new_string ("reference"));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("rectangle"));
  widget = GTK_WIDGET (pane (window, 0));
  click_middle (pane (window, 0), &pixels, &mean);
  /* exp (150 / 150) times larger: e² times fewer pixels in the square, up to the rounding to whole ones. */
  drag (widget, 3, gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0, 0, -150);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("rectangle"));
  drag (widget, 1, 60, 60, 1, 0); /* a click away from it puts the old one away */
  click_middle (pane (window, 0), &zoomed_pixels, &zoomed_mean);
  g_assert_cmpfloat (pixels / zoomed_pixels, >, 2);
  g_assert_cmpfloat (pixels / zoomed_pixels, <, 20);
  drag (widget, 1, 60, 60, 1, 0);
  drag (widget, 2, gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0, 0, 120);
  click_middle (pane (window, 0), &panned_pixels, &panned_mean);
  g_assert_cmpfloat (fabs (panned_pixels - zoomed_pixels), <=, 0.5 * zoomed_pixels);
  g_assert_cmpfloat (panned_mean, !=, zoomed_mean);
  /* Back to the whole image, and the wheel. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "reset-view", NULL);
  settle ();
  click_middle (pane (window, 0), &zoomed_pixels, &zoomed_mean);
  g_assert_cmpfloat (zoomed_pixels, ==, pixels);
  g_assert_cmpfloat_with_epsilon (zoomed_mean, mean, 1e-9 + 1e-6 * fabs (mean));
  control = XKeysymToKeycode (display, 0xffe3 /* XK_Control_L */);
  fake_key (display, control, True, 0);
  settle ();
  for (int i = 0; i < 6; i++)
    {
      fake_button (display, 4, True, 0);
      fake_button (display, 4, False, 0);
    }
  settle ();
  fake_key (display, control, False, 0);
  settle ();
  drag (widget, 1, 60, 60, 1, 0);
  click_middle (pane (window, 0), &zoomed_pixels, &zoomed_mean);
  g_assert_cmpfloat (pixels / zoomed_pixels, >, 1.9); /* 1.15⁶ = 2.3, squared 5.3; the smallest square is 3 × 3 */
  ui_close_window (window);
}

/* The region drawn in one pane is measured in all; dragging it moves it; without the tool, Shift draws. */
static void
test_region (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_2X2);
  GtkWidget *widget = GTK_WIDGET (pane (window, 2));
  double x = gtk_widget_get_width (widget) / 2.0, y = gtk_widget_get_height (widget) / 2.0;
  MsmRoiStats a, b, moved;
  guint shift;

  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("ellipse"));
  drag (widget, 1, x - 50, y - 40, 100, 80);
  g_assert_true (msm_viewport_get_roi_stats (pane (window, 2), &a));
  g_assert_true (msm_viewport_get_roi_stats (pane (window, 0), &b));
  g_assert_cmpuint (a.n_pixels, ==, b.n_pixels);
  g_assert_cmpuint (a.n_pixels, >, 20);
  g_assert_cmpfloat (a.mean, !=, b.mean);
  drag (widget, 1, x, y, 40, 0);
  g_assert_true (msm_viewport_get_roi_stats (pane (window, 2), &moved));
  g_assert_cmpuint (moved.n_pixels, ==, a.n_pixels);
  g_assert_cmpfloat (moved.mean, !=, a.mean);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("window"));
  shift = XKeysymToKeycode (display, 0xffe1 /* XK_Shift_L */);
  fake_key (display, shift, True, 0);
  drag (widget, 1, 40, 40, 30, 30);
  fake_key (display, shift, False, 0);
  settle ();
  g_assert_true (msm_viewport_get_roi_stats (pane (window, 2), &b));
  g_assert_cmpuint (b.n_pixels, !=, a.n_pixels);
  ui_close_window (window);
}

static gboolean
has_label (GtkWidget *widget, const char *part)
{
  if (!gtk_widget_get_visible (widget))
    return FALSE;
  if (GTK_IS_LABEL (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), part) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_label (child, part))
      return TRUE;
  return FALSE;
}

/* An outline by hand, and a line: the panel shows what they measure, and hides with them. */
static void
test_outline_and_line (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_2X2);
  GtkWidget *widget = GTK_WIDGET (pane (window, 2)), *panel = ui_find (GTK_WIDGET (window), MSM_TYPE_ROI_PANEL);
  double x = gtk_widget_get_width (widget) / 2.0, y = gtk_widget_get_height (widget) / 2.0;
  MsmRoiStats stats, box;

  g_assert_false (gtk_widget_get_visible (panel));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("rectangle"));
  drag (widget, 1, x - 50, y - 50, 100, 100);
  g_assert_true (msm_viewport_get_roi_stats (pane (window, 2), &box));
  drag (widget, 1, 60, 60, 1, 0);
  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("outline"));
  /* Three sides of the same square; the last closes itself. */
  move_to (widget, x - 50, y - 50);
  settle ();
  fake_button (display, 1, True, 0);
  for (int side = 0; side < 3; side++)
    for (int i = 1; i <= 5; i++)
      {
        move_to (widget,
                 side == 0   ? x - 50 + 20 * i
                 : side == 1 ? x + 50
                             : x + 50 - 20 * i,
                 side == 0   ? y - 50
                 : side == 1 ? y - 50 + 20 * i
                             : y + 50);
        settle ();
      }
  fake_button (display, 1, False, 0);
  settle ();
  g_assert_true (msm_viewport_get_roi_stats (pane (window, 2), &stats));
  /* The box takes the whole pixels that it touches: at most a pixel more at each of its four sides. */
  g_assert_cmpuint (stats.n_pixels, <=, box.n_pixels);
  g_assert_cmpfloat (sqrt ((double) stats.n_pixels), >, sqrt ((double) box.n_pixels) - 3);
  WAIT_FOR (has_label (panel, "median") && has_label (panel, "Reference"));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "image-tool", g_variant_new_string ("line"));
  drag (widget, 1, 40, 60, 80, 60);
  g_assert_false (msm_viewport_get_roi_stats (pane (window, 2), &stats));
  WAIT_FOR (has_label (panel, "Length") && !has_label (panel, "median"));
  drag (widget, 1, 60, 60, 1, 0);
  WAIT_FOR (!gtk_widget_get_visible (panel));
  ui_close_window (window);
}

/* The wheel goes through the slices. */
static void
test_wheel (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_2X2);
  MsmSession *session = msm_window_get_session (window);

  g_assert_cmpuint (msm_session_get_slice (session), ==, 1);
  move_to (GTK_WIDGET (pane (window, 0)), 100, 100);
  settle ();
  fake_button (display, 4, True, 0);
  fake_button (display, 4, False, 0);
  WAIT_FOR (msm_session_get_slice (session) == 0);
  ui_close_window (window);
}

/* The first spin button below @root that is on the screen. */
static GtkWidget *
visible_spin (GtkWidget *root)
{
  if (GTK_IS_SPIN_BUTTON (root) && gtk_widget_get_mapped (root) && gtk_widget_is_sensitive (root))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = visible_spin (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkWidget *
visible_field (GtkWidget *root)
{
  if (MSM_IS_PARAM_ROWS (root) && visible_spin (root) != NULL)
    return visible_spin (root);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = visible_field (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Notices a field of a panel that takes the wheel, or swallows it: its value stays, and the panel moves under it. */
static void
test_wheel_over_field (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_2X2);
  GtkWidget *spin, *scrolled;
  double value, before;
  GtkAdjustment *adjustment;

  gtk_window_set_default_size (GTK_WINDOW (window), 1024, 480); /* the panels have to scroll */
  WAIT_FOR (gtk_widget_get_height (GTK_WIDGET (window)) <= 600);
  settle ();
  spin = visible_field (GTK_WIDGET (window));
  g_assert_nonnull (spin);
  scrolled = gtk_widget_get_ancestor (spin, GTK_TYPE_SCROLLED_WINDOW);
  g_assert_nonnull (scrolled);
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), >, gtk_adjustment_get_page_size (adjustment));
  /* The field is brought to the middle of what the panel shows. */
  {
    double x, y;

    gtk_widget_translate_coordinates (spin, scrolled, 0, 0, &x, &y);
    gtk_adjustment_set_value (adjustment,
                              gtk_adjustment_get_value (adjustment) + y - gtk_widget_get_height (scrolled) / 2.0);
  }
  settle ();
  value = gtk_spin_button_get_value (GTK_SPIN_BUTTON (spin));
  before = gtk_adjustment_get_value (adjustment);
  for (int button = 5; button >= 4; button--)
    {
      move_to (spin, gtk_widget_get_width (spin) / 4.0, gtk_widget_get_height (spin) / 2.0);
      settle ();
      fake_button (display, (guint) button, True, 0);
      fake_button (display, (guint) button, False, 0);
      settle ();
      g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (spin)), ==, value);
      if (gtk_adjustment_get_value (adjustment) != before)
        break; /* the first click scrolled it: at the very end of the panel it is the second */
    }
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), !=, before);
  ui_close_window (window);
}

/* The view menu's button: the menu button of the header bar whose menu is the window's main one. */
static GtkWidget *
primary_button (GtkWidget *root)
{
  if (GTK_IS_MENU_BUTTON (root) && gtk_menu_button_get_primary (GTK_MENU_BUTTON (root)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = primary_button (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Notices an F10 that opens no menu, or another one than the window's. */
static void
test_menu_key (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_2X2);
  GtkWidget *button = primary_button (GTK_WIDGET (window));
  guint key = XKeysymToKeycode (display, 0xffc7 /* XK_F10 */);
  GtkPopover *popover;

  g_assert_nonnull (button);
  move_to (GTK_WIDGET (pane (window, 0)), 50, 50);
  settle ();
  fake_key (display, key, True, 0);
  fake_key (display, key, False, 0);
  settle ();
  popover = gtk_menu_button_get_popover (GTK_MENU_BUTTON (button));
  WAIT_FOR (popover != NULL && gtk_widget_get_mapped (GTK_WIDGET (popover)));
  gtk_menu_button_popdown (GTK_MENU_BUTTON (button));
  settle ();
  ui_close_window (window);
}

static void
tap (guint keysym)
{
  guint key = XKeysymToKeycode (display, keysym);

  fake_key (display, key, True, 0);
  fake_key (display, key, False, 0);
  settle ();
}

static const char *
tool_now (MsmWindow *window)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "image-tool");

  return g_variant_get_string (state, NULL);
}

/* A key on a picture takes a tool, and the left button then does what the tool says, and nothing else. */
static void
test_tools (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_1X1);
  MsmViewport *viewport = pane (window, 0);
  GtkWidget *widget = GTK_WIDGET (viewport);
  const double x = gtk_widget_get_width (widget) / 2.0, y = gtk_widget_get_height (widget) / 2.0;
  double low, high, new_low, new_high, pixels, mean, zoomed, zoomed_mean, moved, moved_mean;

  g_action_group_activate_action (G_ACTION_GROUP (window), "pane-source", g_variant_new_string ("reference"));
  msm_pane_grid_focus (MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID)));
  settle ();
  msm_viewport_get_window (viewport, &low, &high);
  tap ('r');
  g_assert_cmpstr (tool_now (window), ==, "rectangle");
  click_middle (viewport, &pixels, &mean);
  drag (widget, 1, 60, 60, 1, 0); /* puts the region away */
  tap ('z');
  g_assert_cmpstr (tool_now (window), ==, "zoom");
  drag (widget, 1, x, y, 0, -150);
  tap ('r');
  click_middle (viewport, &zoomed, &zoomed_mean);
  g_assert_cmpfloat (pixels / zoomed, >, 2);
  drag (widget, 1, 60, 60, 1, 0);
  tap ('t');
  g_assert_cmpstr (tool_now (window), ==, "pan");
  drag (widget, 1, x, y, 0, 120);
  tap ('r');
  click_middle (viewport, &moved, &moved_mean);
  g_assert_cmpfloat_with_epsilon (moved, zoomed, 0.3 * zoomed);
  g_assert_cmpfloat (moved_mean, !=, zoomed_mean);
  msm_viewport_get_window (viewport, &new_low, &new_high);
  g_assert_cmpfloat (new_low, ==, low);
  g_assert_cmpfloat (new_high, ==, high);
  drag (widget, 1, 60, 60, 1, 0);
  tap ('w');
  drag (widget, 1, x, y, 100, 0);
  msm_viewport_get_window (viewport, &new_low, &new_high);
  g_assert_cmpfloat (new_high - new_low, >, 1.5 * (high - low));
  ui_close_window (window);
}

/* While X is held, the other of two pictures is seen, whole; then both again. */
static void
test_held_key (void)
{
  MsmWindow *window = open_window (MSM_LAYOUT_COMPARE);
  MsmViewport *viewport = pane (window, 0);
  guint key = XKeysymToKeycode (display, 'x');
  g_autoptr (GdkTexture) first = NULL, other = NULL, again = NULL;

  ui_reconstruct (window);
  msm_pane_grid_focus (MSM_PANE_GRID (ui_find (GTK_WIDGET (window), MSM_TYPE_PANE_GRID)));
  settle ();
  g_assert_nonnull (msm_viewport_get_second (viewport));
  first = msm_viewport_get_texture (viewport);
  fake_key (display, key, True, 0);
  settle ();
  other = msm_viewport_get_texture (viewport);
  fake_key (display, key, False, 0);
  settle ();
  again = msm_viewport_get_texture (viewport);
  g_assert_true (first != other);
  g_assert_true (first == again);
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!ui_init (&argc, &argv) || !load_extension ())
    return 77;
  g_test_add_func ("/pointer/window-level", test_window_level);
  g_test_add_func ("/pointer/zoom-and-pan", test_zoom_and_pan);
  g_test_add_func ("/pointer/region", test_region);
  g_test_add_func ("/pointer/outline-and-line", test_outline_and_line);
  g_test_add_func ("/pointer/wheel", test_wheel);
  g_test_add_func ("/pointer/wheel-over-field", test_wheel_over_field);
  g_test_add_func ("/pointer/menu-key", test_menu_key);
  g_test_add_func ("/pointer/tools", test_tools);
  g_test_add_func ("/pointer/held-key", test_held_key);
  return ui_run ();
}
