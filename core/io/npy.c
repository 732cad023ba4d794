#include "config.h"

#include "core/io/npy.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"

#define MAGIC      "\x93NUMPY"
#define MAX_HEADER 65536
#define MAX_AXES   4

gboolean
msm_npy_is_head (const guint8 *head, gsize n)
{
  return n >= 10 && memcmp (head, MAGIC, 6) == 0;
}

/* What the header, the text of a Python dictionary, says. */
typedef struct
{
  char kind; /* 'b', 'i', 'u' or 'f' */
  gsize size;
  gboolean is_fortran;
  MsmShape shape;
  gsize n;
} Header;

/* The text behind 'key': in @text, or NULL. */
static const char *
find_value (const char *text, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("'%s':", key);
  const char *at = strstr (text, quoted);

  return at != NULL ? at + strlen (quoted) + strspn (at + strlen (quoted), " ") : NULL;
}

static gboolean
parse_type (const char *value, Header *header)
{
  /* '<f4', '|b1', … */
  if (value == NULL || value[0] != '\'' || strchr ("<|=", value[1]) == NULL || value[1] == '\0'
      || strchr ("biuf", value[2]) == NULL || value[2] == '\0' || !g_ascii_isdigit (value[3]) || value[4] != '\'')
    return FALSE;
  header->kind = value[2];
  header->size = (gsize) (value[3] - '0');
  return header->kind == 'f' ? header->size == 4 || header->size == 8
                             : header->size == 1 || header->size == 2 || header->size == 4 || header->size == 8;
}

static gboolean
parse_shape (const char *value, Header *header)
{
  header->n = 1;
  if (value == NULL || *value++ != '(')
    return FALSE;
  while (*value != ')')
    {
      char *end;
      guint64 size = g_ascii_strtoull (value, &end, 10);

      if (end == value || size < 1 || size > G_MAXUINT32 || header->n > G_MAXSIZE / 64 / size)
        return FALSE;
      header->n *= (gsize) size;
      if (size > 1)
        {
          if (header->shape.rank == MAX_AXES)
            return FALSE;
          header->shape.dim[header->shape.rank++] = (gsize) size;
        }
      value = end + strspn (end, ", ");
    }
  if (header->shape.rank == 0)
    header->shape = msm_shape1 (1);
  return TRUE;
}

static gboolean
read_header (FILE *file, const char *path, Header *header, GError **error)
{
  guint8 start[12];
  gsize n_start, length = 0;
  g_autofree char *text = NULL;

  if (fread (start, 1, 10, file) != 10 || !msm_npy_is_head (start, 10)
      || (start[6] > 1 && fread (start + 10, 1, 2, file) != 2))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: not a .npy file, or its header is truncated"), path);
      return FALSE;
    }
  n_start = start[6] > 1 ? 12 : 10;
  for (gsize i = n_start; i-- > 8;)
    length = 256 * length + start[i];
  text = length <= MAX_HEADER ? g_malloc0 (length + 1) : NULL;
  if (text == NULL || fread (text, 1, length, file) != length)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: not a .npy file, or its header is truncated"), path);
      return FALSE;
    }
  header->is_fortran =
      find_value (text, "fortran_order") != NULL && g_str_has_prefix (find_value (text, "fortran_order"), "True");
  if (parse_type (find_value (text, "descr"), header) && parse_shape (find_value (text, "shape"), header))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
               _("%s: expected booleans, integers or floats in at most %d axes, little-endian; found %s"), path,
               MAX_AXES, g_strstrip (text));
  return FALSE;
}

static float
number_at (const guint8 *raw, gsize i, const Header *header)
{
  const guint8 *at = raw + i * header->size;
  guint64 bits = 0;
  float single;
  double wide;

  memcpy (&bits, at, header->size);
  if (header->kind == 'f' && header->size == 4)
    {
      memcpy (&single, at, 4);
      return single;
    }
  if (header->kind == 'f')
    {
      memcpy (&wide, at, 8);
      return (float) wide;
    }
  if (header->kind == 'i')
    return (float) ((gint64) (bits << (64 - 8 * header->size)) >> (64 - 8 * header->size));
  return (float) bits;
}

/* Where the element that is the @i-th in C order stands in Fortran's. */
static gsize
fortran_index (gsize i, const MsmShape *shape)
{
  gsize at = 0, stride = 1, index[MAX_AXES];

  for (int a = shape->rank; a-- > 0;)
    {
      index[a] = i % shape->dim[a];
      i /= shape->dim[a];
    }
  for (int a = 0; a < shape->rank; a++)
    {
      at += index[a] * stride;
      stride *= shape->dim[a];
    }
  return at;
}

MsmTensor *
msm_npy_read (const char *path, GError **error)
{
  g_autoptr (MsmTensor) tensor = NULL;
  g_autofree guint8 *raw = NULL;
  Header header = { 0 };
  FILE *file = msm_input_open (path, error);
  gboolean ok;

  if (file == NULL)
    return NULL;
  ok = read_header (file, path, &header, error);
  raw = ok ? g_try_malloc (header.n * header.size) : NULL;
  if (ok && (raw == NULL || fread (raw, header.size, header.n, file) != header.n))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: holds fewer than the %zu numbers of its header"), path,
                   header.n);
      ok = FALSE;
    }
  fclose (file);
  tensor = ok ? msm_tensor_new (msm_device_host (), MSM_F32, header.shape, error) : NULL;
  for (gsize i = 0; tensor != NULL && i < header.n; i++)
    msm_tensor_host (tensor)[i] = number_at (raw, header.is_fortran ? fortran_index (i, &header.shape) : i, &header);
  return g_steal_pointer (&tensor);
}

gboolean
msm_npy_write (const char *path, MsmTensor *tensor, GError **error)
{
  const gboolean is_complex = msm_tensor_dtype (tensor) == MSM_C64;
  const MsmShape shape = msm_tensor_shape (tensor);
  const gsize n_bytes = msm_tensor_bytes (tensor);
  g_autoptr (GString) header = g_string_new (NULL);
  g_autoptr (GByteArray) file = g_byte_array_new ();

  g_string_printf (header, "{'descr': '%s', 'fortran_order': False, 'shape': (", is_complex ? "<c8" : "<f4");
  for (int a = 0; a < shape.rank; a++)
    g_string_append_printf (header, "%zu,%s", shape.dim[a], a + 1 < shape.rank ? " " : "");
  g_string_append (header, "), }");
  /* The data begin at a multiple of 64 bytes; the last of the header is a line end. */
  while ((10 + header->len + 1) % 64 != 0)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');
  g_byte_array_append (file, (const guint8 *) MAGIC "\x01\x00", 8);
  g_byte_array_append (file, (const guint8[]){ header->len & 255, header->len >> 8 }, 2);
  g_byte_array_append (file, (const guint8 *) header->str, header->len);
  g_byte_array_append (file, (const guint8 *) msm_tensor_const_host (tensor), n_bytes);
  return msm_atomic_write (path, file->data, file->len, error);
}
