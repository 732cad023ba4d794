#include "config.h"

#include <math.h>

#include "core/diffusion/batch.h"
#include "core/diffusion/lmmse.h"
#include "core/linop/linop.h"
#include "tests/support/random.h"

/* ⟨T x, z⟩ = ⟨x, Tᴴ z⟩, with maps of each sample, shared ones, and images. Odd sizes. */
static void
test_adjoint (void)
{
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", NULL);

  for (int kind = 0; kind < 3; kind++)
    {
      g_autoptr (MsmMeasure) m =
          msm_measure_new (device, kind == 2 ? MSM_MEASURE_IMAGE : MSM_MEASURE_MRI, 3, 4, 9, 6, NULL);
      MsmDtype dtype = msm_measure_dtype (m);
      g_autoptr (MsmTensor) x = random_tensor (device, dtype, msm_measure_image_shape (m), 1);
      g_autoptr (MsmTensor) z = random_tensor (device, dtype, msm_measure_shape (m), 2);
      g_autoptr (MsmTensor) tx = msm_tensor_new_like (z, NULL);
      g_autoptr (MsmTensor) tz = msm_tensor_new_like (x, NULL);
      g_autoptr (MsmTensor) sens = random_tensor (device, MSM_C64, msm_shape4 (kind == 1 ? 1 : 3, 4, 9, 6), 3);

      if (kind != 2)
        msm_measure_set_sens (m, sens);
      msm_measure_forward (m, x, tx);
      msm_measure_adjoint (m, z, tz);
      /* float32 sums of 600 terms */
      g_assert_cmpfloat_with_epsilon (real_dot (tx, z), real_dot (x, tz), 1e-3);
      g_assert_cmpfloat (fabs (real_dot (tx, z)), >, 0.1);
    }
}

/* Sample by sample the same as the SENSE operator with that sample's maps and mask. */
static void
test_against_sense (void)
{
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", NULL);
  g_autoptr (MsmMeasure) m = msm_measure_new (device, MSM_MEASURE_MRI, 2, 3, 8, 10, NULL);
  g_autoptr (MsmTensor) sens = random_tensor (device, MSM_C64, msm_measure_shape (m), 1);
  g_autoptr (MsmTensor) x = random_tensor (device, MSM_C64, msm_measure_image_shape (m), 2);
  g_autoptr (MsmTensor) mask = random_mask (device, msm_shape3 (2, 8, 10), 0.5, 3);
  g_autoptr (MsmTensor) z = msm_tensor_new (device, MSM_C64, msm_measure_shape (m), NULL);
  g_autoptr (MsmTensor) y = msm_tensor_new_like (x, NULL);

  msm_measure_set_sens (m, sens);
  msm_measure_forward (m, x, z);
  msm_measure_mask (m, z, mask, z);
  msm_measure_normal (m, x, mask, y);
  for (gsize b = 0; b < 2; b++)
    {
      g_autoptr (MsmTensor) s =
          msm_tensor_new_from (device, MSM_C64, msm_shape4 (1, 3, 8, 10), msm_tensor_const_host (sens) + b * 480, NULL);
      g_autoptr (MsmTensor) k =
          msm_tensor_new_from (device, MSM_F32, msm_shape2 (8, 10), msm_tensor_const_host (mask) + b * 80, NULL);
      g_autoptr (MsmTensor) image =
          msm_tensor_new_from (device, MSM_C64, msm_shape4 (1, 1, 8, 10), msm_tensor_const_host (x) + b * 160, NULL);
      g_autoptr (MsmLinop) op = msm_linop_sense_new (device, 1, s, k, NULL);
      g_autoptr (MsmTensor) out = msm_tensor_new_like (s, NULL);
      g_autoptr (MsmTensor) back = msm_tensor_new_like (image, NULL);

      msm_linop_forward (op, image, out);
      msm_linop_normal (op, image, back);
      g_assert_cmpfloat (relative_difference (msm_tensor_const_host (z) + b * 480, msm_tensor_const_host (out), 480), <,
                         1e-6);
      g_assert_cmpfloat (relative_difference (msm_tensor_const_host (y) + b * 160, msm_tensor_const_host (back), 160),
                         <, 1e-6);
    }
}

