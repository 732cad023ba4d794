#include "config.h"

#include "core/io/scan.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/io-hdf5.h"
#include "core/io/mrd-header.h"
#include "core/io/scan-private.h"

#define FLAG(bit) (G_GUINT64_CONSTANT (1) << ((bit) - 1))

enum
{
  FLAG_NOISE = 19,
  FLAG_CALIBRATION = 20,
  FLAG_REVERSE = 22,
  BATCH = 256, /* rows read at once: one at a time is many times slower */
};

typedef struct
{
  char         *data;       /* dataset name */
  MsmMrdHeader *rows;
  gsize         n_rows;
  guint8       *use;        /* [n_rows]: 1 = an imaging line of the chosen contrast, repetition, … */
  gsize         n_full;     /* readout samples on the oversampled grid */
  gsize         n_parts;    /* partitions; above 1 they are the slices */
  gsize         slab;       /* the slice index when there are partitions */
  gssize        line_shift; /* line = kspace_encode_step_1 + line_shift */
} Mrd;

static gboolean
ismrmrd_has (MsmH5 *h5, const char *group)
{
  g_autofree char *data = g_strdup_printf ("%s/data", group);
  g_autofree char *xml = g_strdup_printf ("%s/xml", group);

  return msm_h5_has (h5, data) && msm_h5_has (h5, xml);
}

static GPtrArray *
find_groups (MsmH5 *h5)
{
  GPtrArray *names = msm_h5_members (h5, "/");

  for (guint i = names->len; i-- > 0;)
    if (!ismrmrd_has (h5, names->pdata[i]))
      g_ptr_array_remove_index (names, i);
  return names;
}

static gboolean
ismrmrd_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  g_autoptr (GPtrArray) groups = h5 != NULL ? find_groups (h5) : NULL;

  return groups != NULL && groups->len > 0;
}

static void
ismrmrd_close (MsmScan *scan)
{
  Mrd *self = scan->priv;

  g_free (self->data);
  g_free (self->rows);
  g_free (self->use);
  g_free (self);
  scan->priv = NULL;
}

static gboolean
choose_group (MsmScan *scan, GError **error)
{
  Mrd *self = scan->priv;
  g_autoptr (GPtrArray) groups = find_groups (scan->h5);
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < groups->len; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (char *) groups->pdata[i]);
  if (groups->len == 0 || (scan->group != NULL && !ismrmrd_has (scan->h5, scan->group)))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, "%s: no group “%s” with ‘data’ and ‘xml’, found %s", scan->path,
                   scan->group != NULL ? scan->group : "dataset", list->len > 0 ? list->str : "none");
      return FALSE;
    }
  if (groups->len > 1)
    scan->groups = g_ptr_array_ref (groups);
  if (groups->len > 1)
    msm_scan_note (scan, "The file holds %u groups (%s).", groups->len, list->str);
  if (scan->group == NULL)
    scan->group = g_strdup (groups->pdata[0]);
  self->data = g_strdup_printf ("%s/data", scan->group);
  return TRUE;
}

static gboolean
read_rows (MsmScan *scan, GError **error)
{
  Mrd *self = scan->priv;
  MsmH5Info info = { 0 };

  if (!msm_h5_info (scan->h5, self->data, &info, error))
    return FALSE;
  if (info.kind != MSM_H5_COMPOUND || info.rank != 1 || info.dim[0] < 1 || info.dim[0] > 20000000)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   "%s: dataset ‘%s’ is not a list of acquisitions {head, traj, data}", scan->path, self->data);
      return FALSE;
    }
  self->n_rows = info.dim[0];
  self->rows = g_try_new0 (MsmMrdHeader, self->n_rows);
  self->use = g_try_new0 (guint8, self->n_rows);
  if (self->rows == NULL || self->use == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, "%s: not enough memory for %" G_GSIZE_FORMAT " headers",
                   scan->path, self->n_rows);
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
  static const struct { int bit; const char *what; } skipped[] = {
    { 19, "noise" }, { 20, "separate calibration" }, { 23, "navigation" }, { 24, "phase-correction" },
    { 26, "feedback" }, { 27, "dummy" }, { 28, "real-time feedback" }, { 30, "phase-stabilisation reference" },
    { 31, "phase-stabilisation" },
  };
  Mrd *self = scan->priv;
  gsize n_skipped[G_N_ELEMENTS (skipped)] = { 0 };
  gsize n_other = 0, n_used = 0, n_reversed = 0, n_calibration = 0, n_embedded = 0;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];
      gsize k = 0;

      while (k < G_N_ELEMENTS (skipped) && (row->flags & FLAG (skipped[k].bit)) == 0)
        k++;
      /* Embedded calibration lines are the same acquisition's missing lines of the centre. */
      if (k < G_N_ELEMENTS (skipped) && skipped[k].bit == FLAG_CALIBRATION && with_calibration)
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
          n_reversed += (row->flags & FLAG (FLAG_REVERSE)) != 0;
          n_calibration += (row->flags & FLAG (21)) != 0;
        }
    }
  for (gsize k = 0; k < G_N_ELEMENTS (skipped); k++)
    if (n_skipped[k] > 0)
      msm_scan_note (scan, "%" G_GSIZE_FORMAT " %s readouts are not imaging lines.", n_skipped[k], skipped[k].what);
  if (n_other > 0)
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " readouts of other encodings are skipped.", n_other);
  if (n_reversed > 0)
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " reversed readouts are flipped.", n_reversed);
  if (n_calibration > 0)
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " imaging lines serve for calibration too.", n_calibration);
  if (n_embedded > 0)
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " embedded calibration lines fill the centre.", n_embedded);
  if (n_used == 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, "%s: none of %" G_GSIZE_FORMAT " readouts is an imaging line",
                 scan->path, self->n_rows);
  return n_used > 0;
}

