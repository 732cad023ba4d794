#include "config.h"

#include "ui/widgets/mask-editor-private.h"

static void
emit_edit (MsmMaskEditor *self, MsmMaskEdit *edit)
{
  g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT], 0, edit);
  msm_mask_edit_free (edit);
}

/* All lines from the last position to this one: a fast hand leaves no holes. */
static void
stroke_lines (MsmMaskEditor *self, int column, gboolean sampled)
{
  int first = MIN (self->last_column, column), last = MAX (self->last_column, column);

  emit_edit (self, msm_mask_edit_new_lines (first, last - first + 1, sampled));
}

static void
stroke_points (MsmMaskEditor *self, int row, int column, gboolean sampled)
{
  const int steps = MAX (MAX (ABS (row - self->last_row), ABS (column - self->last_column)), 1);
  MsmMaskEdit *stroke = msm_mask_edit_new_group ();

  for (int i = 0; i <= steps; i++)
    msm_mask_edit_group_append (stroke,
                                msm_mask_edit_new_brush (self->last_row + (row - self->last_row) * i / steps,
                                                         self->last_column + (column - self->last_column) * i / steps,
                                                         self->brush, sampled));
  emit_edit (self, stroke);
}

static void
stroke_to (MsmMaskEditor *self, int row, int column, gboolean is_first)
{
  const gboolean sampled = !self->erasing;

  if (!is_first && row == self->last_row && column == self->last_column)
    return;
  if (!is_first && self->mask->is_columns && column == self->last_column)
    return;
  switch (self->tool)
    {
    case MSM_MASK_TOOL_DRAW:
    case MSM_MASK_TOOL_ERASE:
      if (self->mask->is_columns)
        stroke_lines (self, column, sampled);
      else
        stroke_points (self, row, column, sampled);
      break;
    case MSM_MASK_TOOL_ACS:
      emit_edit (self, msm_mask_edit_new_acs (2 * (gsize) ABS (row - (int) (self->mask->n_readout / 2)),
                                              2 * (gsize) ABS (column - (int) (self->mask->n_phase / 2))));
      break;
    case MSM_MASK_TOOL_RECTANGLE:
      break; /* at the end of the drag */
    }
  self->last_row = row;
  self->last_column = column;
}

static void
set_hover (MsmMaskEditor *self, int row, int column)
{
  if (self->hover_row == row && self->hover_column == column)
    return;
  self->hover_row = row;
  self->hover_column = column;
  g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_HOVER], 0, row, column);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_begin (GtkGestureDrag *gesture, double x, double y, MsmMaskEditor *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  int row, column;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->mask == NULL || button == GDK_BUTTON_MIDDLE || !msm_mask_editor_index_at (self, x, y, &row, &column))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->dragging = TRUE;
  self->start_x = x;
  self->start_y = y;
  /* The right button and Ctrl turn a drawing tool round for one stroke. */
  self->erasing =
      self->tool == MSM_MASK_TOOL_ERASE || button == GDK_BUTTON_SECONDARY || (state & GDK_CONTROL_MASK) != 0;
  self->first_row = self->last_row = row;
  self->first_column = self->last_column = column;
  g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_BEGIN], 0);
  stroke_to (self, row, column, TRUE);
}

static void
drag_update (GtkGestureDrag *gesture, double dx, double dy, MsmMaskEditor *self)
{
  int row, column;

  if (!self->dragging || self->mask == NULL)
    return;
  msm_mask_editor_index_at (self, self->start_x + dx, self->start_y + dy, &row, &column);
  stroke_to (self, row, column, FALSE);
  set_hover (self, row, column);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_end (GtkGestureDrag *gesture, double dx, double dy, MsmMaskEditor *self)
{
  if (!self->dragging)
    return;
  self->dragging = FALSE;
  if (self->tool == MSM_MASK_TOOL_RECTANGLE)
    emit_edit (self, msm_mask_edit_new_rectangle (MIN (self->first_row, self->last_row),
                                                  MIN (self->first_column, self->last_column),
                                                  ABS (self->last_row - self->first_row) + 1,
                                                  ABS (self->last_column - self->first_column) + 1, !self->erasing));
  g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_END], 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_cancelled (GtkGesture *gesture, GdkEventSequence *sequence, MsmMaskEditor *self)
{
  /* What was painted stays, as one step of undo. */
  if (self->dragging)
    {
      self->dragging = FALSE;
      g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_END], 0);
    }
}

static void
moved (GtkEventControllerMotion *controller, double x, double y, MsmMaskEditor *self)
{
  int row, column;

  if (self->mask == NULL || self->dragging)
    return;
  if (!msm_mask_editor_index_at (self, x, y, &row, &column))
    row = column = -1;
  set_hover (self, row, column);
}

static void
left (GtkEventControllerMotion *controller, MsmMaskEditor *self)
{
  if (!self->dragging)
    set_hover (self, -1, -1);
}

/* Without a mouse: arrows move along the lines, space toggles. */
static gboolean
key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, MsmMaskEditor *self)
{
  int row = self->hover_row, column = self->hover_column, d_row = 0, d_column = 0;
  gboolean sampled;

  if (self->mask == NULL || self->dragging || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  if (column < 0)
    {
      row = (int) (self->mask->n_readout / 2);
      column = (int) (self->mask->n_phase / 2);
    }
  switch (key)
    {
    case GDK_KEY_Left:
      d_column = -1;
      break;
    case GDK_KEY_Right:
      d_column = 1;
      break;
    case GDK_KEY_Up:
      d_row = -1;
      break;
    case GDK_KEY_Down:
      d_row = 1;
      break;
    case GDK_KEY_space:
      sampled = self->mask->points[(gsize) row * self->mask->n_phase + (gsize) column] == 0;
      g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_BEGIN], 0);
      emit_edit (self, self->mask->is_columns ? msm_mask_edit_new_lines (column, 1, sampled)
                                              : msm_mask_edit_new_brush (row, column, self->brush, sampled));
      g_signal_emit (self, msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_END], 0);
      return TRUE;
    default:
      return FALSE;
    }
  set_hover (self, CLAMP (row + d_row, 0, (int) self->mask->n_readout - 1),
             CLAMP (column + d_column, 0, (int) self->mask->n_phase - 1));
  return TRUE;
}

void
msm_mask_editor_add_controllers (MsmMaskEditor *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (drag_cancelled), self);
  g_signal_connect (motion, "enter", G_CALLBACK (moved), self);
  g_signal_connect (motion, "motion", G_CALLBACK (moved), self);
  g_signal_connect (motion, "leave", G_CALLBACK (left), self);
  g_signal_connect (key, "key-pressed", G_CALLBACK (key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
}
