#include "config.h"

#include "core/io/mrd-rows.h"

#include <glib/gi18n-lib.h>

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
classify (MsmScan *scan, gboolean with_calibration, GError **error)
{
  static const struct
  {
    int bit;
    const char *what;
  } skipped[] = {
    { 19, N_("noise") },
    { 20, N_("separate calibration") },
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
  gsize n_other = 0, n_used = 0, n_reversed = 0, n_calibration = 0, n_embedded = 0;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];
      gsize k = 0;

      while (k < G_N_ELEMENTS (skipped) && (row->flags & MSM_MRD_FLAG (skipped[k].bit)) == 0)
        k++;
      /* Embedded calibration lines are the same acquisition's missing lines of the centre. */
      if (k < G_N_ELEMENTS (skipped) && skipped[k].bit == MSM_MRD_CALIBRATION && with_calibration)
        {
          k = G_N_ELEMENTS (skipped);
          n_embedded++;
        }
      if (k < G_N_ELEMENTS (skipped))
        n_skipped[k]++;
      else if (row->encoding != 0)
        n_other++;
      else
        {
          self->use[i] = 1;
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
    msm_scan_note (scan, _("%zu embedded calibration lines fill the centre."), n_embedded);
  if (n_used == 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: none of %zu readouts is an imaging line"), scan->path,
                 self->n_rows);
  return n_used > 0;
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

      for (gsize i = 0; i < self->n_rows; i++)
        if (self->use[i])
          n = MAX (n, (gsize) G_STRUCT_MEMBER (guint16, &self->rows[i], axes[a].offset) + 1);
      if (n == 0)
        break;
      if (!msm_scan_choose_index (scan, axes[a].name, n, &index, error))
        return FALSE;
      for (gsize i = 0; i < self->n_rows; i++)
        self->use[i] = self->use[i] && G_STRUCT_MEMBER (guint16, &self->rows[i], axes[a].offset) == index;
    }
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i])
      n_averages = MAX (n_averages, (gsize) self->rows[i].average + 1);
  if (n_averages > 1)
    msm_scan_note (scan, _("%zu averages are summed and divided."), n_averages);
  if (n_averages == 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: no readout has the chosen indices"), scan->path);
  return n_averages > 0;
}

/* The number of coils that most of the lines in use have: a stray readout of another must not decide. */
static gsize
usual_coils (const MsmMrdRows *self)
{
  g_autofree gsize *count = g_new0 (gsize, G_MAXUINT16 + 1);
  gsize best = 0;

  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] && self->rows[i].n_coils > 0)
      count[self->rows[i].n_coils]++;
  for (gsize n = 1; n <= G_MAXUINT16; n++)
    if (count[n] > count[best])
      best = n;
  return best;
}

static gboolean
measure (MsmScan *scan, const MsmMrdXml *xml, GError **error)
{
  MsmMrdRows *self = scan->priv;
  gsize n_samples = 0, n_slices = 0, n_lines = 0, n_parts = 0, n_odd = 0;
  const gsize n_coils = usual_coils (self);
  double oversampling = 1;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];
      gsize dropped = (gsize) row->discard_pre + row->discard_post;

      if (!self->use[i])
        continue;
      if (row->n_samples <= dropped || row->n_coils != n_coils)
        {
          self->use[i] = 0;
          n_odd++;
          continue;
        }
      n_samples = MAX (n_samples, row->n_samples - dropped);
      n_slices = MAX (n_slices, (gsize) row->slice + 1);
      n_lines = MAX (n_lines, (gsize) row->line + 1);
      n_parts = MAX (n_parts, (gsize) row->partition + 1);
    }
  if (n_odd > 0)
    msm_scan_note (scan, _("%zu readouts without samples, or of another number of coils than %zu, are skipped."),
                   n_odd, n_coils);
  if (n_samples == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: no imaging line has samples: expected a complex sample for each coil and point"),
                   scan->path);
      return FALSE;
    }
  self->n_full = MAX (xml->encoded[0], n_samples);
  if (xml->encoded_mm[0] > 0 && xml->recon_mm[0] > 0 && xml->encoded_mm[0] > 1.01 * xml->recon_mm[0])
    oversampling = xml->encoded_mm[0] / xml->recon_mm[0];
  else if (xml->encoded[0] > 0 && n_samples == 2 * xml->encoded[0])
    {
      oversampling = 2;
      msm_scan_note (scan, _("Readouts are twice as long as the header says: taken for oversampling."));
    }
  self->n_parts = n_parts > 1 ? MAX (n_parts, xml->encoded[2]) : 1;
  scan->n_channels = n_coils;
  scan->n_readout = MAX ((gsize) (self->n_full / oversampling + 0.5), 1);
  scan->n_phase = MAX (xml->encoded[1], xml->encoded[1] > 0 ? 1 : n_lines);
  self->line_shift = xml->has_line_limits ? (gssize) (scan->n_phase / 2) - (gssize) xml->line_center : 0;
  scan->n_slices = self->n_parts > 1 ? self->n_parts : n_slices;
  if (!msm_scan_check_size (scan, scan->n_slices, n_coils, self->n_full, scan->n_phase, error))
    return FALSE;
  if (self->n_parts > 1)
    {
      msm_scan_note (scan, _("A volume: transformed along its %zu partitions, which become the slices."),
                     self->n_parts);
      if (!msm_scan_choose_index (scan, "slab", n_slices, &self->slab, error))
        return FALSE;
    }
  if (scan->n_readout < self->n_full)
    msm_scan_note (scan, _("Readout oversampling is removed: %zu → %zu samples."), self->n_full, scan->n_readout);
  if (xml->encoded_mm[0] > 0)
    scan->spacing_mm[0] = xml->encoded_mm[0] / oversampling / scan->n_readout;
  if (xml->encoded_mm[1] > 0)
    scan->spacing_mm[1] = xml->encoded_mm[1] / scan->n_phase;
  scan->spacing_mm[2] = xml->encoded_mm[2] / (double) self->n_parts;
  if (xml->recon_mm[1] > 0 && xml->encoded_mm[1] > 1.01 * xml->recon_mm[1])
    {
      scan->crop_phase = MAX ((gsize) (scan->n_phase * xml->recon_mm[1] / xml->encoded_mm[1] + 0.5), 1);
      scan->crop_readout = scan->n_readout;
    }
  return TRUE;
}

gboolean
msm_mrd_read_rows (MsmScan *scan, const MsmMrdXml *xml, GError **error)
{
  return read_rows (scan, error) && classify (scan, xml->has_embedded_calibration, error)
         && choose_indices (scan, error) && measure (scan, xml, error);
}
