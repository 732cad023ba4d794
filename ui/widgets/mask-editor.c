#include "config.h"

#include "ui/widgets/mask-editor.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/draw.h"

/* Room for the texts under the plane. */
#define FOOTER 20.0
#define MARGIN 6.0

struct _MsmMaskEditor
{
  GtkWidget    parent_instance;
  MsmMask     *mask;
  MsmMaskTool  tool;
  guint        brush;
  GdkTexture  *texture;                /* NULL: to be drawn anew */
  int          hover_row, hover_column; /* −1: none */
  gboolean     dragging, erasing;
  double       start_x, start_y;
  int          first_row, first_column; /* of the drag */
  int          last_row, last_column;   /* of the stroke so far */
};

enum
{
  EDIT_BEGIN,
  EDIT,
  EDIT_END,
  HOVER,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (MsmMaskEditor, msm_mask_editor, GTK_TYPE_WIDGET)

/*
 * Where the plane lies. Phase-encode runs along the last axis, so lines of a column mask are upright.
 * A column mask fills the room it has; points keep their shape.
 */
static graphene_rect_t
plane_rect (MsmMaskEditor *self)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN;
  double height = gtk_widget_get_height (GTK_WIDGET (self)) - FOOTER - MARGIN;
  double x = MARGIN, y = MARGIN;

  width = MAX (width, 1.0);
  height = MAX (height, 1.0);
  if (self->mask != NULL)
    {
      double scale = width / (double) self->mask->n_phase;
      double used = width;

      if (!self->mask->is_columns)
        {
          double used_height;

          scale = MIN (scale, height / (double) self->mask->n_readout);
          used = scale * (double) self->mask->n_phase;
          used_height = scale * (double) self->mask->n_readout;
          y = floor (MARGIN + (height - used_height) / 2);
          height = used_height;
        }
      x = floor (MARGIN + (width - used) / 2);
      width = used;
    }
  return GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width, (float) height);
}

/* FALSE outside the plane; the indices are then the nearest ones. */
static gboolean
index_at (MsmMaskEditor *self,
          double         x,
          double         y,
          int           *row,
          int           *column)
{
  graphene_rect_t r = plane_rect (self);
  double u = (x - r.origin.x) / r.size.width, v = (y - r.origin.y) / r.size.height;
  const double rows = (double) self->mask->n_readout, columns = (double) self->mask->n_phase;

  *column = (int) CLAMP (floor (u * columns), 0, columns - 1);
  *row = (int) CLAMP (floor (v * rows), 0, rows - 1);
  return u >= 0 && u < 1 && v >= 0 && v < 1;
}

static void
put (guint8 *rgba,
     guint8  r,
     guint8  g,
     guint8  b)
{
  rgba[0] = r;
  rgba[1] = g;
  rgba[2] = b;
  rgba[3] = 255;
}

/* One texture pixel per point; one row of them is enough for lines. */
static void
ensure_texture (MsmMaskEditor *self)
{
  const MsmMask *mask = self->mask;
  gsize rows, columns, acs_rows, acs_columns, top, first;
  g_autoptr (GBytes) bytes = NULL;
  guint8 *rgba;

  if (self->texture != NULL || mask == NULL)
    return;
  rows = mask->is_columns ? 1 : mask->n_readout;
  columns = mask->n_phase;
  msm_mask_acs (mask, &acs_rows, &acs_columns);
  top = mask->n_readout / 2 - acs_rows / 2;
  first = columns / 2 - acs_columns / 2;
  rgba = g_malloc (4 * rows * columns);
  for (gsize row = 0; row < rows; row++)
    for (gsize column = 0; column < columns; column++)
      {
        guint8 *pixel = rgba + 4 * (row * columns + column);
        gboolean in_acs = acs_columns > 0 && column >= first && column < first + acs_columns
                          && (mask->is_columns || (row >= top && row < top + acs_rows));

        if (mask->padded[column])
          put (pixel, 58, 61, 66);
        else if (mask->points[row * columns + column] == 0)
          put (pixel, 10, 11, 13);
        else if (in_acs)
          put (pixel, 98, 172, 255);
        else
          put (pixel, 226, 230, 236);
      }
  bytes = g_bytes_new_take (rgba, 4 * rows * columns);
  self->texture = gdk_memory_texture_new ((int) columns, (int) rows, GDK_MEMORY_R8G8B8A8, bytes,
                                          4 * columns);
}

