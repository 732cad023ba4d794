#include "config.h"

#include "app/commands/pattern.h"

#include <glib/gi18n-lib.h>

const MsmMaskPattern *
msm_pattern_from_flags (MsmOptions *options, int argc, char **argv, const char *fallback,
                        MsmParams **values, GError **error)
{
  const char *name = msm_options_peek (argc, argv, "pattern");
  const MsmMaskPattern *pattern;
  g_autofree char *title = NULL;

  if (name == NULL)
    name = fallback;
  if (name == NULL || name[0] == '\0')
    return NULL;
  pattern = msm_mask_pattern_find (name, error);
  if (pattern == NULL)
    return NULL;
  *values = msm_params_new (pattern->params);
  title = g_strdup_printf (_("Pattern “%s”"), pattern->name);
  msm_options_add (options, title, NULL, *values);
  return pattern;
}
