#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * msm_provenance_read:
 * @path: a file that one of our writers made (image-write.h), told by its content
 *
 * Returns: (transfer full): the text that was written with it, or %NULL with MSM_ERROR_FILE (no such file) or
 * MSM_ERROR_FORMAT (no such text, or not UTF-8)
 */
char *msm_provenance_read (const char *path, GError **error);

G_END_DECLS
