#include "config.h"

#include "core/io/geometry.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

void
msm_geometry_axes (const MsmGeometry *self, int axes[3])
{
  static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  double best = -1;

  for (int i = 0; i < 6; i++)
    {
      const int *order = orders[i];
      double sum = fabs (self->row[order[0]]) + fabs (self->column[order[1]]) + fabs (self->slice[order[2]]);

      if (sum > best)
        {
          best = sum;
          memcpy (axes, order, sizeof orders[i]);
        }
    }
}

gboolean
msm_geometry_is_reversed (const double direction[3], int axis)
{
  /* +z is superior, but pictures have the head on top. */
  return axis == 2 ? direction[axis] > 0 : direction[axis] < 0;
}

gboolean
msm_geometry_is_lying (const MsmGeometry *self)
{
  int axes[3];

  msm_geometry_axes (self, axes);
  /* Columns go across: left–right, or in a sagittal plane anterior–posterior. */
  return self->is_known && axes[1] != (axes[2] == 0 ? 1 : 0);
}

gboolean
msm_geometry_edges (const MsmGeometry *self, char edges[5])
{
  /* What lies towards − and + of x, y, z. */
  static const char letters[3][2] = { { 'R', 'L' }, { 'A', 'P' }, { 'F', 'H' } };
  int axes[3];

  if (!self->is_known)
    return FALSE;
  msm_geometry_axes (self, axes);
  edges[0] = letters[axes[1]][self->column[axes[1]] < 0];
  edges[1] = letters[axes[1]][self->column[axes[1]] >= 0];
  edges[2] = letters[axes[0]][self->row[axes[0]] < 0];
  edges[3] = letters[axes[0]][self->row[axes[0]] >= 0];
  edges[4] = '\0';
  return TRUE;
}

gboolean
msm_geometry_check (MsmGeometry *self)
{
  const double *r = self->row, *c = self->column, *s = self->slice;
  double volume =
      r[0] * (c[1] * s[2] - c[2] * s[1]) - r[1] * (c[0] * s[2] - c[2] * s[0]) + r[2] * (c[0] * s[1] - c[1] * s[0]);
  gboolean ok = isfinite (volume) && fabs (volume) > 0.5;

  for (int i = 0; i < 3; i++)
    ok = ok && isfinite (self->centre[i]) && fabs (r[i]) < 1.01 && fabs (c[i]) < 1.01 && fabs (s[i]) < 1.01;
  if (!ok)
    memset (self, 0, sizeof *self);
  self->is_known = ok;
  return ok;
}

MsmGeometry
msm_geometry_of_slice (const MsmGeometry *self, gsize index, double spacing_mm)
{
  MsmGeometry slice = *self;

  for (int i = 0; i < 3; i++)
    slice.centre[i] += (double) index * spacing_mm * self->slice[i];
  return slice;
}

char *
msm_geometry_describe (const MsmGeometry *self)
{
  static const char *const planes[] = { N_("sagittal"), N_("coronal"), N_("axial") };
  static const char *const ends[3][2] = { { N_("right"), N_("left") },
                                          { N_("anterior"), N_("posterior") },
                                          { N_("inferior"), N_("superior") } };
  int axes[3];
  gboolean back[3];

  if (!self->is_known)
    return g_strdup (_("unknown"));
  msm_geometry_axes (self, axes);
  back[0] = self->row[axes[0]] < 0;
  back[1] = self->column[axes[1]] < 0;
  back[2] = self->slice[axes[2]] < 0;
  return g_strdup_printf (_("%s: rows %s → %s, columns %s → %s, slices %s → %s"), _(planes[axes[2]]),
                          _(ends[axes[0]][back[0]]), _(ends[axes[0]][!back[0]]), _(ends[axes[1]][back[1]]),
                          _(ends[axes[1]][!back[1]]), _(ends[axes[2]][back[2]]), _(ends[axes[2]][!back[2]]));
}

void
msm_geometry_span (MsmGeometry *self, const double (*centres)[3], gsize n, double *spacing_mm)
{
  double way[3], length = 0;

  memcpy (self->centre, centres[0], sizeof self->centre);
  for (int i = 0; i < 3; i++)
    {
      way[i] = centres[n - 1][i] - centres[0][i];
      length += way[i] * way[i];
    }
  length = sqrt (length);
  if (n < 2 || !(length > 0))
    return;
  *spacing_mm = length / (double) (n - 1);
  for (int i = 0; i < 3; i++)
    self->slice[i] = way[i] / length;
}
