#include "config.h"

#include "core/train/train.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/train/train-check.h"
#include "core/train/train-files.h"
#include "core/nn/checkpoint.h"
#include "core/nn/ema.h"
#include "core/nn/schedule-lr.h"

static const char *const decays[] = { "constant", "cosine", "linear", NULL };

/* What a training has whatever its loss, after “loss” and the parameters of the losses themselves. */
static const MsmParam common_params[] = {
  { "schedule-steps", MSM_PARAM_INT, .min = 1, .max = 1000, .def = 1000,
    .help = N_("Noise levels that are trained; divides 1000"), .flags = MSM_PARAM_ADVANCED },
  { "sigma-median", MSM_PARAM_FLOAT, .min = 0, .max = 1000,
    .help = N_("Median noise level in training, log-normal; 0 draws all of the schedule's alike") },
  { "sigma-spread", MSM_PARAM_FLOAT, .min = 0.01, .max = 10, .def = 2,
    .help = N_("Standard deviation of the noise level's logarithm"), .flags = MSM_PARAM_ADVANCED },
  { "steps", MSM_PARAM_INT, .min = 1, .max = 1e9, .def = 20000, .role = MSM_ROLE_STEPS,
    .help = N_("Steps of the optimiser"), .flags = MSM_PARAM_LOG },
  { "minutes", MSM_PARAM_FLOAT, .min = 0, .max = 1e6, .unit = "min",
    .help = N_("Time instead of steps; the learning rate decays over it; 0 counts steps") },
  { "batch", MSM_PARAM_INT, .min = 1, .max = 4096, .def = 4, .help = N_("Images in one pass") },
  { "accumulate", MSM_PARAM_INT, .min = 1, .max = 4096, .def = 1, .help = N_("Passes in one step") },
  { "lr", MSM_PARAM_FLOAT, .min = 0, .max = 1, .def = 5e-4, .help = N_("Largest learning rate"),
    .flags = MSM_PARAM_LOG },
  { "warmup", MSM_PARAM_INT, .min = 0, .max = 1e9, .def = 200, .help = N_("Steps of rising learning rate") },
  { "decay", MSM_PARAM_CHOICE, .choices = decays, .def = MSM_LR_COSINE, .help = N_("How the learning rate falls") },
  { "lr-last", MSM_PARAM_FLOAT, .min = 0, .max = 1, .def = 0.02,
    .help = N_("Learning rate at the end, as a fraction of the largest"), .flags = MSM_PARAM_ADVANCED },
  { "weight-decay", MSM_PARAM_FLOAT, .min = 0, .max = 10, .def = 0, .help = N_("Weight decay, per learning rate"),
    .flags = MSM_PARAM_ADVANCED },
  { "beta2", MSM_PARAM_FLOAT, .min = 0, .max = 0.99999, .def = 0.999, .help = N_("Memory of Adam's second moment"),
    .flags = MSM_PARAM_ADVANCED },
  { "clip", MSM_PARAM_FLOAT, .min = 0, .max = 1e9, .def = 1, .help = N_("Largest norm of the gradient; 0 is any"),
    .flags = MSM_PARAM_ADVANCED },
  { "ema", MSM_PARAM_FLOAT, .min = 0, .max = 0.999999, .def = 0.999,
    .help = N_("Decay of the weights' moving average") },
  { "seed", MSM_PARAM_INT, .min = 0, .max = 2147483647, .def = 1, .role = MSM_ROLE_SEED,
    .help = N_("Seed of weights and noise") },
  { "validate-every", MSM_PARAM_INT, .min = 1, .max = 1e9, .def = 500, .unit = "steps", .help = N_("Validation") },
  { "validation-items", MSM_PARAM_INT, .min = 1, .max = 100000, .def = 16, .help = N_("Validation samples") },
  { "strip-every", MSM_PARAM_INT, .min = 0, .max = 1e9, .def = 1000, .unit = "steps",
    .help = N_("Picture of a validation sample; 0 is never") },
  { "save-minutes", MSM_PARAM_FLOAT, .min = 0, .max = 1e6, .def = 5, .unit = "min",
    .help = N_("Checkpoint; 0 is never") },
  { "save-every", MSM_PARAM_INT, .min = 0, .max = 1e9, .def = 0, .unit = "steps",
    .help = N_("Checkpoint by steps; 0 is never"), .flags = MSM_PARAM_ADVANCED },
  { "log-every", MSM_PARAM_INT, .min = 1, .max = 1e9, .def = 20, .unit = "steps", .help = N_("Row of log.csv"),
    .flags = MSM_PARAM_ADVANCED },
  { "weights-dtype", MSM_PARAM_CHOICE, .choices = msm_weights_dtype_names, .def = 1,
    .help = N_("Numbers of prior.safetensors") },
  { NULL },
};

