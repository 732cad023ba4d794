#include "config.h"

#include "core/nn/safetensors.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/kernels/bf16.inc"

#define HEADER_CAP (100u * 1000 * 1000)
#define DEPTH_CAP  8

struct _MsmSafetensors
{
  char *path;
  FILE *file;
  gsize data; /* where the tensors begin in the file */
  gsize n_data;
  GArray *entries;      /* MsmSafetensorsEntry, by begin */
  GHashTable *by_name;  /* name (owned) → index + 1 */
  GHashTable *metadata; /* owned texts */
};

static void
entry_clear (gpointer data)
{
  MsmSafetensorsEntry *entry = data;

  g_free ((char *) entry->name);
}

static int
entry_compare (gconstpointer a, gconstpointer b)
{
  const MsmSafetensorsEntry *x = a;
  const MsmSafetensorsEntry *y = b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

static gboolean
fail (const MsmSafetensors *self, GError **error, const char *what)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: not a sound safetensors file: %s"), self->path, what);
  return FALSE;
}

static gboolean
fail_entry (const MsmSafetensors *self, const char *name, GError **error, const char *what)
{
  g_autofree char *printable = g_strescape (name, NULL);

  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: tensor ‘%.100s’: %s"), self->path, printable, what);
  return FALSE;
}

/* The parser recurses; a header of nothing but brackets would run it out of stack. */
static gboolean
is_shallow (const char *text, gsize n)
{
  gboolean in_text = FALSE;
  int depth = 0;

  for (gsize i = 0; i < n; i++)
    {
      if (in_text)
        {
          if (text[i] == '\\')
            i++;
          else if (text[i] == '"')
            in_text = FALSE;
        }
      else if (text[i] == '"')
        in_text = TRUE;
      else if (text[i] == '{' || text[i] == '[')
        {
          if (++depth > DEPTH_CAP)
            return FALSE;
        }
      else if (text[i] == '}' || text[i] == ']')
        depth--;
    }
  return TRUE;
}

/* Element @index of @array as a size, FALSE unless it is an integer ≥ 0. */
static gboolean
get_size (JsonArray *array, guint index, gsize *value)
{
  JsonNode *node = json_array_get_element (array, index);
  gint64 v;

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  v = json_node_get_int (node);
  if (v < 0)
    return FALSE;
  *value = (gsize) v;
  return TRUE;
}

static JsonArray *
get_array (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static const char *
get_text (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static gboolean
read_metadata (MsmSafetensors *self, JsonNode *node, GError **error)
{
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (self, error, _("__metadata__ is not an object"));
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value))
    {
      if (get_text (value) == NULL)
        return fail (self, error, _("a value of __metadata__ is not a text"));
      g_hash_table_replace (self->metadata, g_strdup (key), g_strdup (get_text (value)));
    }
  return TRUE;
}

static gboolean
read_entry (MsmSafetensors *self, const char *name, JsonNode *node, GError **error)
{
  MsmSafetensorsEntry entry = { 0 };
  JsonObject *object;
  JsonArray *shape;
  JsonArray *range;
  const char *dtype;
  gsize size;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail_entry (self, name, error, _("its header is not an object"));
  object = json_node_get_object (node);
  dtype = get_text (json_object_get_member (object, "dtype"));
  shape = get_array (object, "shape");
  range = get_array (object, "data_offsets");
  if (dtype == NULL || shape == NULL || range == NULL || json_array_get_length (range) != 2)
    return fail_entry (self, name, error, _("dtype, shape or data_offsets is missing"));

  if (strcmp (dtype, "F32") == 0)
    entry.dtype = MSM_F32;
  else if (strcmp (dtype, "BF16") == 0)
    entry.dtype = MSM_BF16;
  else
    {
      g_autofree char *printable = g_strescape (name, NULL);
      g_autofree char *given = g_strescape (dtype, NULL);

      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: tensor ‘%.100s’ is of type %.20s, expected F32 or BF16"), self->path, printable, given);
      return FALSE;
    }

  if (json_array_get_length (shape) > MSM_MAX_RANK)
    return fail_entry (self, name, error, _("it has more than 5 axes"));
  entry.shape.rank = (int) json_array_get_length (shape);
  size = msm_dtype_size (entry.dtype);
  for (int i = 0; i < entry.shape.rank; i++)
    {
      if (!get_size (shape, (guint) i, &entry.shape.dim[i]) || entry.shape.dim[i] == 0)
        return fail_entry (self, name, error, _("an axis is not a positive integer"));
      if (!g_size_checked_mul (&size, size, entry.shape.dim[i]))
        return fail_entry (self, name, error, _("its shape is larger than an address space"));
    }
  if (!get_size (range, 0, &entry.begin) || !get_size (range, 1, &entry.end) || entry.begin > entry.end
      || entry.end > self->n_data)
    return fail_entry (self, name, error, _("its data_offsets lie outside the file"));
  if (entry.end - entry.begin != size)
    return fail_entry (self, name, error, _("its data_offsets do not span its shape"));

  entry.name = g_strdup (name);
  g_array_append_val (self->entries, entry);
  return TRUE;
}

typedef struct
{
  GHashTable *seen; /* “object name” */
  char *twice;      /* the first name that an object has twice */
} Members;

static void
members_clear (Members *self)
{
  g_hash_table_unref (self->seen);
  g_free (self->twice);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Members, members_clear)

