#include "config.h"

#include <math.h>

#include "core/device/device.h"
#include "core/nn/unet.h"

/* Tiny networks that between them take every branch of the configuration. */
static const char *const configs[] = {
  "{\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 4, "
  "\"num_res_blocks\": 1, \"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", "
  "\"num_head_channels\": 2, \"use_scale_shift_norm\": true, \"resblock_updown\": true, "
  "\"norm_groups\": 2}",
  "{\"image_size\": 8, \"in_channels\": 3, \"out_channels\": 1, \"num_channels\": 4, "
  "\"num_res_blocks\": 2, \"channel_mult\": \"1,2\", \"attention_resolutions\": \"8,4\", "
  "\"num_heads\": 2, \"use_scale_shift_norm\": false, \"resblock_updown\": false, "
  "\"use_new_attention_order\": true, \"norm_groups\": 4}",
};

/* The second and third sizes are mirrored to 8 × 6 and 2 × 12. */
static const struct
{
  gsize h, w;
} sizes[] = { { 8, 8 }, { 7, 5 }, { 1, 11 } };

/* Indices into msm_device_precisions. */
enum
{
  F32 = 1,
  BF16 = 3
};

typedef struct
{
  const char *json;
  gsize h, w;
} Case;

typedef struct
{
  MsmDevice *device;
  MsmUnet *unet;
  MsmTensor *x, *y, *dx, *dy;
  double timestep[2];
} Net;

static void
fill (MsmTensor *tensor, guint stream, float scale)
{
  MsmDevice *device = msm_tensor_device (tensor);
  const MsmVectorOps *ops = msm_device_ops (device)->vector;
  gsize n = msm_tensor_size (tensor);

  ops->random_normal (msm_device_state (device), msm_tensor_data (tensor), n, 7, stream, 0, 0);
  ops->scale (msm_device_state (device), msm_tensor_data (tensor), scale, msm_tensor_data (tensor), n);
}

static void
net_init (Net *net, const char *device, int precision, const char *json, gsize h, gsize w)
{
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;

  g_assert_true (msm_unet_config_parse (&config, "test", json, &error));
  net->device = msm_device_open (device, &error);
  g_assert_true (msm_device_set_precision (net->device, precision, &error));
  net->unet = msm_unet_new (net->device, &config, TRUE, &error);
  g_assert_no_error (error);
  net->x = msm_tensor_new (net->device, MSM_F32, msm_shape4 (2, h, w, (gsize) config.in_channels), &error);
  net->y = msm_tensor_new (net->device, MSM_F32, msm_shape4 (2, h, w, (gsize) config.out_channels), &error);
  net->dx = msm_tensor_new_like (net->x, &error);
  net->dy = msm_tensor_new_like (net->y, &error);
  net->timestep[0] = 3.25;
  net->timestep[1] = 700;
  fill (net->x, 1, 1.0f);
  fill (net->dy, 2, 1.0f);
  fill (msm_weights_values (msm_unet_weights (net->unet)), 3, 0.3f);
  g_assert_true (msm_unet_plan (net->unet, 2, h, w, TRUE, &error));
}

static void
net_clear (Net *net)
{
  msm_tensor_unref (net->x);
  msm_tensor_unref (net->y);
  msm_tensor_unref (net->dx);
  msm_tensor_unref (net->dy);
  msm_unet_free (net->unet);
  msm_device_unref (net->device);
}

/* ⟨dy, network (x)⟩ */
static double
objective (Net *net)
{
  double sum = 0;

  msm_unet_forward (net->unet, net->y, net->x, net->timestep);
  for (gsize i = 0; i < msm_tensor_size (net->y); i++)
    sum += (double) msm_tensor_host (net->dy)[i] * msm_tensor_host (net->y)[i];
  return sum;
}

static void
backward (Net *net)
{
  msm_weights_zero_gradients (msm_unet_weights (net->unet));
  msm_unet_forward (net->unet, net->y, net->x, net->timestep);
  msm_unet_backward (net->unet, net->dx, net->dy);
}

