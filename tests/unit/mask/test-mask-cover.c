#include "config.h"

#include "core/mask/mask-cover.h"

#include <string.h>

#include "core/base/error.h"

#define ROWS    12
#define COLUMNS 40

static const MsmMaskCoverOptions options[] = {
  { .kind = MSM_MASK_COVER_RANDOM, .accel = 4, .acs = 6 },
  { .kind = MSM_MASK_COVER_EQUISPACED, .accel = 3, .acs = 4 },
  { .kind = MSM_MASK_COVER_BOX, .grid = 4, .fraction = 0.4 },
  { .kind = MSM_MASK_COVER_PIXELS, .fraction = 0.5 },
  { .kind = MSM_MASK_COVER_FULL },
};

/* How many draws until every point has been seen, over and over; and that masks are 0 or 1. */
static void
test_covers (void)
{
  /* 1/(part kept), doubled: a covered unit is drawn again only when a covering mask has room. */
  const int most[] = { 10, 5, 6, 4, 1 };
  g_autofree float *plane = g_new (float, ROWS * COLUMNS);

  for (gsize k = 0; k < G_N_ELEMENTS (options); k++)
    {
      g_autoptr (MsmMaskCover) cover = msm_mask_cover_new (&options[k], ROWS, COLUMNS, 3, 0, NULL);
      guint8 seen[ROWS * COLUMNS] = { 0 };
      int n_draws = 0, n_rounds = 0;

      g_assert_nonnull (cover);
      while (n_rounds < 50)
        {
          gsize n_seen = 0;

          msm_mask_cover_draw (cover, plane);
          n_draws++;
          for (gsize i = 0; i < ROWS * COLUMNS; i++)
            {
              g_assert_true (plane[i] == 0 || plane[i] == 1);
              if (k < 2)
                g_assert_cmpfloat (plane[i], ==, plane[i % COLUMNS]);
              seen[i] |= plane[i] > 0;
              n_seen += seen[i];
            }
          if (n_seen < ROWS * COLUMNS)
            continue;
          g_assert_cmpint (n_draws, <=, most[k]);
          memset (seen, 0, sizeof seen);
          n_draws = 0;
          n_rounds++;
        }
    }
}

/* The ACS lines are always there, and the number of others is that of p(S): Binomial (34, 1/4). */
static void
test_count (void)
{
  g_autoptr (MsmMaskCover) cover = msm_mask_cover_new (&options[0], ROWS, COLUMNS, 5, 0, NULL);
  g_autofree float *plane = g_new (float, ROWS * COLUMNS);
  double sum = 0, square = 0;

  for (int i = 0; i < 2000; i++)
    {
      int n = 0;

      msm_mask_cover_draw (cover, plane);
      for (int p = 0; p < COLUMNS; p++)
        n += plane[p] > 0;
      for (int p = 17; p < 23; p++)
        g_assert_cmpfloat (plane[p], ==, 1);
      sum += n - 6;
      square += (n - 6) * (n - 6);
    }
  /* 5 standard errors: √(34 · 3/16 / 2000) = 0.056, and of the variance 6.4 √(2/2000) = 0.2 */
  g_assert_cmpfloat_with_epsilon (sum / 2000, 34 / 4.0, 0.28);
  g_assert_cmpfloat_with_epsilon (square / 2000 - sum / 2000 * sum / 2000, 34 * 3 / 16.0, 1.0);
}

/* The same (seed, sequence) gives the same masks, another one others; and a copy goes on as the original. */
static void
test_repeats (void)
{
  g_autofree float *a = g_new (float, ROWS * COLUMNS);
  g_autofree float *b = g_new (float, ROWS * COLUMNS);
  gsize bytes = ROWS * COLUMNS * sizeof (float);

  for (gsize k = 0; k < 4; k++)
    {
      g_autoptr (MsmMaskCover) one = msm_mask_cover_new (&options[k], ROWS, COLUMNS, 3, 1, NULL);
      g_autoptr (MsmMaskCover) two = msm_mask_cover_new (&options[k], ROWS, COLUMNS, 3, 2, NULL);
      int n_same = 0;

      for (int i = 0; i < 20; i++)
        {
          msm_mask_cover_draw (one, a);
          msm_mask_cover_draw (two, b);
          n_same += memcmp (a, b, bytes) == 0;
        }
      g_assert_cmpint (n_same, <, 18); /* equispaced has three to choose from */
      msm_mask_cover_assign (two, one);
      msm_mask_cover_draw (one, a);
      msm_mask_cover_draw (two, b);
      g_assert_cmpmem (a, bytes, b, bytes);
      msm_mask_cover_restart (one, 5);
      msm_mask_cover_restart (two, 5);
      for (int i = 0; i < 5; i++)
        {
          msm_mask_cover_draw (one, a);
          msm_mask_cover_draw (two, b);
          g_assert_cmpmem (a, bytes, b, bytes);
        }
    }
}

static void
test_refused (void)
{
  const MsmMaskCoverOptions bad[] = {
    { .kind = MSM_MASK_COVER_RANDOM, .accel = 4, .acs = COLUMNS + 1 },
    { .kind = MSM_MASK_COVER_BOX, .grid = ROWS + 1, .fraction = 0.4 },
    { .kind = MSM_MASK_COVER_PIXELS, .fraction = 1 },
  };
  const MsmMaskCoverOptions sparse = { .kind = MSM_MASK_COVER_RANDOM, .accel = 64, .acs = 4 };
  g_autoptr (MsmMaskCover) cover = msm_mask_cover_new (&sparse, ROWS, COLUMNS, 1, 0, NULL);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local = NULL;

      g_assert_null (msm_mask_cover_new (&bad[i], ROWS, COLUMNS, 1, 0, &local));
      g_assert_error (local, MSM_ERROR, MSM_ERROR_VALUE);
    }
  g_assert_false (msm_mask_cover_check (cover, 20, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_true (msm_mask_cover_check (cover, 2000, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask-cover/covers", test_covers);
  g_test_add_func ("/mask-cover/count", test_count);
  g_test_add_func ("/mask-cover/repeats", test_repeats);
  g_test_add_func ("/mask-cover/refused", test_refused);
  return g_test_run ();
}
