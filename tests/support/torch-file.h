#pragma once

/* Writes small PyTorch checkpoints, as torch.save does: a zip of a pickle and raw storages. */

#include <string.h>
#include <zip.h>

#include "core/nn/weights.h"

typedef struct
{
  GByteArray *pickle;
  GPtrArray *storages; /* GByteArray */
  const char *dtype;   /* FloatStorage, HalfStorage, BFloat16Storage, DoubleStorage, LongStorage */
  gboolean transposed; /* two-dimensional tensors are stored by columns */
} TorchWriter;

static inline void
torch_put (TorchWriter *w, const void *bytes, gsize n)
{
  g_byte_array_append (w->pickle, bytes, (guint) n);
}

static inline void
torch_op (TorchWriter *w, const char *text)
{
  torch_put (w, text, strlen (text));
}

static inline void
torch_text (TorchWriter *w, const char *text)
{
  guint32 n = GUINT32_TO_LE ((guint32) strlen (text));

  torch_op (w, "X");
  torch_put (w, &n, 4);
  torch_op (w, text);
}

static inline void
torch_int (TorchWriter *w, gint64 value)
{
  gint32 n = GINT32_TO_LE ((gint32) value);

  torch_op (w, "J");
  torch_put (w, &n, 4);
}

static inline void
torch_begin (TorchWriter *w)
{
  *w = (TorchWriter){ g_byte_array_new (), g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref),
                      "FloatStorage", FALSE };
  torch_put (w, "\x80\x02", 2);
}

/* float32 → float16, for numbers that it holds exactly */
static inline guint16
torch_half (float value)
{
  guint32 bits;
  int exponent;

  memcpy (&bits, &value, 4);
  exponent = (int) (bits >> 23 & 255) - 127;
  if (value == 0)
    return 0;
  return (guint16) ((bits >> 16 & 0x8000) | (guint32) (exponent + 15) << 10 | (bits >> 13 & 1023));
}

static inline void
torch_append (TorchWriter *w, GByteArray *storage, float value)
{
  guint32 bits;
  guint16 half;
  double wide = value;
  gint64 integer = (gint64) value;

  memcpy (&bits, &value, 4);
  if (g_strcmp0 (w->dtype, "FloatStorage") == 0)
    g_byte_array_append (storage, (guint8 *) &bits, 4);
  else if (g_strcmp0 (w->dtype, "DoubleStorage") == 0)
    g_byte_array_append (storage, (guint8 *) &wide, 8);
  else if (g_strcmp0 (w->dtype, "LongStorage") == 0)
    g_byte_array_append (storage, (guint8 *) &integer, 8);
  else
    {
      half = g_strcmp0 (w->dtype, "HalfStorage") == 0 ? torch_half (value) : (guint16) (bits >> 16);
      g_byte_array_append (storage, (guint8 *) &half, 2);
    }
}

/* One key and its tensor, of a storage of its own that begins with three other numbers. */
static inline void
torch_tensor (TorchWriter *w, const char *name, MsmShape shape, const float *data)
{
  GByteArray *storage = g_byte_array_new ();
  gsize n = msm_shape_size (shape);
  gsize stride[MSM_MAX_RANK];
  gboolean columns = w->transposed && shape.rank == 2;
  g_autofree char *key = g_strdup_printf ("%u", w->storages->len);

  for (int i = 0; i < 3; i++)
    torch_append (w, storage, 99);
  for (gsize i = 0; i < n; i++)
    torch_append (w, storage, columns ? data[i % shape.dim[0] * shape.dim[1] + i / shape.dim[0]] : data[i]);
  g_ptr_array_add (w->storages, storage);
  for (int k = shape.rank - 1; k >= 0; k--)
    stride[k] = k == shape.rank - 1 ? 1 : stride[k + 1] * shape.dim[k + 1];
  if (columns)
    {
      stride[0] = 1;
      stride[1] = shape.dim[0];
    }
  torch_text (w, name);
  torch_op (w, "ctorch._utils\n_rebuild_tensor_v2\n((");
  torch_text (w, "storage");
  torch_op (w, "ctorch\n");
  torch_op (w, w->dtype);
  torch_op (w, "\n");
  torch_text (w, key);
  torch_text (w, "cpu");
  torch_int (w, (gint64) n + 3);
  torch_op (w, "tQ");
  torch_int (w, 3);
  torch_op (w, "(");
  for (int k = 0; k < shape.rank; k++)
    torch_int (w, (gint64) shape.dim[k]);
  torch_op (w, "t(");
  for (int k = 0; k < shape.rank; k++)
    torch_int (w, (gint64) stride[k]);
  torch_op (w, "t\x89"
               "ccollections\nOrderedDict\n)RtR");
}

/* An OrderedDict of all weights, values times @factor; names after @prefix. */
static inline void
torch_state_dict (TorchWriter *w, MsmWeights *weights, const char *prefix, float factor)
{
  torch_op (w, "ccollections\nOrderedDict\n)R(");
  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (weights, i);
      g_autofree char *name = g_strconcat (prefix, weight->name, NULL);
      g_autofree float *data = g_new (float, weight->size);

      for (gsize k = 0; k < weight->size; k++)
        data[k] = factor * msm_weights_value (weights, i)[k];
      torch_tensor (w, name, weight->shape, data);
    }
  torch_op (w, "u");
}

static inline void
torch_add (zip_t *archive, const char *name, const void *bytes, gsize n)
{
  zip_source_t *source = zip_source_buffer (archive, bytes, n, 0);
  zip_int64_t index = zip_file_add (archive, name, source, 0);

  g_assert_cmpint (index, >=, 0);
  /* Uncompressed, as torch.save. */
  zip_set_file_compression (archive, (zip_uint64_t) index, ZIP_CM_STORE, 0);
}

/* Ends the pickle and writes the file; @w is spent. */
static inline void
torch_end (TorchWriter *w, const char *path)
{
  zip_t *archive = zip_open (path, ZIP_CREATE | ZIP_TRUNCATE, NULL);

  torch_op (w, ".");
  torch_add (archive, "model/data.pkl", w->pickle->data, w->pickle->len);
  torch_add (archive, "model/byteorder", "little", 6);
  for (guint i = 0; i < w->storages->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("model/data/%u", i);
      GByteArray *storage = w->storages->pdata[i];

      torch_add (archive, name, storage->data, storage->len);
    }
  g_assert_cmpint (zip_close (archive), ==, 0);
  g_byte_array_unref (w->pickle);
  g_ptr_array_unref (w->storages);
}
