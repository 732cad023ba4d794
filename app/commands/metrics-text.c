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

char *
msm_metrics_text (const MsmMetrics *metrics)
{
  return g_strdup_printf (_("PSNR %.2f dB, SSIM %.4f, NMSE %.5f, NRMSE %.4f (fastMRI); "
                             "PSNR %.2f dB, SSIM %.4f (min–max)"),
                          metrics->psnr, metrics->ssim, metrics->nmse, metrics->nrmse, metrics->psnr_minmax,
                          metrics->ssim_minmax);
}

char *
msm_metrics_json (const MsmMetrics *metrics)
{
  const struct
  {
    const char *name;
    double value;
  } rows[] = {
    { "psnr", metrics->psnr },
    { "ssim", metrics->ssim },
    { "nmse", metrics->nmse },
    { "nrmse", metrics->nrmse },
    { "psnr_minmax", metrics->psnr_minmax },
    { "ssim_minmax", metrics->ssim_minmax },
  };
  GString *json = g_string_new ("{ ");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *number = msm_json_number (rows[i].value);

      g_string_append_printf (json, "%s\"%s\": %s", i > 0 ? ", " : "", rows[i].name, number);
    }
  g_string_append (json, " }");
  return g_string_free (json, FALSE);
}
