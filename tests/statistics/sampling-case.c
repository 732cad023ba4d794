#include "config.h"

#include "tests/statistics/sampling-case.h"

#include <math.h>
#include <string.h>

#include "core/diffusion/denoiser-gauss.h"
#include "core/linop/linop-private.h"

/* A dense real operator: the sampler sees forward and adjoint, the recursion sees the matrix. */
typedef struct
{
  MsmLinop base;
  const double *h; /* [q, n] */
  gsize q, n;
} Dense;

static void
dense_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Dense *self = (Dense *) linop;
  const float *from = msm_tensor_const_host (x);
  float *to = msm_tensor_host (y);

  for (gsize r = 0; r < self->q; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < self->n; i++)
        sum += self->h[r * self->n + i] * from[i];
      to[r] = (float) sum;
    }
}

static void
dense_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Dense *self = (Dense *) linop;
  const float *from = msm_tensor_const_host (y);
  float *to = msm_tensor_host (x);

  for (gsize i = 0; i < self->n; i++)
    {
      double sum = 0;

      for (gsize r = 0; r < self->q; r++)
        sum += self->h[r * self->n + i] * from[r];
      to[i] = (float) sum;
    }
}

static const MsmLinopClass dense_class = { .name = "dense", .forward = dense_forward, .adjoint = dense_adjoint };

/* exp (−|i − j|/length) between pixels, different variances, and half as much between channels. */
static void
fill_prior (Built *b, gsize channels, gsize rows, gsize columns)
{
  gsize plane = rows * columns, n = channels * plane;

  b->mean = g_new0 (double, n);
  b->cov = g_new0 (double, n * n);
  for (gsize i = 0; i < n; i++)
    {
      b->mean[i] = (float) (0.3 * cos (0.7 * (double) i) + 0.2);
      for (gsize j = 0; j < n; j++)
        {
          double dr = (double) (i % plane / columns) - (double) (j % plane / columns);
          double dc = (double) (i % columns) - (double) (j % columns);
          double si = 0.2 + 0.1 * sin ((double) (i % plane)), sj = 0.2 + 0.1 * sin ((double) (j % plane));

          b->cov[i * n + j] = (float) (si * sj * exp (-hypot (dr, dc) / 2) * (i / plane == j / plane ? 1 : 0.5));
        }
    }
}

/* Two smooth maps with |C_1|² + |C_2|² = 1. */
static void
fill_maps (Built *b, gsize rows, gsize columns)
{
  float *s;

  b->sens = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 2, rows, columns), NULL);
  s = msm_tensor_host (b->sens);
  for (gsize p = 0; p < rows * columns; p++)
    {
      double a = 0.3 + 0.2 * (double) (p % columns), phase = 0.4 * (double) (p / columns);

      s[2 * p] = (float) (cos (a) * cos (phase));
      s[2 * p + 1] = (float) (cos (a) * sin (phase));
      s[2 * (rows * columns + p)] = (float) (sin (a) * cos (2 * phase));
      s[2 * (rows * columns + p) + 1] = (float) (-sin (a) * sin (2 * phase));
    }
}

/*
 * T = F C as a real matrix, written out: z[c, k] = Σ_p C_c(p) x(p) e^{−2πi k·p/n}/√N, centred. z is ordered as in
 * memory (re, im by turns), x by channels (all re, then all im).
 */
static void
fill_transform (Built *b, gsize rows, gsize columns)
{
  gsize plane = rows * columns, n = 2 * plane, m = 4 * plane;
  const float *s = msm_tensor_const_host (b->sens);

  b->t = g_new0 (double, m * n);
  for (gsize c = 0; c < 2; c++)
    for (gsize k = 0; k < plane; k++)
      for (gsize p = 0; p < plane; p++)
        {
          double kr = (double) (k / columns) - (double) (rows / 2),
                 kc = (double) (k % columns) - (double) (columns / 2);
          double pr = (double) (p / columns) - (double) (rows / 2),
                 pc = (double) (p % columns) - (double) (columns / 2);
          double angle = -2 * G_PI * (kr * pr / (double) rows + kc * pc / (double) columns);
          double er = cos (angle) / sqrt ((double) plane), ei = sin (angle) / sqrt ((double) plane);
          double sr = s[2 * (c * plane + p)], si = s[2 * (c * plane + p) + 1];
          double re = er * sr - ei * si, im = er * si + ei * sr;
          double *row = b->t + 2 * (c * plane + k) * n;

          row[p] = re;
          row[plane + p] = -im;
          row[n + p] = im;
          row[n + plane + p] = re;
        }
}

