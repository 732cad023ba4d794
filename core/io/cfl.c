#include "config.h"

#include "core/io/cfl.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"
#include "core/io/image-write.h"
#include "core/io/scan-private.h"

void
msm_bart_names (const char *path, char **header, char **data)
{
  gsize length = strlen (path);

  if (g_str_has_suffix (path, ".cfl") || g_str_has_suffix (path, ".hdr"))
    length -= 4;
  *header = g_strdup_printf ("%.*s.hdr", (int) length, path);
  *data = g_strdup_printf ("%.*s.cfl", (int) length, path);
}

/* The integers of the line after "# Dimensions". */
static gboolean
parse_header (MsmCfl *self, const char *text, const char *path, gsize *n_bytes, GError **error)
{
  const char *line = strstr (text, "# Dimensions");
  guint64 n = 8;
  int rank = 0;

  line = line != NULL ? strchr (line, '\n') : NULL;
  for (int i = 0; i < MSM_CFL_RANK; i++)
    self->dim[i] = 1;
  while (line != NULL)
    {
      char *end;
      guint64 value;

      line += strspn (line, rank == 0 ? " \t\r\n" : " \t");
      if (!g_ascii_isdigit (*line))
        break;
      value = g_ascii_strtoull (line, &end, 10);
      if (rank >= MSM_CFL_RANK || value < 1 || value > G_MAXUINT32 || !g_uint64_checked_mul (&n, n, value)
          || n > (guint64) G_MAXSSIZE)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                       _("%s: the dimensions are absurd, expected at most 16 positive numbers"), path);
          return FALSE;
        }
      self->dim[rank++] = value;
      line = end;
    }
  if (rank == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: no “# Dimensions” with numbers in the header"), path);
      return FALSE;
    }
  for (gsize i = 0, stride = 1; i < MSM_CFL_RANK; stride *= self->dim[i++])
    self->stride[i] = stride;
  *n_bytes = n;
  return TRUE;
}

gboolean
msm_cfl_open (MsmCfl *self, const char *path, GError **error)
{
  g_autofree char *header = NULL;
  g_autofree char *data = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  GStatBuf info;
  gsize n_bytes = 0;

  memset (self, 0, sizeof *self);
  msm_bart_names (path, &header, &data);
  if (!msm_input_check (header, error))
    return FALSE;
  if (g_stat (header, &info) != 0 || info.st_size > 1024 * 1024 || !g_file_get_contents (header, &text, NULL, &local))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: the header cannot be read"), header);
      return FALSE;
    }
  if (!parse_header (self, text, header, &n_bytes, error))
    return FALSE;
  self->file = msm_input_open (data, error);
  if (self->file == NULL)
    return FALSE;
  if (fstat (fileno (self->file), &info) != 0 || (guint64) info.st_size != n_bytes)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: expected %zu bytes from the header, found %zu"), data,
                   n_bytes, (gsize) info.st_size);
      msm_cfl_close (self);
      return FALSE;
    }
  self->path = g_steal_pointer (&data);
  return TRUE;
}

void
msm_cfl_close (MsmCfl *self)
{
  g_clear_pointer (&self->file, fclose);
  g_clear_pointer (&self->path, g_free);
}

gboolean
msm_cfl_read_elements (const MsmCfl *self, gsize first, gsize n, float *out, GError **error)
{
  return msm_input_read_at (self->file, self->path, 2 * sizeof (float) * (guint64) first, out, 2 * sizeof (float) * n,
                            error);
}

/* [map set, coil, readout, phase] of a file without further axes. */
MsmTensor *
msm_cfl_read (const char *path, GError **error)
{
  g_auto (MsmCfl) cfl = { 0 };
  g_autoptr (MsmTensor) tensor = NULL;
  g_autofree float *column = NULL;
  int first;
  gsize n_rows, n_columns, n_coils, n_sets, last;
  float *out;

  if (!msm_cfl_open (&cfl, path, error))
    return NULL;
  first = cfl.dim[MSM_CFL_READ] == 1 && cfl.dim[MSM_CFL_PHS2] > 1 ? MSM_CFL_PHS1 : MSM_CFL_READ;
  last = first == MSM_CFL_READ ? cfl.dim[MSM_CFL_PHS2] : 1;
  for (int i = MSM_CFL_MAPS + 1; i < MSM_CFL_RANK; i++)
    last *= cfl.dim[i];
  if (last != 1)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: expected a plane with coils and maps, found further axes"), path);
      return NULL;
    }
  n_rows = cfl.dim[first];
  n_columns = cfl.dim[first + 1];
  n_coils = cfl.dim[MSM_CFL_COIL];
  n_sets = cfl.dim[MSM_CFL_MAPS];
  tensor = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (n_sets, n_coils, n_rows, n_columns), error);
  if (tensor == NULL)
    return NULL;
  column = g_try_new (float, 2 * n_rows);
  if (column == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for one plane"), path);
      return NULL;
    }
  out = msm_tensor_host (tensor);
  for (gsize s = 0; s < n_sets; s++)
    for (gsize c = 0; c < n_coils; c++, out += 2 * n_rows * n_columns)
      for (gsize p = 0; p < n_columns; p++)
        {
          gsize at = s * cfl.stride[MSM_CFL_MAPS] + c * cfl.stride[MSM_CFL_COIL] + p * cfl.stride[first + 1];

          if (!msm_cfl_read_elements (&cfl, at, n_rows, column, error))
            return NULL;
          for (gsize r = 0; r < n_rows; r++)
            memcpy (out + 2 * (r * n_columns + p), column + 2 * r, 2 * sizeof (float));
        }
  return g_steal_pointer (&tensor);
}

