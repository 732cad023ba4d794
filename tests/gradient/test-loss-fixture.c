#include "config.h"

#include "core/diffusion/denoiser-unet.h"
#include "core/train/loss.h"
#include "tests/support/fixture.h"

/*
 * The clean-measurement loss against numbers of the reference implementation: the network's input, x̂₀, the
 * loss and the norms of all gradients. Both were computed in float32, so 1e-5 relative is rounding.
 */
#define TOLERANCE 1e-5

static MsmTensor *
read_tensor (MsmDevice *device, hid_t file, const char *name, MsmDtype dtype, MsmShape shape)
{
  gsize n;
  g_autofree float *data = fixture_floats (file, name, &n);

  g_assert_cmpuint (n * sizeof (float), ==, msm_shape_size (shape) * msm_dtype_size (dtype));
  return msm_tensor_new_from (device, dtype, shape, data, NULL);
}

static double
difference (hid_t file, const char *name, const MsmTensor *x)
{
  gsize n;
  g_autofree float *expected = fixture_floats (file, name, &n);
  g_autofree float *found = g_new (float, n);

  g_assert_cmpuint (n * sizeof (float), ==, msm_tensor_bytes (x));
  msm_tensor_download (x, found);
  return relative_difference (found, expected, n);
}

static void
test_fixture (gconstpointer name)
{
  g_autofree char *weights_path = g_test_build_filename (G_TEST_DIST, "unet_a.safetensors", NULL);
  g_autofree char *numbers_path = g_test_build_filename (G_TEST_DIST, "loss_noiseless.h5", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = fixture_device (name);
  g_autoptr (MsmMeasure) measure = NULL;
  g_autoptr (MsmBatch) batch = NULL;
  g_autoptr (MsmDenoiser) denoiser = NULL;
  g_autoptr (MsmLoss) loss = NULL;
  hid_t file;
  MsmWeights *weights;
  MsmLossReport report;
  double timestep, step[2], expected, alpha;

  if (device == NULL)
    return;
  measure = msm_measure_new (device, MSM_MEASURE_MRI, 2, 4, 64, 64, &error);
  batch = msm_batch_new (measure, &error);
  denoiser = msm_denoiser_unet_load (device, weights_path, TRUE, &error);
  g_assert_no_error (error);
  file = H5Fopen (numbers_path, H5F_ACC_RDONLY, H5P_DEFAULT);
  timestep = step[0] = step[1] = fixture_attribute (file, "/", "timestep");
  expected = fixture_attribute (file, "/", "loss");
  alpha = msm_schedule_alpha_bar (&denoiser->schedule, timestep);
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
    msm_device_ops (device)->vector->lincomb (msm_device_state (device), msm_tensor_data (z), (float) sqrt (alpha),
                                              msm_tensor_const_data (batch->s), (float) sqrt (1 - alpha),
                                              msm_tensor_const_data (noise), 2 * msm_tensor_size (z));
    msm_measure_mask (measure, z, batch->mask, z);
    msm_measure_adjoint (measure, z, u);
    g_assert_cmpfloat (difference (file, "net_in", u), <, TOLERANCE);

    loss = msm_loss_new ("msm", denoiser, measure, 1000, NULL, &error);
    g_assert_no_error (error);
    msm_denoiser_predict (denoiser, u, u, z, batch->mask, step);
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
  g_test_add_data_func ("/diffusion/loss-fixture/cpu", "cpu", test_fixture);
  g_test_add_data_func ("/diffusion/loss-fixture/cuda", "cuda", test_fixture);
  return g_test_run ();
}
