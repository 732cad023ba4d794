#include "config.h"

#include "core/metric/metric.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/metric/metric-error.h"
#include "core/metric/ssim.h"

static const MsmMetric classes[] = {
  { "psnr", N_("PSNR"), "dB", 2, TRUE, FALSE, MSM_METRIC_STEPS | MSM_METRIC_ROW | MSM_METRIC_PLOT, msm_metric_psnr },
  { "ssim", N_("SSIM"), NULL, 4, TRUE, FALSE, MSM_METRIC_STEPS | MSM_METRIC_ROW | MSM_METRIC_PLOT, msm_metric_ssim },
  { "nmse", N_("NMSE"), NULL, 5, FALSE, FALSE, MSM_METRIC_STEPS, msm_metric_nmse },
  { "nrmse", N_("NRMSE"), NULL, 4, FALSE, FALSE, 0, msm_metric_nrmse },
  { "psnr_minmax", N_("PSNR"), "dB", 2, TRUE, TRUE, 0, msm_metric_psnr },
  { "ssim_minmax", N_("SSIM"), NULL, 4, TRUE, TRUE, 0, msm_metric_ssim },
  { NULL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (classes) - 1 <= MSM_METRICS_MAX);

const MsmMetric *
msm_metric_classes (void)
{
  return classes;
}

void
msm_metrics_clear (MsmMetrics *metrics)
{
  for (gsize i = 0; i < MSM_METRICS_MAX; i++)
    metrics->values[i] = NAN;
}

double
msm_metrics_get (const MsmMetrics *metrics, const char *name)
{
  for (gsize i = 0; classes[i].name != NULL; i++)
    if (g_str_equal (classes[i].name, name))
      return metrics->values[i];
  g_return_val_if_reached (NAN);
}

char *
msm_metric_format (const MsmMetric *metric, double value, int max_digits)
{
  return isnan (value)   ? g_strdup ("–")
         : isinf (value) ? g_strdup (value > 0 ? "∞" : "−∞")
                         : g_strdup_printf ("%.*f", MIN (metric->digits, max_digits), value);
}

static void
find_extremes (const float *x, gsize n, double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  for (gsize i = 0; i < n; i++)
    {
      *low = MIN (*low, (double) x[i]);
      *high = MAX (*high, (double) x[i]);
    }
}

/* (x − min) / (max − min); a constant image becomes 0. (transfer full): NULL without memory */
static float *
normalise (const float *x, gsize n, GError **error)
{
  float *result = g_try_new (float, n);
  double low, high, scale;

  if (result == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory to compare images of %zu values"), n);
      return NULL;
    }
  find_extremes (x, n, &low, &high);
  scale = high > low ? 1 / (high - low) : 0;
  for (gsize i = 0; i < n; i++)
    result[i] = (float) (((double) x[i] - low) * scale);
  return result;
}

static void
sum_up (MsmMetricPair *pair)
{
  gsize n_plane = pair->n_rows * pair->n_columns;

  for (gsize i = 0; i < pair->n_channels * n_plane; i++)
    if (pair->roi == NULL || pair->roi[i % n_plane] != 0)
      {
        double d = (double) pair->image[i] - (double) pair->reference[i];

        pair->error2 += d * d;
        pair->reference2 += (double) pair->reference[i] * (double) pair->reference[i];
        pair->count++;
      }
}

gboolean
msm_metrics_compute (const float *image, const float *reference, const guint8 *roi, gsize n_channels, gsize n_rows,
                     gsize n_columns, MsmMetrics *metrics, GError **error)
{
  g_autofree float *image01 = NULL, *reference01 = NULL;
  gsize n = n_channels * n_rows * n_columns;
  MsmMetricPair plain = { image, reference, roi, n_channels, n_rows, n_columns, 0, 0, 0, 0 }, normalised;
  double low;

  g_return_val_if_fail (image != NULL && reference != NULL && metrics != NULL && n > 0, FALSE);

  msm_metrics_clear (metrics);
  normalised = plain;
  normalised.image = image01 = normalise (image, n, error);
  normalised.reference = reference01 = image01 != NULL ? normalise (reference, n, error) : NULL;
  if (reference01 == NULL)
    return FALSE;
  find_extremes (reference, n, &low, &plain.range);
  normalised.range = plain.range > low ? 1 : 0;
  sum_up (&plain);
  sum_up (&normalised);
  for (gsize i = 0; classes[i].name != NULL; i++)
    if (!classes[i].compute (classes[i].is_normalised ? &normalised : &plain, &metrics->values[i], error))
      {
        msm_metrics_clear (metrics);
        return FALSE;
      }
  return TRUE;
}
