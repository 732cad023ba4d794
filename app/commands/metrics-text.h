#pragma once

#include "core/metric/metric.h"

G_BEGIN_DECLS

/* One line for people, and a JSON object. (transfer full) */
char *msm_metrics_text (const MsmMetrics *metrics);
char *msm_metrics_json (const MsmMetrics *metrics);
/* A number as JSON writes it: null when it is not finite. (transfer full) */
char *msm_json_number (double value);
/* Text in quotes, escaped. (transfer full) */
char *msm_json_string (const char *text);

G_END_DECLS
