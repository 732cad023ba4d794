#include "config.h"

#include <math.h>

#include "core/diffusion/spectrum.h"
#include "core/diffusion/trained-masks.h"
#include "tests/support/random.h"

#define SIZE  64
#define COILS 3

/* Noise with a spectrum gives that spectrum back, whatever lines are missing; and less noise of a known size. */
static void
test_estimate (void)
{
  const double noise[2] = { 0, 0.05 };

  for (int k = 0; k < 2; k++)
    {
      g_autoptr (MsmDevice) device = msm_device_open ("ref", NULL);
      MsmSpectrumSum sum = { { 0 } };
      MsmSpectrum true_one, found;
      g_autofree float *plane = g_new (float, SIZE * SIZE);

      for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
        true_one.power[i] = pow (10, 1 - i / 5.0);
      msm_spectrum_plane (&true_one, SIZE, SIZE, plane);
      for (guint64 item = 0; item < 8; item++)
        {
          g_autoptr (MsmTensor) s = random_tensor (device, MSM_C64, msm_shape3 (COILS, SIZE, SIZE), 3 * item);
          g_autoptr (MsmTensor) n = random_tensor (device, MSM_C64, msm_shape3 (COILS, SIZE, SIZE), 3 * item + 1);
          g_autoptr (MsmTensor) mask = random_mask (device, msm_shape3 (1, SIZE, SIZE), 0.4, 3 * item + 2);
          float *v = msm_tensor_host (s);

          for (gsize i = 0; i < 2 * COILS * SIZE * SIZE; i++)
            v[i] =
                (float) (sqrt (plane[i / 2 % (SIZE * SIZE)] / COILS) * v[i] + noise[k] * msm_tensor_const_host (n)[i]);
          msm_spectrum_sum_add (&sum, v, msm_tensor_const_host (mask), COILS, SIZE, SIZE, noise[k]);
        }
      g_assert_true (msm_spectrum_from_sum (&found, &sum));
      for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
        {
          g_test_message ("knot %d: %g, found %g", i, true_one.power[i], found.power[i]);
          /* The lowest octaves of 64 points hold few of them, or none; the mean over half an octave is no value at
           * its middle. */
          g_assert_cmpfloat (fabs (log (found.power[i] / true_one.power[i])), <, i < 8 ? 0.8 : 0.2);
        }
    }
}

static void
test_white (void)
{
  MsmSpectrum white;
  MsmSpectrumSum nothing = { { 0 } };
  float plane[12];

  msm_spectrum_white (&white, 0.3);
  g_assert_true (msm_spectrum_is_white (&white));
  msm_spectrum_plane (&white, 3, 4, plane);
  for (int i = 0; i < 12; i++)
    g_assert_cmpfloat_with_epsilon (plane[i], 0.3, 1e-6);
  g_assert_cmpfloat_with_epsilon (msm_spectrum_mean (&white, 3, 4), 0.3, 1e-9);
  g_assert_false (msm_spectrum_from_sum (&white, &nothing));
}

static void
test_trained_masks (void)
{
  MsmTrainedMasks masks;

  msm_trained_masks_parse (&masks, "[data]\nsize=128\npattern=random\naccel=3\nacs=10\nfraction=0.4\n");
  g_assert_cmpuint (masks.size, ==, 128);
  g_assert_cmpint (masks.options.kind, ==, MSM_MASK_COVER_RANDOM);
  g_assert_cmpfloat (masks.options.accel, ==, 3);
  g_assert_cmpuint (msm_trained_masks_acs (&masks, 256), ==, 20);
  msm_trained_masks_parse (&masks, "[data]\nsize=128\npattern=poisson\naccel=3\nacs=10\nfraction=0.4\n");
  g_assert_cmpuint (masks.size, ==, 0);
  msm_trained_masks_parse (&masks, "[data]\nsize=128\npattern=random\naccel=x\nacs=10\nfraction=0.4\n");
  g_assert_cmpuint (masks.size, ==, 0);
  msm_trained_masks_parse (&masks, "no experiment");
  g_assert_cmpuint (masks.size, ==, 0);
  msm_trained_masks_parse (&masks, NULL);
  g_assert_cmpuint (masks.size, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diffusion/spectrum/estimate", test_estimate);
  g_test_add_func ("/diffusion/spectrum/white", test_white);
  g_test_add_func ("/diffusion/spectrum/trained-masks", test_trained_masks);
  return g_test_run ();
}
