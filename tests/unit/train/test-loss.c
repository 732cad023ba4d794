#include "config.h"

#include "core/base/error.h"
#include "core/train/train.h"
#include "core/tensor/tensor-math.h"
#include "tests/support/gain-denoiser.h"
#include "tests/support/random.h"

/*
 * The losses as statements about expectations: independent Gaussian images of known power, measured through
 * random masks. Losses are quadratic in the gains, so two gradients over the same draws give their
 * minimiser. Bounds are five standard errors.
 */

#define N_BATCH     64
#define N_DRAWS     200
#define N_PIXELS    6
#define STEP_OF_RHO 250 /* not one of the ten kept indices */

typedef struct
{
  MsmDevice *device;
  MsmMeasure *measure;
  MsmDenoiser *denoiser;
  MsmLoss *loss;
  MsmBatch *batch;
  MsmTensor *clean; /* S z without ν */
  double rho;
} World;

static void
open_world (World *w, const char *loss, gboolean mri, gsize n, double rho, gboolean bend)
{
  g_autoptr (GError) error = NULL;

  w->device = msm_device_open ("cpu", NULL);
  w->measure = mri ? msm_measure_new (w->device, MSM_MEASURE_MRI, n, 3, 6, 5, NULL)
                   : msm_measure_new (w->device, MSM_MEASURE_IMAGE, n, 1, 2, 3, NULL);
  w->denoiser = gain_denoiser_new (w->device, bend);
  w->loss = msm_loss_new (loss, w->denoiser, w->measure, 10, NULL, &error);
  g_assert_no_error (error);
  w->batch = msm_batch_new (w->measure, NULL);
  w->batch->noise_std = rho;
  w->rho = rho;
  w->clean = msm_tensor_new_like (w->batch->s, NULL);
}

/* Another loss in the same world, with one parameter other than its default; w->loss is NULL with @error. */
static void
take_loss (World *w, const char *loss, const char *name, double value, GError **error)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_train_params ());

  g_assert_true (msm_params_set_number (params, name, value, NULL));
  msm_loss_free (w->loss);
  w->loss = msm_loss_new (loss, w->denoiser, w->measure, 10, params, error);
}

static void
close_world (World *w)
{
  msm_loss_free (w->loss);
  msm_denoiser_free (w->denoiser);
  msm_batch_free (w->batch);
  msm_tensor_unref (w->clean);
  msm_measure_free (w->measure);
  msm_device_unref (w->device);
}

/* The power of an element: each pixel has its own. */
static double
power_of (gsize i)
{
  return 0.25 * (double) (1 + i % N_PIXELS);
}

static void
normal (MsmDevice *device, MsmTensor *x, guint stream, guint draw)
{
  msm_device_ops (device)->vector->random_normal (msm_device_state (device), msm_tensor_data (x),
                                                  msm_tensor_bytes (x) / sizeof (float), 3, stream, draw, 0);
}

/* s = S (T x + ν) of fresh x, S, C and ν. */
static void
draw (World *w, guint number)
{
  g_autoptr (MsmTensor) x =
      msm_tensor_new (w->device, msm_measure_dtype (w->measure), msm_measure_image_shape (w->measure), NULL);
  g_autoptr (MsmTensor) nu = msm_tensor_new_like (w->batch->s, NULL);
  float *mask = msm_tensor_host (w->batch->mask);

  normal (w->device, x, 1, number);
  for (gsize i = 0; i < msm_tensor_bytes (x) / sizeof (float); i++)
    msm_tensor_host (x)[i] *= (float) sqrt (power_of (i));
  normal (w->device, nu, 2, number);
  msm_device_ops (w->device)->vector->random_uniform (msm_device_state (w->device), mask,
                                                      msm_tensor_size (w->batch->mask), 3, 3, number, 0);
  for (gsize i = 0; i < msm_tensor_size (w->batch->mask); i++)
    mask[i] = mask[i] < 0.7f ? 1 : 0;
  if (w->batch->sens != NULL)
    {
      normal (w->device, w->batch->sens, 4, number);
      for (gsize i = 0; i < 2 * msm_tensor_size (w->batch->sens); i++)
        msm_tensor_host (w->batch->sens)[i] *= 0.4f;
      msm_measure_set_sens (w->measure, w->batch->sens);
    }
  msm_measure_forward (w->measure, x, w->clean);
  msm_measure_mask (w->measure, w->clean, w->batch->mask, w->clean);
  for (gsize i = 0; i < msm_tensor_bytes (nu) / sizeof (float); i++)
    msm_tensor_host (nu)[i] = msm_tensor_const_host (w->clean)[i] + (float) w->rho * msm_tensor_const_host (nu)[i];
  msm_measure_mask (w->measure, w->batch->s, w->batch->mask, nu);
}

