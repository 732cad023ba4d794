#include "config.h"

#include "core/mask/mask-pattern.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static const MsmParam radial_params[] = {
  MSM_MASK_PARAM_ACCEL (6),
  MSM_MASK_PARAM_ACS (16, N_("Side of the centre block that is fully sampled")),
  MSM_MASK_PARAM_SEED,
  { NULL },
};

/* The grid points nearest to a diameter at @angle; returns how many were new. */
static gsize
draw_spoke (MsmMask *mask, double angle)
{
  double cr = (double) (mask->n_readout / 2), cp = (double) (mask->n_phase / 2);
  gsize n_steps = MAX (mask->n_readout, mask->n_phase), added = 0;

  for (gsize i = 0; i <= n_steps; i++)
    {
      double t = 2.0 * (double) i / (double) n_steps - 1;
      gssize r = lround (cr + t * (double) mask->n_readout / 2 * sin (angle));
      gssize p = lround (cp + t * (double) mask->n_phase / 2 * cos (angle));

      if (r < 0 || p < 0 || r >= (gssize) mask->n_readout || p >= (gssize) mask->n_phase)
        continue;
      added += mask->points[r * mask->n_phase + p] == 0;
      mask->points[r * mask->n_phase + p] = 1;
    }
  return added;
}

/*
 * Spokes moved to the nearest grid points: turned by the golden angle, from a random one, until n/R
 * points are sampled. The data stay Cartesian; only the pattern is radial.
 */
static MsmMask *
radial_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  const double golden = G_PI * (sqrt (5) - 1) / 2;
  gsize acs = msm_params_get_int (params, "acs");
  double accel = msm_params_get_number (params, "accel");
  gsize wanted = (gsize) lround ((double) (n_readout * n_phase) / accel);
  gsize max_spokes = 8 * MAX (n_readout, n_phase), n_spokes = 0, count;
  g_autofree float *u = NULL;
  MsmMask *mask;

  if (!msm_mask_check_acs (acs, MAX (n_readout, n_phase), error))
    return NULL;
  u = msm_mask_uniform (params, 5, 1);
  mask = msm_mask_new (n_readout, n_phase);
  msm_mask_fill_block (mask, MIN (acs, n_readout), MIN (acs, n_phase));
  count = msm_mask_count (mask);
  /* Spokes never reach the corners: at R near 1 their number, not the count, ends the loop. */
  while (count < wanted && n_spokes < max_spokes)
    count += draw_spoke (mask, G_PI * u[0] + golden * (double) n_spokes++);
  mask->nominal_accel = accel;
  mask->origin = g_strdup_printf ("radial, R %g, %zu spokes, ACS %zu, seed %d", accel, n_spokes, acs,
                                  msm_params_get_int (params, "seed"));
  return mask;
}

const MsmMaskPattern msm_mask_pattern_radial = { "radial", N_("Radial-like"), radial_params, radial_generate };
