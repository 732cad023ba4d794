#include "config.h"

#include "core/base/language.h"

#include <locale.h>

#include <glib/gi18n-lib.h>

void
msm_language_init (void)
{
  const char *folder = g_file_test (MSM_BUILD_LOCALE_DIR, G_FILE_TEST_IS_DIR) ? MSM_BUILD_LOCALE_DIR : MSM_LOCALE_DIR;

  setlocale (LC_ALL, "");
  /* Numbers are written and read with a point, whatever the language. */
  setlocale (LC_NUMERIC, "C");
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