/* The accumulated gradients at index @t over all draws; the number of times each pixel was measured. */
static void
accumulate (World *w, double t, double *gradient, double *seen)
{
  GainDenoiser *gain = (GainDenoiser *) w->denoiser;
  double step[N_BATCH];
  MsmLossReport report;

  for (int b = 0; b < N_BATCH; b++)
    step[b] = t;
  memset (seen, 0, N_PIXELS * sizeof (double));
  gain_denoiser_zero_gradient (w->denoiser);
  for (guint d = 0; d < N_DRAWS; d++)
    {
      draw (w, d);
      msm_loss_evaluate (w->loss, w->batch, 5, d, step, TRUE, &report);
      for (gsize i = 0; i < msm_tensor_size (w->batch->mask); i++)
        seen[i % N_PIXELS] += msm_tensor_const_host (w->batch->mask)[i];
    }
  memcpy (gradient, gain->gradient, MSM_SCHEDULE_T * gain->size * sizeof (double));
}

/* Trains the gains of index @t, those that are used at @used with it (the same, or t_ρ). */
static void
train (World *w, double t, int used, double *seen)
{
  GainDenoiser *gain = (GainDenoiser *) w->denoiser;
  g_autofree double *at0 = g_new0 (double, MSM_SCHEDULE_T * gain->size);
  g_autofree double *at1 = g_new0 (double, MSM_SCHEDULE_T * gain->size);
  double *a = gain->a + (gsize) used * gain->size;

  for (gsize i = 0; i < gain->size; i++)
    a[i] = 0;
  accumulate (w, t, at0, seen);
  for (gsize i = 0; i < gain->size; i++)
    a[i] = 1;
  accumulate (w, t, at1, seen);
  for (gsize i = 0; i < gain->size; i++)
    {
      double g0 = at0[(gsize) used * gain->size + i];
      double g1 = at1[(gsize) used * gain->size + i];

      a[i] = g0 / (g0 - g1);
    }
}

static void
test_clean_minimiser (void)
{
  World w = { 0 };
  MsmSchedule schedule;
  double seen[N_PIXELS];

  msm_schedule_init (&schedule, 10, NULL);
  open_world (&w, "msm", FALSE, N_BATCH, 0, FALSE);
  for (int t = 100; t < 1000; t += 400)
    {
      double sigma2 = pow (msm_schedule_sigma (&schedule, t), 2);

      train (&w, t, t, seen);
      for (gsize i = 0; i < N_PIXELS; i++)
        {
          double p = power_of (i);
          double bound = 5 * sqrt (p * sigma2 / seen[i]) / (p + sigma2);

          g_assert_cmpfloat (fabs (((GainDenoiser *) w.denoiser)->a[t * N_PIXELS + (int) i] - p / (p + sigma2)), <,
                             bound);
        }
    }
  close_world (&w);
}

/*
 * SURE alone fixes the gain at t_ρ; case 1 then has the posterior mean of the clean image, and case 2 that
 * of an image distributed as ŝ(ρ), whose power is p² / (p + ρ²).
 */