static gboolean
write_data (const char *temp, const float *v, MsmShape shape, gboolean is_complex)
{
  gsize n_rows = shape.dim[2], n_columns = shape.dim[3];
  FILE *file = g_fopen (temp, "wb");
  g_autofree float *column = g_new0 (float, 2 * n_rows);
  gboolean ok = file != NULL;

  for (gsize plane = 0; plane < shape.dim[0] * shape.dim[1] && ok; plane++)
    for (gsize p = 0; p < n_columns && ok; p++)
      {
        for (gsize r = 0; r < n_rows; r++)
          {
            gsize i = (plane * n_rows + r) * n_columns + p;

            column[2 * r] = is_complex ? v[2 * i] : v[i];
            column[2 * r + 1] = is_complex ? v[2 * i + 1] : 0;
          }
        ok = fwrite (column, 2 * sizeof (float), n_rows, file) == n_rows;
      }
  if (file != NULL && fclose (file) != 0)
    ok = FALSE;
  return ok;
}

gboolean
msm_cfl_write (const char *path, MsmTensor *tensor, const char *text, GError **error)
{
  g_autoptr (MsmTensor) host = msm_tensor_to (tensor, msm_device_host (), error);
  g_autofree char *header = NULL;
  g_autofree char *data = NULL;
  g_autofree char *header_temp = NULL;
  g_autofree char *data_temp = NULL;
  g_autofree char *head = NULL;
  MsmShape shape;
  FILE *file;
  gboolean ok;

  if (host == NULL)
    return FALSE;
  shape = msm_tensor_shape (host);
  if (shape.rank < 2 || shape.rank > 4 || msm_tensor_dtype (host) == MSM_BF16)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: cannot write %d axes as cfl, expected [set, coil, readout, phase]"), path, shape.rank);
      return FALSE;
    }
  while (shape.rank < 4)
    {
      memmove (shape.dim + 1, shape.dim, shape.rank * sizeof shape.dim[0]);
      shape.dim[0] = 1;
      shape.rank++;
    }
  msm_bart_names (path, &header, &data);
  head = g_strdup_printf ("# Dimensions\n%zu %zu 1 %zu %" G_GSIZE_FORMAT
                          " 1 1 1 1 1 1 1 1 1 1 1\n# Creator\nMSM Studio " MSM_VERSION "\n%s%s%s",
                          shape.dim[2], shape.dim[3], shape.dim[1], shape.dim[0],
                          text != NULL ? MSM_CFL_PROVENANCE : "", text != NULL ? text : "", text != NULL ? "\n" : "");
  data_temp = msm_atomic_begin (data, error);
  header_temp = data_temp != NULL ? msm_atomic_begin (header, error) : NULL;
  if (header_temp == NULL)
    {
      msm_atomic_abort (data_temp);
      return FALSE;
    }
  file = g_fopen (header_temp, "wb");
  ok = file != NULL && fputs (head, file) >= 0;
  if (file != NULL && fclose (file) != 0)
    ok = FALSE;
  ok = ok && write_data (data_temp, msm_tensor_const_host (host), shape, msm_tensor_dtype (host) == MSM_C64);
  if (!ok)
    {
      int saved = errno;

      msm_atomic_abort (header_temp);
      msm_atomic_abort (data_temp);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: %s"), path, g_strerror (saved));
      return FALSE;
    }
  /* Data first: a pair whose header is old and whose data are new is refused by its length. */
  if (!msm_atomic_commit (data_temp, data, error))
    {
      msm_atomic_abort (header_temp);
      return FALSE;
    }
  return msm_atomic_commit (header_temp, header, error);
}