const MsmParam *
msm_train_params (void)
{
  static const MsmParam *joined = NULL;

  if (g_once_init_enter (&joined))
    {
      GArray *table = g_array_new (TRUE, TRUE, sizeof (MsmParam));
      MsmParam loss = { "loss", MSM_PARAM_CHOICE, .choices = msm_loss_names (),
                        .help = N_("Training loss: clean or noisy measurements, or full images") };

      g_array_append_val (table, loss);
      msm_loss_append_params (table);
      g_array_append_vals (table, common_params, G_N_ELEMENTS (common_params) - 1);
      g_once_init_leave (&joined, (const MsmParam *) (gpointer) g_array_free (table, FALSE));
    }
  return joined;
}

struct _MsmTrainer
{
  MsmTrainSetup setup;
  MsmMeasure *measure;
  MsmLoss *loss;
  MsmTrainCheck *check;
  MsmLoader *loader;
  MsmAdam *adam;
  MsmTensor *average; /* EMA of the parameters */
  MsmTensor *stash;   /* the parameters, while the average stands in for them */
  MsmLrSchedule lr;
  MsmSchedule schedule;
  MsmTrainInfo info;
  double band_sum[MSM_TRAIN_BANDS], band_power[MSM_TRAIN_BANDS];
  double loss_sum; /* since the last row of the log */
  guint loss_count;
  double step_seconds;   /* smoothed */
  double seconds_before; /* of the runs before this one */
  gint64 start;
  gint64 last_save;
  gboolean done;
  gboolean asked_stop;
  int rank, n_ranks; /* of the processes */
  GString *warning;
  char *checkpoint_path, *prior_path, *log_path, *strip_path;
};

static double
param (const MsmTrainer *self, const char *name)
{
  return msm_params_get_number (self->setup.params, name);
}

static double
progress (const MsmTrainer *self)
{
  double minutes = param (self, "minutes");

  return minutes > 0 ? self->info.seconds / (60 * minutes) : (double) self->info.step / param (self, "steps");
}

/* Of several processes share_step() tells the time: the learning rate and the end depend on it. */
static void
update_clock (MsmTrainer *self)
{
  if (self->setup.comm == NULL)
    self->info.seconds = self->seconds_before + (double) (g_get_monotonic_time () - self->start) / G_USEC_PER_SEC;
}

static void
copy_arena (MsmTensor *dst, MsmTensor *src)
{
  MsmDevice *device = msm_tensor_device (dst);

  msm_device_ops (device)->memory->copy (msm_device_state (device), msm_tensor_data (dst), msm_tensor_const_data (src),
                                         msm_tensor_bytes (src));
}

/* Between begin and end the network computes with the average. */
static void
begin_average (MsmTrainer *self)
{
  copy_arena (self->stash, msm_weights_values (self->setup.weights));
  copy_arena (msm_weights_values (self->setup.weights), self->average);
}

static void
end_average (MsmTrainer *self)
{
  copy_arena (msm_weights_values (self->setup.weights), self->stash);
}

/* Takes @error_take: something could not be written, and the training goes on. */
static void
warn (MsmTrainer *self, GError *error_take)
{
  g_string_append_printf (self->warning, "%s%s", self->warning->len > 0 ? "; " : "", error_take->message);
  g_error_free (error_take);
}

