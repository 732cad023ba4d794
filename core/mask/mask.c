#include "config.h"

#include "core/mask/mask.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/**
 * msm_mask_new:
 *
 * Returns: (transfer full): a mask of [n_readout, n_phase] points with nothing sampled, no padded
 * lines, `is_columns` FALSE; whoever fills it sets that (or calls msm_mask_detect_columns())
 */
MsmMask *
msm_mask_new (gsize n_readout, gsize n_phase)
{
  MsmMask *self;

  g_return_val_if_fail (n_readout > 0 && n_phase > 0, NULL);
  g_return_val_if_fail (n_readout <= G_MAXSIZE / n_phase, NULL);

  self = g_new0 (MsmMask, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->n_readout = n_readout;
  self->n_phase = n_phase;
  self->points = g_malloc0_n (n_readout, n_phase);
  self->padded = g_malloc0 (n_phase);
  return self;
}

/* (transfer full): an independent copy with one reference. */
MsmMask *
msm_mask_copy (const MsmMask *self)
{
  MsmMask *copy;

  g_return_val_if_fail (self != NULL, NULL);
  copy = msm_mask_new (self->n_readout, self->n_phase);
  memcpy (copy->points, self->points, self->n_readout * self->n_phase);
  memcpy (copy->padded, self->padded, self->n_phase);
  copy->is_columns = self->is_columns;
  copy->nominal_accel = self->nominal_accel;
  copy->origin = g_strdup (self->origin);
  return copy;
}

MsmMask *
msm_mask_ref (MsmMask *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_mask_unref (MsmMask *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->points);
  g_free (self->padded);
  g_free (self->origin);
  g_free (self);
}

gsize
msm_mask_count (const MsmMask *self)
{
  gsize count = 0;

  g_return_val_if_fail (self != NULL, 0);
  for (gsize r = 0; r < self->n_readout; r++)
    {
      const guint8 *points = self->points + r * self->n_phase;
      guint in_row = 0;

      for (gsize p = 0; p < self->n_phase; p++)
        in_row += (points[p] != 0) & (self->padded[p] == 0);
      count += in_row;
    }
  return count;
}

/* Points that could be sampled: those outside padded lines. */
static gsize
count_available (const MsmMask *self)
{
  gsize n_lines = 0;

  for (gsize p = 0; p < self->n_phase; p++)
    n_lines += self->padded[p] == 0;
  return n_lines * self->n_readout;
}

double
msm_mask_effective_accel (const MsmMask *self)
{
  gsize count;

  g_return_val_if_fail (self != NULL, INFINITY);
  count = msm_mask_count (self);
  return count > 0 ? (double) count_available (self) / (double) count : INFINITY;
}

/*
 * The index added when a centred block of @length around @centre grows by one; -1 outside [0, n).
 */
static gssize
grown_index (gsize centre, gsize length, gsize n)
{
  gssize index;

  if (length % 2 == 1)
    index = (gssize) centre - (gssize) (length + 1) / 2;
  else
    index = (gssize) (centre + length / 2);
  return index >= 0 && index < (gssize) n ? index : -1;
}

static gboolean
block_is_sampled (const MsmMask *self, gsize r0, gsize n_r, gsize p0, gsize n_p)
{
  for (gsize r = r0; r < r0 + n_r; r++)
    for (gsize p = p0; p < p0 + n_p; p++)
      if (self->points[r * self->n_phase + p] == 0 || self->padded[p] != 0)
        return FALSE;
  return TRUE;
}

/**
 * msm_mask_acs:
 * @acs_readout, @acs_phase: (out): the block's sizes
 *
 * The block [c_r − a_r/2, c_r − a_r/2 + a_r) × the same in phase, c = n/2 (integer division),
 * grown by one in readout and phase by turns for as long as all its points are sampled.
 */
void
msm_mask_acs (const MsmMask *self, gsize *acs_readout, gsize *acs_phase)
{
  gsize cr, cp, ar = 1, ap = 1;
  gboolean grew = TRUE;

  g_return_if_fail (self != NULL && acs_readout != NULL && acs_phase != NULL);
  cr = self->n_readout / 2;
  cp = self->n_phase / 2;
  *acs_readout = *acs_phase = 0;
  if (!block_is_sampled (self, cr, 1, cp, 1))
    return;
  while (grew)
    {
      gssize index;

      grew = FALSE;
      index = grown_index (cr, ar, self->n_readout);
      if (index >= 0 && block_is_sampled (self, index, 1, cp - ap / 2, ap))
        {
          ar++;
          grew = TRUE;
        }
      index = grown_index (cp, ap, self->n_phase);
      if (index >= 0 && block_is_sampled (self, cr - ar / 2, ar, index, 1))
        {
          ap++;
          grew = TRUE;
        }
    }
  *acs_readout = ar;
  *acs_phase = ap;
}

gboolean
msm_mask_is_full (const MsmMask *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return msm_mask_count (self) == count_available (self);
}

/* Sets `is_columns` from the points: TRUE when every readout row is the same. */
void
msm_mask_detect_columns (MsmMask *self)
{
  g_return_if_fail (self != NULL);
  self->is_columns = TRUE;
  for (gsize r = 1; r < self->n_readout && self->is_columns; r++)
    self->is_columns = memcmp (self->points, self->points + r * self->n_phase, self->n_phase) == 0;
}

void
msm_mask_take_padding (MsmMask *self, const MsmMask *from)
{
  g_return_if_fail (self != NULL);
  if (from == NULL)
    return;
  g_return_if_fail (from->n_phase == self->n_phase);
  memcpy (self->padded, from->padded, self->n_phase);
  for (gsize r = 0; r < self->n_readout; r++)
    for (gsize p = 0; p < self->n_phase; p++)
      if (self->padded[p] != 0)
        self->points[r * self->n_phase + p] = 0;
}

/* Padded lines come out as 0: zeros there are neither data nor missing data. */
MsmTensor *
msm_mask_to_tensor (const MsmMask *self, MsmDevice *device, GError **error)
{
  g_autofree float *values = NULL;
  gsize n;

  g_return_val_if_fail (self != NULL && device != NULL, NULL);
  n = self->n_readout * self->n_phase;
  values = msm_try_new (float, n, error);
  if (values == NULL)
    return NULL;
  for (gsize r = 0; r < self->n_readout; r++)
    for (gsize p = 0; p < self->n_phase; p++)
      {
        gsize i = r * self->n_phase + p;

        values[i] = self->points[i] != 0 && self->padded[p] == 0 ? 1.0f : 0.0f;
      }
  return msm_tensor_new_from (device, MSM_F32, msm_shape2 (self->n_readout, self->n_phase), values, error);
}
