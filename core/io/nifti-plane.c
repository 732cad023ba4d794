#include "config.h"

#include "core/io/nifti-plane.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Unit vector of a file's axis, RAS → LPS. */
static void
get_direction (const mat44 *matrix, int axis, double direction[3])
{
  double length = 0;

  for (int i = 0; i < 3; i++)
    {
      direction[i] = matrix->m[i][axis] * (i < 2 ? -1 : 1);
      length += direction[i] * direction[i];
    }
  for (int i = 0; i < 3; i++)
    direction[i] /= sqrt (length);
}

static void
negate (double v[3])
{
  for (int i = 0; i < 3; i++)
    v[i] = -v[i];
}

/* Millimetres in the header's unit of length. */
static double
unit_mm (const nifti_image *image)
{
  return image->xyz_units == NIFTI_UNITS_METER ? 1000 : image->xyz_units == NIFTI_UNITS_MICRON ? 1e-3 : 1;
}

/* The length of a voxel's step along @axis; 0 where the matrix is damaged. */
static double
step_of (const mat44 *matrix, int axis)
{
  double sum = 0;

  for (int i = 0; i < 3; i++)
    sum += (double) matrix->m[i][axis] * matrix->m[i][axis];
  return isfinite (sum) ? sqrt (sum) : 0;
}

static gboolean
is_usable (const mat44 *matrix)
{
  return step_of (matrix, 0) > 0 && step_of (matrix, 1) > 0 && step_of (matrix, 2) > 0;
}

/* The sform, which says more than the voxel sizes do; the qform where that is not set, or empty; NULL: neither. */
static const mat44 *
choose_matrix (const nifti_image *image)
{
  if (image->sform_code > 0 && is_usable (&image->sto_xyz))
    return &image->sto_xyz;
  return image->qform_code > 0 && is_usable (&image->qto_xyz) ? &image->qto_xyz : NULL;
}

/* By the matrix; the voxel sizes of the header say it where there is none. */
static void
find_spacing (const nifti_image *image, const mat44 *matrix, MsmScan *scan)
{
  const double pixdim[3] = { fabs (image->dy), fabs (image->dx), fabs (image->dz) };
  static const int axes[3] = { 1, 0, 2 };

  for (int i = 0; i < 3; i++)
    {
      const double step = matrix != NULL ? step_of (matrix, axes[i]) : pixdim[i];

      scan->spacing_mm[i] = isfinite (step) ? step * unit_mm (image) : 0;
      if (matrix != NULL && isfinite (pixdim[i]) && fabs (step - pixdim[i]) > 1e-3 * step)
        msm_scan_note (scan, _("The header's voxel size along axis %d is %g, its sform says %g: the sform counts."),
                       axes[i] + 1, pixdim[i], step);
    }
}

void
msm_nifti_plane_init (MsmNiftiPlane *self, const nifti_image *image, MsmScan *scan)
{
  MsmGeometry *g = &scan->geometry;
  const mat44 *matrix = choose_matrix (image);
  double at[3];
  int axes[3];

  find_spacing (image, matrix, scan);
  /* Unknown: rows against the second axis, so that the anterior side of the usual axial image is on top. */
  self->rows_against = TRUE;
  if (matrix == NULL)
    {
      msm_scan_note (scan, _("Neither qform nor sform is set: the orientation is unknown. Rows run against the second "
                              "axis."));
      return;
    }
  get_direction (matrix, 1, g->row);
  get_direction (matrix, 0, g->column);
  get_direction (matrix, 2, g->slice);
  if (!msm_geometry_check (g))
    {
      msm_scan_note (scan, _("The header's orientation is no rotation: the orientation is unknown."));
      return;
    }
  self->is_transposed = msm_geometry_is_lying (g);
  if (self->is_transposed)
    {
      gsize n = scan->n_readout;
      double spacing = scan->spacing_mm[0];

      scan->n_readout = scan->n_phase;
      scan->n_phase = n;
      scan->spacing_mm[0] = scan->spacing_mm[1];
      scan->spacing_mm[1] = spacing;
      get_direction (matrix, 0, g->row);
      get_direction (matrix, 1, g->column);
    }
  msm_geometry_axes (g, axes);
  self->rows_against = msm_geometry_is_reversed (g->row, axes[0]);
  self->columns_against = msm_geometry_is_reversed (g->column, axes[1]);
  if (self->rows_against)
    negate (g->row);
  if (self->columns_against)
    negate (g->column);
  at[self->is_transposed ? 0 : 1] =
      self->rows_against ? (scan->n_readout - 1) - scan->n_readout / 2 : scan->n_readout / 2;
  at[self->is_transposed ? 1 : 0] = self->columns_against ? (scan->n_phase - 1) - scan->n_phase / 2 : scan->n_phase / 2;
  for (int i = 0; i < 3; i++)
    g->centre[i] =
        (matrix->m[i][0] * at[0] + matrix->m[i][1] * at[1] + matrix->m[i][3]) * (i < 2 ? -1 : 1) * unit_mm (image);
}
