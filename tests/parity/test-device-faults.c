#include "config.h"

/*
 * A network on the fake device: memory that the host cannot touch, calls that fail, recordings that are out of
 * date, too little memory. What comes out is the reference device's, bit for bit, or an error in words.
 */

#include <string.h>

#include "core/base/error.h"
#include "core/nn/unet.h"
#include "core/nn/unet-init.h"
#include "tests/support/random.h"
#include "tests/support/tiny-network.h"

#define SIDE 8

typedef struct
{
  MsmDevice *device;
  MsmUnet *unet;
  MsmTensor *x, *y;
} Net;

static void
net_clear (Net *self)
{
  g_clear_pointer (&self->x, msm_tensor_unref);
  g_clear_pointer (&self->y, msm_tensor_unref);
  g_clear_pointer (&self->unet, msm_unet_free);
  g_clear_pointer (&self->device, msm_device_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Net, net_clear)

/* The settings of the next device; NULL leaves one out. */
static void
set_faults (const char *bytes, const char *fail, const char *stale)
{
  g_setenv ("MSM_FAKE_MEMORY", bytes, TRUE);
  g_setenv ("MSM_FAKE_FAIL", fail != NULL ? fail : "", TRUE);
  g_setenv ("MSM_FAKE_STALE", stale != NULL ? stale : "0", TRUE);
}

static gboolean
net_open (Net *self, const char *device, GError **error)
{
  MsmUnetConfig config;

  if (!msm_unet_config_parse (&config, "test", TINY_NETWORK, error))
    return FALSE;
  self->device = msm_device_open (device, error);
  self->unet = self->device != NULL ? msm_unet_new (self->device, &config, TRUE, error) : NULL;
  if (self->unet == NULL)
    return FALSE;
  draw_parameters (self->unet, self->device, 0.2f);
  self->x = msm_tensor_new (self->device, MSM_F32, msm_shape4 (1, SIDE, SIDE, 2), error);
  self->y = self->x != NULL ? msm_tensor_new_like (self->x, error) : NULL;
  return self->y != NULL && msm_unet_plan (self->unet, 1, SIDE, SIDE, TRUE, error);
}

/* The output for the input and time index number @k. */
static void
evaluate (Net *self, int k, float out[2 * SIDE * SIDE])
{
  double timestep = 10.0 * k;

  msm_device_ops (self->device)
      ->vector->random_normal (msm_device_state (self->device), msm_tensor_data (self->x), msm_tensor_size (self->x), 5,
                               1, (guint32) k, 0);
  msm_unet_forward (self->unet, self->y, self->x, &timestep);
  msm_tensor_download (self->y, out);
}

/* Recorded and launched evaluations are the reference's, also when a recording goes out of date, and backward after
   them. */
static void
test_replay (gconstpointer stale)
{
  g_autoptr (GError) error = NULL;
  g_auto (Net) ref = { NULL };
  g_auto (Net) fake = { NULL };
  float expected[2 * SIDE * SIDE], found[2 * SIDE * SIDE];
  g_autoptr (MsmTensor) gradients = NULL;

  set_faults ("16777216", NULL, stale);
  g_assert_true (net_open (&ref, "ref", &error));
  g_assert_true (net_open (&fake, "cuda", &error));
  for (int k = 0; k < 6; k++)
    {
      evaluate (&ref, k, expected);
      evaluate (&fake, k, found);
      g_assert_true (msm_device_check (fake.device, &error));
      g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
      /* Gradients add up: a launch that did something else once would show at the end. */
      if (k > 1)
        {
          msm_unet_backward (ref.unet, k < 5 ? ref.x : NULL, ref.y);
          msm_unet_backward (fake.unet, k < 5 ? fake.x : NULL, fake.y);
        }
    }
  gradients = msm_tensor_to (msm_weights_gradients (msm_unet_weights (fake.unet)), msm_device_host (), &error);
  g_assert_no_error (error);
  g_assert_cmpmem (msm_tensor_const_host (gradients), msm_tensor_bytes (gradients),
                   msm_tensor_const_host (msm_weights_gradients (msm_unet_weights (ref.unet))),
                   msm_tensor_bytes (gradients));
}

/* A call that fails in the middle is reported once, in words; later ones do nothing; cleared, all works again. */
static void
test_failing_call (gconstpointer slot)
{
  g_autoptr (GError) error = NULL;
  g_auto (Net) ref = { NULL };
  g_auto (Net) fake = { NULL };
  float expected[2 * SIDE * SIDE], found[2 * SIDE * SIDE];

  set_faults ("16777216", slot, NULL);
  g_assert_true (net_open (&ref, "ref", &error));
  g_assert_true (net_open (&fake, "cuda", &error));
  evaluate (&fake, 1, found);
  g_assert_false (msm_device_check (fake.device, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "asked to fail"));
  g_clear_error (&error);
  msm_device_clear_error (fake.device);
  evaluate (&ref, 2, expected);
  evaluate (&fake, 2, found);
  g_assert_true (msm_device_check (fake.device, &error));
  g_assert_cmpmem (found, sizeof found, expected, sizeof expected);
}

/* Whatever does not fit is refused before anything runs, with what is free; the device stays usable. */
static void
test_memory (void)
{
  static const char *const sizes[] = { "4096", "65536", "131072", "196608", "262144" };
  guint refused = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (Net) fake = { NULL };

      set_faults (sizes[i], NULL, NULL);
      if (net_open (&fake, "cuda", &error))
        continue;
      refused++;
      g_test_message ("%s bytes: %s", sizes[i], error->message);
      g_assert_nonnull (strstr (error->message, "memory"));
      g_assert_nonnull (strstr (error->message, "are free"));
      g_assert_true (msm_device_check (fake.device, NULL));
    }
  g_assert_cmpuint (refused, >=, 2);
}

