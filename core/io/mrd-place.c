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
  gboolean reverse = (row->flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) != 0;

  if (reverse)
    centre = (gssize) n - 1 - centre;
  /* Files that leave the centre out mean the middle. */
  if (row->center_sample == 0)
    centre = (gssize) (n / 2);
  if (self->centre >= 0 && n == self->usual)
    centre = self->centre;
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
msm_mrd_place (const MsmMrdRows *self, const MsmMrdHeader *row, gsize *line, gsize *part)
{
  gssize p = (gssize) row->line + self->line_shift, k = (gssize) row->partition + self->part_shift;

  *line = (gsize) p;
  *part = (gsize) k;
  return p >= 0 && (gsize) p < self->n_lines && k >= 0 && (gsize) k < self->n_parts;
}

gboolean
msm_mrd_row_in_slice (const MsmMrdRows *self, gsize i, gsize slice, guint8 use)
{
  return self->use[i] == use && self->rows[i].slice == (self->n_parts > 1 ? self->slab : self->slices[slice]);
}

/* The readout's points of the image's k-space that a row covers: [first, end). */
static void
covered_points (const MsmMrdRows *self, const MsmMrdHeader *row, gssize *first, gssize *end)
{
  const double factor = (double) self->n_image / (double) self->n_full;
  const gssize middle = (gssize) (self->n_image / 2), middle_full = (gssize) (self->n_full / 2);
  gssize start;
  gsize n = msm_mrd_placement (self, row, &start);

  *first = (gssize) ceil ((double) (start - middle_full) * factor) + middle;
  *end = (gssize) floor ((double) (start + (gssize) n - 1 - middle_full) * factor) + middle + 1;
  if (n == self->n_full)
    {
      *first = 0;
      *end = (gssize) self->n_image;
    }
  *first = MAX (*first, 0);
  *end = MIN (*end, (gssize) self->n_image);
}

MsmMask *
msm_mrd_cover (MsmScan *scan, gsize slice, guint8 use)
{
  MsmMrdRows *self = scan->priv;
  MsmMask *mask = msm_mask_new (scan->n_readout, scan->n_phase);

  for (gsize i = 0; i < self->n_rows; i++)
    {
      gssize first, end;
      gsize p, k;

      if (!msm_mrd_row_in_slice (self, i, slice, use) || !msm_mrd_place (self, &self->rows[i], &p, &k))
        continue;
      if (self->is_hybrid)
        {
          mask->points[msm_mrd_mirrored (p, self->n_lines, self->rows_against) * self->n_parts
                       + msm_mrd_mirrored (k, self->n_parts, self->columns_against)] = 1;
          continue;
        }
      covered_points (self, &self->rows[i], &first, &end);
      p = msm_mrd_mirrored (p, self->n_lines, self->columns_against);
      for (gssize r = first; r < end; r++)
        mask->points[msm_mrd_mirrored ((gsize) r, self->n_image, self->rows_against) * self->n_lines + p] = 1;
    }
  msm_mask_detect_columns (mask);
  g_free (mask->origin);
  mask->origin = g_strdup ("from the file");
  return mask;
}

MsmMask *
msm_mrd_find_mask (MsmScan *scan, gsize slice)
{
  MsmMask *mask = msm_mrd_cover (scan, slice, MSM_MRD_IMAGING);

  if (msm_mask_is_full (mask))
    g_clear_pointer (&mask, msm_mask_unref);
  return mask;
}

static void
copy_vector (const float from[3], double to[3])
{
  for (int i = 0; i < 3; i++)
    to[i] = from[i];
}

/* The first row of the slice with the number @number, or NULL. */
static const MsmMrdHeader *
first_of (const MsmMrdRows *self, gsize number)
{
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING && self->rows[i].slice == number)
      return &self->rows[i];
  return NULL;
}

/*
 * Where the slices lie along their normal, by their rows: the spacing between neighbours, and the centres of all where
 * they are not one spacing apart in the file's order.
 */
