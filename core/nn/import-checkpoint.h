#pragma once

#include <glib.h>

#include "core/device/shape.h"

G_BEGIN_DECLS

typedef struct
{
  const char *key;         /* as msm_torch_open() takes it, or NULL */
  const char *config_path; /* a file of configuration keys, or NULL: as the shapes say */
  GHashTable *overrides;   /* (utf8 → utf8): keys given one by one, over the file's; or NULL */
  MsmDtype dtype;          /* of the weight file: MSM_F32 or MSM_BF16 */
} MsmImportOptions;

/**
 * msm_import_checkpoint:
 * @path: a PyTorch checkpoint
 * @out: the weight file to write (.safetensors)
 * @report: (out) (transfer full): what was taken and assumed, a sentence a line
 *
 * Every parameter that the configuration asks for must be there in its shape, and no other.
 *
 * Returns: %FALSE with what msm_torch_open(), msm_unet_config_parse() and the readers say, or MSM_ERROR_SHAPE that
 * names a tensor that is missing, surplus or of another shape; nothing is written then
 */
gboolean msm_import_checkpoint (const char *path, const char *out, const MsmImportOptions *options, char **report,
                                GError **error);

G_END_DECLS
