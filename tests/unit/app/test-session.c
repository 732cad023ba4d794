#include "config.h"

#include <string.h>

#include "app/session/session.h"
#include "tests/slow/mrd-file.h"
#include "tests/support/folder.h"
#include "tests/support/wait.h"

/* The session without a window: what is open, chosen and run. */

#define PATIENCE_US (30 * G_USEC_PER_SEC)

typedef struct
{
  char *folder;
  MsmSession *session;
  char *message; /* the newest of the error bar */
} Fixture;

static void
keep_message (MsmSession *session, const char *message, Fixture *f)
{
  g_test_message ("%s", message);
  g_free (f->message);
  f->message = g_strdup (message);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("msm-session-XXXXXX", NULL);
  f->session = msm_session_new ();
  g_signal_connect (f->session, "failed", G_CALLBACK (keep_message), f);
  msm_session_set_method_named (f->session, "zero-filled");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  msm_session_close (f->session);
  g_object_unref (f->session);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_free (f->message);
  remove_folder (f->folder);
}

static void
open_ready (Fixture *f, const char *path)
{
  msm_session_open (f->session, path);
  WAIT_FOR (msm_session_get_scan (f->session) != NULL && !msm_session_is_loading (f->session));
}

/* Three slices of a 32 × 32 k-space of one coil in BART's layout, that of slice s begins with s + 1; those named in @empty are all zero: unreadable. */
static char *
write_cfl (Fixture *f, const gboolean empty[3])
{
  char *path = g_build_filename (f->folder, "scan.cfl", NULL);
  g_autofree char *header = g_build_filename (f->folder, "scan.hdr", NULL);
  const gsize n = (gsize) 32 * 32 * 2;
  g_autofree float *data = g_new (float, 3 * n);

  for (int slice = 0; slice < 3; slice++)
    for (gsize i = 0; i < n; i++)
      data[slice * n + i] = empty[slice] ? 0 : (float) (slice + 1 + i % 7);
  g_assert_true (g_file_set_contents (header, "# Dimensions\n32 32 1 1 1 1 1 1 1 1 1 1 1 3 1 1\n", -1, NULL));
  g_assert_true (g_file_set_contents (path, (const char *) data, (gssize) (3 * n * sizeof (float)), NULL));
  return path;
}

/* What cannot be read leaves nothing behind: neither another slice's numbers nor its picture under its own number. */
static void
test_unreadable_slice (Fixture *f, gconstpointer data)
{
  g_autofree char *path = write_cfl (f, (gboolean[3]){ FALSE, FALSE, TRUE });

  open_ready (f, path);
  WAIT_FOR (msm_session_get_preview (f->session) != NULL);
  g_assert_false (msm_session_is_unreadable (f->session));
  msm_session_set_slice (f->session, 2);
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_nonnull (f->message);
  g_assert_nonnull (strstr (f->message, "scan.cfl"));
  g_assert_true (msm_session_is_unreadable (f->session));
  g_assert_null (msm_session_get_preview (f->session));
  /* Nor does one come later: a mask that is changed now has nothing to act on. */
  msm_session_pattern_params_changed (f->session);
  for (int i = 0; i < 50; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_null (msm_session_get_preview (f->session));
  msm_session_set_slice (f->session, 0);
  WAIT_FOR (msm_session_get_preview (f->session) != NULL);
  g_assert_false (msm_session_is_unreadable (f->session));
}

/* A file that cannot be opened leaves the scan that is open as it was, with a slice that was just being read. */
static void
test_failed_opening (Fixture *f, gconstpointer data)
{
  g_autofree char *path = write_cfl (f, (gboolean[3]){ FALSE, FALSE, FALSE });

  open_ready (f, path);
  msm_session_set_pattern (f->session, NULL);
  msm_session_set_slice (f->session, 0);
  msm_session_open (f->session, "no-such-file.h5");
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_nonnull (f->message);
  g_assert_cmpstr (msm_session_get_scan (f->session)->path, ==, path);
  WAIT_FOR (msm_session_get_preview (f->session) != NULL);
  g_assert_false (msm_session_is_unreadable (f->session));
  g_assert_cmpfloat (msm_tensor_const_host (msm_session_get_preview (f->session)->kspace)[0], ==, 1);
}

/* A run is of what is looked at only when slice, repetition and group are the same. */
static void
test_shows_run (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "scan.h5", NULL);
  MsmRunItem *run;

  g_assert_true (test_mrd_write_several (path, 2));
  open_ready (f, path);
  run = msm_session_start_run (f->session);
  g_assert_nonnull (run);
  g_assert_true (msm_session_shows_run (f->session, run));
  g_assert_cmpuint (msm_session_get_slice (f->session), ==, 1);
  msm_session_set_slice (f->session, 0);
  g_assert_false (msm_session_shows_run (f->session, run));
  msm_session_set_slice (f->session, 1);
  g_assert_true (msm_session_shows_run (f->session, run));

  msm_session_set_index (f->session, "repetition", 1);
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_cmpuint (msm_session_get_slice (f->session), ==, 1);
  g_assert_false (msm_session_shows_run (f->session, run));
  msm_session_set_index (f->session, "repetition", 0);
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_true (msm_session_shows_run (f->session, run));

  msm_session_set_group (f->session, "second");
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_cmpuint (msm_session_get_slice (f->session), ==, 1);
  g_assert_false (msm_session_shows_run (f->session, run));
  msm_session_set_group (f->session, "dataset");
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_true (msm_session_shows_run (f->session, run));
}

/* Saved and opened again, an experiment names the shipped prior as it was chosen, and no path to it. */
static void
test_shipped_prior (Fixture *f, gconstpointer data)
{
  g_autofree char *path = write_cfl (f, (gboolean[3]){ FALSE, FALSE, FALSE });
  g_autofree char *ini = g_build_filename (f->folder, "a.ini", NULL);
  g_autofree char *text = NULL;

  open_ready (f, path);
  msm_session_set_method_named (f->session, "msm");
  msm_session_set_method_param (f->session, "prior", "brain-128");
  msm_session_save_experiment (f->session, ini);
  g_assert_null (f->message);
  msm_session_set_method_param (f->session, "prior", "another");
  msm_session_open_experiment (f->session, ini);
  WAIT_FOR (!msm_session_is_loading (f->session));
  g_assert_null (f->message);
  g_assert_cmpstr (msm_params_get_text (msm_session_get_method_params (f->session), "prior"), ==, "brain-128");
  msm_session_save_experiment (f->session, ini);
  g_assert_true (g_file_get_contents (ini, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\nprior=brain-128\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/session/unreadable-slice", Fixture, NULL, set_up, test_unreadable_slice, tear_down);
  g_test_add ("/app/session/failed-opening", Fixture, NULL, set_up, test_failed_opening, tear_down);
  g_test_add ("/app/session/shows-run", Fixture, NULL, set_up, test_shows_run, tear_down);
  g_test_add ("/app/session/shipped-prior", Fixture, NULL, set_up, test_shipped_prior, tear_down);
  return g_test_run ();
}
