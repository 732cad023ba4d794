#include "config.h"

#include <complex.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/baseline/baseline.h"
#include "core/calib/calib.h"
#include "core/io/image-write.h"
#include "core/method/method.h"
#include "core/phantom/phantom.h"
#include "core/phantom/simulate.h"
#include "core/problem/problem-from-scan.h"
#include "core/run/frame.h"
#include "core/sampler/sampler.h"

enum
{
  N_ROWS = 64,
  N_COLUMNS = 60,
  N_PLANE = N_ROWS * N_COLUMNS
};

typedef struct
{
  char *folder, *path;
  MsmTensor *kspace, *sens, *image; /* C64, @n_coils coils */
} Fixture;

/* A scan of fastMRI's layout with @n_coils coils; @mask: [phase] what it sampled, or NULL. */
static void
set_up (Fixture *f, gsize n_coils, MsmTensor *mask)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_phantom_params);
  g_autoptr (GError) error = NULL;
  MsmNamedTensor named[2];

  msm_params_set_number (params, "rows", N_ROWS, NULL);
  msm_params_set_number (params, "columns", N_COLUMNS, NULL);
  msm_params_set_number (params, "coils", n_coils, NULL);
  msm_params_set_number (params, "noise", 1e-3, NULL);
  msm_phantom_kspace (params, &f->kspace, &f->sens, &f->image, &error);
  g_assert_no_error (error);
  f->folder = g_dir_make_tmp ("msm-problem-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "scan.h5", NULL);
  named[0] = (MsmNamedTensor){ "kspace", f->kspace };
  named[1] = (MsmNamedTensor){ "mask", mask };
  g_assert_true (msm_hdf5_write (f->path, named, mask != NULL ? 2 : 1, NULL, NULL));
}

static void
tear_down (Fixture *f)
{
  g_remove (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
  msm_tensor_unref (f->kspace);
  msm_tensor_unref (f->sens);
  msm_tensor_unref (f->image);
}

static MsmProblem *
make_problem (const Fixture *f, const MsmProblemOptions *options, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (MsmScan) scan = msm_scan_open (f->path, NULL, &local);

  g_assert_no_error (local);
  return msm_problem_new_from_scan (scan, options, msm_device_host (), NULL, error);
}

/* Every @every-th line, and those within @centre / 2 of the middle. */
static MsmMask *
lines (gsize every, gsize centre)
{
  MsmMask *mask = msm_mask_new (N_ROWS, N_COLUMNS);

  for (gsize p = 0; p < N_COLUMNS; p++)
    for (gsize r = 0; r < N_ROWS; r++)
      mask->points[r * N_COLUMNS + p] =
          p % every == 0 || (p + centre / 2 >= N_COLUMNS / 2 && p < N_COLUMNS / 2 + centre - centre / 2);
  msm_mask_detect_columns (mask);
  return mask;
}

/* The least |Cᴴ C_true| over the object: 1 when the maps differ by a phase only. */
static double
worst_match (const Fixture *f, MsmTensor *sens)
{
  const float complex *a = msm_tensor_const_data (f->sens), *b = msm_tensor_const_data (sens);
  const float complex *x = msm_tensor_const_data (f->image);
  double worst = 1;

  for (gsize p = 0; p < N_PLANE; p++)
    {
      float complex inner = 0;

      if (cabsf (x[p]) < 0.1)
        continue;
      for (gsize c = 0; c < msm_tensor_dim (sens, 1); c++)
        inner += conjf (a[c * N_PLANE + p]) * b[c * N_PLANE + p];
      worst = MIN (worst, cabsf (inner));
    }
  return worst;
}

static void
test_full (void)
{
  Fixture f;
  MsmProblemOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = NULL;
  const float *y, *z, *reference;

  set_up (&f, 4, NULL);
  problem = make_problem (&f, &options, &error);
  g_assert_no_error (error);
  g_assert_null (problem->note);
  g_assert_true (msm_mask_is_full (problem->mask));
  y = msm_tensor_const_host (problem->kspace);
  z = msm_tensor_const_host (f.kspace);
  /* One multiplication in float. */
  for (gsize i = 0; i < 2 * 4 * N_PLANE; i++)
    g_assert_cmpfloat_with_epsilon (y[i] * problem->scale, z[i], 1e-5 * fabs (z[i]) + 1e-7);
  /* The reference is |x| of the phantom but for the noise: √(Σ|C|²) = 1. Five times its deviation, 1e-3. */
  reference = msm_tensor_const_host (problem->reference);
  for (gsize p = 0; p < N_PLANE; p++)
    {
      double truth = cabsf (((const float complex *) msm_tensor_const_data (f.image))[p]);

      if (truth > 0.1)
        g_assert_cmpfloat_with_epsilon (reference[p] * problem->scale, truth, 7e-3);
    }
  g_assert_cmpfloat (worst_match (&f, problem->sens), >, 0.98);
  tear_down (&f);
}

/* A simulation's reference is the truth of its file, not the noisy images of its k-space. */
static void
test_truth (void)
{
  Fixture f;
  MsmProblemOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = NULL;
  g_autofree float *truth = g_new (float, N_PLANE);
  MsmSimulatedFile file = { .n_slices = 1,
                            .n_coils = 4,
                            .n_readout = N_ROWS,
                            .n_phase = N_COLUMNS,
                            .truth = truth,
                            .description = "phantom",
                            .source = "analytic",
                            .licence = "none",
                            .precision = 23 };

  set_up (&f, 4, NULL);
  for (gsize p = 0; p < N_PLANE; p++)
    truth[p] = (float) p / N_PLANE;
  file.kspace = msm_tensor_const_host (f.kspace);
  g_assert_true (msm_simulated_file_write (&file, f.path, &error));
  problem = make_problem (&f, &options, &error);
  g_assert_no_error (error);
  for (gsize p = 0; p < N_PLANE; p++)
    g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (problem->reference)[p] * problem->scale, truth[p], 1e-6);
  tear_down (&f);
}

