#include "config.h"

#include "core/io/mrd-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/scan-private.h"

static gboolean
read_rows (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  MsmH5Info info = { 0 };

  if (!msm_h5_info (scan->h5, self->data, &info, error))
    return FALSE;
  if (info.kind != MSM_H5_COMPOUND || info.rank != 1 || info.dim[0] < 1 || info.dim[0] > 20000000)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: dataset ‘%s’ is not a list of acquisitions {head, traj, data}"), scan->path, self->data);
      return FALSE;
    }
  self->n_rows = info.dim[0];
  self->rows = g_try_new0 (MsmMrdHeader, self->n_rows);
  self->use = g_try_new0 (guint8, self->n_rows);
  if (self->rows == NULL || self->use == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for %zu headers"), scan->path,
                   self->n_rows);
      return FALSE;
    }
  for (gsize first = 0; first < self->n_rows; first += 4096)
    if (!msm_h5_mrd_headers (scan->h5, self->data, first, MIN (4096, self->n_rows - first), self->rows + first, error))
      return FALSE;
  return TRUE;
}

/* Marks the imaging lines and notes what else there was. */
static gboolean
classify (MsmScan *scan, gboolean is_separate, GError **error)
{
  static const struct
  {
    int bit;
    const char *what;
  } skipped[] = {
    { 19, N_("noise") },
    { MSM_MRD_CALIBRATION, N_("calibration") },
    { 23, N_("navigation") },
    { 24, N_("phase-correction") },
    { 26, N_("feedback") },
    { 27, N_("dummy") },
    { 28, N_("real-time feedback") },
    { 29, N_("surface-coil correction") },
    { 30, N_("phase-stabilisation reference") },
    { 31, N_("phase-stabilisation") },
  };
  MsmMrdRows *self = scan->priv;
  gsize n_skipped[G_N_ELEMENTS (skipped)] = { 0 };
  gsize n_other = 0, n_used = 0, n_reversed = 0, n_calibration = 0, n_embedded = 0, n_maps = 0;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];
      gsize k = 0;

      while (k < G_N_ELEMENTS (skipped) && (row->flags & MSM_MRD_FLAG (skipped[k].bit)) == 0)
        k++;
      /* Unless they are of their own acquisition, calibration lines are the missing lines of the centre. */
      if (k < G_N_ELEMENTS (skipped) && skipped[k].bit == MSM_MRD_CALIBRATION && row->encoding == 0)
        {
          n_embedded += !is_separate;
          if (is_separate)
            {
              self->use[i] = MSM_MRD_COIL_MAPS;
              n_maps++;
              continue;
            }
          k = G_N_ELEMENTS (skipped);
        }
      if (k < G_N_ELEMENTS (skipped))
        n_skipped[k]++;
      else if (row->encoding != 0)
        n_other++;
      else
        {
          self->use[i] = MSM_MRD_IMAGING;
          n_used++;
          n_reversed += (row->flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) != 0;
          n_calibration += (row->flags & MSM_MRD_FLAG (21)) != 0;
        }
    }
  for (gsize k = 0; k < G_N_ELEMENTS (skipped); k++)
    if (n_skipped[k] > 0)
      msm_scan_note (scan, _("%zu %s readouts are not imaging lines."), n_skipped[k], _(skipped[k].what));
  if (n_other > 0)
    msm_scan_note (scan, _("%zu readouts of other encodings are skipped."), n_other);
  if (n_reversed > 0)
    msm_scan_note (scan, _("%zu reversed readouts are flipped."), n_reversed);
  if (n_calibration > 0)
    msm_scan_note (scan, _("%zu imaging lines serve for calibration too."), n_calibration);
  if (n_embedded > 0)
    msm_scan_note (scan, _("%zu calibration lines fill the centre."), n_embedded);
  if (n_maps > 0)
    msm_scan_note (scan, _("%zu lines of a separate calibration serve for the coil maps alone."), n_maps);
  if (n_used == 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: none of %zu readouts is an imaging line"), scan->path,
                 self->n_rows);
  return n_used > 0;
}

/* The values that a counter of the imaging lines takes, in order. (transfer full) */
static guint16 *
find_values (const MsmMrdRows *self, gsize offset, gsize *n)
{
  g_autofree guint8 *seen = g_new0 (guint8, G_MAXUINT16 + 1);
  guint16 *values;

  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING)
      seen[G_STRUCT_MEMBER (guint16, &self->rows[i], offset)] = 1;
  *n = 0;
  for (gsize v = 0; v <= G_MAXUINT16; v++)
    *n += seen[v];
  values = g_new (guint16, MAX (*n, 1));
  *n = 0;
  for (gsize v = 0; v <= G_MAXUINT16; v++)
    if (seen[v])
      values[(*n)++] = (guint16) v;
  return values;
}

