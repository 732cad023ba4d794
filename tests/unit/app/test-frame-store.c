#include "config.h"

#include "app/session/frame-store.h"

#include <glib/gstdio.h>

#include "core/device/device.h"

static MsmFrame *
frame_of (int step)
{
  MsmFrame *frame = g_new0 (MsmFrame, 1);

  g_atomic_ref_count_init (&frame->ref_count);
  frame->info.step = step;
  frame->n_images = 1;
  frame->images[0].name = "estimate";
  frame->images[0].tensor = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (16, 16), NULL);
  return frame;
}

static MsmFrameStore *
store_of (gsize max_bytes, const char *folder)
{
  g_autoptr (MsmFrameBudget) budget = msm_frame_budget_new (max_bytes);

  return msm_frame_store_new (budget, folder);
}

static int
step_at (MsmFrameStore *store, guint index)
{
  return msm_frame_store_get (store, index)->info.step;
}

/* Without a file: 200 frames of 1 KiB in 20 KiB: what stays is within the budget, in order, from the first to the newest, and even. */
static void
budget_without_file (const char *folder)
{
  g_autoptr (MsmFrameStore) store = store_of (20 * 1024 + 40 * sizeof (MsmFrame), folder);
  int widest = 0, narrowest = G_MAXINT;

  for (int step = 1; step <= 200; step++)
    {
      g_autoptr (MsmFrame) frame = frame_of (step);
      guint n;

      msm_frame_store_add (store, frame);
      n = msm_frame_store_get_n (store);
      g_assert_cmpuint (msm_frame_store_get_bytes (store), <=, 20 * 1024 + 40 * sizeof (MsmFrame));
      g_assert_cmpint (step_at (store, 0), ==, 1);
      g_assert_cmpint (step_at (store, n - 1), ==, step);
    }
  g_assert_cmpuint (msm_frame_store_get_n (store), >=, 8);
  for (guint i = 1; i + 1 < msm_frame_store_get_n (store); i++)
    {
      int gap = step_at (store, i) - step_at (store, i - 1);

      widest = MAX (widest, gap);
      narrowest = MIN (narrowest, gap);
    }
  g_assert_cmpint (narrowest, >, 0);
  g_assert_cmpint (widest, <=, 2 * narrowest);
}

static void
test_budget (void)
{
  budget_without_file (NULL);
  budget_without_file ("/dev/null/no-folder");
}

static MsmFrame *
frame_with_contents (int step)
{
  MsmFrame *frame = frame_of (step);
  float state[20];

  for (int i = 0; i < 256; i++)
    msm_tensor_host (frame->images[0].tensor)[i] = (float) (1000 * step + i);
  for (int i = 0; i < 20; i++)
    state[i] = (float) (step + i);
  frame->info.n_steps = 200;
  frame->info.sigma = 1.0 / step;
  frame->state = step < 200 ? g_bytes_new (state, sizeof state) : NULL; /* as of the last of a run */
  return frame;
}

static void
check_contents (MsmFrame *frame, int step)
{
  g_autoptr (MsmFrame) expected = frame_with_contents (step);

  g_assert_nonnull (frame);
  g_assert_cmpint (frame->info.step, ==, step);
  g_assert_cmpint (frame->info.n_steps, ==, 200);
  g_assert_cmpfloat_with_epsilon (frame->info.sigma, 1.0 / step, 1e-6);
  g_assert_cmpmem (msm_tensor_const_host (msm_frame_find (frame, "estimate")), 1024,
                   msm_tensor_const_host (expected->images[0].tensor), 1024);
  g_assert_true (expected->state == NULL ? frame->state == NULL : g_bytes_equal (frame->state, expected->state));
}

/* Beyond the budget every step is still there, from a file that leaves nothing behind. */
static void
test_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-frames-XXXXXX", NULL);
  gsize budget = 20 * 1024 + 40 * sizeof (MsmFrame);
  MsmFrameStore *store = store_of (budget, folder);
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  for (int step = 1; step <= 200; step++)
    {
      g_autoptr (MsmFrame) frame = frame_with_contents (step);

      msm_frame_store_add (store, frame);
      check_contents (msm_frame_store_get (store, (guint) step / 2), step / 2 + 1);
    }
  while (msm_frame_store_get_bytes (store) > budget && g_get_monotonic_time () < deadline)
    g_usleep (1000);
  g_assert_cmpuint (msm_frame_store_get_bytes (store), <=, budget);
  g_assert_cmpuint (msm_frame_store_get_n (store), ==, 200);
  for (int step = 200; step >= 1; step--)
    {
      g_assert_cmpint (msm_frame_store_get_step (store, (guint) step - 1), ==, step);
      check_contents (msm_frame_store_get (store, (guint) step - 1), step);
    }
  msm_frame_store_free (store);
  g_assert_cmpint (g_rmdir (folder), ==, 0); /* nothing is in it */
}

