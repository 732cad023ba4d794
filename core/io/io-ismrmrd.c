#include "config.h"

#include "core/io/scan.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/io/mrd-rows.h"
#include "core/io/scan-private.h"
#include "core/tensor/crop.h"

static gboolean
ismrmrd_has (MsmH5 *h5, const char *group)
{
  g_autofree char *data = g_strdup_printf ("%s/data", group);
  g_autofree char *xml = g_strdup_printf ("%s/xml", group);

  return msm_h5_has (h5, data) && msm_h5_has (h5, xml);
}

/* How deep groups are looked for, and how many: a damaged file may hold itself. */
#define MAX_DEPTH  4
#define MAX_GROUPS 1000

static void
add_groups (MsmH5 *h5, const char *parent, int depth, gsize *budget, GPtrArray *found)
{
  g_autoptr (GPtrArray) names = msm_h5_members (h5, parent[0] != '\0' ? parent : "/");

  for (guint i = 0; i<names->len && * budget> 0; i++)
    {
      g_autofree char *name =
          parent[0] != '\0' ? g_strdup_printf ("%s/%s", parent, (char *) names->pdata[i]) : g_strdup (names->pdata[i]);

      (*budget)--;
      if (ismrmrd_has (h5, name))
        g_ptr_array_add (found, g_steal_pointer (&name));
      else if (depth < MAX_DEPTH)
        add_groups (h5, name, depth + 1, budget, found);
    }
}

/* The groups with acquisitions, also inside others, in name order. */
static GPtrArray *
find_groups (MsmH5 *h5)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  gsize budget = MAX_GROUPS;

  add_groups (h5, "", 1, &budget, found);
  return found;
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
  MsmMrdRows *self = scan->priv;

  g_free (self->data);
  g_free (self->rows);
  g_free (self->use);
  g_free (self->slices);
  msm_mrd_block_free (self->block);
  g_free (self);
  scan->priv = NULL;
}

static gboolean
choose_group (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  g_autoptr (GPtrArray) groups = find_groups (scan->h5);
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < groups->len; i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (char *) groups->pdata[i]);
  if (groups->len == 0 || (scan->group != NULL && !ismrmrd_has (scan->h5, scan->group)))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: no group “%s” with ‘data’ and ‘xml’, found %s"),
                   scan->path, scan->group != NULL ? scan->group : "dataset", list->len > 0 ? list->str : _("none"));
      return FALSE;
    }
  if (groups->len > 1)
    scan->groups = g_ptr_array_ref (groups);
  if (groups->len > 1)
    msm_scan_note (scan, _("The file holds %u groups (%s)."), groups->len, list->str);
  if (scan->group == NULL)
    scan->group = g_strdup (groups->pdata[0]);
  self->data = g_strdup_printf ("%s/data", scan->group);
  return TRUE;
}

typedef struct
{
  MsmScan *scan;
  gsize slice;
  guint8 use;
  float *grid;     /* [coil, phase, n_full] */
  guint16 *counts; /* [phase, part]: readouts that land there */
  double *sum;     /* noise: [coil, coil] complex */
  gsize n_noise;
} Gather;

static gboolean
gather_row (gsize i, const float *samples, gsize n_floats, gpointer user_data, GError **error)
{
  Gather *g = user_data;
  const MsmMrdRows *self = g->scan->priv;
  const MsmMrdHeader *row = &self->rows[i];
  gboolean reverse = (row->flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) != 0;
  double weight, angle = 0, cosine, sine, sign = self->conjugate ? -1 : 1;
  gssize start;
  gsize n, p, part;

  if (!msm_mrd_row_in_slice (self, i, g->slice, g->use) || !msm_mrd_place (self, row, &p, &part))
    return TRUE;
  if (!msm_mrd_check_row (g->scan, i, n_floats, error))
    return FALSE;
  n = msm_mrd_placement (self, row, &start);
  weight = 1.0 / MAX (g->counts[p * self->n_parts + part], 1);
  /* Partitions: the centred inverse transform at this slice's position. */
  if (self->n_parts > 1)
    {
      angle = 2 * G_PI * ((double) part - (double) (self->n_parts / 2))
              * ((double) g->slice - (double) (self->n_parts / 2)) / (double) self->n_parts;
      weight /= sqrt ((double) self->n_parts);
    }
  cosine = weight * cos (angle);
  sine = weight * sin (angle);
  for (gsize c = 0; c < g->scan->n_channels; c++)
    {
      const float *line = samples + 2 * (c * row->n_samples + row->discard_pre);
      gsize column = msm_mrd_mirrored (p, g->scan->n_phase, self->columns_against);
      float *out = g->grid + 2 * (c * g->scan->n_phase + column) * self->n_full;

      for (gsize k = 0; k < n; k++)
        {
          gssize at = start + (gssize) k;
          gsize from = reverse ? n - 1 - k : k;
          double re = line[2 * from], im = sign * line[2 * from + 1];
          float *to;

          if (at < 0 || (gsize) at >= self->n_full)
            continue;
          to = out + 2 * msm_mrd_mirrored ((gsize) at, self->n_full, self->rows_against);
          to[0] += (float) (re * cosine - im * sine);
          to[1] += (float) (re * sine + im * cosine);
        }
    }
  return TRUE;
}

