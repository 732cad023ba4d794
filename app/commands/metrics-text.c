#include "config.h"

#include "app/commands/metrics-text.h"

#include <glib/gi18n-lib.h>
#include <math.h>

char *
msm_json_number (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  return isfinite (value) ? g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.9g", value)) : g_strdup ("null");
}

char *
msm_json_string (const char *text)
{
  GString *json = g_string_new ("\"");

  for (const char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (json, "\\%c", *c);
    else if ((guchar) *c < 0x20)
      g_string_append_printf (json, "\\u%04x", (guchar) *c);
    else
      g_string_append_c (json, *c);
  g_string_append_c (json, '"');
  return g_string_free (json, FALSE);
}

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

char *
msm_metrics_json (const MsmMetrics *metrics)
{
  const MsmMetric *classes = msm_metric_classes ();
  GString *json = g_string_new ("{ ");

  for (gsize i = 0; classes[i].name != NULL; i++)
    {
      g_autofree char *number = msm_json_number (metrics->values[i]);

      g_string_append_printf (json, "%s\"%s\": %s", i > 0 ? ", " : "", classes[i].name, number);
    }
  g_string_append (json, " }");
  return g_string_free (json, FALSE);
}
