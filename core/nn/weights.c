#include "config.h"

#include "core/nn/weights.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"

#define ALIGNMENT 16 /* floats: 64 bytes, a cache line */

const char *const msm_weights_dtype_names[] = { "f32", "bf16", NULL };
const MsmDtype msm_weights_dtypes[] = { MSM_F32, MSM_BF16 };

struct _MsmWeights
{
  GArray *table;     /* MsmWeight */
  GHashTable *index; /* name (the table's) → index + 1 */
  gsize n_parameters;
  gsize n_arena;
  MsmTensor *values;
  MsmTensor *gradients;
};

static void
weight_clear (gpointer data)
{
  g_free (((MsmWeight *) data)->name);
}

MsmWeights *
msm_weights_new (void)
{
  MsmWeights *self = g_new0 (MsmWeights, 1);

  self->table = g_array_new (FALSE, FALSE, sizeof (MsmWeight));
  g_array_set_clear_func (self->table, weight_clear);
  self->index = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
msm_weights_free (MsmWeights *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->values, msm_tensor_unref);
  g_clear_pointer (&self->gradients, msm_tensor_unref);
  g_hash_table_unref (self->index);
  g_array_unref (self->table);
  g_free (self);
}

guint
msm_weights_add (MsmWeights *self, const char *name, MsmShape shape)
{
  MsmWeight weight = { g_strdup (name), shape, self->n_arena, msm_shape_size (shape) };

  g_assert (self->values == NULL);
  g_array_append_val (self->table, weight);
  g_hash_table_insert (self->index, weight.name, GUINT_TO_POINTER (self->table->len));
  self->n_parameters += weight.size;
  self->n_arena += (weight.size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return self->table->len - 1;
}

gboolean
msm_weights_allocate (MsmWeights *self, MsmDevice *device, gboolean with_gradients, GError **error)
{
  g_assert (self->values == NULL);
  self->values = msm_tensor_new (device, MSM_F32, msm_shape1 (self->n_arena), error);
  if (self->values == NULL)
    return FALSE;
  if (with_gradients)
    self->gradients = msm_tensor_new (device, MSM_F32, msm_shape1 (self->n_arena), error);
  return !with_gradients || self->gradients != NULL;
}

guint
msm_weights_count (const MsmWeights *self)
{
  return self->table->len;
}

const MsmWeight *
msm_weights_get (const MsmWeights *self, guint index)
{
  return &g_array_index (self->table, MsmWeight, index);
}

int
msm_weights_find (const MsmWeights *self, const char *name)
{
  return (int) GPOINTER_TO_UINT (g_hash_table_lookup (self->index, name)) - 1;
}

gsize
msm_weights_n_parameters (const MsmWeights *self)
{
  return self->n_parameters;
}

MsmTensor *
msm_weights_values (MsmWeights *self)
{
  return self->values;
}

MsmTensor *
msm_weights_gradients (MsmWeights *self)
{
  return self->gradients;
}

float *
msm_weights_value (MsmWeights *self, guint index)
{
  return (float *) msm_tensor_data (self->values) + msm_weights_get (self, index)->offset;
}

float *
msm_weights_gradient (MsmWeights *self, guint index)
{
  return (float *) msm_tensor_data (self->gradients) + msm_weights_get (self, index)->offset;
}

void
msm_weights_zero_gradients (MsmWeights *self)
{
  MsmDevice *device = msm_tensor_device (self->gradients);

  msm_device_ops (device)->memory->zero (msm_device_state (device), msm_tensor_data (self->gradients),
                                         msm_tensor_bytes (self->gradients));
}

/* Tensors of the file that the network does not have would be silently ignored weights. */
static gboolean
check_surplus (MsmWeights *self, const MsmSafetensors *file, GError **error)
{
  for (guint i = 0; i < msm_safetensors_count (file); i++)
    {
      const MsmSafetensorsEntry *entry = msm_safetensors_get (file, i);

      if (msm_weights_find (self, entry->name) < 0)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                       _("%s: tensor ‘%.100s’ is not one of the network that its configuration describes"),
                       msm_safetensors_path (file), entry->name);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
msm_weights_load (MsmWeights *self, const MsmSafetensors *file, GError **error)
{
  g_autofree float *host = g_try_new0 (float, self->n_arena);

  if (host == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for %zu parameters"),
                   msm_safetensors_path (file), self->n_parameters);
      return FALSE;
    }
  for (guint i = 0; i < self->table->len; i++)
    {
      const MsmWeight *weight = msm_weights_get (self, i);
      const MsmSafetensorsEntry *entry = msm_safetensors_lookup (file, weight->name);

      if (entry == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: tensor ‘%s’ is missing"),
                       msm_safetensors_path (file), weight->name);
          return FALSE;
        }
      if (!msm_shape_equal (entry->shape, weight->shape))
        {
          g_autofree char *found = msm_shape_format (entry->shape);
          g_autofree char *expected = msm_shape_format (weight->shape);

          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: tensor ‘%s’ is %s, expected %s"),
                       msm_safetensors_path (file), weight->name, found, expected);
          return FALSE;
        }
      if (!msm_safetensors_read (file, entry, host + weight->offset, error))
        return FALSE;
    }
  if (!check_surplus (self, file, error))
    return FALSE;
  msm_tensor_upload (self->values, host);
  return msm_device_check (msm_tensor_device (self->values), error);
}

gboolean
msm_weights_save (MsmWeights *self, const char *path, MsmDtype dtype, const char *const *metadata, GError **error)
{
  g_autofree MsmSafetensorsItem *items = g_new0 (MsmSafetensorsItem, self->table->len);
  g_autoptr (MsmTensor) host = msm_tensor_to (self->values, msm_device_host (), error);

  if (host == NULL)
    return FALSE;
  for (guint i = 0; i < self->table->len; i++)
    {
      const MsmWeight *weight = msm_weights_get (self, i);

      items[i] = (MsmSafetensorsItem){ weight->name, weight->shape,
                                       (const float *) msm_tensor_const_data (host) + weight->offset };
    }
  return msm_safetensors_write (path, items, self->table->len, dtype, metadata, error);
}
