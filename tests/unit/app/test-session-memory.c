#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "app/session/frame-store.h"
#include "app/session/session.h"
#include "tests/support/folder.h"
#include "tests/support/wait.h"

/* What a session's runs take, and give back. */

#define PATIENCE_US (60 * G_USEC_PER_SEC)
#define SIDE        448
#define N_RUNS      6

typedef struct
{
  char *folder;
  MsmSession *session;
} Fixture;

/* A k-space of one coil in BART's layout: a bright square. */
static char *
write_cfl (Fixture *f)
{
  char *path = g_build_filename (f->folder, "scan.cfl", NULL);
  g_autofree char *header = g_build_filename (f->folder, "scan.hdr", NULL);
  g_autofree char *text = g_strdup_printf ("# Dimensions\n%d %d 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n", SIDE, SIDE);
  g_autofree float *data = g_new0 (float, 2 * SIDE * SIDE);

  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++)
      data[2 * (i * SIDE + j)] = 100.0f / (1 + (i - SIDE / 2) * (i - SIDE / 2) + (j - SIDE / 2) * (j - SIDE / 2));
  g_assert_true (g_file_set_contents (header, text, -1, NULL));
  g_assert_true (g_file_set_contents (path, (const char *) data, 2 * SIDE * SIDE * sizeof (float), NULL));
  return path;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *path = NULL;

  f->folder = g_dir_make_tmp ("msm-session-XXXXXX", NULL);
  f->session = msm_session_new ();
  path = write_cfl (f);
  msm_session_set_method_named (f->session, "l1-wavelet");
  msm_session_open (f->session, path);
  WAIT_FOR (msm_session_get_preview (f->session) != NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  msm_session_close (f->session);
  g_object_unref (f->session);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  remove_folder (f->folder);
}

/* Bytes of the process that lie in memory. */
static gsize
resident (void)
{
  g_autofree char *text = NULL;
  unsigned long size, pages;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &size, &pages), ==, 2);
  return pages * (gsize) sysconf (_SC_PAGESIZE);
}

static void
run_one (Fixture *f)
{
  MsmRunItem *run = msm_session_start_run (f->session);

  g_assert_nonnull (run);
  WAIT_FOR (!msm_run_item_is_active (run));
  g_assert_cmpint (msm_run_item_get_state (run), ==, MSM_RUN_DONE);
}

static void
remove_all (Fixture *f)
{
  GListModel *runs = msm_session_get_runs (f->session);

  while (g_list_model_get_n_items (runs) > 0)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (runs, 0);

      msm_session_remove_run (f->session, run);
    }
}

/* The process is as small after the runs as it was before them: no freed frame stays in an arena. */
static void
test_removed_runs_return_their_memory (Fixture *f, gconstpointer data)
{
  MsmFrameBudget *budget = msm_run_item_get_frame_budget ();
  gsize before, kept, with, after;

#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("the sanitizer's allocator keeps what is freed");
  return;
#endif
  /* What the first runs bring for good: threads and their stacks, plans, the next run's preparation. */
  for (int i = 0; i < 2; i++)
    run_one (f);
  remove_all (f);
  g_assert_cmpuint (msm_frame_budget_get_bytes (budget), ==, 0);
  before = resident ();
  for (int i = 0; i < N_RUNS; i++)
    run_one (f);
  with = resident ();
  kept = msm_frame_budget_get_bytes (budget);
  g_assert_cmpuint (kept, >, N_RUNS * SIDE * SIDE * 8);
  remove_all (f);
  g_assert_cmpuint (msm_frame_budget_get_bytes (budget), ==, 0);
  after = resident ();
  g_test_message ("before %zu, with %zu (frames %zu), after %zu", before, with, kept, after);
  /* A tenth, and what the preparation of one more run may take. */
  g_assert_cmpuint (after, <, before + kept / 10 + 16 * SIDE * SIDE * 8);
}

int
main (int argc, char **argv)
{
  g_autofree char *cache = g_dir_make_tmp ("msm-cache-XXXXXX", NULL);
  int status;

  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/session/removed-runs", Fixture, NULL, set_up, test_removed_runs_return_their_memory, tear_down);
  status = g_test_run ();
  remove_folder (g_steal_pointer (&cache));
  return status;
}