/* The parser keeps the last of two members of one name, other readers the first: such a file has no one meaning. */
static void
add_member (JsonParser *parser, JsonObject *object, const char *name, Members *members)
{
  if (!g_hash_table_add (members->seen, g_strdup_printf ("%p %s", (void *) object, name)) && members->twice == NULL)
    members->twice = g_strdup (name);
}

static gboolean
read_header (MsmSafetensors *self, const char *text, gsize n, GError **error)
{
  g_auto (Members) members = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), NULL };
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  gsize expected = 0;

  g_signal_connect (parser, "object-member", G_CALLBACK (add_member), &members);
  if (!is_shallow (text, n) || memchr (text, 0, n) != NULL || !g_utf8_validate (text, (gssize) n, NULL)
      || !json_parser_load_from_data (parser, text, (gssize) n, NULL) || json_parser_get_root (parser) == NULL
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return fail (self, error, _("its header is not a JSON object"));
  if (members.twice != NULL)
    return fail_entry (self, members.twice, error, _("its header names it twice"));

  json_object_iter_init (&iter, json_node_get_object (json_parser_get_root (parser)));
  while (json_object_iter_next (&iter, &name, &node))
    if (strcmp (name, "__metadata__") == 0 ? !read_metadata (self, node, error) : !read_entry (self, name, node, error))
      return FALSE;

  g_array_sort (self->entries, entry_compare);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const MsmSafetensorsEntry *entry = msm_safetensors_get (self, i);

      if (entry->begin != expected)
        return fail_entry (self, entry->name, error,
                           entry->begin < expected ? _("its data overlap another tensor's")
                                                   : _("there is a gap before its data"));
      expected = entry->end;
      g_hash_table_insert (self->by_name, g_strdup (entry->name), GUINT_TO_POINTER (i + 1));
    }
  if (expected != self->n_data)
    return fail (self, error, _("there are bytes behind the last tensor"));
  return TRUE;
}

MsmSafetensors *
msm_safetensors_open (const char *path, GError **error)
{
  g_autoptr (MsmSafetensors) self = g_new0 (MsmSafetensors, 1);
  g_autofree char *header = NULL;
  struct stat info;
  gsize n_bytes;
  guint64 n_header;

  self->path = g_strdup (path);
  self->entries = g_array_new (FALSE, FALSE, sizeof (MsmSafetensorsEntry));
  g_array_set_clear_func (self->entries, entry_clear);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  self->file = msm_input_open (path, error);
  if (self->file == NULL)
    return NULL;
  n_bytes = fstat (fileno (self->file), &info) == 0 ? (gsize) info.st_size : 0;
  if (n_bytes < 8)
    {
      fail (self, error, _("it is shorter than 8 bytes"));
      return NULL;
    }
  if (!msm_input_read_at (self->file, path, 0, &n_header, 8, error))
    return NULL;
  n_header = GUINT64_FROM_LE (n_header);
  if (n_header > HEADER_CAP || n_header > n_bytes - 8)
    {
      fail (self, error, _("its header is longer than the file or than 100 MB"));
      return NULL;
    }
  self->data = 8 + (gsize) n_header;
  self->n_data = n_bytes - 8 - (gsize) n_header;
  header = g_try_malloc ((gsize) n_header + 1);
  if (header == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for its header"), path);
      return NULL;
    }
  if (!msm_input_read_at (self->file, path, 8, header, (gsize) n_header, error)
      || !read_header (self, header, (gsize) n_header, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
msm_safetensors_free (MsmSafetensors *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->file, fclose);
  g_array_unref (self->entries);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->metadata);
  g_free (self->path);
  g_free (self);
}

const char *
msm_safetensors_path (const MsmSafetensors *self)
{
  return self->path;
}

guint
msm_safetensors_count (const MsmSafetensors *self)
{
  return self->entries->len;
}

const MsmSafetensorsEntry *
msm_safetensors_get (const MsmSafetensors *self, guint index)
{
  return &g_array_index (self->entries, MsmSafetensorsEntry, index);
}

const MsmSafetensorsEntry *
msm_safetensors_lookup (const MsmSafetensors *self, const char *name)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, name));

  return index == 0 ? NULL : msm_safetensors_get (self, index - 1);
}

const char *
msm_safetensors_metadata (const MsmSafetensors *self, const char *key)
{
  return g_hash_table_lookup (self->metadata, key);
}

gboolean
msm_safetensors_read (const MsmSafetensors *self, const MsmSafetensorsEntry *entry, float *dst, GError **error)
{
  gsize n = msm_shape_size (entry->shape);
  gsize n_bytes = n * msm_dtype_size (entry->dtype);
  /* The file's bytes end where @dst ends: 16-bit values then widen in place from the first one on. */
  guint8 *src = (guint8 *) (dst + n) - n_bytes;

  if (!msm_input_read_at (self->file, self->path, self->data + entry->begin, src, n_bytes, error))
    return FALSE;
  /* Little-endian hosts, as all we build for: float32 is there already. */
  if (entry->dtype == MSM_BF16)
    for (gsize i = 0; i < n; i++)
      dst[i] = msm_bf16_value ((guint16) (src[2 * i] | src[2 * i + 1] << 8));
  for (gsize i = 0; i < n; i++)
    if (!isfinite (dst[i]))
      {
        g_autofree char *printable = g_strescape (entry->name, NULL);

        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                     _("%s: tensor ‘%.100s’: element %zu is %g, expected a finite number"), self->path, printable, i,
                     (double) dst[i]);
        return FALSE;
      }
  return TRUE;
}
