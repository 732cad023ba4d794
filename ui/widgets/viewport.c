#include "config.h"

#include "ui/widgets/viewport.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/viewport-private.h"
#include "ui/widgets/tool.h"

guint msm_viewport_signals[MSM_VIEWPORT_N_SIGNALS];

G_DEFINE_TYPE (MsmViewport, msm_viewport, GTK_TYPE_WIDGET)

gsize
msm_viewport_n_rows (MsmViewport *self)
{
  MsmShape shape = msm_tensor_shape (self->tensor);

  return shape.dim[shape.rank - 2];
}

gsize
msm_viewport_n_columns (MsmViewport *self)
{
  MsmShape shape = msm_tensor_shape (self->tensor);

  return shape.dim[shape.rank - 1];
}

const float *
msm_viewport_plane_data (MsmViewport *self)
{
  gsize floats = msm_tensor_dtype (self->tensor) == MSM_C64 ? 2 : 1;

  return msm_tensor_const_host (self->tensor)
         + self->plane * msm_viewport_n_rows (self) * msm_viewport_n_columns (self) * floats;
}

gboolean
msm_viewport_is_rgb (MsmViewport *self)
{
  MsmShape shape = msm_tensor_shape (self->tensor);
  MsmRenderMode mode = msm_viewport_view_get_mode (&self->view);

  return msm_tensor_dtype (self->tensor) == MSM_F32 && shape.rank == 4 && shape.dim[1] == 3
         && (mode == MSM_RENDER_MAGNITUDE || mode == MSM_RENDER_REAL) && self->view.colormap == MSM_COLORMAP_GREY;
}

MsmViewportGeometry
msm_viewport_geometry_now (MsmViewport *self)
{
  double pan_x, pan_y;

  msm_viewport_view_get_pan (&self->view, &pan_x, &pan_y);
  return msm_viewport_geometry (gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)),
                                msm_viewport_n_rows (self), msm_viewport_n_columns (self), self->spacing,
                                msm_viewport_view_get_zoom (&self->view), pan_x, pan_y);
}

