#include "config.h"

/*
 * Networks on the emulated GPU: evaluations and gradients that are the reference's, in every precision, recorded or
 * not; launches that fail, and too little memory.
 */

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/nn/unet.h"
#include "tests/support/tiny-network.h"

#define SIDE   8
#define N_RUNS 4

typedef struct
{
  const char *json;
  gsize n, h, w;
  int precision;    /* of msm_device_precisions */
  double tolerance; /* of outputs and gradients, relative */
} Case;

/* Beside the tiny network, whose first layer has a number of channels that bfloat16 has no engine for. */
#define NEWER                                                                                                          \
  "{\"image_size\": 8, \"in_channels\": 3, \"out_channels\": 1, \"num_channels\": 32, \"num_res_blocks\": 1, "         \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"8,4\", \"num_head_channels\": 32, "                         \
  "\"use_scale_shift_norm\": false, \"resblock_updown\": false, \"use_new_attention_order\": true, "                   \
  "\"norm_groups\": 8}"

static const Case cases[] = {
  { TINY_NETWORK, 2, 8, 8, 1, 2e-5 }, { TINY_NETWORK, 1, 7, 5, 1, 2e-5 }, { NEWER, 1, 8, 8, 1, 2e-5 },
  { TINY_NETWORK, 2, 8, 8, 2, 5e-3 }, { TINY_NETWORK, 2, 8, 8, 3, 5e-2 }, { NEWER, 1, 8, 8, 3, 5e-2 },
};

typedef struct
{
  MsmDevice *device;
  MsmUnet *unet;
  MsmTensor *x, *y, *dx;
} Net;

