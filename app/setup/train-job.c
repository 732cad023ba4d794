#include "config.h"

#include "app/setup/train-job.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/folder-lock.h"
#include "core/diffusion/denoiser-unet.h"
#include "core/io/atomic-file.h"
#include "core/nn/unet-init.h"

static const char *const predictions[] = { "epsilon", "v", NULL };
static const char *const inputs[] = { "adjoint", "lmmse", "wiener", NULL };

const MsmParam msm_prior_params[] = {
  { "num_channels", MSM_PARAM_INT, .min = 1, .max = 4096, .def = 32, .help = N_("Channels of the first level") },
  { "channel_mult", MSM_PARAM_TEXT, .def_text = "1,2,2,4", .help = N_("Channels of each level, as multiples") },
  { "num_res_blocks", MSM_PARAM_INT, .min = 1, .max = 16, .def = 1, .help = N_("Residual blocks of a level") },
  { "attention_resolutions", MSM_PARAM_TEXT, .def_text = "16",
    .help = N_("Levels with attention: image size divided by down-sampling") },
  { "num_heads", MSM_PARAM_INT, .min = 1, .max = 1024, .def = 1, .help = N_("Heads of an attention") },
  { "num_head_channels", MSM_PARAM_INT, .min = -1, .max = 4096, .def = 32,
    .help = N_("Channels of a head; -1 counts heads") },
  { "use_scale_shift_norm", MSM_PARAM_BOOL, .def = 1, .help = N_("Time scales and shifts normalised values") },
  { "resblock_updown", MSM_PARAM_BOOL, .def = 1, .help = N_("Residual blocks change the resolution") },
  { "use_new_attention_order", MSM_PARAM_BOOL, .help = N_("Order of q, k and v") },
  { "norm_groups", MSM_PARAM_INT, .min = 1, .max = 4096, .def = 8, .help = N_("Groups of a normalisation") },
  { "image_size", MSM_PARAM_INT, .min = 0, .max = 8192,
    .help = N_("What attention_resolutions refer to; 0 is the data's size") },
  { "prediction", MSM_PARAM_CHOICE, .choices = predictions, .def = MSM_PREDICTION_V,
    .help = N_("What the network predicts") },
  { "input", MSM_PARAM_CHOICE, .choices = inputs, .def = MSM_INPUT_LMMSE, .help = N_("What the network sees") },
  { "signal_power", MSM_PARAM_FLOAT, .min = 0, .max = 1e12,
    .help = N_("Mean square of the images for lmmse; 0 measures it on training data") },
  { "signal_spectrum", MSM_PARAM_TEXT,
    .help = N_("Power spectrum of the images for wiener, 16 numbers; none measures it on training data") },
  { "alias_part", MSM_PARAM_FLOAT, .min = 0, .max = 1,
    .help = N_("Part of the power that masks leave open without any noise, for wiener with a split; 0 without one") },
  { "cg_iterations", MSM_PARAM_INT, .min = 1, .max = 100, .def = 6, .help = N_("Iterations of lmmse and wiener") },
  { "licence", MSM_PARAM_TEXT, .help = N_("Licence of the weights, for the file") },
  { NULL },
};

struct _MsmTrainJob
{
  MsmExperiment *experiment;
  MsmParams *prior, *data, *train;
  MsmDevice *device;
  MsmDataset *dataset;
  MsmUnetConfig config;
  MsmDenoiser *denoiser;
  MsmTrainer *trainer;
  MsmComm *comm; /* or NULL */
  int rank, n_ranks;
  MsmFolderLock *lock; /* of the folder; the first process's */
  char *config_text;
  char *experiment_text;
  char *report;
};

MsmTrainJob *
msm_train_job_new (void)
{
  MsmTrainJob *self = g_new0 (MsmTrainJob, 1);

  self->prior = msm_params_new (msm_prior_params);
  self->data = msm_params_new (msm_dataset_params ());
  self->train = msm_params_new (msm_train_params ());
  self->experiment = msm_experiment_new ();
  msm_experiment_add (self->experiment, "prior", self->prior);
  msm_experiment_add (self->experiment, "data", self->data);
  msm_experiment_add (self->experiment, "train", self->train);
  return self;
}

