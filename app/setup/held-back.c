#include "config.h"

#include "app/setup/held-back.h"

#include <complex.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/setup/setup-prepare.h"
#include "core/base/error.h"
#include "core/baseline/baseline.h"
#include "core/mask/mask-hold-back.h"
#include "core/tensor/tensor-math.h"

/* Which lines are held back, for ever the same. */
#define SEED 1

/* F C x of the sampler's estimate, in true values, on the host. (transfer full) */
static MsmTensor *
predict (MsmSampler *sampler, GError **error)
{
  MsmProblem *problem = sampler->problem;
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  g_autoptr (MsmLinop) op = msm_linop_sense_new (problem->device, 1, problem->sens, NULL, error);
  g_autoptr (MsmTensor) kspace = op != NULL ? msm_tensor_new_like (problem->kspace, error) : NULL;
  g_autoptr (MsmTensor) host = NULL;

  if (kspace == NULL)
    return NULL;
  msm_sampler_get_outputs (sampler, outputs);
  msm_linop_forward (op, outputs[0].tensor, kspace);
  msm_tensor_lincomb (kspace, problem->scale, kspace, 0, kspace);
  host = msm_tensor_to (kspace, msm_device_host (), error);
  return g_steal_pointer (&host);
}

/* What @method makes of the points of @given predicts for all of k-space. (transfer full) */
static MsmTensor *
run (const MsmSetup *setup, const MsmSamplerClass *method, MsmMask *given, MsmTensor *maps, MsmScan *scan,
     MsmDevice *device, GError **error)
{
  g_autoptr (MsmSetup) own = msm_setup_copy (setup);
  MsmPrepareOptions options = { .scan = scan, .device = device };
  g_autoptr (MsmSampler) sampler = NULL;
  MsmStepInfo info = { 0 };

  g_clear_pointer (&own->mask, msm_mask_unref);
  own->mask = msm_mask_ref (given);
  g_clear_pointer (&own->sens, msm_tensor_unref);
  own->sens = msm_tensor_ref (maps);
  if (method != own->method)
    {
      msm_params_free (own->params);
      own->method = method;
      own->params = msm_params_new (method->params);
    }
  if (method->host_only && !msm_device_is_host (device))
    {
      g_free (own->device);
      own->device = g_strdup ("auto");
      options.device = NULL;
    }
  sampler = msm_setup_prepare (own, &options, error);
  if (sampler == NULL)
    return NULL;
  while (msm_sampler_step (sampler, &info) && info.failure == NULL)
    ;
  if (!msm_device_check (sampler->problem->device, error))
    return NULL;
  if (info.failure != NULL)
    {
      g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, info.failure);
      return NULL;
    }
  return predict (sampler, error);
}

/* Both residuals, and argmin_w ‖P_h (y − w a − (1 − w) b)‖ over 0 … 1. */
static gboolean
compare (const MsmProblem *whole, const MsmMask *held, MsmTensor *a, MsmTensor *b, MsmHeldBack *result, GError **error)
{
  g_autoptr (MsmTensor) kspace = msm_tensor_to (whole->kspace, msm_device_host (), error);
  gsize n_plane = held->n_readout * held->n_phase;
  const float complex *y, *p, *q;
  double yy = 0, pp = 0, qq = 0, dd = 0, de = 0;

  if (kspace == NULL)
    return FALSE;
  y = msm_tensor_const_data (kspace);
  p = msm_tensor_const_data (a);
  q = msm_tensor_const_data (b);
  for (gsize i = 0; i < msm_tensor_size (kspace); i++)
    {
      double complex value = whole->scale * y[i], e = value - q[i], d = (double complex) p[i] - q[i];

      if (!held->points[i % n_plane])
        continue;
      yy += creal (value * conj (value));
      pp += creal ((value - p[i]) * conj (value - p[i]));
      qq += creal (e * conj (e));
      dd += creal (d * conj (d));
      de += creal (e * conj (d));
    }
  result->residual = yy > 0 ? sqrt (pp / yy) : NAN;
  result->classical = yy > 0 ? sqrt (qq / yy) : NAN;
  result->weight = dd > 0 ? CLAMP (de / dd, 0, 1) : 1;
  return TRUE;
}

gboolean
msm_held_back_check (const MsmSetup *setup, MsmScan *scan, MsmDevice *device, const MsmProblem *whole, double part,
                     MsmHeldBack *result, GError **error)
{
  g_autoptr (MsmMask) given = NULL, held = NULL;
  g_autoptr (MsmTensor) a = NULL, b = NULL;

  if (whole->kspace == NULL || whole->maps == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("lines are held back of sampled k-space, for a method with coil maps"));
      return FALSE;
    }
  if (!msm_mask_hold_back (whole->mask, part, SEED, &given, &held, error)
      || (a = run (setup, setup->method, given, whole->maps, scan, device, error)) == NULL
      || (b = run (setup, &msm_l1_wavelet_class, given, whole->maps, scan, device, error)) == NULL)
    return FALSE;
  result->are_lines = held->is_columns;
  result->n_points = msm_mask_count (held) / (held->is_columns ? held->n_readout : 1);
  return compare (whole, held, a, b, result, error);
}
