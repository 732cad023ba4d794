#include "config.h"

/*
 * The kernels that ref and cuda share, on the host, against their definitions in double: a mistake in the GPU's
 * arithmetic shows without a GPU. float32 rounding of a few terms stays below 1e-6 of the largest value.
 */

#include <complex.h>
#include <math.h>

#include <glib.h>

#include "core/kernels/elementwise.inc"
#include "core/kernels/philox.inc"

#define TOLERANCE 2e-6

/* n standard normal floats. (transfer full) */
static float *
noise (gsize n, guint stream)
{
  float *x = g_new (float, n + 1);

  for (gsize i = 0; i < n; i += 2)
    {
      double pair[2];

      msm_philox_normal2 (5, stream, 0, i / 2, pair);
      x[i] = (float) pair[0];
      x[i + 1] = (float) pair[1];
    }
  return x;
}

static double complex
at (const float *x, gsize i)
{
  return x[2 * i] + I * x[2 * i + 1];
}

static void
check (double complex is, double complex want)
{
  g_assert_cmpfloat (cabs (is - want), <=, TOLERANCE * (1 + cabs (want)));
}

static void
test_vector (void)
{
  gsize n = 50;
  g_autofree float *x = noise (2 * n, 1), *y = noise (2 * n, 2), *out = noise (2 * n, 3);

  for (gsize i = 0; i < n; i++)
    {
      double before = y[i], size = cabs (at (x, i));

      msm_cmul_element (out, x, y, 1, i);
      check (at (out, i), at (x, i) * at (y, i));
      msm_cmul_element (out, x, y, -1, i);
      check (at (out, i), conj (at (x, i)) * at (y, i));
      check (msm_cabs_element (x, i), size);
      msm_soft_threshold_element (out, x, 0.8f, i);
      check (at (out, i), size > 0.8f ? at (x, i) * (1 - 0.8f / size) : 0);
      msm_axpy_element (y, -1.5f, x, i);
      check (y[i], before - 1.5 * x[i]);
      y[i] = (float) before;
      /* In place, as the table allows. */
      out[2 * i] = x[2 * i];
      out[2 * i + 1] = x[2 * i + 1];
      msm_cmul_element (out, out, y, 1, i);
      check (at (out, i), at (x, i) * at (y, i));
    }
}

/* Axes of different lengths, so that a wrong stride cannot pass. */
enum
{
  N_BATCH = 2,
  N_SET = 3,
  N_COIL = 4,
  N_PLANE = 5
};

static void
test_coils (void)
{
  g_autofree float *sens = noise (2 * N_SET * N_COIL * N_PLANE, 1);
  g_autofree float *x = noise (2 * N_BATCH * N_SET * N_PLANE, 2);
  g_autofree float *y = noise (2 * N_BATCH * N_COIL * N_PLANE, 3);
  g_autofree float *mask = noise (N_PLANE, 4);
  g_autofree float *out = noise (2 * N_BATCH * N_COIL * N_PLANE, 5);

  for (gsize b = 0; b < N_BATCH; b++)
    for (gsize p = 0; p < N_PLANE; p++)
      {
        double power = 0;

        for (gsize c = 0; c < N_COIL; c++)
          {
            gsize i = (b * N_COIL + c) * N_PLANE + p;
            double complex want = 0;

            for (gsize s = 0; s < N_SET; s++)
              want += at (sens, (s * N_COIL + c) * N_PLANE + p) * at (x, (b * N_SET + s) * N_PLANE + p);
            msm_coil_expand_element (out, sens, x, N_SET, N_COIL, N_PLANE, i);
            check (at (out, i), want);
            msm_mask_element (out, mask, y, N_PLANE, i);
            check (at (out, i), mask[p] * at (y, i));
            power += pow (cabs (at (y, i)), 2);
          }
        check (msm_rss_element (y, N_COIL, N_PLANE, b * N_PLANE + p), sqrt (power));
        for (gsize s = 0; s < N_SET; s++)
          {
            gsize i = (b * N_SET + s) * N_PLANE + p;
            double complex want = 0;

            for (gsize c = 0; c < N_COIL; c++)
              want += conj (at (sens, (s * N_COIL + c) * N_PLANE + p)) * at (y, (b * N_COIL + c) * N_PLANE + p);
            msm_coil_combine_element (out, sens, y, N_SET, N_COIL, N_PLANE, i);
            check (at (out, i), want);
          }
      }
}

static void
test_sparse (void)
{
  /* [2, 3]: an empty row, and one that names a column twice; the second of two interleaved columns. */
  const uint32_t start[] = { 0, 0, 3 }, column[] = { 2, 0, 2 };
  const float value[] = { 2, 3, 5 }, x[] = { 1, 10, 100, 20, 1000, 30 };

  g_assert_cmpfloat (msm_sparse_element (start, column, value, x + 1, 0, 2), ==, 0);
  g_assert_cmpfloat (msm_sparse_element (start, column, value, x + 1, 1, 2), ==, 2 * 30 + 3 * 10 + 5 * 30);
}

/* The weights of the Wiener filter, and a point that nothing is known of, whose inverse must stay finite. */
static void
test_weights (void)
{
  const float power[] = { 4, 0.5f, INFINITY };
  float weight[3], inverse[3];

  for (gsize i = 0; i < 3; i++)
    msm_cg_weights_element (weight, inverse, power, 0.25, 0.1, 2, i);
  check (weight[0], 0.1 + 2 / 4.0);
  check (inverse[0], 1 / (0.25 + 0.1 + 2 / 4.0));
  check (weight[1], 0.1 + 2 / 0.5);
  check (inverse[1], 1 / (0.25 + 0.1 + 2 / 0.5));
  msm_cg_weights_element (weight, inverse, power, 0, 0, 2, 2);
  g_assert_cmpfloat (weight[2], ==, 0);
  g_assert_cmpfloat (inverse[2], ==, 1e30f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/elementwise/vector", test_vector);
  g_test_add_func ("/elementwise/coils", test_coils);
  g_test_add_func ("/elementwise/sparse", test_sparse);
  g_test_add_func ("/elementwise/weights", test_weights);
  return g_test_run ();
}