static gsize
real_size (const Case *which, gsize *rows, gsize *columns)
{
  *rows = which->kind == CASE_MRI ? 4 : 6;
  *columns = *rows;
  return which->kind == CASE_MRI ? 4 * *rows * *columns : *rows * *columns;
}

/* The masks that the sampler will draw, spread over coils and parts. */
static void
fill_masks (Built *b, const Case *which, guint64 seed, gsize rows, gsize columns)
{
  gsize n_masks = (gsize) which->n_steps * (gsize) which->n_partials, plane = rows * columns, m = b->moments.m;
  g_autoptr (MsmMaskCover) cover = msm_mask_cover_new (&which->masks, rows, columns, seed, 0, NULL);
  g_autofree float *one = g_new (float, plane);

  b->masks = g_new (float, n_masks * m);
  for (gsize i = 0; i < n_masks; i++)
    {
      msm_mask_cover_draw (cover, one);
      for (gsize j = 0; j < m; j++)
        b->masks[i * m + j] = one[which->kind == CASE_MRI ? j / 2 % plane : j];
    }
}

/* CS-MRI: the two middle lines and one more are known. */
static void
fill_sampling (Built *b, gsize rows, gsize columns)
{
  gsize plane = rows * columns, m = b->moments.m;
  MsmDevice *host = msm_device_host ();
  float *k, *mask;

  b->problem->kspace = msm_tensor_new (host, MSM_C64, msm_shape4 (1, 2, rows, columns), NULL);
  b->problem->sens = msm_tensor_ref (b->sens);
  b->problem->mask_plane = msm_tensor_new (host, MSM_F32, msm_shape2 (rows, columns), NULL);
  b->sampled = g_new0 (double, m);
  b->y = g_new0 (double, m);
  k = msm_tensor_host (b->problem->kspace);
  mask = msm_tensor_host (b->problem->mask_plane);
  for (gsize p = 0; p < plane; p++)
    mask[p] = p % columns >= 1 && p % columns != 3;
  for (gsize j = 0; j < m; j++)
    if (mask[j / 2 % plane] > 0)
      {
        b->sampled[j] = 1;
        b->y[j] = k[j] = (float) (0.3 * sin (1.3 * (double) j) + 0.1);
      }
  g_assert_true (msm_problem_set_sampling (b->problem, NULL));
}

static void
fill_operator (Built *b, const Case *which, gsize rows, gsize columns)
{
  gsize n = rows * columns, q = 0;
  MsmDevice *host = msm_device_host ();
  Dense *op = g_new0 (Dense, 1);
  float *y;

  b->h = g_new0 (double, n * n);
  for (gsize i = 0; i < n; i++)
    {
      gsize r = i / columns, c = i % columns;

      if (which->data == CASE_BOX)
        {
          if (r < 2 || r > 4 || c < 1 || c > 3)
            b->h[q++ * n + i] = 1;
          continue;
        }
      b->h[q * n + i] = 0.5;
      b->h[q * n + r * columns + (c + 1) % columns] = 0.3;
      b->h[q * n + (r + 1) % rows * columns + c] = 0.2;
      q++;
    }
  op->h = b->h;
  op->q = q;
  op->n = n;
  b->problem->kind = MSM_MEASURE_IMAGE;
  b->problem->n_channels = 1;
  b->problem->y = msm_tensor_new (host, MSM_F32, msm_shape4 (1, 1, 1, q), NULL);
  g_assert_true (msm_linop_init (&op->base, &dense_class, host, MSM_F32, msm_shape4 (1, 1, rows, columns),
                                 msm_shape4 (1, 1, 1, q), NULL));
  b->problem->op = &op->base;
  b->y = g_new0 (double, q);
  y = msm_tensor_host (b->problem->y);
  for (gsize i = 0; i < q; i++)
    b->y[i] = y[i] = (float) (0.2 + 0.3 * sin (0.9 * (double) i));
  b->moments.q = q;
  b->moments.h = b->h;
  b->moments.norm2 = msm_linop_norm2 (b->problem->op, NULL);
}

static void
make_problem (Built *b, const Case *which, gsize rows, gsize columns)
{
  MsmSpectrum white;

  msm_spectrum_white (&white, 1 / 25.0); /* as in the recursion: prox_mu_power */
  b->problem = g_new0 (MsmProblem, 1);
  b->problem->device = msm_device_ref (msm_device_host ());
  b->problem->scale = 1;
  if (which->data == CASE_SAMPLING || which->data == CASE_AFTER)
    fill_sampling (b, rows, columns);
  else
    fill_operator (b, which, rows, columns);
  b->moments.y = b->y;
  b->moments.sampled = b->sampled;
  b->likelihood = msm_likelihood_new (b->measure, b->problem,
                                      which->data == CASE_PROXIMAL ? MSM_LIKELIHOOD_PROXIMAL : MSM_LIKELIHOOD_GRADIENT,
                                      &white, 1, 0, NULL);
  g_assert_nonnull (b->likelihood);
}

