#include "config.h"

#include "app/session/train-run.h"

#include "app/session/worker.h"
#include "app/setup/train-job.h"
#include "core/base/error.h"

struct _MsmTrainRun
{
  char *folder;
  char *experiment; /* or NULL: resume */
  char *device;
  MsmMailbox *mailbox; /* without frames: for its wake-up */
  MsmCancel *cancel;
  GThread *thread;
  GMutex lock;
  MsmTrainNews news; /* under lock */
};

void
msm_train_news_clear (MsmTrainNews *self)
{
  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->report, g_free);
  g_clear_pointer (&self->strip, g_free);
  g_clear_pointer (&self->warning, g_free);
  g_clear_error (&self->error);
}

static void
replace (char **text, const char *value)
{
  g_free (*text);
  *text = g_strdup (value);
}

static void
tell_step (MsmTrainRun *self, MsmTrainer *trainer, const MsmTrainInfo *info)
{
  g_mutex_lock (&self->lock);
  self->news.state = MSM_RUN_RUNNING;
  self->news.info = *info;
  self->news.info.warning = NULL; /* the trainer's own */
  if (info->logged)
    g_array_append_val (self->news.rows, self->news.info);
  if (info->has_strip)
    replace (&self->news.strip, msm_trainer_strip_path (trainer));
  if (info->warning != NULL)
    replace (&self->news.warning, info->warning);
  g_mutex_unlock (&self->lock);
  msm_mailbox_wake (self->mailbox);
}

/* Steps until the end or a stop, which saves. */
static gboolean
train (MsmTrainRun *self, MsmTrainer *trainer, GError **error)
{
  GError *local = NULL;
  gboolean more = !msm_trainer_is_done (trainer);

  while (more && msm_cancel_get_level (self->cancel) == MSM_CANCEL_NO)
    {
      MsmTrainInfo info;

      more = msm_trainer_step (trainer, &info, &local);
      if (local != NULL)
        {
          g_propagate_error (error, local);
          return FALSE;
        }
      tell_step (self, trainer, &info);
    }
  if (!more)
    return TRUE;
  if (msm_trainer_save (trainer, error))
    msm_cancel_check (self->cancel, error);
  return FALSE;
}

static gboolean
run (MsmTrainRun *self, GError **error)
{
  g_autoptr (MsmTrainJob) job = msm_train_job_new ();
  MsmTrainJobOptions options = { self->device, self->folder, NULL, self->experiment == NULL };
  g_autofree char *own = g_build_filename (self->folder, "experiment.ini", NULL);

  if (!msm_experiment_load (msm_train_job_experiment (job), self->experiment != NULL ? self->experiment : own, error)
      || !msm_train_job_prepare (job, &options, self->cancel, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->news.state = MSM_RUN_RUNNING;
  replace (&self->news.report, msm_train_job_report (job));
  g_mutex_unlock (&self->lock);
  msm_mailbox_wake (self->mailbox);
  return train (self, msm_train_job_trainer (job), error);
}

static gpointer
train_thread (gpointer data)
{
  MsmTrainRun *self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  msm_worker_give_way ();
  ok = run (self, &error);
  g_mutex_lock (&self->lock);
  if (ok)
    self->news.state = MSM_RUN_DONE;
  else if (g_error_matches (error, MSM_ERROR, MSM_ERROR_CANCELLED))
    self->news.state = MSM_RUN_STOPPED;
  else
    {
      self->news.state = MSM_RUN_FAILED;
      self->news.error = g_steal_pointer (&error);
    }
  g_mutex_unlock (&self->lock);
  msm_mailbox_wake (self->mailbox);
  return NULL;
}

MsmTrainRun *
msm_train_run_new (const char *folder, const char *experiment, const char *device, MsmMailboxFunc func, gpointer data)
{
  MsmTrainRun *self = g_new0 (MsmTrainRun, 1);

  self->folder = g_strdup (folder);
  self->experiment = g_strdup (experiment);
  self->device = g_strdup (device);
  self->mailbox = msm_mailbox_new (NULL, func, data);
  self->cancel = msm_cancel_new ();
  g_mutex_init (&self->lock);
  self->news.state = MSM_RUN_PREPARING;
  self->news.rows = g_array_new (FALSE, FALSE, sizeof (MsmTrainInfo));
  self->thread = g_thread_new ("train", train_thread, self);
  return self;
}

void
msm_train_run_stop (MsmTrainRun *self)
{
  msm_cancel_request (self->cancel, MSM_CANCEL_NOW);
}

void
msm_train_run_free (MsmTrainRun *self)
{
  if (self == NULL)
    return;
  msm_mailbox_close (self->mailbox);
  msm_train_run_stop (self);
  g_thread_join (self->thread);
  msm_mailbox_unref (self->mailbox);
  msm_cancel_unref (self->cancel);
  msm_train_news_clear (&self->news);
  g_mutex_clear (&self->lock);
  g_free (self->folder);
  g_free (self->experiment);
  g_free (self->device);
  g_free (self);
}

void
msm_train_run_take (MsmTrainRun *self, MsmTrainNews *news)
{
  g_mutex_lock (&self->lock);
  *news = self->news;
  self->news.rows = g_array_new (FALSE, FALSE, sizeof (MsmTrainInfo));
  self->news.report = self->news.strip = self->news.warning = NULL;
  self->news.error = NULL;
  g_mutex_unlock (&self->lock);
}
