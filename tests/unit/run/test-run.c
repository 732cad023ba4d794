#include "config.h"

#include "core/run/run.h"
#include "core/run/trajectory.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/hdf5/io-hdf5.h"

/*
 * A sampler that counts: every step adds 1 to each pixel. diverge-at: writes NaN at that step. parts: a step has so
 * many, and shows the step before until the last, or half of its own in the first.
 */
typedef struct
{
  MsmSampler parent;
  MsmTensor *image;
  int step;
} Counter;

static int n_parts_begun; /* atomic: of the run that has parts */

static gboolean
counter_prepare (MsmSampler *sampler, GError **error)
{
  Counter *self = (Counter *) sampler;

  self->image = msm_tensor_new (sampler->problem->device, MSM_C64, msm_shape4 (1, 1, 4, 6), error);
  return self->image != NULL;
}

static gboolean
counter_step (MsmSampler *sampler, MsmStepInfo *info)
{
  Counter *self = (Counter *) sampler;
  float *v = msm_tensor_host (self->image);
  int n_parts = msm_params_get_int (sampler->params, "parts");

  for (int part = 1; part < n_parts; part++)
    {
      if (self->step == 0)
        v[0] = 0.5f;
      g_atomic_int_inc (&n_parts_begun);
      if (!sampler->between (sampler->between_data))
        return FALSE;
      g_usleep (1000);
    }
  self->step++;
  for (gsize i = 0; i < msm_tensor_size (self->image); i++)
    v[2 * i] = self->step == msm_params_get_int (sampler->params, "diverge-at") ? NAN : (float) self->step;
  info->step = self->step;
  info->n_steps = msm_params_get_int (sampler->params, "steps");
  info->residual = 1.0 / self->step;
  info->cost = NAN;
  info->sigma = NAN;
  return self->step < info->n_steps;
}

static gsize
counter_outputs (MsmSampler *sampler, MsmSamplerOutput *outputs)
{
  outputs[0] = (MsmSamplerOutput){ "estimate", "Estimate", ((Counter *) sampler)->image };
  return 1;
}

static void
counter_dispose (MsmSampler *sampler)
{
  g_clear_pointer (&((Counter *) sampler)->image, msm_tensor_unref);
}

static const MsmParam counter_params[] = {
  { "steps", MSM_PARAM_INT, .min = 1, .max = 1e9, .def = 20, .help = "Steps" },
  { "diverge-at", MSM_PARAM_INT, .min = 0, .max = 1e9, .def = 0, .help = "Step of the NaN" },
  { "parts", MSM_PARAM_INT, .min = 0, .max = 1e9, .def = 0, .help = "Parts of a step" },
  { NULL },
};

static const MsmSamplerClass counter_class = {
  .name = "counter",
  .title = "Counter",
  .help = "Counts",
  .params = counter_params,
  .instance_size = sizeof (Counter),
  .prepare = counter_prepare,
  .step = counter_step,
  .outputs = counter_outputs,
  .dispose = counter_dispose,
};

typedef struct
{
  MsmRun *run;
  GMutex lock;
  GCond changed;
  int n_events, n_frames, n_done;
  int last_frame;
  float last_value;
  double last_nmse;
  gboolean has_metrics;
  gboolean wants;
  GError *error;
} Watcher;

static void
on_event (gpointer data, const MsmStepInfo *info, double ms)
{
  Watcher *w = data;

  g_mutex_lock (&w->lock);
  w->n_events++;
  g_cond_broadcast (&w->changed);
  g_mutex_unlock (&w->lock);
}

static gboolean
wants_frame (gpointer data)
{
  return ((Watcher *) data)->wants;
}

static void
on_frame (gpointer data, MsmFrame *frame_take)
{
  Watcher *w = data;

  g_mutex_lock (&w->lock);
  w->n_frames++;
  w->last_frame = frame_take->info.step;
  w->last_value = msm_tensor_const_host (frame_take->images[0].tensor)[0];
  w->has_metrics = frame_take->has_metrics;
  w->last_nmse = frame_take->has_metrics ? msm_metrics_get (&frame_take->metrics, "nmse") : NAN;
  g_cond_broadcast (&w->changed);
  g_mutex_unlock (&w->lock);
  msm_frame_unref (frame_take);
}