/* A scan that sampled half of its lines keeps its mask, a given one is intersected, and it has no reference. */
static void
test_undersampled (void)
{
  Fixture f;
  g_autoptr (MsmMask) own = lines (2, 16), given = lines (3, 12);
  g_autoptr (MsmTensor) column = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape1 (N_COLUMNS), NULL);
  MsmProblemOptions options = { .mask = given };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = NULL;

  for (gsize p = 0; p < N_COLUMNS; p++)
    msm_tensor_host (column)[p] = own->points[p];
  set_up (&f, 4, column);
  problem = make_problem (&f, &options, &error);
  g_assert_no_error (error);
  g_assert_null (problem->reference);
  for (gsize i = 0; i < N_PLANE; i++)
    {
      gboolean both = own->points[i] && given->points[i];
      const float *v = msm_tensor_const_host (problem->kspace) + 2 * i;

      g_assert_cmpint (problem->mask->points[i], ==, both);
      g_assert_true (both || (v[0] == 0 && v[1] == 0));
    }
  tear_down (&f);
}

/*
 * Four lines in the middle, less than ESPIRiT's kernel: maps of low resolution with a note. Their error is that
 * of smooth coils seen through four lines; CG-SENSE must gain on the zero-filled image with them all the same.
 */
static void
test_small_centre (void)
{
  static const char *const methods[] = { "zero-filled", "cg-sense", "rss" };
  Fixture f;
  g_autoptr (MsmMask) mask = lines (2, 4);
  MsmProblemOptions options = { .mask = mask };
  double residual[3] = { 0 };

  set_up (&f, 4, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (GError) error = NULL;
      const MsmSamplerClass *klass = msm_sampler_class_find (methods[i], NULL);
      MsmProblem *problem = make_problem (&f, &options, &error);
      g_autoptr (MsmSampler) sampler = NULL;
      MsmStepInfo info = { 0 };
      gboolean more = TRUE;

      g_assert_no_error (error);
      g_assert_nonnull (problem->note);
      g_assert_cmpfloat (worst_match (&f, problem->sens), >, 0.8);
      sampler = msm_sampler_new (klass, problem, msm_params_new (klass->params), &error);
      g_assert_no_error (error);
      while (more)
        more = msm_sampler_step (sampler, &info);
      residual[i] = info.residual;
    }
  g_assert_cmpfloat (residual[1], <, 0.5 * residual[0]);
  tear_down (&f);
}

static void
test_nothing_sampled (void)
{
  Fixture f;
  g_autoptr (MsmMask) mask = msm_mask_new (N_ROWS, N_COLUMNS);
  g_autoptr (MsmMask) edge = msm_mask_new (N_ROWS, N_COLUMNS);
  MsmProblemOptions none = { .mask = mask }, outside = { .mask = edge };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = NULL;

  mask->origin = g_strdup ("edited");
  set_up (&f, 2, NULL);
  g_assert_null (make_problem (&f, &none, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "mask (edited) is empty"));
  g_clear_error (&error);
  /* A centre that is missing altogether is poor, but no reason to give up. */
  for (gsize r = 0; r < N_ROWS; r++)
    edge->points[r * N_COLUMNS + 2] = 1;
  problem = make_problem (&f, &outside, &error);
  g_assert_no_error (error);
  g_assert_nonnull (problem->note);
  tear_down (&f);
}