static void
invalidate (MsmViewport *self, gboolean measure)
{
  g_clear_object (&self->texture);
  if (measure)
    self->measured = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_ensure_measured (MsmViewport *self)
{
  if (self->measured || self->tensor == NULL)
    return;
  self->measured = TRUE;
  msm_viewport_view_measure (&self->view, msm_viewport_plane_data (self), msm_tensor_dtype (self->tensor),
                             msm_viewport_n_rows (self) * msm_viewport_n_columns (self)
                                 * (msm_viewport_is_rgb (self) ? 3 : 1));
}

MsmColormap
msm_viewport_shown_colormap (MsmViewport *self)
{
  MsmRenderMode mode = msm_viewport_view_get_mode (&self->view);

  if (mode == MSM_RENDER_COMPLEX)
    return MSM_COLORMAP_PHASE;
  return mode == MSM_RENDER_PHASE && self->view.colormap == MSM_COLORMAP_GREY ? MSM_COLORMAP_PHASE
                                                                              : self->view.colormap;
}

gboolean
msm_viewport_is_full_turn (MsmViewport *self)
{
  double low, high;

  msm_viewport_view_get_window (&self->view, &low, &high);
  return msm_viewport_view_get_mode (&self->view) == MSM_RENDER_PHASE && fabs (high - low - 2 * G_PI) < 1e-6;
}

void
msm_viewport_get_render_options (MsmViewport *self, MsmRenderOptions *options)
{
  msm_viewport_ensure_measured (self);
  *options = (MsmRenderOptions){ .gamma = 1.0, .gain = self->view.gain };
  options->mode = msm_viewport_view_get_mode (&self->view);
  options->colormap = msm_viewport_shown_colormap (self);
  if (options->mode == MSM_RENDER_LOG)
    options->gain *= self->view.log_gain;
  msm_viewport_view_get_window (&self->view, &options->window_low, &options->window_high);
}

static void
emit_window (MsmViewport *self)
{
  double low, high;

  msm_viewport_view_get_window (&self->view, &low, &high);
  g_signal_emit (self, msm_viewport_signals[MSM_VIEWPORT_WINDOW_CHANGED], 0, low, high);
}

static void
model_changed (MsmViewport *self, guint what, MsmViewportModel *model)
{
  MsmSyncFlags sync = msm_viewport_model_get_sync (model);

  if (sync != self->sync)
    {
      msm_viewport_view_unshare (&self->view, self->sync & ~sync);
      self->sync = sync;
      what |= MSM_SYNC_ALL;
    }
  if ((what & MSM_SYNC_TOOL) != 0)
    gtk_widget_set_cursor_from_name (GTK_WIDGET (self), msm_viewport_model_get_tool (model)->cursor);
  if ((what & MSM_SYNC_MODE) != 0)
    self->measured = FALSE;
  /* A leader answers the wish for an automatic window at once, so that all panes agree. */
  if ((what & MSM_SYNC_WINDOW) != 0 && self->view.is_leader && !msm_viewport_model_has_window (model))
    self->measured = FALSE;
  if ((what & (MSM_SYNC_WINDOW | MSM_SYNC_MODE)) != 0)
    {
      msm_viewport_ensure_measured (self);
      invalidate (self, FALSE);
      emit_window (self);
    }
  else
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
msm_viewport_measure_size (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  *minimum = 64;
  *natural = 256;
}

static void
msm_viewport_dispose (GObject *object)
{
  MsmViewport *self = MSM_VIEWPORT (object);

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_handle_id (&self->flicker, g_source_remove);
  g_clear_object (&self->texture);
  g_clear_object (&self->second_texture);
  g_clear_pointer (&self->tensor, msm_tensor_unref);
  g_clear_pointer (&self->second, msm_tensor_unref);
  G_OBJECT_CLASS (msm_viewport_parent_class)->dispose (object);
}

static void
msm_viewport_finalize (GObject *object)
{
  MsmViewport *self = MSM_VIEWPORT (object);

  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->second_title);
  g_free (self->empty_text);
  G_OBJECT_CLASS (msm_viewport_parent_class)->finalize (object);
}

static void
msm_viewport_class_init (MsmViewportClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  object_class->dispose = msm_viewport_dispose;
  object_class->finalize = msm_viewport_finalize;
  widget_class->snapshot = msm_viewport_snapshot;
  widget_class->measure = msm_viewport_measure_size;
  gtk_widget_class_set_css_name (widget_class, "imagepane");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  msm_viewport_signals[MSM_VIEWPORT_SLICE_STEP] =
      g_signal_new ("slice-step", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  msm_viewport_signals[MSM_VIEWPORT_MAXIMISE] =
      g_signal_new ("maximise", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  msm_viewport_signals[MSM_VIEWPORT_WINDOW_CHANGED] = g_signal_new (
      "window-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
msm_viewport_init (MsmViewport *self)
{
  self->spacing[0] = self->spacing[1] = 1.0;
  self->split = 0.5;
  self->pointer_x = self->pointer_y = NAN;
  self->empty_text = g_strdup (_("No image"));
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  msm_viewport_add_controllers (self);
}

GtkWidget *
msm_viewport_new (MsmViewportModel *model)
{
  MsmViewport *self = g_object_new (MSM_TYPE_VIEWPORT, NULL);

  self->model = model != NULL ? g_object_ref (model) : msm_viewport_model_new ();
  self->sync = msm_viewport_model_get_sync (self->model);
  msm_viewport_view_init (&self->view, self->model);
  g_signal_connect_swapped (self->model, "changed", G_CALLBACK (model_changed), self);
  return GTK_WIDGET (self);
}

void
msm_viewport_set_image (MsmViewport *self, MsmTensor *tensor, gsize plane, const double spacing_mm[2])
{
  g_return_if_fail (MSM_IS_VIEWPORT (self));
  if (tensor != NULL)
    {
      MsmShape shape = msm_tensor_shape (tensor);
      g_return_if_fail (shape.rank >= 2 && msm_tensor_dtype (tensor) != MSM_BF16);
      g_return_if_fail (plane < msm_shape_size (shape) / (shape.dim[shape.rank - 2] * shape.dim[shape.rank - 1]));
      msm_tensor_ref (tensor);
    }
  g_clear_pointer (&self->tensor, msm_tensor_unref);
  self->tensor = tensor;
  self->plane = plane;
  self->has_spacing = spacing_mm != NULL && spacing_mm[0] > 0 && spacing_mm[1] > 0;
  for (int i = 0; i < 2; i++)
    self->spacing[i] = self->has_spacing ? spacing_mm[i] : 1.0;
  invalidate (self, TRUE);
  /* Others wait for the leader's window: it does not wait for its own drawing. */
  if (self->view.is_leader)
    msm_viewport_ensure_measured (self);
}

void
msm_viewport_set_edges (MsmViewport *self, const char *edges)
{
  g_return_if_fail (MSM_IS_VIEWPORT (self));
  if (g_strcmp0 (self->edges, edges != NULL ? edges : "") == 0)
    return;
  g_strlcpy (self->edges, edges != NULL ? edges : "", sizeof self->edges);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_set_title (MsmViewport *self, const char *title)
{
  if (g_strcmp0 (self->title, title) == 0)
    return;
  g_free (self->title);
  self->title = g_strdup (title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title != NULL ? title : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_set_hide_title (MsmViewport *self, gboolean hide_title)
{
  self->hides_title = hide_title;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_set_subtitle (MsmViewport *self, const char *subtitle)
{
  if (g_strcmp0 (self->subtitle, subtitle) == 0)
    return;
  g_free (self->subtitle);
  self->subtitle = g_strdup (subtitle);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_set_empty_text (MsmViewport *self, const char *text)
{
  g_free (self->empty_text);
  self->empty_text = g_strdup (text != NULL ? text : "");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_set_render_mode (MsmViewport *self, MsmRenderMode mode)
{
  if (self->view.has_mode && self->view.mode == mode)
    return;
  if (msm_viewport_view_get_mode (&self->view) != mode)
    self->view.auto_window = TRUE;
  self->view.has_mode = TRUE;
  self->view.mode = mode;
  invalidate (self, TRUE);
}

void
msm_viewport_unset_render_mode (MsmViewport *self)
{
  self->view.has_mode = FALSE;
  self->view.auto_window = TRUE;
  self->view.mode = msm_viewport_model_get_mode (self->model);
  invalidate (self, TRUE);
}

MsmRenderMode
msm_viewport_get_render_mode (MsmViewport *self)
{
  return msm_viewport_view_get_mode (&self->view);
}

void
msm_viewport_set_colormap (MsmViewport *self, MsmColormap colormap)
{
  if (self->view.colormap == colormap)
    return;
  self->view.colormap = colormap;
  invalidate (self, TRUE);
}

MsmColormap
msm_viewport_get_colormap (MsmViewport *self)
{
  return self->view.colormap;
}

void
msm_viewport_set_gain (MsmViewport *self, double gain)
{
  g_return_if_fail (gain > 0.0);
  if (self->view.gain == gain)
    return;
  self->view.gain = gain;
  invalidate (self, TRUE);
}

void
msm_viewport_set_own_window (MsmViewport *self, gboolean own_window)
{
  self->view.own_window = own_window;
  invalidate (self, FALSE);
}

void
msm_viewport_set_from_zero (MsmViewport *self, gboolean from_zero)
{
  if (self->view.from_zero == from_zero)
    return;
  self->view.from_zero = from_zero;
  invalidate (self, TRUE);
}

void
msm_viewport_set_window (MsmViewport *self, double low, double high)
{
  double present_low, present_high;

  if (!(high > low))
    return;
  /* No news for those who answer news by setting the window. */
  msm_viewport_view_get_window (&self->view, &present_low, &present_high);
  if (low == present_low && high == present_high && !self->view.auto_window)
    return;
  msm_viewport_view_set_window (&self->view, low, high);
  /* Through the model everybody, this pane too, has heard of it already. */
  if (msm_viewport_view_shares_window (&self->view))
    return;
  invalidate (self, FALSE);
  emit_window (self);
}

void
msm_viewport_get_window (MsmViewport *self, double *low, double *high)
{
  msm_viewport_ensure_measured (self);
  msm_viewport_view_get_window (&self->view, low, high);
}

void
msm_viewport_auto_window (MsmViewport *self)
{
  msm_viewport_view_set_auto (&self->view);
  invalidate (self, TRUE);
  msm_viewport_ensure_measured (self);
  emit_window (self);
}

void
msm_viewport_set_window_leader (MsmViewport *self, gboolean leader)
{
  self->view.is_leader = leader;
  invalidate (self, TRUE);
  if (leader)
    msm_viewport_ensure_measured (self);
}

void
msm_viewport_set_nearest (MsmViewport *self, gboolean nearest)
{
  self->nearest = nearest;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_viewport_set_selected (MsmViewport *self, gboolean selected)
{
  self->selected = selected;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

MsmTensor *
msm_viewport_get_image (MsmViewport *self, gsize *plane)
{
  if (plane != NULL)
    *plane = self->plane;
  return self->tensor;
}

GdkTexture *
msm_viewport_get_texture (MsmViewport *self)
{
  GdkTexture *shown;

  msm_viewport_ensure_textures (self);
  shown = msm_viewport_compare_texture (self);
  return shown != NULL ? g_object_ref (shown) : NULL;
}

gboolean
msm_viewport_get_roi_plane (MsmViewport *self, MsmRoiPlane *plane)
{
  if (self->tensor == NULL)
    return FALSE;
  *plane = (MsmRoiPlane){
    msm_viewport_plane_data (self), msm_tensor_dtype (self->tensor),          msm_viewport_n_rows (self),
    msm_viewport_n_columns (self),  msm_viewport_view_get_mode (&self->view), self->view.gain
  };
  return TRUE;
}

gboolean
msm_viewport_get_roi_stats (MsmViewport *self, MsmRoiStats *stats)
{
  MsmRoiPlane plane;

  return msm_viewport_get_roi_plane (self, &plane)
         && msm_roi_measure (&plane, msm_viewport_model_get_roi (self->model), stats);
}

const double *
msm_viewport_get_spacing (MsmViewport *self)
{
  return self->has_spacing ? self->spacing : NULL;
}

gboolean
msm_viewport_get_own_window (MsmViewport *self)
{
  return self->view.own_window;
}

const char *
msm_viewport_get_title (MsmViewport *self)
{
  return self->title;
}