static gboolean
noise_row (gsize i, const float *samples, gsize n_floats, gpointer user_data, GError **error)
{
  Gather *g = user_data;
  const MsmMrdRows *self = g->scan->priv;
  gsize n_coils = g->scan->n_channels, n = self->rows[i].n_samples;

  if ((self->rows[i].flags & MSM_MRD_FLAG (MSM_MRD_NOISE)) == 0 || self->rows[i].n_coils != n_coils)
    return TRUE;
  if (!msm_mrd_check_row (g->scan, i, n_floats, error))
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

/* ψ = 1/N Σ n nᴴ over the samples of the noise scans. */
static gboolean
read_noise (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  gsize n_coils = scan->n_channels;
  g_autofree guint8 *wanted = g_new0 (guint8, self->n_rows);
  g_autofree double *sum = NULL;
  Gather gather = { .scan = scan };
  gboolean any = FALSE;
  float *psi;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      wanted[i] = (self->rows[i].flags & MSM_MRD_FLAG (MSM_MRD_NOISE)) != 0 && self->rows[i].n_coils == n_coils;
      any = any || wanted[i];
    }
  if (!any || n_coils > 256)
    return TRUE;
  gather.sum = sum = g_new0 (double, 2 * n_coils * n_coils);
  if (!msm_mrd_for_rows (scan, wanted, noise_row, &gather, NULL, error))
    return FALSE;
  /* Fewer samples than coils cannot give a covariance that inverts. */
  if (gather.n_noise < 2 * n_coils)
    return TRUE;
  scan->noise_covariance = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape2 (n_coils, n_coils), error);
  if (scan->noise_covariance == NULL)
    return FALSE;
  psi = msm_tensor_host (scan->noise_covariance);
  for (gsize k = 0; k < 2 * n_coils * n_coils; k++)
    psi[k] = (float) (sum[k] / (double) gather.n_noise * (k % 2 == 1 && self->conjugate ? -1 : 1));
  msm_scan_note (scan, _("The noise covariance is of %zu samples per coil."), gather.n_noise);
  return TRUE;
}

/* Lines of an echo-planar or another scan are Cartesian where no row says where else its samples lie. */
static gboolean
check_trajectory (MsmScan *scan, const MsmMrdXml *xml, GError **error)
{
  MsmMrdRows *self = scan->priv;

  if (xml->trajectory == NULL || g_ascii_strcasecmp (xml->trajectory, "cartesian") == 0)
    return TRUE;
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] != MSM_MRD_SKIPPED && self->rows[i].trajectory_dims > 0)
      {
        g_set_error (
            error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
            _("%s: trajectory “%s” with coordinates for its samples (readout %zu) is not supported, only lines "
               "of a Cartesian grid"),
            scan->path, xml->trajectory, i);
        return FALSE;
      }
  msm_scan_note (scan, _("The trajectory is “%s”: its readouts are taken for lines of a Cartesian grid."),
                 xml->trajectory);
  return TRUE;
}

static gboolean
has_coil_map_rows (const MsmMrdRows *self)
{
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_COIL_MAPS)
      return TRUE;
  return FALSE;
}

