#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Both names lead to one file that exists: the same, or through links of either kind. */
gboolean msm_output_is_same (const char *path, const char *other);
/**
 * msm_output_check:
 * @path: a file that is to be written
 * @inputs: (element-type utf8): files that are read for it
 * @may_replace: an existing file may be replaced; an input never is
 *
 * Asked before the work. A cfl is two files, and both are looked at. A folder that is not empty counts as a file, and
 * may hold no input. What is neither (/dev/null) is left to the writer. Returns: FALSE with MSM_ERROR_FILE, which names
 * the file
 */
gboolean msm_output_check (const char *path, const GPtrArray *inputs, gboolean may_replace, GError **error);

G_END_DECLS