/* Images that change on the way, as when the number of masks does, do not fit the file: the rest is thinned. */
static void
test_change (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-frames-XXXXXX", NULL);
  MsmFrameStore *store = store_of (20 * 1024 + 40 * sizeof (MsmFrame), folder);

  for (int step = 1; step <= 200; step++)
    {
      g_autoptr (MsmFrame) frame = frame_with_contents (step);

      if (step > 100)
        frame->images[0].name = "other";
      msm_frame_store_add (store, frame);
      g_usleep (100);
    }
  g_assert_cmpint (msm_frame_store_get_step (store, 0), ==, 1);
  g_assert_cmpint (msm_frame_store_get_step (store, msm_frame_store_get_n (store) - 1), ==, 200);
  check_contents (msm_frame_store_get (store, 30), 31);
  for (guint i = 0; i < msm_frame_store_get_n (store); i++)
    g_assert_nonnull (msm_frame_store_get (store, i));
  msm_frame_store_free (store);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_find (void)
{
  g_autoptr (MsmFrameStore) store = store_of (G_MAXSIZE, NULL);

  g_assert_cmpint (msm_frame_store_find (store, 3), ==, -1);
  for (int step = 10; step <= 50; step += 10)
    {
      g_autoptr (MsmFrame) frame = frame_of (step);

      msm_frame_store_add (store, frame);
    }
  g_assert_cmpuint (msm_frame_store_get_n (store), ==, 5);
  g_assert_cmpint (msm_frame_store_find (store, 1), ==, 0);
  g_assert_cmpint (msm_frame_store_find (store, 10), ==, 0);
  g_assert_cmpint (msm_frame_store_find (store, 20), ==, 1);
  g_assert_cmpint (msm_frame_store_find (store, 29), ==, 1);
  g_assert_cmpint (msm_frame_store_find (store, 1000), ==, 4);
  g_assert_null (msm_frame_store_get (store, 5));
}

/* Two runs in one budget: the older one's frames give way, can still be read, and are given back with their run. */
static void
two_runs (const char *folder, gboolean has_file)
{
  const gsize max = 20 * (1024 + sizeof (MsmFrame) + 80);
  g_autoptr (MsmFrameBudget) budget = msm_frame_budget_new (max);
  MsmFrameStore *older = msm_frame_store_new (budget, folder), *newer = msm_frame_store_new (budget, folder);
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  gsize of_newer;

  for (int step = 1; step <= 18; step++)
    {
      g_autoptr (MsmFrame) frame = frame_with_contents (step);

      msm_frame_store_add (older, frame);
    }
  g_assert_cmpuint (msm_frame_store_get_n (older), ==, 18);
  for (int step = 1; step <= 15; step++)
    {
      g_autoptr (MsmFrame) frame = frame_with_contents (step);

      msm_frame_store_add (newer, frame);
    }
  g_assert_cmpuint (msm_frame_store_get_n (newer), ==, 15);
  while (msm_frame_store_get_bytes (older) + msm_frame_store_get_bytes (newer) > max)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (1000);
    }
  of_newer = msm_frame_store_get_bytes (newer);
  g_assert_cmpuint (of_newer, >, 15 * 1024);
  g_assert_cmpuint (msm_frame_budget_get_bytes (budget), ==, msm_frame_store_get_bytes (older) + of_newer);
  if (has_file)
    {
      g_assert_cmpuint (msm_frame_store_get_n (older), ==, 18);
      for (guint i = 0; i < 18; i++)
        check_contents (msm_frame_store_get (older, i), (int) i + 1);
    }
  else
    {
      guint n = msm_frame_store_get_n (older);

      g_assert_cmpuint (n, <=, 9);
      g_assert_cmpint (step_at (older, 0), ==, 1);
      g_assert_cmpint (step_at (older, n - 1), ==, 18);
    }
  msm_frame_store_free (older);
  g_assert_cmpuint (msm_frame_budget_get_bytes (budget), ==, of_newer);
  msm_frame_store_free (newer);
  g_assert_cmpuint (msm_frame_budget_get_bytes (budget), ==, 0);
}

static void
test_two_runs (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-frames-XXXXXX", NULL);

  two_runs (folder, TRUE);
  two_runs (NULL, FALSE);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/frame-store/budget", test_budget);
  g_test_add_func ("/app/frame-store/file", test_file);
  g_test_add_func ("/app/frame-store/change", test_change);
  g_test_add_func ("/app/frame-store/find", test_find);
  g_test_add_func ("/app/frame-store/two-runs", test_two_runs);
  return g_test_run ();
}