/* Masks of whole lines, which the device may do along the lines alone, are Tᴴ S T all the same. */
static void
test_lines (void)
{
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", NULL);
  static const gsize sizes[][2] = { { 8, 10 }, { 7, 9 }, { 1, 6 } };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
    {
      gsize h = sizes[i / 2][0], w = sizes[i / 2][1];
      g_autoptr (MsmMeasure) m = msm_measure_new (device, MSM_MEASURE_MRI, 2, 3, h, w, NULL);
      g_autoptr (MsmTensor) sens = random_tensor (device, MSM_C64, msm_shape4 (i % 2 + 1, 3, h, w), 1);
      g_autoptr (MsmTensor) x = random_tensor (device, MSM_C64, msm_measure_image_shape (m), 2);
      g_autoptr (MsmTensor) mask = random_mask (device, msm_shape3 (2, h, w), 0.5, 3);
      g_autoptr (MsmTensor) z = msm_tensor_new (device, MSM_C64, msm_measure_shape (m), NULL);
      g_autoptr (MsmTensor) y = msm_tensor_new_like (x, NULL);
      g_autoptr (MsmTensor) expected = msm_tensor_new_like (x, NULL);
      float *lines = msm_tensor_host (mask);

      for (gsize k = 0; k < 2 * h * w; k++)
        lines[k] = lines[k / (h * w) * h * w + k % w];
      msm_measure_set_sens (m, sens);
      msm_measure_normal (m, x, mask, y);
      msm_measure_forward (m, x, z);
      msm_measure_mask (m, z, mask, z);
      msm_measure_adjoint (m, z, expected);
      /* float32, two ways */
      g_assert_cmpfloat (relative_difference (msm_tensor_const_host (y), msm_tensor_const_host (expected), 4 * h * w),
                         <, 1e-6);
    }
}

/* Conjugate gradients to convergence solve the normal equations; for images the closed form does at once. */
static void
test_lmmse (void)
{
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", NULL);
  double lambda[2] = { 0.3, 2 };
  double zeros[2] = { 0, 0 };

  for (int kind = 0; kind < 2; kind++)
    {
      g_autoptr (MsmMeasure) m =
          msm_measure_new (device, kind == 0 ? MSM_MEASURE_MRI : MSM_MEASURE_IMAGE, 2, 3, 8, 10, NULL);
      MsmDtype dtype = msm_measure_dtype (m);
      g_autoptr (MsmTensor) sens = random_tensor (device, MSM_C64, msm_shape4 (1, 3, 8, 10), 1);
      g_autoptr (MsmTensor) mask = random_mask (device, msm_shape3 (2, 8, 10), 0.5, 3);
      g_autoptr (MsmTensor) z = random_tensor (device, dtype, msm_measure_shape (m), 4);
      g_autoptr (MsmTensor) r = msm_tensor_new (device, dtype, msm_measure_image_shape (m), NULL);
      g_autoptr (MsmTensor) x = msm_tensor_new_like (r, NULL);
      g_autoptr (MsmTensor) y = msm_tensor_new_like (r, NULL);
      g_autoptr (MsmLmmse) lmmse = NULL;
      MsmSpectrum white;
      gsize size = msm_tensor_bytes (x) / sizeof (float);

      msm_spectrum_white (&white, 1);
      lmmse = msm_lmmse_new (m, &white, NULL);
      if (kind == 0)
        msm_measure_set_sens (m, sens);
      msm_measure_mask (m, z, mask, z);
      msm_measure_adjoint (m, z, r);
      msm_lmmse_solve (lmmse, x, r, mask, zeros, lambda, 60);
      msm_measure_normal (m, x, mask, y);
      for (gsize i = 0; i < size; i++)
        msm_tensor_host (y)[i] += (float) lambda[i / (size / 2)] * msm_tensor_const_host (x)[i];
      /* float32 conjugate gradients, condition about 50 */
      g_assert_cmpfloat (relative_difference (msm_tensor_const_host (y), msm_tensor_const_host (r), size), <, 1e-5);
    }
}

/*
 * With a spectrum: (Tᴴ S T + a + c Fᴴ P⁻¹ F) x = r, where Fᴴ P⁻¹ F is Tᴴ S T of one coil without a pattern and the
 * mask 1/P. Six iterations come close where P spans five decades.
 */
