#include "config.h"

#include "core/io/mrd-rows.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/scan-private.h"

gsize
msm_mrd_placement (const MsmMrdRows *self, const MsmMrdHeader *row, gssize *start)
{
  gsize dropped = (gsize) row->discard_pre + row->discard_post;
  gsize n = row->n_samples > dropped ? row->n_samples - dropped : 0;
  gssize centre = (gssize) row->center_sample - row->discard_pre;

  if ((row->flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) != 0)
    centre = (gssize) n - 1 - centre;
  /* Files that leave the centre out mean the middle. */
  if (row->center_sample == 0)
    centre = (gssize) (n / 2);
  *start = (gssize) (self->n_full / 2) - centre;
  /* Of a reversed full line the centre n − 1 − n/2 would lose a sample: a whole line fills the grid. */
  if (n == self->n_full)
    *start = 0;
  return n;
}

gsize
msm_mrd_mirrored (gsize at, gsize n, gboolean mirror)
{
  return mirror ? (2 * (n / 2) + n - at) % n : at;
}

gboolean
msm_mrd_line_of (const MsmScan *scan, const MsmMrdHeader *row, gsize *line)
{
  const MsmMrdRows *self = scan->priv;
  gssize p = (gssize) row->line + self->line_shift;

  *line = (gsize) p;
  return p >= 0 && (gsize) p < scan->n_phase && row->partition < self->n_parts;
}

gboolean
msm_mrd_row_in_slice (const MsmScan *scan, gsize i, gsize slice)
{
  const MsmMrdRows *self = scan->priv;

  return self->use[i] && self->rows[i].slice == (self->n_parts > 1 ? self->slab : slice);
}

/*
 * Of a volume every line must have all its partitions, or the transform along them would fold what is missing into the
 * slices. FALSE with MSM_ERROR_UNSUPPORTED.
 */
static gboolean
check_partitions (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  g_autofree guint8 *seen = g_try_new0 (guint8, scan->n_phase * self->n_parts);
  gsize n_lines = 0, n_seen = 0;

  if (seen == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for a table of its lines"),
                   scan->path);
      return FALSE;
    }
  for (gsize i = 0; i < self->n_rows; i++)
    {
      gsize p;

      if (msm_mrd_row_in_slice (scan, i, 0) && msm_mrd_line_of (scan, &self->rows[i], &p))
        seen[p * self->n_parts + self->rows[i].partition] = 1;
    }
  for (gsize p = 0; p < scan->n_phase; p++)
    {
      gsize n = 0;

      for (gsize k = 0; k < self->n_parts; k++)
        n += seen[p * self->n_parts + k];
      n_lines += n > 0;
      n_seen += n;
    }
  if (n_seen == n_lines * self->n_parts)
    return TRUE;
  g_set_error (
      error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
      _("%s: a volume that is undersampled along its partitions: %zu of %zu points of its lines were acquired; "
         "expected every partition of each line"),
      scan->path, n_seen, n_lines * self->n_parts);
  return FALSE;
}

