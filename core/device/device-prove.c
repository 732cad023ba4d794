#include "config.h"

#include "core/device/device-prove.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

/* Floats of every array. */
#define N 16384

/* What is compared: @out holds zeros before and at most N floats after. */
typedef void (*ProveFunc) (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4]);

static void
run_noise (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4])
{
  ops->vector->random_normal (state, out, N - 1, 17, 3, 5, 1);
}

static void
run_sum (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4])
{
  ops->vector->fill (state, out, (float) ops->vector->dot (state, in[0], in[0], N), 1);
}

static void
run_fft (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4])
{
  MsmFftPlan *plan = ops->fourier->plan_new (state, 3, 24, 35);

  if (plan == NULL)
    return;
  ops->fourier->execute (state, plan, out, in[0], 0);
  ops->fourier->plan_free (state, plan);
}

static void
run_conv (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4])
{
  MsmConvShape shape = { 1, 18, 20, 16, 24, 3, 1 };
  MsmConvPlan *plan = ops->neural->conv_plan_new (state, &shape, 0);

  if (plan == NULL)
    return;
  ops->neural->conv_forward (state, plan, out, in[0], in[1], in[2], 0);
  ops->neural->conv_plan_free (state, plan);
}

static void
run_norm (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4])
{
  MsmNormShape shape = { 2, 150, 48, 8, 1 };

  ops->neural->norm_forward (state, out, in[3], in[0], in[1], in[2], NULL, &shape);
}

static void
run_attention (const MsmDeviceOps *ops, MsmDeviceState *state, float *out, float *const in[4])
{
  MsmAttentionShape shape = { 1, 40, 2, 64, 0 };

  ops->neural->attention_forward (state, out, in[0], in[3], &shape);
}

/* Relative differences above these are no rounding of float32: TF32 gives 1e-3, a wrong term more. */
static const struct
{
  const char *name;
  ProveFunc func;
  double tolerance; /* 0: the same bits */
} rows[] = {
  { "noise", run_noise, 0 },
  { "a sum", run_sum, 1e-6 },
  { "a Fourier transform", run_fft, 1e-5 },
  { "a convolution", run_conv, 1e-5 },
  { "a normalisation", run_norm, 1e-5 },
  { "attention", run_attention, 1e-5 },
};

/* What the row leaves behind on @device, or NULL without memory. (transfer full) */
static float *
run_row (ProveFunc func, MsmDevice *device)
{
  const MsmDeviceOps *ops = msm_device_ops (device);
  MsmDeviceState *state = msm_device_state (device);
  g_autofree float *host = g_new (float, N);
  float *in[4] = { NULL };
  float *out = ops->memory->alloc (state, N * sizeof (float));
  gboolean ok = out != NULL;

  for (guint i = 0; i < 4; i++)
    {
      msm_device_ops (msm_device_host ())
          ->vector->random_normal (msm_device_state (msm_device_host ()), host, N, 1, i, 0, 0);
      in[i] = ops->memory->alloc (state, N * sizeof (float));
      ok = ok && in[i] != NULL;
      if (ok)
        ops->memory->upload (state, in[i], host, N * sizeof (float));
    }
  if (ok)
    {
      func (ops, state, out, in);
      ops->memory->download (state, host, out, N * sizeof (float));
    }
  for (guint i = 0; i < 4; i++)
    if (in[i] != NULL)
      ops->memory->free (state, in[i]);
  if (out != NULL)
    ops->memory->free (state, out);
  return ok ? g_steal_pointer (&host) : NULL;
}

gboolean
msm_device_prove (MsmDevice *device, GError **error)
{
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++)
    {
      g_autofree float *found = run_row (rows[r].func, device);
      g_autofree float *expected = run_row (rows[r].func, msm_device_host ());
      double difference = 0, norm = 0;

      if (!msm_device_check (device, error))
        return FALSE;
      if (found == NULL || expected == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory to try it"), msm_device_name (device));
          return FALSE;
        }
      for (gsize i = 0; i < N; i++)
        {
          difference += ((double) found[i] - expected[i]) * ((double) found[i] - expected[i]);
          norm += (double) expected[i] * expected[i];
        }
      if (rows[r].tolerance > 0 ? sqrt (difference / norm) <= rows[r].tolerance
                                : memcmp (found, expected, N * sizeof (float)) == 0)
        continue;
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE,
                   _("%s: computes %s wrongly (it differs from the processor's by %.2g)"), msm_device_name (device),
                   rows[r].name, sqrt (difference / norm));
      return FALSE;
    }
  return TRUE;
}