/* Repetition, contrast, set, cardiac phase: one of each is kept. */
static gboolean
choose_indices (MsmScan *scan, GError **error)
{
  static const struct { const char *name; gsize offset; } axes[] = {
    { "repetition", G_STRUCT_OFFSET (MsmMrdHeader, repetition) },
    { "contrast", G_STRUCT_OFFSET (MsmMrdHeader, contrast) },
    { "set", G_STRUCT_OFFSET (MsmMrdHeader, set) },
    { "phase", G_STRUCT_OFFSET (MsmMrdHeader, phase) },
  };
  Mrd *self = scan->priv;
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
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " averages are summed and divided.", n_averages);
  if (n_averages == 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, "%s: no readout has the chosen indices", scan->path);
  return n_averages > 0;
}

/* Samples of a row after the discarded ones, and where its first lands on the full grid. */
static gsize
placement (const Mrd *self, const MsmMrdHeader *row, gssize *start)
{
  gsize dropped = (gsize) row->discard_pre + row->discard_post;
  gsize n = row->n_samples > dropped ? row->n_samples - dropped : 0;
  gssize centre = (gssize) row->center_sample - row->discard_pre;

  if ((row->flags & FLAG (FLAG_REVERSE)) != 0)
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

static gboolean
measure (MsmScan *scan, const MsmMrdXml *xml, GError **error)
{
  Mrd *self = scan->priv;
  gsize n_samples = 0, n_slices = 0, n_lines = 0, n_parts = 0, n_coils = 0;
  double oversampling = 1;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      const MsmMrdHeader *row = &self->rows[i];
      gsize dropped = (gsize) row->discard_pre + row->discard_post;

      if (!self->use[i])
        continue;
      if (row->n_samples <= dropped || row->n_coils == 0 || (n_coils != 0 && row->n_coils != n_coils))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                       "%s: acquisition %" G_GSIZE_FORMAT " has %u samples (%" G_GSIZE_FORMAT
                       " discarded) of %u coils, expected samples of %" G_GSIZE_FORMAT " coils", scan->path, i,
                       row->n_samples, dropped, row->n_coils, MAX (n_coils, 1));
          return FALSE;
        }
      n_coils = row->n_coils;
      n_samples = MAX (n_samples, row->n_samples - dropped);
      n_slices = MAX (n_slices, (gsize) row->slice + 1);
      n_lines = MAX (n_lines, (gsize) row->line + 1);
      n_parts = MAX (n_parts, (gsize) row->partition + 1);
    }
  self->n_full = MAX (xml->encoded[0], n_samples);
  if (xml->encoded_mm[0] > 0 && xml->recon_mm[0] > 0 && xml->encoded_mm[0] > 1.01 * xml->recon_mm[0])
    oversampling = xml->encoded_mm[0] / xml->recon_mm[0];
  else if (xml->encoded[0] > 0 && n_samples == 2 * xml->encoded[0])
    {
      oversampling = 2;
      msm_scan_note (scan, "Readouts are twice as long as the header says: taken for oversampling.");
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
      msm_scan_note (scan, "A volume: transformed along its %" G_GSIZE_FORMAT " partitions, which become the slices.",
                     self->n_parts);
      if (!msm_scan_choose_index (scan, "slab", n_slices, &self->slab, error))
        return FALSE;
    }
  if (scan->n_readout < self->n_full)
    msm_scan_note (scan, "Readout oversampling is removed: %" G_GSIZE_FORMAT " → %" G_GSIZE_FORMAT " samples.",
                   self->n_full, scan->n_readout);
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

