#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * As atomic-file.h, for a result of many files: they are written into a folder with a temporary name beside the target,
 * which is then renamed as a whole, or deleted.
 */
/* Makes an empty folder beside @path and returns its name, or %NULL with MSM_ERROR_FILE. (transfer full) */
char *msm_atomic_folder_begin (const char *path, GError **error);
/*
 * Syncs what is in @temp, then renames it to @path. A folder @path that is there already is replaced when it is empty
 * or holds nothing but files whose names end in @suffix; anything else is kept, and MSM_ERROR_FILE. @temp is deleted
 * on failure.
 */
gboolean msm_atomic_folder_commit (const char *temp, const char *path, const char *suffix, GError **error);
/* Deletes @temp and the files in it. */
void msm_atomic_folder_abort (const char *temp);

G_END_DECLS
