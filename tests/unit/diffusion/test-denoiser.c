#include "config.h"

#include <math.h>

#include "core/base/error.h"
#include "core/diffusion/denoiser-unet.h"
#include "tests/support/random.h"

#define SMALL                                                                                                          \
  "{\"image_size\": 8, \"in_channels\": %d, \"out_channels\": %d, \"num_channels\": 4, \"num_res_blocks\": 1, "        \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", \"norm_groups\": 2%s}"

typedef struct
{
  const char *name;
  const char *keys;
  gboolean image;
  gsize h, w;
} Case;

static const Case cases[] = {
  { "epsilon", "", FALSE, 8, 8 },
  { "v", ", \"prediction\": \"v\"", FALSE, 8, 8 },
  { "lmmse", ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": 0.7, \"cg_iterations\": 40", FALSE, 8,
    8 },
  { "padded", ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": 0.7, \"cg_iterations\": 40", FALSE, 7,
    9 },
  { "wiener",
    ", \"prediction\": \"v\", \"input\": \"wiener\", \"cg_iterations\": 60, \"alias_part\": 0.05, "
    "\"signal_spectrum\": \"2,2,2,2,2,2,2,2,2,1.8,1.5,1.2,1,0.8,0.6,0.4\"",
    FALSE, 8, 8 },
  { "image-epsilon", "", TRUE, 8, 8 },
  { "image-padded", "", TRUE, 8, 7 },
  { "image-lmmse", ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": 0.7", TRUE, 8, 8 },
};

typedef struct
{
  MsmDevice *device;
  MsmMeasure *measure;
  MsmTensor *sens, *mask, *z, *x0, *dx0;
  MsmDenoiser *denoiser;
  double step[2];
} Fixture;

static void
set_up (Fixture *f, const Case *c, double size_of_weights)
{
  int channels = c->image ? 3 : 2;
  g_autofree char *json = g_strdup_printf (SMALL, channels, channels, c->keys);
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;
  MsmUnet *unet;
  MsmTensor *values;

  f->device = msm_device_open ("cpu", NULL);
  f->measure = msm_measure_new (f->device, c->image ? MSM_MEASURE_IMAGE : MSM_MEASURE_MRI, 2, 3, c->h, c->w, NULL);
  f->sens = random_tensor (f->device, MSM_C64, msm_shape4 (2, 3, c->h, c->w), 1);
  msm_device_ops (f->device)->vector->scale (msm_device_state (f->device), msm_tensor_data (f->sens), 0.4f,
                                             msm_tensor_const_data (f->sens), 2 * msm_tensor_size (f->sens));
  if (!c->image)
    msm_measure_set_sens (f->measure, f->sens);
  f->mask = random_mask (f->device, msm_shape3 (2, c->h, c->w), 0.6, 2);
  f->z = random_tensor (f->device, msm_measure_dtype (f->measure), msm_measure_shape (f->measure), 3);
  msm_measure_mask (f->measure, f->z, f->mask, f->z);
  f->x0 = msm_tensor_new (f->device, msm_measure_dtype (f->measure), msm_measure_image_shape (f->measure), NULL);
  f->dx0 = random_tensor (f->device, msm_measure_dtype (f->measure), msm_measure_image_shape (f->measure), 4);
  f->step[0] = 120;
  f->step[1] = 480.5;
  g_assert_true (msm_unet_config_parse (&config, "test", json, &error));
  unet = msm_unet_new (f->device, &config, TRUE, &error);
  g_assert_no_error (error);
  values = msm_weights_values (msm_unet_weights (unet));
  msm_device_ops (f->device)->vector->random_normal (msm_device_state (f->device), msm_tensor_data (values),
                                                     msm_tensor_size (values), 5, 0, 0, 0);
  msm_device_ops (f->device)->vector->scale (msm_device_state (f->device), msm_tensor_data (values),
                                             (float) size_of_weights, msm_tensor_const_data (values),
                                             msm_tensor_size (values));
  f->denoiser = msm_denoiser_unet_new (unet, c->name);
  g_assert_true (msm_denoiser_plan (f->denoiser, f->measure, TRUE, &error));
}

