#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/scan-private.h"

/* Lines or rows of zeros at the edges that are a rounding of the matrix, not undersampling. */
#define MAX_EDGE 2
/* Exact zeros among measured points that are chance, as of integer data. */
#define CHANCE   0.001
/* Blank slices that opening steps over. */
#define MAX_LOOK 32

/* The zero entries of @n at the two ends, as @seen has none; 0 where that leaves nothing, or more than a rounding. */
static void
edges (const guint8 *seen, gsize n, gsize *low, gsize *high)
{
  *low = *high = 0;
  while (*low < n && seen[*low] == 0)
    (*low)++;
  while (*high < n - *low && seen[n - 1 - *high] == 0)
    (*high)++;
}

typedef struct
{
  MsmMask *mask;
  guint8 *columns, *rows; /* 1: holds anything */
} Zeros;

static Zeros
look (const float *kspace, gsize n_coils, gsize n_readout, gsize n_phase)
{
  const gsize n_points = n_readout * n_phase;
  Zeros zeros = { msm_mask_new (n_readout, n_phase), g_new0 (guint8, n_phase), g_new0 (guint8, n_readout) };

  for (gsize c = 0; c < n_coils; c++)
    for (gsize i = 0; i < n_points; i++)
      if (kspace[2 * (c * n_points + i)] != 0 || kspace[2 * (c * n_points + i) + 1] != 0)
        zeros.mask->points[i] = 1;
  for (gsize i = 0; i < n_points; i++)
    if (zeros.mask->points[i])
      zeros.columns[i % n_phase] = zeros.rows[i / n_phase] = 1;
  return zeros;
}

/* Points that are missing inside the rows and columns that are left. */
static gsize
count_missing (const Zeros *zeros, gsize first_row, gsize last_row, const guint8 *skip)
{
  const MsmMask *mask = zeros->mask;
  gsize n = 0;

  for (gsize r = first_row; r < last_row; r++)
    for (gsize p = 0; p < mask->n_phase; p++)
      n += !skip[p] && !mask->points[r * mask->n_phase + p];
  return n;
}

MsmMask *
msm_scan_mask_from_zeros (const float *kspace, gsize n_coils, gsize n_readout, gsize n_phase, const guint8 *padded)
{
  Zeros zeros = look (kspace, n_coils, n_readout, n_phase);
  g_autofree guint8 *columns = zeros.columns, *rows = zeros.rows;
  g_autofree guint8 *skip = g_new0 (guint8, n_phase);
  g_autoptr (MsmMask) mask = zeros.mask;
  gsize low, high, top, bottom, n_padded = 0, n_edge;
  gboolean is_full;

  for (gsize p = 0; p < n_phase; p++)
    skip[p] = padded != NULL && padded[p] && !columns[p];
  edges (columns, n_phase, &low, &high);
  edges (rows, n_readout, &top, &bottom);
  if (low == n_phase)
    return NULL;
  for (gsize p = 0; p < n_phase; p++)
    {
      mask->padded[p] = skip[p];
      n_padded += skip[p];
    }
  /* Beside what the header calls padded: where the rest is full, a line or two are no loss. */
  for (gsize p = 0; p < n_phase; p++)
    skip[p] = skip[p] || p < low || p >= n_phase - high;
  n_edge = 0;
  for (gsize p = 0; p < n_phase; p++)
    n_edge += skip[p];
  if (top + bottom > MAX_EDGE)
    top = bottom = 0;
  is_full = n_edge <= n_padded + MAX_EDGE
            && (double) count_missing (&zeros, top, n_readout - bottom, skip) < CHANCE * (double) (n_readout * n_phase);
  if (is_full && n_edge == 0)
    return NULL;
  if (is_full)
    {
      memcpy (mask->padded, skip, n_phase);
      for (gsize i = 0; i < n_readout * n_phase; i++)
        mask->points[i] = !skip[i % n_phase];
    }
  msm_mask_detect_columns (mask);
  g_free (mask->origin);
  mask->origin = g_strdup ("from the zeros of the file");
  return g_steal_pointer (&mask);
}