/* FALSE when the row's line lies outside the matrix. */
static gboolean
line_of (const MsmScan *scan, const MsmMrdHeader *row, gsize *line)
{
  const Mrd *self = scan->priv;
  gssize p = (gssize) row->line + self->line_shift;

  *line = (gsize) p;
  return p >= 0 && (gsize) p < scan->n_phase && row->partition < self->n_parts;
}

static gboolean
row_in_slice (const MsmScan *scan, gsize i, gsize slice)
{
  const Mrd *self = scan->priv;

  return self->use[i] && self->rows[i].slice == (self->n_parts > 1 ? self->slab : slice);
}

/* What the middle slice acquired; partial echoes and partial Fourier stay missing, never data. */
static gboolean
find_mask (MsmScan *scan, GError **error)
{
  Mrd *self = scan->priv;
  g_autoptr (MsmMask) mask = msm_mask_new (scan->n_readout, scan->n_phase);
  double factor = (double) scan->n_readout / (double) self->n_full;
  gsize n_outside = 0, n_short = 0;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      gssize start, first, end;
      gsize n, p;

      if (!row_in_slice (scan, i, scan->n_slices / 2))
        continue;
      if (!line_of (scan, &self->rows[i], &p))
        {
          n_outside++;
          continue;
        }
      n = placement (self, &self->rows[i], &start);
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
        mask->points[(gsize) r * scan->n_phase + p] = 1;
    }
  if (n_outside > 0)
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " lines of the middle slice lie outside the matrix and are skipped.",
                   n_outside);
  if (n_short > 0)
    msm_scan_note (scan, "%" G_GSIZE_FORMAT " readouts of the middle slice are shorter than the matrix (asymmetric "
                   "echo): the rest counts as not acquired.", n_short);
  msm_mask_detect_columns (mask);
  if (msm_mask_count (mask) == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   "%s: the middle slice has no line inside the matrix", scan->path);
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

typedef struct
{
  MsmScan *scan;
  gsize    slice;
  float   *grid;   /* [coil, phase, n_full] */
  guint16 *counts; /* [phase, part]: readouts that land there */
  double  *sum;    /* noise: [coil, coil] complex */
  gsize    n_noise;
} Gather;

static gboolean
check_row (const MsmScan *scan, gsize i, gsize n_floats, GError **error)
{
  const Mrd *self = scan->priv;
  gsize expected = 2 * (gsize) self->rows[i].n_samples * self->rows[i].n_coils;

  if (n_floats == expected)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
               "%s: acquisition %" G_GSIZE_FORMAT " holds %" G_GSIZE_FORMAT " numbers, expected %" G_GSIZE_FORMAT
               " from its header", scan->path, i, n_floats, expected);
  return FALSE;
}

static gboolean
gather_row (gsize i, const float *samples, gsize n_floats, gpointer user_data, GError **error)
{
  Gather *g = user_data;
  const Mrd *self = g->scan->priv;
  const MsmMrdHeader *row = &self->rows[i];
  gboolean reverse = (row->flags & FLAG (FLAG_REVERSE)) != 0;
  double weight, angle = 0, cosine, sine;
  gssize start;
  gsize n, p;

  if (!row_in_slice (g->scan, i, g->slice) || !line_of (g->scan, row, &p))
    return TRUE;
  if (!check_row (g->scan, i, n_floats, error))
    return FALSE;
  n = placement (self, row, &start);
  weight = 1.0 / MAX (g->counts[p * self->n_parts + row->partition], 1);
  /* Partitions: the centred inverse transform at this slice's position. */
  if (self->n_parts > 1)
    {
      angle = 2 * G_PI * ((double) row->partition - (double) (self->n_parts / 2))
              * ((double) g->slice - (double) (self->n_parts / 2)) / (double) self->n_parts;
      weight /= sqrt ((double) self->n_parts);
    }
  cosine = weight * cos (angle);
  sine = weight * sin (angle);
  for (gsize c = 0; c < g->scan->n_channels; c++)
    {
      const float *line = samples + 2 * (c * row->n_samples + row->discard_pre);
      float *out = g->grid + 2 * (c * g->scan->n_phase + p) * self->n_full;

      for (gsize k = 0; k < n; k++)
        {
          gssize at = start + (gssize) k;
          gsize from = reverse ? n - 1 - k : k;

          if (at < 0 || (gsize) at >= self->n_full)
            continue;
          out[2 * at] += (float) (line[2 * from] * cosine - line[2 * from + 1] * sine);
          out[2 * at + 1] += (float) (line[2 * from] * sine + line[2 * from + 1] * cosine);
        }
    }
  return TRUE;
}

