#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/image-write.h"
#include "core/linop/operator.h"
#include "core/run/run.h"
#include "core/run/trajectory.h"
#include "core/sampler/sampler-diffusion.h"
#include "core/tensor/tensor-math.h"
#include "tests/support/folder.h"
#include "tests/support/tiny-network.h"

/* The diffusion samplers as classes: memory, repetition, batches, divergence, bad input. */

/* Counts allocations while it is on: step () must make none. Sanitizers bring an allocator of their own. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define COUNTS 1
static gboolean is_counting;
static int n_allocations;

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *pointer, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

void *
malloc (size_t size)
{
  n_allocations += is_counting;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  n_allocations += is_counting;
  return __libc_calloc (n, size);
}

void *
realloc (void *pointer, size_t size)
{
  n_allocations += is_counting;
  return __libc_realloc (pointer, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  n_allocations += is_counting;
  return __libc_memalign (alignment, size);
}
#endif

#define SIDE 12

static char *folder;
static char *picture_prior, *mri_prior, *network_prior;

/* A smooth Gaussian prior's file. (transfer full) */
static char *
write_prior (const char *name, gsize channels)
{
  gsize plane = SIDE * SIDE, n = channels * plane;
  g_autoptr (MsmTensor) mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (channels, SIDE, SIDE), NULL);
  g_autoptr (MsmTensor) cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (n, n), NULL);
  char *path = g_build_filename (folder, name, NULL);

  for (gsize i = 0; i < n; i++)
    {
      msm_tensor_host (mean)[i] = i < plane ? 0.5f : 0;
      for (gsize j = 0; j < n; j++)
        {
          double d = hypot ((double) (i % plane / SIDE) - (double) (j % plane / SIDE),
                            (double) (i % SIDE) - (double) (j % SIDE));

          msm_tensor_host (cov)[i * n + j] =
              (float) (i / plane != j / plane ? 0 : 0.04 * exp (-d * d / 8) + (i == j ? 0.001 : 0));
        }
    }
  g_assert_true (msm_hdf5_write (path, (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, NULL));
  return path;
}

/* A small network that is given Wiener's image. (transfer full) */
static char *
write_network (void)
{
  g_autofree char *json = g_strdup_printf ("%.*s, \"prediction\": \"v\", \"input\": \"wiener\", \"signal_spectrum\": "
                                           "\"90,40,20,10,5,2,1,0.5,0.2,0.1,0.05,0.02,0.01,0.005,0.002,0.001\"}",
                                           (int) strlen (TINY_NETWORK) - 1, TINY_NETWORK);
  const char *const metadata[] = { "msm.config", json, NULL };
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;
  g_autoptr (MsmUnet) unet = NULL;
  char *path = g_build_filename (folder, "network.safetensors", NULL);

  g_assert_true (msm_unet_config_parse (&config, "test", json, &error));
  unet = msm_unet_new (msm_device_host (), &config, FALSE, &error);
  g_assert_no_error (error);
  draw_parameters (unet, msm_device_host (), 0.1f);
  g_assert_true (msm_weights_save (msm_unet_weights (unet), path, MSM_F32, metadata, &error));
  return path;
}

/* Two coils, every second line and the middle. */
static MsmProblem *
mri_problem_of (gsize side)
{
  MsmDevice *host = msm_device_host ();
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  gsize plane = side * side;
  float *sens, *mask, *k;

  problem->device = msm_device_ref (host);
  problem->scale = 1;
  problem->noise_std = 0.01;
  problem->sens = msm_tensor_new (host, MSM_C64, msm_shape4 (1, 2, side, side), NULL);
  problem->kspace = msm_tensor_new_like (problem->sens, NULL);
  problem->mask_plane = msm_tensor_new (host, MSM_F32, msm_shape2 (side, side), NULL);
  sens = msm_tensor_host (problem->sens);
  mask = msm_tensor_host (problem->mask_plane);
  k = msm_tensor_host (problem->kspace);
  for (gsize p = 0; p < plane; p++)
    {
      double a = 0.2 + 0.1 * (double) (p % side);

      sens[2 * p] = (float) cos (a);
      sens[2 * (plane + p)] = (float) sin (a);
      mask[p] = p % side % 2 == 0 || p % side == side / 2 - 1;
      for (gsize c = 0; c < 2 && mask[p] > 0; c++)
        {
          double d = hypot ((double) (p / side) - side / 2, (double) (p % side) - side / 2);

          k[2 * (c * plane + p)] = (float) (4 * exp (-d));
          k[2 * (c * plane + p) + 1] = (float) (0.5 * sin ((double) p) * exp (-d));
        }
    }
  g_assert_true (msm_problem_set_sampling (problem, NULL));
  return problem;
}