static gboolean
ismrmrd_open (MsmScan *scan, GError **error)
{
  MsmMrdRows *self;
  g_auto (MsmMrdXml) xml = { 0 };
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  scan->priv = self = g_new0 (MsmMrdRows, 1);
  scan->kind = MSM_SCAN_KSPACE;
  if (!choose_group (scan, error))
    return FALSE;
  name = g_strdup_printf ("%s/xml", scan->group);
  text = msm_h5_read_text (scan->h5, name, error);
  if (text == NULL || !msm_mrd_xml_parse (&xml, text, scan->path, scan->fields, error))
    return FALSE;
  if (!msm_mrd_xml_check_trajectory (&xml, scan->path, error) || !msm_mrd_read_rows (scan, &xml, error)
      || !check_trajectory (scan, &xml, error))
    return FALSE;
  msm_mrd_find_orientation (scan);
  scan->has_calibration = !self->is_hybrid && has_coil_map_rows (self);
  return read_noise (scan, error);
}

/* Removes the oversampling of @grid [coil, phase, n_full] and turns it to [coil, readout, phase]. */
static gboolean
finish_grid (MsmScan *scan, float *grid, float *out, GError **error)
{
  MsmMrdRows *self = scan->priv;
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
            memmove (grid + 2 * l * n, grid + 2 * (l * n_full + msm_centre_first (n_full, n)), 2 * n * sizeof (float));
          fourier->execute (state, narrow, grid, grid, 0);
        }
      if (wide != NULL)
        fourier->plan_free (state, wide);
      if (narrow != NULL)
        fourier->plan_free (state, narrow);
      if (!ok)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for the transform of a slice"),
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

/* The slice's rows of that use, on the grid. */
static MsmTensor *
read_grid (MsmScan *scan, gsize slice, guint8 use, MsmCancel *cancel, GError **error)
{
  MsmMrdRows *self = scan->priv;
  MsmDevice *device = msm_device_host ();
  g_autofree guint8 *wanted = g_new0 (guint8, self->n_rows);
  g_autofree guint16 *counts = g_new0 (guint16, scan->n_phase * self->n_parts);
  g_autoptr (MsmTensor) grid = NULL;
  g_autoptr (MsmTensor) out = NULL;
  Gather gather = { .scan = scan, .slice = slice, .use = use, .counts = counts };

  grid = msm_tensor_new (device, MSM_C64, msm_shape3 (scan->n_channels, scan->n_phase, self->n_full), error);
  out = grid != NULL
            ? msm_tensor_new (device, MSM_C64, msm_shape4 (1, scan->n_channels, scan->n_readout, scan->n_phase), error)
            : NULL;
  if (out == NULL)
    return NULL;
  for (gsize i = 0; i < self->n_rows; i++)
    {
      gsize p, part;

      wanted[i] = msm_mrd_row_in_slice (self, i, slice, use) && msm_mrd_place (self, &self->rows[i], &p, &part);
      if (wanted[i])
        counts[p * self->n_parts + part]++;
    }
  gather.grid = msm_tensor_host (grid);
  if (!msm_mrd_for_rows (scan, wanted, gather_row, &gather, cancel, error)
      || !finish_grid (scan, msm_tensor_host (grid), msm_tensor_host (out), error))
    return NULL;
  return g_steal_pointer (&out);
}

static MsmTensor *
ismrmrd_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  MsmMrdRows *self = scan->priv;

  return self->is_hybrid ? msm_mrd_read_hybrid (scan, slice, cancel, error)
                         : read_grid (scan, slice, MSM_MRD_IMAGING, cancel, error);
}

static MsmTensor *
ismrmrd_read_calibration (MsmScan *scan, gsize slice, MsmMask **mask, MsmCancel *cancel, GError **error)
{
  MsmTensor *kspace = read_grid (scan, slice, MSM_MRD_COIL_MAPS, cancel, error);

  if (kspace != NULL)
    *mask = msm_mrd_cover (scan, slice, MSM_MRD_COIL_MAPS);
  return kspace;
}

const MsmScanFormat msm_scan_ismrmrd = {
  .name = "ismrmrd",
  .title = "ISMRMRD HDF5",
  .is_hdf5 = TRUE,
  .probe = ismrmrd_probe,
  .open = ismrmrd_open,
  .read = ismrmrd_read,
  .find_mask = msm_mrd_find_mask,
  .read_calibration = ismrmrd_read_calibration,
  .close = ismrmrd_close,
};
