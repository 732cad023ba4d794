#include "config.h"

/*
 * Comparison with BART, process against process (not a test; scripts call it):
 *   bench-bart prepare SCAN ACCEL PREFIX      writes PREFIX-ksp (scaled, undersampled) and PREFIX-sens
 *   bench-bart espirit KSP OUT
 *   bench-bart METHOD KSP SENS OUT ITERATIONS LAMBDA [PARAMETER=VALUE…]
 *   bench-bart gradient KSP SENS IMAGE STEP OUT   x + step Aᴴ (y − A x): what BART's FISTA returns of a
 *                                             solution x, since it ends with this step and not with shrinking
 *   bench-bart compare A B                    ‖s a − b‖/‖b‖ with the best complex s
 *   bench-bart compare-maps A B               per pixel phase, where both have maps
 */

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/calib/calib.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "core/method/method.h"
#include "core/problem/problem-from-scan.h"
#include "core/sampler/sampler.h"

static MsmTensor *
read_cfl (const char *path)
{
  g_autoptr (GError) error = NULL;
  MsmTensor *tensor = msm_cfl_read (path, &error);

  if (tensor == NULL)
    {
      g_printerr ("%s\n", error->message);
      exit (1);
    }
  return tensor;
}

static MsmMask *
mask_of (MsmTensor *kspace)
{
  gsize n_coil = msm_tensor_dim (kspace, 1), n_rows = msm_tensor_dim (kspace, 2);
  gsize n_columns = msm_tensor_dim (kspace, 3), n = n_rows * n_columns;
  const float complex *y = msm_tensor_const_data (kspace);
  MsmMask *mask = msm_mask_new (n_rows, n_columns);

  for (gsize c = 0; c < n_coil; c++)
    for (gsize p = 0; p < n; p++)
      if (y[c * n + p] != 0)
        mask->points[p] = 1;
  return mask;
}

static gboolean
prepare (char **argv, GError **error)
{
  g_autoptr (MsmScan) scan = msm_scan_open (argv[0], NULL, error);
  MsmProblemOptions options = { 0 };
  g_autoptr (MsmProblem) problem = NULL;
  g_autofree char *ksp = g_strconcat (argv[2], "-ksp.cfl", NULL);
  g_autofree char *sens = g_strconcat (argv[2], "-sens.cfl", NULL);

  if (scan == NULL)
    return FALSE;
  if (atof (argv[1]) > 1)
    {
      const MsmMaskPattern *pattern = msm_mask_pattern_find ("random", error);
      g_autoptr (MsmParams) params = msm_params_new (pattern->params);

      msm_params_set_text (params, "accel", argv[1], NULL);
      msm_params_set_text (params, "acs", "24", NULL);
      options.mask = pattern->generate (params, scan->n_readout, scan->n_phase, error);
    }
  problem = msm_problem_new_from_scan (scan, &options, msm_device_host (), NULL, error);
  return problem != NULL && msm_cfl_write (ksp, problem->kspace, NULL, error)
         && msm_cfl_write (sens, problem->sens, NULL, error);
}

static gboolean
espirit (char **argv, GError **error)
{
  g_autoptr (MsmTensor) kspace = read_cfl (argv[0]);
  g_autoptr (MsmMask) mask = mask_of (kspace);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (MsmTensor) sens = msm_espirit_estimate (kspace, mask, NULL, NULL, error);

  printf ("espirit %.1f ms in process\n", (g_get_monotonic_time () - start) / 1000.0);
  return sens != NULL && msm_cfl_write (argv[1], sens, NULL, error);
}

/* (transfer full): M F C x = y of two files */
static MsmProblem *
load_problem (const char *kspace, const char *sens, GError **error)
{
  g_autoptr (MsmProblem) problem = g_new0 (MsmProblem, 1);

  problem->device = msm_device_ref (msm_device_host ());
  problem->kspace = read_cfl (kspace);
  problem->sens = read_cfl (sens);
  problem->mask = mask_of (problem->kspace);
  problem->mask_plane = msm_mask_to_tensor (problem->mask, problem->device, error);
  problem->scale = 1;
  return problem->mask_plane != NULL && msm_problem_set_sampling (problem, error) ? g_steal_pointer (&problem) : NULL;
}

static gboolean
gradient (char **argv, GError **error)
{
  g_autoptr (MsmProblem) problem = load_problem (argv[0], argv[1], error);
  g_autoptr (MsmTensor) image = read_cfl (argv[2]);
  g_autoptr (MsmTensor) residual = NULL, step = NULL;
  const MsmVectorOps *vector;
  MsmDeviceState *state;

  if (problem == NULL)
    return FALSE;
  residual = msm_tensor_new_like (problem->y, error);
  step = msm_tensor_new_like (image, error);
  vector = msm_device_ops (problem->device)->vector;
  state = msm_device_state (problem->device);
  msm_linop_forward (problem->op, image, residual);
  vector->lincomb (state, msm_tensor_data (residual), 1, msm_tensor_const_data (problem->y), -1,
                   msm_tensor_const_data (residual), 2 * msm_tensor_size (residual));
  msm_linop_adjoint (problem->op, residual, step);
  vector->axpy (state, msm_tensor_data (image), (float) atof (argv[3]), msm_tensor_const_data (step),
                2 * msm_tensor_size (image));
  return msm_cfl_write (argv[4], image, NULL, error);
}