void
msm_train_job_free (MsmTrainJob *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->trainer, msm_trainer_free);
  g_clear_pointer (&self->comm, msm_comm_free);
  g_clear_pointer (&self->lock, msm_folder_lock_free);
  g_clear_pointer (&self->denoiser, msm_denoiser_free);
  g_clear_pointer (&self->dataset, msm_dataset_free);
  g_clear_pointer (&self->device, msm_device_unref);
  msm_experiment_free (self->experiment);
  msm_params_free (self->prior);
  msm_params_free (self->data);
  msm_params_free (self->train);
  g_free (self->config_text);
  g_free (self->experiment_text);
  g_free (self->report);
  g_free (self);
}

MsmExperiment *
msm_train_job_experiment (MsmTrainJob *self)
{
  return self->experiment;
}

MsmParams *
msm_train_job_params (MsmTrainJob *self, const char *section)
{
  return g_str_equal (section, "prior") ? self->prior : g_str_equal (section, "data") ? self->data : self->train;
}

/*
 * σ_x² and P from training measurements alone. σ_x²: Σ‖s‖² over the images' elements. T keeps the norm, and of MRI
 * the centre, which every mask holds, has nearly all of it; of images, the observed part stands for the rest.
 */
static gboolean
measure_signal (MsmTrainJob *self, double *power, MsmSpectrum *spectrum, GError **error)
{
  enum
  {
    N_SAMPLES = 32
  };
  gsize size = msm_dataset_size (self->dataset), n_coil = msm_dataset_n_coil (self->dataset);
  gboolean is_mri = msm_dataset_kind (self->dataset) == MSM_MEASURE_MRI;
  g_autoptr (MsmMeasure) measure =
      msm_measure_new (msm_device_host (), msm_dataset_kind (self->dataset), 1, n_coil, size, size, error);
  g_autoptr (MsmBatch) batch = measure != NULL ? msm_batch_new (measure, error) : NULL;
  MsmSpectrumSum radial = { 0 };
  double sum = 0;
  double count = 0;

  if (batch == NULL)
    return FALSE;
  for (guint64 i = 0; i < N_SAMPLES; i++)
    {
      const float *s;
      const float *mask;

      if (!msm_dataset_fill (self->dataset, batch, i, FALSE, error))
        return FALSE;
      s = msm_tensor_const_host (batch->s);
      mask = msm_tensor_const_host (batch->mask);
      if (is_mri)
        msm_spectrum_sum_add (&radial, s, mask, n_coil, size, size, batch->noise_std);
      for (gsize k = 0; k < msm_tensor_bytes (batch->s) / sizeof (float); k++)
        sum += (double) s[k] * s[k];
      for (gsize k = 0; k < size * size; k++)
        count += is_mri ? 2 : mask[k] * (double) n_coil;
    }
  *power = sum / count;
  msm_spectrum_white (spectrum, *power);
  if (*power > 0 && (!is_mri || msm_spectrum_from_sum (spectrum, &radial)))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the first %d training samples are empty"), N_SAMPLES);
  return FALSE;
}

/* What the weights of @path were trained with; FALSE: it does not say. */
static gboolean
signal_of_file (const char *path, MsmUnetConfig *config)
{
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, NULL);
  const char *json = file != NULL ? msm_safetensors_metadata (file, "msm.config") : NULL;

  return json != NULL && msm_unet_config_parse (config, path, json, NULL);
}

/* @value as it is written with @format: a training repeats from its file, which has these digits alone. */
static double
rounded (double value, const char *format)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod (g_ascii_formatd (text, sizeof text, format, value), NULL);
}

/* (transfer full) */
static char *
format_spectrum (const MsmSpectrum *spectrum)
{
  GString *text = g_string_new (NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : ",",
                            g_ascii_formatd (number, sizeof number, "%.5g", spectrum->power[i]));
  return g_string_free (text, FALSE);
}

