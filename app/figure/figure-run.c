#include "config.h"

#include "app/figure/figure-run.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/setup/prior.h"
#include "app/setup/setup-prepare.h"
#include "core/base/error.h"
#include "core/run/run.h"
#include "core/sampler/sampler-diffusion.h"

void
msm_figure_run_free (MsmFigureRun *self)
{
  if (self == NULL)
    return;
  msm_setup_free (self->setup);
  g_clear_pointer (&self->frame, msm_frame_unref);
  g_clear_pointer (&self->frames, g_ptr_array_unref);
  g_clear_pointer (&self->steps, g_array_unref);
  g_clear_pointer (&self->samples, msm_tensor_unref);
  g_clear_pointer (&self->reference, msm_tensor_unref);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  g_free (self->prior);
  g_free (self->measured);
  g_free (self);
}

typedef struct
{
  MsmFigureRun *self;
  const MsmFigureRunOptions *options;
  MsmRun *run;
  int step;
  int every; /* keeps a frame of every so many steps; 0: none */
} Sink;

static void
on_event (gpointer data, const MsmStepInfo *info, double ms)
{
  Sink *sink = data;
  MsmFigureStep step = { .step = info->step, .sigma = info->sigma, .residual = info->residual };

  sink->step = info->step;
  g_array_append_val (sink->self->steps, step);
  if (sink->options->on_progress != NULL && info->n_steps > 0)
    sink->options->on_progress (sink->self->setup->method->title, (double) info->step / info->n_steps,
                                sink->options->data);
  if (sink->options->cancel != NULL && msm_cancel_check (sink->options->cancel, NULL))
    msm_run_stop (sink->run);
}

static gboolean
is_kept (const Sink *sink, int step)
{
  return sink->every > 0 && (step - 1) % sink->every == 0;
}

/* A film needs no more pictures than this of a run: of a longer one every second goes, again and again. */
#define MAX_FRAMES 128

static void
keep_frame (Sink *sink, MsmFrame *frame)
{
  GPtrArray *frames = sink->self->frames;

  g_ptr_array_add (frames, msm_frame_ref (frame));
  if (frames->len <= MAX_FRAMES)
    return;
  sink->every *= 2;
  for (guint i = frames->len; i > 0; i--)
    if (!is_kept (sink, ((MsmFrame *) g_ptr_array_index (frames, i - 1))->info.step))
      g_ptr_array_remove_index (frames, i - 1);
}

static gboolean
wants_frame (gpointer data)
{
  Sink *sink = data;

  return sink->options->follows || is_kept (sink, sink->step);
}

static void
on_frame (gpointer data, MsmFrame *frame_take)
{
  Sink *sink = data;
  MsmFigureRun *self = sink->self;

  for (guint i = self->steps->len; i > 0; i--)
    {
      MsmFigureStep *step = &g_array_index (self->steps, MsmFigureStep, i - 1);

      if (step->step != frame_take->info.step)
        continue;
      step->has_metrics = frame_take->has_metrics;
      step->metrics = frame_take->metrics;
      break;
    }
  if (is_kept (sink, frame_take->info.step))
    keep_frame (sink, frame_take);
  g_clear_pointer (&self->frame, msm_frame_unref);
  self->frame = frame_take;
}

static void
on_done (gpointer data, const GError *error)
{
}

/* What the problem says beside its images. */
static gboolean
describe_problem (MsmFigureRun *self, MsmSampler *sampler, GError **error)
{
  const MsmProblem *problem = sampler->problem;

  self->kind = problem->kind;
  self->note = problem->note;
  if (problem->mask != NULL)
    self->measured = g_strdup_printf ("R %.2f (%s)", msm_mask_effective_accel (problem->mask),
                                      problem->mask->origin != NULL ? problem->mask->origin : _("as acquired"));
  else
    self->measured = g_strdup (problem->operator_text != NULL ? problem->operator_text : "");
  self->prior = msm_diffusion_describe_prior (sampler);
  if (problem->reference != NULL)
    {
      gsize n = msm_tensor_size (problem->reference);
      float *values;

      self->reference = msm_tensor_new_from (msm_device_host (), MSM_F32, msm_tensor_shape (problem->reference),
                                             msm_tensor_const_host (problem->reference), error);
      if (self->reference == NULL)
        return FALSE;
      values = msm_tensor_host (self->reference);
      for (gsize i = 0; i < n; i++)
        values[i] = (float) (values[i] * problem->scale);
      msm_tensor_seal (self->reference);
    }
  return TRUE;
}

