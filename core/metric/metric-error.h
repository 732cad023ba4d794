#pragma once

#include "core/metric/metric.h"

G_BEGIN_DECLS

/* Figures of the squared error alone; see docs/equations.md. */

/* 10 log₁₀ (L² / MSE); +infinity when the images are equal, NaN without pixels or range. */
gboolean msm_metric_psnr (const MsmMetricPair *pair, double *value, GError **error);
/* Σ (x − r)² / Σ r², and its root; NaN of a reference that is zero. */
gboolean msm_metric_nmse (const MsmMetricPair *pair, double *value, GError **error);
gboolean msm_metric_nrmse (const MsmMetricPair *pair, double *value, GError **error);

G_END_DECLS
