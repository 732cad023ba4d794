#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/mask/mask-density.h"
#include "core/mask/mask.h"

static MsmMask *
generate (const char *name, gsize n_readout, gsize n_phase, const char *settings)
{
  g_autoptr (GError) error = NULL;
  const MsmMaskPattern *pattern = msm_mask_pattern_find (name, &error);
  g_autoptr (MsmParams) params = NULL;
  g_auto (GStrv) words = g_strsplit (settings, " ", -1);
  MsmMask *mask;

  g_assert_no_error (error);
  params = msm_params_new (pattern->params);
  for (guint i = 0; words[i] != NULL && words[i + 1] != NULL; i += 2)
    {
      msm_params_set_text (params, words[i], words[i + 1], &error);
      g_assert_no_error (error);
    }
  mask = pattern->generate (params, n_readout, n_phase, &error);
  g_assert_no_error (error);
  g_assert_nonnull (mask->origin);
  return mask;
}

static void
test_basics (void)
{
  g_autoptr (MsmMask) mask = msm_mask_new (6, 8), copy = NULL;
  g_autoptr (MsmTensor) tensor = NULL;
  gsize r, p;

  g_assert_cmpuint (msm_mask_count (mask), ==, 0);
  g_assert_true (isinf (msm_mask_effective_accel (mask)));
  msm_mask_acs (mask, &r, &p);
  g_assert_cmpuint (r + p, ==, 0);
  memset (mask->points, 1, 48);
  g_assert_true (msm_mask_is_full (mask));
  mask->padded[0] = mask->padded[7] = 1;
  g_assert_cmpuint (msm_mask_count (mask), ==, 36);
  g_assert_true (msm_mask_is_full (mask));
  g_assert_cmpfloat (msm_mask_effective_accel (mask), ==, 1);
  copy = msm_mask_copy (mask);
  copy->points[9] = 0;
  g_assert_cmpuint (mask->points[9], ==, 1);
  msm_mask_detect_columns (mask);
  msm_mask_detect_columns (copy);
  g_assert_true (mask->is_columns);
  g_assert_false (copy->is_columns);
  tensor = msm_mask_to_tensor (mask, msm_device_host (), NULL);
  g_assert_cmpfloat (msm_tensor_const_host (tensor)[0], ==, 0);
  g_assert_cmpfloat (msm_tensor_const_host (tensor)[1], ==, 1);
}

/* The centre block of a block of any size is that block, in any plane. */
static void
test_acs (void)
{
  for (gsize n = 5; n <= 8; n++)
    for (gsize a = 1; a <= n; a++)
      {
        g_autoptr (MsmMask) mask = msm_mask_new (n, 9);
        gsize r, p;

        for (gsize i = n / 2 - a / 2; i < n / 2 - a / 2 + a; i++)
          memset (mask->points + i * 9 + 2, 1, 4);
        msm_mask_acs (mask, &r, &p);
        g_assert_cmpuint (r, ==, a);
        g_assert_cmpuint (p, ==, 4);
      }
}

/* The figure of docs/method.md: 256 lines, R = 4, 20 centre lines: 20 + 236/4 = 79 on average, R ≈ 3.24. */
static void
test_random_lines (void)
{
  double total = 0;

  for (int seed = 0; seed < 200; seed++)
    {
      g_autofree char *settings = g_strdup_printf ("accel 4 acs 20 seed %d", seed);
      g_autoptr (MsmMask) mask = generate ("random", 2, 256, settings);
      gsize r, p;

      g_assert_true (mask->is_columns);
      msm_mask_acs (mask, &r, &p);
      g_assert_cmpuint (r, ==, 2);
      g_assert_cmpuint (p, >=, 20);
      total += (double) msm_mask_count (mask) / 2;
    }
  /* σ of the mean: √(236 · 3/16 / 200) = 0.47: five of them. */
  g_assert_cmpfloat_with_epsilon (total / 200, 79, 2.4);
}