static MsmProblem *
mri_problem (void)
{
  return mri_problem_of (SIDE);
}

static MsmProblem *
picture_problem (const char *name)
{
  MsmDevice *host = msm_device_host ();
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  const MsmOperatorClass *klass = msm_operator_class_find (name, NULL);
  g_autoptr (MsmTensor) x = msm_tensor_new (host, MSM_F32, msm_shape4 (1, 1, SIDE, SIDE), NULL);

  for (gsize p = 0; p < SIDE * SIDE; p++)
    msm_tensor_host (x)[p] = (float) (0.5 + 0.3 * sin (0.3 * (double) p));
  problem->device = msm_device_ref (host);
  problem->scale = 1;
  problem->kind = MSM_MEASURE_IMAGE;
  problem->n_channels = 1;
  problem->operator_name = g_strdup (name);
  problem->op = msm_operator_new (klass, host, MSM_F32, msm_tensor_shape (x), NULL, NULL);
  problem->y = msm_tensor_new (host, MSM_F32, msm_linop_codomain (problem->op), NULL);
  msm_linop_forward (problem->op, x, problem->y);
  return problem;
}

/* "prior" and pairs of names and texts, ended by NULL. */
static MsmParams *
make_params (const MsmSamplerClass *klass, const char *prior, const char *const *settings)
{
  MsmParams *params = msm_params_new (klass->params);

  g_assert_true (msm_params_set_text (params, "prior", prior, NULL));
  for (gsize i = 0; settings != NULL && settings[i] != NULL; i += 2)
    g_assert_true (msm_params_set_text (params, settings[i], settings[i + 1], NULL));
  return params;
}

static void
run_all (MsmSampler *sampler)
{
  MsmStepInfo info;

  while (msm_sampler_step (sampler, &info))
    g_assert_null (info.failure);
  g_assert_null (info.failure);
  g_assert_cmpint (info.step, ==, info.n_steps);
}

static MsmTensor *
draw (MsmProblem *problem_take, const char *prior, const char *const *settings)
{
  const MsmSamplerClass *klass = &msm_posterior_class;
  g_autoptr (GError) error = NULL;
  MsmSampler *sampler = msm_sampler_new (klass, problem_take, make_params (klass, prior, settings), &error);
  MsmTensor *samples;

  g_assert_no_error (error);
  run_all (sampler);
  samples = msm_diffusion_get_samples (sampler, &error);
  g_assert_no_error (error);
  msm_sampler_free (sampler);
  return samples;
}

static void
assert_equal (MsmTensor *a, MsmTensor *b, gsize first)
{
  gsize bytes = msm_tensor_bytes (b);

  g_assert_cmpmem ((const guint8 *) msm_tensor_const_data (a) + first * bytes, bytes, msm_tensor_const_data (b), bytes);
}

/* The same seed for any number of threads; sample k whatever the batch and the number of samples. */
static void
test_repeats (void)
{
  static const char *const three[] = { "steps", "20", "samples", "3", "batch", "3", "masks-acs", "2", NULL };
  static const char *const singly[] = { "steps", "20", "samples", "3", "batch", "1", "masks-acs", "2", NULL };
  static const char *const one[] = { "steps", "20", "masks-acs", "2", NULL };
  static const char *const other[] = { "steps", "20", "masks-acs", "2", "seed", "2", NULL };
  g_autoptr (MsmTensor) a = draw (mri_problem (), mri_prior, three);
  g_autoptr (MsmTensor) b = draw (mri_problem (), mri_prior, singly);
  g_autoptr (MsmTensor) c = draw (mri_problem (), mri_prior, one);
  g_autoptr (MsmTensor) d = draw (mri_problem (), mri_prior, other);
  g_autoptr (MsmTensor) e = NULL;

  assert_equal (a, b, 0);
  assert_equal (a, c, 0);
  g_assert_cmpint (memcmp (msm_tensor_const_data (c), msm_tensor_const_data (d), msm_tensor_bytes (c)), !=, 0);
  msm_device_set_threads (3);
  e = draw (mri_problem (), mri_prior, three);
  msm_device_set_threads (1);
  assert_equal (a, e, 0);
}