static void
tear_down (Fixture *f)
{
  msm_denoiser_free (f->denoiser);
  msm_measure_free (f->measure);
  msm_tensor_unref (f->sens);
  msm_tensor_unref (f->mask);
  msm_tensor_unref (f->z);
  msm_tensor_unref (f->x0);
  msm_tensor_unref (f->dx0);
  msm_device_unref (f->device);
}

static double
value (Fixture *f)
{
  msm_measure_adjoint (f->measure, f->z, f->x0);
  msm_denoiser_predict (f->denoiser, f->x0, f->x0, f->z, f->mask, f->step);
  return real_dot (f->x0, f->dx0);
}

/* d⟨x̂₀, dx₀⟩ along a random change of z and along one of the weights, against central differences. */
static void
test_gradient (gconstpointer data)
{
  Fixture f = { 0 };
  const double h = 5e-3;
  double slope;
  double expected;

  set_up (&f, data, 0.2);
  {
    MsmWeights *weights = msm_unet_weights (msm_denoiser_unet_network (f.denoiser));
    MsmTensor *values = msm_weights_values (weights);
    g_autoptr (MsmTensor) dz = msm_tensor_new_like (f.z, NULL);
    g_autoptr (MsmTensor) direction = random_tensor (f.device, msm_tensor_dtype (f.z), msm_tensor_shape (f.z), 9);
    g_autoptr (MsmTensor) turn = random_tensor (f.device, MSM_F32, msm_tensor_shape (values), 10);
    const MsmVectorOps *vector = msm_device_ops (f.device)->vector;
    MsmDeviceState *state = msm_device_state (f.device);
    gsize n = msm_tensor_bytes (f.z) / sizeof (float);
    double up;
    double down;

    msm_measure_mask (f.measure, direction, f.mask, direction);
    value (&f);
    msm_weights_zero_gradients (weights);
    msm_denoiser_backward (f.denoiser, dz, f.dx0);
    expected = real_dot (dz, direction);
    vector->axpy (state, msm_tensor_data (f.z), (float) h, msm_tensor_const_data (direction), n);
    up = value (&f);
    vector->axpy (state, msm_tensor_data (f.z), (float) (-2 * h), msm_tensor_const_data (direction), n);
    down = value (&f);
    vector->axpy (state, msm_tensor_data (f.z), (float) h, msm_tensor_const_data (direction), n);
    slope = (up - down) / (2 * h);
    g_test_message ("of z: %.6g, differences %.6g", expected, slope);
    /* float32 values near 100 over 2 h = 1e-2: 1e-3 of rounding, and curvature */
    g_assert_cmpfloat (fabs (slope - expected), <, 1e-3 * fabs (expected) + 2e-3);

    /* Padding between the weights has no name and no gradient. */
    expected = real_dot (msm_weights_gradients (weights), turn);
    vector->axpy (state, msm_tensor_data (values), (float) (h / 5), msm_tensor_const_data (turn),
                  msm_tensor_size (values));
    up = value (&f);
    vector->axpy (state, msm_tensor_data (values), (float) (-2 * h / 5), msm_tensor_const_data (turn),
                  msm_tensor_size (values));
    down = value (&f);
    slope = (up - down) / (2 * h / 5);
    g_test_message ("of the weights: %.6g, differences %.6g", expected, slope);
    g_assert_cmpfloat (fabs (slope - expected), <, 1e-3 * fabs (expected) + 0.02);
  }
  tear_down (&f);
}

/*
 * A network of zero weights says f = 0: x̂₀ is u / √ᾱ for ε, √ᾱ u for v, and the linear-MMSE image, which
 * for images is c_skip z / √ᾱ, Karras' skip.
 */
