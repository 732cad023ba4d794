#pragma once

#include "core/metric/metric.h"

G_BEGIN_DECLS

/**
 * msm_ssim:
 * @x, @y: [n_rows, n_columns]; the result is symmetric in them
 * @roi: 0/1 per pixel, or NULL: windows are counted whose centre lies in it
 * @range: the data range L
 *
 * Mean structural similarity (Wang et al. 2004) with the 7×7 uniform window of scikit-image and
 * fastMRI:
 *   S = (2 μx μy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)),
 * C1 = (0.01 L)², C2 = (0.03 L)², unbiased (co)variances (n/(n−1), n = 49), over windows that lie
 * wholly inside the image (a border of 3 is left out).
 * Returns: NaN when no window is counted or @range is not positive
 */
double msm_ssim (const float *x, const float *y, const guint8 *roi, gsize n_rows, gsize n_columns, double range);
/* The mean of msm_ssim() over the channels, with the pair's range. */
gboolean msm_metric_ssim (const MsmMetricPair *pair, double *value, GError **error);

G_END_DECLS
