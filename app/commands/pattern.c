#include "config.h"

#include "app/commands/pattern.h"

#include <glib/gi18n-lib.h>

void
msm_pattern_add_choices (MsmOptions *options)
{
  for (const MsmMaskPattern *pattern = msm_mask_patterns (); pattern->name != NULL; pattern++)
    msm_options_add_choice (options, "pattern", pattern->name, NULL, pattern->params);
}

const MsmMaskPattern *
msm_pattern_from_flags (MsmOptions *options, int argc, char **argv, MsmParams **values, GError **error)
{
  const char *name = msm_options_peek (argc, argv, "pattern");
  const MsmMaskPattern *pattern = msm_mask_pattern_find (name != NULL ? name : MSM_PATTERN_DEFAULT, error);
  g_autofree char *title = NULL;

  if (pattern == NULL)
    return NULL;
  *values = msm_params_new (pattern->params);
  title = g_strdup_printf (_("Pattern “%s”"), pattern->name);
  msm_options_add (options, title, NULL, *values);
  msm_pattern_add_choices (options);
  return pattern;
}