static void
test_skip (gconstpointer data)
{
  const Case *c = data;
  Fixture f = { 0 };
  MsmSchedule schedule;

  set_up (&f, c, 0);
  msm_schedule_init (&schedule, 1000, NULL);
  value (&f);
  {
    g_autoptr (MsmTensor) u = msm_tensor_new_like (f.x0, NULL);
    gsize size = msm_tensor_bytes (u) / sizeof (float) / 2;

    msm_measure_adjoint (f.measure, f.z, u);
    if (g_str_equal (c->name, "lmmse") || g_str_equal (c->name, "padded")) /* back through the normal equations */
      {
        msm_measure_normal (f.measure, f.x0, f.mask, f.dx0);
        for (gsize b = 0; b < 2; b++)
          for (gsize i = b * size; i < (b + 1) * size; i++)
            msm_tensor_host (f.x0)[i] =
                msm_tensor_host (f.dx0)[i]
                + (float) (pow (msm_schedule_sigma (&schedule, f.step[b]), 2) / 0.7) * msm_tensor_host (f.x0)[i];
      }
    for (gsize b = 0; b < 2; b++)
      {
        double alpha = msm_schedule_alpha_bar (&schedule, f.step[b]);
        double sigma2 = (1 - alpha) / alpha;
        double skip = g_str_equal (c->name, "v") ? sqrt (alpha) : 1 / sqrt (alpha);

        if (g_str_equal (c->name, "image-lmmse"))
          skip *= 0.7 / (0.7 + sigma2);
        for (gsize i = b * size; i < (b + 1) * size; i++)
          msm_tensor_host (u)[i] *= (float) skip;
      }
    g_assert_cmpfloat (relative_difference (msm_tensor_const_host (f.x0), msm_tensor_const_host (u), 2 * size), <,
                       2e-5);
    /* The weight is that of the network's own error: 1/σ² for ε, 1/(1 − ᾱ) for v. */
    {
      double alpha = msm_schedule_alpha_bar (&schedule, 300);
      double sigma2 = (1 - alpha) / alpha;
      double expected = c->keys[0] == '\0'           ? 1 / sigma2
                        : g_str_equal (c->name, "v") ? 1 / (1 - alpha)
                                                     : 1 / sigma2 + 1 / 0.7;

      g_assert_cmpfloat_with_epsilon (msm_denoiser_weight (f.denoiser, 300) / expected, 1, 1e-9);
    }
  }
  tear_down (&f);
}

/* A network of zero weights but for its last bias says that bias everywhere, also where images are cropped. */
static void
test_crop (void)
{
  Fixture f = { 0 };
  MsmSchedule schedule;

  set_up (&f, &cases[3], 0);
  msm_schedule_init (&schedule, 1000, NULL);
  {
    MsmWeights *weights = msm_unet_weights (msm_denoiser_unet_network (f.denoiser));
    g_autoptr (MsmTensor) zero = msm_tensor_new_like (f.z, NULL);
    float *bias = msm_weights_value (weights, (guint) msm_weights_find (weights, "out.2.bias"));

    bias[0] = 1;
    bias[1] = -2;
    msm_measure_adjoint (f.measure, zero, f.x0);
    msm_denoiser_predict (f.denoiser, f.x0, f.x0, zero, f.mask, f.step);
    for (gsize i = 0; i < 2 * msm_tensor_size (f.x0); i++)
      {
        double sigma2 = pow (msm_schedule_sigma (&schedule, f.step[i / msm_tensor_size (f.x0)]), 2);

        g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (f.x0)[i],
                                        -sqrt (sigma2 * 0.7 / (sigma2 + 0.7)) * bias[i % 2], 1e-5);
      }
  }
  tear_down (&f);
}

static void
test_misfit (void)
{
  g_autoptr (GError) error = NULL;
  Fixture f = { 0 };
  g_autoptr (MsmMeasure) other = NULL;

  set_up (&f, &cases[0], 0.1);
  other = msm_measure_new (f.device, MSM_MEASURE_IMAGE, 1, 3, 8, 8, NULL);
  g_assert_false (msm_denoiser_plan (f.denoiser, other, FALSE, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (msm_denoiser_open (f.device, "no-such-prior", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  tear_down (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* these arrays are smaller than a thread team is worth */
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *gradient = g_strconcat ("/diffusion/denoiser/gradient/", cases[i].name, NULL);
      g_autofree char *skip = g_strconcat ("/diffusion/denoiser/skip/", cases[i].name, NULL);

      g_test_add_data_func (gradient, &cases[i], test_gradient);
      if (!g_str_equal (cases[i].name, "wiener")) /* test-measure has the filter itself */
        g_test_add_data_func (skip, &cases[i], test_skip);
    }
  g_test_add_func ("/diffusion/denoiser/crop", test_crop);
  g_test_add_func ("/diffusion/denoiser/misfit", test_misfit);
  return g_test_run ();
}
