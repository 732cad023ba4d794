#include "config.h"

#include "core/metric/metric-error.h"

#include <math.h>

gboolean
msm_metric_psnr (const MsmMetricPair *pair, double *value, GError **error)
{
  *value = pair->count > 0 && pair->range > 0
               ? 10 * log10 (pair->range * pair->range * (double) pair->count / pair->error2)
               : NAN;
  return TRUE;
}

gboolean
msm_metric_nmse (const MsmMetricPair *pair, double *value, GError **error)
{
  *value = pair->reference2 > 0 ? pair->error2 / pair->reference2 : NAN;
  return TRUE;
}

gboolean
msm_metric_nrmse (const MsmMetricPair *pair, double *value, GError **error)
{
  *value = pair->reference2 > 0 ? sqrt (pair->error2 / pair->reference2) : NAN;
  return TRUE;
}