static void
test_noisy_minimiser (void)
{
  World w = { 0 };
  MsmSchedule schedule;
  double seen[N_PIXELS];
  double rho2;
  double *a;

  msm_schedule_init (&schedule, 10, NULL);
  rho2 = pow (msm_schedule_sigma (&schedule, STEP_OF_RHO), 2);
  open_world (&w, "msm-noisy", FALSE, N_BATCH, sqrt (rho2), FALSE);
  a = ((GainDenoiser *) w.denoiser)->a;
  train (&w, 500, STEP_OF_RHO, seen);
  for (gsize i = 0; i < N_PIXELS; i++)
    {
      double p = power_of (i);
      double gain = p / (p + rho2);

      g_test_message ("SURE: gain %.4f, exact %.4f", a[STEP_OF_RHO * N_PIXELS + (int) i], gain);
      g_assert_cmpfloat (fabs (a[STEP_OF_RHO * N_PIXELS + (int) i] - gain), <,
                         5 * (1 - gain) * sqrt (4 / seen[i]) + 1e-4);
      a[STEP_OF_RHO * N_PIXELS + (int) i] = gain;
    }
  for (int t = 100; t < 1000; t += 400)
    {
      double sigma2 = pow (msm_schedule_sigma (&schedule, t), 2);

      train (&w, t, t, seen);
      for (gsize i = 0; i < N_PIXELS; i++)
        {
          double p = sigma2 > rho2 ? power_of (i) : pow (power_of (i), 2) / (power_of (i) + rho2);
          double c = sigma2 > rho2 ? (sigma2 - rho2) / sigma2 : 1;
          double error2 = sigma2 > rho2 ? (p + rho2) * (sigma2 - rho2) : p * sigma2;
          double found = a[t * N_PIXELS + (int) i];

          g_test_message ("sigma %.3f, rho %.3f: gain %.4f, exact %.4f", sqrt (sigma2), sqrt (rho2), found,
                          p / (p + sigma2));
          g_assert_cmpfloat (fabs (found - p / (p + sigma2)), <, 5 * sqrt (error2 / seen[i]) / (p + sigma2) / c);
        }
    }
  close_world (&w);
}

/* The mean of L_SURE is that of ‖ŝ(ρ) − S z‖² / m, which knows the clean signal: images and three coils. */
static void
test_sure (gconstpointer data)
{
  gboolean mri = GPOINTER_TO_INT (data);
  World w = { 0 };
  MsmSchedule schedule;
  const int n_draws = 1500;
  double sum = 0;
  double squares = 0;
  double mse = 0;
  double step[4] = { 700, 700, 700, 700 };
  double at[4] = { STEP_OF_RHO, STEP_OF_RHO, STEP_OF_RHO, STEP_OF_RHO };
  double root;
  double error;

  msm_schedule_init (&schedule, 10, NULL);
  root = sqrt (msm_schedule_alpha_bar (&schedule, STEP_OF_RHO));
  open_world (&w, "msm-noisy", mri, 4, msm_schedule_sigma (&schedule, STEP_OF_RHO), !mri);
  gain_denoiser_fill (w.denoiser, 0.7);
  for (int d = 0; d < n_draws; d++)
    {
      g_autoptr (MsmTensor) z = msm_tensor_new_like (w.batch->s, NULL);
      g_autoptr (MsmTensor) x0 =
          msm_tensor_new (w.device, msm_measure_dtype (w.measure), msm_measure_image_shape (w.measure), NULL);
      MsmLossReport report;
      double true_error = 0;
      double m = 0;
      gsize n = msm_tensor_bytes (z) / sizeof (float);

      draw (&w, (guint) d);
      msm_loss_evaluate (w.loss, w.batch, 9, (guint) d, step, FALSE, &report);
      for (gsize i = 0; i < n; i++)
        msm_tensor_host (z)[i] = (float) root * msm_tensor_const_host (w.batch->s)[i];
      msm_measure_adjoint (w.measure, z, x0);
      msm_denoiser_predict (w.denoiser, x0, x0, z, w.batch->mask, at);
      msm_measure_forward (w.measure, x0, z);
      msm_measure_mask (w.measure, z, w.batch->mask, z);
      for (gsize i = 0; i < n; i++)
        true_error += pow ((double) msm_tensor_const_host (z)[i] - msm_tensor_const_host (w.clean)[i], 2);
      for (gsize i = 0; i < msm_tensor_size (w.batch->mask); i++)
        m += msm_tensor_const_host (w.batch->mask)[i] * (mri ? 6 : 1);
      mse += true_error / m / n_draws;
      sum += (report.sure - true_error / m) / n_draws;
      squares += pow (report.sure - true_error / m, 2) / n_draws;
    }
  error = sqrt (squares / n_draws);
  g_test_message ("true %.5f, SURE - true %.5f, standard error %.5f", mse, sum, error);
  /* Four standard errors; without the divergence term it would be off by more than twenty. */
  g_assert_cmpfloat (fabs (sum), <, 4 * error);
  g_assert_cmpfloat (error, <, 0.03 * mse);
  close_world (&w);
}

