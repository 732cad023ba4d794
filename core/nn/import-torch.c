#include "config.h"

#include "core/nn/import-torch.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <zip.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/nn/torch-pickle.h"

#define FIRST      "input_blocks.0.0.weight" /* every U-Net of this kind has it */
#define MAX_PICKLE ((zip_uint64_t) 64 << 20)
#define MAX_DICTS  1000
/* Elements that a tensor with gaps may span, for each that it has. */
#define MAX_GAPS   64

typedef struct
{
  const MsmPickleValue *dict;
  char *prefix;
  char *key;
} Candidate;

struct _MsmTorchFile
{
  char *path;
  zip_t *archive;
  char *folder; /* "archive/", before data.pkl */
  MsmPickle *pickle;
  GPtrArray *candidates;
  GPtrArray *keys; /* of all candidates, NULL-terminated; borrowed */
  const Candidate *chosen;
  GHashTable *tensors; /* (utf8 → MsmPickleValue), borrowed */
  GHashTable *shapes;  /* (utf8 → MsmShape) */
};

static void
candidate_free (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->prefix);
  g_free (candidate->key);
  g_free (candidate);
}

static zip_t *
open_archive (const char *path, GError **error)
{
  g_autofree guint8 *head = NULL;
  int code = 0;
  zip_t *archive;
  zip_error_t reason;

  if (!msm_input_check (path, error))
    return NULL;
  archive = zip_open (path, ZIP_RDONLY, &code);
  if (archive != NULL)
    return archive;
  if (code == ZIP_ER_NOZIP)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: not a zip archive as torch.save writes since version 1.6; an older file can be loaded and "
                    "saved again with a newer PyTorch"),
                 path);
  else
    {
      zip_error_init_with_code (&reason, code);
      g_set_error (error, MSM_ERROR,
                   code == ZIP_ER_NOENT || code == ZIP_ER_OPEN || code == ZIP_ER_READ ? MSM_ERROR_FILE
                                                                                      : MSM_ERROR_FORMAT,
                   "%s: %s", path, zip_error_strerror (&reason));
      zip_error_fini (&reason);
    }
  return NULL;
}

/* @n bytes of a member from @skip on. */
static gboolean
read_member (MsmTorchFile *self, zip_uint64_t index, guint64 skip, guint8 *dst, guint64 n, GError **error)
{
  zip_file_t *member = zip_fopen_index (self->archive, index, 0);
  guint8 waste[65536];
  gboolean ok = member != NULL;

  while (ok && skip > 0)
    {
      zip_int64_t got = zip_fread (member, waste, MIN (skip, sizeof waste));

      ok = got > 0;
      skip -= ok ? (guint64) got : 0;
    }
  while (ok && n > 0)
    {
      zip_int64_t got = zip_fread (member, dst, n);

      ok = got > 0;
      dst += ok ? got : 0;
      n -= ok ? (guint64) got : 0;
    }
  /* The checksum is compared at the end of a member. */
  ok = ok && zip_fread (member, waste, sizeof waste) >= 0;
  if (member != NULL)
    zip_fclose (member);
  if (!ok)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                 _("%s: member %" PRIu64 " of the archive is damaged or too short"), self->path, index);
  return ok;
}

/* "NAME/data.pkl", and its folder. */
static gboolean
find_pickle (MsmTorchFile *self, zip_stat_t *found, GError **error)
{
  zip_int64_t n = zip_get_num_entries (self->archive, 0);

  for (zip_int64_t i = 0; i < n; i++)
    {
      const char *name = zip_get_name (self->archive, (zip_uint64_t) i, 0);

      if (name == NULL || !(g_str_equal (name, "data.pkl") || g_str_has_suffix (name, "/data.pkl"))
          || zip_stat_index (self->archive, (zip_uint64_t) i, 0, found) != 0)
        continue;
      if ((found->valid & ZIP_STAT_SIZE) == 0 || found->size > MAX_PICKLE)
        break;
      self->folder = g_strndup (name, strlen (name) - strlen ("data.pkl"));
      return TRUE;
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
               _("%s: a zip archive without a ‘data.pkl’ of a sensible size: not a PyTorch checkpoint"), self->path);
  return FALSE;
}

