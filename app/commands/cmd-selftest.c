#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "core/diffusion/denoiser-gauss.h"
#include "core/linop/operator.h"
#include "core/sampler/moments.h"
#include "core/sampler/msm-step.h"

/*
 * Two questions, answered without a network, for a smooth Gaussian prior. Does the sampler do what the algorithm
 * says: are the moments of its samples those of the exact matrix recursion? And what does the algorithm do: how
 * far are those moments from the truth?
 */

static const MsmParam selftest_params[] = {
  { "size", MSM_PARAM_INT, .min = 4, .max = 16, .def = 8, .help = N_("Rows and columns of the pictures") },
  { "steps", MSM_PARAM_INT, .min = 1, .max = 1000, .def = 200, .help = N_("Diffusion steps K; divides 1000") },
  { "samples", MSM_PARAM_INT, .min = 100, .max = 100000, .def = 500, .help = N_("Samples of each row") },
  { "seed", MSM_PARAM_INT, .min = 0, .max = G_MAXINT, .def = 1, .help = N_("Seed") },
  { "planted", MSM_PARAM_BOOL, .help = N_("Also show that errors planted in the recursion are noticed") },
  { "device", MSM_PARAM_TEXT, .def_text = "cpu", .help = N_("cpu, ref, cuda, cuda:1, …") },
  { "threads", MSM_PARAM_INT, .min = 0, .max = 4096, .def = 1,
    .help = N_("Threads of the CPU device; 0 is all cores") },
  { NULL },
};

/* Standard scores beyond this are not chance (one in 1e5 in their χ² distributions). */
#define BOUND 5
#define NOISE 0.05

typedef struct
{
  const char *title;
  MsmMaskCoverOptions masks;
  int n_partials;
  double ddim_eta;
  MsmUpdateKind update;
  gboolean diagonal, hole;
  MsmPlanted planted; /* of --planted: the row's error */
} Row;

#define LINES                                                                                                          \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_RANDOM, .accel = 2, .acs = 2                                                                \
  }
#define BOXES                                                                                                          \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_BOX, .grid = 4, .fraction = 0.4                                                             \
  }
#define ALL                                                                                                            \
  {                                                                                                                    \
    .kind = MSM_MASK_COVER_FULL                                                                                        \
  }

static const Row rows[] = {
  { N_("everything (S = I), eta 0"), ALL, 1, 0, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_INDEX },
  { N_("everything (S = I), eta 1"), ALL, 1, 1, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_INDEX },
  { N_("boxes, w = 1"), BOXES, 1, 1, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_KEPT },
  { N_("boxes, w = 2"), BOXES, 2, 1, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_WEIGHT },
  { N_("boxes, w = 3"), BOXES, 3, 1, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_KAPPA },
  { N_("lines, w = 1"), LINES, 1, 1, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_KEPT },
  { N_("lines, w = 3"), LINES, 3, 1, MSM_UPDATE_DDIM, FALSE, FALSE, MSM_PLANTED_WEIGHT },
  { N_("everything, diagonal prior"), ALL, 1, 1, MSM_UPDATE_DDIM, TRUE, FALSE, MSM_PLANTED_INDEX },
  { N_("boxes, w = 2, diagonal prior"), BOXES, 2, 1, MSM_UPDATE_DDIM, TRUE, FALSE, MSM_PLANTED_WEIGHT },
  { N_("everything, diagonal, exponential"), ALL, 1, 1, MSM_UPDATE_EXPONENTIAL, TRUE, FALSE, MSM_PLANTED_LATEST },
  { N_("everything, exponential"), ALL, 1, 1, MSM_UPDATE_EXPONENTIAL, FALSE, FALSE, MSM_PLANTED_INDEX },
  { N_("boxes, w = 2, exponential"), BOXES, 2, 1, MSM_UPDATE_EXPONENTIAL, FALSE, FALSE, MSM_PLANTED_WEIGHT },
  { N_("hole, everything (S = I)"), ALL, 1, 0.85, MSM_UPDATE_MIXED, FALSE, TRUE, MSM_PLANTED_LAMBDA },
  { N_("hole, boxes, w = 1"), BOXES, 1, 0.85, MSM_UPDATE_MIXED, FALSE, TRUE, MSM_PLANTED_ORDER },
  { N_("hole, boxes, w = 2"), BOXES, 2, 0.85, MSM_UPDATE_MIXED, FALSE, TRUE, MSM_PLANTED_REPLACE },
  { N_("hole, boxes, w = 3"), BOXES, 3, 0.85, MSM_UPDATE_MIXED, FALSE, TRUE, MSM_PLANTED_ETA },
};