/*
 * The derivative of ⟨dy, network⟩ along the unit gradient, by central differences, against its norm.
 * Float32 rounding over this step leaves up to 1e-3; a wrong term in backward changes it by far more.
 */
static void
check_direction (Net *net, MsmTensor *values, MsmTensor *gradient, const char *what)
{
  gsize n = msm_tensor_size (values);
  float *v = msm_tensor_host (values);
  g_autofree float *d = g_new (float, n);
  g_autofree float *saved = g_memdup2 (v, n * sizeof (float));
  double norm = 0;
  double value[2];
  double step = 2e-3;

  for (gsize i = 0; i < n; i++)
    norm += (double) msm_tensor_host (gradient)[i] * msm_tensor_host (gradient)[i];
  norm = sqrt (norm);
  g_assert_cmpfloat (norm, >, 0);
  for (gsize i = 0; i < n; i++)
    d[i] = (float) (msm_tensor_host (gradient)[i] / norm);
  for (int side = 0; side < 2; side++)
    {
      for (gsize i = 0; i < n; i++)
        v[i] = saved[i] + (float) (side == 0 ? step : -step) * d[i];
      value[side] = objective (net);
    }
  for (gsize i = 0; i < n; i++)
    v[i] = saved[i];
  g_test_message ("%s: %g by differences, %g by backward", what, (value[0] - value[1]) / (2 * step), norm);
  g_assert_cmpfloat (fabs ((value[0] - value[1]) / (2 * step) - norm), <, 1e-2 * norm);
}

static void
test_directional (gconstpointer data)
{
  const Case *c = data;

  static const char *const devices[] = { "ref", "cpu" };

  for (int i = 0; i < 2; i++)
    {
      MsmWeights *weights;
      Net net;

      net_init (&net, devices[i], F32, c->json, c->h, c->w);
      weights = msm_unet_weights (net.unet);
      backward (&net);
      check_direction (&net, msm_weights_values (weights), msm_weights_gradients (weights), "parameters");
      check_direction (&net, net.x, net.dx, "input");
      net_clear (&net);
    }
}

static double
difference (const MsmTensor *a, const MsmTensor *b)
{
  double error = 0;
  double norm = 0;

  for (gsize i = 0; i < msm_tensor_size (a); i++)
    {
      double x = msm_tensor_const_host (a)[i];
      double y = msm_tensor_const_host (b)[i];

      error += (x - y) * (x - y);
      norm += y * y;
    }
  return sqrt (error / norm);
}

static void
test_parity (gconstpointer data)
{
  const Case *c = data;
  Net ref;
  Net cpu;

  net_init (&ref, "ref", F32, c->json, c->h, c->w);
  net_init (&cpu, "cpu", F32, c->json, c->h, c->w);
  backward (&ref);
  backward (&cpu);
  /* Float32 rounding through some thirty layers. */
  g_assert_cmpfloat (difference (cpu.y, ref.y), <, 1e-5);
  g_assert_cmpfloat (difference (cpu.dx, ref.dx), <, 2e-5);
  g_assert_cmpfloat (difference (msm_weights_gradients (msm_unet_weights (cpu.unet)),
                                 msm_weights_gradients (msm_unet_weights (ref.unet))),
                     <, 2e-5);
  net_clear (&ref);
  net_clear (&cpu);
}

