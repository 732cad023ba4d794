#include "config.h"

#include "core/metric/metric.h"

#include <math.h>

#include "core/metric/ssim.h"

/* Sums over the region; the extremes are those of the whole image. */
typedef struct
{
  double error2, reference2;
  gsize count;
} Sums;

static Sums
sum_up (const float *image, const float *reference, const guint8 *roi, gsize n, gsize n_plane)
{
  Sums sums = { 0 };

  for (gsize i = 0; i < n; i++)
    if (roi == NULL || roi[i % n_plane] != 0)
      {
        double d = (double) image[i] - (double) reference[i];

        sums.error2 += d * d;
        sums.reference2 += (double) reference[i] * (double) reference[i];
        sums.count++;
      }
  return sums;
}

/* 10 log₁₀ (L² / MSE); +infinity when the images are equal, NaN without pixels or range. */
static double
psnr (Sums sums, double range)
{
  if (sums.count == 0 || !(range > 0))
    return NAN;
  return 10 * log10 (range * range * (double) sums.count / sums.error2);
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

/* (x − min) / (max − min); a constant image becomes 0. (transfer full) */
static float *
normalise (const float *x, gsize n)
{
  float *result = g_new (float, n);
  double low, high, scale;

  find_extremes (x, n, &low, &high);
  scale = high > low ? 1 / (high - low) : 0;
  for (gsize i = 0; i < n; i++)
    result[i] = (float) (((double) x[i] - low) * scale);
  return result;
}

/* The mean over channels. */
static double
mean_ssim (const float *x, const float *y, const guint8 *roi, gsize n_channels, gsize n_rows, gsize n_columns,
           double range)
{
  double sum = 0;

  for (gsize c = 0; c < n_channels; c++)
    sum += msm_ssim (x + c * n_rows * n_columns, y + c * n_rows * n_columns, roi, n_rows, n_columns, range);
  return sum / (double) n_channels;
}

/*
 * Every figure but the normalised ones: L = max (reference) over the whole image also with a
 * region, so that figures of regions and of the whole compare.
 */
void
msm_metrics_compute_channels (const float *image, const float *reference, const guint8 *roi, gsize n_channels,
                              gsize n_rows, gsize n_columns, MsmMetrics *metrics)
{
  g_autofree float *image01 = NULL, *reference01 = NULL;
  gsize n_plane = n_rows * n_columns, n = n_channels * n_plane;
  double low, high;
  Sums sums;

  g_return_if_fail (image != NULL && reference != NULL && metrics != NULL && n > 0);

  find_extremes (reference, n, &low, &high);
  sums = sum_up (image, reference, roi, n, n_plane);
  metrics->psnr = psnr (sums, high);
  metrics->ssim = mean_ssim (image, reference, roi, n_channels, n_rows, n_columns, high);
  metrics->nmse = sums.reference2 > 0 ? sums.error2 / sums.reference2 : NAN;
  metrics->nrmse = sqrt (metrics->nmse);

  image01 = normalise (image, n);
  reference01 = normalise (reference, n);
  sums = sum_up (image01, reference01, roi, n, n_plane);
  metrics->psnr_minmax = psnr (sums, high > low ? 1 : 0);
  metrics->ssim_minmax = mean_ssim (image01, reference01, roi, n_channels, n_rows, n_columns, high > low ? 1 : 0);
}

void
msm_metrics_compute (const float *image, const float *reference, const guint8 *roi, gsize n_rows, gsize n_columns,
                     MsmMetrics *metrics)
{
  msm_metrics_compute_channels (image, reference, roi, 1, n_rows, n_columns, metrics);
}