/* Every likelihood and every kind of operator runs, fits the data, and allocates nothing in its steps. */
static void
test_kinds (void)
{
  static const struct
  {
    const char *operator_name; /* NULL: CS-MRI */
    const char *likelihood;
    const char *lik_step;
    double largest; /* residual: y is not from the prior, so it is not 0 */
  } kinds[] = {
    { NULL, "gradient", "1", 0.02 },
    { NULL, "proximal", "1", 0.15 },
    { "inpaint-box", "gradient", "1", 1e-5 },
    { "inpaint-box", "pseudo-inverse", "1", 1e-5 },
    { "super-resolution", "proximal", "1", 0.05 },
    { "blur", "gradient", "1", 0.2 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *const settings[] = { "steps",           "20",      "likelihood", kinds[i].likelihood, "lik-step",
                                       kinds[i].lik_step, "samples", "2",          "masks-acs",         "2",
                                       "masks-grid",      "3",       NULL };
      const MsmSamplerClass *klass = &msm_posterior_class;
      MsmProblem *problem = kinds[i].operator_name != NULL ? picture_problem (kinds[i].operator_name) : mri_problem ();
      const char *prior = kinds[i].operator_name != NULL ? picture_prior : mri_prior;
      g_autoptr (GError) error = NULL;
      MsmSampler *sampler = msm_sampler_new (klass, problem, make_params (klass, prior, settings), &error);
      MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
      MsmStepInfo info;
      gboolean more = TRUE;
      gsize n;

      g_assert_no_error (error);
#ifdef COUNTS
      n_allocations = 0;
#endif
      while (more)
        {
#ifdef COUNTS
          is_counting = TRUE;
#endif
          more = msm_sampler_step (sampler, &info);
#ifdef COUNTS
          is_counting = FALSE;
#endif
        }
#ifdef COUNTS
      g_assert_cmpint (n_allocations, ==, 0);
#endif
      g_test_message ("%s, %s: residual %g", kinds[i].operator_name, kinds[i].likelihood, info.residual);
      g_assert_null (info.failure);
      g_assert_cmpfloat (info.residual, <, kinds[i].largest);
      n = msm_sampler_get_outputs (sampler, outputs);
      g_assert_cmpuint (n, >=, 7);
      g_assert_cmpstr (outputs[0].name, ==, "estimate");
      for (gsize k = 0; k < n; k++)
        g_assert_cmpuint (msm_tensor_dim (outputs[k].tensor, 3), ==, SIDE);
      msm_sampler_free (sampler);
    }
}

/* A likelihood step that is far too large ends the run with a cause. */
static void
test_diverges (void)
{
  static const char *const settings[] = { "steps", "50",        "likelihood", "gradient", "lik-step",
                                          "100",   "masks-acs", "2",          NULL };
  const MsmSamplerClass *klass = &msm_posterior_class;
  MsmSampler *sampler = msm_sampler_new (klass, mri_problem (), make_params (klass, mri_prior, settings), NULL);
  MsmStepInfo info = { 0 };
  int n = 0;

  g_assert_nonnull (sampler);
  while (msm_sampler_step (sampler, &info) && info.failure == NULL)
    n++;
  g_assert_nonnull (info.failure);
  g_assert_nonnull (strstr (info.failure, "likelihood step"));
  g_assert_cmpint (n, <, 49);
  msm_sampler_free (sampler);
}

static void
assert_refused (MsmProblem *problem_take, const char *prior, const char *const *settings, int code, const char *text)
{
  const MsmSamplerClass *klass = &msm_posterior_class;
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_sampler_new (klass, problem_take, make_params (klass, prior, settings), &error));
  g_assert_error (error, MSM_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("“%s” does not say “%s”", error->message, text);
}

static void
test_refused (void)
{
  static const char *const steps[] = { "steps", "30", NULL };
  static const char *const sparse[] = { "steps", "2", "partials", "1", "masks-accel", "64", "masks-acs", "1", NULL };
  MsmProblem *empty = mri_problem ();

  assert_refused (mri_problem (), "", NULL, MSM_ERROR_VALUE, "needs a prior");
  assert_refused (mri_problem (), "no-such-prior", NULL, MSM_ERROR_FILE, "no-such-prior");
  assert_refused (mri_problem (), mri_prior, steps, MSM_ERROR_VALUE, "25");
  assert_refused (mri_problem (), picture_prior, NULL, MSM_ERROR_SHAPE, "2 × 12 × 12");
  assert_refused (mri_problem (), mri_prior, sparse, MSM_ERROR_VALUE, "never cover");
  memset (msm_tensor_host (empty->mask_plane), 0, msm_tensor_bytes (empty->mask_plane));
  assert_refused (empty, mri_prior, NULL, MSM_ERROR_VALUE, "mask is empty");
}

/* What restore () takes: the state and its tensors in one. (transfer full) */
static GBytes *
save_whole (MsmSampler *sampler)
{
  MsmTensor *parts[4];
  gsize n_parts = 0, size;
  g_autoptr (GBytes) head = sampler->klass->save (sampler, parts, &n_parts);
  GByteArray *whole = g_byte_array_new ();
  const guint8 *data = g_bytes_get_data (head, &size);

  g_byte_array_append (whole, data, (guint) size);
  for (gsize i = 0; i < n_parts; i++)
    g_byte_array_append (whole, msm_tensor_const_data (parts[i]), (guint) msm_tensor_bytes (parts[i]));
  return g_byte_array_free_to_bytes (whole);
}

/* Equally spaced in log σ: from the measurement and noise of σ-start down to σ₀, in any number of steps. */
static void
test_log_spacing (void)
{
  static const char *const settings[] = {
    "steps", "30", "spacing", "log", "sigma-start", "0.5", "masks-acs", "2", NULL
  };
  static const char *const uniform[] = { "steps", "25", "spacing", "uniform", "masks-acs", "2", NULL };
  static const char *const other[] = { "steps", "25", "spacing", "log", "masks-acs", "2", NULL };
  const MsmSamplerClass *klass = &msm_posterior_class;
  MsmSampler *sampler = msm_sampler_new (klass, mri_problem (), make_params (klass, mri_prior, settings), NULL);
  MsmSampler *branch = msm_sampler_new (klass, mri_problem (), make_params (klass, mri_prior, other), NULL);
  MsmSampler *parent = msm_sampler_new (klass, mri_problem (), make_params (klass, mri_prior, uniform), NULL);
  MsmDiffusionStep *step = ((MsmDiffusion *) sampler)->step;
  g_autoptr (MsmTensor) noise = msm_tensor_new_like (step->z, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) saved = NULL;
  MsmStepInfo info;

  msm_device_ops (msm_device_host ())
      ->vector->random_normal (msm_device_state (msm_device_host ()), msm_tensor_data (noise),
                               msm_tensor_floats (noise), 1, MSM_STREAM_INIT, 0, 0);
  for (gsize i = 0; i < msm_tensor_floats (noise); i++) /* √ᾱ = 1/√(1 + σ²), √(1 − ᾱ) = σ √ᾱ */
    g_assert_cmpfloat_with_epsilon (
        msm_tensor_const_host (step->z)[i],
        (msm_tensor_const_host (step->z_hat)[i] + 0.5f * msm_tensor_const_host (noise)[i]) / sqrt (1.25), 1e-5);
  g_assert_cmpfloat (msm_likelihood_residual (((MsmDiffusion *) sampler)->likelihood, step->z_hat), <, 0.2);
  g_assert_true (msm_sampler_step (sampler, &info));
  g_assert_cmpfloat_with_epsilon (info.sigma, 0.5, 1e-9);
  run_all (sampler);
  g_assert_cmpfloat (((MsmDiffusion *) sampler)->k, ==, -1);

  g_assert_true (msm_sampler_step (parent, &info));
  saved = save_whole (parent);
  g_assert_true (klass->restore (parent, saved, &error));
  g_assert_no_error (error);
  g_assert_false (klass->restore (branch, saved, &error)); /* 25 steps too, but other levels */
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  msm_sampler_free (sampler);
  msm_sampler_free (branch);
  msm_sampler_free (parent);
}

/* S = I: the oracle and MSM with one full mask are the same thing. */
static void
test_oracle (void)
{
  static const char *const all[] = { "steps", "20", "masks", "full", "partials", "1", NULL };
  static const char *const same[] = { "steps", "20", NULL };
  g_autoptr (MsmTensor) a = draw (mri_problem (), mri_prior, all);
  MsmSampler *oracle =
      msm_sampler_new (&msm_oracle_class, mri_problem (), make_params (&msm_oracle_class, mri_prior, same), NULL);
  g_autoptr (MsmTensor) b = NULL;

  g_assert_nonnull (oracle);
  run_all (oracle);
  b = msm_diffusion_get_samples (oracle, NULL);
  assert_equal (a, b, 0);
  msm_sampler_free (oracle);
}

/* Of a prior whose values reach beyond 1 the images are cut there, each real element, and only if it is asked for. */
static void
test_clip (void)
{
  const char *const priors[] = { picture_prior, mri_prior };

  for (int i = 0; i < 4; i++)
    {
      const char *const settings[] = {
        "steps", "20",        "samples", "64",     "masks",       "full",          "masks-grid",
        "3",     "masks-acs", "2",       "update", "exponential", "clip-denoised", i % 2 == 0 ? "yes" : "no",
        NULL
      };
      MsmProblem *problem = g_new0 (MsmProblem, 1);
      g_autoptr (MsmTensor) samples = NULL;
      g_autoptr (MsmSampler) sampler = NULL;
      double largest = 0;

      problem->device = msm_device_ref (msm_device_host ());
      problem->scale = 1;
      sampler =
          msm_sampler_new (&msm_uncond_class, problem, make_params (&msm_uncond_class, priors[i / 2], settings), NULL);
      run_all (sampler);
      samples = msm_diffusion_get_samples (sampler, NULL);
      for (gsize j = 0; j < msm_tensor_floats (samples); j++)
        largest = MAX (largest, fabs (msm_tensor_const_host (samples)[j]));
      g_test_message ("%s, clip %s: largest value %g", priors[i / 2], settings[13], largest);
      if (i % 2 == 0)
        g_assert_cmpfloat (fabs (largest - 1), <, 1e-5);
      else
        g_assert_cmpfloat (largest, >, 1.01);
    }
}

/* Without noise inpainting gives back what is known, bit for bit up to rounding; by default, and for both operators. */
static void
test_known_pixels (void)
{
  static const char *const names[] = { "inpaint-box", "inpaint-random" };
  static const char *const settings[] = { "steps", "20", "masks-grid", "3", NULL };

  for (int i = 0; i < 2; i++)
    {
      MsmProblem *problem = picture_problem (names[i]);
      g_autoptr (MsmTensor) y = msm_tensor_new_like (problem->y, NULL), seen = msm_tensor_new_like (problem->y, NULL);
      g_autoptr (MsmTensor) samples = NULL;
      g_autoptr (MsmLinop) op = msm_linop_ref (problem->op);

      msm_tensor_copy (y, problem->y);
      samples = draw (problem, picture_prior, settings);
      msm_linop_forward (op, samples, seen);
      for (gsize p = 0; p < msm_tensor_floats (y); p++)
        g_assert_cmpfloat (fabs (msm_tensor_const_host (seen)[p] - msm_tensor_const_host (y)[p]), <, 1e-5);
    }
}

typedef struct
{
  MsmTrajectory *trajectory;
  MsmFrame *kept[64];
  gsize n;
  int step;
} Keeper;

static void
keep_event (gpointer data, const MsmStepInfo *info, double ms)
{
  ((Keeper *) data)->step = info->step;
}

static gboolean
keep_wants (gpointer data)
{
  Keeper *self = data;

  return msm_trajectory_wants (self->trajectory, self->step);
}

static void
keep_frame (gpointer data, MsmFrame *frame_take)
{
  Keeper *self = data;

  g_assert_true (msm_trajectory_add (self->trajectory, frame_take, NULL));
  self->kept[self->n++] = frame_take;
}

static void
keep_done (gpointer data, const GError *error)
{
  g_assert_no_error (error);
}

/* Frames beyond the budget come back from the file as they were; the budget is kept to. */
static void
test_trajectory (void)
{
  static const MsmRunSink functions = { keep_event, keep_wants, keep_frame, keep_done };
  static const char *const settings[] = { "steps", "20", "masks-acs", "2", NULL };
  g_autofree char *path = g_build_filename (folder, "trajectory.h5", NULL);
  MsmSampler *sampler = msm_sampler_new (&msm_posterior_class, mri_problem (),
                                         make_params (&msm_posterior_class, mri_prior, settings), NULL);
  g_autoptr (MsmTrajectory) trajectory = msm_trajectory_new (path, 20, 3, 40000, "test");
  Keeper keeper = { .trajectory = trajectory };
  g_autoptr (MsmRun) run = msm_run_new (sampler, &functions, &keeper);
  g_autoptr (MsmTensor) estimates = NULL;

  g_assert_true (msm_run_execute (run, NULL));
  g_assert_cmpuint (msm_trajectory_count (trajectory), ==, 7); /* 3, 6, … 18, and the last */
  g_assert_cmpuint (msm_trajectory_bytes (trajectory), <=, 40000);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (msm_trajectory_finish (trajectory, NULL));
  for (gsize i = 0; i < 7; i++)
    {
      g_autoptr (MsmFrame) frame = msm_trajectory_get (trajectory, i, NULL);

      g_assert_nonnull (frame);
      g_assert_cmpint (frame->info.step, ==, keeper.kept[i]->info.step);
      g_assert_cmpuint (frame->n_images, ==, keeper.kept[i]->n_images);
      for (gsize k = 0; k < frame->n_images; k++)
        assert_equal (frame->images[k].tensor, keeper.kept[i]->images[k].tensor, 0);
    }
  estimates = msm_hdf5_read (path, "estimate", NULL);
  g_assert_nonnull (estimates);
  for (gsize i = 0; i < 7; i++)
    {
      assert_equal (estimates, keeper.kept[i]->images[0].tensor, i);
      msm_frame_unref (keeper.kept[i]);
    }
}

#ifdef COUNTS
/* The class whose step () is counted, but for the first. */
static const MsmSamplerClass *counted;
static gboolean is_first;

static gboolean
counted_step (MsmSampler *sampler, MsmStepInfo *info)
{
  gboolean more;

  is_counting = !is_first;
  more = counted->step (sampler, info);
  is_counting = FALSE;
  is_first = FALSE;
  return more;
}

static gboolean
wants_all (gpointer data)
{
  return TRUE;
}

#define LARGE_SIDE 32 /* so that no convolution is oneDNN's, which allocates */
#define BUDGET     100000

static void
spill_frame (gpointer data, MsmFrame *frame_take)
{
  Keeper *self = data;

  if (frame_take->info.step > 0) /* else the first look */
    {
      g_assert_true (msm_trajectory_add (self->trajectory, frame_take, NULL));
      g_assert_cmpuint (msm_trajectory_bytes (self->trajectory), <=, BUDGET);
      self->n++;
    }
  msm_frame_unref (frame_take);
}

/*
 * As in the window, with a frame of every step, most of which go to a file: between the frames a step allocates
 * nothing. The first one may: its first look is a frame, and a network's workspace and transformed weights are made when
 * a thread computes it for the first time.
 * (libgomp takes some memory for every parallel section, by a call that is not counted here.)
 */
static void
test_allocations (void)
{
  static const MsmRunSink functions = { keep_event, wants_all,           spill_frame,
                                        keep_done,  .keeps_state = TRUE, .shows_early = TRUE };
  static const struct
  {
    const MsmSamplerClass *klass;
    gboolean network;
    gsize n_rounds; /* of the batch */
    const char *settings[12];
  } runs[] = {
    { &msm_posterior_class, TRUE, 1, { "likelihood", "proximal", "masks-acs", "2", NULL } },
    { &msm_posterior_class, TRUE, 1, { "likelihood", "gradient", "spacing", "uniform", "masks-acs", "2", NULL } },
    { &msm_posterior_class, TRUE, 3, { "samples", "5", "batch", "2", "shared-masks", "no", "masks-acs", "2", NULL } },
    { &msm_posterior_class, FALSE, 1, { "samples", "3", "batch", "3", "masks-acs", "2", NULL } },
    { &msm_uncond_class, TRUE, 1, { "size", "32", "samples", "2", NULL } },
    { &msm_uncond_class, FALSE, 1, { "samples", "2", NULL } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_build_filename (folder, "spilled.h5", NULL);
      const char *prior = runs[i].network ? network_prior : mri_prior;
      MsmParams *params = make_params (runs[i].klass, prior, runs[i].settings);
      MsmSamplerClass klass = *runs[i].klass;
      MsmSampler *sampler;
      Keeper keeper = { NULL };
      g_autoptr (MsmTrajectory) trajectory = NULL;
      g_autoptr (MsmRun) run = NULL;

      g_assert_true (msm_params_set_text (params, "steps", "10", NULL));
      sampler = msm_sampler_new (runs[i].klass, mri_problem_of (runs[i].network ? LARGE_SIDE : SIDE), params, &error);
      g_assert_no_error (error);
      keeper.trajectory = trajectory = msm_trajectory_new (path, 10 * (int) runs[i].n_rounds, 1, BUDGET, "test");
      counted = runs[i].klass;
      klass.step = counted_step;
      sampler->klass = &klass;
      is_first = TRUE;
      n_allocations = 0;
      run = msm_run_new (sampler, &functions, &keeper);
      g_assert_true (msm_run_execute (run, &error));
      g_assert_no_error (error);
      g_assert_cmpint (n_allocations, ==, 0);
      g_assert_cmpuint (keeper.n, ==, 10 * runs[i].n_rounds);
      g_assert_true (msm_trajectory_finish (trajectory, &error));
      g_assert_no_error (error);
      sampler->klass = runs[i].klass;
      g_clear_pointer (&run, msm_run_unref);
    }
}
#endif

static void
test_stats (void)
{
  g_autoptr (MsmPosteriorStats) stats = msm_posterior_stats_new (1, FALSE, 5, NULL);
  const float values[] = { 3, 1, 4, 1.5f, 5 };
  float mean, sd, q;

  for (gsize i = 0; i < 4; i++)
    msm_posterior_stats_add (stats, &values[i]);
  msm_posterior_stats_get (stats, &values[4], 1, &mean, &sd);
  g_assert_cmpfloat_with_epsilon (mean, 2.9, 1e-6);
  g_assert_cmpfloat_with_epsilon (sd, sqrt (11.2 / 4), 1e-6); /* Σ (x − 2.9)² = 11.2 */
  msm_posterior_stats_add (stats, &values[4]);
  msm_posterior_stats_quantile (stats, 0.5, &q);
  g_assert_cmpfloat (q, ==, 3);
  msm_posterior_stats_quantile (stats, 0.05, &q);
  g_assert_cmpfloat_with_epsilon (q, 1.1, 1e-6);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1);
  folder = g_dir_make_tmp ("msm-sampler-XXXXXX", NULL);
  picture_prior = write_prior ("picture.h5", 1);
  mri_prior = write_prior ("mri.h5", 2);
  network_prior = write_network ();
  g_test_add_func ("/sampler/repeats", test_repeats);
  g_test_add_func ("/sampler/kinds", test_kinds);
  g_test_add_func ("/sampler/diverges", test_diverges);
  g_test_add_func ("/sampler/refused", test_refused);
  g_test_add_func ("/sampler/oracle", test_oracle);
  g_test_add_func ("/sampler/clip", test_clip);
  g_test_add_func ("/sampler/known-pixels", test_known_pixels);
  g_test_add_func ("/sampler/log-spacing", test_log_spacing);
  g_test_add_func ("/sampler/trajectory", test_trajectory);
#ifdef COUNTS
  g_test_add_func ("/sampler/allocations", test_allocations);
#endif
  g_test_add_func ("/sampler/stats", test_stats);
  status = g_test_run ();
  remove_folder (folder);
  g_free (picture_prior);
  g_free (mri_prior);
  g_free (network_prior);
  return status;
}
