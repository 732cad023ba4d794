#include "config.h"

#include "app/setup/preset.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"

static const char *const presets[] = { "paper", NULL };
static const char *const uses[] = {
  [MSM_PRESET_MRI] = "mri", [MSM_PRESET_PICTURES] = "pictures", [MSM_PRESET_SAMPLE] = "sample"
};

char *
msm_preset_find (const char *name, MsmPresetUse use, GError **error)
{
  static const char *const folders[] = { MSM_DATA_DIR, MSM_SOURCE_DATA_DIR };
  g_autofree char *file = g_strdup_printf ("%s-%s.ini", name, uses[use]);
  g_autofree char *names = NULL;

  for (gsize i = 0; g_strv_contains (presets, name) && i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folders[i], "experiments", file, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  names = g_strjoinv (", ", (char **) presets);
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown preset ‘%s’, expected one of: %s"), name, names);
  return NULL;
}