/* Numbers are read as little-endian; PyTorch notes when they are not. */
static gboolean
check_byte_order (MsmTorchFile *self, GError **error)
{
  g_autofree char *name = g_strconcat (self->folder, "byteorder", NULL);
  zip_int64_t index = zip_name_locate (self->archive, name, 0);
  guint8 order[3] = { 0 };

  if (index < 0)
    return TRUE;
  if (!read_member (self, (zip_uint64_t) index, 0, order, sizeof order, error))
    return FALSE;
  if (memcmp (order, "lit", 3) == 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: written on a big-endian machine"), self->path);
  return FALSE;
}

static gboolean
read_pickle (MsmTorchFile *self, GError **error)
{
  g_autofree guint8 *bytes = NULL;
  zip_stat_t stat;

  if (!find_pickle (self, &stat, error) || !check_byte_order (self, error))
    return FALSE;
  bytes = g_malloc (stat.size + 1);
  if (!read_member (self, stat.index, 0, bytes, stat.size, error))
    return FALSE;
  self->pickle = msm_pickle_parse (self->path, bytes, stat.size, error);
  return self->pickle != NULL;
}

/* Dictionaries with a U-Net's first weight, at any depth; a dictionary is visited once. */
static void
search (MsmTorchFile *self, const MsmPickleValue *dict, const char *path, GHashTable *visited)
{
  if (dict->type != MSM_PICKLE_DICT || g_hash_table_size (visited) >= MAX_DICTS
      || !g_hash_table_add (visited, (gpointer) dict))
    return;
  for (guint i = 0; i + 1 < dict->items->len; i += 2)
    {
      const MsmPickleValue *key = dict->items->pdata[i];
      const MsmPickleValue *value = dict->items->pdata[i + 1];

      if (key->type != MSM_PICKLE_TEXT)
        continue;
      if (value->type == MSM_PICKLE_TENSOR && g_str_has_suffix (key->text, FIRST))
        {
          Candidate *candidate = g_new0 (Candidate, 1);

          candidate->dict = dict;
          candidate->prefix = g_strndup (key->text, strlen (key->text) - strlen (FIRST));
          candidate->key =
              candidate->prefix[0] != '\0' ? g_strconcat (path, ":", candidate->prefix, NULL) : g_strdup (path);
          g_ptr_array_add (self->candidates, candidate);
        }
      else if (value->type == MSM_PICKLE_DICT && strlen (path) < 256)
        {
          g_autofree char *below =
              g_str_equal (path, "(top)") ? g_strdup (key->text) : g_strconcat (path, "/", key->text, NULL);

          search (self, value, below, visited);
        }
    }
}

static gboolean
choose (MsmTorchFile *self, const char *key, GError **error)
{
  g_autoptr (GHashTable) visited = g_hash_table_new (NULL, NULL);

  search (self, msm_pickle_root (self->pickle), "(top)", visited);
  for (guint i = 0; i < self->candidates->len; i++)
    {
      const Candidate *candidate = self->candidates->pdata[i];
      g_autofree char *lower = g_ascii_strdown (candidate->key, -1);

      g_ptr_array_add (self->keys, candidate->key);
      if (key != NULL
              ? g_str_equal (key, candidate->key)
              : self->chosen == NULL || (strstr (lower, "ema") != NULL && strstr (self->chosen->key, "ema") == NULL))
        self->chosen = candidate;
    }
  g_ptr_array_add (self->keys, NULL);
  if (self->chosen != NULL)
    return TRUE;
  if (self->candidates->len == 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                 _("%s: it has no tensor ‘%s’: not the weights of a guided-diffusion U-Net"), self->path, FIRST);
  else
    {
      g_autofree char *all = g_strjoinv (", ", (char **) self->keys->pdata);

      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: it has no dictionary ‘%s’ with a network; there are: %s"),
                   self->path, key, all);
    }
  return FALSE;
}

static void
collect (MsmTorchFile *self)
{
  const MsmPickleValue *dict = self->chosen->dict;
  gsize skip = strlen (self->chosen->prefix);

  for (guint i = 0; i + 1 < dict->items->len; i += 2)
    {
      const MsmPickleValue *key = dict->items->pdata[i];
      MsmPickleValue *value = dict->items->pdata[i + 1];
      MsmShape *shape;

      if (key->type != MSM_PICKLE_TEXT || value->type != MSM_PICKLE_TENSOR
          || !g_str_has_prefix (key->text, self->chosen->prefix))
        continue;
      shape = g_new0 (MsmShape, 1);
      shape->rank = value->rank;
      for (int k = 0; k < value->rank; k++)
        shape->dim[k] = (gsize) value->dim[k];
      g_hash_table_insert (self->tensors, key->text + skip, value);
      g_hash_table_insert (self->shapes, key->text + skip, shape);
    }
}

MsmTorchFile *
msm_torch_open (const char *path, const char *key, GError **error)
{
  g_autoptr (MsmTorchFile) self = g_new0 (MsmTorchFile, 1);

  self->path = g_strdup (path);
  self->candidates = g_ptr_array_new_with_free_func (candidate_free);
  self->keys = g_ptr_array_new ();
  self->tensors = g_hash_table_new (g_str_hash, g_str_equal);
  self->shapes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->archive = open_archive (path, error);
  if (self->archive == NULL || !read_pickle (self, error) || !choose (self, key, error))
    return NULL;
  collect (self);
  return g_steal_pointer (&self);
}

