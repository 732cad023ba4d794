#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/image-write.h"
#include "core/method/method.h"
#include "core/phantom/phantom.h"
#include "tests/support/folder.h"

/* Discs in k-space of two coils, and a prior that is sure of their negative. */

#define SIZE  24
#define COILS 2
#define N     (SIZE * SIZE)

static char *bad;

static MsmProblem *
make_problem (MsmTensor **image)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_phantom_params);
  g_autoptr (GError) error = NULL;
  MsmProblem *self = g_new0 (MsmProblem, 1);
  MsmDevice *host = msm_device_host ();

  msm_params_set_number (params, "rows", SIZE, &error);
  msm_params_set_number (params, "columns", SIZE, &error);
  msm_params_set_number (params, "coils", COILS, &error);
  msm_params_set_number (params, "noise", 0.01, &error);
  msm_params_set_text (params, "object", "discs", &error);
  g_assert_no_error (error);
  msm_phantom_kspace (params, &self->kspace, &self->sens, image, &error);
  g_assert_no_error (error);
  self->device = msm_device_ref (host);
  self->mask = msm_mask_new (SIZE, SIZE);
  for (gsize i = 0; i < N; i++)
    {
      gsize column = i % SIZE;

      self->mask->points[i] = column % 3 == 0 || (column >= 10 && column < 14);
      for (gsize c = 0; c < COILS && !self->mask->points[i]; c++)
        memset (msm_tensor_host (self->kspace) + 2 * (c * N + i), 0, 2 * sizeof (float));
    }
  msm_mask_detect_columns (self->mask);
  self->mask_plane = msm_mask_to_tensor (self->mask, host, &error);
  self->scale = 1;
  msm_problem_set_sampling (self, &error);
  g_assert_no_error (error);
  return self;
}

/* N(−image, 1e-4), real parts and then imaginary ones. */
static char *
write_prior (const char *folder)
{
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmProblem) problem = make_problem (&image);
  g_autoptr (MsmTensor) mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (2, SIZE, SIZE), NULL);
  g_autoptr (MsmTensor) cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (2 * N, 2 * N), NULL);
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, "prior.h5", NULL);

  for (gsize i = 0; i < 2 * N; i++)
    {
      msm_tensor_host (mean)[i] = -msm_tensor_const_host (image)[2 * (i % N) + i / N];
      msm_tensor_host (cov)[i * 2 * N + i] = 1e-4f;
    }
  msm_hdf5_write (path, (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, &error);
  g_assert_no_error (error);
  return path;
}

/* @settings: "name=value name=value". */
static MsmSampler *
run (const char *method, const char *settings)
{
  g_autoptr (GError) error = NULL;
  const MsmSamplerClass *klass = msm_sampler_class_find (method, &error);
  MsmParams *params = msm_params_new (klass->params);
  g_auto (GStrv) words = g_strsplit (settings, " ", -1);
  MsmSampler *sampler;
  MsmStepInfo info;
  int n = 1;

  for (char **word = words; *word != NULL; word++)
    {
      g_auto (GStrv) parts = g_strsplit (*word, "=", 2);

      msm_params_set_text (params, parts[0], parts[1], &error);
      g_assert_no_error (error);
    }
  sampler = msm_sampler_new (klass, make_problem (NULL), params, &error);
  g_assert_no_error (error);
  while (msm_sampler_step (sampler, &info))
    n++;
  g_assert_null (info.failure);
  g_assert_cmpint (n, ==, info.n_steps);
  return sampler;
}

static MsmTensor *
output (MsmSampler *sampler, const char *name)
{
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  gsize n = msm_sampler_get_outputs (sampler, outputs);

  for (gsize i = 0; i < n; i++)
    if (strcmp (outputs[i].name, name) == 0)
      return outputs[i].tensor;
  g_assert_not_reached ();
}

static double
distance (MsmTensor *a, MsmTensor *b)
{
  const float *x = msm_tensor_const_host (a), *y = msm_tensor_const_host (b);
  double sum = 0, all = 0;

  for (gsize i = 0; i < 2 * N; i++)
    {
      sum += (double) (x[i] - y[i]) * (x[i] - y[i]);
      all += (double) y[i] * y[i];
    }
  return sqrt (sum / all);
}

/* All trust is the prior's image, none is L1-wavelet. */
static void
test_limits (void)
{
  g_autofree char *all = g_strdup_printf ("prior=%s steps=4 trust=1000 lambda=0", bad);
  g_autofree char *none = g_strdup_printf ("prior=%s steps=4 trust=0 lambda=0.01 iterations=300", bad);
  g_autoptr (MsmSampler) trusting = run ("msm-wavelet", all);
  g_autoptr (MsmSampler) sparse = run ("msm-wavelet", none);
  g_autoptr (MsmSampler) l1 = run ("l1-wavelet", "lambda=0.01 iterations=300");

  g_assert_cmpfloat (distance (output (trusting, "estimate"), output (trusting, "prior-image")), <, 3e-3);
  g_assert_cmpfloat (distance (output (sparse, "estimate"), output (l1, "estimate")), <, 1e-2);
  /* So that both mean something. */
  g_assert_cmpfloat (distance (output (trusting, "estimate"), output (sparse, "estimate")), >, 0.05);
}

/* Held-back lines find out that a prior is wrong. */
static void
test_choice (void)
{
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmProblem) problem = make_problem (&image);
  g_autofree char *settings = g_strdup_printf ("prior=%s steps=4", bad);
  g_autoptr (MsmSampler) misleads = run ("msm-wavelet", settings);
  g_autoptr (MsmSampler) l1 = run ("l1-wavelet", "lambda=0.001");
  double sparsity = distance (output (l1, "estimate"), image);

  g_assert_cmpfloat (distance (output (misleads, "prior-image"), image), >, 1.5 * sparsity);
  g_assert_cmpfloat (distance (output (misleads, "estimate"), image), <, 1.1 * sparsity);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;
  MsmProblem *problem = make_problem (NULL);
  const MsmSamplerClass *klass = msm_sampler_class_find ("msm-wavelet", NULL);

  g_clear_pointer (&problem->kspace, msm_tensor_unref);
  g_assert_null (msm_sampler_new (klass, problem, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
}

int
main (int argc, char *argv[])
{
  int result;
  char *folder;

  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1);
  folder = g_dir_make_tmp ("msm-wavelet-XXXXXX", NULL);
  bad = write_prior (folder);
  g_test_add_func ("/msm-wavelet/limits", test_limits);
  g_test_add_func ("/msm-wavelet/choice", test_choice);
  g_test_add_func ("/msm-wavelet/refused", test_refused);
  result = g_test_run ();
  remove_folder (folder);
  return result;
}
