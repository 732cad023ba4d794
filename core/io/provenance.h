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
/* The line of what was done, and behind it what repeats it, where @experiment is not NULL. (transfer full) */
char *msm_provenance_attach (const char *summary, const char *experiment);

G_END_DECLS
