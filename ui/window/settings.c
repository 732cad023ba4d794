#include "config.h"

#include "ui/window/settings.h"

#define SCHEMA "org.msm.studio"

static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) built = NULL;
  GSettingsSchema *schema = NULL;

  /* The build folder's first: its program may know keys that an installed one does not. */
  built = g_settings_schema_source_new_from_directory (MSM_BUILD_SCHEMA_DIR, installed, TRUE, NULL);
  if (built != NULL)
    schema = g_settings_schema_source_lookup (built, SCHEMA, FALSE);
  if (schema == NULL && installed != NULL)
    schema = g_settings_schema_source_lookup (installed, SCHEMA, TRUE);
  return schema;
}

GSettings *
msm_settings_get (void)
{
  static GSettings *settings;
  static gsize once;

  if (g_once_init_enter (&once))
    {
      g_autoptr (GSettingsSchema) schema = find_schema ();

      if (schema != NULL)
        settings = g_settings_new_full (schema, NULL, NULL);
      g_once_init_leave (&once, 1);
    }
  return settings;
}

int
msm_settings_get_int (const char *key, int otherwise)
{
  GSettings *settings = msm_settings_get ();

  return settings != NULL ? g_settings_get_int (settings, key) : otherwise;
}

gboolean
msm_settings_get_boolean (const char *key, gboolean otherwise)
{
  GSettings *settings = msm_settings_get ();

  return settings != NULL ? g_settings_get_boolean (settings, key) : otherwise;
}

void
msm_settings_set_int (const char *key, int value)
{
  GSettings *settings = msm_settings_get ();

  if (settings != NULL)
    g_settings_set_int (settings, key, value);
}

void
msm_settings_set_boolean (const char *key, gboolean value)
{
  GSettings *settings = msm_settings_get ();

  if (settings != NULL)
    g_settings_set_boolean (settings, key, value);
}

GFile *
msm_settings_get_folder (const char *key)
{
  GSettings *settings = msm_settings_get ();
  g_autofree char *path = settings != NULL ? g_settings_get_string (settings, key) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_IS_DIR) ? g_file_new_for_path (path) : NULL;
}

void
msm_settings_set_folder_of (const char *key, GFile *file)
{
  GSettings *settings = msm_settings_get ();
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *path = folder != NULL ? g_file_get_path (folder) : NULL;

  if (settings != NULL && path != NULL)
    g_settings_set_string (settings, key, path);
}
