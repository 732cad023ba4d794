#include "config.h"

#include "figure/number-text.h"

static char *
with_minus (const char *text)
{
  return text[0] == '-' ? g_strconcat ("\xe2\x88\x92", text + 1, NULL) : g_strdup (text);
}

char *
msm_text_number (double value)
{
  char buffer[32];

  /* Adding zero makes −0 a plain 0. */
  g_snprintf (buffer, sizeof buffer, "%.4g", value + 0.0);
  return with_minus (buffer);
}

char *
msm_text_number_short (double value)
{
  char buffer[32];

  g_snprintf (buffer, sizeof buffer, "%.3g", value + 0.0);
  return with_minus (buffer);
}

char *
msm_text_fixed (double value, int digits)
{
  char buffer[64];

  g_snprintf (buffer, sizeof buffer, "%.*f", digits, value + 0.0);
  return with_minus (buffer);
}