static void
draw_points (MsmMaskEditor         *self,
             GtkSnapshot           *snapshot,
             const graphene_rect_t *r)
{
  const int width = gdk_texture_get_width (self->texture),
            height = gdk_texture_get_height (self->texture);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, r);
  const double scale = r->size.width / width;

  gdk_texture_download (self->texture, cairo_image_surface_get_data (surface),
                        (gsize) cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);
  cairo_translate (cr, r->origin.x, r->origin.y);
  cairo_scale (cr, scale, r->size.height / height);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  /* Shrunk, averaging keeps thin lines visible as grey ones; enlarged, points are squares. */
  cairo_pattern_set_filter (cairo_get_source (cr),
                            scale >= 1.0 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* What the tool would change, and the rectangle or centre block being dragged. */
static void
draw_hover (MsmMaskEditor         *self,
            GtkSnapshot           *snapshot,
            const graphene_rect_t *r)
{
  const gboolean erases = self->tool == MSM_MASK_TOOL_ERASE || (self->dragging && self->erasing);
  GdkRGBA fill = erases ? (GdkRGBA) { 0.95f, 0.35f, 0.30f, 0.45f }
                         : (GdkRGBA) { 1.0f, 0.78f, 0.22f, 0.45f };
  const float sx = r->size.width / (float) self->mask->n_phase;
  const float sy = r->size.height / (float) self->mask->n_readout;
  int radius
      = self->mask->is_columns || self->tool == MSM_MASK_TOOL_RECTANGLE ? 0 : (int) self->brush;
  int row0 = self->hover_row - radius, row1 = self->hover_row + radius;
  int column0 = self->hover_column - radius, column1 = self->hover_column + radius;

  if (self->hover_column < 0)
    return;
  if (self->tool == MSM_MASK_TOOL_ACS)
    {
      const int half = ABS (self->hover_column - (int) (self->mask->n_phase / 2));
      const int half_row = ABS (self->hover_row - (int) (self->mask->n_readout / 2));

      column0 = (int) (self->mask->n_phase / 2) - half;
      column1 = (int) (self->mask->n_phase / 2) + half - 1;
      row0 = (int) (self->mask->n_readout / 2) - half_row;
      row1 = (int) (self->mask->n_readout / 2) + half_row - 1;
    }
  else if (self->tool == MSM_MASK_TOOL_RECTANGLE && self->dragging)
    {
      row0 = MIN (self->first_row, self->last_row);
      row1 = MAX (self->first_row, self->last_row);
      column0 = MIN (self->first_column, self->last_column);
      column1 = MAX (self->first_column, self->last_column);
    }
  if (self->mask->is_columns)
    {
      row0 = 0;
      row1 = (int) self->mask->n_readout - 1;
    }
  row0 = MAX (row0, 0);
  column0 = MAX (column0, 0);
  row1 = MIN (row1, (int) self->mask->n_readout - 1);
  column1 = MIN (column1, (int) self->mask->n_phase - 1);
  if (row1 < row0 || column1 < column0)
    return;
  /* A single thin line would drown in the picture. */
  if (sx * (float) (column1 - column0 + 1) < 6.0f)
    fill.alpha = 0.9f;
  msm_draw_rect (snapshot, &fill, r->origin.x + sx * column0, r->origin.y + sy * row0,
                 MAX (sx * (column1 - column0 + 1), 1.5f), MAX (sy * (row1 - row0 + 1), 1.5f));
}

static char *
describe (MsmMaskEditor *self)
{
  double accel = msm_mask_effective_accel (self->mask);
  gsize acs_rows, acs_columns;
  g_autofree char *effective = isinf (accel) ? g_strdup ("∞") : g_strdup_printf ("%.2f", accel);

  msm_mask_acs (self->mask, &acs_rows, &acs_columns);
  if (self->mask->nominal_accel > 0)
    /* Translators: acceleration asked for → as it is, then the width of the fully sampled centre */
    return g_strdup_printf (_("R %.3g → %s   ACS %u"), self->mask->nominal_accel, effective,
                            (guint) acs_columns);
  return g_strdup_printf (_("R %s   ACS %u"), effective, (guint) acs_columns);
}

static void
draw_footer (MsmMaskEditor *self,
             GtkSnapshot   *snapshot)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double y = gtk_widget_get_height (GTK_WIDGET (self)) - FOOTER / 2;
  g_autofree char *text = describe (self), *hover = NULL;
  GdkRGBA color;
  double used;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  used = msm_text_draw (GTK_WIDGET (self), snapshot, text, 0.88, FALSE, &color, FALSE, MARGIN, y,
                        (MsmTextAnchor) { 0.0f, 0.5f }).width;
  if (self->hover_column < 0)
    return;
  if (self->mask->is_columns)
    /* Translators: a phase-encode line and its distance from the centre of k-space */
    hover = g_strdup_printf (_("line %d (%+d)"), self->hover_column,
                             self->hover_column - (int) (self->mask->n_phase / 2));
  else
    hover = g_strdup_printf ("[%d, %d]", self->hover_row, self->hover_column);
  if (used + msm_text_measure (GTK_WIDGET (self), hover, 0.88, FALSE).width + 3 * MARGIN > width)
    return;
  color.alpha *= 0.75f;
  msm_text_draw (GTK_WIDGET (self), snapshot, hover, 0.88, FALSE, &color, FALSE, width - MARGIN, y,
                 (MsmTextAnchor) { 1.0f, 0.5f });
}