/*
 * The mean gradient of case 1 is c² that of the clean loss at the same σ, also where coils overlap
 * (S T Tᴴ Sᵀ ≠ I): the residual noise costs variance, not bias.
 */
static void
test_coils (void)
{
  World noisy = { 0 };
  World clean = { 0 };
  MsmSchedule schedule;
  const int n_draws = 1500;
  const int t = 400;
  double step[4] = { 400, 400, 400, 400 };
  double sum = 0;
  double squares = 0;
  double total = 0;
  double rho2;
  double sigma2;
  double c;

  msm_schedule_init (&schedule, 10, NULL);
  rho2 = pow (msm_schedule_sigma (&schedule, STEP_OF_RHO), 2);
  sigma2 = pow (msm_schedule_sigma (&schedule, t), 2);
  c = (sigma2 - rho2) / sigma2;
  open_world (&noisy, "msm-noisy", TRUE, 4, sqrt (rho2), FALSE);
  open_world (&clean, "msm", TRUE, 4, 0, FALSE);
  gain_denoiser_fill (noisy.denoiser, 0.5);
  gain_denoiser_fill (clean.denoiser, 0.5);
  for (int d = 0; d < n_draws; d++)
    {
      GainDenoiser *a = (GainDenoiser *) noisy.denoiser;
      GainDenoiser *b = (GainDenoiser *) clean.denoiser;
      MsmLossReport report;
      double difference = 0;

      gain_denoiser_zero_gradient (noisy.denoiser);
      gain_denoiser_zero_gradient (clean.denoiser);
      draw (&noisy, (guint) d);
      draw (&clean, (guint) d);
      msm_loss_evaluate (noisy.loss, noisy.batch, 11, (guint) d, step, TRUE, &report);
      msm_loss_evaluate (clean.loss, clean.batch, 11, (guint) d, step, TRUE, &report);
      for (gsize i = 0; i < a->size; i++)
        {
          difference += a->gradient[(gsize) t * a->size + i] / (c * c) - b->gradient[(gsize) t * a->size + i];
          total += b->gradient[(gsize) t * a->size + i] / n_draws;
        }
      sum += difference / n_draws;
      squares += difference * difference / n_draws;
    }
  g_test_message ("clean %.5f, noisy - clean %.5f, standard error %.5f", total, sum, sqrt (squares / n_draws));
  g_assert_cmpfloat (fabs (sum), <, 4 * sqrt (squares / n_draws));
  g_assert_cmpfloat (sqrt (squares / n_draws), <, 0.05 * fabs (total));
  close_world (&noisy);
  close_world (&clean);
}