static void
net_clear (Net *self)
{
  g_clear_pointer (&self->x, msm_tensor_unref);
  g_clear_pointer (&self->y, msm_tensor_unref);
  g_clear_pointer (&self->dx, msm_tensor_unref);
  g_clear_pointer (&self->unet, msm_unet_free);
  g_clear_pointer (&self->device, msm_device_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Net, net_clear)

static gboolean
net_open (Net *self, const char *device, const Case *c, GError **error)
{
  MsmUnetConfig config;

  if (!msm_unet_config_parse (&config, "test", c->json, error))
    return FALSE;
  self->device = msm_device_open (device, error);
  if (self->device == NULL
      || (!msm_device_is_host (self->device) && !msm_device_set_precision (self->device, c->precision, error)))
    return FALSE;
  self->unet = msm_unet_new (self->device, &config, TRUE, error);
  if (self->unet == NULL)
    return FALSE;
  draw_parameters (self->unet, self->device, 0.1f);
  self->x = msm_tensor_new (self->device, MSM_F32, msm_shape4 (c->n, c->h, c->w, (gsize) config.in_channels), error);
  self->y = self->x != NULL ? msm_tensor_new (self->device, MSM_F32,
                                              msm_shape4 (c->n, c->h, c->w, (gsize) config.out_channels), error)
                            : NULL;
  self->dx = self->y != NULL ? msm_tensor_new_like (self->x, error) : NULL;
  return self->dx != NULL && msm_unet_plan (self->unet, c->n, c->h, c->w, TRUE, error);
}

/* Number @k: the output, and with @backward the gradients of ½ |y|² added up. */
static void
evaluate (Net *self, int k, gboolean backward)
{
  const double timesteps[2] = { 10.0 * k, 300.0 + k };

  msm_device_ops (self->device)
      ->vector->random_normal (msm_device_state (self->device), msm_tensor_data (self->x), msm_tensor_size (self->x), 5,
                               1, (guint32) k, 0);
  g_setenv ("MSM_EMULATION_PLANNED", "1", TRUE);
  msm_unet_forward (self->unet, self->y, self->x, timesteps);
  if (backward)
    msm_unet_backward (self->unet, self->dx, self->y);
  g_unsetenv ("MSM_EMULATION_PLANNED");
}

/* On the host. (transfer full) */
static MsmTensor *
host_copy (MsmTensor *tensor)
{
  g_autoptr (GError) error = NULL;
  MsmTensor *copy = msm_tensor_to (tensor, msm_device_host (), &error);

  g_assert_no_error (error);
  return copy;
}

/* |a − b| / |b| */
static double
difference (MsmTensor *a, MsmTensor *b)
{
  g_autoptr (MsmTensor) found = host_copy (a), expected = host_copy (b);
  double error = 0, norm = 0;

  for (gsize i = 0; i < msm_tensor_size (found); i++)
    {
      double x = msm_tensor_const_host (found)[i], y = msm_tensor_const_host (expected)[i];

      error += (x - y) * (x - y);
      norm += y * y;
    }
  return sqrt (error / norm);
}

static void
assert_same (MsmTensor *a, MsmTensor *b)
{
  g_autoptr (MsmTensor) found = host_copy (a), expected = host_copy (b);

  g_assert_cmpmem (msm_tensor_const_host (found), msm_tensor_bytes (found), msm_tensor_const_host (expected),
                   msm_tensor_bytes (expected));
}

static MsmTensor *
gradients (Net *self)
{
  return msm_weights_gradients (msm_unet_weights (self->unet));
}

/* As the reference device, run as they are, recorded and launched; and with the same bits when nothing is recorded. */
static void
test_network (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  g_auto (Net) ref = { NULL };
  g_auto (Net) gpu = { NULL };
  g_auto (Net) plain = { NULL };
  double worst = 0;

  g_assert_true (net_open (&ref, "ref", c, &error));
  g_assert_true (net_open (&gpu, "cuda", c, &error));
  g_setenv ("MSM_REPLAY", "0", TRUE);
  g_setenv ("MSM_EMULATION_POOL", "0", TRUE);
  g_assert_true (net_open (&plain, "cuda", c, &error));
  g_unsetenv ("MSM_REPLAY");
  g_unsetenv ("MSM_EMULATION_POOL");
  for (int k = 0; k < N_RUNS; k++)
    {
      evaluate (&ref, k, k > 0);
      evaluate (&gpu, k, k > 0);
      evaluate (&plain, k, k > 0);
      g_assert_true (msm_device_check (gpu.device, &error));
      assert_same (gpu.y, plain.y);
      worst = MAX (worst, difference (gpu.y, ref.y));
      if (k == 0)
        continue;
      assert_same (gpu.dx, plain.dx);
      worst = MAX (worst, difference (gpu.dx, ref.dx));
    }
  assert_same (gradients (&gpu), gradients (&plain));
  worst = MAX (worst, difference (gradients (&gpu), gradients (&ref)));
  g_test_message ("largest relative difference %.1e", worst);
  g_assert_cmpfloat (worst, <, c->tolerance);
  /* That it computes in the precision asked for. */
  if (c->precision > 1)
    g_assert_cmpfloat (worst, >, 2e-5);
}

/* What a launch that fails computed is never taken for a result; once cleared all works again. */
static void
test_failing_launch (void)
{
  static const char *const at[] = { "1", "7", "40", "100" };
  g_autoptr (GError) error = NULL;
  g_auto (Net) plain = { NULL };
  guint n_reported = 0;

  g_assert_true (net_open (&plain, "cuda", &cases[0], &error));
  for (guint i = 0; i < G_N_ELEMENTS (at); i++)
    {
      g_auto (Net) gpu = { NULL };

      g_assert_true (net_open (&gpu, "cuda", &cases[0], &error));
      g_setenv ("MSM_EMULATION_FAIL", at[i], TRUE);
      for (int k = 0; k < 3; k++)
        {
          g_autoptr (GError) failure = NULL;

          evaluate (&gpu, k, FALSE);
          msm_device_synchronise (gpu.device);
          if (!msm_device_check (gpu.device, &failure))
            {
              n_reported++;
              g_assert_error (failure, MSM_ERROR, MSM_ERROR_DEVICE);
              msm_device_clear_error (gpu.device);
              evaluate (&gpu, k, FALSE);
            }
          g_setenv ("MSM_EMULATION_FAIL", "0", TRUE);
          evaluate (&plain, k, FALSE);
          assert_same (gpu.y, plain.y);
          g_setenv ("MSM_EMULATION_FAIL", at[i], TRUE);
        }
      g_unsetenv ("MSM_EMULATION_FAIL");
    }
  g_assert_cmpuint (n_reported, >, 0);
}

/* "… (N MB …, A of B MB are free)": and N is more than A, for both are of the moment when it did not fit. */
static void
assert_names_need_and_free (const GError *error)
{
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GRegex) numbers = g_regex_new ("\\(([0-9.]+) MB[^,]*, ([0-9.]+) of [0-9.]+ MB are free\\)$", 0, 0, NULL);
  g_autofree char *need = NULL;
  g_autofree char *left = NULL;

  if (!g_regex_match (numbers, error->message, 0, &match))
    g_error ("no need and no free memory in ‘%s’", error->message);
  need = g_match_info_fetch (match, 1);
  left = g_match_info_fetch (match, 2);
  g_assert_cmpfloat (g_ascii_strtod (need, NULL), >=, g_ascii_strtod (left, NULL));
}

