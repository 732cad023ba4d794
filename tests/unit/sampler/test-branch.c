#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/image-write.h"
#include "core/sampler/sampler-diffusion.h"
#include "tests/support/folder.h"

enum
{
  SIZE = 8,
  N = SIZE * SIZE,
  N_STEPS = 20,
  BRANCHED_AT = 7
};

static char *prior_path;

/* A smooth Gaussian prior in closed form. */
static void
write_prior (const char *folder)
{
  g_autoptr (MsmTensor) mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (1, SIZE, SIZE), NULL);
  g_autoptr (MsmTensor) cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (N, N), NULL);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < N; i++)
    {
      msm_tensor_host (mean)[i] = 0.5f;
      for (int j = 0; j < N; j++)
        {
          double d = hypot (i / SIZE - j / SIZE, i % SIZE - j % SIZE);

          msm_tensor_host (cov)[i * N + j] = (float) (0.09 * exp (-d * d / 8) + (i == j ? 0.001 : 0));
        }
    }
  prior_path = g_build_filename (folder, "prior.h5", NULL);
  msm_hdf5_write (prior_path, (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, &error);
  g_assert_no_error (error);
}

static MsmSampler *
sampler_new (int seed, int steps, const char *update)
{
  MsmParams *params = msm_params_new (msm_uncond_class.params);
  MsmProblem *problem = g_new0 (MsmProblem, 1);
  g_autoptr (GError) error = NULL;
  MsmSampler *sampler;

  problem->device = msm_device_ref (msm_device_host ());
  problem->scale = 1;
  msm_params_set_text (params, "prior", prior_path, NULL);
  msm_params_set_number (params, "steps", steps, NULL);
  msm_params_set_number (params, "seed", seed, NULL);
  msm_params_set_number (params, "partials", 2, NULL);
  msm_params_set_text (params, "update", update, NULL);
  sampler = msm_sampler_new (&msm_uncond_class, problem, params, &error);
  g_assert_no_error (error);
  return sampler;
}

/* The estimate after all the steps that are left. */
static void
finish (MsmSampler *sampler, float *estimate)
{
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  MsmStepInfo info;

  while (msm_sampler_step (sampler, &info))
    ;
  g_assert_cmpint (info.step, ==, N_STEPS);
  msm_sampler_get_outputs (sampler, outputs);
  msm_tensor_download (outputs[0].tensor, estimate);
}

/* With nothing changed a branch repeats its parent bit for bit; with another seed it goes elsewhere. */
static void
test_branch (gconstpointer update)
{
  g_autoptr (MsmSampler) parent = sampler_new (1, N_STEPS, update);
  g_autoptr (MsmSampler) same = sampler_new (1, N_STEPS, update);
  g_autoptr (MsmSampler) other = sampler_new (2, N_STEPS, update);
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) error = NULL;
  float expected[N], repeated[N], different[N];
  MsmStepInfo info;

  for (int i = 0; i < BRANCHED_AT; i++)
    msm_sampler_step (parent, &info);
  state = msm_sampler_save (parent);
  g_assert_nonnull (state);
  finish (parent, expected);
  g_assert_true (msm_sampler_restore (same, state, &error));
  g_assert_no_error (error);
  msm_sampler_step (same, &info);
  g_assert_cmpint (info.step, ==, BRANCHED_AT + 1);
  finish (same, repeated);
  g_assert_cmpmem (expected, sizeof expected, repeated, sizeof repeated);
  g_assert_true (msm_sampler_restore (other, state, &error));
  finish (other, different);
  g_assert_true (memcmp (expected, different, sizeof expected) != 0);
  for (int i = 0; i < N; i++)
    g_assert_true (isfinite (different[i]));
  /* At the end there is nothing to go on from. */
  g_assert_null (msm_sampler_save (parent));
}

/* By another rule: one that has use for a step before, which a parent of another rule did not keep, and the reverse. */
static void
test_other_rule (void)
{
  static const char *const rules[] = { "ddim", "exponential" };

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (MsmSampler) parent = sampler_new (1, N_STEPS, rules[i]);
      g_autoptr (MsmSampler) other = sampler_new (1, N_STEPS, rules[1 - i]);
      g_autoptr (GBytes) state = NULL;
      g_autoptr (GError) error = NULL;
      float estimate[N];
      MsmStepInfo info;

      for (int k = 0; k < BRANCHED_AT; k++)
        msm_sampler_step (parent, &info);
      state = msm_sampler_save (parent);
      g_assert_true (msm_sampler_restore (other, state, &error));
      finish (other, estimate);
      for (int k = 0; k < N; k++)
        g_assert_true (isfinite (estimate[k]));
    }
}

static void
test_refused (void)
{
  g_autoptr (MsmSampler) parent = sampler_new (1, N_STEPS, "auto");
  g_autoptr (MsmSampler) longer = sampler_new (1, 50, "auto");
  g_autoptr (GBytes) state = msm_sampler_save (parent);
  g_autoptr (GBytes) broken = g_bytes_new_static ("msmstate", 8);
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_sampler_restore (longer, state, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "20 steps"));
  g_clear_error (&error);
  g_assert_false (msm_sampler_restore (parent, broken, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  /* In units of another scale z means something else. */
  g_assert_cmpfloat (msm_sampler_state_scale (&msm_uncond_class, state), ==, 1);
  g_assert_cmpfloat (msm_sampler_state_scale (&msm_uncond_class, broken), ==, 0);
  g_assert_cmpfloat (msm_sampler_state_scale (&msm_uncond_class, NULL), ==, 0);
  parent->problem->scale = 2;
  g_assert_false (msm_sampler_restore (parent, state, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "scale"));
}

int
main (int argc, char **argv)
{
  char *folder = g_dir_make_tmp ("msm-branch-XXXXXX", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  write_prior (folder);
  g_test_add_data_func ("/sampler/branch", "auto", test_branch);
  g_test_add_data_func ("/sampler/branch-second-order", "exponential", test_branch);
  g_test_add_func ("/sampler/branch-other-rule", test_other_rule);
  g_test_add_func ("/sampler/branch-refused", test_refused);
  status = g_test_run ();
  remove_folder (folder);
  g_free (prior_path);
  return status;
}
