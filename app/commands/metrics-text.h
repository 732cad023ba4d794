#pragma once

#include "core/base/json.h"
#include "core/metric/metric.h"

G_BEGIN_DECLS

/* One line for people. (transfer full) */
char *msm_metrics_text (const MsmMetrics *metrics);
/* Members of the object that is open, one for each metric. */
void msm_metrics_json (const MsmMetrics *metrics, JsonBuilder *builder);

G_END_DECLS
