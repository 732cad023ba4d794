#pragma once

#include "app/setup/experiment.h"
#include "core/train/train.h"

G_BEGIN_DECLS

/*
 * A training as an experiment file describes it: sections [prior] (the network, under the reference's
 * keys), [data] and [train]. Owns all that a trainer needs; the command line and the window drive it alike.
 * After the experiment is read all is done in one thread, the compute thread.
 */
typedef struct _MsmTrainJob MsmTrainJob;

extern const MsmParam msm_prior_params[];

typedef struct
{
  const char *device;   /* "auto", "cpu", … */
  const char *folder;   /* made when it is not there */
  const char *init;     /* weights to begin with; NULL: random ones */
  gboolean resume;      /* go on from the folder's checkpoint; without it there must be none */
  int precision;        /* index into msm_device_precisions; parameters and sums are float32 in any */
  gboolean in_parallel; /* with the processes that mpirun or srun started beside this one, if it did */
} MsmTrainJobOptions;

MsmTrainJob *msm_train_job_new (void);
void msm_train_job_free (MsmTrainJob *self);
/* Of the three sections; to be read and changed before prepare. (transfer none) */
MsmExperiment *msm_train_job_experiment (MsmTrainJob *self);
MsmParams *msm_train_job_params (MsmTrainJob *self, const char *section);
/**
 * msm_train_job_prepare:
 *
 * Opens device and data, builds the network, and makes the trainer; writes FOLDER/experiment.ini, from
 * which the training can be resumed without the file that it began with.
 */
gboolean msm_train_job_prepare (MsmTrainJob *self, const MsmTrainJobOptions *options, MsmCancel *cancel,
                                GError **error);
/* After prepare. (transfer none) */
MsmTrainer *msm_train_job_trainer (MsmTrainJob *self);
/* After prepare: the number of this process among those that train together, 0 for one alone. */
int msm_train_job_rank (MsmTrainJob *self);
gboolean msm_train_job_is_shared (MsmTrainJob *self);
/* After prepare: network, data and device, as text for the log. (transfer none) */
const char *msm_train_job_report (MsmTrainJob *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmTrainJob, msm_train_job_free)

G_END_DECLS