/* Precisions that a device has not are refused by name; "auto" is what it has. */
static void
test_precision (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) fake = NULL;

  set_faults ("1048576", NULL, NULL);
  fake = msm_device_open ("cuda", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (msm_device_precision (fake), ==, "f32");
  g_assert_true (msm_device_set_precision (fake, 3, &error));
  g_assert_cmpstr (msm_device_precision (fake), ==, "bf16");
  g_assert_true (msm_device_set_precision (fake, 0, &error));
  g_assert_cmpstr (msm_device_precision (fake), ==, "tf32");
}

/* The transforms of a batch say what they need and what there is. */
static void
test_transforms (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) fake = NULL;

  set_faults ("1048576", NULL, NULL);
  g_setenv ("MSM_FAKE_IDLE", "plan_new", TRUE);
  fake = msm_device_open ("cuda", &error);
  g_assert_no_error (error);
  g_assert_null (msm_device_plan_fft (fake, 8, 256, 256, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_MEMORY);
  g_assert_cmpstr (error->message, ==,
                   "not enough memory on cuda for 8 Fourier transforms of 256 × 256 "
                   "(at least 4.2 MB, 1.0 of 1.0 MB are free)");
  g_assert_true (msm_device_check (fake, NULL));
  g_unsetenv ("MSM_FAKE_IDLE");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/faults/replay", "0", test_replay);
  g_test_add_data_func ("/faults/replay-out-of-date-1", "1", test_replay);
  g_test_add_data_func ("/faults/replay-out-of-date-3", "3", test_replay);
  g_test_add_data_func ("/faults/upload", "upload", test_failing_call);
  g_test_add_data_func ("/faults/conv", "conv_forward:5", test_failing_call);
  g_test_add_data_func ("/faults/norm", "norm_forward", test_failing_call);
  g_test_add_data_func ("/faults/attention", "attention_forward", test_failing_call);
  g_test_add_data_func ("/faults/download", "download", test_failing_call);
  g_test_add_func ("/faults/memory", test_memory);
  g_test_add_func ("/faults/precision", test_precision);
  g_test_add_func ("/faults/transforms", test_transforms);
  return g_test_run ();
}