/* The keys of the signal that the input needs: as given, as in the weights to begin with, or measured. */
static gboolean
add_signal (MsmTrainJob *self, JsonBuilder *b, const char *init, GError **error)
{
  int input = msm_params_get_choice (self->prior, "input");
  double power = msm_params_get_number (self->prior, "signal_power");
  g_autofree char *given = g_strdup (msm_params_get_text (self->prior, "signal_spectrum"));
  gboolean is_given = input == MSM_INPUT_LMMSE ? power != 0 : given[0] != '\0';
  MsmUnetConfig begun;
  MsmSpectrum spectrum;

  if (input == MSM_INPUT_ADJOINT)
    return TRUE;
  /* The spectrum is the data's: of another size it is another one, and the network sees what is left of it. */
  if (!is_given && input == MSM_INPUT_LMMSE && init != NULL && signal_of_file (init, &begun)
      && (int) begun.input == input)
    {
      power = begun.signal_power;
      is_given = TRUE;
    }
  if (!is_given)
    {
      if (!measure_signal (self, &power, &spectrum, error))
        return FALSE;
      g_free (given);
      given = format_spectrum (&spectrum);
    }
  if (input == MSM_INPUT_LMMSE)
    msm_json_real (b, "signal_power", rounded (power, "%.6g"));
  else
    {
      msm_json_text (b, "signal_spectrum", given);
      msm_json_real (b, "alias_part", rounded (msm_params_get_number (self->prior, "alias_part"), "%.5g"));
    }
  return TRUE;
}

/* The section [prior] as the JSON that weight files carry; its reader checks it. */
static gboolean
make_config (MsmTrainJob *self, const char *init, GError **error)
{
  static const char *const numbers[] = { "num_channels", "num_res_blocks", "num_heads", "num_head_channels",
                                         "norm_groups",  "cg_iterations",  NULL };
  static const char *const switches[] = { "use_scale_shift_norm", "resblock_updown", "use_new_attention_order", NULL };
  static const char *const texts[] = { "channel_mult", "attention_resolutions", "prediction", "input", NULL };
  const MsmParams *p = self->prior;
  int size = msm_params_get_int (p, "image_size"), in, out;
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *json = NULL;

  msm_denoiser_unet_channels ((MsmInput) msm_params_get_choice (p, "input"), msm_dataset_kind (self->dataset),
                              msm_dataset_n_coil (self->dataset), &in, &out);
  json_builder_begin_object (b);
  msm_json_int (b, "image_size", size > 0 ? size : (int) msm_dataset_size (self->dataset));
  msm_json_int (b, "in_channels", in);
  msm_json_int (b, "out_channels", out);
  for (int i = 0; numbers[i] != NULL; i++)
    msm_json_int (b, numbers[i], msm_params_get_int (p, numbers[i]));
  for (int i = 0; switches[i] != NULL; i++)
    msm_json_bool (b, switches[i], msm_params_get_bool (p, switches[i]));
  for (int i = 0; texts[i] != NULL; i++)
    msm_json_text (b, texts[i], msm_params_get_text (p, texts[i]));
  if (!add_signal (self, b, init, error))
    return FALSE;
  json_builder_end_object (b);
  json = msm_json_format (b, FALSE);
  if (!msm_unet_config_parse (&self->config, "[prior]", json, error))
    return FALSE;
  self->config_text = msm_unet_config_format (&self->config);
  return TRUE;
}

static gboolean
load_init (MsmUnet *unet, const char *path, GError **error)
{
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, error);
  const MsmUnetConfig *mine = msm_unet_config (unet);
  const char *json;
  MsmUnetConfig theirs;

  if (file == NULL)
    return FALSE;
  json = msm_safetensors_metadata (file, "msm.config");
  if (json != NULL && !msm_unet_config_parse (&theirs, path, json, error))
    return FALSE;
  if (json != NULL && (theirs.prediction != mine->prediction || theirs.input != mine->input))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: its ‘prediction’ or ‘input’ differs from the experiment's"), path);
      return FALSE;
    }
  return msm_weights_load (msm_unet_weights (unet), file, error);
}

static gboolean
make_network (MsmTrainJob *self, const char *init, GError **error)
{
  g_autoptr (MsmUnet) unet = msm_unet_new (self->device, &self->config, TRUE, error);

  if (unet == NULL)
    return FALSE;
  if (init != NULL ? !load_init (unet, init, error)
                   : !msm_unet_init_weights (msm_unet_weights (unet),
                                             (guint64) msm_params_get_number (self->train, "seed"), error))
    return FALSE;
  self->denoiser = msm_denoiser_unet_new (g_steal_pointer (&unet), "the network in training");
  return TRUE;
}