/* An image of any size is what the mirrored image gives, cropped. */
static void
test_mirrored (void)
{
  Net odd;
  Net whole;

  net_init (&odd, "cpu", F32, configs[0], 7, 5);
  net_init (&whole, "cpu", F32, configs[0], 8, 6);
  for (gsize n = 0; n < 2; n++)
    for (gsize row = 0; row < 8; row++)
      for (gsize col = 0; col < 6; col++)
        for (gsize k = 0; k < 2; k++)
          {
            gsize from = (n * 7 + (row == 7 ? 5 : row)) * 5 + (col == 5 ? 3 : col);

            msm_tensor_host (whole.x)[((n * 8 + row) * 6 + col) * 2 + k] = msm_tensor_host (odd.x)[from * 2 + k];
          }
  msm_unet_forward (odd.unet, odd.y, odd.x, odd.timestep);
  msm_unet_forward (whole.unet, whole.y, whole.x, whole.timestep);
  for (gsize n = 0; n < 2; n++)
    for (gsize row = 0; row < 7; row++)
      g_assert_cmpmem (msm_tensor_host (odd.y) + (n * 7 + row) * 5 * 2, 5 * 2 * sizeof (float),
                       msm_tensor_host (whole.y) + (n * 8 + row) * 6 * 2, 5 * 2 * sizeof (float));
  net_clear (&odd);
  net_clear (&whole);
}

/* With channels enough for the processor to compute all but the ends of it in bfloat16. */
static const char wide[] = "{\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 16, "
                           "\"num_res_blocks\": 1, \"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", "
                           "\"num_head_channels\": 16, \"use_scale_shift_norm\": true, \"resblock_updown\": true, "
                           "\"norm_groups\": 4}";

static double
norm (const float *x, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) x[i] * x[i];
  return sqrt (sum);
}

/*
 * A network in bfloat16 against the same in float32: factors are rounded by up to 2⁻⁹, in some thirty layers one after
 * the other. What is rounded is not nothing, and a wrong term would be of the size of the whole.
 */
static void
test_bf16 (gconstpointer device)
{
  g_autoptr (GError) error = NULL;
  MsmWeights *weights, *expected;
  Net plain, narrow;

  {
    g_autoptr (MsmDevice) found = msm_device_open (device, NULL);

    if (!msm_device_set_precision (found, BF16, &error))
      {
        g_test_skip (error->message);
        return;
      }
  }
  net_init (&plain, "ref", F32, wide, 8, 8);
  net_init (&narrow, device, BF16, wide, 8, 8);
  backward (&plain);
  backward (&narrow);
  weights = msm_unet_weights (narrow.unet);
  expected = msm_unet_weights (plain.unet);
  g_test_message ("output %.1e, to the input %.1e", difference (narrow.y, plain.y), difference (narrow.dx, plain.dx));
  g_assert_cmpfloat (difference (narrow.y, plain.y), <, 3e-2);
  g_assert_cmpfloat (difference (narrow.y, plain.y), >, 1e-4);
  g_assert_cmpfloat (difference (narrow.dx, plain.dx), <, 6e-2);
  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const gsize n = msm_weights_get (weights, i)->size;
      const double found = norm (msm_weights_gradient (weights, i), n);
      const double wanted = norm (msm_weights_gradient (expected, i), n);

      if (fabs (found / wanted - 1) > 2e-2)
        g_test_message ("%s: %g, in float32 %g", msm_weights_get (weights, i)->name, found, wanted);
      g_assert_cmpfloat (fabs (found - wanted), <, 5e-2 * wanted);
    }
  g_assert_true (msm_device_set_precision (narrow.device, F32, NULL));
  net_clear (&plain);
  net_clear (&narrow);
}

int
main (int argc, char **argv)
{
  Case cases[G_N_ELEMENTS (configs)][G_N_ELEMENTS (sizes)];

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (configs); i++)
    for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
      {
        g_autofree char *directional = g_strdup_printf ("/nn/directional/%u/%u", i, k);
        g_autofree char *parity = g_strdup_printf ("/nn/parity/%u/%u", i, k);

        cases[i][k] = (Case){ configs[i], sizes[k].h, sizes[k].w };
        g_test_add_data_func (directional, &cases[i][k], test_directional);
        g_test_add_data_func (parity, &cases[i][k], test_parity);
      }
  g_test_add_func ("/nn/mirrored", test_mirrored);
  g_test_add_data_func ("/nn/bf16/ref", "ref", test_bf16);
  g_test_add_data_func ("/nn/bf16/cpu", "cpu", test_bf16);
  return g_test_run ();
}