static void
on_done (gpointer data, const GError *error)
{
  Watcher *w = data;

  g_mutex_lock (&w->lock);
  w->n_done++;
  w->error = error != NULL ? g_error_copy (error) : NULL;
  g_cond_broadcast (&w->changed);
  g_mutex_unlock (&w->lock);
}

static void
watcher_init_with (Watcher *w, int n_steps, int diverge_at, gsize crop, int n_parts, MsmRunSink sink)
{
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  MsmParams *params = msm_params_new (counter_params);
  g_autoptr (GError) error = NULL;
  MsmSampler *sampler;

  *w = (Watcher){ .wants = TRUE };
  g_mutex_init (&w->lock);
  g_cond_init (&w->changed);
  problem->device = msm_device_ref (msm_device_host ());
  problem->scale = 3;
  problem->crop_readout = problem->crop_phase = crop;
  if (crop == 2)
    {
      const float reference[4] = { 20, 20, 20, 21 };

      problem->reference =
          msm_tensor_new_from (msm_device_host (), MSM_F32, msm_shape4 (1, 1, 2, 2), reference, &error);
      g_assert_no_error (error);
    }
  msm_params_set_number (params, "steps", n_steps, NULL);
  msm_params_set_number (params, "diverge-at", diverge_at, NULL);
  msm_params_set_number (params, "parts", n_parts, NULL);
  sampler = msm_sampler_new (&counter_class, problem, params, &error);
  g_assert_no_error (error);
  w->run = msm_run_new (sampler, &sink, w);
}

static void
watcher_init (Watcher *w, int n_steps, int diverge_at, gsize crop)
{
  watcher_init_with (w, n_steps, diverge_at, crop, 0, (MsmRunSink){ on_event, wants_frame, on_frame, on_done });
}

static void
watcher_clear (Watcher *w)
{
  msm_run_unref (w->run);
  g_clear_error (&w->error);
  g_mutex_clear (&w->lock);
  g_cond_clear (&w->changed);
}

static gpointer
execute (gpointer data)
{
  return GINT_TO_POINTER (msm_run_execute (((Watcher *) data)->run, NULL));
}

static void
wait_for (Watcher *w, int *counter, int at_least)
{
  g_mutex_lock (&w->lock);
  while (*counter < at_least)
    g_cond_wait (&w->changed, &w->lock);
  g_mutex_unlock (&w->lock);
}

static void
test_to_the_end (void)
{
  Watcher w;
  g_autoptr (GError) error = NULL;

  watcher_init (&w, 20, 0, 2);
  w.wants = FALSE;
  g_assert_true (msm_run_execute (w.run, &error));
  g_assert_no_error (error);
  g_assert_cmpint (w.n_events, ==, 20);
  g_assert_cmpint (w.n_frames, ==, 1); /* the last one is given also when none is wanted */
  g_assert_cmpint (w.last_frame, ==, 20);
  g_assert_cmpfloat (w.last_value, ==, 20);
  g_assert_true (w.has_metrics);
  /* Three of four values are right, and one is 20 for 21. */
  g_assert_cmpfloat_with_epsilon (w.last_nmse, 1.0 / (3 * 20 * 20 + 21 * 21), 1e-9);
  g_assert_cmpint (w.n_done, ==, 1);
  g_assert_null (w.error);
  watcher_clear (&w);
}