static void
test_wiener (void)
{
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", NULL);
  const double flat[2] = { 0, 0.1 }, coloured[2] = { 0.01, 0.001 };
  const int iterations[2] = { 6, 60 };
  const double bound[2] = { 0.15, 2e-4 };
  g_autoptr (MsmMeasure) m = msm_measure_new (device, MSM_MEASURE_MRI, 2, 3, 16, 20, NULL);
  g_autoptr (MsmMeasure) plain = msm_measure_new (device, MSM_MEASURE_MRI, 2, 1, 16, 20, NULL);
  g_autoptr (MsmTensor) sens = random_tensor (device, MSM_C64, msm_shape4 (1, 3, 16, 20), 1);
  g_autoptr (MsmTensor) one = msm_tensor_new (device, MSM_C64, msm_shape4 (1, 1, 16, 20), NULL);
  g_autoptr (MsmTensor) mask = random_mask (device, msm_shape3 (2, 16, 20), 0.5, 3);
  g_autoptr (MsmTensor) inverse = msm_tensor_new_like (mask, NULL);
  g_autoptr (MsmTensor) z = random_tensor (device, MSM_C64, msm_measure_shape (m), 4);
  g_autoptr (MsmTensor) r = msm_tensor_new (device, MSM_C64, msm_measure_image_shape (m), NULL);
  g_autoptr (MsmTensor) x = msm_tensor_new_like (r, NULL), y = msm_tensor_new_like (r, NULL);
  g_autoptr (MsmTensor) w = msm_tensor_new_like (r, NULL);
  g_autoptr (MsmLmmse) lmmse = NULL;
  MsmSpectrum spectrum;

  for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
    spectrum.power[i] = pow (10, 2 - i / 3.0);
  msm_spectrum_plane (&spectrum, 16, 20, msm_tensor_host (inverse));
  for (gsize i = 0; i < 320; i++)
    {
      msm_tensor_host (inverse)[i] = msm_tensor_host (inverse)[320 + i] = 1 / msm_tensor_host (inverse)[i];
      msm_tensor_host (one)[2 * i] = 1;
    }
  for (gsize i = 0; i < 320; i++) /* Σ|C|² = 1 */
    {
      double sum = 0;

      for (gsize c = 0; c < 6; c++)
        sum += pow (msm_tensor_host (sens)[2 * (c / 2 * 320 + i) + c % 2], 2);
      for (gsize c = 0; c < 6; c++)
        msm_tensor_host (sens)[2 * (c / 2 * 320 + i) + c % 2] /= (float) sqrt (sum);
    }
  msm_measure_set_sens (m, sens);
  msm_measure_set_sens (plain, one);
  msm_measure_mask (m, z, mask, z);
  msm_measure_adjoint (m, z, r);
  lmmse = msm_lmmse_new (m, &spectrum, NULL);
  for (int k = 0; k < 2; k++)
    {
      msm_lmmse_solve (lmmse, x, r, mask, flat, coloured, iterations[k]);
      msm_measure_normal (m, x, mask, y);
      msm_measure_normal (plain, x, inverse, w);
      for (gsize i = 0; i < 2 * 640; i++)
        msm_tensor_host (y)[i] +=
            (float) flat[i / 640] * msm_tensor_host (x)[i] + (float) coloured[i / 640] * msm_tensor_host (w)[i];
      g_test_message ("%d iterations: %g", iterations[k],
                      relative_difference (msm_tensor_const_host (y), msm_tensor_const_host (r), 1280));
      g_assert_cmpfloat (relative_difference (msm_tensor_const_host (y), msm_tensor_const_host (r), 1280), <, bound[k]);
    }
}

static void
test_batch (void)
{
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", NULL);
  g_autoptr (MsmMeasure) mri = msm_measure_new (device, MSM_MEASURE_MRI, 2, 3, 8, 10, NULL);
  g_autoptr (MsmMeasure) image = msm_measure_new (device, MSM_MEASURE_IMAGE, 2, 3, 8, 10, NULL);
  g_autoptr (MsmBatch) a = msm_batch_new (mri, NULL);
  g_autoptr (MsmBatch) b = msm_batch_new (image, NULL);

  g_assert_cmpint (msm_tensor_dtype (a->s), ==, MSM_C64);
  g_assert_cmpuint (msm_tensor_size (a->sens), ==, 480);
  g_assert_cmpuint (msm_tensor_size (a->mask), ==, 160);
  g_assert_cmpint (msm_tensor_dtype (b->s), ==, MSM_F32);
  g_assert_null (b->sens);
  g_assert_cmpfloat (b->noise_std, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* these arrays are smaller than a thread team is worth */
  g_test_add_func ("/diffusion/measure/adjoint", test_adjoint);
  g_test_add_func ("/diffusion/measure/sense", test_against_sense);
  g_test_add_func ("/diffusion/measure/lines", test_lines);
  g_test_add_func ("/diffusion/measure/lmmse", test_lmmse);
  g_test_add_func ("/diffusion/measure/wiener", test_wiener);
  g_test_add_func ("/diffusion/batch", test_batch);
  return g_test_run ();
}
