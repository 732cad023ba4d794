#include "config.h"

#include "app/commands/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/printable.h"

void
msm_say (const char *format, ...)
{
  g_autofree char *text = NULL, *printable = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  printable = msm_printable (text, MSM_PRINTABLE_TEXT);
  fputs (printable, stdout);
}

void
msm_say_error (const char *format, ...)
{
  g_autofree char *text = NULL, *printable = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  printable = msm_printable (text, MSM_PRINTABLE_LINE);
  fprintf (stderr, "%s\n", printable);
}
