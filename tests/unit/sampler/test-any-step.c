#include "config.h"

#include <math.h>
#include <string.h>

#include "core/io/image-write.h"
#include "core/sampler/sampler-diffusion.h"
#include "core/tensor/tensor-math.h"
#include "tests/support/folder.h"

/* Samples, their statistics and branches are of whatever step there is: here one without masks that only counts. */
enum
{
  SIZE = 4,
  N = SIZE * SIZE,
  N_STEPS = 5,
  N_SAMPLES = 3
};

static char *prior_path;

static void
write_prior (const char *folder)
{
  g_autoptr (MsmTensor) mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (1, SIZE, SIZE), NULL);
  g_autoptr (MsmTensor) cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (N, N), NULL);

  memset (msm_tensor_host (mean), 0, msm_tensor_bytes (mean));
  for (int i = 0; i < N * N; i++)
    msm_tensor_host (cov)[i] = i % (N + 1) == 0;
  prior_path = g_build_filename (folder, "prior.h5", NULL);
  g_assert_true (msm_hdf5_write (prior_path, (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, NULL));
}

/* Sample number i is i everywhere. */
static void
start (MsmDiffusionStep *self)
{
  for (gsize i = 0; i < msm_tensor_size (self->z); i++)
    msm_tensor_host (self->z)[i] = (float) (self->first_sample + i / N);
}

/* One more in every step. */
static gboolean
run (MsmDiffusionStep *self, int k)
{
  for (gsize i = 0; i < msm_tensor_size (self->z); i++)
    msm_tensor_host (self->z)[i] += 1;
  msm_tensor_copy (self->z_hat, self->z);
  return TRUE;
}

static void
dispose (MsmDiffusionStep *self)
{
}

static MsmDiffusionStep *
make (const MsmStepSetup *setup, GError **error)
{
  static MsmDiffusionStepClass counting = { .name = "counting", .start = start, .run = run, .dispose = dispose };
  MsmDiffusionStep *self = g_new0 (MsmDiffusionStep, 1);
  MsmSchedule schedule;

  g_assert_true (msm_step_setup_schedule (setup, FALSE, &schedule, error));
  g_assert_true (msm_diffusion_step_init (self, &counting, setup->measure, setup->denoiser, setup->likelihood,
                                          &schedule, MSM_UPDATE_DDIM, 0, error));
  msm_diffusion_step_start (self, 0);
  return self;
}

static const MsmDiffusionStepClass step_class = { .name = "counting", .make = make };

static MsmSampler *
sampler_new (int batch)
{
  static MsmSamplerClass klass;
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  MsmParams *params = msm_params_new (msm_uncond_class.params);
  g_autoptr (GError) error = NULL;
  MsmSampler *sampler;

  klass = msm_uncond_class;
  klass.diffusion = &step_class;
  problem->device = msm_device_ref (msm_device_host ());
  problem->scale = 2;
  msm_params_set_text (params, "prior", prior_path, NULL);
  msm_params_set_number (params, "steps", N_STEPS, NULL);
  msm_params_set_number (params, "samples", N_SAMPLES, NULL);
  msm_params_set_number (params, "batch", batch, NULL);
  sampler = msm_sampler_new (&klass, problem, params, &error);
  g_assert_no_error (error);
  return sampler;
}

static gboolean
has_output (MsmSampler *sampler, const char *name)
{
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  gsize n = msm_sampler_get_outputs (sampler, outputs);

  for (gsize i = 0; i < n; i++)
    if (g_str_equal (outputs[i].name, name))
      return TRUE;
  return FALSE;
}

/* Samples 5, 6, 7 times the scale of 2: their mean, SD and median, in batches of 2 and 1. */
static void
test_statistics (void)
{
  g_autoptr (MsmSampler) sampler = sampler_new (2);
  g_autoptr (MsmTensor) samples = NULL, median = NULL;
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  MsmStepInfo info;

  g_assert_cmpint (sampler->n_steps, ==, 2 * N_STEPS);
  while (msm_sampler_step (sampler, &info))
    g_assert_cmpint (info.n_steps, ==, 2 * N_STEPS);
  samples = msm_diffusion_get_samples (sampler, NULL);
  median = msm_diffusion_get_quantile (sampler, 0.5, NULL);
  g_assert_cmpuint (msm_tensor_dim (samples, 0), ==, N_SAMPLES);
  for (gsize i = 0; i < N_SAMPLES * N; i++)
    g_assert_cmpfloat (msm_tensor_const_host (samples)[i], ==, 2 * (N_STEPS + i / N));
  g_assert_cmpfloat (msm_tensor_const_host (median)[0], ==, 2 * (N_STEPS + 1));
  msm_sampler_get_outputs (sampler, outputs);
  g_assert_cmpfloat (msm_tensor_const_host (outputs[0].tensor)[0], ==, N_STEPS + 1);
  g_assert_true (has_output (sampler, "uncertainty"));
  /* What a step without masks does not have is not shown. */
  g_assert_false (has_output (sampler, "coverage"));
  g_assert_false (has_output (sampler, "local-1"));
}

/* A branch goes on from where its parent was. */
static void
test_branch (void)
{
  g_autoptr (MsmSampler) parent = sampler_new (3), branch = sampler_new (3);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (MsmTensor) samples = NULL;
  MsmStepInfo info;
  int n = 0;

  msm_sampler_step (parent, &info);
  msm_sampler_step (parent, &info);
  state = msm_sampler_save (parent);
  g_assert_true (msm_sampler_restore (branch, state, NULL));
  while (msm_sampler_step (branch, &info))
    n++;
  g_assert_cmpint (n, ==, N_STEPS - 3);
  samples = msm_diffusion_get_samples (branch, NULL);
  g_assert_cmpfloat (msm_tensor_const_host (samples)[N], ==, 2 * (N_STEPS + 1));
}

int
main (int argc, char **argv)
{
  char *folder = g_dir_make_tmp ("msm-any-step-XXXXXX", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  write_prior (folder);
  g_test_add_func ("/any-step/statistics", test_statistics);
  g_test_add_func ("/any-step/branch", test_branch);
  status = g_test_run ();
  remove_folder (folder);
  g_free (prior_path);
  return status;
}
