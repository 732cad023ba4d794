#include "config.h"

#include "tests/support/fixture.h"

/*
 * The network against numbers of the reference implementation: random weights, two inputs, the outputs,
 * and the gradients of L = mean (y²). Both were computed in float32, so 1e-5 relative is rounding.
 */
#define TOLERANCE 1e-5

typedef struct
{
  hid_t file;
  MsmUnet *unet;
  MsmDevice *device;
} Fixture;

/* [n, c, p] ↔ [n, p, c]; @forth: to channels-last. */
static float *
transpose (const float *x, gsize n, gsize c, gsize p, gboolean forth)
{
  float *y = g_new (float, n * c * p);

  for (gsize i = 0; i < n; i++)
    for (gsize k = 0; k < c; k++)
      for (gsize j = 0; j < p; j++)
        {
          gsize first = (i * c + k) * p + j;
          gsize last = (i * p + j) * c + k;

          y[forth ? last : first] = x[forth ? first : last];
        }
  return y;
}

static void
check_gradients (Fixture *fixture)
{
  static const char *const whole[] = { "input_blocks.0.0.weight",
                                       "middle_block.0.emb_layers.1.bias",
                                       "middle_block.0.emb_layers.1.weight",
                                       "middle_block.0.out_layers.0.bias",
                                       "middle_block.0.out_layers.0.weight",
                                       "out.2.bias",
                                       "out.2.weight",
                                       "time_embed.0.weight" };
  MsmWeights *weights = msm_unet_weights (fixture->unet);
  g_autoptr (MsmTensor) host = fixture_gradients (weights);
  double worst = 0;
  double worst_norm;

  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    {
      g_autofree char *path = g_strconcat ("grad_of_mean_y2/", whole[i], NULL);
      gsize n;
      g_autofree float *expected = fixture_floats (fixture->file, path, &n);
      guint index = (guint) msm_weights_find (weights, whole[i]);

      g_assert_cmpuint (n, ==, msm_weights_get (weights, index)->size);
      worst = MAX (worst, relative_difference (fixture_gradient (host, weights, index), expected, n));
    }
  worst_norm = fixture_norm_error (fixture->file, weights);
  g_test_message ("gradients: relative error %.2e, of the norms %.2e", worst, worst_norm);
  g_assert_cmpfloat (worst, <, TOLERANCE);
  g_assert_cmpfloat (worst_norm, <, TOLERANCE);
}

static void
test_fixture (gconstpointer name)
{
  g_autofree char *weights_path = g_test_build_filename (G_TEST_DIST, "unet_a.safetensors", NULL);
  g_autofree char *numbers_path = g_test_build_filename (G_TEST_DIST, "unet_a.h5", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = fixture_device (name);
  g_autoptr (MsmUnet) unet = NULL;
  g_autoptr (MsmTensor) x = NULL;
  g_autoptr (MsmTensor) y = NULL;
  Fixture fixture = { 0 };
  double timestep[2];
  gsize n;
  double loss = 0;
  double error_y;

  if (device == NULL)
    return;
  unet = msm_unet_load (device, weights_path, TRUE, &error);
  g_assert_no_error (error);
  fixture = (Fixture){ H5Fopen (numbers_path, H5F_ACC_RDONLY, H5P_DEFAULT), unet, device };
  {
    g_autofree float *in = fixture_floats (fixture.file, "x", &n);
    g_autofree float *in_last = transpose (in, 2, 2, 64 * 64, TRUE);
    g_autofree float *times = fixture_floats (fixture.file, "timestep", &n);

    x = msm_tensor_new_from (device, MSM_F32, msm_shape4 (2, 64, 64, 2), in_last, &error);
    timestep[0] = times[0];
    timestep[1] = times[1];
  }
  y = msm_tensor_new_like (x, &error);
  g_assert_true (msm_unet_plan (unet, 2, 64, 64, TRUE, &error));
  msm_unet_forward (unet, y, x, timestep);
  {
    g_autofree float *expected = fixture_floats (fixture.file, "y", &n);
    g_autoptr (MsmTensor) host = msm_tensor_to (y, msm_device_host (), &error);
    g_autofree float *out = transpose (msm_tensor_const_host (host), 2, 2, 64 * 64, FALSE);

    error_y = relative_difference (out, expected, n);
    g_test_message ("output: relative error %.2e", error_y);
    g_assert_cmpfloat (error_y, <, TOLERANCE);
  }
  loss = msm_device_ops (device)->vector->dot (msm_device_state (device), msm_tensor_const_data (y),
                                               msm_tensor_const_data (y), n)
         / (double) n;
  /* ∂L/∂y */
  msm_device_ops (device)->vector->scale (msm_device_state (device), msm_tensor_data (y), 2.0f / (float) n,
                                          msm_tensor_const_data (y), n);
  g_assert_cmpfloat (fabs (loss - fixture_attribute (fixture.file, "grad_of_mean_y2", "loss")), <, TOLERANCE * loss);
  msm_weights_zero_gradients (msm_unet_weights (unet));
  msm_unet_backward (unet, NULL, y);
  g_assert_true (msm_device_check (device, &error));
  check_gradients (&fixture);
  H5Fclose (fixture.file);
}

/* The memory of forward alone must not disturb the values: the plans place buffers differently. */
static void
test_inference (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "unet_a.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = msm_device_open ("cpu", &error);
  g_autoptr (MsmUnet) unet = msm_unet_load (device, path, TRUE, &error);
  g_autoptr (MsmTensor) x = msm_tensor_new (device, MSM_F32, msm_shape4 (1, 32, 16, 2), &error);
  g_autoptr (MsmTensor) y = msm_tensor_new_like (x, &error);
  g_autoptr (MsmTensor) z = msm_tensor_new_like (x, &error);
  double timestep = 12.5;
  gsize bytes;

  g_assert_no_error (error);
  for (gsize i = 0; i < msm_tensor_size (x); i++)
    msm_tensor_host (x)[i] = sinf ((float) i);
  g_assert_true (msm_unet_plan (unet, 1, 32, 16, TRUE, &error));
  bytes = msm_unet_plan_bytes (unet);
  msm_unet_forward (unet, y, x, &timestep);
  g_assert_true (msm_unet_plan (unet, 1, 32, 16, FALSE, &error));
  g_test_message ("activations: %zu bytes with backward, %zu without", bytes, msm_unet_plan_bytes (unet));
  g_assert_cmpuint (msm_unet_plan_bytes (unet), <, bytes / 2);
  /* Twice: the first forward may keep the weights in another form. */
  for (int i = 0; i < 2; i++)
    {
      msm_unet_forward (unet, z, x, &timestep);
      g_assert_cmpmem (msm_tensor_const_host (y), msm_tensor_bytes (y), msm_tensor_const_host (z),
                       msm_tensor_bytes (z));
    }
  g_assert_false (msm_unet_plan (unet, 1, 0, 16, FALSE, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/nn/unet-fixture/cpu", "cpu", test_fixture);
  g_test_add_data_func ("/nn/unet-fixture/cuda", "cuda", test_fixture);
  g_test_add_func ("/nn/unet-inference", test_inference);
  return g_test_run ();
}