static void
msm_mask_editor_snapshot (GtkWidget   *widget,
                          GtkSnapshot *snapshot)
{
  MsmMaskEditor *self = MSM_MASK_EDITOR (widget);
  const GdkRGBA black = { 0.04f, 0.043f, 0.05f, 1.0f };
  const GdkRGBA dim = { 0.56f, 0.60f, 0.65f, 1.0f };
  const GdkRGBA frame = { 0.5f, 0.53f, 0.58f, 0.45f };
  graphene_rect_t r = plane_rect (self);
  GskRoundedRect outline;

  if (self->mask == NULL)
    {
      gtk_snapshot_append_color (snapshot, &black, &r);
      msm_text_draw (widget, snapshot, _("No sampling mask"), 0.9, FALSE, &dim, FALSE,
                     r.origin.x + r.size.width / 2, r.origin.y + r.size.height / 2,
                     (MsmTextAnchor) { 0.5f, 0.5f });
      return;
    }
  ensure_texture (self);
  draw_points (self, snapshot, &r);
  draw_hover (self, snapshot, &r);
  gsk_rounded_rect_init_from_rect (
      &outline,
      &GRAPHENE_RECT_INIT (r.origin.x - 1, r.origin.y - 1, r.size.width + 2, r.size.height + 2), 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]) { 1, 1, 1, 1 },
                              (GdkRGBA[4]) { frame, frame, frame, frame });
  if (gtk_widget_has_visible_focus (widget))
    {
      const GdkRGBA focus = { 0.30f, 0.62f, 0.95f, 1.0f };

      gtk_snapshot_append_border (snapshot, &outline, (float[4]) { 1, 1, 1, 1 },
                                  (GdkRGBA[4]) { focus, focus, focus, focus });
    }
  draw_footer (self, snapshot);
}

static void
emit_edit (MsmMaskEditor *self,
           MsmMaskEdit   *edit)
{
  g_signal_emit (self, signals[EDIT], 0, edit);
  msm_mask_edit_free (edit);
}

