#include "config.h"

#include "core/diffusion/denoiser-unet.h"
#include "core/train/train.h"
#include "tests/support/random.h"

/*
 * The gradient of whole losses through a U-Net on the linear-MMSE image, against differences of the loss
 * itself along a random direction: the order of predictions and backward passes, which closed-form denoisers
 * cannot get wrong, is tried here. (Case 2 of noisy measurements is left out: its target is a constant for
 * the gradient and is not one for differences.)
 */

#define CONFIG                                                                                                         \
  "{\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 4, \"num_res_blocks\": 1, "          \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", \"norm_groups\": 2, \"prediction\": \"v\", "           \
  "\"input\": \"lmmse\", \"signal_power\": 0.7}"

typedef struct
{
  MsmDevice *device;
  MsmMeasure *measure;
  MsmBatch *batch;
  MsmDenoiser *denoiser;
  MsmLoss *loss;
} World;

static void
random_weights (MsmDevice *device, MsmTensor *values)
{
  const MsmVectorOps *vector = msm_device_ops (device)->vector;
  float *w = msm_tensor_data (values);

  vector->random_normal (msm_device_state (device), w, msm_tensor_size (values), 5, 0, 0, 0);
  vector->scale (msm_device_state (device), w, 0.2f, w, msm_tensor_size (values));
}

static void
open_world (World *w, const char *name)
{
  g_autoptr (MsmTensor) z = NULL;
  g_autoptr (MsmParams) params = msm_params_new (msm_train_params ());
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;
  MsmUnet *unet;

  w->device = msm_device_open ("cpu", NULL);
  w->measure = msm_measure_new (w->device, MSM_MEASURE_MRI, 2, 3, 8, 8, NULL);
  w->batch = msm_batch_new (w->measure, NULL);
  msm_tensor_unref (w->batch->sens);
  msm_tensor_unref (w->batch->mask);
  w->batch->sens = random_tensor (w->device, MSM_C64, msm_measure_shape (w->measure), 1);
  for (gsize i = 0; i < 2 * msm_tensor_size (w->batch->sens); i++)
    msm_tensor_host (w->batch->sens)[i] *= 0.4f;
  w->batch->mask = random_mask (w->device, msm_shape3 (2, 8, 8), 0.6, 2);
  w->batch->noise_std = 0.3;
  z = random_tensor (w->device, MSM_C64, msm_measure_shape (w->measure), 3);
  msm_measure_mask (w->measure, w->batch->s, w->batch->mask, z);
  g_assert_true (msm_unet_config_parse (&config, "test", CONFIG, NULL));
  unet = msm_unet_new (w->device, &config, TRUE, NULL);
  random_weights (w->device, msm_weights_values (msm_unet_weights (unet)));
  w->denoiser = msm_denoiser_unet_new (unet, "test");
  g_assert_true (msm_params_set_number (params, "sure-weight", 2, &error));
  /* A large weight, so that SURE is not lost beside the other term. */
  w->loss = msm_loss_new (name, w->denoiser, w->measure, 10, params, &error);
  g_assert_no_error (error);
}

static void
close_world (World *w)
{
  msm_loss_free (w->loss);
  msm_denoiser_free (w->denoiser);
  msm_batch_free (w->batch);
  msm_measure_free (w->measure);
  msm_device_unref (w->device);
}

static double
evaluate (World *w, gboolean backward)
{
  static const double step[2] = { 500, 300 };
  MsmLossReport report;

  msm_loss_evaluate (w->loss, w->batch, 4, 1, step, backward, &report);
  return report.loss;
}

static void
test_gradient (gconstpointer name)
{
  World w = { 0 };
  const float h = 2e-3f;
  MsmWeights *weights;
  double expected;
  double slope;

  open_world (&w, name);
  weights = msm_unet_weights (msm_denoiser_unet_network (w.denoiser));
  {
    MsmTensor *values = msm_weights_values (weights);
    g_autoptr (MsmTensor) direction = random_tensor (w.device, MSM_F32, msm_tensor_shape (values), 10);
    const MsmVectorOps *vector = msm_device_ops (w.device)->vector;
    gsize n = msm_tensor_size (values);
    double up;
    double down;

    msm_weights_zero_gradients (weights);
    evaluate (&w, TRUE);
    expected = real_dot (msm_weights_gradients (weights), direction);
    vector->axpy (msm_device_state (w.device), msm_tensor_data (values), h, msm_tensor_const_data (direction), n);
    up = evaluate (&w, FALSE);
    vector->axpy (msm_device_state (w.device), msm_tensor_data (values), -2 * h, msm_tensor_const_data (direction), n);
    down = evaluate (&w, FALSE);
    slope = (up - down) / (2 * (double) h);
  }
  g_test_message ("%.6g, differences %.6g", expected, slope);
  g_assert_cmpfloat (fabs (expected), >, 0.01);
  /* Curvature over a step of 2e-3; SURE divides float32 rounding by τ = 0.005. */
  g_assert_cmpfloat (fabs (slope - expected), <, 1e-2 * fabs (expected));
  close_world (&w);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* these arrays are smaller than a thread team is worth */
  g_test_add_data_func ("/diffusion/loss/gradient-clean", "msm", test_gradient);
  g_test_add_data_func ("/diffusion/loss/gradient-noisy", "msm-noisy", test_gradient);
  return g_test_run ();
}