static void
find_positions (MsmScan *scan)
{
  MsmMrdRows *self = scan->priv;
  MsmGeometry *g = &scan->geometry;
  g_autofree double *along = g_new0 (double, self->n_slices);
  double (*centres)[3] = g_malloc0_n (self->n_slices, sizeof *centres);
  double gap = G_MAXDOUBLE;
  gboolean is_even = TRUE;

  for (gsize s = 0; s < self->n_slices; s++)
    {
      const MsmMrdHeader *row = first_of (self, self->slices[s]);

      copy_vector (row->position, centres[s]);
      for (int i = 0; i < 3; i++)
        along[s] += centres[s][i] * g->slice[i];
    }
  for (gsize s = 0; s < self->n_slices; s++)
    for (gsize t = 0; t < self->n_slices; t++)
      if (along[t] - along[s] > 1e-3)
        gap = MIN (gap, along[t] - along[s]);
  if (gap == G_MAXDOUBLE) /* one slice, or positions that nobody wrote */
    {
      g_free (centres);
      return;
    }
  if (along[self->n_slices - 1] < along[0])
    for (int i = 0; i < 3; i++)
      g->slice[i] = -g->slice[i];
  scan->spacing_mm[2] = gap;
  for (gsize s = 0; s < self->n_slices; s++)
    for (int i = 0; i < 3; i++)
      is_even = is_even && fabs (centres[s][i] - centres[0][i] - (double) s * gap * g->slice[i]) < 0.01;
  if (is_even)
    g_clear_pointer (&centres, g_free);
  else
    msm_scan_note (scan, _("The slices do not follow each other in even steps: each has its own position."));
  scan->centres = (gpointer) centres;
}

/* The image runs towards left, posterior and inferior: along which axes it is turned for that. */
static void
turn (MsmScan *scan)
{
  MsmMrdRows *self = scan->priv;
  MsmGeometry *g = &scan->geometry;
  g_autofree char *text = NULL;
  int axes[3];

  msm_geometry_axes (g, axes);
  self->rows_against = msm_geometry_is_reversed (g->row, axes[0]);
  self->columns_against = msm_geometry_is_reversed (g->column, axes[1]);
  for (int i = 0; i < 3; i++)
    {
      g->row[i] *= self->rows_against ? -1 : 1;
      g->column[i] *= self->columns_against ? -1 : 1;
    }
  text = msm_geometry_describe (g);
  msm_scan_note (scan, _("By the direction cosines: %s.%s"), text,
                 msm_geometry_is_lying (g) ? _(" The readout runs across, so the picture lies on its side.") : "");
}

void
msm_mrd_find_orientation (MsmScan *scan)
{
  MsmMrdRows *self = scan->priv;
  MsmGeometry *g = &scan->geometry;
  const char *vendor = g_hash_table_lookup (scan->fields, "systemVendor");
  const MsmMrdHeader *first = first_of (self, self->n_parts > 1 ? self->slab : self->slices[0]);

  copy_vector (self->is_hybrid ? first->phase_dir : first->read_dir, g->row);
  copy_vector (self->is_hybrid ? first->slice_dir : first->phase_dir, g->column);
  copy_vector (self->is_hybrid ? first->read_dir : first->slice_dir, g->slice);
  copy_vector (first->position, g->centre);
  if (!msm_geometry_check (g))
    {
      msm_scan_note (scan, _("There are no direction cosines: the orientation is unknown."));
      return;
    }
  for (gsize s = 0; s < self->n_slices; s++)
    {
      const MsmMrdHeader *row = first_of (self, self->slices[s]);

      for (int i = 0; i < 3; i++)
        if (self->n_parts == 1
            && (fabsf (first->read_dir[i] - row->read_dir[i]) > 1e-3
                || fabsf (first->phase_dir[i] - row->phase_dir[i]) > 1e-3))
          {
            memset (g, 0, sizeof *g);
            msm_scan_note (scan, _("The slices lie in different planes: they are shown as acquired."));
            return;
          }
    }
  self->conjugate = vendor != NULL && g_ascii_strncasecmp (vendor, "siemens", 7) == 0;
  if (self->conjugate)
    msm_scan_note (scan, _("Siemens data are conjugated, as their direction cosines ask for."));
  if (self->n_parts == 1)
    find_positions (scan);
  else
    for (int i = 0; i < 3; i++)
      g->centre[i] -= (double) (scan->n_slices / 2) * scan->spacing_mm[2] * g->slice[i];
  turn (scan);
}