static gboolean
describe_scan (MsmFigureRun *self, MsmScan *scan, GError **error)
{
  MsmSetup *setup = self->setup;
  gboolean is_sampling = setup->operator_class == NULL || setup->operator_class->make == NULL;
  g_autofree char *prior = NULL;

  self->spacing[0] = scan->spacing_mm[0];
  self->spacing[1] = scan->spacing_mm[1];
  if (!msm_geometry_edges (&scan->geometry, self->edges))
    self->edges[0] = '\0';
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < scan->notes->len; i++)
    g_ptr_array_add (self->warnings, g_strdup (g_ptr_array_index (scan->notes, i)));
  if (!msm_params_has (setup->params, "prior") || msm_params_get_text (setup->params, "prior")[0] != '\0'
      || (prior = msm_prior_suggest_for (scan, is_sampling)) == NULL)
    return TRUE;
  return msm_params_set_text (setup->params, "prior", prior, error);
}

/* Whether what was learned fits this scan; where k-space is not what is measured, nobody can tell. */
static gboolean
test_prior (MsmFigureRun *self, MsmScan *scan, MsmSampler *sampler, const MsmFigureRunOptions *options, GError **error)
{
  if (!msm_diffusion_is_class (self->setup->method) || sampler->problem->kspace == NULL
      || sampler->problem->mask == NULL)
    return TRUE;
  return msm_held_back_check (self->setup, scan, sampler->problem->device, sampler->problem, options->held_back,
                              &self->held_back, error);
}

static gboolean
run_sampler (MsmFigureRun *self, MsmScan *scan, MsmSampler *sampler_take, const MsmFigureRunOptions *options,
             GError **error)
{
  static const MsmRunSink functions = { on_event, wants_frame, on_frame, on_done };
  Sink sink = { .self = self, .options = options, .every = options->frames_every };
  g_autoptr (MsmRun) run = msm_run_new (sampler_take, &functions, &sink);

  sink.run = run;
  if (!msm_run_execute (run, error) || msm_cancel_check (options->cancel, error))
    return FALSE;
  if (options->held_back > 0 && !test_prior (self, scan, msm_run_get_sampler (run), options, error))
    return FALSE;
  if (options->keeps_samples && msm_diffusion_is_class (self->setup->method)
      && (self->samples = msm_diffusion_get_samples (msm_run_get_sampler (run), error)) == NULL)
    return FALSE;
  if (self->frame != NULL && self->frame->n_images > 0)
    {
      /* The last is always among those that are shown. */
      if (options->frames_every > 0
          && (self->frames->len == 0 || g_ptr_array_index (self->frames, self->frames->len - 1) != self->frame))
        g_ptr_array_add (self->frames, msm_frame_ref (self->frame));
      return TRUE;
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s gave no image"), self->setup->method->name);
  return FALSE;
}

MsmFigureRun *
msm_figure_run (MsmSetup *setup_take, const MsmFigureRunOptions *options, GError **error)
{
  g_autoptr (MsmFigureRun) self = g_new0 (MsmFigureRun, 1);
  gint64 begun_at = g_get_monotonic_time ();
  g_autoptr (MsmScan) scan = NULL;
  MsmPrepareOptions prepare = { .device = options->device, .cancel = options->cancel };
  MsmSampler *sampler;

  self->setup = setup_take;
  self->steps = g_array_new (FALSE, TRUE, sizeof (MsmFigureStep));
  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_frame_unref);
  scan = options->scan != NULL ? msm_scan_ref (options->scan) : msm_address_open (&self->setup->address, error);
  if (scan == NULL || !describe_scan (self, scan, error) || !msm_setup_resolve (self->setup, scan, error))
    return NULL;
  prepare.scan = scan;
  sampler = msm_setup_prepare (self->setup, &prepare, error);
  if (sampler == NULL)
    return NULL;
  /* The maps serve whoever reconstructs the same after this. */
  if (self->setup->sens == NULL && sampler->problem->maps != NULL)
    self->setup->sens = msm_tensor_ref (sampler->problem->maps);
  if (!describe_problem (self, sampler, error))
    {
      msm_sampler_free (sampler);
      return NULL;
    }
  if (!run_sampler (self, scan, sampler, options, error))
    return NULL;
  self->seconds = (g_get_monotonic_time () - begun_at) / 1e6;
  return g_steal_pointer (&self);
}
