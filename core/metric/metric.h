#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * fastMRI convention: per slice, data range = reference maximum, no renormalisation; SSIM 7×7
 * uniform window, k1 0.01, k2 0.03. `_minmax`: the MSM reference's convention (reconstruction and
 * reference each min–max normalised to [0, 1] first), which hides scale errors: shown only beside
 * the other.
 */
typedef struct
{
  double psnr, ssim, nmse, nrmse;
  double psnr_minmax, ssim_minmax;
} MsmMetrics;

/**
 * msm_metrics_compute:
 * @image, @reference: magnitudes, [n_rows, n_columns]
 * @roi: 0/1 per pixel, or NULL for all
 */
void msm_metrics_compute (const float *image, const float *reference, const guint8 *roi, gsize n_rows, gsize n_columns,
                          MsmMetrics *metrics);
/* Pictures [n_channels, n_rows, n_columns]: errors over all values, SSIM the mean over the channels. */
void msm_metrics_compute_channels (const float *image, const float *reference, const guint8 *roi, gsize n_channels,
                                   gsize n_rows, gsize n_columns, MsmMetrics *metrics);

G_END_DECLS