static gboolean
noise_row (gsize i, const float *samples, gsize n_floats, gpointer user_data, GError **error)
{
  Gather *g = user_data;
  const Mrd *self = g->scan->priv;
  gsize n_coils = g->scan->n_channels, n = self->rows[i].n_samples;

  if ((self->rows[i].flags & FLAG (FLAG_NOISE)) == 0 || self->rows[i].n_coils != n_coils)
    return TRUE;
  if (!check_row (g->scan, i, n_floats, error))
    return FALSE;
  for (gsize a = 0; a < n_coils; a++)
    for (gsize b = 0; b < n_coils; b++)
      for (gsize k = 0; k < n; k++)
        {
          const float *x = samples + 2 * (a * n + k), *y = samples + 2 * (b * n + k);

          g->sum[2 * (a * n_coils + b)] += (double) x[0] * y[0] + (double) x[1] * y[1];
          g->sum[2 * (a * n_coils + b) + 1] += (double) x[1] * y[0] - (double) x[0] * y[1];
        }
  g->n_noise += n;
  return TRUE;
}

/* Hands the rows that @wanted names to @func, in batches of neighbours. */
static gboolean
for_rows (MsmScan *scan, const guint8 *wanted, MsmMrdFunc func, Gather *gather, MsmCancel *cancel, GError **error)
{
  Mrd *self = scan->priv;

  for (gsize i = 0; i < self->n_rows;)
    {
      gsize end = i, last = i;

      if (!wanted[i])
        {
          i++;
          continue;
        }
      if (msm_cancel_check (cancel, error))
        return FALSE;
      /* Interleaved slices: a few unwanted rows between are cheaper to read than to step over. */
      for (end = i + 1; end < self->n_rows && end - i < BATCH && end - last <= 4; end++)
        if (wanted[end])
          last = end;
      if (!msm_h5_mrd_data (scan->h5, self->data, i, last - i + 1, func, gather, error))
        return FALSE;
      i = last + 1;
    }
  return TRUE;
}

/* ψ = 1/N Σ n nᴴ over the samples of the noise scans. */
static gboolean
read_noise (MsmScan *scan, GError **error)
{
  Mrd *self = scan->priv;
  gsize n_coils = scan->n_channels;
  g_autofree guint8 *wanted = g_new0 (guint8, self->n_rows);
  g_autofree double *sum = NULL;
  Gather gather = { .scan = scan };
  gboolean any = FALSE;
  float *psi;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      wanted[i] = (self->rows[i].flags & FLAG (FLAG_NOISE)) != 0 && self->rows[i].n_coils == n_coils;
      any = any || wanted[i];
    }
  if (!any || n_coils > 256)
    return TRUE;
  gather.sum = sum = g_new0 (double, 2 * n_coils * n_coils);
  if (!for_rows (scan, wanted, noise_row, &gather, NULL, error))
    return FALSE;
  /* Fewer samples than coils cannot give a covariance that inverts. */
  if (gather.n_noise < 2 * n_coils)
    return TRUE;
  scan->noise_covariance = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape2 (n_coils, n_coils), error);
  if (scan->noise_covariance == NULL)
    return FALSE;
  psi = msm_tensor_host (scan->noise_covariance);
  for (gsize k = 0; k < 2 * n_coils * n_coils; k++)
    psi[k] = (float) (sum[k] / (double) gather.n_noise);
  msm_scan_note (scan, "The noise covariance is of %" G_GSIZE_FORMAT " samples per coil.", gather.n_noise);
  return TRUE;
}