static gboolean
make_parts (MsmTrainer *self, GError **error)
{
  const MsmTrainSetup *setup = &self->setup;
  MsmDevice *device = setup->denoiser->device;
  gsize size = msm_dataset_size (setup->dataset);
  MsmAdamParams adam = { 0.9, param (self, "beta2"), 1e-8, param (self, "weight-decay") };

  if (!msm_schedule_init (&self->schedule, (int) param (self, "schedule-steps"), error))
    return FALSE;
  self->measure = msm_measure_new (device, msm_dataset_kind (setup->dataset), (gsize) param (self, "batch"),
                                   msm_dataset_n_coil (setup->dataset), size, size, error);
  if (self->measure == NULL)
    return FALSE;
  self->loss = msm_loss_new (msm_params_get_text (setup->params, "loss"), setup->denoiser, self->measure,
                             self->schedule.n_steps, setup->params, error);
  if (self->loss == NULL)
    return FALSE;
  msm_loss_set_levels (self->loss, param (self, "sigma-median"), param (self, "sigma-spread"));
  self->adam = msm_adam_new (setup->weights, &adam, error);
  if (self->adam == NULL)
    return FALSE;
  self->average = msm_tensor_new_like (msm_weights_values (setup->weights), error);
  self->stash = self->average == NULL ? NULL : msm_tensor_new_like (self->average, error);
  if (self->stash == NULL)
    return FALSE;
  copy_arena (self->average, msm_weights_values (setup->weights));
  self->check = msm_train_check_new (self->loss, setup->denoiser, self->measure, setup->dataset,
                                     (int) param (self, "validation-items"), (guint64) param (self, "seed"), error);
  if (self->check == NULL)
    return FALSE;
  if (msm_loss_needs_all_lines (self->loss) && msm_dataset_is_split (setup->dataset))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("the loss ‘%s’ takes all sampled lines: choose ‘split’ 0, or the loss ‘msm’"),
                   msm_loss_name (self->loss));
      return FALSE;
    }
  if (msm_loss_needs_noise (self->loss) && msm_dataset_noise_std (setup->dataset) <= 0)
    {
      g_set_error (
          error, MSM_ERROR, MSM_ERROR_VALUE,
          _("the loss ‘%s’ is for noisy measurements, and the data have noise_std 0: give their noise, or choose "
             "the loss ‘msm’"),
          msm_loss_name (self->loss));
      return FALSE;
    }
  if (msm_loss_needs_full (self->loss) && !msm_train_check_is_full (self->check))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the loss ‘%s’ needs fully sampled data: choose the pattern ‘full’"), msm_loss_name (self->loss));
      return FALSE;
    }
  return TRUE;
}

static gboolean
restore (MsmTrainer *self, GError **error)
{
  MsmCheckpoint state;

  if (!msm_checkpoint_load (self->checkpoint_path, &state, self->setup.weights, self->average, self->adam, error))
    return FALSE;
  if (state.seed != (guint64) param (self, "seed"))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: it was trained with seed %" PRIu64 ", the experiment asks for %d"), self->checkpoint_path,
                   state.seed, (int) param (self, "seed"));
      return FALSE;
    }
  self->info.step = state.step;
  self->info.n_images = state.n_images;
  self->seconds_before = state.seconds;
  return TRUE;
}

MsmTrainer *
msm_trainer_new (const MsmTrainSetup *setup, gboolean resume, GError **error)
{
  g_autoptr (MsmTrainer) self = g_new0 (MsmTrainer, 1);
  gsize n_batch;

  self->setup = *setup;
  self->rank = setup->comm != NULL ? msm_comm_rank (setup->comm) : 0;
  self->n_ranks = setup->comm != NULL ? msm_comm_size (setup->comm) : 1;
  self->warning = g_string_new (NULL);
  self->checkpoint_path = g_build_filename (setup->folder, "checkpoint.safetensors", NULL);
  self->prior_path = g_build_filename (setup->folder, "prior.safetensors", NULL);
  self->log_path = g_build_filename (setup->folder, "log.csv", NULL);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    self->info.band_error[b] = self->info.validation[b] = NAN;
  self->lr = (MsmLrSchedule){ (MsmLrDecay) msm_params_get_choice (setup->params, "decay"), param (self, "lr"),
                              param (self, "lr-last"), (guint64) param (self, "warmup") };
  self->info.n_steps = param (self, "minutes") > 0 ? 0 : (guint64) param (self, "steps");
  if (!make_parts (self, error) || (resume && !restore (self, error))
      || (self->rank == 0 && !msm_train_log_begin (self->log_path, self->info.step, error)))
    return NULL;
  n_batch = msm_measure_shape (self->measure).dim[0];
  msm_loss_set_first (self->loss, (guint64) self->rank * n_batch);
  /* Batches are numbered by samples, so that a resumed training sees those that come next. */
  self->loader = msm_loader_new (setup->dataset, self->measure, self->info.n_images + (guint64) self->rank * n_batch,
                                 (gsize) self->n_ranks * n_batch, error);
  if (self->loader == NULL)
    return NULL;
  self->start = self->last_save = g_get_monotonic_time ();
  self->info.seconds = self->seconds_before;
  self->done = progress (self) >= 1;
  return g_steal_pointer (&self);
}

