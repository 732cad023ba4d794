#include "config.h"

#include "app/session/worker.h"

typedef struct
{
  GMutex lock;
  GCond changed;
  GArray *order; /* numbers of jobs that ran */
  gboolean open; /* the gate of the first job */
  int n_freed;
} Log;

typedef struct
{
  Log *log;
  int number;
  gboolean waits;
} Item;

static void
run_item (MsmWorker *worker, gpointer data)
{
  Item *item = data;

  g_mutex_lock (&item->log->lock);
  g_array_append_val (item->log->order, item->number);
  g_cond_broadcast (&item->log->changed);
  while (item->waits && !item->log->open)
    g_cond_wait (&item->log->changed, &item->log->lock);
  g_mutex_unlock (&item->log->lock);
}

static void
free_item (gpointer data)
{
  Item *item = data;

  g_mutex_lock (&item->log->lock);
  item->log->n_freed++;
  g_cond_broadcast (&item->log->changed);
  g_mutex_unlock (&item->log->lock);
  g_free (item);
}

static void
push (MsmWorker *worker, Log *log, MsmJobKind kind, int number, gboolean waits)
{
  Item *item = g_new (Item, 1);

  *item = (Item){ log, number, waits };
  msm_worker_push (worker, kind, run_item, item, free_item);
}

static void
log_init (Log *log, gboolean open)
{
  *log = (Log){ .open = open };
  g_mutex_init (&log->lock);
  g_cond_init (&log->changed);
  log->order = g_array_new (FALSE, FALSE, sizeof (int));
}

static void
log_clear (Log *log)
{
  g_array_unref (log->order);
  g_mutex_clear (&log->lock);
  g_cond_clear (&log->changed);
}

static void
wait_for_jobs (Log *log, guint n_begun, int n_freed)
{
  g_mutex_lock (&log->lock);
  while (log->order->len < n_begun || log->n_freed < n_freed)
    g_cond_wait (&log->changed, &log->lock);
  g_mutex_unlock (&log->lock);
}

static void
open_gate (Log *log)
{
  g_mutex_lock (&log->lock);
  log->open = TRUE;
  g_cond_broadcast (&log->changed);
  g_mutex_unlock (&log->lock);
}

static void
check_order (Log *log, const int *expected, gsize size)
{
  g_assert_cmpmem (log->order->data, log->order->len * sizeof (int), expected, size);
}

/* Runs keep their order. */
static void
test_order (void)
{
  MsmWorker *worker = msm_worker_new ();
  static const int expected[] = { 0, 1, 2 };
  Log log;

  log_init (&log, FALSE);
  push (worker, &log, MSM_JOB_RUN, 0, TRUE);
  push (worker, &log, MSM_JOB_RUN, 1, FALSE);
  push (worker, &log, MSM_JOB_RUN, 2, FALSE);
  open_gate (&log);
  wait_for_jobs (&log, 3, 3);
  check_order (&log, expected, sizeof expected);
  msm_worker_free (worker);
  log_clear (&log);
}

/* A preview comes while a run is in the midst of a step; a newer one pushes out a queued older one. */
static void
test_preview_beside_run (void)
{
  MsmWorker *worker = msm_worker_new ();
  static const int expected[] = { 0, 10, 11, 13 };
  Log log;

  log_init (&log, FALSE);
  push (worker, &log, MSM_JOB_RUN, 0, TRUE);
  wait_for_jobs (&log, 1, 0);
  push (worker, &log, MSM_JOB_PREVIEW, 10, FALSE);
  wait_for_jobs (&log, 2, 1);
  push (worker, &log, MSM_JOB_PREVIEW, 11, TRUE);
  wait_for_jobs (&log, 3, 1);
  push (worker, &log, MSM_JOB_PREVIEW, 12, FALSE);
  push (worker, &log, MSM_JOB_PREVIEW, 13, FALSE);
  open_gate (&log);
  wait_for_jobs (&log, 4, 5);
  check_order (&log, expected, sizeof expected);
  msm_worker_free (worker);
  log_clear (&log);
}

/* Freeing drops what is queued, and frees it. */
static void
test_free_drops (void)
{
  MsmWorker *worker = msm_worker_new ();
  Log log;

  log_init (&log, TRUE);
  for (int i = 0; i < 50; i++)
    push (worker, &log, MSM_JOB_RUN, i, FALSE);
  msm_worker_free (worker);
  g_assert_cmpint (log.n_freed, ==, 50);
  log_clear (&log);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/order", test_order);
  g_test_add_func ("/worker/preview-beside-run", test_preview_beside_run);
  g_test_add_func ("/worker/free-drops", test_free_drops);
  return g_test_run ();
}
