#include "config.h"

/*
 * A run on the fake GPU: its frames are finished in another thread while the sampler goes on, and hold what the outputs
 * held after their own step; none is lost, and what a frame finds wrong ends the run.
 */

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/run/run.h"

#define STEPS 60

/* After every step the image holds its number. nan-at: holds NaN instead. */
typedef struct
{
  MsmSampler parent;
  MsmTensor *image;
  int step;
} Counter;

static gboolean
counter_prepare (MsmSampler *sampler, GError **error)
{
  Counter *self = (Counter *) sampler;

  self->image = msm_tensor_new (sampler->problem->device, MSM_F32, msm_shape4 (1, 1, 4, 6), error);
  return self->image != NULL;
}

static gboolean
counter_step (MsmSampler *sampler, MsmStepInfo *info)
{
  Counter *self = (Counter *) sampler;
  float values[24];

  self->step++;
  for (int i = 0; i < 24; i++)
    values[i] = self->step == msm_params_get_int (sampler->params, "nan-at") ? NAN : (float) self->step;
  msm_tensor_upload (self->image, values);
  info->step = self->step;
  info->n_steps = STEPS;
  return self->step < STEPS;
}

static gsize
counter_outputs (MsmSampler *sampler, MsmSamplerOutput *outputs)
{
  outputs[0] = (MsmSamplerOutput){ "estimate", "Estimate", ((Counter *) sampler)->image };
  return 1;
}

static GBytes *
counter_save (MsmSampler *sampler, MsmTensor **parts, gsize *n_parts)
{
  Counter *self = (Counter *) sampler;

  parts[0] = self->image;
  *n_parts = 1;
  return g_bytes_new (&self->step, sizeof self->step);
}

static void
counter_dispose (MsmSampler *sampler)
{
  g_clear_pointer (&((Counter *) sampler)->image, msm_tensor_unref);
}

static const MsmParam counter_params[] = {
  { "nan-at", MSM_PARAM_INT, .min = 0, .max = 1e9, .help = "Step of the NaN" },
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
  .save = counter_save,
};

typedef struct
{
  GThread *thread; /* of the run */
  gboolean in_other_thread;
  guint n_events, n_frames, n_done;
  int last;       /* step of the newest frame */
  gulong slow_us; /* how long a frame is looked at */
  GError *error;
} Watcher;

static void
on_event (gpointer data, const MsmStepInfo *info, double ms)
{
  ((Watcher *) data)->n_events++;
}

static gboolean
wants_frame (gpointer data)
{
  return TRUE;
}

static void
on_frame (gpointer data, MsmFrame *frame_take)
{
  g_autoptr (MsmFrame) frame = frame_take;
  Watcher *w = data;
  gsize size;
  const guint8 *state = g_bytes_get_data (frame->state, &size);
  const float *image = msm_tensor_const_host (frame->images[0].tensor);
  int step;

  w->n_frames++;
  w->in_other_thread = g_thread_self () != w->thread;
  g_assert_cmpint (frame->info.step, >, w->last);
  w->last = frame->info.step;
  g_assert_cmpuint (size, ==, sizeof step + 24 * sizeof (float));
  memcpy (&step, state, sizeof step);
  g_assert_cmpint (step, ==, w->last);
  for (int i = 0; i < 24; i++)
    {
      float kept;

      memcpy (&kept, state + sizeof step + i * sizeof kept, sizeof kept);
      g_assert_cmpfloat (image[i], ==, w->last);
      g_assert_cmpfloat (kept, ==, w->last);
    }
  g_usleep (w->slow_us);
}

static void
on_done (gpointer data, const GError *error)
{
  Watcher *w = data;

  w->n_done++;
  w->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
watch (Watcher *w, const char *device, gboolean newest_only, int nan_at)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmRun) run = NULL;
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  MsmParams *params = msm_params_new (counter_params);
  MsmSampler *sampler;
  MsmRunSink sink = { on_event, wants_frame, on_frame, on_done, .newest_only = newest_only, .keeps_state = TRUE };

  w->thread = g_thread_self ();
  problem->device = msm_device_open (device, &error);
  g_assert_no_error (error);
  problem->scale = 1;
  msm_params_set_number (params, "nan-at", nan_at, NULL);
  sampler = msm_sampler_new (&counter_class, problem, params, &error);
  g_assert_no_error (error);
  run = msm_run_new (sampler, &sink, w);
  g_assert_cmpint (msm_run_execute (run, NULL), ==, nan_at == 0);
  g_assert_cmpuint (w->n_done, ==, 1);
}

/* More steps than may wait, and frames that take longer than a step: all come, in order. */
static void
test_all (gconstpointer device)
{
  gboolean is_gpu = g_str_equal (device, "cuda");
  Watcher w = { .slow_us = 1000 };

  watch (&w, device, FALSE, 0);
  g_assert_no_error (w.error);
  g_assert_cmpuint (w.n_events, ==, STEPS);
  g_assert_cmpuint (w.n_frames, ==, STEPS);
  g_assert_cmpint (w.in_other_thread, ==, is_gpu);
}

/* Who looks at the newest alone keeps nobody waiting, and sees the last. */
static void
test_newest (void)
{
  Watcher w = { .slow_us = 20000 };

  watch (&w, "cuda", TRUE, 0);
  g_assert_no_error (w.error);
  g_assert_cmpint (w.last, ==, STEPS);
  g_assert_cmpuint (w.n_frames, >=, 2);
  g_assert_cmpuint (w.n_frames, <, STEPS);
}

/* What a frame finds out later ends the run in the same words as what it finds out at once. */
static void
test_nan (gconstpointer device)
{
  Watcher w = { .slow_us = 0 };

  watch (&w, device, FALSE, 7);
  g_assert_error (w.error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (w.error->message, "after step 7"));
  g_assert_cmpint (w.last, >=, 6);
  g_clear_error (&w.error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/run-gpu/all", "cuda", test_all);
  g_test_add_data_func ("/run-gpu/all-on-host", "ref", test_all);
  g_test_add_func ("/run-gpu/newest", test_newest);
  g_test_add_data_func ("/run-gpu/nan", "cuda", test_nan);
  g_test_add_data_func ("/run-gpu/nan-on-host", "ref", test_nan);
  return g_test_run ();
}