void
msm_trainer_free (MsmTrainer *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->loader, msm_loader_free);
  g_clear_pointer (&self->check, msm_train_check_free);
  g_clear_pointer (&self->loss, msm_loss_free);
  g_clear_pointer (&self->adam, msm_adam_free);
  g_clear_pointer (&self->average, msm_tensor_unref);
  g_clear_pointer (&self->stash, msm_tensor_unref);
  g_clear_pointer (&self->measure, msm_measure_free);
  g_string_free (self->warning, TRUE);
  g_free (self->checkpoint_path);
  g_free (self->prior_path);
  g_free (self->log_path);
  g_free (self->strip_path);
  g_free (self);
}

/* Errors of the bands while training: sums that forget, over some hundred samples of a band. */
static void
count_bands (MsmTrainer *self, const MsmLossReport *report)
{
  for (gsize i = 0; i < report->n; i++)
    {
      int b = msm_train_band_of (&self->schedule, report->step[i]);

      self->band_sum[b] = 0.99 * self->band_sum[b] + report->error[i];
      self->band_power[b] = 0.99 * self->band_power[b] + report->power[i];
      self->info.band_error[b] = self->band_sum[b] / self->band_power[b];
    }
}

/* All processes' gradients added up, the mean loss, the first one's clock, and whether one of them wants to stop. */
static gboolean
share_step (MsmTrainer *self, GError **error)
{
  double seconds = self->seconds_before + (double) (g_get_monotonic_time () - self->start) / G_USEC_PER_SEC;
  double told[] = { self->info.loss / self->n_ranks, self->rank == 0 ? seconds : 0, self->asked_stop };

  if (self->setup.comm == NULL)
    return TRUE;
  if (!msm_comm_sum_doubles (self->setup.comm, told, G_N_ELEMENTS (told), error)
      || !msm_comm_sum (self->setup.comm, msm_weights_gradients (self->setup.weights), error))
    return FALSE;
  self->info.loss = told[0];
  self->info.seconds = told[1];
  self->info.stopped = told[2] > 0;
  return TRUE;
}

/* Gradients of all micro-batches, added up; the mean loss in @info. */
static gboolean
accumulate (MsmTrainer *self, GError **error)
{
  guint n_micro = (guint) param (self, "accumulate");

  msm_weights_zero_gradients (self->setup.weights);
  self->info.loss = 0;
  for (guint k = 0; k < n_micro; k++)
    {
      MsmBatch *batch = msm_loader_next (self->loader, error);
      MsmLossReport report;

      if (batch == NULL)
        return FALSE;
      msm_loss_evaluate (self->loss, batch, (guint64) param (self, "seed"), (guint32) (self->info.step * n_micro + k),
                         NULL, TRUE, &report);
      self->info.loss += report.loss / n_micro;
      self->info.n_images += (guint64) self->n_ranks * report.n;
      count_bands (self, &report);
    }
  return msm_device_check (self->setup.denoiser->device, error) && share_step (self, error);
}

static gboolean
optimise (MsmTrainer *self, GError **error)
{
  double scale = 1 / (param (self, "accumulate") * self->n_ranks);
  g_autoptr (GError) local = NULL;

  self->info.lr = msm_lr_at (&self->lr, self->info.step, progress (self));
  self->info.gradient_norm = scale * msm_adam_gradient_norm (self->adam);
  if (!isfinite (self->info.loss) || !msm_adam_step (self->adam, self->info.lr, scale, param (self, "clip"), &local))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the training diverged at step %" PRIu64 ": loss %g, gradient norm %g, learning rate %.3g; %s "
                      "keeps the last good state"),
                   self->info.step + 1, self->info.loss, self->info.gradient_norm, self->info.lr,
                   self->checkpoint_path);
      return FALSE;
    }
  self->info.step++;
  /* The average of a short training would be mostly its beginning. */
  msm_ema_update (self->average, self->setup.weights,
                  MIN (param (self, "ema"), (1.0 + (double) self->info.step) / (10.0 + (double) self->info.step)));
  return msm_device_check (self->setup.denoiser->device, error);
}

static gboolean
is_due (const MsmTrainer *self, const char *every)
{
  guint64 n = (guint64) param (self, every);

  return n > 0 && self->info.step % n == 0;
}

