#include "config.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/device/device.h"
#include "core/diffusion/denoiser-gauss.h"
#include "core/io/image-write.h"
#include "tests/support/folder.h"

/* Closed-form priors in files: what is taken, and what is said of those that are none. */

enum
{
  N = 2 * 3 * 3
};

static char *folder;

/* (transfer full): of @shape, filled with @value, and with @diagonal where the last two indices agree */
static MsmTensor *
tensor (MsmShape shape, float value, float diagonal)
{
  MsmTensor *self = msm_tensor_new (msm_device_host (), MSM_F32, shape, NULL);
  gsize n = shape.dim[shape.rank - 1];

  for (gsize i = 0; i < msm_tensor_size (self); i++)
    msm_tensor_host (self)[i] = shape.rank > 1 && i / n % n == i % n ? diagonal : value;
  return self;
}

/* What is said of a file with these tensors, which it takes; NULL when it is a prior. (transfer full) */
static char *
refusal (const char *first, MsmTensor *a, const char *second, MsmTensor *b, const char *third, MsmTensor *c)
{
  g_autofree char *path = g_build_filename (folder, "prior.h5", NULL);
  MsmNamedTensor tensors[] = { { first, a }, { second, b }, { third, c } };
  g_autoptr (GError) error = NULL;
  MsmDenoiser *denoiser;

  g_assert_true (msm_hdf5_write (path, tensors, c != NULL ? 3 : 2, NULL, &error));
  g_assert_no_error (error);
  denoiser = msm_denoiser_gauss_open (msm_device_host (), path, &error);
  msm_tensor_unref (a);
  msm_tensor_unref (b);
  g_clear_pointer (&c, msm_tensor_unref);
  if (denoiser == NULL)
    return g_strdup (error->message);
  msm_denoiser_free (denoiser);
  return NULL;
}

static void
says (char *message_take, const char *words)
{
  g_autofree char *message = message_take;

  g_assert_nonnull (message);
  g_assert_nonnull (strstr (message, "prior.h5"));
  if (strstr (message, words) == NULL)
    g_error ("expected “%s”, found: %s", words, message);
}

static void
test_gaussian (void)
{
  MsmShape mean = msm_shape3 (2, 3, 3), cov = msm_shape2 (N, N);
  MsmTensor *broken = tensor (cov, 0, 1), *skew = tensor (cov, 0, 1);

  g_assert_null (refusal ("mean", tensor (mean, 0, 0), "cov", tensor (cov, 0, 1), NULL, NULL));
  says (refusal ("mean", tensor (msm_shape2 (3, 3), 0, 0), "cov", tensor (cov, 0, 1), NULL, NULL),
        "has 2 axes, expected 3");
  says (refusal ("mean", tensor (mean, 0, 0), "cov", tensor (msm_shape3 (1, N, N), 0, 1), NULL, NULL), "has 3 axes");
  says (refusal ("mean", tensor (mean, 0, 0), "cov", tensor (msm_shape2 (N, 5), 0, 1), NULL, NULL), "18 × 5");
  says (refusal ("mean", tensor (mean, NAN, NAN), "cov", tensor (cov, 0, 1), NULL, NULL), "the mean holds NaN");
  says (refusal ("mean", tensor (mean, 0, 0), "cov", tensor (cov, 0, -1), NULL, NULL), "semi-definite");
  msm_tensor_host (broken)[2 * N + 2] = INFINITY;
  says (refusal ("mean", tensor (mean, 0, 0), "cov", broken, NULL, NULL), "NaN or infinity at [2, 2]");
  msm_tensor_host (skew)[2 * N + 3] = 0.5f;
  says (refusal ("mean", tensor (mean, 0, 0), "cov", skew, NULL, NULL), "not symmetric: [2, 3] is 0.5");
  says (refusal ("mean", tensor (mean, 0, 0), "cow", tensor (cov, 0, 1), NULL, NULL), "‘cov’");
  says (refusal ("mien", tensor (mean, 0, 0), "cov", tensor (cov, 0, 1), NULL, NULL), "no prior");
  says (
      refusal ("mean", msm_tensor_new (msm_device_host (), MSM_C64, mean, NULL), "cov", tensor (cov, 0, 1), NULL, NULL),
      "no real numbers");
}

static void
test_mixture (void)
{
  MsmShape one = msm_shape1 (1), two = msm_shape1 (2), means = msm_shape4 (2, 2, 3, 3), covs = msm_shape3 (2, N, N);

  g_assert_null (
      refusal ("weights", tensor (two, 0.5f, 0), "means", tensor (means, 0, 0), "covs", tensor (covs, 0, 1)));
  says (refusal ("weights", tensor (one, 1, 0), "means", tensor (means, 0, 0), "covs", tensor (covs, 0, 1)),
        "1 weights need as many means and covariances; found 2 and 2");
  says (refusal ("weights", tensor (two, 0, 0), "means", tensor (means, 0, 0), "covs", tensor (covs, 0, 1)),
        "expected a positive number");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-gauss-XXXXXX", NULL);
  g_test_add_func ("/diffusion/gauss-open/gaussian", test_gaussian);
  g_test_add_func ("/diffusion/gauss-open/mixture", test_mixture);
  status = g_test_run ();
  remove_folder (folder);
  return status;
}
