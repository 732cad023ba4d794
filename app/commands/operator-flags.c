#include "config.h"

#include "app/commands/operator-flags.h"

#include <glib/gi18n-lib.h>

const MsmOperatorClass *
msm_operator_from_flags (MsmOptions *options, int argc, char **argv, MsmParams **values, GError **error)
{
  const char *name = msm_options_peek (argc, argv, "operator");
  const MsmOperatorClass *klass = msm_operator_class_find (name != NULL ? name : "sampling", error);
  g_autofree char *title = NULL;

  if (klass == NULL)
    return NULL;
  *values = msm_params_new (klass->params);
  title = g_strdup_printf (_("Operator “%s”"), klass->name);
  msm_options_add (options, title, "operator-", *values);
  return klass;
}