/* All lines from the last position to this one: a fast hand leaves no holes. */
static void
stroke_lines (MsmMaskEditor *self,
              int            column,
              gboolean       sampled)
{
  int first = MIN (self->last_column, column), last = MAX (self->last_column, column);

  emit_edit (self, msm_mask_edit_new_lines (first, last - first + 1, sampled));
}

static void
stroke_points (MsmMaskEditor *self,
               int            row,
               int            column,
               gboolean       sampled)
{
  const int steps = MAX (MAX (ABS (row - self->last_row), ABS (column - self->last_column)), 1);
  MsmMaskEdit *stroke = msm_mask_edit_new_group ();

  for (int i = 0; i <= steps; i++)
    msm_mask_edit_group_append (
      stroke, msm_mask_edit_new_brush (self->last_row + (row - self->last_row) * i / steps,
                                       self->last_column + (column - self->last_column) * i / steps,
                                       self->brush, sampled));
  emit_edit (self, stroke);
}

static void
stroke_to (MsmMaskEditor *self,
           int            row,
           int            column,
           gboolean       is_first)
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
      emit_edit (self,
                 msm_mask_edit_new_acs (2 * (gsize) ABS (row - (int) (self->mask->n_readout / 2)),
                                        2 * (gsize) ABS (column - (int) (self->mask->n_phase / 2))));
      break;
    case MSM_MASK_TOOL_RECTANGLE:
      break; /* at the end of the drag */
    }
  self->last_row = row;
  self->last_column = column;
}

