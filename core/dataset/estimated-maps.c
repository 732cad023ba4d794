#include "config.h"

#include "core/dataset/estimated-maps.h"

#include <string.h>

#include "core/calib/calib.h"
#include "core/device/device.h"

struct _MsmEstimatedMaps
{
  gsize n_coils, size;
  guint64 n_kept;   /* entries that may still be kept */
  GHashTable *kept; /* key → floats */
};

MsmEstimatedMaps *
msm_estimated_maps_new (gsize n_coils, gsize size, guint64 limit)
{
  MsmEstimatedMaps *self = g_new0 (MsmEstimatedMaps, 1);

  self->n_coils = n_coils;
  self->size = size;
  self->n_kept = limit / (2 * sizeof (float) * n_coils * size * size);
  self->kept = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

void
msm_estimated_maps_free (MsmEstimatedMaps *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kept);
  g_free (self);
}

gboolean
msm_estimated_maps_get (MsmEstimatedMaps *self, const float *s, const MsmMask *mask, guint64 key, float *sens,
                        GError **error)
{
  gsize n_bytes = 2 * sizeof (float) * self->n_coils * self->size * self->size;
  MsmShape shape = msm_shape4 (1, self->n_coils, self->size, self->size);
  const float *known = g_hash_table_lookup (self->kept, &key);
  g_autoptr (MsmTensor) kspace = NULL, maps = NULL;

  if (known != NULL)
    {
      memcpy (sens, known, n_bytes);
      return TRUE;
    }
  kspace = msm_tensor_new_from (msm_device_host (), MSM_C64, shape, s, error);
  maps = kspace != NULL ? msm_espirit_estimate (kspace, mask, NULL, NULL, error) : NULL;
  if (maps == NULL)
    return FALSE;
  memcpy (sens, msm_tensor_const_host (maps), n_bytes);
  if (self->n_kept > 0)
    {
      self->n_kept--;
      g_hash_table_insert (self->kept, g_memdup2 (&key, sizeof key), g_memdup2 (sens, n_bytes));
    }
  return TRUE;
}