/* t and noise are functions of seed and counter; ten kept indices, one for the batch of noisy data. */
static void
test_draws (gconstpointer name)
{
  World w = { 0 };
  MsmLossReport report;
  double first[4];
  double loss = NAN;
  gboolean seen[10] = { FALSE };
  gboolean differ = FALSE;

  open_world (&w, name, FALSE, 4, 0.3, FALSE);
  gain_denoiser_fill (w.denoiser, 0.5);
  draw (&w, 0);
  for (gsize i = 0; g_str_equal (name, "oracle") && i < msm_tensor_size (w.batch->mask); i++)
    msm_tensor_host (w.batch->mask)[i] = 1;
  for (guint d = 0; d < 100; d++)
    {
      msm_loss_evaluate (w.loss, w.batch, 21, d, NULL, FALSE, &report);
      for (gsize b = 0; b < 4; b++)
        {
          g_assert_cmpfloat (fmod (report.step[b], 100), ==, 0);
          seen[(int) report.step[b] / 100] = TRUE;
          differ |= report.step[b] != report.step[0];
          if (d == 7)
            first[b] = report.step[b];
        }
      if (d == 7)
        loss = report.loss;
    }
  msm_loss_evaluate (w.loss, w.batch, 21, 7, NULL, FALSE, &report);
  g_assert_cmpfloat (report.loss, ==, loss);
  g_assert_cmpmem (report.step, sizeof first, first, sizeof first);
  g_assert_cmpint (differ, ==, !g_str_equal (name, "msm-noisy"));
  for (int k = 0; k < 10; k++)
    g_assert_true (seen[k]);
  msm_loss_evaluate (w.loss, w.batch, 22, 7, NULL, FALSE, &report);
  g_assert_cmpfloat (report.loss, !=, loss);
  close_world (&w);
}

/* S₁: every other measured point. */
static void
hold_back (World *w)
{
  const float *mask = msm_tensor_const_host (w->batch->mask);

  g_assert_true (msm_batch_split (w->batch, NULL));
  for (gsize i = 0; i < msm_tensor_size (w->batch->mask); i++)
    msm_tensor_host (w->batch->shown)[i] = i % 2 == 0 ? mask[i] : 0;
}

/* Tᴴ (ŝ + S₁ (s − ŝ)), ŝ = gain · T Tᴴ S₁ s: what a filled measurement without noise makes of an image. (transfer full) */
static MsmTensor *
filled_image (World *w, float gain)
{
  g_autoptr (MsmTensor) s = msm_tensor_new_like (w->batch->s, NULL), rest = msm_tensor_new_like (w->batch->s, NULL);
  MsmTensor *x = msm_tensor_new (w->device, msm_measure_dtype (w->measure), msm_measure_image_shape (w->measure), NULL);

  msm_measure_mask (w->measure, s, w->batch->shown, w->batch->s);
  msm_measure_adjoint (w->measure, s, x);
  msm_measure_forward (w->measure, x, s);
  msm_tensor_lincomb (s, gain, s, 0, s);
  msm_tensor_lincomb (rest, 1, w->batch->s, -1, s);
  msm_measure_mask (w->measure, rest, w->batch->shown, rest);
  msm_tensor_axpy (s, 1, rest);
  msm_measure_adjoint (w->measure, s, x);
  return x;
}

static gboolean
is_near (const MsmTensor *a, const MsmTensor *b)
{
  for (gsize i = 0; i < msm_tensor_floats (a); i++)
    if (fabs (msm_tensor_const_host (a)[i] - msm_tensor_const_host (b)[i]) > 1e-4)
      return FALSE;
  return TRUE;
}

