#include "config.h"

#include "ui/widgets/viewport-model.h"

#include <math.h>

#include "ui/widgets/tool.h"

struct _MsmViewportModel
{
  GObject parent_instance;
  double zoom;
  double pan_x, pan_y;
  double low, high;
  gboolean has_window;
  gboolean auto_window;
  MsmRenderMode mode;
  double row, column;
  MsmSyncFlags sync;
  MsmRoi roi;
  const MsmTool *tool;
  guint hidden_layers;
};

enum
{
  PROP_ZOOM = 1,
  PROP_AUTO_WINDOW,
  PROP_SYNC,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (MsmViewportModel, msm_viewport_model, G_TYPE_OBJECT)

static gboolean
same (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

static void
emit (MsmViewportModel *self, MsmSyncFlags what)
{
  g_signal_emit (self, signals[CHANGED], 0, (guint) what);
}

double
msm_viewport_model_get_zoom (MsmViewportModel *self)
{
  return self->zoom;
}

void
msm_viewport_model_set_zoom (MsmViewportModel *self, double zoom)
{
  zoom = CLAMP (zoom, 0.25, 64.0);
  if (self->zoom == zoom)
    return;
  self->zoom = zoom;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
  emit (self, MSM_SYNC_ZOOM);
}

void
msm_viewport_model_get_pan (MsmViewportModel *self, double *x, double *y)
{
  *x = self->pan_x;
  *y = self->pan_y;
}

void
msm_viewport_model_set_pan (MsmViewportModel *self, double x, double y)
{
  /* The centre of the view stays on the image, so that it can never be lost out of sight. */
  x = CLAMP (x, 0.0, 1.0);
  y = CLAMP (y, 0.0, 1.0);
  if (self->pan_x == x && self->pan_y == y)
    return;
  self->pan_x = x;
  self->pan_y = y;
  emit (self, MSM_SYNC_PAN);
}

void
msm_viewport_model_get_window (MsmViewportModel *self, double *low, double *high)
{
  *low = self->low;
  *high = self->high;
}

void
msm_viewport_model_set_computed_window (MsmViewportModel *self, double low, double high)
{
  if (self->has_window && self->low == low && self->high == high)
    return;
  self->low = low;
  self->high = high;
  self->has_window = TRUE;
  emit (self, MSM_SYNC_WINDOW);
}

void
msm_viewport_model_set_window (MsmViewportModel *self, double low, double high)
{
  if (self->auto_window)
    {
      self->auto_window = FALSE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AUTO_WINDOW]);
    }
  msm_viewport_model_set_computed_window (self, low, high);
}

gboolean
msm_viewport_model_has_window (MsmViewportModel *self)
{
  return self->has_window;
}

gboolean
msm_viewport_model_get_auto_window (MsmViewportModel *self)
{
  return self->auto_window;
}

void
msm_viewport_model_set_auto_window (MsmViewportModel *self, gboolean auto_window)
{
  if (self->auto_window == !!auto_window)
    return;
  self->auto_window = !!auto_window;
  /* A window left over from dragging is no automatic one. */
  if (auto_window)
    self->has_window = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AUTO_WINDOW]);
  emit (self, MSM_SYNC_WINDOW);
}

MsmRenderMode
msm_viewport_model_get_mode (MsmViewportModel *self)
{
  return self->mode;
}

void
msm_viewport_model_set_mode (MsmViewportModel *self, MsmRenderMode mode)
{
  if (self->mode == mode)
    return;
  self->mode = mode;
  /* The old mode's window means nothing to the new one's values. */
  self->has_window = FALSE;
  if (!self->auto_window)
    {
      self->auto_window = TRUE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AUTO_WINDOW]);
    }
  emit (self, MSM_SYNC_MODE | MSM_SYNC_WINDOW);
}

void
msm_viewport_model_get_crosshair (MsmViewportModel *self, double *row, double *column)
{
  *row = self->row;
  *column = self->column;
}