typedef struct
{
  MsmParams *params;
  MsmDevice *device; /* borrowed: where samples are drawn */
  gsize side, n;
  double *mean, *cov;           /* the prior */
  double *true_mean, *true_cov; /* what should come out */
  double *h, *y;                /* the hole's operator, or NULL */
  float *masks;
  MsmProblem *problem;
} Setup;

static void
setup_clear (Setup *self)
{
  g_free (self->mean);
  g_free (self->cov);
  g_free (self->true_mean);
  g_free (self->true_cov);
  g_free (self->h);
  g_free (self->y);
  g_free (self->masks);
  msm_problem_free (self->problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Setup, setup_clear)

static void
fill_prior (Setup *self, const Row *row)
{
  gsize n = self->n;

  self->mean = g_new0 (double, n);
  self->cov = g_new0 (double, n * n);
  for (gsize i = 0; i < n; i++)
    {
      self->mean[i] = (float) (0.5 + 0.5 * sin ((double) i));
      for (gsize j = 0; j < n; j++)
        {
          double d = hypot ((double) (i / self->side) - (double) (j / self->side),
                            (double) (i % self->side) - (double) (j % self->side));

          self->cov[i * n + j] = (float) (row->diagonal ? i == j : 0.99 * exp (-d * d / 8) + 0.01 * (i == j));
        }
    }
  self->true_mean = g_memdup2 (self->mean, n * sizeof (double));
  self->true_cov = g_memdup2 (self->cov, n * n * sizeof (double));
}

/* y = H x + e where H drops the middle; and Σ_post by one observation after the other (exact for a Gaussian). */
static gboolean
fill_hole (Setup *self, GError **error)
{
  const MsmOperatorClass *klass = msm_operator_class_find ("inpaint-box", error);
  gsize n = self->n;
  MsmShape shape = msm_shape4 (1, 1, self->side, self->side);
  g_autoptr (MsmLinop) linop = NULL;
  g_autoptr (MsmTensor) observed = NULL;
  float *y;

  if (klass == NULL)
    return FALSE;
  self->problem = g_new0 (MsmProblem, 1);
  self->problem->device = msm_device_ref (self->device);
  self->problem->kind = MSM_MEASURE_IMAGE;
  self->problem->n_channels = 1;
  self->problem->scale = 1;
  self->problem->op = msm_operator_new (klass, self->device, MSM_F32, shape, NULL, error);
  linop = self->problem->op != NULL ? msm_operator_new (klass, msm_device_host (), MSM_F32, shape, NULL, error) : NULL;
  observed = linop != NULL ? msm_tensor_new (msm_device_host (), MSM_F32, shape, error) : NULL;
  if (observed == NULL)
    return FALSE;
  y = msm_tensor_host (observed);
  for (gsize i = 0; i < n; i++)
    y[i] = 1;
  msm_linop_forward (linop, observed, observed);
  self->h = g_new0 (double, n * n);
  self->y = g_new0 (double, n);
  for (gsize i = 0; i < n; i++)
    {
      g_autofree double *column = NULL;
      double gain, innovation;

      if (y[i] == 0)
        continue;
      self->h[i * n + i] = 1;
      self->y[i] = y[i] = (float) (0.5 + cos (0.3 * (double) i));
      column = g_new (double, n);
      gain = 1 / (self->true_cov[i * n + i] + NOISE * NOISE);
      innovation = self->y[i] - self->true_mean[i];
      for (gsize j = 0; j < n; j++)
        column[j] = self->true_cov[j * n + i];
      for (gsize j = 0; j < n; j++)
        {
          self->true_mean[j] += gain * column[j] * innovation;
          for (gsize l = 0; l < n; l++)
            self->true_cov[j * n + l] -= gain * column[j] * column[l];
        }
    }
  self->problem->y = msm_tensor_to (observed, self->device, error);
  return self->problem->y != NULL;
}

static gboolean
fill_masks (Setup *self, const Row *row, int n_steps, guint64 seed, GError **error)
{
  g_autoptr (MsmMaskCover) cover = msm_mask_cover_new (&row->masks, self->side, self->side, seed, 0, error);
  gsize n_masks = (gsize) n_steps * (gsize) row->n_partials;

  if (cover == NULL)
    return FALSE;
  self->masks = g_new (float, n_masks * self->n);
  for (gsize i = 0; i < n_masks; i++)
    msm_mask_cover_draw (cover, self->masks + i * self->n);
  return TRUE;
}

/* Samples [n_samples, n] of the sampler itself. (transfer full) */
static float *
draw_samples (Setup *self, const Row *row, gsize n_samples, GError **error)
{
  gsize n = self->n;
  g_autofree float *samples = g_new (float, n_samples * n);
  g_autofree float *mean = g_new (float, n), *cov = g_new (float, n * n);
  g_autoptr (MsmDenoiser) denoiser = NULL;
  g_autoptr (MsmMeasure) measure = NULL;
  g_autoptr (MsmLikelihood) likelihood = NULL;
  g_autoptr (MsmStep) step = NULL;
  MsmSchedule schedule;
  MsmStepOptions options = {
    .n_partials = row->n_partials, .ddim_eta = row->ddim_eta, .lik_step = 1, .update = row->update
  };

  for (gsize i = 0; i < n; i++)
    mean[i] = (float) self->mean[i];
  for (gsize i = 0; i < n * n; i++)
    cov[i] = (float) self->cov[i];
  denoiser =
      msm_denoiser_gauss_new (self->device, "selftest", 1, 1, self->side, self->side, &(float){ 1 }, mean, cov, error);
  measure = denoiser != NULL
                ? msm_measure_new (self->device, MSM_MEASURE_IMAGE, n_samples, 1, self->side, self->side, error)
                : NULL;
  if (measure == NULL)
    return NULL;
  if (row->hole
      && (likelihood =
              msm_likelihood_new (measure, self->problem, MSM_LIKELIHOOD_GRADIENT, &denoiser->spectrum, 1, 0, error))
             == NULL)
    return NULL;
  if (!msm_schedule_init (&schedule, msm_params_get_int (self->params, "steps"), error))
    return NULL;
  step = msm_step_new (measure, denoiser, likelihood, &schedule, (guint64) msm_params_get_number (self->params, "seed"),
                       &row->masks, TRUE, &options, error);
  if (step == NULL)
    return NULL;
  for (int k = step->base.schedule.n_steps - 1; k >= 0; k--)
    msm_step_run (step, k);
  msm_tensor_download (step->base.z, samples);
  return msm_device_check (self->device, error) ? g_steal_pointer (&samples) : NULL;
}

/* Mean over pixels (of the hole) of SD/true SD, and ‖C − C_true‖/‖C_true‖ over them. */
static void
against_truth (const Setup *self, const double *cov, double *sd, double *error)
{
  double difference = 0, power = 0;
  gsize count = 0, n = self->n;

  *sd = 0;
  for (gsize i = 0; i < n; i++)
    {
      if (self->h != NULL && self->h[i * n + i] != 0)
        continue;
      *sd += sqrt (MAX (cov[i * n + i], 0) / self->true_cov[i * n + i]);
      count++;
      for (gsize j = 0; j < n; j++)
        {
          double d = cov[i * n + j] - self->true_cov[i * n + j];

          if (self->h != NULL && self->h[j * n + j] != 0)
            continue;
          difference += d * d;
          power += self->true_cov[i * n + j] * self->true_cov[i * n + j];
        }
    }
  *sd /= (double) MAX (count, 1);
  *error = sqrt (difference / power);
}

static double *
sample_cov (const float *samples, gsize n_samples, gsize n)
{
  double *cov = g_new0 (double, n * n);
  g_autofree double *mean = g_new0 (double, n);

  for (gsize s = 0; s < n_samples; s++)
    for (gsize i = 0; i < n; i++)
      mean[i] += samples[s * n + i] / (double) n_samples;
  for (gsize s = 0; s < n_samples; s++)
    for (gsize i = 0; i < n; i++)
      for (gsize j = 0; j < n; j++)
        cov[i * n + j] += (samples[s * n + i] - mean[i]) * (samples[s * n + j] - mean[j]) / (double) (n_samples - 1);
  return cov;
}

/*
 * The recursion with the row's error in it must not fit the samples. Whether it could be noticed at all follows from
 * both recursions: few samples cannot tell small errors from chance.
 */
static gboolean
run_planted (const MsmMomentsProblem *right, const Row *row, const float *samples, const MsmMoments *moments,
             gsize n_samples, gboolean *passed, GError **error)
{
  MsmMomentsProblem problem = *right;
  g_autoptr (MsmMoments) wrong = NULL;
  double z_mean, z_cov, expected_mean, expected_cov;

  problem.planted = row->planted;
  wrong = msm_moments_run (&problem, problem.n_steps, error);
  if (wrong == NULL)
    return FALSE;
  msm_moments_compare (samples, n_samples, wrong->m, wrong->z_mean, wrong->z_cov, &z_mean, &z_cov);
  msm_moments_expect (n_samples, wrong->m, moments->z_mean, moments->z_cov, wrong->z_mean, wrong->z_cov, &expected_mean,
                      &expected_cov);
  if (fabs (z_mean) > BOUND || fabs (z_cov) > BOUND)
    printf (_("    planted error “%s”: scores %.3g and %.3g: noticed\n"), msm_planted_name (row->planted), z_mean,
            z_cov);
  else if (fabs (expected_mean) < 2 * BOUND && fabs (expected_cov) < 2 * BOUND)
    printf (
        _("    planted error “%s”: cannot be decided with %zu samples: it makes scores of %.2g and %.2g, and chance up "
           "to %d; take more --samples\n"),
        msm_planted_name (row->planted), n_samples, expected_mean, expected_cov, BOUND);
  else
    {
      *passed = FALSE;
      printf (_("    planted error “%s”: scores %.3g and %.3g: NOT NOTICED\n"), msm_planted_name (row->planted),
              z_mean, z_cov);
    }
  return TRUE;
}

static gboolean
run_row (MsmParams *params, MsmDevice *device, const Row *row, gboolean *passed, GError **error)
{
  gsize n_samples = msm_params_get_int (params, "samples");
  int n_steps = msm_params_get_int (params, "steps");
  g_auto (Setup) setup = { .params = params, .device = device, .side = msm_params_get_int (params, "size") };
  MsmMomentsProblem problem;
  g_autoptr (MsmMoments) moments = NULL;
  g_autofree float *samples = NULL;
  g_autofree double *cov = NULL;
  double sd, far, sample_sd, sample_far, z_mean, z_cov;
  gboolean ok;

  setup.n = setup.side * setup.side;
  fill_prior (&setup, row);
  if ((row->hole && !fill_hole (&setup, error)) || (samples = draw_samples (&setup, row, n_samples, error)) == NULL
      || !fill_masks (&setup, row, n_steps, (guint64) msm_params_get_number (params, "seed"), error))
    return FALSE;
  problem = (MsmMomentsProblem){ .m = setup.n,
                                 .n = setup.n,
                                 .mean = setup.mean,
                                 .cov = setup.cov,
                                 .q = setup.n,
                                 .h = setup.h,
                                 .y = setup.y,
                                 .norm2 = 1,
                                 .n_steps = n_steps,
                                 .n_partials = row->n_partials,
                                 .ddim_eta = row->ddim_eta,
                                 .lik_step = 1,
                                 .rule = (MsmMomentsRule) row->update,
                                 .keeps_state =
                                     row->masks.kind == MSM_MASK_COVER_FULL || row->update == MSM_UPDATE_EXPONENTIAL,
                                 .masks = setup.masks };
  moments = msm_moments_run (&problem, n_steps, error);
  if (moments == NULL)
    return FALSE;
  msm_moments_compare (samples, n_samples, setup.n, moments->z_mean, moments->z_cov, &z_mean, &z_cov);
  against_truth (&setup, moments->z_cov, &sd, &far);
  cov = sample_cov (samples, n_samples, setup.n);
  against_truth (&setup, cov, &sample_sd, &sample_far);
  ok = fabs (z_mean) < BOUND && fabs (z_cov) < BOUND;
  *passed = *passed && ok;
  printf ("%-34s %6.3f %6.3f   %6.3f %6.3f   %6.2f %6.2f   %s\n", _(row->title), sd, sample_sd, far, sample_far,
          z_mean, z_cov, ok ? _("same") : _("DIFFERENT"));
  if (!msm_params_get_bool (params, "planted"))
    return TRUE;
  return run_planted (&problem, row, samples, moments, n_samples, passed, error);
}

/* SD of the samples over the prior's, of a prior whose pixels are independent, S = I, by the recursion. */
static double
spread (MsmMomentsRule rule, int n_steps)
{
  g_autofree float *masks = g_new (float, n_steps);
  MsmMomentsProblem problem = { .m = 1,
                                .n = 1,
                                .mean = &(double){ 0 },
                                .cov = &(double){ 1 },
                                .n_steps = n_steps,
                                .n_partials = 1,
                                .ddim_eta = 1,
                                .rule = rule,
                                .keeps_state = TRUE,
                                .masks = masks };
  g_autoptr (MsmMoments) moments = NULL;

  for (int i = 0; i < n_steps; i++)
    masks[i] = 1;
  moments = msm_moments_run (&problem, n_steps, NULL);
  return moments != NULL ? sqrt (moments->z_cov[0]) : NAN;
}

/* How much of the spread the steps alone keep: an uncertainty map is too small by that. */
static void
print_spread (int n_steps)
{
  const int counts[] = { 20, 50, 100, 200, n_steps };
  gsize n = G_N_ELEMENTS (counts);

  for (gsize i = 0; i + 1 < n; i++)
    if (counts[i] == n_steps)
      {
        n--; /* it is there already */
        break;
      }
  printf (_("\nSD of samples / true SD by the steps alone (S = I, independent pixels, eta 1), exact:\n%-34s"),
          _("steps"));
  for (gsize i = 0; i < n; i++)
    printf (" %6d", counts[i]);
  for (int rule = MSM_MOMENTS_DDIM; rule <= MSM_MOMENTS_EXPONENTIAL; rule++)
    {
      printf ("\n%-34s", _(msm_update_names[rule]));
      for (gsize i = 0; i < n; i++)
        printf (" %6.3f", spread ((MsmMomentsRule) rule, counts[i]));
    }
  printf ("\n");
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (selftest_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (MsmDevice) device = NULL;
  gboolean passed = TRUE;
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_selftest, options, argc, argv, 0, 0, &status))
    return status;
  msm_device_set_threads (msm_params_get_int (params, "threads"));
  device = msm_device_open (msm_params_get_text (params, "device"), &error);
  if (device == NULL)
    return msm_command_failed (error);
  printf (_("Smooth Gaussian prior, %d × %d, %d steps, %d samples with one sequence of masks.\n"
             "Compared with the truth: SD / true SD (in the hole, where there is one) and relative error of the\n"
             "covariance, each by the exact recursion and of the samples. Scores: samples against the recursion, mean\n"
             "and covariance, in standard deviations; from −%d to %d they are the same.\n\n"),
          msm_params_get_int (params, "size"), msm_params_get_int (params, "size"),
          msm_params_get_int (params, "steps"), msm_params_get_int (params, "samples"), BOUND, BOUND);
  printf ("%-34s %-15s %-15s %s\n", _("masks"), _("SD: exact, drawn"), _("cov: exact, dr."), _("scores"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (!run_row (params, device, &rows[i], &passed, &error))
        return msm_command_failed (error);
      fflush (stdout);
    }
  print_spread (msm_params_get_int (params, "steps"));
  if (!passed)
    return msm_command_failed (g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("the self-test found a difference")));
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_selftest = {
  "selftest",
  "[flags]",
  N_("Check the sampler against exact moments, and show how far those are from the truth"),
  N_("Random masks do not reproduce a correlated prior: the score that they make is a composite of marginal ones.\n"
      "The table says by how much, for a prior whose answer is known. With S = I, and for a diagonal prior, the\n"
      "samples have the prior's moments up to the discretisation."),
  run,
};
