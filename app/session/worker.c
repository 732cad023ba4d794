#include "config.h"

#include "app/session/worker.h"

#include <sys/resource.h>
#include <unistd.h>

typedef struct
{
  MsmJobFunc     func;
  gpointer       data;
  GDestroyNotify destroy;
} Job;

struct _MsmWorker
{
  GThread   *thread;
  GMutex     lock;
  GCond      changed;
  GQueue     runs;     /* under lock: Job */
  Job       *preview;  /* under lock */
  MsmRun    *run;      /* under lock */
  gboolean   quit;     /* under lock */
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

static Job *
take_preview (MsmWorker *self)
{
  Job *job;

  g_mutex_lock (&self->lock);
  job = g_steal_pointer (&self->preview);
  g_mutex_unlock (&self->lock);
  return job;
}

void
msm_worker_do_previews (MsmWorker *self)
{
  Job *job = take_preview (self);

  if (job == NULL)
    return;
  job->func (self, job->data);
  job_free (job);
}

/* Blocks for the next job; previews first, since somebody is watching the pointer. NULL: quit. */
static Job *
wait_for_job (MsmWorker *self)
{
  Job *job = NULL;

  g_mutex_lock (&self->lock);
  while (!self->quit && self->preview == NULL && g_queue_is_empty (&self->runs))
    g_cond_wait (&self->changed, &self->lock);
  if (!self->quit)
    job = self->preview != NULL ? g_steal_pointer (&self->preview) : g_queue_pop_head (&self->runs);
  g_mutex_unlock (&self->lock);
  return job;
}

/* On Linux a thread has a nice value of its own, and hands it down to its OpenMP team. */
void
msm_worker_give_way (void)
{
  setpriority (PRIO_PROCESS, (id_t) gettid (), 4);
}

static gpointer
compute_thread (gpointer data)
{
  MsmWorker *self = data;
  Job *job;

  msm_worker_give_way ();
  while ((job = wait_for_job (self)) != NULL)
    {
      job->func (self, job->data);
      job_free (job);
    }
  return NULL;
}

MsmWorker *
msm_worker_new (void)
{
  MsmWorker *self = g_new0 (MsmWorker, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->runs);
  self->thread = g_thread_new ("compute", compute_thread, self);
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
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  job_free (self->preview);
  while ((job = g_queue_pop_head (&self->runs)) != NULL)
    job_free (job);
  g_clear_pointer (&self->run, msm_run_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
msm_worker_push (MsmWorker      *self,
                 MsmJobKind      kind,
                 MsmJobFunc      func,
                 gpointer        data,
                 GDestroyNotify  destroy)
{
  Job *job = g_new (Job, 1);
  Job *replaced = NULL;
  MsmRun *run = NULL;

  *job = (Job) { func, data, destroy };
  g_mutex_lock (&self->lock);
  if (kind == MSM_JOB_PREVIEW)
    {
      replaced = self->preview;
      self->preview = job;
      if (self->run != NULL)
        run = msm_run_ref (self->run);
    }
  else
    g_queue_push_tail (&self->runs, job);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  /* Outside the lock: a run's gate is another lock, and destroy functions are the caller's code. */
  if (run != NULL)
    {
      msm_run_poke (run);
      msm_run_unref (run);
    }
  job_free (replaced);
}

void
msm_worker_set_run (MsmWorker *self,
                    MsmRun    *run)
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
