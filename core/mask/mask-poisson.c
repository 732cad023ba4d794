#include "config.h"

#include "core/mask/mask-pattern.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

/*
 * Variable-density Poisson disc on the grid. Points are visited in one random order; a point is
 * taken when no taken point lies within its radius
 *   r (k) = r₀ (1 + slope |k|),  in grid steps, |k| = 1 at the middle of an edge.
 * The count falls as r₀ rises: r₀ is found by bisection with the order kept, for the largest r₀
 * that still gives enough points; the few too many are then left out at random, so that R is exact.
 */

static const MsmParam poisson_params[] = {
  MSM_MASK_PARAM_ACCEL (8),
  MSM_MASK_PARAM_ACS (24, N_("Side of the centre block that is fully sampled")),
  MSM_MASK_PARAM_SEED,
  { "slope", MSM_PARAM_FLOAT, 0, 100, 5, NULL, NULL, NULL,
    N_("How fast the spacing grows outwards; 0 is a uniform density"), .title = N_("Density slope") },
  { "ellipse", MSM_PARAM_BOOL, 0, 1, 1, NULL, NULL, NULL, N_("Leave the corners of k-space out"),
    .title = N_("Elliptical") },
  { NULL },
};

typedef struct
{
  gsize n_readout, n_phase;
  const gsize *order;
  gsize n_order;
  const double *k2; /* |k|² of each point */
  double slope;
  gsize acs_r0, acs_r1, acs_p0, acs_p1;
} Disc;

static gboolean
in_block (const Disc *disc, gsize r, gsize p)
{
  return r >= disc->acs_r0 && r < disc->acs_r1 && p >= disc->acs_p0 && p < disc->acs_p1;
}

static gboolean
has_neighbour (const Disc *disc, const guint8 *points, gsize r, gsize p, double radius)
{
  gsize reach = (gsize) radius;
  gsize r0 = r > reach ? r - reach : 0, r1 = MIN (r + reach + 1, disc->n_readout);
  gsize p0 = p > reach ? p - reach : 0, p1 = MIN (p + reach + 1, disc->n_phase);

  for (gsize i = r0; i < r1; i++)
    for (gsize j = p0; j < p1; j++)
      {
        double dr = (double) i - (double) r, dp = (double) j - (double) p;

        if (points[i * disc->n_phase + j] != 0 && dr * dr + dp * dp <= radius * radius)
          return TRUE;
      }
  return FALSE;
}

/*
 * Fills @points (cleared first) for one r₀; returns how many points lie outside the centre block.
 */
static gsize
throw_darts (const Disc *disc, double r0, guint8 *points)
{
  gsize count = 0;

  memset (points, 0, disc->n_readout * disc->n_phase);
  for (gsize i = 0; i < disc->n_order; i++)
    {
      gsize at = disc->order[i];
      gsize r = at / disc->n_phase, p = at % disc->n_phase;
      double radius = r0 * (1 + disc->slope * sqrt (disc->k2[at]));

      if (radius >= 1 && has_neighbour (disc, points, r, p, radius))
        continue;
      points[at] = 1;
      count++;
    }
  return count;
}

/*
 * Takes @excess points away, the last of the order first: they are a random choice of those taken.
 */
static void
thin (const Disc *disc, guint8 *points, gsize excess)
{
  for (gsize i = disc->n_order; i-- > 0 && excess > 0;)
    if (points[disc->order[i]] != 0)
      {
        points[disc->order[i]] = 0;
        excess--;
      }
}

/* Random order of the points that may be drawn: inside the ellipse, outside the centre block. */
static gsize *
draw_order (Disc *disc, const MsmParams *params, double *k2)
{
  gsize n = disc->n_readout * disc->n_phase;
  g_autofree float *u = msm_mask_uniform (params, 4, n);
  g_autofree double *keys = g_new (double, n);
  gsize *order;
  gboolean ellipse = msm_params_get_bool (params, "ellipse");

  disc->n_order = 0;
  for (gsize r = 0; r < disc->n_readout; r++)
    for (gsize p = 0; p < disc->n_phase; p++)
      {
        gsize at = r * disc->n_phase + p;
        double y = ((double) r - (double) (disc->n_readout / 2)) / MAX ((double) disc->n_readout / 2, 0.5);
        double x = ((double) p - (double) (disc->n_phase / 2)) / MAX ((double) disc->n_phase / 2, 0.5);

        k2[at] = x * x + y * y;
        keys[at] = u[at];
        if ((ellipse && k2[at] > 1) || in_block (disc, r, p))
          keys[at] = 2;
        else
          disc->n_order++;
      }
  order = msm_mask_sort_keys (keys, n);
  return order;
}

static MsmMask *
poisson_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  Disc disc = { .n_readout = n_readout, .n_phase = n_phase };
  gsize n = n_readout * n_phase;
  gsize acs = msm_params_get_int (params, "acs");
  double accel = msm_params_get_number (params, "accel");
  gsize wanted = (gsize) lround ((double) n / accel);
  gsize acs_r = MIN (acs, n_readout), acs_p = MIN (acs, n_phase), target, count;
  double low = 0, high = 2;
  g_autofree double *k2 = g_new (double, n);
  g_autofree gsize *order = NULL;
  MsmMask *mask;

  if (!msm_mask_check_acs (acs, MAX (n_readout, n_phase), error))
    return NULL;
  disc.slope = msm_params_get_number (params, "slope");
  disc.acs_r0 = n_readout / 2 - acs_r / 2;
  disc.acs_r1 = disc.acs_r0 + acs_r;
  disc.acs_p0 = n_phase / 2 - acs_p / 2;
  disc.acs_p1 = disc.acs_p0 + acs_p;
  disc.order = order = draw_order (&disc, params, k2);
  disc.k2 = k2;

  mask = msm_mask_new (n_readout, n_phase);
  target = wanted > acs_r * acs_p ? wanted - acs_r * acs_p : 0;
  while (throw_darts (&disc, high, mask->points) > target && high < (double) n)
    high *= 2;
  for (int i = 0; i < 14; i++)
    {
      double middle = (low + high) / 2;

      if (throw_darts (&disc, middle, mask->points) >= target)
        low = middle;
      else
        high = middle;
    }
  count = throw_darts (&disc, low, mask->points);
  if (count > target)
    thin (&disc, mask->points, count - target);
  msm_mask_fill_block (mask, acs_r, acs_p);

  mask->nominal_accel = accel;
  mask->origin = g_strdup_printf ("poisson, R %g, ACS %zu, seed %d", accel, acs, msm_params_get_int (params, "seed"));
  return mask;
}

const MsmMaskPattern msm_mask_pattern_poisson = { "poisson", N_("Poisson disc (2-D)"), poisson_params,
                                                  poisson_generate };