static void
test_pause_step_stop (void)
{
  Watcher w;
  GThread *thread;

  watcher_init (&w, 1000000000, 0, 0);
  msm_run_pause (w.run);
  thread = g_thread_new ("compute", execute, &w);
  msm_run_step (w.run);
  wait_for (&w, &w.n_frames, 1);
  g_assert_cmpint (w.n_events, ==, 1);
  g_assert_true (msm_run_is_paused (w.run));
  /* Not wanted, but paused: what is looked at is still the newest step. */
  w.wants = FALSE;
  msm_run_step (w.run);
  wait_for (&w, &w.n_frames, 2);
  g_assert_cmpint (w.n_events, ==, 2);
  g_assert_cmpint (w.last_frame, ==, 2);
  msm_run_resume (w.run);
  wait_for (&w, &w.n_events, 10);
  msm_run_stop (w.run);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_error (w.error, MSM_ERROR, MSM_ERROR_CANCELLED);
  g_assert_cmpint (w.last_frame, ==, w.n_events); /* what there is, is kept */
  watcher_clear (&w);
}

static void
test_stop_while_paused (void)
{
  Watcher w;
  GThread *thread;

  watcher_init (&w, 10, 0, 0);
  msm_run_pause (w.run);
  thread = g_thread_new ("compute", execute, &w);
  msm_run_stop (w.run);
  g_thread_join (thread);
  g_assert_error (w.error, MSM_ERROR, MSM_ERROR_CANCELLED);
  g_assert_cmpint (w.n_events, ==, 0);
  watcher_clear (&w);
}

static void
test_diverged (void)
{
  Watcher w;
  g_autoptr (GError) error = NULL;

  watcher_init (&w, 20, 7, 0);
  g_assert_false (msm_run_execute (w.run, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "step 7"));
  g_assert_cmpint (w.last_frame, ==, 6);
  g_assert_cmpint (w.n_done, ==, 1);
  watcher_clear (&w);
}

/*
 * A step without end: the first look comes from its first part, and stopping it does not wait for the step. What was
 * not finished is no step, and gives no frame.
 */
static void
test_long_step (void)
{
  Watcher w;
  GThread *thread;

  n_parts_begun = 0;
  watcher_init_with (&w, 10, 0, 0, 1000000000,
                     (MsmRunSink){ on_event, wants_frame, on_frame, on_done, .shows_early = TRUE });
  thread = g_thread_new ("compute", execute, &w);
  wait_for (&w, &w.n_frames, 1);
  g_assert_cmpint (w.last_frame, ==, 0);
  g_assert_cmpfloat (w.last_value, ==, 0.5);
  msm_run_stop (w.run);
  g_thread_join (thread);
  g_assert_error (w.error, MSM_ERROR, MSM_ERROR_CANCELLED);
  g_assert_cmpint (w.n_events, ==, 0);
  g_assert_cmpint (w.n_frames, ==, 1);
  watcher_clear (&w);
}

/* Without being asked for there is no first look, and the steps are whole. */
static void
test_parts (void)
{
  Watcher w;
  g_autoptr (GError) error = NULL;

  n_parts_begun = 0;
  watcher_init_with (&w, 5, 0, 0, 3, (MsmRunSink){ on_event, wants_frame, on_frame, on_done });
  g_assert_true (msm_run_execute (w.run, &error));
  g_assert_no_error (error);
  g_assert_cmpint (n_parts_begun, ==, 10);
  g_assert_cmpint (w.n_frames, ==, 5);
  g_assert_cmpint (w.n_events, ==, 5);
  g_assert_cmpfloat (w.last_value, ==, 5);
  watcher_clear (&w);
}

/* Every third of ten steps and the last: 3, 6, 9, 10. */
static void
test_kept_steps (void)
{
  g_autoptr (MsmTrajectory) trajectory = msm_trajectory_new (NULL, 10, 3, G_MAXSIZE, NULL);

  for (int step = 1; step <= 10; step++)
    g_assert_cmpint (msm_trajectory_wants (trajectory, step), ==, step % 3 == 0 || step == 10);
}

