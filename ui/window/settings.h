#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The program's settings: of the installed schema, or of the build folder's when it is not installed. NULL when
 * neither is there: then nothing is remembered. The same object each time; (transfer none).
 */
GSettings *msm_settings_get (void);

/* As g_settings_get_…, or the default given here when there are no settings. */
int msm_settings_get_int (const char *key, int otherwise);
gboolean msm_settings_get_boolean (const char *key, gboolean otherwise);
void msm_settings_set_int (const char *key, int value);
void msm_settings_set_boolean (const char *key, gboolean value);
/* Folders. (transfer full) (nullable): NULL when there is none, or it is gone */
GFile *msm_settings_get_folder (const char *key);
void msm_settings_set_folder_of (const char *key, GFile *file);

G_END_DECLS