/* Repetition, contrast, set, cardiac phase: one of each is kept. */
static gboolean
choose_indices (MsmScan *scan, GError **error)
{
  static const struct
  {
    const char *name;
    gsize offset;
  } axes[] = {
    { "repetition", G_STRUCT_OFFSET (MsmMrdHeader, repetition) },
    { "contrast", G_STRUCT_OFFSET (MsmMrdHeader, contrast) },
    { "set", G_STRUCT_OFFSET (MsmMrdHeader, set) },
    { "phase", G_STRUCT_OFFSET (MsmMrdHeader, phase) },
  };
  MsmMrdRows *self = scan->priv;
  gsize n_averages = 0;

  for (gsize a = 0; a < G_N_ELEMENTS (axes); a++)
    {
      gsize n = 0, index = 0;
      g_autofree guint16 *values = find_values (self, axes[a].offset, &n);

      if (!msm_scan_choose_index (scan, axes[a].name, n, &index, error))
        return FALSE;
      for (gsize i = 0; i < self->n_rows; i++)
        if (self->use[i] == MSM_MRD_IMAGING
            && G_STRUCT_MEMBER (guint16, &self->rows[i], axes[a].offset) != values[index])
          self->use[i] = MSM_MRD_SKIPPED;
    }
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING)
      n_averages = MAX (n_averages, (gsize) self->rows[i].average + 1);
  if (n_averages > 1)
    msm_scan_note (scan, _("%zu averages are summed and divided."), n_averages);
  return TRUE;
}

static gsize
samples_of (const MsmMrdHeader *row)
{
  const gsize dropped = (gsize) row->discard_pre + row->discard_post;

  return row->n_samples > dropped ? row->n_samples - dropped : 0;
}

/* What most of the imaging lines have, of equals the largest: a stray readout must not decide. 0: there are none. */
static gsize
most_common (const gsize *count)
{
  gsize best = 0;

  for (gsize n = 1; n <= G_MAXUINT16; n++)
    if (count[n] > 0 && count[n] >= count[best])
      best = n;
  return best;
}

static gsize
usual_coils (const MsmMrdRows *self)
{
  g_autofree gsize *count = g_new0 (gsize, G_MAXUINT16 + 1);

  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING && samples_of (&self->rows[i]) > 0)
      count[self->rows[i].n_coils]++;
  return most_common (count);
}

static gsize
usual_samples (const MsmMrdRows *self, gsize n_coils)
{
  g_autofree gsize *count = g_new0 (gsize, G_MAXUINT16 + 1);

  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING && self->rows[i].n_coils == n_coils)
      count[samples_of (&self->rows[i])]++;
  return most_common (count);
}

/* How well a row is suited for its place; the best are averaged, the others skipped. */
static guint8
rank (const MsmMrdRows *self, const MsmMrdHeader *row)
{
  const gboolean is_calibration = (row->flags & MSM_MRD_FLAG (MSM_MRD_CALIBRATION)) != 0;

  return samples_of (row) != self->usual ? 1 : is_calibration ? 2 : 3;
}

/*
 * Where a whole imaging line was acquired, a reference line without a flag, of another length, or a calibration line of
 * the same place has another contrast: it must not be averaged in.
 */
static gboolean
skip_doubles (MsmScan *scan, gsize n_lines, gsize n_parts, GError **error)
{
  MsmMrdRows *self = scan->priv;
  const double n_cells = (double) n_lines * n_parts * self->n_slices;
  g_autofree guint8 *best = n_cells < 1e9 ? g_try_malloc0 ((gsize) n_cells) : NULL;
  g_autofree guint32 *index = g_new0 (guint32, G_MAXUINT16 + 1);
  gsize n_skipped = 0;

  if (best == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for a table of its lines"),
                   scan->path);
      return FALSE;
    }
  for (gsize s = 0; s < self->n_slices; s++)
    index[self->slices[s]] = (guint32) s;
  for (int pass = 0; pass < 2; pass++)
    for (gsize i = 0; i < self->n_rows; i++)
      {
        const MsmMrdHeader *row = &self->rows[i];
        guint8 *cell;

        if (self->use[i] != MSM_MRD_IMAGING)
          continue;
        cell = &best[((gsize) index[row->slice] * n_parts + row->partition) * n_lines + row->line];
        if (pass == 0)
          *cell = MAX (*cell, rank (self, row));
        else if (rank (self, row) < *cell)
          {
            self->use[i] = MSM_MRD_SKIPPED;
            n_skipped++;
          }
      }
  if (n_skipped > 0)
    msm_scan_note (scan,
                   _("%zu readouts of another length than %zu samples, or for calibration, are skipped: their lines "
                      "are there in full."),
                   n_skipped, self->usual);
  return TRUE;
}

