#include "config.h"

#include "ui/widgets/viewport-private.h"

#include <math.h>

#include "ui/widgets/tool.h"

/* Pointer travel below which a press is a click. */
#define CLICK_PIXELS 3.0

/* Zooms so that the point of the image at (@x, @y) of the widget stays there. */
static void
zoom_at (MsmViewport *self, double zoom, double x, double y)
{
  MsmViewportGeometry at;
  double row, column;

  if (self->tensor == NULL)
    return;
  at = msm_viewport_geometry_now (self);
  row = (y - at.y0) / at.row_scale;
  column = (x - at.x0) / at.column_scale;
  msm_viewport_view_set_zoom (&self->view, zoom);
  if (zoom <= 1.0)
    msm_viewport_view_set_pan (&self->view, 0.5, 0.5);
  else
    {
      double pan_x, pan_y;

      at = msm_viewport_geometry_now (self);
      msm_viewport_view_get_pan (&self->view, &pan_x, &pan_y);
      msm_viewport_view_set_pan (
          &self->view,
          pan_x + (at.x0 + column * at.column_scale - x) / (at.column_scale * (double) msm_viewport_n_columns (self)),
          pan_y + (at.y0 + row * at.row_scale - y) / (at.row_scale * (double) msm_viewport_n_rows (self)));
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Near enough to the divider to take hold of it. */
#define GRIP_PIXELS 6.0

static void
image_position (MsmViewport *self, double x, double y, double *row, double *column)
{
  MsmViewportGeometry at = msm_viewport_geometry_now (self);

  *row = (y - at.y0) / at.row_scale;
  *column = (x - at.x0) / at.column_scale;
}

static void
drag_begin (GtkGestureDrag *gesture, double x, double y, MsmViewport *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  double divider = self->split * gtk_widget_get_width (GTK_WIDGET (self));

  self->start_x = x;
  self->start_y = y;
  msm_viewport_ensure_measured (self);
  msm_viewport_view_get_window (&self->view, &self->start_low, &self->start_high);
  msm_viewport_view_get_pan (&self->view, &self->start_pan_x, &self->start_pan_y);
  self->start_zoom = msm_viewport_view_get_zoom (&self->view);
  self->start_roi = *msm_viewport_model_get_roi (self->model);
  self->drag = MSM_DRAG_TOOL;
  self->has_outline = FALSE;
  if (self->tensor != NULL)
    {
      image_position (self, x, y, &self->start_row, &self->start_column);
      if (self->compare == MSM_COMPARE_SPLIT && fabs (x - divider) <= GRIP_PIXELS)
        self->drag = MSM_DRAG_SPLIT;
      else if (msm_viewport_model_get_tool (self->model)->shape != MSM_ROI_NONE || (state & GDK_SHIFT_MASK) != 0)
        self->drag = msm_roi_contains (&self->start_roi, self->start_row, self->start_column) ? MSM_DRAG_MOVE_ROI
                                                                                              : MSM_DRAG_NEW_ROI;
    }
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/* The region under the hand. Boxes and ellipses take whole pixels: what is measured lies under the outline. */
static void
draw_region (MsmViewport *self, double x, double y)
{
  const double rows = (double) msm_viewport_n_rows (self), columns = (double) msm_viewport_n_columns (self);
  const MsmRoiShape tool = msm_viewport_model_get_tool (self->model)->shape;
  MsmRoi roi = self->start_roi;
  double row, column;

  image_position (self, x, y, &row, &column);
  if (self->drag == MSM_DRAG_MOVE_ROI)
    msm_roi_move (&roi, CLAMP (round (row - self->start_row), -roi.top, rows - roi.bottom),
                  CLAMP (round (column - self->start_column), -roi.left, columns - roi.right));
  else if (tool == MSM_ROI_LINE)
    msm_roi_set_line (&roi, CLAMP (self->start_row, 0, rows), CLAMP (self->start_column, 0, columns),
                      CLAMP (row, 0, rows), CLAMP (column, 0, columns));
  else if (tool == MSM_ROI_FREEHAND)
    {
      roi = *msm_viewport_model_get_roi (self->model);
      if (!self->has_outline)
        {
          roi = (MsmRoi){ MSM_ROI_FREEHAND };
          msm_roi_add_point (&roi, CLAMP (self->start_row, 0, rows), CLAMP (self->start_column, 0, columns));
          self->has_outline = TRUE;
        }
      msm_roi_add_point (&roi, CLAMP (row, 0, rows), CLAMP (column, 0, columns));
    }
  else
    {
      roi.shape = tool != MSM_ROI_NONE ? tool : MSM_ROI_RECTANGLE;
      roi.n_points = 0;
      roi.top = CLAMP (floor (MIN (row, self->start_row)), 0, rows - 1);
      roi.left = CLAMP (floor (MIN (column, self->start_column)), 0, columns - 1);
      roi.bottom = CLAMP (ceil (MAX (row, self->start_row)), roi.top + 1, rows);
      roi.right = CLAMP (ceil (MAX (column, self->start_column)), roi.left + 1, columns);
    }
  msm_viewport_model_set_roi (self->model, &roi);
}

void
msm_viewport_drag_window (MsmViewport *self, double dx, double dy)
{
  /* Right: less contrast. Up: a lower level, brighter. The width never reaches zero. */
  const double start = self->start_high - self->start_low;
  const double level = (self->start_high + self->start_low) / 2 + dy / 300.0 * start;
  const double width = start * exp (dx / 200.0);

  msm_viewport_set_window (self, level - width / 2, level + width / 2);
}

void
msm_viewport_drag_pan (MsmViewport *self, double dx, double dy)
{
  const MsmViewportGeometry at = msm_viewport_geometry_now (self);

  msm_viewport_view_set_pan (&self->view,
                             self->start_pan_x - dx / (at.column_scale * (double) msm_viewport_n_columns (self)),
                             self->start_pan_y - dy / (at.row_scale * (double) msm_viewport_n_rows (self)));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_drag_zoom (MsmViewport *self, double dx, double dy)
{
  zoom_at (self, self->start_zoom * exp (-dy / 150.0), self->start_x, self->start_y);
}

static void
drag_left (MsmViewport *self, double dx, double dy)
{
  switch (self->drag)
    {
    case MSM_DRAG_SPLIT:
      self->split = CLAMP ((self->start_x + dx) / gtk_widget_get_width (GTK_WIDGET (self)), 0.0, 1.0);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    case MSM_DRAG_NEW_ROI:
    case MSM_DRAG_MOVE_ROI:
      draw_region (self, self->start_x + dx, self->start_y + dy);
      break;
    case MSM_DRAG_TOOL:
    default:
      msm_viewport_model_get_tool (self->model)->drag (self, dx, dy);
      break;
    }
}

static void
drag_update (GtkGestureDrag *gesture, double dx, double dy, MsmViewport *self)
{
  if (self->tensor == NULL || hypot (dx, dy) < CLICK_PIXELS)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  switch (gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)))
    {
    case GDK_BUTTON_PRIMARY:
      drag_left (self, dx, dy);
      break;
    case GDK_BUTTON_MIDDLE:
      msm_viewport_drag_pan (self, dx, dy);
      break;
    case GDK_BUTTON_SECONDARY:
      msm_viewport_drag_zoom (self, dx, dy);
      break;
    default:
      break;
    }
}

static void
drag_end (GtkGestureDrag *gesture, double dx, double dy, MsmViewport *self)
{
  double row = floor (self->start_row), column = floor (self->start_column);

  if (self->tensor == NULL || hypot (dx, dy) >= CLICK_PIXELS
      || gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)) != GDK_BUTTON_PRIMARY)
    return;
  /* A click outside the region puts it away. */
  if (self->drag == MSM_DRAG_NEW_ROI)
    {
      msm_viewport_model_set_roi (self->model, &(MsmRoi){ MSM_ROI_NONE });
      return;
    }
  if (row < 0 || column < 0 || row >= (double) msm_viewport_n_rows (self)
      || column >= (double) msm_viewport_n_columns (self))
    row = column = NAN;
  msm_viewport_view_set_crosshair (&self->view, row, column);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pressed (GtkGestureClick *gesture, int n_press, double x, double y, MsmViewport *self)
{
  if (n_press == 2)
    g_signal_emit (self, msm_viewport_signals[MSM_VIEWPORT_MAXIMISE], 0);
}

static gboolean
scrolled (GtkEventControllerScroll *controller, double dx, double dy, MsmViewport *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  int step;

  if ((state & GDK_CONTROL_MASK) != 0)
    {
      double x = isnan (self->pointer_x) ? gtk_widget_get_width (GTK_WIDGET (self)) / 2.0 : self->pointer_x;
      double y = isnan (self->pointer_y) ? gtk_widget_get_height (GTK_WIDGET (self)) / 2.0 : self->pointer_y;

      zoom_at (self, msm_viewport_view_get_zoom (&self->view) * pow (1.15, -dy), x, y);
      return TRUE;
    }
  self->scroll += dy;
  step = (int) self->scroll;
  if (step != 0)
    {
      self->scroll -= step;
      g_signal_emit (self, msm_viewport_signals[MSM_VIEWPORT_SLICE_STEP], 0, step);
    }
  return TRUE;
}

static void
moved (GtkEventControllerMotion *controller, double x, double y, MsmViewport *self)
{
  self->pointer_x = x;
  self->pointer_y = y;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
left (GtkEventControllerMotion *controller, MsmViewport *self)
{
  self->pointer_x = self->pointer_y = NAN;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
move_crosshair (MsmViewport *self, int d_row, int d_column)
{
  double row, column;

  if (self->tensor == NULL)
    return;
  msm_viewport_view_get_crosshair (&self->view, &row, &column);
  if (isnan (row) || isnan (column))
    {
      row = (double) (msm_viewport_n_rows (self) / 2);
      column = (double) (msm_viewport_n_columns (self) / 2);
    }
  msm_viewport_view_set_crosshair (&self->view, CLAMP (row + d_row, 0, (double) msm_viewport_n_rows (self) - 1),
                                   CLAMP (column + d_column, 0, (double) msm_viewport_n_columns (self) - 1));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, MsmViewport *self)
{
  const double zoom = msm_viewport_view_get_zoom (&self->view);
  const double x = gtk_widget_get_width (GTK_WIDGET (self)) / 2.0;
  const double y = gtk_widget_get_height (GTK_WIDGET (self)) / 2.0;

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  if (msm_tool_of_key (gdk_keyval_to_lower (key)) != NULL)
    {
      msm_viewport_model_set_tool (self->model, msm_tool_of_key (gdk_keyval_to_lower (key)));
      return TRUE;
    }
  switch (key)
    {
    case GDK_KEY_x:
    case GDK_KEY_X:
      msm_viewport_show_other (self, TRUE);
      return TRUE;
    case GDK_KEY_Up:
      move_crosshair (self, -1, 0);
      return TRUE;
    case GDK_KEY_Down:
      move_crosshair (self, 1, 0);
      return TRUE;
    case GDK_KEY_Left:
      move_crosshair (self, 0, -1);
      return TRUE;
    case GDK_KEY_Right:
      move_crosshair (self, 0, 1);
      return TRUE;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom_at (self, zoom * 1.25, x, y);
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom_at (self, zoom / 1.25, x, y);
      return TRUE;
    case GDK_KEY_Page_Up:
      g_signal_emit (self, msm_viewport_signals[MSM_VIEWPORT_SLICE_STEP], 0, -1);
      return TRUE;
    case GDK_KEY_Page_Down:
      g_signal_emit (self, msm_viewport_signals[MSM_VIEWPORT_SLICE_STEP], 0, 1);
      return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      g_signal_emit (self, msm_viewport_signals[MSM_VIEWPORT_MAXIMISE], 0);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
key_released (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, MsmViewport *self)
{
  if (gdk_keyval_to_lower (key) == GDK_KEY_x)
    msm_viewport_show_other (self, FALSE);
}

/* The release is somebody else's. */
static void
focus_left (GtkEventControllerFocus *controller, MsmViewport *self)
{
  msm_viewport_show_other (self, FALSE);
}

void
msm_viewport_add_controllers (MsmViewport *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scrolled), self);
  g_signal_connect (motion, "enter", G_CALLBACK (moved), self);
  g_signal_connect (motion, "motion", G_CALLBACK (moved), self);
  g_signal_connect (motion, "leave", G_CALLBACK (left), self);
  g_signal_connect (key, "key-pressed", G_CALLBACK (key_pressed), self);
  g_signal_connect (key, "key-released", G_CALLBACK (key_released), self);
  g_signal_connect (focus, "leave", G_CALLBACK (focus_left), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, key);
  gtk_widget_add_controller (widget, focus);
}
