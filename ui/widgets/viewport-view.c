#include "config.h"

#include "ui/widgets/viewport-view.h"

#include <math.h>

void
msm_viewport_view_init (MsmViewportView *self, MsmViewportModel *model)
{
  *self = (MsmViewportView){
    .model = model,
    .zoom = 1.0,
    .pan_x = 0.5,
    .pan_y = 0.5,
    .row = NAN,
    .column = NAN,
    .high = 1.0,
    .auto_window = TRUE,
    .gain = 1.0,
    .auto_high = 1.0,
    .log_gain = 1.0,
  };
}

static gboolean
shared (const MsmViewportView *self, MsmSyncFlags what)
{
  return (msm_viewport_model_get_sync (self->model) & what) != 0;
}

double
msm_viewport_view_get_zoom (const MsmViewportView *self)
{
  return shared (self, MSM_SYNC_ZOOM) ? msm_viewport_model_get_zoom (self->model) : self->zoom;
}

void
msm_viewport_view_get_pan (const MsmViewportView *self, double *x, double *y)
{
  if (shared (self, MSM_SYNC_PAN))
    {
      msm_viewport_model_get_pan (self->model, x, y);
      return;
    }
  *x = self->pan_x;
  *y = self->pan_y;
}

void
msm_viewport_view_set_zoom (MsmViewportView *self, double zoom)
{
  if (shared (self, MSM_SYNC_ZOOM))
    msm_viewport_model_set_zoom (self->model, zoom);
  else
    self->zoom = CLAMP (zoom, 0.25, 64.0);
}

void
msm_viewport_view_set_pan (MsmViewportView *self, double x, double y)
{
  if (shared (self, MSM_SYNC_PAN))
    {
      msm_viewport_model_set_pan (self->model, x, y);
      return;
    }
  self->pan_x = CLAMP (x, 0.0, 1.0);
  self->pan_y = CLAMP (y, 0.0, 1.0);
}

void
msm_viewport_view_get_crosshair (const MsmViewportView *self, double *row, double *column)
{
  if (shared (self, MSM_SYNC_CROSSHAIR))
    {
      msm_viewport_model_get_crosshair (self->model, row, column);
      return;
    }
  *row = self->row;
  *column = self->column;
}

void
msm_viewport_view_set_crosshair (MsmViewportView *self, double row, double column)
{
  if (shared (self, MSM_SYNC_CROSSHAIR))
    {
      msm_viewport_model_set_crosshair (self->model, row, column);
      return;
    }
  self->row = row;
  self->column = column;
}

MsmRenderMode
msm_viewport_view_get_mode (const MsmViewportView *self)
{
  return self->has_mode || !shared (self, MSM_SYNC_MODE) ? self->mode : msm_viewport_model_get_mode (self->model);
}

gboolean
msm_viewport_view_shares_window (const MsmViewportView *self)
{
  /* The window of another mode is a window of other values. */
  return !self->own_window && shared (self, MSM_SYNC_WINDOW)
         && msm_viewport_view_get_mode (self) == msm_viewport_model_get_mode (self->model);
}

void
msm_viewport_view_get_window (const MsmViewportView *self, double *low, double *high)
{
  *low = self->auto_low;
  *high = self->auto_high;
  if (msm_viewport_view_shares_window (self))
    {
      if (msm_viewport_model_has_window (self->model))
        msm_viewport_model_get_window (self->model, low, high);
    }
  else if (!self->auto_window)
    {
      *low = self->low;
      *high = self->high;
    }
}

void
msm_viewport_view_set_window (MsmViewportView *self, double low, double high)
{
  if (msm_viewport_view_shares_window (self))
    {
      msm_viewport_model_set_window (self->model, low, high);
      return;
    }
  self->low = low;
  self->high = high;
  self->auto_window = FALSE;
}

void
msm_viewport_view_set_auto (MsmViewportView *self)
{
  self->auto_window = TRUE;
  if (msm_viewport_view_shares_window (self))
    msm_viewport_model_set_auto_window (self->model, TRUE);
}

void
msm_viewport_view_measure (MsmViewportView *self, const float *plane, MsmDtype dtype, gsize n)
{
  const MsmRenderMode mode = msm_viewport_view_get_mode (self);
  double low, high;

  self->log_gain = 1.0;
  if (mode == MSM_RENDER_LOG)
    {
      /*
       * log (1 + x) of tiny numbers is linear and shows nothing but the centre of k-space. With the
       * maximum at 10⁴ four decades are seen, whatever the scanner's units.
       */
      msm_render_auto_window (plane, dtype, n, MSM_RENDER_MAGNITUDE, 5.0, 100.0, &low, &high);
      self->log_gain = high > 0.0 ? 1e4 / high : 1.0;
      low = log1p (low * self->log_gain);
      high = log1p (high * self->log_gain);
    }
  else
    {
      msm_render_auto_window (plane, dtype, n, mode, 0.5, 99.5, &low, &high);
      /* No signal is black: a little noise in the background does not move the scale's beginning. */
      if ((mode == MSM_RENDER_MAGNITUDE || mode == MSM_RENDER_COMPLEX) && low < 0.2 * high)
        low = 0.0;
      if (self->from_zero)
        {
          guint count;

          msm_render_count (plane, dtype, n, mode, &count, 1, &low, &high);
          low = 0.0;
          high = high > 0.0 ? high : 1.0;
        }
      if (mode != MSM_RENDER_PHASE)
        {
          low *= self->gain;
          high *= self->gain;
        }
      /* A map with a neutral middle has zero there. */
      if (self->colormap == MSM_COLORMAP_DIFFERENCE)
        {
          high = MAX (fabs (low), fabs (high));
          low = -high;
        }
    }
  self->auto_low = low;
  self->auto_high = high;
  if (self->is_leader && msm_viewport_view_shares_window (self) && msm_viewport_model_get_auto_window (self->model))
    msm_viewport_model_set_computed_window (self->model, low, high);
}

void
msm_viewport_view_unshare (MsmViewportView *self, MsmSyncFlags no_longer_shared)
{
  if ((no_longer_shared & MSM_SYNC_ZOOM) != 0)
    self->zoom = msm_viewport_model_get_zoom (self->model);
  if ((no_longer_shared & MSM_SYNC_PAN) != 0)
    msm_viewport_model_get_pan (self->model, &self->pan_x, &self->pan_y);
  if ((no_longer_shared & MSM_SYNC_CROSSHAIR) != 0)
    msm_viewport_model_get_crosshair (self->model, &self->row, &self->column);
  if ((no_longer_shared & MSM_SYNC_MODE) != 0 && !self->has_mode)
    self->mode = msm_viewport_model_get_mode (self->model);
  if ((no_longer_shared & MSM_SYNC_WINDOW) != 0 && !self->own_window)
    {
      self->auto_window = msm_viewport_model_get_auto_window (self->model);
      if (!self->auto_window)
        msm_viewport_model_get_window (self->model, &self->low, &self->high);
    }
}