static gboolean
ismrmrd_open (MsmScan *scan, GError **error)
{
  g_auto (MsmMrdXml) xml = { 0 };
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;
  const char *vendor;

  scan->priv = g_new0 (Mrd, 1);
  scan->kind = MSM_SCAN_KSPACE;
  if (!choose_group (scan, error))
    return FALSE;
  name = g_strdup_printf ("%s/xml", scan->group);
  text = msm_h5_read_text (scan->h5, name, error);
  if (text == NULL || !msm_mrd_xml_parse (&xml, text, scan->path, scan->fields, error))
    return FALSE;
  if (xml.trajectory != NULL && g_ascii_strcasecmp (xml.trajectory, "cartesian") != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, "%s: trajectory “%s” is not supported yet, only Cartesian",
                   scan->path, xml.trajectory);
      return FALSE;
    }
  if (!read_rows (scan, error) || !classify (scan, xml.has_embedded_calibration, error) || !choose_indices (scan, error)
      || !measure (scan, &xml, error) || !find_mask (scan, error) || !read_noise (scan, error))
    return FALSE;
  vendor = g_hash_table_lookup (scan->fields, "systemVendor");
  if (vendor != NULL && g_ascii_strncasecmp (vendor, "siemens", 7) == 0)
    msm_scan_note (scan, "Siemens data are not conjugated here: images may be mirrored against the direction cosines.");
  return TRUE;
}

/* Removes the oversampling of @grid [coil, phase, n_full] and turns it to [coil, readout, phase]. */
static gboolean
finish_grid (MsmScan *scan, float *grid, float *out, GError **error)
{
  Mrd *self = scan->priv;
  MsmDevice *device = msm_device_host ();
  const MsmFourierOps *fourier = msm_device_ops (device)->fourier;
  MsmDeviceState *state = msm_device_state (device);
  gsize n_lines = scan->n_channels * scan->n_phase, n = scan->n_readout, n_full = self->n_full;

  if (n < n_full)
    {
      MsmFftPlan *wide = fourier->plan_new (state, n_lines, 1, n_full);
      MsmFftPlan *narrow = fourier->plan_new (state, n_lines, 1, n);
      gboolean ok = wide != NULL && narrow != NULL;

      if (ok)
        {
          fourier->execute (state, wide, grid, grid, 1);
          /* The lines are packed in place: each moves towards the start. */
          for (gsize l = 0; l < n_lines; l++)
            memmove (grid + 2 * l * n, grid + 2 * (l * n_full + n_full / 2 - n / 2), 2 * n * sizeof (float));
          fourier->execute (state, narrow, grid, grid, 0);
        }
      if (wide != NULL)
        fourier->plan_free (state, wide);
      if (narrow != NULL)
        fourier->plan_free (state, narrow);
      if (!ok)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, "%s: not enough memory for the transform of a slice",
                       scan->path);
          return FALSE;
        }
      if (!msm_device_check (device, error))
        return FALSE;
    }
  for (gsize c = 0; c < scan->n_channels; c++)
    for (gsize p = 0; p < scan->n_phase; p++)
      for (gsize r = 0; r < n; r++)
        {
          const float *from = grid + 2 * ((c * scan->n_phase + p) * n + r);
          float *to = out + 2 * ((c * n + r) * scan->n_phase + p);

          to[0] = from[0];
          to[1] = from[1];
        }
  return TRUE;
}

static MsmTensor *
ismrmrd_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  Mrd *self = scan->priv;
  MsmDevice *device = msm_device_host ();
  g_autofree guint8 *wanted = g_new0 (guint8, self->n_rows);
  g_autofree guint16 *counts = g_new0 (guint16, scan->n_phase * self->n_parts);
  g_autoptr (MsmTensor) grid = NULL;
  g_autoptr (MsmTensor) out = NULL;
  Gather gather = { .scan = scan, .slice = slice, .counts = counts };

  grid = msm_tensor_new (device, MSM_C64, msm_shape3 (scan->n_channels, scan->n_phase, self->n_full), error);
  out = grid != NULL ? msm_tensor_new (device, MSM_C64, msm_shape4 (1, scan->n_channels, scan->n_readout,
                                                                    scan->n_phase), error) : NULL;
  if (out == NULL)
    return NULL;
  for (gsize i = 0; i < self->n_rows; i++)
    {
      gsize p;

      wanted[i] = row_in_slice (scan, i, slice) && line_of (scan, &self->rows[i], &p);
      if (wanted[i])
        counts[p * self->n_parts + self->rows[i].partition]++;
    }
  gather.grid = msm_tensor_host (grid);
  if (!for_rows (scan, wanted, gather_row, &gather, cancel, error)
      || !finish_grid (scan, msm_tensor_host (grid), msm_tensor_host (out), error))
    return NULL;
  return g_steal_pointer (&out);
}

const MsmScanFormat msm_scan_ismrmrd = {
  .name = "ismrmrd",
  .title = "ISMRMRD HDF5",
  .is_hdf5 = TRUE,
  .probe = ismrmrd_probe,
  .open = ismrmrd_open,
  .read = ismrmrd_read,
  .close = ismrmrd_close,
};
