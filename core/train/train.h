#pragma once

#include "core/comm/comm.h"
#include "core/dataset/dataset.h"
#include "core/train/loss.h"
#include "core/nn/weights.h"

G_BEGIN_DECLS

/*
 * The trainer: an iterator as samplers are. prepare (new or resumed), then steps of the optimiser. It keeps
 * in its folder
 *
 *   checkpoint.safetensors  all that a training needs to go on, bit for bit
 *   prior.safetensors       the moving average, as samplers read it
 *   log.csv                 a row for every so many steps
 *   strip-NNNNNNN.png       one validation sample: noisy adjoints above, x̂₀ below
 *
 * A folder that cannot be written to does not end the training: the step's warning says so, and the next
 * checkpoint tries again.
 */
typedef struct _MsmTrainer MsmTrainer;

#define MSM_TRAIN_BANDS 8

/*
 * loss, and what the losses have of their own (loss.h); schedule-steps, sigma-median, sigma-spread; steps or minutes;
 * batch, accumulate; lr, warmup, decay, lr-last, weight-decay, beta2, clip; ema; seed; validate-every,
 * validation-items, strip-every, save-minutes, save-every, log-every; weights-dtype.
 */
const MsmParam *msm_train_params (void);

/* What is trained. All are borrowed and must outlive the trainer. */
typedef struct
{
  MsmDenoiser *denoiser;
  MsmWeights *weights; /* the denoiser's, with gradients */
  const char *config;  /* JSON of the network: "msm.config" of the files */
  MsmDataset *dataset;
  const MsmParams *params; /* of msm_train_params() */
  const char *folder;      /* exists */
  const char *licence;     /* of the weights, for the prior's metadata; may be empty */
  const char *experiment;  /* what was asked for, as text, for the prior's metadata */
  /*
   * (nullable): this process is one of several. Each takes its part of every pass, whose size is all batches together;
   * gradients are added up before a step. The first writes the files, and its clock is everyone's.
   */
  MsmComm *comm;
} MsmTrainSetup;

typedef struct
{
  guint64 step;     /* optimiser steps done */
  guint64 n_steps;  /* planned; 0: until the time is up */
  guint64 n_images; /* images seen */
  double loss;      /* of this step */
  double lr, gradient_norm;
  double images_per_s;
  double seconds; /* of training, with those before a resume */
  double seconds_left;
  double band_error[MSM_TRAIN_BANDS]; /* running ŝ error / signal power per σ-band; NaN: none yet */
  gboolean logged;                    /* this step wrote a row of log.csv: */
  double mean_loss;                   /* of the steps since the row before */
  gboolean has_validation;            /* this step ended with a validation: */
  double validation[MSM_TRAIN_BANDS]; /* the last one; NaN: none yet */
  gboolean has_strip;                 /* a strip was written, see msm_trainer_strip_path() */
  gboolean saved;                     /* a checkpoint was written */
  gboolean stopped;                   /* one of several processes had asked to stop: there are no more steps */
  const char *warning;                /* something could not be written; NULL: nothing. Until the next step */
} MsmTrainInfo;

/**
 * msm_trainer_new:
 * @resume: go on from the folder's checkpoint
 *
 * Takes all memory, reads the validation samples, starts the data thread. The parameters keep their values
 * unless resumed.
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_FILE (nothing to resume), MSM_ERROR_VALUE (a checkpoint
 * of another seed, no validation data), MSM_ERROR_SHAPE, MSM_ERROR_MEMORY
 */
MsmTrainer *msm_trainer_new (const MsmTrainSetup *setup, gboolean resume, GError **error);
void msm_trainer_free (MsmTrainer *self);
/**
 * msm_trainer_step:
 *
 * One step of the optimiser over all micro-batches, and what is due after it: validation, strip,
 * checkpoint, log. After the last one: all of them.
 *
 * Returns: %TRUE while there is more. %FALSE without @error after the last step; with MSM_ERROR_VALUE when
 * loss or gradient is not finite (the message names step and loss; the files keep the last good state), or
 * the error of data or device
 */
gboolean msm_trainer_step (MsmTrainer *self, MsmTrainInfo *info, GError **error);
/* Of several processes: the next step ends with all of them knowing, and is the last. */
void msm_trainer_ask_stop (MsmTrainer *self);
/* TRUE when a resumed training has already done what was asked for. */
gboolean msm_trainer_is_done (MsmTrainer *self);
/* Optimiser steps done, also right after a resume. */
guint64 msm_trainer_get_step (MsmTrainer *self);
/* Writes checkpoint and prior now. MSM_ERROR_FILE. */
gboolean msm_trainer_save (MsmTrainer *self, GError **error);
/* The newest strip, or NULL. (transfer none) */
const char *msm_trainer_strip_path (MsmTrainer *self);
/* The rows of a training's log.csv: what a row holds is set, the rest is 0. (element-type MsmTrainInfo) */
GArray *msm_train_log_read (const char *folder);
/* The newest strip in a training's folder, or NULL. (transfer full) */
char *msm_train_find_strip (const char *folder);
/* Bounds in σ of band @index. */
void msm_train_band (int index, double *low, double *high);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmTrainer, msm_trainer_free)

G_END_DECLS