static void
write_strip (MsmTrainer *self)
{
  g_autofree char *name = g_strdup_printf ("strip-%07" G_GUINT64_FORMAT ".png", self->info.step);
  g_autofree char *path = g_build_filename (self->setup.folder, name, NULL);
  GError *error = NULL;

  self->info.has_strip = msm_train_check_strip (self->check, path, &error);
  if (!self->info.has_strip)
    {
      warn (self, error);
      return;
    }
  g_free (self->strip_path);
  self->strip_path = g_steal_pointer (&path);
}

static void
log_step (MsmTrainer *self)
{
  GError *error = NULL;

  self->loss_sum += self->info.loss;
  self->loss_count++;
  self->info.logged = self->info.has_validation || is_due (self, "log-every");
  if (!self->info.logged)
    return;
  self->info.mean_loss = self->loss_sum / self->loss_count;
  if (!msm_train_log_append (self->log_path, &self->info, &error))
    warn (self, error);
  self->loss_sum = 0;
  self->loss_count = 0;
}

gboolean
msm_trainer_save (MsmTrainer *self, GError **error)
{
  MsmCheckpoint state;
  gboolean ok;

  if (self->rank > 0)
    return TRUE;
  update_clock (self);
  state = (MsmCheckpoint){ self->info.step, self->info.n_images, (guint64) param (self, "seed"), self->info.seconds };
  self->last_save = g_get_monotonic_time ();
  if (!msm_checkpoint_save (self->checkpoint_path, &state, self->setup.config, self->setup.weights, self->average,
                            self->adam, error))
    return FALSE;
  begin_average (self);
  ok = msm_train_save_prior (&self->setup, self->prior_path, &self->info, error);
  end_average (self);
  return ok;
}

/* Validation, strip, log and checkpoint, when they are due or the training is over. */
static void
look (MsmTrainer *self)
{
  gboolean done = self->done;
  double save_minutes = param (self, "save-minutes");
  gint64 unsaved = g_get_monotonic_time () - self->last_save;
  GError *error = NULL;

  begin_average (self);
  if (done || is_due (self, "validate-every"))
    {
      msm_train_check_run (self->check, self->info.validation);
      self->info.has_validation = TRUE;
    }
  if (param (self, "strip-every") > 0 && (done || is_due (self, "strip-every")))
    write_strip (self);
  end_average (self);
  update_clock (self);
  log_step (self);
  if (done || is_due (self, "save-every")
      || (save_minutes > 0 && unsaved >= (gint64) (60 * G_USEC_PER_SEC * save_minutes)))
    {
      self->info.saved = msm_trainer_save (self, &error);
      if (!self->info.saved)
        warn (self, error);
    }
}

static void
estimate_time (MsmTrainer *self, double seconds)
{
  double per_step = param (self, "batch") * param (self, "accumulate") * self->n_ranks;
  double minutes = param (self, "minutes");

  self->step_seconds = self->step_seconds == 0 ? seconds : 0.95 * self->step_seconds + 0.05 * seconds;
  self->info.images_per_s = per_step / self->step_seconds;
  self->info.seconds_left = minutes > 0 ? MAX (0, 60 * minutes - self->info.seconds)
                                        : self->step_seconds * (param (self, "steps") - (double) self->info.step);
}

gboolean
msm_trainer_step (MsmTrainer *self, MsmTrainInfo *info, GError **error)
{
  gint64 begin = g_get_monotonic_time ();

  g_return_val_if_fail (!self->done, FALSE);

  g_string_truncate (self->warning, 0);
  self->info.has_validation = self->info.has_strip = self->info.saved = FALSE;
  update_clock (self);
  if (!accumulate (self, error) || !optimise (self, error))
    return FALSE;
  update_clock (self);
  estimate_time (self, (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC);
  self->done = progress (self) >= 1;
  if (self->rank == 0)
    look (self);
  self->info.warning = self->warning->len > 0 ? self->warning->str : NULL;
  *info = self->info;
  return msm_device_check (self->setup.denoiser->device, error) && !self->done && !self->info.stopped;
}

void
msm_trainer_ask_stop (MsmTrainer *self)
{
  self->asked_stop = TRUE;
}

gboolean
msm_trainer_is_done (MsmTrainer *self)
{
  return self->done;
}

guint64
msm_trainer_get_step (MsmTrainer *self)
{
  return self->info.step;
}

const char *
msm_trainer_strip_path (MsmTrainer *self)
{
  return self->strip_path;
}
