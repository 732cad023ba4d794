#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/image-write.h"
#include "core/sampler/msm-step.h"
#include "core/sampler/sampler-diffusion.h"
#include "tests/support/folder.h"

/*
 * How dense the partial masks are where the user leaves it open: as in the prior's training, but at most R = 2 beside a
 * proximal step, for sampled k-space and a prior that brings a spectrum (Wiener's image). The masks that a prepared
 * sampler draws must be, point by point, those of the acceleration that is expected, with the same seed.
 */

enum
{
  ROWS = 2,
  COLUMNS = 24,
  N = 2 * ROWS * COLUMNS,
  N_DRAWS = 6
};

typedef struct
{
  double trained; /* the prior's; 0: not known */
  gboolean is_white;
  const char *likelihood;
  double given; /* --masks-accel; 0: left open */
  double expected;
} Case;

static char *prior_path;
static const Case *the_case; /* of the sampler that is being prepared */

/* Independent pixels: what the prior says is of no matter here. */
static void
write_prior (const char *folder)
{
  g_autoptr (MsmTensor) mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (2, ROWS, COLUMNS), NULL);
  g_autoptr (MsmTensor) cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (N, N), NULL);

  memset (msm_tensor_host (mean), 0, msm_tensor_bytes (mean));
  for (int i = 0; i < N * N; i++)
    msm_tensor_host (cov)[i] = i % (N + 1) == 0;
  prior_path = g_build_filename (folder, "prior.h5", NULL);
  g_assert_true (msm_hdf5_write (prior_path, (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, NULL));
}

/* As the posterior prepares, with a prior that tells of its training and its spectrum. */
static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;

  if (!msm_diffusion_open_prior (self, error) || !msm_diffusion_take_size (self, error))
    return FALSE;
  if (!the_case->is_white)
    for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
      self->denoiser->spectrum.power[i] = pow (0.5, i);
  if (the_case->trained > 0)
    self->denoiser->masks = (MsmTrainedMasks){ COLUMNS, { MSM_MASK_COVER_RANDOM, the_case->trained, 4, 4, 0.4 } };
  return msm_diffusion_prepare (self, error);
}

static MsmProblem *
make_problem (void)
{
  MsmDevice *host = msm_device_host ();
  MsmProblem *problem = g_new0 (MsmProblem, 1);

  problem->device = msm_device_ref (host);
  problem->scale = 1;
  problem->noise_std = 0.01;
  problem->sens = msm_tensor_new (host, MSM_C64, msm_shape4 (1, 1, ROWS, COLUMNS), NULL);
  problem->kspace = msm_tensor_new_like (problem->sens, NULL);
  problem->mask_plane = msm_tensor_new (host, MSM_F32, msm_shape2 (ROWS, COLUMNS), NULL);
  for (int i = 0; i < ROWS * COLUMNS; i++)
    {
      msm_tensor_host (problem->sens)[2 * i] = 1;
      msm_tensor_host (problem->mask_plane)[i] = i % 2 == 0;
      msm_tensor_host (problem->kspace)[2 * i] = i % 2 == 0;
    }
  g_assert_true (msm_problem_set_sampling (problem, NULL));
  return problem;
}

static void
draw (MsmMaskCover *cover, float masks[N_DRAWS][ROWS * COLUMNS])
{
  for (int i = 0; i < N_DRAWS; i++)
    msm_mask_cover_draw (cover, masks[i]);
}

static void
test_density (gconstpointer data)
{
  const Case *c = data;
  MsmSamplerClass klass = msm_posterior_class;
  MsmParams *params = msm_params_new (klass.params);
  const MsmMaskCoverOptions options = { MSM_MASK_COVER_RANDOM, c->expected, 4, 4, 0.4 };
  g_autoptr (MsmSampler) sampler = NULL;
  g_autoptr (GError) error = NULL;
  float drawn[N_DRAWS][ROWS * COLUMNS], expected[N_DRAWS][ROWS * COLUMNS];
  MsmMaskCover *cover = msm_mask_cover_new (&options, ROWS, COLUMNS, 3, 0, &error);

  g_assert_no_error (error);
  the_case = c;
  klass.prepare = prepare;
  g_assert_true (msm_params_set_text (params, "prior", prior_path, NULL));
  g_assert_true (msm_params_set_text (params, "likelihood", c->likelihood, NULL));
  if (c->given > 0)
    msm_params_set_number (params, "masks-accel", c->given, NULL);
  msm_params_set_number (params, "masks-acs", 4, NULL);
  msm_params_set_number (params, "seed", 3, NULL);
  sampler = msm_sampler_new (&klass, make_problem (), params, &error);
  g_assert_no_error (error);
  draw (((MsmStep *) ((MsmDiffusion *) sampler)->step)->covers[0], drawn);
  draw (cover, expected);
  g_assert_cmpmem (drawn, sizeof drawn, expected, sizeof expected);
  msm_mask_cover_free (cover);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    Case values;
  } cases[] = {
    { "proximal", { 4, FALSE, "proximal", 0, 2 } },         { "auto", { 4, FALSE, "auto", 0, 2 } },
    { "trained-denser", { 1.2, FALSE, "proximal", 0, 2 } }, { "untrained", { 0, FALSE, "proximal", 0, 2 } },
    { "gradient", { 3, FALSE, "gradient", 0, 3 } },         { "white", { 3, TRUE, "proximal", 0, 3 } },
    { "white-untrained", { 0, TRUE, "proximal", 0, 4 } },   { "given", { 3, FALSE, "proximal", 1.5, 1.5 } },
  };
  char *folder = g_dir_make_tmp ("msm-masks-XXXXXX", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  write_prior (folder);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/sampler/partial-masks/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i].values, test_density);
    }
  status = g_test_run ();
  remove_folder (folder);
  g_free (prior_path);
  return status;
}