/* Of two masks that share no line neither is empty: what is wrong is the second. */
static void
test_disjoint (void)
{
  Fixture f;
  g_autoptr (MsmMask) given = lines (N_COLUMNS, 0);
  g_autoptr (MsmTensor) column = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape1 (N_COLUMNS), NULL);
  MsmProblemOptions options = { .mask = given };
  g_autoptr (GError) error = NULL;

  for (gsize p = 0; p < N_COLUMNS; p++)
    msm_tensor_host (column)[p] = p % 2;
  set_up (&f, 2, column);
  g_assert_null (make_problem (&f, &options, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "samples nothing that was measured"));
  tear_down (&f);
}

static void
test_one_coil (void)
{
  Fixture f;
  g_autoptr (MsmMask) mask = lines (4, 2);
  MsmProblemOptions options = { .mask = mask };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = NULL;

  set_up (&f, 1, NULL);
  problem = make_problem (&f, &options, &error);
  g_assert_no_error (error);
  g_assert_null (problem->note);
  for (gsize p = 0; p < N_PLANE; p++)
    g_assert_true (((const float complex *) msm_tensor_const_data (problem->maps))[p] == 1);
  tear_down (&f);
}

/* The estimate of one method as it is written. (transfer full) */
static MsmFrame *
reconstruct (const Fixture *f, const MsmProblemOptions *options)
{
  MsmStepInfo info = { .step = 1, .n_steps = 1 };
  MsmProblem *problem = make_problem (f, options, NULL);
  g_autoptr (MsmSampler) sampler =
      msm_sampler_new (&msm_zero_filled_class, problem, msm_params_new (msm_zero_filled_class.params), NULL);

  g_assert_nonnull (sampler);
  msm_sampler_step (sampler, &info);
  return msm_frame_new_from_sampler (sampler, &info, NULL);
}

/* Methods see another phase; what is written, and the maps that are kept, are the same. Off, nothing is changed. */
static void
test_smooth_phase (void)
{
  Fixture f;
  g_autoptr (MsmMask) mask = lines (4, 24);
  g_autoptr (MsmParams) off = msm_params_new (msm_coil_map_params);
  MsmProblemOptions with = { .mask = mask }, without = { .mask = mask, .espirit = off };
  g_autoptr (MsmProblem) a = NULL, b = NULL;
  g_autoptr (MsmFrame) x = NULL, y = NULL;
  const float complex *p, *q;
  double missed = 0, power = 0;

  g_assert_true (msm_params_set_number (off, "smooth-phase", 0, NULL));
  set_up (&f, 4, NULL);
  a = make_problem (&f, &with, NULL);
  b = make_problem (&f, &without, NULL);
  g_assert_nonnull (a->phase);
  g_assert_null (b->phase);
  g_assert_cmpmem (msm_tensor_const_data (b->sens), msm_tensor_bytes (b->sens), msm_tensor_const_data (b->maps),
                   msm_tensor_bytes (b->maps));
  g_assert_cmpmem (msm_tensor_const_data (a->maps), msm_tensor_bytes (a->maps), msm_tensor_const_data (b->maps),
                   msm_tensor_bytes (b->maps));
  x = reconstruct (&f, &with);
  y = reconstruct (&f, &without);
  p = msm_tensor_const_data (x->images[0].tensor);
  q = msm_tensor_const_data (y->images[0].tensor);
  for (gsize i = 0; i < N_PLANE; i++)
    {
      missed += pow (cabsf (p[i] - q[i]), 2);
      power += pow (cabsf (q[i]), 2);
    }
  /* Float32 rounding. */
  g_assert_cmpfloat (sqrt (missed / power), <, 1e-5);
  tear_down (&f);
}

