#include "config.h"

#include "core/nn/safetensors.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/io/atomic-file.h"
#include "core/kernels/bf16.inc"

#define CHUNK 65536

static char *
header_text (const MsmSafetensorsItem *items, guint n_items, MsmDtype dtype, const char *const *metadata)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gsize offset = 0;

  json_builder_begin_object (builder);
  if (metadata != NULL)
    {
      msm_json_open (builder, "__metadata__");
      for (int i = 0; metadata[i] != NULL; i += 2)
        msm_json_text (builder, metadata[i], metadata[i + 1]);
      json_builder_end_object (builder);
    }
  for (guint i = 0; i < n_items; i++)
    {
      gsize bytes = msm_shape_size (items[i].shape) * msm_dtype_size (dtype);

      msm_json_open (builder, items[i].name);
      msm_json_text (builder, "dtype", dtype == MSM_F32 ? "F32" : "BF16");
      json_builder_set_member_name (builder, "shape");
      json_builder_begin_array (builder);
      for (int k = 0; k < items[i].shape.rank; k++)
        json_builder_add_int_value (builder, (gint64) items[i].shape.dim[k]);
      json_builder_end_array (builder);
      json_builder_set_member_name (builder, "data_offsets");
      json_builder_begin_array (builder);
      json_builder_add_int_value (builder, (gint64) offset);
      json_builder_add_int_value (builder, (gint64) (offset + bytes));
      json_builder_end_array (builder);
      json_builder_end_object (builder);
      offset += bytes;
    }
  json_builder_end_object (builder);
  return msm_json_format (builder, FALSE);
}

static gboolean
write_bf16 (FILE *file, const float *data, gsize n)
{
  g_autofree guint16 *chunk = g_new (guint16, CHUNK);

  for (gsize first = 0; first < n; first += CHUNK)
    {
      gsize count = MIN (n - first, CHUNK);

      for (gsize i = 0; i < count; i++)
        chunk[i] = GUINT16_TO_LE (msm_bf16_bits (data[first + i]));
      if (fwrite (chunk, 2, count, file) != count)
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_all (FILE *file, const char *header, const MsmSafetensorsItem *items, guint n_items, MsmDtype dtype)
{
  /* The header is padded with spaces so that the data begin at a multiple of 8. */
  gsize n = strlen (header);
  gsize padded = (n + 7) / 8 * 8;
  guint64 length = GUINT64_TO_LE ((guint64) padded);

  if (fwrite (&length, 8, 1, file) != 1 || fwrite (header, 1, n, file) != n
      || fwrite ("        ", 1, padded - n, file) != padded - n)
    return FALSE;
  for (guint i = 0; i < n_items; i++)
    {
      gsize size = msm_shape_size (items[i].shape);

      if (dtype == MSM_F32 ? fwrite (items[i].data, 4, size, file) != size : !write_bf16 (file, items[i].data, size))
        return FALSE;
    }
  return fflush (file) == 0;
}

gboolean
msm_safetensors_write (const char *path, const MsmSafetensorsItem *items, guint n_items, MsmDtype dtype,
                       const char *const *metadata, GError **error)
{
  g_autofree char *temporary = NULL;
  g_autofree char *header = NULL;
  FILE *file;
  gboolean ok;

  g_return_val_if_fail (dtype == MSM_F32 || dtype == MSM_BF16, FALSE);

  temporary = msm_atomic_begin (path, error);
  if (temporary == NULL)
    return FALSE;
  header = header_text (items, n_items, dtype, metadata);
  errno = 0;
  file = fopen (temporary, "wb");
  ok = file != NULL && write_all (file, header, items, n_items, dtype);
  if (file != NULL && fclose (file) != 0)
    ok = FALSE;
  if (!ok)
    {
      int saved = errno;

      msm_atomic_abort (temporary);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be written: %s"), path, g_strerror (saved));
      return FALSE;
    }
  return msm_atomic_commit (temporary, path, error);
}