void
msm_torch_free (MsmTorchFile *self)
{
  if (self == NULL)
    return;
  if (self->archive != NULL)
    zip_discard (self->archive);
  g_clear_pointer (&self->tensors, g_hash_table_unref);
  g_clear_pointer (&self->shapes, g_hash_table_unref);
  g_ptr_array_unref (self->candidates);
  g_ptr_array_unref (self->keys);
  msm_pickle_free (self->pickle);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}

const char *
msm_torch_key (const MsmTorchFile *self)
{
  return self->chosen->key;
}

const char *const *
msm_torch_keys (const MsmTorchFile *self)
{
  return (const char *const *) self->keys->pdata;
}

GHashTable *
msm_torch_shapes (MsmTorchFile *self)
{
  return self->shapes;
}

typedef struct
{
  const char *name;
  gsize size;
} Dtype;

/* The first three differ in how to widen them. */
static const Dtype dtypes[] = {
  { "FloatStorage", 4 }, { "HalfStorage", 2 }, { "BFloat16Storage", 2 }, { "DoubleStorage", 8 }
};

static float
half_to_float (guint16 half)
{
  int exponent = half >> 10 & 31;
  double fraction = half & 1023;
  double value = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                 : exponent == 0 ? ldexp (fraction, -24)
                                 : ldexp (1024 + fraction, exponent - 25);

  return (float) ((half & 0x8000) != 0 ? -value : value);
}

/* Element @i of bytes of @dtype, an index of dtypes. */
static float
element (const guint8 *bytes, guint64 i, guint dtype)
{
  guint64 bits = 0;
  float single;
  double value;

  for (gsize k = 0; k < dtypes[dtype].size; k++)
    bits |= (guint64) bytes[i * dtypes[dtype].size + k] << (8 * k);
  if (dtype == 1)
    return half_to_float ((guint16) bits);
  if (dtype == 3)
    {
      memcpy (&value, &bits, sizeof value);
      return (float) value;
    }
  if (dtype == 2)
    bits <<= 16;
  bits &= 0xffffffff;
  {
    guint32 word = (guint32) bits;

    memcpy (&single, &word, sizeof single);
  }
  return single;
}

/* The elements in row-major order, from bytes that begin at the tensor's first. */
static gboolean
gather (const MsmPickleValue *tensor, const guint8 *bytes, guint dtype, float *dst)
{
  guint64 index[MSM_MAX_RANK] = { 0 };
  gsize n = 1;

  for (int k = 0; k < tensor->rank; k++)
    n *= (gsize) tensor->dim[k];
  for (gsize i = 0; i < n; i++)
    {
      guint64 at = 0;

      for (int k = 0; k < tensor->rank; k++)
        at += index[k] * tensor->stride[k];
      dst[i] = element (bytes, at, dtype);
      if (!isfinite (dst[i]))
        return FALSE;
      for (int k = tensor->rank - 1; k >= 0 && ++index[k] == tensor->dim[k]; k--)
        index[k] = 0;
    }
  return TRUE;
}

gboolean
msm_torch_read (MsmTorchFile *self, const char *name, float *dst, GError **error)
{
  const MsmPickleValue *tensor = g_hash_table_lookup (self->tensors, name);
  g_autofree char *member = NULL;
  g_autofree guint8 *bytes = NULL;
  zip_int64_t index;
  guint64 span = 1;
  guint64 n = 1;
  guint dtype = 0;

  g_return_val_if_fail (tensor != NULL, FALSE);
  while (dtype < G_N_ELEMENTS (dtypes) && !g_str_equal (dtypes[dtype].name, tensor->storage->dtype))
    dtype++;
  if (dtype == G_N_ELEMENTS (dtypes))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: tensor ‘%s’ is of %s, expected floating-point numbers"), self->path, name,
                   tensor->storage->dtype);
      return FALSE;
    }
  /* The span was checked when the tensor was made, and the caller has room for n. */
  for (int k = 0; k < tensor->rank; k++)
    {
      n *= tensor->dim[k];
      span += (tensor->dim[k] - 1) * tensor->stride[k];
    }
  member = g_strconcat (self->folder, "data/", tensor->storage->text, NULL);
  index = zip_name_locate (self->archive, member, 0);
  bytes = index >= 0 && span / MAX_GAPS <= n ? g_try_malloc (span * dtypes[dtype].size) : NULL;
  if (bytes == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: tensor ‘%s’: %s"), self->path, name,
                   index < 0 ? _("the archive lacks its numbers") : _("larger than the memory, or full of gaps"));
      return FALSE;
    }
  if (!read_member (self, (zip_uint64_t) index, (guint64) tensor->integer * dtypes[dtype].size, bytes,
                    span * dtypes[dtype].size, error))
    return FALSE;
  if (gather (tensor, bytes, dtype, dst))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: tensor ‘%s’ holds a NaN or an infinity"), self->path, name);
  return FALSE;
}