void
msm_viewport_model_set_crosshair (MsmViewportModel *self, double row, double column)
{
  if (same (self->row, row) && same (self->column, column))
    return;
  self->row = row;
  self->column = column;
  emit (self, MSM_SYNC_CROSSHAIR);
}

const MsmRoi *
msm_viewport_model_get_roi (MsmViewportModel *self)
{
  return &self->roi;
}

void
msm_viewport_model_set_roi (MsmViewportModel *self, const MsmRoi *roi)
{
  if (roi->shape == MSM_ROI_NONE && self->roi.shape == MSM_ROI_NONE)
    return;
  self->roi = *roi;
  emit (self, MSM_SYNC_ROI);
}

const MsmTool *
msm_viewport_model_get_tool (MsmViewportModel *self)
{
  return self->tool;
}

void
msm_viewport_model_set_tool (MsmViewportModel *self, const MsmTool *tool)
{
  if (self->tool == tool)
    return;
  self->tool = tool;
  emit (self, MSM_SYNC_TOOL);
}

guint
msm_viewport_model_get_hidden_layers (MsmViewportModel *self)
{
  return self->hidden_layers;
}

void
msm_viewport_model_set_hidden_layers (MsmViewportModel *self, guint hidden)
{
  if (self->hidden_layers == hidden)
    return;
  self->hidden_layers = hidden;
  emit (self, 0);
}

MsmSyncFlags
msm_viewport_model_get_sync (MsmViewportModel *self)
{
  return self->sync;
}

void
msm_viewport_model_set_sync (MsmViewportModel *self, MsmSyncFlags sync)
{
  MsmSyncFlags changed = self->sync ^ sync;

  if (changed == 0)
    return;
  self->sync = sync;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SYNC]);
  emit (self, changed);
}

void
msm_viewport_model_reset (MsmViewportModel *self)
{
  msm_viewport_model_set_zoom (self, 1.0);
  msm_viewport_model_set_pan (self, 0.5, 0.5);
  msm_viewport_model_set_crosshair (self, NAN, NAN);
  msm_viewport_model_set_auto_window (self, TRUE);
}

static void
msm_viewport_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsmViewportModel *self = MSM_VIEWPORT_MODEL (object);

  switch (id)
    {
    case PROP_ZOOM:
      g_value_set_double (value, self->zoom);
      break;
    case PROP_AUTO_WINDOW:
      g_value_set_boolean (value, self->auto_window);
      break;
    case PROP_SYNC:
      g_value_set_uint (value, self->sync);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
msm_viewport_model_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MsmViewportModel *self = MSM_VIEWPORT_MODEL (object);

  switch (id)
    {
    case PROP_ZOOM:
      msm_viewport_model_set_zoom (self, g_value_get_double (value));
      break;
    case PROP_AUTO_WINDOW:
      msm_viewport_model_set_auto_window (self, g_value_get_boolean (value));
      break;
    case PROP_SYNC:
      msm_viewport_model_set_sync (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
msm_viewport_model_class_init (MsmViewportModelClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = msm_viewport_model_get_property;
  object_class->set_property = msm_viewport_model_set_property;

  properties[PROP_ZOOM] = g_param_spec_double ("zoom", NULL, NULL, 0.25, 64.0, 1.0,
                                               G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_AUTO_WINDOW] = g_param_spec_boolean (
      "auto-window", NULL, NULL, TRUE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_SYNC] = g_param_spec_uint ("sync", NULL, NULL, 0, MSM_SYNC_ALL, MSM_SYNC_ALL,
                                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
msm_viewport_model_init (MsmViewportModel *self)
{
  self->tool = msm_tools ()[0];
  self->zoom = 1.0;
  self->pan_x = self->pan_y = 0.5;
  self->high = 1.0;
  self->auto_window = TRUE;
  self->row = self->column = NAN;
  self->sync = MSM_SYNC_ALL;
}

MsmViewportModel *
msm_viewport_model_new (void)
{
  return g_object_new (MSM_TYPE_VIEWPORT_MODEL, NULL);
}