static gboolean
reconstruct (const char *method, char **argv, GError **error)
{
  const MsmSamplerClass *klass = msm_sampler_class_find (method, error);
  MsmProblem *problem;
  g_autoptr (MsmSampler) sampler = NULL;
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  MsmParams *params;
  MsmStepInfo info;
  gint64 start, ready;

  if (klass == NULL)
    return FALSE;
  params = msm_params_new (klass->params);
  msm_params_set_text (params, "iterations", argv[3], NULL);
  msm_params_set_text (params, "lambda", argv[4], NULL);
  for (char **setting = argv + 5; *setting != NULL; setting++)
    {
      g_auto (GStrv) pair = g_strsplit (*setting, "=", 2);

      if (pair[1] == NULL || !msm_params_set_text (params, pair[0], pair[1], error))
        {
          msm_params_free (params);
          return FALSE;
        }
    }
  problem = load_problem (argv[0], argv[1], error);
  if (problem == NULL)
    {
      msm_params_free (params);
      return FALSE;
    }
  start = g_get_monotonic_time ();
  sampler = msm_sampler_new (klass, problem, params, error);
  if (sampler == NULL)
    return FALSE;
  ready = g_get_monotonic_time ();
  while (msm_sampler_step (sampler, &info))
    ;
  printf ("%s prepare %.1f ms, %d steps %.1f ms, residual %.5f cost %.6g\n", method, (ready - start) / 1000.0,
          info.n_steps, (g_get_monotonic_time () - ready) / 1000.0, info.residual, info.cost);
  msm_sampler_get_outputs (sampler, outputs);
  return msm_cfl_write (argv[2], outputs[0].tensor, NULL, error);
}

static void
compare (char **argv)
{
  g_autoptr (MsmTensor) a = read_cfl (argv[0]);
  g_autoptr (MsmTensor) b = read_cfl (argv[1]);
  const float complex *x = msm_tensor_const_data (a), *y = msm_tensor_const_data (b);
  double complex inner = 0;
  double xx = 0, yy = 0;

  for (gsize i = 0; i < MIN (msm_tensor_size (a), msm_tensor_size (b)); i++)
    {
      inner += conj ((double complex) x[i]) * y[i];
      xx += creal (x[i] * conj ((double complex) x[i]));
      yy += creal (y[i] * conj ((double complex) y[i]));
    }
  printf ("NRMSE %.4f %% (scale %.4f)\n", 100 * sqrt (fmax (0, 1 - cabs (inner) * cabs (inner) / (xx * yy))),
          cabs (inner) / xx);
}

static void
compare_maps (char **argv)
{
  g_autoptr (MsmTensor) a = read_cfl (argv[0]);
  g_autoptr (MsmTensor) b = read_cfl (argv[1]);
  const float complex *x = msm_tensor_const_data (a), *y = msm_tensor_const_data (b);
  gsize n_coil = msm_tensor_dim (a, 1), n = msm_tensor_dim (a, 2) * msm_tensor_dim (a, 3);
  double error = 0, plain = 0, all = 0;
  gsize both = 0, only_a = 0, only_b = 0;

  for (gsize p = 0; p < n; p++)
    {
      double complex inner = 0;
      double xx = 0, yy = 0, direct = 0;

      for (gsize c = 0; c < n_coil; c++)
        {
          double complex u = x[c * n + p], v = y[c * n + p];

          inner += conj (u) * v;
          xx += creal (u * conj (u));
          yy += creal (v * conj (v));
          direct += creal ((u - v) * conj (u - v));
        }
      only_a += xx > 0 && yy == 0;
      only_b += xx == 0 && yy > 0;
      if (xx == 0 || yy == 0)
        continue;
      both++;
      error += xx + yy - 2 * cabs (inner);
      plain += direct;
      all += yy;
    }
  printf ("maps NRMSE %.3f %% with a phase per pixel, %.3f %% as they are; pixels both %zu, only a %zu, only b "
          "%zu\n",
          100 * sqrt (error / all), 100 * sqrt (plain / all), both, only_a, only_b);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  if (argc == 5 && strcmp (argv[1], "prepare") == 0)
    ok = prepare (argv + 2, &error);
  else if (argc == 4 && strcmp (argv[1], "espirit") == 0)
    ok = espirit (argv + 2, &error);
  else if (argc == 7 && strcmp (argv[1], "gradient") == 0)
    ok = gradient (argv + 2, &error);
  else if (argc == 4 && strcmp (argv[1], "compare") == 0)
    compare (argv + 2);
  else if (argc == 4 && strcmp (argv[1], "compare-maps") == 0)
    compare_maps (argv + 2);
  else if (argc >= 7)
    ok = reconstruct (argv[1], argv + 2, &error);
  else
    return 2;
  if (!ok)
    g_printerr ("%s\n", error->message);
  return ok ? 0 : 1;
}
