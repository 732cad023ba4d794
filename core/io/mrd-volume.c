#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/mrd-rows.h"
#include "core/tensor/crop.h"

/*
 * A volume whose lines (ky) do not all have the same partitions (kz). The readout is sampled in full everywhere, so its
 * transform is exact, and behind it each of its positions is a problem of its own over (ky, kz). All rows are read for
 * that: for as many neighbouring positions at once as a block's memory holds.
 */

#define BLOCK_BYTES (256.0 * 1024 * 1024)

struct _MsmMrdBlock
{
  gsize first, n; /* positions */
  float *values;  /* [n, coil, line, partition] */
};

void
msm_mrd_block_free (MsmMrdBlock *block)
{
  if (block == NULL)
    return;
  g_free (block->values);
  g_free (block);
}

typedef struct
{
  MsmScan *scan;
  MsmMrdBlock *block;
  const guint16 *counts; /* [line, partition] */
  MsmFftPlan *plan;      /* of all coils' rows */
  float *grid;           /* [coil, n_full] */
} Fill;

static gboolean
fill_row (gsize i, const float *samples, gsize n_floats, gpointer data, GError **error)
{
  Fill *f = data;
  const MsmMrdRows *self = f->scan->priv;
  const MsmMrdHeader *row = &self->rows[i];
  const gboolean reverse = (row->flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) != 0;
  const gsize n_coils = f->scan->n_channels, offset = msm_centre_first (self->n_full, self->n_image);
  MsmDevice *device = msm_device_host ();
  gssize start;
  gsize n, p, k;
  float weight;

  if (!msm_mrd_row_in_slice (self, i, 0, MSM_MRD_IMAGING) || !msm_mrd_place (self, row, &p, &k))
    return TRUE;
  if (!msm_mrd_check_row (f->scan, i, n_floats, error))
    return FALSE;
  n = msm_mrd_placement (self, row, &start);
  weight = 1.0f / f->counts[p * self->n_parts + k];
  memset (f->grid, 0, 2 * n_coils * self->n_full * sizeof (float));
  for (gsize c = 0; c < n_coils; c++)
    for (gsize s = 0; s < n; s++)
      {
        const gssize at = start + (gssize) s;
        const float *x = samples + 2 * (c * row->n_samples + row->discard_pre + (reverse ? n - 1 - s : s));

        if (at < 0 || (gsize) at >= self->n_full)
          continue;
        f->grid[2 * (c * self->n_full + (gsize) at)] = weight * x[0];
        f->grid[2 * (c * self->n_full + (gsize) at) + 1] = (self->conjugate ? -weight : weight) * x[1];
      }
  msm_device_ops (device)->fourier->execute (msm_device_state (device), f->plan, f->grid, f->grid, 1);
  p = msm_mrd_mirrored (p, self->n_lines, self->rows_against);
  k = msm_mrd_mirrored (k, self->n_parts, self->columns_against);
  for (gsize b = 0; b < f->block->n; b++)
    for (gsize c = 0; c < n_coils; c++)
      {
        const float *x = f->grid + 2 * (c * self->n_full + offset + f->block->first + b);
        float *to = f->block->values + 2 * (((b * n_coils + c) * self->n_lines + p) * self->n_parts + k);

        to[0] += x[0];
        to[1] += x[1];
      }
  return TRUE;
}

static gboolean
fail_memory (MsmScan *scan, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for the transform of a slice"),
               scan->path);
  return FALSE;
}

static gboolean
fill_block (MsmScan *scan, MsmMrdBlock *block, MsmCancel *cancel, GError **error)
{
  MsmMrdRows *self = scan->priv;
  MsmDevice *device = msm_device_host ();
  const MsmFourierOps *fourier = msm_device_ops (device)->fourier;
  g_autofree guint8 *wanted = g_new0 (guint8, self->n_rows);
  g_autofree guint16 *counts = g_new0 (guint16, self->n_lines * self->n_parts);
  g_autofree float *grid = g_try_new (float, 2 * scan->n_channels * self->n_full);
  Fill fill = { .scan = scan, .block = block, .counts = counts, .grid = grid };
  gboolean ok;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      gsize p, k;

      wanted[i] = msm_mrd_row_in_slice (self, i, 0, MSM_MRD_IMAGING) && msm_mrd_place (self, &self->rows[i], &p, &k);
      if (wanted[i])
        counts[p * self->n_parts + k]++;
    }
  fill.plan = grid != NULL ? fourier->plan_new (msm_device_state (device), scan->n_channels, 1, self->n_full) : NULL;
  if (fill.plan == NULL)
    return fail_memory (scan, error);
  ok = msm_mrd_for_rows (scan, wanted, fill_row, &fill, cancel, error);
  fourier->plan_free (msm_device_state (device), fill.plan);
  return ok && msm_device_check (device, error);
}

MsmTensor *
msm_mrd_read_hybrid (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  MsmMrdRows *self = scan->priv;
  const gsize n_slice = 2 * scan->n_channels * self->n_lines * self->n_parts;
  const gsize most = MAX ((gsize) (BLOCK_BYTES / ((double) n_slice * sizeof (float))), 1);
  MsmMrdBlock *block = self->block;

  if (block == NULL || slice < block->first || slice >= block->first + block->n)
    {
      block = g_new0 (MsmMrdBlock, 1);
      block->n = MIN (most, self->n_image);
      block->first = MIN (slice / block->n * block->n, self->n_image - block->n);
      block->values = g_try_malloc0_n (block->n * n_slice, sizeof (float));
      if (block->values == NULL ? !fail_memory (scan, error) : !fill_block (scan, block, cancel, error))
        {
          msm_mrd_block_free (block);
          return NULL;
        }
      msm_mrd_block_free (self->block);
      self->block = block;
    }
  return msm_tensor_new_from (msm_device_host (), MSM_C64,
                              msm_shape4 (1, scan->n_channels, self->n_lines, self->n_parts),
                              block->values + (slice - block->first) * n_slice, error);
}
