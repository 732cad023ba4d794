#pragma once

#include "core/render/render.h"

G_BEGIN_DECLS

/**
 * msm_export_png:
 * @plane: of the last two axes of @tensor (host), counted over the leading ones
 * @gain: values are multiplied by it before they are shown
 * @text: (nullable): kept in the file: how the picture was made
 *
 * Writes the picture in its own size, as it is shown. Atomic.
 */
gboolean msm_export_png (const char *path, MsmTensor *tensor, gsize plane, double gain,
                         const MsmRenderOptions *options, const char *text, GError **error);

G_END_DECLS
