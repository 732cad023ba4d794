#pragma once

#include <glib.h>

#include "core/device/shape.h"

G_BEGIN_DECLS

/*
 * A safetensors file: eight bytes of header length, a JSON header, then the tensors' bytes. The file is
 * untrusted: every range is checked against the file before anything is read from it.
 */
typedef struct _MsmSafetensors MsmSafetensors;

/* What the header says of one tensor; owned by the file. */
typedef struct
{
  const char *name;
  MsmDtype dtype; /* MSM_F32 or MSM_BF16 */
  MsmShape shape;
  gsize begin; /* bytes from the start of the data */
  gsize end;
} MsmSafetensorsEntry;

/* A tensor to be written: float32 in host memory. */
typedef struct
{
  const char *name;
  MsmShape shape;
  const float *data;
} MsmSafetensorsItem;

/**
 * msm_safetensors_open:
 *
 * Maps the file and checks its header: at most 100 MB, shapes that fit their byte ranges, ranges that
 * cover the data once, without overlap or gap.
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_FILE, MSM_ERROR_FORMAT, or MSM_ERROR_UNSUPPORTED
 * (a tensor that is neither F32 nor BF16)
 */
MsmSafetensors *msm_safetensors_open (const char *path, GError **error);
void msm_safetensors_free (MsmSafetensors *self);
const char *msm_safetensors_path (const MsmSafetensors *self);
guint msm_safetensors_count (const MsmSafetensors *self);
/* In the order of the data. */
const MsmSafetensorsEntry *msm_safetensors_get (const MsmSafetensors *self, guint index);
/* NULL when there is none of that name. */
const MsmSafetensorsEntry *msm_safetensors_lookup (const MsmSafetensors *self, const char *name);
/* A text of the header's __metadata__, or NULL. */
const char *msm_safetensors_metadata (const MsmSafetensors *self, const char *key);
/**
 * msm_safetensors_read:
 * @dst: room for all elements of @entry; bfloat16 is widened
 *
 * Returns: %FALSE with MSM_ERROR_VALUE when the tensor holds a NaN or an infinity
 */
gboolean msm_safetensors_read (const MsmSafetensors *self, const MsmSafetensorsEntry *entry, float *dst,
                               GError **error);
/**
 * msm_safetensors_write:
 * @dtype: MSM_F32, or MSM_BF16 (rounded to nearest, ties to even)
 * @metadata: pairs of key and text, ended by NULL; or NULL
 *
 * Writes a temporary file beside @path, syncs it, and renames it: @path is the old file or the new one,
 * never half of it. MSM_ERROR_FILE on failure.
 */
gboolean msm_safetensors_write (const char *path, const MsmSafetensorsItem *items, guint n_items, MsmDtype dtype,
                                const char *const *metadata, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmSafetensors, msm_safetensors_free)

G_END_DECLS