gboolean
msm_mrd_find_mask (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  g_autoptr (MsmMask) mask = msm_mask_new (scan->n_readout, scan->n_phase);
  double factor = (double) scan->n_readout / (double) self->n_full;
  gsize n_outside = 0, n_short = 0;

  if (self->n_parts > 1 && !check_partitions (scan, error))
    return FALSE;
  for (gsize i = 0; i < self->n_rows; i++)
    {
      gssize start, first, end;
      gsize n, p;

      if (!msm_mrd_row_in_slice (scan, i, scan->n_slices / 2))
        continue;
      if (!msm_mrd_line_of (scan, &self->rows[i], &p))
        {
          n_outside++;
          continue;
        }
      n = msm_mrd_placement (self, &self->rows[i], &start);
      n_short += n < self->n_full;
      first = (gssize) ceil (((double) start - (double) (self->n_full / 2)) * factor) + (gssize) (scan->n_readout / 2);
      end = (gssize) floor (((double) start + (double) n - 1 - (double) (self->n_full / 2)) * factor)
            + (gssize) (scan->n_readout / 2) + 1;
      if (n == self->n_full)
        {
          first = 0;
          end = (gssize) scan->n_readout;
        }
      for (gssize r = MAX (first, 0); r < MIN (end, (gssize) scan->n_readout); r++)
        mask->points[msm_mrd_mirrored ((gsize) r, scan->n_readout, self->rows_against) * scan->n_phase
                     + msm_mrd_mirrored (p, scan->n_phase, self->columns_against)] = 1;
    }
  if (n_outside > 0)
    msm_scan_note (scan, _("%zu lines of the middle slice lie outside the matrix and are skipped."), n_outside);
  if (n_short > 0)
    msm_scan_note (scan,
                   _("%zu readouts of the middle slice are shorter than the matrix (asymmetric echo): the rest "
                      "counts as not acquired."),
                   n_short);
  msm_mask_detect_columns (mask);
  if (msm_mask_count (mask) == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the middle slice has no line inside the matrix"),
                   scan->path);
      return FALSE;
    }
  if (!msm_mask_is_full (mask))
    {
      g_free (mask->origin);
      mask->origin = g_strdup ("from the file");
      scan->mask = g_steal_pointer (&mask);
    }
  return TRUE;
}

static void
copy_vector (const float from[3], double to[3])
{
  for (int i = 0; i < 3; i++)
    to[i] = from[i];
}

void
msm_mrd_find_orientation (MsmScan *scan)
{
  MsmMrdRows *self = scan->priv;
  MsmGeometry *g = &scan->geometry;
  const char *vendor = g_hash_table_lookup (scan->fields, "systemVendor");
  const MsmMrdHeader *first = NULL, *last = NULL;
  g_autofree char *text = NULL;
  double along = 0;
  int axes[3];

  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];

      if (!self->use[i] || (self->n_parts > 1 && row->slice != self->slab))
        continue;
      if (first == NULL || row->slice < first->slice)
        first = row;
      if (last == NULL || row->slice > last->slice)
        last = row;
    }
  if (first == NULL)
    return;
  copy_vector (first->read_dir, g->row);
  copy_vector (first->phase_dir, g->column);
  copy_vector (first->slice_dir, g->slice);
  copy_vector (first->position, g->centre);
  if (!msm_geometry_check (g))
    {
      msm_scan_note (scan, _("There are no direction cosines: the orientation is unknown."));
      return;
    }
  for (int i = 0; i < 3; i++)
    if (fabsf (first->read_dir[i] - last->read_dir[i]) > 1e-3
        || fabsf (first->phase_dir[i] - last->phase_dir[i]) > 1e-3)
      {
        memset (g, 0, sizeof *g);
        msm_scan_note (scan, _("The slices lie in different planes: they are shown as acquired."));
        return;
      }
  self->conjugate = vendor != NULL && g_ascii_strncasecmp (vendor, "siemens", 7) == 0;
  if (self->conjugate)
    msm_scan_note (scan, _("Siemens data are conjugated, as their direction cosines ask for."));
  for (int i = 0; i < 3; i++)
    {
      along += (last->position[i] - first->position[i]) * g->slice[i];
      if (self->n_parts > 1)
        g->centre[i] -= (double) (self->n_parts / 2) * scan->spacing_mm[2] * first->slice_dir[i];
    }
  msm_geometry_axes (g, axes);
  self->rows_against = msm_geometry_is_reversed (g->row, axes[0]);
  self->columns_against = msm_geometry_is_reversed (g->column, axes[1]);
  for (int i = 0; i < 3; i++)
    {
      g->row[i] *= self->rows_against ? -1 : 1;
      g->column[i] *= self->columns_against ? -1 : 1;
      g->slice[i] *= along < 0 ? -1 : 1;
    }
  text = msm_geometry_describe (g);
  msm_scan_note (scan, _("By the direction cosines: %s.%s"), text,
                 msm_geometry_is_lying (g) ? _(" The readout runs across, so the picture lies on its side.") : "");
}
