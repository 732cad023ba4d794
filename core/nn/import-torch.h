#pragma once

#include <glib.h>

#include "core/device/shape.h"

G_BEGIN_DECLS

/*
 * The tensors of one network in a PyTorch checkpoint: a zip archive (torch.save since 1.6) of a pickle and raw
 * storages. The file is untrusted, and no code of it is run (torch-pickle.h).
 */
typedef struct _MsmTorchFile MsmTorchFile;

/**
 * msm_torch_open:
 * @key: which of several state dictionaries, as msm_torch_keys() names them; %NULL: one whose name has "ema", else
 * the first
 *
 * Finds the dictionaries that hold a U-Net's parameters (“input_blocks.0.0.weight”), at the top or nested
 * (“state_dict”, “model”, “ema”, …), with or without a prefix (“module.”).
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_FILE, MSM_ERROR_FORMAT, MSM_ERROR_UNSUPPORTED (not such an
 * archive, or code that is refused), or MSM_ERROR_VALUE (no such @key: says which there are)
 */
MsmTorchFile *msm_torch_open (const char *path, const char *key, GError **error);
void msm_torch_free (MsmTorchFile *self);
/* The dictionary that was taken, and all, NULL-terminated: "(top)", "ema", "state_dict:module." */
const char *msm_torch_key (const MsmTorchFile *self);
const char *const *msm_torch_keys (const MsmTorchFile *self);
/* (utf8 → MsmShape): its tensors, names without the prefix; owned by the file. */
GHashTable *msm_torch_shapes (MsmTorchFile *self);
/**
 * msm_torch_read:
 * @dst: room for all elements, as the shape says; float16, bfloat16 and float64 are converted
 *
 * Returns: %FALSE with MSM_ERROR_FORMAT, MSM_ERROR_UNSUPPORTED (integers), or MSM_ERROR_VALUE (NaN, infinity)
 */
gboolean msm_torch_read (MsmTorchFile *self, const char *name, float *dst, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmTorchFile, msm_torch_free)

G_END_DECLS
