#include "config.h"

#include "app/session/frame-store.h"
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

static int
step_at (MsmFrameStore *store,
         guint          index)
{
  return msm_frame_store_get (store, index)->info.step;
}

/* 200 frames of 1 KiB in 20 KiB: what stays is within the budget, in order, from the first to the newest, and even. */
static void
test_budget (void)
{
  g_autoptr (MsmFrameStore) store = msm_frame_store_new (20 * 1024 + 40 * sizeof (MsmFrame));
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
test_find (void)
{
  g_autoptr (MsmFrameStore) store = msm_frame_store_new (G_MAXSIZE);

  g_assert_cmpint (msm_frame_store_find (store, 3), ==, -1);
  for (int step = 10; step <= 50; step += 10)
    {
      g_autoptr (MsmFrame) frame = frame_of (step);

      msm_frame_store_add (store, frame);
    }
  g_assert_cmpuint (msm_frame_store_get_n (store), ==, 5);
  g_assert_cmpint (msm_frame_store_find (store, 1), ==, 0);
  g_assert_cmpint (msm_frame_store_find (store, 10), ==, 0);
  g_assert_cmpint (msm_frame_store_find (store, 29), ==, 1);
  g_assert_cmpint (msm_frame_store_find (store, 1000), ==, 4);
  g_assert_null (msm_frame_store_get (store, 5));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/frame-store/budget", test_budget);
  g_test_add_func ("/app/frame-store/find", test_find);
  return g_test_run ();
}
