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

void
msm_nifti_plane_init (MsmNiftiPlane *self, const nifti_image *image, MsmScan *scan)
{
  MsmGeometry *g = &scan->geometry;
  const mat44 *matrix = image->sform_code > 0 ? &image->sto_xyz : &image->qto_xyz;
  double at[3];
  int axes[3];

  /* Unknown: rows against the second axis, so that the anterior side of the usual axial image is on top. */
  self->rows_against = TRUE;
  if (image->sform_code <= 0 && image->qform_code <= 0)
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
    g->centre[i] = (matrix->m[i][0] * at[0] + matrix->m[i][1] * at[1] + matrix->m[i][3]) * (i < 2 ? -1 : 1);
}
