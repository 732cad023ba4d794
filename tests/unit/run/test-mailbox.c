#include "config.h"

#include "core/run/mailbox.h"

#define N_POSTS 200000

typedef struct
{
  MsmMailbox *mailbox;
  GMainLoop *loop;
  int newest;
  int n_seen;
  gboolean went_back;
} Reader;

static MsmFrame *
frame_new (int step)
{
  MsmFrame *frame = g_new0 (MsmFrame, 1);

  g_atomic_ref_count_init (&frame->ref_count);
  frame->info.step = step;
  return frame;
}

static gpointer
post_all (gpointer data)
{
  MsmMailbox *mailbox = data;

  for (int i = 1; i <= N_POSTS; i++)
    msm_mailbox_post (mailbox, frame_new (i));
  return NULL;
}

static void
on_wake (MsmMailbox *mailbox, gpointer data)
{
  Reader *reader = data;
  g_autoptr (MsmFrame) frame = msm_mailbox_take (mailbox);

  if (frame == NULL)
    return;
  reader->went_back = reader->went_back || frame->info.step <= reader->newest;
  reader->newest = frame->info.step;
  reader->n_seen++;
  if (reader->newest == N_POSTS)
    g_main_loop_quit (reader->loop);
}

/* The order never goes back, and the last frame is always seen. */
static void
test_hammer (void)
{
  Reader reader = { 0 };
  GThread *thread;

  reader.loop = g_main_loop_new (NULL, FALSE);
  reader.mailbox = msm_mailbox_new (NULL, on_wake, &reader);
  thread = g_thread_new ("poster", post_all, reader.mailbox);
  g_main_loop_run (reader.loop);
  g_thread_join (thread);
  g_assert_false (reader.went_back);
  g_assert_cmpint (reader.newest, ==, N_POSTS);
  g_assert_cmpint (reader.n_seen, >=, 1);
  g_test_message ("%d of %d frames were seen", reader.n_seen, N_POSTS);
  msm_mailbox_close (reader.mailbox);
  msm_mailbox_unref (reader.mailbox);
  g_main_loop_unref (reader.loop);
}

static void
count (MsmMailbox *mailbox, gpointer data)
{
  (*(int *) data)++;
}

static void
test_coalesced (void)
{
  int n = 0;
  g_autoptr (MsmMailbox) mailbox = msm_mailbox_new (NULL, count, &n);
  MsmFrame *frame;

  g_assert_true (msm_mailbox_wants (mailbox));
  for (int i = 1; i <= 5; i++)
    msm_mailbox_post (mailbox, frame_new (i));
  g_assert_false (msm_mailbox_wants (mailbox));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (n, ==, 1);
  frame = msm_mailbox_take (mailbox);
  g_assert_cmpint (frame->info.step, ==, 5);
  msm_frame_unref (frame);
  g_assert_null (msm_mailbox_take (mailbox));
  msm_mailbox_wake (mailbox);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (n, ==, 2);
}

/* A closed mailbox calls nobody, also when a wake-up was queued; the source keeps it alive. */
static void
test_closed (void)
{
  int n = 0;
  MsmMailbox *mailbox = msm_mailbox_new (NULL, count, &n);

  msm_mailbox_post (mailbox, frame_new (1));
  msm_mailbox_close (mailbox);
  g_assert_false (msm_mailbox_wants (mailbox));
  msm_mailbox_unref (mailbox);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (n, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox/hammer", test_hammer);
  g_test_add_func ("/mailbox/coalesced", test_coalesced);
  g_test_add_func ("/mailbox/closed", test_closed);
  return g_test_run ();
}