/* Leaves the rows that fit among each other, and how far their counters go. */
static gboolean
choose_rows (MsmScan *scan, gsize *n_lines, gsize *n_parts, GError **error)
{
  MsmMrdRows *self = scan->priv;
  const gsize n_coils = usual_coils (self);
  gsize n_odd = 0;

  self->usual = usual_samples (self, n_coils);
  *n_lines = *n_parts = 0;
  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];

      if (self->use[i] == MSM_MRD_SKIPPED)
        continue;
      if (samples_of (row) == 0 || row->n_coils != n_coils || samples_of (row) > self->usual)
        {
          self->use[i] = MSM_MRD_SKIPPED;
          n_odd++;
          continue;
        }
      if (self->use[i] != MSM_MRD_IMAGING)
        continue;
      *n_lines = MAX (*n_lines, (gsize) row->line + 1);
      *n_parts = MAX (*n_parts, (gsize) row->partition + 1);
    }
  if (n_odd > 0)
    msm_scan_note (scan,
                   _("%zu readouts without samples, of more than %zu, or of another number of coils than %zu, are "
                      "skipped."),
                   n_odd, self->usual, n_coils);
  if (self->usual == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: no imaging line has samples: expected a complex sample for each coil and point"),
                   scan->path);
      return FALSE;
    }
  scan->n_channels = n_coils;
  g_free (self->slices);
  self->slices = find_values (self, G_STRUCT_OFFSET (MsmMrdHeader, slice), &self->n_slices);
  return skip_doubles (scan, *n_lines, *n_parts, error);
}

/* TRUE when the lines of the usual length have their centre in the middle, as a whole readout does. */
static gboolean
is_centred (const MsmMrdRows *self)
{
  for (gsize i = 0; i < self->n_rows; i++)
    {
      const gssize centre = (gssize) self->rows[i].center_sample - self->rows[i].discard_pre;

      if (self->use[i] == MSM_MRD_IMAGING && samples_of (&self->rows[i]) == self->usual
          && self->rows[i].center_sample != 0 && ABS (centre - (gssize) (self->usual / 2)) > 1)
        return FALSE;
    }
  return TRUE;
}

/* How much wider the readout's field of view is than the image's, by what the samples are, not the header alone. */
static double
find_oversampling (MsmScan *scan, const MsmMrdXml *xml)
{
  MsmMrdRows *self = scan->priv;
  double ratio = 1;

  self->n_full = MAX (xml->encoded[0], self->usual);
  if (xml->encoded_mm[0] > 0 && xml->recon_mm[0] > 0 && xml->encoded_mm[0] > 1.01 * xml->recon_mm[0])
    {
      ratio = xml->encoded_mm[0] / xml->recon_mm[0];
      if (self->usual < self->n_full && is_centred (self)
          && ABS ((double) self->usual - (double) self->n_full / ratio) < 0.75)
        {
          msm_scan_note (scan,
                         _("The readouts have %zu samples, not the %zu of the header, around their centre: their "
                            "oversampling was removed already."),
                         self->usual, self->n_full);
          self->n_full = self->usual;
          ratio = 1;
        }
    }
  else if (xml->encoded[0] > 0 && self->usual == 2 * xml->encoded[0])
    {
      ratio = 2;
      msm_scan_note (scan, _("Readouts are twice as long as the header says: taken for oversampling."));
    }
  self->n_image = MAX ((gsize) (self->n_full / ratio + 0.5), 1);
  return ratio;
}

/* Of a volume: whether some line lacks a partition that others have, or that the matrix has. */
static gboolean
lacks_partitions (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  g_autofree guint8 *seen = g_try_new0 (guint8, (G_MAXUINT16 + 1) * self->n_parts);
  gsize n_seen = 0, n_lines = 0;

  if (seen == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for a table of its lines"),
                   scan->path);
      return FALSE;
    }
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING && self->rows[i].slice == self->slab && self->rows[i].partition < self->n_parts)
      seen[self->rows[i].line * self->n_parts + self->rows[i].partition] = 1;
  for (gsize line = 0; line <= G_MAXUINT16; line++)
    {
      gsize n = 0;

      for (gsize k = 0; k < self->n_parts; k++)
        n += seen[line * self->n_parts + k];
      n_seen += n;
      n_lines += n > 0;
    }
  return n_seen < n_lines * self->n_parts;
}

