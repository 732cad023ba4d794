#include "config.h"

#include "core/nn/schedule-lr.h"

#include <math.h>

double
msm_lr_at (const MsmLrSchedule *self, guint64 step, double progress)
{
  double warm = self->warmup == 0 ? 1 : MIN (1, (double) (step + 1) / (double) self->warmup);
  double p = CLAMP (progress, 0, 1);
  double left = 1;

  if (self->decay == MSM_LR_COSINE)
    left = 0.5 * (1 + cos (G_PI * p));
  else if (self->decay == MSM_LR_LINEAR)
    left = 1 - p;
  return self->peak * warm * (self->last + (1 - self->last) * left);
}
