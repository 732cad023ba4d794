#include "config.h"

#include <glib/gi18n.h>

#include "core/base/language.h"
#include "core/base/threads.h"
#include "ui/window/application.h"

int
main (int argc, char **argv)
{
  g_autoptr (MsmApplication) application = NULL;
  int status;

  msm_threads_bound_waiting (argv);
  msm_language_init ();
  gtk_disable_setlocale ();
  g_set_prgname ("msm-studio");
  g_set_application_name (_("MSM Studio"));
  application = msm_application_new ();
  status = g_application_run (G_APPLICATION (application), argc, argv);
  return status != 0 ? status : msm_application_get_status (application);
}
