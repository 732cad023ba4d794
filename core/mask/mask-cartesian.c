#include "config.h"

#include "core/mask/mask-pattern.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

/* Patterns of whole phase-encode lines. */

static const MsmParam random_params[] = {
  MSM_MASK_PARAM_ACCEL (4),
  MSM_MASK_PARAM_ACS (20, N_("Centre lines that are always sampled")),
  MSM_MASK_PARAM_SEED,
  { NULL },
};

static const MsmParam density_params[] = {
  MSM_MASK_PARAM_ACCEL (4),
  MSM_MASK_PARAM_ACS (20, N_("Centre lines that are always sampled")),
  MSM_MASK_PARAM_SEED,
  { "power", MSM_PARAM_FLOAT, 0, 20, 2, NULL, NULL, NULL,
    N_("Density falls as (1 − |k|) to this power, |k| = 1 at the edge"), .title = N_("Density power") },
  { NULL },
};

/*
 * The lines' own mask with the ACS block set, named and described; NULL when the block does not
 * fit.
 */
static MsmMask *
finish_lines (guint8 *lines, const char *name, const MsmParams *params, gsize n_readout, gsize n_phase)
{
  gsize acs = msm_params_get_int (params, "acs");
  MsmMask *mask;

  memset (lines + n_phase / 2 - acs / 2, 1, acs);
  mask = msm_mask_new_columns (lines, n_readout, n_phase);
  mask->nominal_accel = msm_params_get_number (params, "accel");
  mask->origin = g_strdup_printf ("%s, R %g, ACS %zu, seed %d", name, mask->nominal_accel, acs,
                                  msm_params_get_int (params, "seed"));
  return mask;
}

/*
 * p(S) of MSM: the ACS lines always, each other line with probability 1/R. The number of lines
 * varies and the effective R is below R (n = 256, R = 4, ACS 20: ≈ 79 lines, R ≈ 3.2).
 */
static MsmMask *
random_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  g_autofree guint8 *lines = g_malloc0 (n_phase);
  g_autofree float *u = NULL;

  if (!msm_mask_check_acs (msm_params_get_int (params, "acs"), n_phase, error))
    return NULL;
  u = msm_mask_uniform (params, 1, n_phase);
  for (gsize p = 0; p < n_phase; p++)
    lines[p] = u[p] * msm_params_get_number (params, "accel") < 1;
  return finish_lines (lines, "random", params, n_readout, n_phase);
}

/* Every R-th line from a random offset (R may be fractional), and the ACS lines. */
static MsmMask *
equispaced_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  g_autofree guint8 *lines = g_malloc0 (n_phase);
  g_autofree float *u = NULL;
  double accel = msm_params_get_number (params, "accel");

  if (!msm_mask_check_acs (msm_params_get_int (params, "acs"), n_phase, error))
    return NULL;
  u = msm_mask_uniform (params, 2, 1);
  for (gsize i = 0;; i++)
    {
      /* A whole offset keeps the spacing exact when R is whole. */
      double at = floor (u[0] * accel) + (double) i * accel;

      if (at >= (double) n_phase)
        break;
      lines[(gsize) at] = 1;
    }
  return finish_lines (lines, "equispaced", params, n_readout, n_phase);
}

/*
 * Exactly max (n/R, ACS) lines: those outside the ACS block drawn without replacement with weights
 * w = (1 − |k|)^power, by the keys log (u) / w of Efraimidis and Spirakis (2006).
 */
static MsmMask *
density_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  g_autofree guint8 *lines = g_malloc0 (n_phase);
  g_autofree double *keys = g_new (double, n_phase);
  g_autofree float *u = NULL;
  g_autofree gsize *order = NULL;
  gsize acs = msm_params_get_int (params, "acs");
  gsize n_lines = (gsize) lround ((double) n_phase / msm_params_get_number (params, "accel"));
  gsize first;

  if (!msm_mask_check_acs (acs, n_phase, error))
    return NULL;
  first = n_phase / 2 - acs / 2;
  u = msm_mask_uniform (params, 3, n_phase);
  for (gsize p = 0; p < n_phase; p++)
    {
      double k = fabs ((double) p - (double) (n_phase / 2)) / ((double) n_phase / 2 + 1);
      double weight = pow (1 - MIN (k, 1), msm_params_get_number (params, "power"));

      if (p >= first && p < first + acs)
        keys[p] = -INFINITY;
      else
        keys[p] = -log ((double) u[p] + 1e-12) / MAX (weight, 1e-12);
    }
  order = msm_mask_sort_keys (keys, n_phase);
  for (gsize i = 0; i < MAX (n_lines, acs); i++)
    lines[order[i]] = 1;
  return finish_lines (lines, "variable-density", params, n_readout, n_phase);
}

const MsmMaskPattern msm_mask_pattern_random = { "random", N_("Random lines"), random_params, random_generate };
const MsmMaskPattern msm_mask_pattern_equispaced = { "equispaced", N_("Equispaced lines"), random_params,
                                                     equispaced_generate };
const MsmMaskPattern msm_mask_pattern_density = { "variable-density", N_("Variable-density lines"), density_params,
                                                  density_generate };
