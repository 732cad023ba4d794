#include "config.h"

#include "core/diffusion/schedule.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"

#define BETA_FIRST 1e-4
#define BETA_LAST  0.02

static void
fill (MsmSchedule *self)
{
  double product = 1;

  for (int t = 0; t < MSM_SCHEDULE_T; t++)
    {
      product *= 1 - (BETA_FIRST + (BETA_LAST - BETA_FIRST) * t / (MSM_SCHEDULE_T - 1));
      self->alpha_bar[t] = product;
    }
}

gboolean
msm_schedule_init (MsmSchedule *self, int n_steps, GError **error)
{
  if (n_steps < 1 || MSM_SCHEDULE_T % n_steps != 0)
    {
      int below = CLAMP (n_steps, 1, MSM_SCHEDULE_T);
      int above = below;

      while (MSM_SCHEDULE_T % below != 0)
        below--;
      while (MSM_SCHEDULE_T % above != 0)
        above++;
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the number of diffusion steps must divide %d: %d does not, the nearest that do are %d and %d"),
                   MSM_SCHEDULE_T, n_steps, below, above);
      return FALSE;
    }
  self->n_steps = n_steps;
  self->sigma_start = 0;
  fill (self);
  return TRUE;
}

static double
log_sigma_at (const MsmSchedule *self, int t)
{
  return 0.5 * log ((1 - self->alpha_bar[t]) / self->alpha_bar[t]);
}

double
msm_schedule_sigma (const MsmSchedule *self, double step)
{
  double t = CLAMP (step, 0, MSM_SCHEDULE_T - 1);
  int below = (int) floor (t);
  double part = t - below;

  if (part == 0)
    return exp (log_sigma_at (self, below));
  return exp ((1 - part) * log_sigma_at (self, below) + part * log_sigma_at (self, below + 1));
}

double
msm_schedule_alpha_bar (const MsmSchedule *self, double step)
{
  double t = CLAMP (step, 0, MSM_SCHEDULE_T - 1);
  double sigma;

  if (t == floor (t))
    return self->alpha_bar[(int) t];
  sigma = msm_schedule_sigma (self, t);
  return 1 / (1 + sigma * sigma);
}

double
msm_schedule_step_of (const MsmSchedule *self, double sigma)
{
  int below = 0;
  int above = MSM_SCHEDULE_T - 1;
  double target;

  if (!(sigma > exp (log_sigma_at (self, below))))
    return below;
  target = log (sigma);
  if (target >= log_sigma_at (self, above))
    return above;
  while (above - below > 1) /* σ grows with t */
    {
      int middle = (below + above) / 2;

      if (log_sigma_at (self, middle) <= target)
        below = middle;
      else
        above = middle;
    }
  return below + (target - log_sigma_at (self, below)) / (log_sigma_at (self, above) - log_sigma_at (self, below));
}

gboolean
msm_schedule_init_log (MsmSchedule *self, int n_steps, double sigma_start, GError **error)
{
  if (n_steps < 1 || !(sigma_start > 0))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("diffusion from a noise level needs one step at least and a level above 0: found %d, %g"),
                   n_steps, sigma_start);
      return FALSE;
    }
  fill (self);
  self->n_steps = n_steps;
  self->sigma_start = CLAMP (sigma_start, msm_schedule_sigma (self, 0), msm_schedule_sigma (self, MSM_SCHEDULE_T - 1));
  return TRUE;
}

double
msm_schedule_index (const MsmSchedule *self, int k)
{
  g_return_val_if_fail (k >= 0 && k < self->n_steps, 0);
  if (self->sigma_start > 0)
    {
      double part = self->n_steps > 1 ? (double) k / (self->n_steps - 1) : 1;

      return msm_schedule_step_of (self, exp ((1 - part) * log_sigma_at (self, 0) + part * log (self->sigma_start)));
    }
  return k * (MSM_SCHEDULE_T / self->n_steps);
}

double
msm_schedule_alpha_bar_kept (const MsmSchedule *self, int k)
{
  if (k < 0)
    return 1;
  return k >= self->n_steps ? 0 : msm_schedule_alpha_bar (self, msm_schedule_index (self, k));
}
