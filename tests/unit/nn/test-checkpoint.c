#include "config.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/nn/checkpoint.h"
#include "core/nn/schedule-lr.h"
#include "core/nn/unet-init.h"
#include "core/nn/unet.h"
#include "tests/support/folder.h"

#define CONFIG                                                                                                         \
  "{\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 4, \"num_res_blocks\": 1, "          \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", \"norm_groups\": 2}"

typedef struct
{
  char *folder;
  char *path;
  MsmDevice *device;
  MsmUnet *unet;
  MsmWeights *weights;
  MsmTensor *average;
  MsmAdam *adam;
} Fixture;

static void
fill (MsmTensor *tensor, guint stream)
{
  MsmDevice *device = msm_tensor_device (tensor);

  msm_device_ops (device)->vector->random_normal (msm_device_state (device), msm_tensor_data (tensor),
                                                  msm_tensor_size (tensor), 3, stream, 0, 0);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const MsmAdamParams params = { 0.9, 0.999, 1e-8, 0 };
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;

  f->folder = g_dir_make_tmp ("msm-checkpoint-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "checkpoint.safetensors", NULL);
  f->device = msm_device_open ("cpu", NULL);
  g_assert_true (msm_unet_config_parse (&config, "test", CONFIG, &error));
  f->unet = msm_unet_new (f->device, &config, TRUE, &error);
  g_assert_no_error (error);
  f->weights = msm_unet_weights (f->unet);
  f->average = msm_tensor_new_like (msm_weights_values (f->weights), NULL);
  f->adam = msm_adam_new (f->weights, &params, NULL);
  fill (msm_weights_values (f->weights), 0);
  fill (f->average, 1);
  fill (msm_adam_first (f->adam), 2);
  fill (msm_adam_second (f->adam), 3);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  msm_adam_free (f->adam);
  msm_tensor_unref (f->average);
  msm_unet_free (f->unet);
  msm_device_unref (f->device);
  g_free (f->path);
  remove_folder (f->folder);
}

static const MsmCheckpoint state = { 12, 96, 5, 3.25 };

static gboolean
save (Fixture *f, GError **error)
{
  return msm_checkpoint_save (f->path, &state, CONFIG, f->weights, f->average, f->adam, error);
}

static gboolean
load (Fixture *f, MsmCheckpoint *read, GError **error)
{
  return msm_checkpoint_load (f->path, read, f->weights, f->average, f->adam, error);
}

/* The parameter of @index in @arena, the padding aside. */
static gboolean
same_values (Fixture *f, MsmTensor *a, const float *b)
{
  for (guint i = 0; i < msm_weights_count (f->weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (f->weights, i);

      if (memcmp (msm_tensor_const_host (a) + weight->offset, b + weight->offset, weight->size * sizeof (float)) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  MsmTensor *arenas[] = { msm_weights_values (f->weights), f->average, msm_adam_first (f->adam),
                          msm_adam_second (f->adam) };
  g_autoptr (GError) error = NULL;
  MsmCheckpoint read;

  g_assert_true (save (f, &error));
  for (gsize i = 0; i < G_N_ELEMENTS (arenas); i++)
    {
      g_autofree float *before = g_memdup2 (msm_tensor_const_host (arenas[i]), msm_tensor_bytes (arenas[i]));

      fill (arenas[i], 20);
      g_assert_true (load (f, &read, &error));
      g_assert_no_error (error);
      g_assert_true (same_values (f, arenas[i], before));
    }
  g_assert_cmpuint (read.step, ==, 12);
  g_assert_cmpuint (read.n_images, ==, 96);
  g_assert_cmpuint (read.seed, ==, 5);
  g_assert_cmpfloat (read.seconds, ==, 3.25);
  g_assert_cmpuint (msm_adam_get_steps (f->adam), ==, 12);
}

/* One bit of the data, and one digit of a counter. */
static void
test_damage (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  char *counter;
  gsize n;
  MsmCheckpoint read;

  g_assert_true (save (f, &error));
  g_assert_true (g_file_get_contents (f->path, &bytes, &n, NULL));
  bytes[n - 2] ^= 1;
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize) n, NULL));
  g_assert_false (load (f, &read, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_clear_error (&error);

  bytes[n - 2] ^= 1;
  counter = strstr (bytes + 8, "\"msm.step\":\"12\""); /* the header is behind its length */
  g_assert_nonnull (counter);
  counter[strlen ("\"msm.step\":\"")] = '2';
  g_assert_true (g_file_set_contents (f->path, bytes, (gssize) n, NULL));
  g_assert_false (load (f, &read, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
}

static void
test_foreign (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MsmCheckpoint read;
  const char *metadata[] = { "msm.config", CONFIG, NULL };
  const char *newer[] = { "msm.checkpoint", "99", NULL };

  g_assert_false (load (f, &read, &error)); /* there is none */
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  g_assert_true (msm_weights_save (f->weights, f->path, MSM_F32, metadata, NULL));
  g_assert_false (load (f, &read, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_true (msm_weights_save (f->weights, f->path, MSM_F32, newer, NULL));
  g_assert_false (load (f, &read, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VERSION);
}

/* A disk that takes no more: the old checkpoint stays whole, nothing else stays behind. */
static void
test_full (Fixture *f, gconstpointer data)
{
  struct rlimit old;
  struct rlimit small;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  MsmCheckpoint read;
  guint n_files = 0;

  g_assert_true (save (f, &error));
  getrlimit (RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 4096;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &small);
  fill (f->average, 9);
  g_assert_false (save (f, &error));
  setrlimit (RLIMIT_FSIZE, &old);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  g_assert_true (load (f, &read, &error));
  dir = g_dir_open (f->folder, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n_files++;
  g_assert_cmpuint (n_files, ==, 1);
}

/* Every block begins as the identity, so a fresh network answers 0; normalisations begin as such. */
static void
test_init (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) x = msm_tensor_new (f->device, MSM_F32, msm_shape4 (1, 8, 8, 2), NULL);
  g_autoptr (MsmTensor) y = msm_tensor_new_like (x, NULL);
  double timestep = 3;
  double bound;
  double square = 0;
  const MsmWeight *conv;
  const float *values;

  g_assert_true (msm_unet_init_weights (f->weights, 1, &error));
  fill (x, 4);
  fill (y, 5);
  g_assert_true (msm_unet_plan (f->unet, 1, 8, 8, FALSE, &error));
  msm_unet_forward (f->unet, y, x, &timestep);
  for (gsize i = 0; i < msm_tensor_size (y); i++)
    g_assert_cmpfloat (msm_tensor_host (y)[i], ==, 0);

  conv = msm_weights_get (f->weights, (guint) msm_weights_find (f->weights, "middle_block.0.in_layers.2.weight"));
  values = msm_tensor_const_host (msm_weights_values (f->weights)) + conv->offset;
  bound = 1 / sqrt (8.0 * 9);
  for (gsize i = 0; i < conv->size; i++)
    {
      g_assert_cmpfloat (fabs (values[i]), <=, bound);
      square += values[i] * values[i];
    }
  /* Uniform: a third of the bound's square; 576 values, five standard deviations of that mean. */
  g_assert_cmpfloat (fabs (square / (double) conv->size / (bound * bound) - 1.0 / 3), <, 5 * 0.298 / sqrt (576));
  conv = msm_weights_get (f->weights, (guint) msm_weights_find (f->weights, "out.0.weight"));
  g_assert_cmpfloat (msm_tensor_const_host (msm_weights_values (f->weights))[conv->offset], ==, 1);
}

static void
test_lr (void)
{
  MsmLrSchedule lr = { MSM_LR_COSINE, 0.5, 0.1, 10 };

  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 0, 0), 0.05, 1e-12);
  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 9, 0), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 100, 0.5), 0.5 * 0.55, 1e-12);
  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 100, 1), 0.05, 1e-12);
  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 100, 7), 0.05, 1e-12);
  lr.decay = MSM_LR_LINEAR;
  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 100, 0.25), 0.5 * 0.775, 1e-12);
  lr.decay = MSM_LR_CONSTANT;
  lr.warmup = 0;
  g_assert_cmpfloat_with_epsilon (msm_lr_at (&lr, 0, 0.9), 0.5, 1e-12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/nn/checkpoint/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/nn/checkpoint/damage", Fixture, NULL, set_up, test_damage, tear_down);
  g_test_add ("/nn/checkpoint/foreign", Fixture, NULL, set_up, test_foreign, tear_down);
  g_test_add ("/nn/checkpoint/full", Fixture, NULL, set_up, test_full, tear_down);
  g_test_add ("/nn/init", Fixture, NULL, set_up, test_init, tear_down);
  g_test_add_func ("/nn/lr", test_lr);
  return g_test_run ();
}