static void
test_equispaced (void)
{
  g_autoptr (MsmMask) mask = generate ("equispaced", 1, 64, "accel 4 acs 0 seed 3");
  gsize first = 0;

  while (mask->points[first] == 0)
    first++;
  g_assert_cmpuint (first, <, 4);
  for (gsize p = 0; p < 64; p++)
    g_assert_cmpuint (mask->points[p], ==, p % 4 == first);
}

static void
test_density (void)
{
  g_autoptr (MsmMask) mask = generate ("variable-density", 4, 200, "accel 5 acs 10 seed 1 power 4");
  gsize inner = 0, outer = 0;

  g_assert_cmpuint (msm_mask_count (mask), ==, 4 * 40);
  for (gsize p = 0; p < 200; p++)
    *(p >= 50 && p < 150 ? &inner : &outer) += mask->points[p];
  g_assert_cmpuint (inner, >, 2 * outer);
}

/* Eleven lines: the block of ten, and one by chance, which is not the one behind the block every time. */
static void
test_density_and_one_line (void)
{
  int n_behind = 0;

  for (int seed = 0; seed < 20; seed++)
    {
      g_autofree char *settings = g_strdup_printf ("accel 18 acs 10 seed %d power 4", seed);
      g_autoptr (MsmMask) mask = generate ("variable-density", 2, 200, settings);

      g_assert_cmpuint (msm_mask_count (mask), ==, 2 * 11);
      for (gsize p = 95; p < 105; p++)
        g_assert_cmpuint (mask->points[p], ==, 1);
      n_behind += mask->points[105];
    }
  g_assert_cmpint (n_behind, <, 10);
}

static double
nearest_distance (const MsmMask *mask, gsize r, gsize p)
{
  double best = INFINITY;

  for (gsize i = 0; i < mask->n_readout; i++)
    for (gsize j = 0; j < mask->n_phase; j++)
      if (mask->points[i * mask->n_phase + j] && (i != r || j != p))
        best = MIN (best, hypot ((double) i - (double) r, (double) j - (double) p));
  return best;
}

/* Exactly n/R points, and with no variation of density and no block no two are neighbours. */
static void
test_poisson (void)
{
  g_autoptr (MsmMask) mask = generate ("poisson", 96, 80, "accel 8 acs 16 seed 2");
  g_autoptr (MsmMask) even = generate ("poisson", 64, 64, "accel 16 acs 0 seed 2 slope 0 ellipse no");
  double closest = INFINITY;
  gsize r, p;

  g_assert_cmpuint (msm_mask_count (mask), ==, 96 * 80 / 8);
  msm_mask_acs (mask, &r, &p);
  g_assert_cmpuint (r, >=, 16);
  g_assert_cmpuint (p, >=, 16);
  g_assert_cmpuint (msm_mask_count (even), ==, 256);
  for (gsize i = 0; i < 64 * 64; i++)
    if (even->points[i])
      closest = MIN (closest, nearest_distance (even, i / 64, i % 64));
  /*
   * Maximal Poisson disc packs ≈ 0.7 points per d²: at 16 pixels a point the distance is above 2.8.
   */
  g_assert_cmpfloat (closest, >, 2.8);
}

static void
test_radial (void)
{
  g_autoptr (MsmMask) mask = generate ("radial", 128, 128, "accel 6 acs 8 seed 1");

  g_assert_false (mask->is_columns);
  g_assert_cmpuint (mask->points[64 * 128 + 64], ==, 1);
  /* The last spoke adds at most 128 points. */
  g_assert_cmpuint (msm_mask_count (mask), >=, 128 * 128 / 6);
  g_assert_cmpuint (msm_mask_count (mask), <=, 128 * 128 / 6 + 129);
}

static void
test_natural (void)
{
  g_autoptr (MsmMask) box = generate ("box", 64, 64, "grid 4 fraction 0.4 seed 5");
  g_autoptr (MsmMask) pixels = generate ("pixels", 50, 40, "fraction 0.25 seed 5");
  g_autoptr (MsmMask) full = generate ("full", 3, 4, "");

  /* round (0.4 · 16) = 6 cells of 256 pixels are dropped, wherever the roll puts them. */
  g_assert_cmpuint (msm_mask_count (box), ==, 10 * 256);
  g_assert_cmpuint (msm_mask_count (pixels), ==, 1500);
  g_assert_true (msm_mask_is_full (full));
}

