#include "config.h"

#include <locale.h>

#include <glib/gi18n.h>

#include "ui/window/application.h"

int
main (int    argc,
      char **argv)
{
  g_autoptr (MsmApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MSM_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("msm-studio");
  g_set_application_name (_("MSM Studio"));
  application = msm_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