gboolean
msm_scan_mask_is_full (const MsmMask *mask)
{
  return mask == NULL || msm_mask_is_full (mask);
}

/* (transfer full) @mask, kept unless another was first. */
static void
keep (MsmScan *self, gsize slice, MsmMask *mask)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (g_hash_table_contains (self->masks, GSIZE_TO_POINTER (slice)))
    g_clear_pointer (&mask, msm_mask_unref);
  else
    g_hash_table_insert (self->masks, GSIZE_TO_POINTER (slice), mask);
}

static gboolean
look_up (MsmScan *self, gsize slice, MsmMask **mask)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gpointer value = NULL;

  if (!g_hash_table_lookup_extended (self->masks, GSIZE_TO_POINTER (slice), NULL, &value))
    return FALSE;
  *mask = value != NULL ? msm_mask_ref (value) : NULL;
  return TRUE;
}

void
msm_scan_keep_mask (MsmScan *self, gsize slice, MsmTensor *kspace)
{
  if (self->guesses_masks)
    keep (self, slice,
          msm_scan_mask_from_zeros (msm_tensor_const_host (kspace), self->n_channels, self->n_readout, self->n_phase,
                                    self->padded));
}

gboolean
msm_scan_find_mask (MsmScan *self, gsize slice, MsmMask **mask, GError **error)
{
  g_autoptr (MsmTensor) kspace = NULL;

  *mask = NULL;
  g_return_val_if_fail (slice < self->n_slices, FALSE);
  if (look_up (self, slice, mask))
    return TRUE;
  if (self->guesses_masks)
    {
      kspace = self->format->read (self, slice, NULL, error);
      if (kspace == NULL)
        return FALSE;
      msm_scan_keep_mask (self, slice, kspace);
    }
  else
    keep (self, slice, self->format->find_mask != NULL ? self->format->find_mask (self, slice) : NULL);
  return look_up (self, slice, mask);
}

MsmMask *
msm_scan_peek_mask (MsmScan *self, gsize slice)
{
  MsmMask *mask = NULL;

  if (look_up (self, slice, &mask))
    return mask;
  if (!self->guesses_masks && msm_scan_find_mask (self, slice, &mask, NULL))
    return mask;
  return self->seen_mask != NULL ? msm_mask_ref (self->seen_mask) : NULL;
}

static gboolean
is_zero (const float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (values[i] != 0)
      return FALSE;
  return TRUE;
}

/* The first coil of @slice that measured anything. FALSE with no @error: none did. */
static gboolean
read_living_coil (MsmScan *self, gsize slice, float *plane, GError **error)
{
  for (gsize coil = 0; coil < self->n_channels; coil++)
    {
      if (!self->format->read_coil (self, slice, coil, plane, error))
        return FALSE;
      if (!is_zero (plane, 2 * self->n_readout * self->n_phase))
        return TRUE;
    }
  return FALSE;
}

gboolean
msm_scan_look_at_zeros (MsmScan *self, GError **error)
{
  g_autofree float *plane = g_try_new (float, 2 * self->n_readout * self->n_phase);
  const gsize middle = self->n_slices / 2;

  if (plane == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for one coil of a slice"), self->path);
      return FALSE;
    }
  /* The middle, then the one before, the one behind, … */
  for (gsize i = 0; i < MIN (MAX_LOOK, self->n_slices); i++)
    {
      gsize slice = i % 2 == 0 ? middle + i / 2 : middle - (i + 1) / 2;
      GError *failure = NULL;

      if (slice >= self->n_slices)
        continue;
      if (read_living_coil (self, slice, plane, &failure))
        {
          self->seen_mask = msm_scan_mask_from_zeros (plane, 1, self->n_readout, self->n_phase, self->padded);
          if (!msm_scan_mask_is_full (self->seen_mask))
            msm_scan_note (self,
                           _("Parts of k-space are zero: they are guessed not to have been acquired, in each slice "
                              "by its own zeros."));
          return TRUE;
        }
      if (failure != NULL)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
      if (i == 0)
        msm_scan_note (self, _("The middle slice is zero: nothing was measured there."));
    }
  return TRUE;
}