/* A new training in the folder of another would put an end to that one with its first checkpoint. */
static gboolean
check_folder (const MsmTrainJobOptions *options, GError **error)
{
  g_autofree char *checkpoint = g_build_filename (options->folder, "checkpoint.safetensors", NULL);

  if (options->resume || !g_file_test (checkpoint, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("%s holds the checkpoint of a training: resume that one, or choose another folder"), options->folder);
  return FALSE;
}

static gboolean
make_folder (MsmTrainJob *self, const MsmTrainJobOptions *options, GError **error)
{
  const char *folder = options->folder;
  g_autofree char *path = g_build_filename (folder, "experiment.ini", NULL);
  g_autofree char *text = msm_experiment_format (self->experiment, FALSE);

  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be made: %s"), folder, g_strerror (errno));
      return FALSE;
    }
  self->lock = msm_folder_lock_new (folder, error);
  /* Again: another training may have come and gone while this one read its data. */
  if (self->lock == NULL || !check_folder (options, error))
    return FALSE;
  return msm_atomic_write (path, text, strlen (text), error);
}

/* The first process makes the folder, in which the others find it. */
static gboolean
meet (MsmTrainJob *self, const MsmTrainJobOptions *options, MsmCancel *cancel, GError **error)
{
  if (self->rank == 0 && !make_folder (self, options, error))
    return FALSE;
  if (self->n_ranks == 1)
    return TRUE;
  self->comm = msm_comm_new (self->rank, self->n_ranks, options->folder, self->device, cancel, error);
  return self->comm != NULL;
}

gboolean
msm_train_job_prepare (MsmTrainJob *self, const MsmTrainJobOptions *options, MsmCancel *cancel, GError **error)
{
  MsmTrainSetup setup = { 0 };
  int local_rank;

  if (!check_folder (options, error))
    return FALSE;
  self->n_ranks = 1;
  if (options->in_parallel)
    msm_comm_environment (&self->rank, &self->n_ranks, &local_rank);
  self->device =
      options->in_parallel ? msm_comm_open_device (options->device, error) : msm_device_open (options->device, error);
  if (self->device == NULL || !msm_device_set_precision (self->device, options->precision, error))
    return FALSE;
  self->dataset = msm_dataset_new (self->data, cancel, error);
  if (self->dataset == NULL || !make_config (self, options->init, error) || !make_network (self, options->init, error)
      || !meet (self, options, cancel, error))
    return FALSE;
  self->experiment_text = msm_experiment_format (self->experiment, TRUE);
  setup.denoiser = self->denoiser;
  setup.weights = msm_unet_weights (msm_denoiser_unet_network (self->denoiser));
  setup.config = self->config_text;
  setup.dataset = self->dataset;
  setup.params = self->train;
  setup.folder = options->folder;
  setup.licence = msm_params_get_text (self->prior, "licence");
  setup.experiment = self->experiment_text;
  setup.comm = self->comm;
  self->trainer = msm_trainer_new (&setup, options->resume, error);
  if (self->trainer == NULL)
    return FALSE;
  self->report =
      g_strdup_printf (_("%s\nNetwork of %.2f million parameters, %s, input %s; on %s (%s)"),
                       msm_dataset_report (self->dataset), (double) msm_weights_n_parameters (setup.weights) / 1e6,
                       msm_params_get_text (self->prior, "prediction"), msm_params_get_text (self->prior, "input"),
                       msm_device_name (self->device), msm_device_description (self->device));
  if (self->comm != NULL)
    {
      g_autofree char *alone = self->report;

      self->report = g_strdup_printf ("%s\n%s", alone, msm_comm_description (self->comm));
    }
  return TRUE;
}

int
msm_train_job_rank (MsmTrainJob *self)
{
  return self->rank;
}

gboolean
msm_train_job_is_shared (MsmTrainJob *self)
{
  return self->comm != NULL;
}

MsmTrainer *
msm_train_job_trainer (MsmTrainJob *self)
{
  return self->trainer;
}

const char *
msm_train_job_report (MsmTrainJob *self)
{
  return self->report;
}
