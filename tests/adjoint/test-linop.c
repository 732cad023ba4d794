#include "config.h"

/*
 * On every device that is here (cuda is skipped, with the reason, where there is none): every operator's
 * ⟨A x, y⟩ = ⟨x, Aᴴ y⟩, linearity, normal = Aᴴ A; and F against the defining sum.
 */

#include <complex.h>
#include <math.h>
#include <string.h>

#include "tests/adjoint/check-linop.h"

typedef struct
{
  const char *name;
  gsize n_batch, n_set, n_coil, n_rows, n_columns;
} Case;

/* Odd, even, prime and mixed sizes; one and two map sets; batches. */
static const Case cases[] = {
  { "even", 1, 1, 4, 16, 12 },  { "odd", 1, 1, 3, 15, 9 },  { "mixed", 2, 2, 3, 8, 7 },
  { "prime", 1, 2, 2, 13, 17 }, { "line", 3, 1, 1, 1, 10 }, { "two", 1, 1, 2, 2, 6 },
};

/* A case on a device. */
typedef struct
{
  const Case *c;
  const char *device;
} Run;

/* The run's device, or NULL with the test skipped. */
static MsmDevice *
open_or_skip (const Run *run)
{
  g_autoptr (GError) error = NULL;
  MsmDevice *device = msm_device_open (run->device, &error);

  if (device == NULL)
    g_test_skip (error->message);
  return device;
}

static MsmTensor *
ones_and_zeros (MsmDevice *device, MsmShape shape)
{
  g_autoptr (MsmTensor) mask = noise (msm_device_host (), MSM_F32, shape, 5);

  for (gsize i = 0; i < msm_tensor_size (mask); i++)
    msm_tensor_host (mask)[i] = msm_tensor_host (mask)[i] > 0;
  return msm_tensor_to (mask, device, NULL);
}

static void
test_case (gconstpointer data)
{
  const Case *c = ((const Run *) data)->c;
  g_autoptr (MsmDevice) d = open_or_skip (data);

  if (d == NULL)
    return;

  MsmShape k = msm_shape4 (c->n_batch, c->n_coil, c->n_rows, c->n_columns);
  g_autoptr (MsmTensor) sens = noise (d, MSM_C64, msm_shape4 (c->n_set, c->n_coil, c->n_rows, c->n_columns), 4);
  g_autoptr (MsmTensor) mask = ones_and_zeros (d, msm_shape2 (c->n_rows, c->n_columns));
  g_autoptr (MsmLinop) m = msm_linop_mask_new (d, k, mask, NULL);
  g_autoptr (MsmLinop) f = msm_linop_fft_new (d, k, NULL);
  g_autoptr (MsmLinop) s = msm_linop_sens_new (d, c->n_batch, sens, NULL);
  g_autoptr (MsmLinop) fs = msm_linop_chain (f, s, NULL);
  g_autoptr (MsmLinop) mfs = msm_linop_chain (m, fs, NULL);
  g_autoptr (MsmLinop) sense = msm_linop_sense_new (d, c->n_batch, sens, mask, NULL);
  g_autoptr (MsmLinop) full = msm_linop_sense_new (d, c->n_batch, sens, NULL, NULL);
  g_autoptr (MsmTensor) x = noise (d, MSM_C64, msm_linop_domain (sense), 6);
  g_autoptr (MsmTensor) y1 = msm_tensor_new (d, MSM_C64, k, NULL);
  g_autoptr (MsmTensor) y2 = msm_tensor_new (d, MSM_C64, k, NULL);

  check_linop (m);
  check_linop (f);
  check_linop (s);
  check_linop (mfs);
  check_linop (sense);
  check_linop (full);
  /* The fused model is the chain. */
  msm_linop_forward (mfs, x, y1);
  msm_linop_forward (sense, x, y2);
  g_assert_cmpfloat (distance (y2, y1), <=, 1e-6);
  g_assert_true (msm_device_check (d, NULL));
}

/* y_k = Σ_i x_i e^(−2πi (k − ⌊n/2⌋)(i − ⌊n/2⌋)/n) / √n over both axes, in double */
static void
test_fft_definition (gconstpointer data)
{
  const Case *c = ((const Run *) data)->c;
  g_autoptr (MsmDevice) d = open_or_skip (data);

  if (d == NULL)
    return;

  int r = (int) c->n_rows, w = (int) c->n_columns;
  g_autoptr (MsmLinop) f = msm_linop_fft_new (d, msm_shape2 (r, w), NULL);
  g_autoptr (MsmTensor) x = noise (d, MSM_C64, msm_shape2 (r, w), 8);
  g_autoptr (MsmTensor) y = msm_tensor_new_like (x, NULL);
  g_autoptr (MsmTensor) want = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape2 (r, w), NULL);
  g_autoptr (MsmTensor) host_x = msm_tensor_to (x, msm_device_host (), NULL);
  const float *in = msm_tensor_const_host (host_x);

  for (int k = 0; k < r; k++)
    for (int l = 0; l < w; l++)
      {
        double complex sum = 0;

        for (int i = 0; i < r; i++)
          for (int j = 0; j < w; j++)
            sum += (in[2 * (i * w + j)] + in[2 * (i * w + j) + 1] * I)
                   * cexp (-2 * G_PI * I
                           * ((k - r / 2) * (i - r / 2) / (double) r + (l - w / 2) * (j - w / 2) / (double) w));
        sum /= sqrt (r * w);
        msm_tensor_host (want)[2 * (k * w + l)] = (float) creal (sum);
        msm_tensor_host (want)[2 * (k * w + l) + 1] = (float) cimag (sum);
      }
  msm_linop_forward (f, x, y);
  g_assert_cmpfloat (distance (y, want), <=, 1e-6);
  /* In place and back. */
  msm_linop_adjoint (f, y, y);
  g_assert_cmpfloat (distance (y, x), <=, 1e-6);
}

static void
test_shapes (void)
{
  MsmDevice *d = msm_device_host ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) mask = noise (d, MSM_F32, msm_shape2 (4, 4), 5);
  MsmLinop *m = msm_linop_mask_new (d, msm_shape4 (1, 2, 4, 5), mask, &error);

  g_assert_null (m);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "[4, 4]"));
}

int
main (int argc, char *argv[])
{
  static const char *const devices[] = { "cpu", "ref", "cuda" };
  static Run runs[G_N_ELEMENTS (cases) * G_N_ELEMENTS (devices)];

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      const Case *c = &cases[i / G_N_ELEMENTS (devices)];
      const char *device = devices[i % G_N_ELEMENTS (devices)];
      g_autofree char *a = g_strdup_printf ("/linop/%s/adjoint/%s", device, c->name);
      g_autofree char *b = g_strdup_printf ("/linop/%s/fft-definition/%s", device, c->name);

      runs[i] = (Run){ c, device };
      g_test_add_data_func (a, &runs[i], test_case);
      g_test_add_data_func (b, &runs[i], test_fft_definition);
    }
  g_test_add_func ("/linop/shapes", test_shapes);
  return g_test_run ();
}
