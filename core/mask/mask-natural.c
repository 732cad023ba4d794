#include "config.h"

#include "core/mask/mask-pattern.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

/* Masks over pixels, for natural images: 1 = the pixel is known. */

static const MsmParam box_params[] = {
  { "grid", MSM_PARAM_INT, 1, 64, 4, NULL, NULL, NULL, N_("Cells along each side"), .title = N_("Cells per side") },
  { "fraction", MSM_PARAM_FLOAT, 0, 1, 0.4, NULL, NULL, NULL, N_("Part of the cells that is dropped"),
    .title = N_("Dropped part") },
  MSM_MASK_PARAM_SEED,
  { NULL },
};

static const MsmParam pixels_params[] = {
  { "fraction", MSM_PARAM_FLOAT, 0, 1, 0.5, NULL, NULL, NULL, N_("Part of the pixels that is dropped"),
    .title = N_("Dropped part") },
  MSM_MASK_PARAM_SEED,
  { NULL },
};

/* 0/1 per item with exactly round (fraction · n) zeros at random places. (transfer full) */
static guint8 *
draw_kept (const MsmParams *params, guint stream, gsize n)
{
  g_autofree float *u = msm_mask_uniform (params, stream, n);
  g_autofree double *keys = g_new (double, n);
  g_autofree gsize *order = NULL;
  gsize n_dropped = (gsize) lround (msm_params_get_number (params, "fraction") * (double) n);
  guint8 *kept = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    keys[i] = u[i];
  order = msm_mask_sort_keys (keys, n);
  for (gsize i = 0; i < n; i++)
    kept[order[i]] = i >= n_dropped;
  return kept;
}

static void
describe (MsmMask *mask, const char *name, const MsmParams *params)
{
  double fraction = msm_params_get_number (params, "fraction");

  mask->nominal_accel = fraction < 1 ? 1 / (1 - fraction) : 0;
  mask->origin =
      g_strdup_printf ("%s, %g %% dropped, seed %d", name, 100 * fraction, msm_params_get_int (params, "seed"));
}

/*
 * grid × grid cells, a part of them dropped, the whole pattern rolled by an offset within one cell.
 */
static MsmMask *
box_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  gsize grid = msm_params_get_int (params, "grid");
  g_autofree guint8 *kept = NULL;
  g_autofree float *u = NULL;
  gsize shift_r, shift_p;
  MsmMask *mask;

  if (grid > n_readout || grid > n_phase)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("grid is %zu, more cells than the %zu × %zu image has pixels along a side"), grid, n_readout,
                   n_phase);
      return NULL;
    }
  kept = draw_kept (params, 6, grid * grid);
  u = msm_mask_uniform (params, 7, 2);
  shift_r = (gsize) ((double) u[0] * (double) n_readout / (double) grid);
  shift_p = (gsize) ((double) u[1] * (double) n_phase / (double) grid);
  mask = msm_mask_new (n_readout, n_phase);
  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      {
        gsize row = (r + shift_r) % n_readout * grid / n_readout;
        gsize column = (p + shift_p) % n_phase * grid / n_phase;

        mask->points[r * n_phase + p] = kept[row * grid + column];
      }
  describe (mask, "box", params);
  return mask;
}

static MsmMask *
pixels_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  g_autofree guint8 *kept = draw_kept (params, 8, n_readout * n_phase);
  MsmMask *mask = msm_mask_new (n_readout, n_phase);

  memcpy (mask->points, kept, n_readout * n_phase);
  describe (mask, "pixels", params);
  return mask;
}

const MsmMaskPattern msm_mask_pattern_box = { "box", N_("Random boxes"), box_params, box_generate };
const MsmMaskPattern msm_mask_pattern_pixels = { "pixels", N_("Random pixels"), pixels_params, pixels_generate };