/* What does not fit is refused before anything runs, with the need and what is free; what opens computes rightly. */
static void
test_memory (void)
{
  g_autoptr (GError) none = NULL;
  g_auto (Net) plain = { NULL };
  guint n_refused = 0, n_opened = 0, in_layer = 0;

  g_assert_true (net_open (&plain, "cuda", &cases[0], &none));
  evaluate (&plain, 1, FALSE);
  for (gsize bytes = 1 << 17; bytes <= 1 << 20; bytes += 1 << 13)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      g_auto (Net) gpu = { NULL };
      gsize n_free = 0, n_total = 0;

      msm_device_memory (plain.device, &n_free, &n_total);
      text = g_strdup_printf ("%" G_GSIZE_FORMAT, n_total - n_free + bytes); /* beside what plain holds */
      g_setenv ("MSM_EMULATION_MEMORY", text, TRUE);
      if (net_open (&gpu, "cuda", &cases[0], &error))
        {
          n_opened++;
          evaluate (&gpu, 1, FALSE);
          if (msm_device_check (gpu.device, NULL))
            assert_same (gpu.y, plain.y);
        }
      else
        {
          n_refused++;
          g_test_message ("%" G_GSIZE_FORMAT " KiB: %s", bytes / 1024, error->message);
          assert_names_need_and_free (error);
          g_assert_error (error, MSM_ERROR, MSM_ERROR_MEMORY);
          in_layer += strstr (error->message, "MB of scratch") != NULL;
        }
      g_unsetenv ("MSM_EMULATION_MEMORY");
    }
  g_assert_cmpuint (n_refused, >, in_layer);
  g_assert_cmpuint (in_layer, >, 0);
  g_assert_cmpuint (n_opened, >, 0);
}

/* Where cuBLASLt has no algorithm at all: planning says which layer the device cannot do. */
static void
test_no_products (void)
{
  const char *setting = g_getenv ("MSM_EMULATION_PRODUCTS");
  g_autoptr (GError) error = NULL;
  g_auto (Net) gpu = { NULL };

  if (g_strcmp0 (setting, "none") != 0)
    {
      g_test_skip ("MSM_EMULATION_PRODUCTS is not none");
      return;
    }
  g_assert_false (net_open (&gpu, "cuda", &cases[0], &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "cannot do, a layer from 48 to 16 channels on 4 × 4 pixels"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/emulated/network/%u-%s", i, msm_device_precisions[cases[i].precision]);

      g_test_add_data_func (path, &cases[i], test_network);
    }
  g_test_add_func ("/emulated/failing-launch", test_failing_launch);
  g_test_add_func ("/emulated/memory", test_memory);
  g_test_add_func ("/emulated/no-products", test_no_products);
  return g_test_run ();
}
