#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * msm_export_png:
 * @argb: opaque pixels as the toolkit downloads them: 32-bit words 0xAARRGGBB; changed in place to RGBA
 * @text: (nullable): kept in the file: how the picture came about
 *
 * Writes a picture as it is on the screen. Atomic. MSM_ERROR_UNSUPPORTED: @path names another format.
 */
gboolean msm_export_png (const char *path, guint8 *argb, gsize n_rows, gsize n_columns, const char *text,
                         GError **error);

G_END_DECLS
