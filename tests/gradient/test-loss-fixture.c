#include "config.h"

#include "core/diffusion/denoiser-unet.h"
#include "core/diffusion/loss.h"
#include "tests/support/fixture.h"

/*
 * The clean-measurement loss against numbers of the reference implementation: the network's input, x̂₀, the
 * loss and the norms of all gradients. Both were computed in float32, so 1e-5 relative is rounding.
 */
#define TOLERANCE 1e-5

static MsmTensor *
read_tensor (MsmDevice *device, hid_t file, const char *name, MsmDtype dtype, MsmShape shape)
{
  gsize             n;
  g_autofree float *data = fixture_floats (file, name, &n);

  g_assert_cmpuint (n * sizeof (float), ==, msm_shape_size (shape) * msm_dtype_size (dtype));
  return msm_tensor_new_from (device, dtype, shape, data, NULL);
}

static double
difference (hid_t file, const char *name, const MsmTensor *x)
{
  gsize             n;
  g_autofree float *expected = fixture_floats (file, name, &n);

  g_assert_cmpuint (n * sizeof (float), ==, msm_tensor_bytes (x));
  return relative_difference (msm_tensor_const_host (x), expected, n);
}

static void
test_fixture (void)
{
  g_autofree char *weights_path = g_test_build_filename (G_TEST_DIST, "unet_a.safetensors", NULL);
  g_autofree char *numbers_path = g_test_build_filename (G_TEST_DIST, "loss_noiseless.h5", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", &error);
  g_autoptr (MsmMeasure) measure = msm_measure_new (device, MSM_MEASURE_MRI, 2, 4, 64, 64, &error);
  g_autoptr (MsmBatch) batch = msm_batch_new (measure, &error);
  g_autoptr (MsmDenoiser) denoiser = msm_denoiser_unet_load (device, weights_path, TRUE, &error);
  g_autoptr (MsmLoss) loss = NULL;
  hid_t          file = H5Fopen (numbers_path, H5F_ACC_RDONLY, H5P_DEFAULT);
  MsmWeights    *weights;
  MsmLossReport  report;
  double         timestep = fixture_attribute (file, "/", "timestep");
  double         step[2] = { timestep, timestep };
  double         expected = fixture_attribute (file, "/", "loss");
  double         alpha = msm_schedule_alpha_bar (&denoiser->schedule, timestep);

  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (alpha, fixture_attribute (file, "/", "alpha_bar"), TOLERANCE * alpha);
  g_clear_pointer (&batch->sens, msm_tensor_unref);
  g_clear_pointer (&batch->mask, msm_tensor_unref);
  batch->sens = read_tensor (device, file, "sens", MSM_C64, msm_measure_shape (measure));
  batch->mask = read_tensor (device, file, "mask", MSM_F32, msm_shape3 (2, 64, 64));
  {
    g_autoptr (MsmTensor) image = read_tensor (device, file, "image", MSM_C64, msm_measure_image_shape (measure));
    g_autoptr (MsmTensor) noise = read_tensor (device, file, "noise", MSM_C64, msm_measure_shape (measure));
    g_autoptr (MsmTensor) z = msm_tensor_new_like (noise, NULL);
    g_autoptr (MsmTensor) u = msm_tensor_new_like (image, NULL);

    msm_measure_set_sens (measure, batch->sens);
    msm_measure_forward (measure, image, batch->s);
    msm_measure_mask (measure, batch->s, batch->mask, batch->s);
    for (gsize i = 0; i < 2 * msm_tensor_size (z); i++)
      msm_tensor_host (z)[i] = (float) (sqrt (alpha) * msm_tensor_const_host (batch->s)[i]
                                        + sqrt (1 - alpha) * msm_tensor_const_host (noise)[i]);
    msm_measure_mask (measure, z, batch->mask, z);
    msm_measure_adjoint (measure, z, u);
    g_assert_cmpfloat (difference (file, "net_in", u), <, TOLERANCE);

    loss = msm_loss_new ("msm", denoiser, measure, 1000, 0, &error);
    g_assert_no_error (error);
    msm_denoiser_predict (denoiser, u, z, batch->mask, step);
    g_test_message ("x0: %.2e", difference (file, "x0", u));
    g_assert_cmpfloat (difference (file, "x0", u), <, TOLERANCE);

    weights = msm_unet_weights (msm_denoiser_unet_network (denoiser));
    msm_weights_zero_gradients (weights);
    msm_loss_set_noise (loss, noise);
    msm_loss_evaluate (loss, batch, 1, 0, step, TRUE, &report);
  }
  g_test_message ("loss %.8g, expected %.8g; gradients' norms: %.2e", report.loss, expected,
                  fixture_norm_error (file, weights));
  g_assert_cmpfloat (fabs (report.loss - expected), <, TOLERANCE * expected);
  g_assert_cmpfloat (fixture_norm_error (file, weights), <, TOLERANCE);
  H5Fclose (file);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diffusion/loss-fixture", test_fixture);
  return g_test_run ();
}
