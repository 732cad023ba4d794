#include "config.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/error.h"
#include "core/diffusion/denoiser-unet.h"
#include "core/train/train.h"
#include "core/kernels/bf16.inc"
#include "core/nn/checkpoint.h"
#include "core/nn/unet-init.h"
#include "tests/support/folder.h"
#include "tests/support/volumes.h"

#define CONFIG                                                                                                         \
  "{\"image_size\": 16, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 8, \"num_res_blocks\": 1, "         \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"8\", \"norm_groups\": 4, \"prediction\": \"v\", "           \
  "\"use_scale_shift_norm\": true, \"resblock_updown\": true}"

/* What a test trains with; NULL: the processor in float32. */
typedef struct
{
  const char *device;
  int precision; /* index into msm_device_precisions */
} Compute;

static const Compute on_cpu = { "cpu", 1 };
static const Compute in_bf16 = { "ref", 3 };

typedef struct
{
  char *folder;
  MsmDevice *device;
  MsmParams *data;
  MsmParams *params;
  MsmDataset *dataset;
  MsmDenoiser *denoiser;
  MsmTrainer *trainer;
} Fixture;

static void
set (MsmParams *params, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  msm_params_set_text (params, name, text, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const Compute *compute = data != NULL ? data : &on_cpu;
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("msm-train-XXXXXX", NULL);
  f->device = msm_device_open (compute->device, NULL);
  g_assert_true (msm_device_set_precision (f->device, compute->precision, NULL));
  write_volumes (f->folder);
  f->data = msm_params_new (msm_dataset_params ());
  set (f->data, "kind", "volumes");
  set (f->data, "paths", f->folder);
  set (f->data, "validation", "d.nii");
  set (f->data, "size", "16");
  set (f->data, "coils", "2");
  set (f->data, "acs", "4");
  f->dataset = msm_dataset_new (f->data, NULL, &error);
  g_assert_no_error (error);
  f->params = msm_params_new (msm_train_params ());
  set (f->params, "batch", "2");
  set (f->params, "accumulate", "2");
  set (f->params, "validation-items", "4");
  set (f->params, "warmup", "2");
  set (f->params, "steps", "4");
  set (f->params, "save-minutes", "0");
}

static void
drop_trainer (Fixture *f)
{
  g_clear_pointer (&f->trainer, msm_trainer_free);
  g_clear_pointer (&f->denoiser, msm_denoiser_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  drop_trainer (f);
  msm_dataset_free (f->dataset);
  msm_params_free (f->data);
  msm_params_free (f->params);
  msm_device_unref (f->device);
  remove_folder (f->folder);
}

static MsmWeights *
weights_of (Fixture *f)
{
  return msm_unet_weights (msm_denoiser_unet_network (f->denoiser));
}

static void
start (Fixture *f, gboolean resume)
{
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;
  MsmUnet *unet;
  MsmTrainSetup setup = { .config = CONFIG,
                          .dataset = f->dataset,
                          .params = f->params,
                          .folder = f->folder,
                          .licence = "CC0",
                          .experiment = "[train]\n" };

  drop_trainer (f);
  g_assert_true (msm_unet_config_parse (&config, "test", CONFIG, &error));
  unet = msm_unet_new (f->device, &config, TRUE, &error);
  g_assert_true (msm_unet_init_weights (msm_unet_weights (unet), 1, &error));
  f->denoiser = msm_denoiser_unet_new (unet, "test");
  setup.denoiser = f->denoiser;
  setup.weights = weights_of (f);
  f->trainer = msm_trainer_new (&setup, resume, &error);
  g_assert_no_error (error);
}

static void
step (Fixture *f, gboolean more, MsmTrainInfo *info)
{
  g_autoptr (GError) error = NULL;
  gboolean goes_on = msm_trainer_step (f->trainer, info, &error);

  g_assert_no_error (error);
  g_assert_cmpint (goes_on, ==, more);
}

static char *
metadata (Fixture *f, const char *name, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, &error);

  g_assert_no_error (error);
  return g_strdup (msm_safetensors_metadata (file, key));
}

/* Shares of all parameters that bfloat16 does not hold as they are. */
static double
beyond_bf16 (Fixture *f)
{
  const MsmTensor *values = msm_weights_values (weights_of (f));
  gsize n = 0;

  for (gsize i = 0; i < msm_tensor_size (values); i++)
    n += msm_bf16_value (msm_bf16_bits (msm_tensor_const_host (values)[i])) != msm_tensor_const_host (values)[i];
  return (double) n / (double) msm_tensor_size (values);
}

/*
 * Seeded, so it either does or does not: the held-out error falls in the bands where there is noise to remove. With
 * products in bfloat16 too, the parameters being float32 all the same.
 */
static void
test_learns (Fixture *f, gconstpointer data)
{
  MsmTrainInfo first;
  MsmTrainInfo last;
  g_autofree char *log = NULL;
  g_autofree char *path = g_build_filename (f->folder, "log.csv", NULL);
  g_autofree char *licence = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *prior_path = g_build_filename (f->folder, "prior.safetensors", NULL);
  g_autoptr (MsmDenoiser) prior = NULL;

  set (f->params, "steps", "60");
  set (f->params, "lr", "0.003");
  set (f->params, "validate-every", "1");
  start (f, FALSE);
  step (f, TRUE, &first);
  set (f->params, "validate-every", "60");
  for (int i = 2; i <= 60; i++)
    step (f, i < 60, &last);
  g_assert_true (last.has_validation && last.has_strip && last.saved && last.warning == NULL);
  for (int b = 3; b < MSM_TRAIN_BANDS; b++)
    g_assert_cmpfloat (last.validation[b], <, 0.9 * first.validation[b]);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    g_assert_true (isfinite (last.validation[b]));
  g_assert_cmpfloat (beyond_bf16 (f), >, 0.9);
  g_assert_true (g_file_test (msm_trainer_strip_path (f->trainer), G_FILE_TEST_IS_REGULAR));
  g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
  g_assert_true (g_str_has_prefix (log, "step,images,"));
  g_assert_nonnull (strstr (log, "\n60,240,"));
  licence = metadata (f, "prior.safetensors", "msm.licence");
  g_assert_cmpstr (licence, ==, "CC0");
  prior = msm_denoiser_open (f->device, prior_path, &error); /* what samplers do */
  g_assert_no_error (error);
}

/* Two steps and two more are four steps, bit for bit. */
static void
test_resume (Fixture *f, gconstpointer data)
{
  MsmTrainInfo info;
  g_autoptr (GError) error = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *halves = NULL;
  g_autofree char *half = NULL;
  g_autofree char *log = NULL;
  g_autofree char *path = g_build_filename (f->folder, "log.csv", NULL);

  set (f->params, "log-every", "1");
  start (f, FALSE);
  for (int i = 1; i <= 4; i++)
    step (f, i < 4, &info);
  whole = metadata (f, "checkpoint.safetensors", "msm.hash");

  start (f, FALSE);
  step (f, TRUE, &info);
  step (f, TRUE, &info);
  g_assert_true (msm_trainer_save (f->trainer, &error));
  half = metadata (f, "checkpoint.safetensors", "msm.hash");
  step (f, TRUE, &info); /* lost: the log has its row already */
  start (f, TRUE);
  g_assert_cmpuint (msm_trainer_get_step (f->trainer), ==, 2);
  step (f, TRUE, &info);
  step (f, FALSE, &info);
  g_assert_true (msm_trainer_is_done (f->trainer));
  halves = metadata (f, "checkpoint.safetensors", "msm.hash");
  g_assert_cmpstr (half, !=, whole);
  g_assert_cmpstr (halves, ==, whole);
  g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
  g_assert_nonnull (strstr (log, "\n3,"));
  g_assert_null (strstr (strstr (log, "\n3,") + 1, "\n3,"));
  g_assert_nonnull (strstr (log, "\n4,"));
}

/* A network that is not finite stops the training; the checkpoint of before stays. */
static void
test_nan (Fixture *f, gconstpointer data)
{
  MsmTrainInfo info;
  g_autoptr (GError) error = NULL;
  g_autofree char *saved = NULL;

  set (f->params, "save-every", "1");
  start (f, FALSE);
  step (f, TRUE, &info);
  g_assert_true (info.saved);
  msm_tensor_host (msm_weights_values (weights_of (f)))[0] = NAN;
  g_assert_false (msm_trainer_step (f->trainer, &info, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "step 2"));
  g_assert_nonnull (strstr (error->message, "loss"));
  saved = metadata (f, "checkpoint.safetensors", "msm.step");
  g_assert_cmpstr (saved, ==, "1");
  start (f, TRUE);
  step (f, TRUE, &info);
}

/* A disk that takes no more: said, and the training goes on; when there is room again, it is saved. */
static void
test_full (Fixture *f, gconstpointer data)
{
  struct rlimit old;
  struct rlimit small;
  MsmTrainInfo info;
  g_autofree char *saved = NULL;

  set (f->params, "save-every", "1");
  start (f, FALSE);
  step (f, TRUE, &info);
  getrlimit (RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 4096;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &small);
  step (f, TRUE, &info);
  setrlimit (RLIMIT_FSIZE, &old);
  g_assert_false (info.saved);
  g_assert_nonnull (info.warning);
  g_assert_nonnull (strstr (info.warning, "checkpoint.safetensors"));
  saved = metadata (f, "checkpoint.safetensors", "msm.step");
  g_assert_cmpstr (saved, ==, "1");
  step (f, TRUE, &info);
  g_assert_true (info.saved && info.warning == NULL);
}

/* What a folder that is not one says. */
static void
test_errors (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MsmTrainSetup setup;

  start (f, FALSE);
  setup = (MsmTrainSetup){ f->denoiser, weights_of (f), CONFIG, f->dataset, f->params, "/no/such/folder", "", "" };
  g_assert_null (msm_trainer_new (&setup, FALSE, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  setup.folder = f->folder; /* there is no checkpoint yet */
  g_assert_null (msm_trainer_new (&setup, TRUE, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_clear_error (&error);
  g_assert_true (msm_trainer_save (f->trainer, NULL));
  set (f->params, "seed", "2");
  g_assert_null (msm_trainer_new (&setup, TRUE, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  set (f->params, "loss", "oracle"); /* of measurements that are not full */
  g_assert_null (msm_trainer_new (&setup, FALSE, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* a network this small is done before a second thread has woken up */
  g_test_add ("/train/learns", Fixture, NULL, set_up, test_learns, tear_down);
  g_test_add ("/train/learns-bf16", Fixture, &in_bf16, set_up, test_learns, tear_down);
  g_test_add ("/train/resume", Fixture, NULL, set_up, test_resume, tear_down);
  g_test_add ("/train/nan", Fixture, NULL, set_up, test_nan, tear_down);
  g_test_add ("/train/full", Fixture, NULL, set_up, test_full, tear_down);
  g_test_add ("/train/errors", Fixture, NULL, set_up, test_errors, tear_down);
  return g_test_run ();
}