/* Planes, slices and spacing of a volume. @mm: of a readout position, a line, a partition */
static gboolean
lay_out_volume (MsmScan *scan, const double mm[3], GError **error)
{
  MsmMrdRows *self = scan->priv;
  GError *failure = NULL;
  gsize index = 0;

  if (!msm_scan_choose_index (scan, "slab", self->n_slices, &index, error))
    return FALSE;
  self->slab = self->slices[index];
  self->is_hybrid = lacks_partitions (scan, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (!self->is_hybrid)
    {
      scan->n_slices = self->n_parts;
      msm_scan_note (scan, _("A volume: transformed along its %zu partitions, which become the slices."),
                     self->n_parts);
      return TRUE;
    }
  scan->n_slices = self->n_image;
  scan->n_readout = self->n_lines;
  scan->n_phase = self->n_parts;
  for (int i = 0; i < 3; i++)
    scan->spacing_mm[i] = mm[(i + 1) % 3];
  msm_scan_note (scan,
                 _("A volume that is undersampled along its partitions: transformed along the readout, whose %zu "
                    "positions become the slices; the planes are %zu lines × %zu partitions."),
                 self->n_image, self->n_lines, self->n_parts);
  return TRUE;
}

static gboolean
measure (MsmScan *scan, const MsmMrdXml *xml, GError **error)
{
  MsmMrdRows *self = scan->priv;
  gsize n_lines, n_parts;
  double ratio, mm[3];

  if (!choose_rows (scan, &n_lines, &n_parts, error))
    return FALSE;
  ratio = find_oversampling (scan, xml);
  self->n_lines = xml->encoded[1] > 0 ? xml->encoded[1] : n_lines;
  self->n_parts = n_parts > 1 ? MAX (n_parts, xml->encoded[2]) : 1;
  self->line_shift = xml->has_line_limits ? (gssize) (self->n_lines / 2) - (gssize) xml->line_center : 0;
  self->part_shift =
      self->n_parts > 1 && xml->has_part_limits ? (gssize) (self->n_parts / 2) - (gssize) xml->part_center : 0;
  self->centre = -1;
  mm[0] = xml->encoded_mm[0] > 0 ? xml->encoded_mm[0] / ratio / (double) self->n_image : 0;
  if (self->n_full < xml->encoded[0] && xml->recon_mm[0] > 0)
    mm[0] = xml->recon_mm[0] / (double) self->n_image;
  mm[1] = xml->encoded_mm[1] > 0 ? xml->encoded_mm[1] / (double) self->n_lines : 0;
  mm[2] = xml->encoded_mm[2] / (double) self->n_parts;
  scan->n_readout = self->n_image;
  scan->n_phase = self->n_lines;
  scan->n_slices = self->n_slices;
  memcpy (scan->spacing_mm, mm, sizeof mm);
  if (!msm_scan_check_size (scan, MAX (scan->n_slices, self->n_parts), scan->n_channels, self->n_full, self->n_lines,
                            error)
      || !msm_scan_check_size (scan, 1, scan->n_channels, self->n_parts, self->n_lines, error))
    return FALSE;
  if (self->n_parts > 1)
    {
      if (!lay_out_volume (scan, mm, error))
        return FALSE;
    }
  else if (self->slices[self->n_slices - 1] != self->n_slices - 1)
    msm_scan_note (scan, _("The file numbers its slices %u … %u, with gaps: here they are 0 … %zu."), self->slices[0],
                   self->slices[self->n_slices - 1], self->n_slices - 1);
  if (self->n_image < self->n_full)
    msm_scan_note (scan, _("Readout oversampling is removed: %zu → %zu samples."), self->n_full, self->n_image);
  if (!self->is_hybrid && xml->recon_mm[1] > 0 && xml->encoded_mm[1] > 1.01 * xml->recon_mm[1])
    {
      scan->crop_phase = MAX ((gsize) (scan->n_phase * xml->recon_mm[1] / xml->encoded_mm[1] + 0.5), 1);
      scan->crop_readout = scan->n_readout;
    }
  return TRUE;
}

/* Some slices may have lost all their lines to the matrix. */
static gboolean
count_slices (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  gboolean has_slab = self->n_parts == 1;

  g_free (self->slices);
  self->slices = find_values (self, G_STRUCT_OFFSET (MsmMrdHeader, slice), &self->n_slices);
  for (gsize s = 0; s < self->n_slices; s++)
    has_slab = has_slab || self->slices[s] == self->slab;
  if (self->n_slices == 0 || !has_slab)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: no line lies inside the matrix of %zu lines"),
                   scan->path, self->n_lines);
      return FALSE;
    }
  if (self->n_parts == 1)
    scan->n_slices = self->n_slices;
  return TRUE;
}

gboolean
msm_mrd_read_rows (MsmScan *scan, const MsmMrdXml *xml, GError **error)
{
  return read_rows (scan, error) && classify (scan, xml->has_separate_calibration, error)
         && choose_indices (scan, error) && measure (scan, xml, error) && msm_mrd_check_centres (scan, error)
         && count_slices (scan, error);
}
