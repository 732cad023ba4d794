#include "config.h"

/* The random numbers against published ones, and their functions against the library's. */

#include <glib.h>
#include <math.h>

#include "core/kernels/philox.inc"

/* Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors): counter, key, output. */
static void
test_known (void)
{
  static const struct
  {
    guint32 counter[4], key[2], want[4];
  } cases[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32 },
      { G_MAXUINT32, G_MAXUINT32 },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
      { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint32 *c = cases[i].counter, *k = cases[i].key;
      guint32 out[4];

      msm_philox_block ((guint64) k[1] << 32 | k[0], c[2], c[3], (guint64) c[1] << 32 | c[0], out);
      for (int j = 0; j < 4; j++)
        g_assert_cmphex (out[j], ==, cases[i].want[j]);
    }
}

/* A double has 53 bits (1.1e-16); a few roundings follow one another, so 1e-15. */
static void
test_functions (void)
{
  for (int i = 0; i < 100000; i++)
    {
      double u[2], c, s;

      msm_philox_uniform2 (3, 1, 4, (guint64) i, u);
      msm_philox_turn (u[0], &c, &s);
      g_assert_cmpfloat (fabs (c - cos (2 * G_PI * u[0])), <=, 1e-15);
      g_assert_cmpfloat (fabs (s - sin (2 * G_PI * u[0])), <=, 1e-15);
      g_assert_cmpfloat (fabs (msm_philox_log (1 - u[1]) - log (1 - u[1])), <=, 1e-15 * MAX (1, fabs (log (1 - u[1]))));
    }
  /* The ends of the range: the smallest 1 − u, and 1 itself. */
  g_assert_cmpfloat (msm_philox_log (1), ==, 0);
  g_assert_cmpfloat (fabs (msm_philox_log (0x1p-53) + 53 * log (2)), <=, 1e-14);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/philox/known-answers", test_known);
  g_test_add_func ("/philox/functions", test_functions);
  return g_test_run ();
}
