#include "config.h"

#include "core/io/image-write.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <nifti1_io.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"

typedef enum
{
  PART_VALUE,
  PART_MAGNITUDE,
  PART_PHASE
} NiftiPart;

/* Rows are written against the second axis, as the reader takes them. */
static gboolean
write_values (znzFile file, const float *v, MsmShape shape, NiftiPart part)
{
  gsize n_slices = shape.dim[0], n_rows = shape.dim[2], n_columns = shape.dim[3];
  g_autofree float *line = g_new (float, n_columns);

  for (gsize s = 0; s < n_slices; s++)
    for (gsize y = 0; y < n_rows; y++)
      {
        gsize first = (s * n_rows + n_rows - 1 - y) * n_columns;

        for (gsize c = 0; c < n_columns; c++)
          {
            const float *z = v + 2 * (first + c);

            line[c] = part == PART_VALUE       ? v[first + c]
                      : part == PART_MAGNITUDE ? hypotf (z[0], z[1])
                                               : atan2f (z[1], z[0]);
          }
        if (znzwrite (line, sizeof (float), n_columns, file) != n_columns)
          return FALSE;
      }
  return TRUE;
}

/* Voxel (column, row from below, slice) → RAS, in both of the header's forms. */
static void
set_geometry (nifti_1_header *header, const MsmGeometry *geometry, gsize n_rows, gsize n_columns)
{
  float offset[3] = { -(float) (n_columns / 2), (float) (n_rows / 2) - (float) (n_rows - 1), 0 };
  float *rows[3] = { header->srow_x, header->srow_y, header->srow_z };
  mat44 matrix = { { { 0 } } };
  float dx, dy, dz, qfac;

  for (int i = 0; i < 3; i++)
    {
      double sign = i < 2 ? -1 : 1; /* LPS → RAS */

      matrix.m[i][0] = (float) (sign * geometry->column[i] * header->pixdim[1]);
      matrix.m[i][1] = (float) (-sign * geometry->row[i] * header->pixdim[2]);
      matrix.m[i][2] = (float) (sign * geometry->slice[i] * header->pixdim[3]);
      matrix.m[i][3] = (float) (sign * geometry->centre[i]);
      for (int axis = 0; axis < 3; axis++)
        matrix.m[i][3] += matrix.m[i][axis] * offset[axis];
      memcpy (rows[i], matrix.m[i], sizeof matrix.m[i]);
    }
  nifti_mat44_to_quatern (matrix, &header->quatern_b, &header->quatern_c, &header->quatern_d, &header->qoffset_x,
                          &header->qoffset_y, &header->qoffset_z, &dx, &dy, &dz, &qfac);
  header->pixdim[0] = qfac;
  header->sform_code = header->qform_code = NIFTI_XFORM_SCANNER_ANAT;
}

static gboolean
write_part (const char *path, const float *v, MsmShape shape, const double spacing_mm[3], const MsmGeometry *geometry,
            NiftiPart part, const char *text, GError **error)
{
  gboolean is_placed = geometry != NULL && geometry->is_known;
  const int dims[8] = { 3, (int) shape.dim[3], (int) shape.dim[2], (int) shape.dim[0], 1, 1, 1, 1 };
  g_autofree char *temp = msm_atomic_begin (path, error);
  const char extension[4] = { text != NULL, 0, 0, 0 };
  /* Of the one extension: itself, its code and the text, to a multiple of 16. */
  gint32 extra[2] = { text != NULL ? (gint32) ((8 + strlen (text) + 15) / 16 * 16) : 0, NIFTI_ECODE_COMMENT };
  g_autofree char *padded = g_malloc0 ((gsize) extra[0] + 1);
  nifti_1_header *header;
  znzFile file;
  gboolean ok;

  if (temp == NULL)
    return FALSE;
  if (text != NULL)
    strcpy (padded, text);
  header = nifti_make_new_header (dims, DT_FLOAT32);
  header->pixdim[0] = 1;
  header->pixdim[1] = spacing_mm[1] > 0 ? (float) spacing_mm[1] : 1;
  header->pixdim[2] = spacing_mm[0] > 0 ? (float) spacing_mm[0] : 1;
  header->pixdim[3] = spacing_mm[2] > 0 ? (float) spacing_mm[2] : 1;
  header->xyzt_units = spacing_mm[0] > 0 ? NIFTI_UNITS_MM : NIFTI_UNITS_UNKNOWN;
  header->vox_offset = 352 + (float) extra[0];
  header->scl_slope = 1;
  /* The matrices are filled for readers that want them; codes of 0 say that no geometry is known. */
  header->srow_x[0] = header->pixdim[1];
  header->srow_y[1] = header->pixdim[2];
  header->srow_z[2] = header->pixdim[3];
  if (is_placed)
    set_geometry (header, geometry, shape.dim[2], shape.dim[3]);
  memcpy (header->magic, "n+1", 4);
  g_snprintf (header->descrip, sizeof header->descrip, "MSM Studio%s%s", part == PART_PHASE ? ": phase in radians" : "",
              is_placed ? "" : "; orientation unknown");
  file = znzopen (temp, "wb", g_str_has_suffix (path, ".gz"));
  ok = !znz_isnull (file) && znzwrite (header, 1, sizeof *header, file) == sizeof *header
       && znzwrite (extension, 1, 4, file) == 4
       && (text == NULL
           || (znzwrite (extra, 1, 8, file) == 8
               && znzwrite (padded, 1, (gsize) extra[0] - 8, file) == (gsize) extra[0] - 8))
       && write_values (file, v, shape, part);
  if (!znz_isnull (file) && Xznzclose (&file) != 0)
    ok = FALSE;
  free (header);
  if (!ok)
    {
      msm_atomic_abort (temp);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write NIfTI: is the disk full?"), path);
      return FALSE;
    }
  return msm_atomic_commit (temp, path, error);
}

char *
msm_nifti_phase_name (const char *path)
{
  gsize length = strlen (path);
  const char *extension = g_str_has_suffix (path, ".nii.gz") ? ".nii.gz"
                          : g_str_has_suffix (path, ".nii")  ? ".nii"
                                                             : "";

  return g_strdup_printf ("%.*s_phase%s", (int) (length - strlen (extension)), path, extension);
}

gboolean
msm_nifti_write (const char *path, MsmTensor *tensor, const double spacing_mm[3], const MsmGeometry *geometry,
                 const char *text, GError **error)
{
  g_autoptr (MsmTensor) host = msm_tensor_to (tensor, msm_device_host (), error);
  g_autofree char *phase = NULL;
  MsmShape shape;
  const float *v;

  if (host == NULL)
    return FALSE;
  shape = msm_tensor_shape (host);
  if (shape.rank != 4 || shape.dim[1] != 1 || shape.dim[0] > 32767 || shape.dim[2] > 32767 || shape.dim[3] > 32767
      || msm_tensor_dtype (host) == MSM_BF16)
    {
      g_autofree char *found = msm_shape_format (shape);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: cannot write %s as NIfTI, expected [slice, 1, row, column] of at most 32767 each"), path,
                   found);
      return FALSE;
    }
  v = msm_tensor_const_host (host);
  if (msm_tensor_dtype (host) == MSM_F32)
    return write_part (path, v, shape, spacing_mm, geometry, PART_VALUE, text, error);
  phase = msm_nifti_phase_name (path);
  return write_part (path, v, shape, spacing_mm, geometry, PART_MAGNITUDE, text, error)
         && write_part (phase, v, shape, spacing_mm, geometry, PART_PHASE, text, error);
}