/* Same seed, same mask; other seeds, other ones. */
static void
test_seeds (void)
{
  for (const MsmMaskPattern *pattern = msm_mask_patterns (); pattern->name != NULL; pattern++)
    {
      g_autoptr (MsmMask) a = NULL, b = NULL;
      gboolean differs = FALSE;

      if (strcmp (pattern->name, "full") == 0)
        continue;
      a = generate (pattern->name, 128, 128, "seed 7");
      b = generate (pattern->name, 128, 128, "seed 7");
      g_assert_cmpmem (a->points, 128 * 128, b->points, 128 * 128);
      /* Equispaced lines have only as many masks as R: some of ten seeds must give another. */
      for (int seed = 10; seed < 20; seed++)
        {
          g_autofree char *settings = g_strdup_printf ("seed %d", seed);
          g_autoptr (MsmMask) c = generate (pattern->name, 128, 128, settings);

          differs = differs || memcmp (a->points, c->points, 128 * 128) != 0;
        }
      g_assert_true (differs);
    }
}

static void
test_errors (void)
{
  const MsmMaskPattern *pattern = msm_mask_pattern_find ("random", NULL);
  g_autoptr (MsmParams) params = msm_params_new (pattern->params);
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_mask_pattern_find ("spiral", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_null (pattern->generate (params, 8, 8, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

static void
test_padding (void)
{
  g_autoptr (MsmMask) from = msm_mask_new (4, 8), mask = generate ("full", 4, 8, "");

  from->padded[0] = 1;
  msm_mask_take_padding (mask, from);
  g_assert_cmpuint (mask->points[0], ==, 0);
  g_assert_cmpuint (msm_mask_count (mask), ==, 28);
  g_assert_true (msm_mask_is_full (mask));
}

/* The density that is drawn: a full mask has 1 everywhere, a half one 1/2 away from its centre block. */
static void
test_density_curve (void)
{
  g_autoptr (MsmMask) full = generate ("full", 64, 64, ""), half = msm_mask_new (64, 64);
  double x[64], density[64];
  gsize n = msm_mask_density (full, x, density);

  g_assert_cmpuint (n, ==, 64);
  g_assert_cmpfloat (x[0], ==, -32);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (density[i], ==, 1);
  for (int i = 0; i < 64 * 64; i++)
    half->points[i] = i % 2 == 0 || (i % 64 >= 28 && i % 64 < 36);
  half->is_columns = TRUE;
  half->padded[0] = half->padded[1] = 1;
  msm_mask_density (half, x, density);
  g_assert_cmpfloat_with_epsilon (density[12], 0.5, 0.11); /* 2 or 3 of 5 lines */
  g_assert_cmpfloat (density[32], ==, 1);
  /* As points: the distance from the centre. */
  half->padded[0] = half->padded[1] = 0;
  half->is_columns = FALSE;
  for (int i = 0; i < 64 * 64; i++)
    half->points[i] = hypot (i / 64 - 32, i % 64 - 32) < 10;
  n = msm_mask_density (half, x, density);
  g_assert_cmpuint (n, ==, 32);
  g_assert_cmpfloat (density[5], ==, 1);
  g_assert_cmpfloat (density[20], ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask/basics", test_basics);
  g_test_add_func ("/mask/acs", test_acs);
  g_test_add_func ("/mask/random-lines", test_random_lines);
  g_test_add_func ("/mask/equispaced", test_equispaced);
  g_test_add_func ("/mask/density", test_density);
  g_test_add_func ("/mask/density/one-line", test_density_and_one_line);
  g_test_add_func ("/mask/poisson", test_poisson);
  g_test_add_func ("/mask/radial", test_radial);
  g_test_add_func ("/mask/natural", test_natural);
  g_test_add_func ("/mask/seeds", test_seeds);
  g_test_add_func ("/mask/errors", test_errors);
  g_test_add_func ("/mask/padding", test_padding);
  g_test_add_func ("/mask/density-curve", test_density_curve);
  return g_test_run ();
}