/* Filled, the network sees its own estimate where it is given nothing; in half of the evaluations when that is asked. */
static void
test_fill (void)
{
  World w, noisy;
  GainDenoiser *gain;
  MsmLossReport report;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) silence = NULL, filled = NULL;
  double step[2] = { 500, 500 };
  int n_filled = 0;

  open_world (&w, "msm", TRUE, 2, 0, FALSE);
  gain = (GainDenoiser *) w.denoiser;
  for (gsize i = 0; i < MSM_SCHEDULE_T * gain->size; i++)
    gain->a[i] = 0.3;
  draw (&w, 1);
  hold_back (&w);
  filled = filled_image (&w, 0.3f);
  silence = msm_tensor_new_like (w.batch->s, NULL);
  take_loss (&w, "msm", "fill", 1, &error);
  g_assert_no_error (error);
  msm_loss_set_noise (w.loss, silence);
  gain_denoiser_zero_gradient (w.denoiser);
  msm_loss_evaluate (w.loss, w.batch, 5, 0, step, TRUE, &report);
  g_assert_true (is_near (gain->u, filled));
  msm_loss_evaluate (w.loss, w.batch, 5, 0, step, FALSE, &report); /* validation: as measured */
  g_assert_false (is_near (gain->u, filled));

  take_loss (&w, "msm", "fill", 0.5, &error);
  g_assert_no_error (error);
  msm_loss_set_noise (w.loss, silence);
  for (guint32 i = 0; i < 400; i++)
    {
      msm_loss_evaluate (w.loss, w.batch, 5, i, step, TRUE, &report);
      n_filled += is_near (gain->u, filled);
    }
  g_assert_cmpint (ABS (n_filled - 200), <, 50); /* five standard deviations */
  close_world (&w);

  open_world (&noisy, "msm-noisy", FALSE, 2, 0.1, FALSE);
  take_loss (&noisy, "msm-noisy", "fill", 0.5, &error);
  g_assert_null (noisy.loss);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  close_world (&noisy);
}

static void
test_names (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_loss_new ("mse", NULL, NULL, 10, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "msm-noisy"));
}

/* A loss's own parameters reach it from the table of a training; another loss's may stand in a file beside them. */
static void
test_params (void)
{
  g_autoptr (GError) error = NULL;
  MsmLossReport without, with;
  World w;

  open_world (&w, "msm-noisy", FALSE, 2, 0.3, FALSE);
  draw (&w, 1);
  take_loss (&w, "msm-noisy", "sure-weight", 0, &error);
  g_assert_no_error (error);
  msm_loss_evaluate (w.loss, w.batch, 3, 0, NULL, FALSE, &without);
  g_assert_cmpfloat (without.sure, ==, 0);
  take_loss (&w, "msm-noisy", "sure-weight", 2, &error);
  g_assert_no_error (error);
  msm_loss_evaluate (w.loss, w.batch, 3, 0, NULL, FALSE, &with);
  g_assert_cmpfloat (with.sure, !=, 0);
  g_assert_cmpfloat (with.loss, !=, without.loss);
  take_loss (&w, "msm", "sure-weight", 2, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (msm_loss_name (w.loss), ==, "msm");
  close_world (&w);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* these arrays are smaller than a thread team is worth */
  g_test_add_func ("/diffusion/loss/clean-minimiser", test_clean_minimiser);
  g_test_add_func ("/diffusion/loss/noisy-minimiser", test_noisy_minimiser);
  g_test_add_data_func ("/diffusion/loss/sure-image", GINT_TO_POINTER (FALSE), test_sure);
  g_test_add_data_func ("/diffusion/loss/sure-coils", GINT_TO_POINTER (TRUE), test_sure);
  g_test_add_func ("/diffusion/loss/coils", test_coils);
  g_test_add_data_func ("/diffusion/loss/draws-msm", "msm", test_draws);
  g_test_add_data_func ("/diffusion/loss/draws-noisy", "msm-noisy", test_draws);
  g_test_add_data_func ("/diffusion/loss/draws-oracle", "oracle", test_draws);
  g_test_add_func ("/diffusion/loss/fill", test_fill);
  g_test_add_func ("/diffusion/loss/names", test_names);
  g_test_add_func ("/diffusion/loss/params", test_params);
  return g_test_run ();
}