void
case_build (const Case *which, gsize n_samples, Built *b)
{
  gboolean mri = which->kind == CASE_MRI;
  gsize rows, columns, n, m = real_size (which, &rows, &columns);
  guint64 seed = 7;
  g_autofree float *mean = NULL, *cov = NULL;
  MsmSchedule schedule;
  MsmStepOptions options = { .n_partials = which->n_partials,
                             .ddim_eta = which->ddim_eta,
                             .lik_step = which->lik_step,
                             .update = which->update,
                             .renoise = which->image_noise ? MSM_RENOISE_IMAGE : MSM_RENOISE_MEASURED,
                             .lik_place = which->data == CASE_AFTER ? MSM_LIK_ON_ESTIMATE : MSM_LIK_IN_MASKS,
                             .prox_weight = 1,
                             .prox_iterations = 60,
                             .noise_std = 0.05 };
  GError *error = NULL;

  n = (mri ? 2 : 1) * rows * columns;
  memset (b, 0, sizeof *b);
  b->moments = (MsmMomentsProblem){ .m = m,
                                    .n = n,
                                    .n_steps = which->n_steps,
                                    .n_partials = which->n_partials,
                                    .ddim_eta = which->ddim_eta,
                                    .lik_step = which->lik_step,
                                    .rule = (MsmMomentsRule) which->update,
                                    .keeps_state = which->masks.kind == MSM_MASK_COVER_FULL
                                                   || which->update == MSM_UPDATE_EXPONENTIAL,
                                    .sampled_after = which->data == CASE_AFTER,
                                    .image_noise = which->image_noise };
  fill_prior (b, mri ? 2 : 1, rows, columns);
  if (mri)
    {
      fill_maps (b, rows, columns);
      fill_transform (b, rows, columns);
    }
  fill_masks (b, which, seed, rows, columns);
  b->moments.t = b->t;
  b->moments.mean = b->mean;
  b->moments.cov = b->cov;
  b->moments.masks = b->masks;
  mean = g_new (float, n);
  cov = g_new (float, n * n);
  for (gsize i = 0; i < n; i++)
    mean[i] = (float) b->mean[i];
  for (gsize i = 0; i < n * n; i++)
    cov[i] = (float) b->cov[i];
  b->denoiser = msm_denoiser_gauss_new (msm_device_host (), "case", 1, mri ? 2 : 1, rows, columns, &(float){ 1 }, mean,
                                        cov, &error);
  g_assert_no_error (error);
  b->measure = msm_measure_new (msm_device_host (), mri ? MSM_MEASURE_MRI : MSM_MEASURE_IMAGE, n_samples, mri ? 2 : 1,
                                rows, columns, &error);
  g_assert_no_error (error);
  if (mri)
    msm_measure_set_sens (b->measure, b->sens);
  if (which->data != CASE_FREE)
    make_problem (b, which, rows, columns);
  msm_schedule_init (&schedule, which->n_steps, &error);
  g_assert_no_error (error);
  b->step =
      msm_step_new (b->measure, b->denoiser, b->likelihood, &schedule, seed, &which->masks, TRUE, &options, &error);
  g_assert_no_error (error);
  if (which->data == CASE_PROXIMAL)
    {
      b->moments.prox_mu_noise = 0.05 * 0.05;
      b->moments.prox_mu_power = 25; /* 1/0.04 */
    }
}

void
built_clear (Built *b)
{
  msm_step_free (b->step);
  msm_likelihood_free (b->likelihood);
  msm_problem_free (b->problem);
  msm_measure_free (b->measure);
  msm_denoiser_free (b->denoiser);
  msm_tensor_unref (b->sens);
  g_free (b->t);
  g_free (b->mean);
  g_free (b->cov);
  g_free (b->h);
  g_free (b->sampled);
  g_free (b->y);
  g_free (b->masks);
}

float *
case_sample (Built *b, int n_run, gboolean hat)
{
  msm_step_start (b->step, 0);
  for (int i = 0; i < n_run; i++)
    msm_step_run (b->step, b->step->base.schedule.n_steps - 1 - i);
  return g_memdup2 (msm_tensor_const_host (hat ? b->step->base.z_hat : b->step->base.z),
                    msm_tensor_bytes (b->step->base.z));
}
