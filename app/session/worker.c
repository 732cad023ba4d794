#include "config.h"

#include "app/session/worker.h"

#include <sys/resource.h>
#include <unistd.h>

typedef struct
{
  MsmJobFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Job;

struct _MsmWorker
{
  GThread *compute, *preview_thread;
  GMutex lock;
  GCond changed;
  GQueue runs;   /* under lock: Job */
  Job *preview;  /* under lock */
  MsmRun *run;   /* under lock */
  gboolean quit; /* under lock */
};

static void
job_free (Job *job)
{
  if (job == NULL)
    return;
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_free (job);
}

/* Under the lock; NULL when there is none. */
static Job *
take_job (MsmWorker *self, MsmJobKind kind)
{
  return kind == MSM_JOB_PREVIEW ? g_steal_pointer (&self->preview) : g_queue_pop_head (&self->runs);
}

/* Does jobs of one kind until the worker is freed. */
static void
do_jobs (MsmWorker *self, MsmJobKind kind)
{
  g_mutex_lock (&self->lock);
  while (!self->quit)
    {
      Job *job = take_job (self, kind);

      if (job == NULL)
        {
          g_cond_wait (&self->changed, &self->lock);
          continue;
        }
      g_mutex_unlock (&self->lock);
      job->func (self, job->data);
      job_free (job);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
}

/* On Linux a thread has a nice value of its own, and hands it down to its OpenMP team. */
void
msm_worker_give_way (void)
{
  setpriority (PRIO_PROCESS, (id_t) gettid (), 10);
}

static gpointer
compute_thread (gpointer data)
{
  msm_worker_give_way ();
  do_jobs (data, MSM_JOB_RUN);
  return NULL;
}

static gpointer
preview_thread (gpointer data)
{
  do_jobs (data, MSM_JOB_PREVIEW);
  return NULL;
}

MsmWorker *
msm_worker_new (void)
{
  MsmWorker *self = g_new0 (MsmWorker, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->runs);
  self->compute = g_thread_new ("compute", compute_thread, self);
  self->preview_thread = g_thread_new ("preview", preview_thread, self);
  return self;
}

void
msm_worker_free (MsmWorker *self)
{
  Job *job;

  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  if (self->run != NULL)
    msm_run_stop (self->run);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->compute);
  g_thread_join (self->preview_thread);
  job_free (self->preview);
  while ((job = g_queue_pop_head (&self->runs)) != NULL)
    job_free (job);
  g_clear_pointer (&self->run, msm_run_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
msm_worker_push (MsmWorker *self, MsmJobKind kind, MsmJobFunc func, gpointer data, GDestroyNotify destroy)
{
  Job *job = g_new (Job, 1);
  Job *replaced = NULL;

  *job = (Job){ func, data, destroy };
  g_mutex_lock (&self->lock);
  if (kind == MSM_JOB_PREVIEW)
    {
      replaced = self->preview;
      self->preview = job;
    }
  else
    g_queue_push_tail (&self->runs, job);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  job_free (replaced); /* outside the lock: destroy functions are the caller's code */
}

void
msm_worker_set_run (MsmWorker *self, MsmRun *run)
{
  MsmRun *old;

  g_mutex_lock (&self->lock);
  old = self->run;
  self->run = run != NULL ? msm_run_ref (run) : NULL;
  if (run != NULL && self->quit)
    msm_run_stop (run);
  g_mutex_unlock (&self->lock);
  if (old != NULL)
    msm_run_unref (old);
}