/* A method that uses k-space alone has its problem without maps: the same numbers, and nothing estimated. */
static void
test_without_sens (void)
{
  Fixture f;
  g_autoptr (MsmMask) mask = lines (4, 2); /* a centre too small for ESPIRiT, which would be noted */
  MsmProblemOptions with = { .mask = mask }, without = { .mask = mask, .without_sens = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) a = NULL;
  MsmProblem *b;
  MsmSampler *rss;
  MsmStepInfo info;

  set_up (&f, 4, NULL);
  a = make_problem (&f, &with, &error);
  b = make_problem (&f, &without, &error);
  g_assert_no_error (error);
  g_assert_nonnull (a->note);
  g_assert_null (b->note);
  g_assert_nonnull (a->op);
  g_assert_null (b->sens);
  g_assert_null (b->op);
  g_assert_cmpfloat (a->scale, ==, b->scale);
  g_assert_cmpmem (msm_tensor_const_data (a->kspace), msm_tensor_bytes (a->kspace), msm_tensor_const_data (b->kspace),
                   msm_tensor_bytes (b->kspace));
  g_assert_true (msm_rss_class.without_sens);
  rss = msm_sampler_new (&msm_rss_class, b, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (msm_sampler_step (rss, &info));
  msm_sampler_free (rss);
  tear_down (&f);
}

/* A branch keeps its parent's scale, whatever its own mask is. */
static void
test_given_scale (void)
{
  Fixture f;
  g_autoptr (MsmMask) fourth = lines (4, 16), half = lines (2, 16);
  MsmProblemOptions options = { .mask = fourth };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) parent = NULL, branch = NULL;

  set_up (&f, 4, NULL);
  parent = make_problem (&f, &options, &error);
  options.mask = half;
  options.scale = parent->scale;
  branch = make_problem (&f, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (branch->scale, ==, parent->scale);
  /* What both have sampled is the same number in both. */
  for (gsize i = 0; i < msm_tensor_floats (parent->kspace); i++)
    if (msm_tensor_const_host (parent->kspace)[i] != 0)
      g_assert_cmpfloat (msm_tensor_const_host (branch->kspace)[i], ==, msm_tensor_const_host (parent->kspace)[i]);
  tear_down (&f);
}

static void
test_options (void)
{
  Fixture f;
  g_autoptr (MsmMask) small = msm_mask_new (8, 8);
  MsmProblemOptions virtual = { .n_virtual = 2 }, given = { 0 }, misfit = { .mask = small };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmProblem) problem = NULL;
  g_autoptr (MsmProblem) with_maps = NULL;

  set_up (&f, 4, NULL);
  problem = make_problem (&f, &virtual, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (msm_tensor_dim (problem->kspace, 1), ==, 2);
  given.sens = f.sens;
  with_maps = make_problem (&f, &given, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (msm_tensor_const_data (with_maps->maps), msm_tensor_bytes (with_maps->sens),
                   msm_tensor_const_data (f.sens), msm_tensor_bytes (f.sens));
  given.sens = f.image;
  g_assert_null (make_problem (&f, &given, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  small->points[36] = 1;
  g_assert_null (make_problem (&f, &misfit, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  tear_down (&f);
}

/* What one run estimated serves the next, so long as the centre is the same: maps must not depend on the rest at all. */
static void
test_same_centre (void)
{
  Fixture f;
  g_autoptr (MsmMask) every_fourth = lines (4, 16), every_fifth = lines (5, 16);
  MsmProblemOptions first = { .mask = every_fourth }, second = { .mask = every_fifth };
  g_autoptr (MsmProblem) a = NULL, b = NULL;

  set_up (&f, 4, NULL);
  a = make_problem (&f, &first, NULL);
  b = make_problem (&f, &second, NULL);
  g_assert_cmpfloat (a->scale, !=, b->scale);
  g_assert_cmpmem (msm_tensor_const_data (a->sens), msm_tensor_bytes (a->sens), msm_tensor_const_data (b->sens),
                   msm_tensor_bytes (b->sens));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/problem/full", test_full);
  g_test_add_func ("/problem/truth", test_truth);
  g_test_add_func ("/problem/undersampled", test_undersampled);
  g_test_add_func ("/problem/small-centre", test_small_centre);
  g_test_add_func ("/problem/nothing-sampled", test_nothing_sampled);
  g_test_add_func ("/problem/disjoint", test_disjoint);
  g_test_add_func ("/problem/same-centre", test_same_centre);
  g_test_add_func ("/problem/one-coil", test_one_coil);
  g_test_add_func ("/problem/smooth-phase", test_smooth_phase);
  g_test_add_func ("/problem/options", test_options);
  g_test_add_func ("/problem/without-sens", test_without_sens);
  g_test_add_func ("/problem/given-scale", test_given_scale);
  return g_test_run ();
}