/* The shown part has its own size along each axis: of 4 × 6 the middle 3 × 2, by fastMRI's rule. */
static void
test_shown_part (void)
{
  static const float expected[6] = {
    3, 4, 9, 10, 15, 16
  }; /* from row 0 and column 2 on; numbers are 6 · row + column + 1 */
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmFrame) frame = NULL;
  MsmStepInfo info = { 0 };
  MsmSampler *sampler;
  float *values;

  problem->device = msm_device_open ("cpu", NULL);
  problem->scale = 1;
  problem->crop_readout = 3;
  problem->crop_phase = 2;
  sampler = msm_sampler_new (&counter_class, problem, NULL, &error);
  g_assert_no_error (error);
  values = msm_tensor_host (((Counter *) sampler)->image);
  for (int i = 0; i < 24; i++)
    values[2 * i] = (float) (i + 1);
  frame = msm_frame_new_from_sampler (sampler, &info, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (msm_tensor_dim (frame->images[0].tensor, 2), ==, 3);
  g_assert_cmpuint (msm_tensor_dim (frame->images[0].tensor, 3), ==, 2);
  for (int i = 0; i < 6; i++)
    g_assert_cmpfloat (msm_tensor_const_host (frame->images[0].tensor)[2 * i], ==, expected[i]);
  msm_sampler_free (sampler);
}

/*
 * Each metric that is followed over the steps is in the dataset of its name, and comes back from there: the columns are
 * told apart by values that belong to one metric alone. Without a budget, so that frames come from the file.
 */
static void
test_kept_metrics (void)
{
  const struct
  {
    const char *name;
    float value;
  } columns[] = { { "psnr", 31.5f }, { "ssim", 0.75f }, { "nmse", 0.0625f } };
  const gsize start[] = { 1 }, count[] = { 1 };
  g_autofree char *folder = g_dir_make_tmp ("msm-run-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "trajectory.h5", NULL);
  g_autoptr (MsmTrajectory) trajectory = msm_trajectory_new (path, 2, 1, 0, NULL);
  const MsmMetric *classes = msm_metric_classes ();
  g_autoptr (MsmH5) file = NULL;

  for (int step = 1; step <= 2; step++)
    {
      g_autoptr (MsmFrame) frame = g_new0 (MsmFrame, 1);
      g_autoptr (MsmFrame) back = NULL;

      g_atomic_ref_count_init (&frame->ref_count);
      frame->info.step = step;
      frame->n_images = 1;
      frame->images[0].name = "image";
      frame->images[0].tensor = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, 2, 2), NULL);
      memset (msm_tensor_host (frame->images[0].tensor), 0, msm_tensor_bytes (frame->images[0].tensor));
      frame->has_metrics = TRUE;
      msm_metrics_clear (&frame->metrics);
      for (gsize i = 0; classes[i].name != NULL; i++)
        for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
          if (g_str_equal (classes[i].name, columns[c].name))
            frame->metrics.values[i] = columns[c].value * (float) step;
      g_assert_true (msm_trajectory_add (trajectory, frame, NULL));
      back = msm_trajectory_get (trajectory, (gsize) step - 1, NULL);
      for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
        g_assert_cmpfloat (msm_metrics_get (&back->metrics, columns[c].name), ==, columns[c].value * (float) step);
      g_assert_true (isnan (msm_metrics_get (&back->metrics, "psnr_minmax")));
    }
  g_assert_true (msm_trajectory_finish (trajectory, NULL));
  file = msm_h5_open (path, NULL);
  g_assert_nonnull (file);
  for (gsize c = 0; c < G_N_ELEMENTS (columns); c++)
    {
      float value = 0;

      g_assert_true (msm_h5_read_block (file, columns[c].name, start, count, &value, NULL));
      g_assert_cmpfloat (value, ==, 2 * columns[c].value);
    }
  g_assert_false (msm_h5_has (file, "nrmse"));
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/to-the-end", test_to_the_end);
  g_test_add_func ("/run/pause-step-stop", test_pause_step_stop);
  g_test_add_func ("/run/stop-while-paused", test_stop_while_paused);
  g_test_add_func ("/run/diverged", test_diverged);
  g_test_add_func ("/run/long-step", test_long_step);
  g_test_add_func ("/run/parts", test_parts);
  g_test_add_func ("/run/kept-steps", test_kept_steps);
  g_test_add_func ("/run/shown-part", test_shown_part);
  g_test_add_func ("/run/kept-metrics", test_kept_metrics);
  return g_test_run ();
}