static void
set_hover (MsmMaskEditor *self,
           int            row,
           int            column)
{
  if (self->hover_row == row && self->hover_column == column)
    return;
  self->hover_row = row;
  self->hover_column = column;
  g_signal_emit (self, signals[HOVER], 0, row, column);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_begin (GtkGestureDrag *gesture,
            double          x,
            double          y,
            MsmMaskEditor  *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  int row, column;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (self->mask == NULL || button == GDK_BUTTON_MIDDLE || !index_at (self, x, y, &row, &column))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->dragging = TRUE;
  self->start_x = x;
  self->start_y = y;
  /* The right button and Ctrl turn a drawing tool round for one stroke. */
  self->erasing = self->tool == MSM_MASK_TOOL_ERASE || button == GDK_BUTTON_SECONDARY
                  || (state & GDK_CONTROL_MASK) != 0;
  self->first_row = self->last_row = row;
  self->first_column = self->last_column = column;
  g_signal_emit (self, signals[EDIT_BEGIN], 0);
  stroke_to (self, row, column, TRUE);
}

static void
drag_update (GtkGestureDrag *gesture,
             double          dx,
             double          dy,
             MsmMaskEditor  *self)
{
  int row, column;

  if (!self->dragging || self->mask == NULL)
    return;
  index_at (self, self->start_x + dx, self->start_y + dy, &row, &column);
  stroke_to (self, row, column, FALSE);
  set_hover (self, row, column);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_end (GtkGestureDrag *gesture,
          double          dx,
          double          dy,
          MsmMaskEditor  *self)
{
  if (!self->dragging)
    return;
  self->dragging = FALSE;
  if (self->tool == MSM_MASK_TOOL_RECTANGLE)
    emit_edit (self, msm_mask_edit_new_rectangle (MIN (self->first_row, self->last_row),
                                                  MIN (self->first_column, self->last_column),
                                                  ABS (self->last_row - self->first_row) + 1,
                                                  ABS (self->last_column - self->first_column) + 1,
                                                  !self->erasing));
  g_signal_emit (self, signals[EDIT_END], 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_cancelled (GtkGesture       *gesture,
                GdkEventSequence *sequence,
                MsmMaskEditor    *self)
{
  /* What was painted stays, as one step of undo. */
  if (self->dragging)
    {
      self->dragging = FALSE;
      g_signal_emit (self, signals[EDIT_END], 0);
    }
}

static void
moved (GtkEventControllerMotion *controller,
       double                    x,
       double                    y,
       MsmMaskEditor            *self)
{
  int row, column;

  if (self->mask == NULL || self->dragging)
    return;
  if (!index_at (self, x, y, &row, &column))
    row = column = -1;
  set_hover (self, row, column);
}

static void
left (GtkEventControllerMotion *controller,
      MsmMaskEditor            *self)
{
  if (!self->dragging)
    set_hover (self, -1, -1);
}

/* Without a mouse: arrows move along the lines, space toggles. */
static gboolean
key_pressed (GtkEventControllerKey *controller,
             guint                  key,
             guint                  code,
             GdkModifierType        state,
             MsmMaskEditor         *self)
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
    case GDK_KEY_Left: d_column = -1; break;
    case GDK_KEY_Right: d_column = 1; break;
    case GDK_KEY_Up: d_row = -1; break;
    case GDK_KEY_Down: d_row = 1; break;
    case GDK_KEY_space:
      sampled = self->mask->points[(gsize) row * self->mask->n_phase + (gsize) column] == 0;
      g_signal_emit (self, signals[EDIT_BEGIN], 0);
      emit_edit (self, self->mask->is_columns
                           ? msm_mask_edit_new_lines (column, 1, sampled)
                           : msm_mask_edit_new_brush (row, column, self->brush, sampled));
      g_signal_emit (self, signals[EDIT_END], 0);
      return TRUE;
    default: return FALSE;
    }
  set_hover (self, CLAMP (row + d_row, 0, (int) self->mask->n_readout - 1),
             CLAMP (column + d_column, 0, (int) self->mask->n_phase - 1));
  return TRUE;
}

static void
msm_mask_editor_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  *minimum = 120;
  *natural = 220;
}

static void
msm_mask_editor_dispose (GObject *object)
{
  MsmMaskEditor *self = MSM_MASK_EDITOR (object);

  g_clear_object (&self->texture);
  g_clear_pointer (&self->mask, msm_mask_unref);
  G_OBJECT_CLASS (msm_mask_editor_parent_class)->dispose (object);
}

static void
msm_mask_editor_class_init (MsmMaskEditorClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = msm_mask_editor_dispose;
  widget_class->snapshot = msm_mask_editor_snapshot;
  widget_class->measure = msm_mask_editor_measure;
  gtk_widget_class_set_css_name (widget_class, "maskeditor");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  signals[EDIT_BEGIN] = g_signal_new ("edit-begin", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 0);
  signals[EDIT] = g_signal_new ("edit", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_POINTER);
  signals[EDIT_END] = g_signal_new ("edit-end", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 0);
  signals[HOVER] = g_signal_new ("hover", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 2, G_TYPE_INT, G_TYPE_INT);
}

static void
msm_mask_editor_init (MsmMaskEditor *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  self->hover_row = self->hover_column = -1;
  self->brush = 2;
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
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Sampling mask"), -1);
}

GtkWidget *
msm_mask_editor_new (void)
{
  return g_object_new (MSM_TYPE_MASK_EDITOR, NULL);
}

void
msm_mask_editor_set_mask (MsmMaskEditor *self,
                          MsmMask       *mask)
{
  if (mask != NULL)
    msm_mask_ref (mask);
  g_clear_pointer (&self->mask, msm_mask_unref);
  self->mask = mask;
  /* The place under the pointer may lie outside a smaller mask. */
  if (mask == NULL || self->hover_row >= (int) mask->n_readout
      || self->hover_column >= (int) mask->n_phase)
    self->hover_row = self->hover_column = -1;
  g_clear_object (&self->texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_mask_editor_set_tool (MsmMaskEditor *self,
                          MsmMaskTool    tool)
{
  self->tool = tool;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

MsmMaskTool
msm_mask_editor_get_tool (MsmMaskEditor *self)
{
  return self->tool;
}

void
msm_mask_editor_set_brush (MsmMaskEditor *self,
                           guint          radius)
{
  self->brush = radius;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
