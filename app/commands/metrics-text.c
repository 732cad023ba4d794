#include "config.h"

#include "app/commands/metrics-text.h"

#include <glib/gi18n-lib.h>

/* "PSNR 31.42 dB, SSIM 0.8819": those of one convention. */
static char *
list (const MsmMetrics *metrics, gboolean is_normalised)
{
  const MsmMetric *classes = msm_metric_classes ();
  GString *text = g_string_new (NULL);

  for (gsize i = 0; classes[i].name != NULL; i++)
    if (classes[i].is_normalised == is_normalised)
      {
        g_autofree char *value = msm_metric_format (&classes[i], metrics->values[i], G_MAXINT);

        g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", _(classes[i].title), value);
        if (classes[i].unit != NULL)
          g_string_append_printf (text, " %s", classes[i].unit);
      }
  return g_string_free (text, FALSE);
}

char *
msm_metrics_text (const MsmMetrics *metrics)
{
  g_autofree char *plain = list (metrics, FALSE), *normalised = list (metrics, TRUE);

  /* Translators: metrics by fastMRI's convention, then those of images that are normalised first */
  return g_strdup_printf (_("%s (fastMRI); %s (min–max)"), plain, normalised);
}

void
msm_metrics_json (const MsmMetrics *metrics, JsonBuilder *builder)
{
  const MsmMetric *classes = msm_metric_classes ();

  for (gsize i = 0; classes[i].name != NULL; i++)
    msm_json_real (builder, classes[i].name, metrics->values[i]);
}
