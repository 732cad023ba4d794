#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Writing so that nothing half-written is ever seen under the target's name: write to the temporary
 * name beside it, then commit (sync, rename, sync the folder) or abort (delete).
 */
/* Creates an empty file beside @path and returns its name, or %NULL with MSM_ERROR_FILE. (transfer full) */
char *msm_atomic_begin (const char *path, GError **error);
/* Renames @temp to @path. On failure @temp is deleted and MSM_ERROR_FILE is set. */
gboolean msm_atomic_commit (const char *temp, const char *path, GError **error);
void msm_atomic_abort (const char *temp);
/* All of it: @n bytes as the file @path. MSM_ERROR_FILE. */
gboolean msm_atomic_write (const char *path, gconstpointer data, gsize n, GError **error);

G_END_DECLS
