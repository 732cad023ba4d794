#include "config.h"

#include "core/baseline/fista.h"

#include <math.h>

#include "core/tensor/tensor-math.h"

/* SplitMix64: a few shifts per step need no device noise. */
static guint64
next_random (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9E3779B97F4A7C15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return z ^ (z >> 31);
}

gboolean
msm_fista_prepare (MsmFista *self, MsmWaveletKind kind, int levels, guint64 seed, GError **error)
{
  MsmTensor **images[] = { &self->z, &self->previous };
  MsmTensor **measured[] = { &self->ax, &self->az, &self->previous_ax };

  self->norm2 = msm_linop_norm2 (self->op, error);
  if (self->norm2 < 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (images); i++)
    if ((*images[i] = msm_tensor_new_like (self->x, error)) == NULL)
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (measured); i++)
    if ((*measured[i] = msm_tensor_new_like (self->residual, error)) == NULL)
      return FALSE;
  self->wavelet = msm_wavelet_new (kind, msm_tensor_floats (self->x) / msm_tensor_size (self->x),
                                   msm_tensor_dim (self->x, 2), msm_tensor_dim (self->x, 3), levels, error);
  self->momentum = 1;
  self->random = seed;
  return self->wavelet != NULL;
}

void
msm_fista_restart (MsmFista *self)
{
  msm_tensor_copy (self->z, self->x);
  msm_linop_forward (self->op, self->x, self->ax);
  msm_tensor_copy (self->az, self->ax);
  self->momentum = 1;
}

static void
swap (MsmTensor **a, MsmTensor **b)
{
  MsmTensor *keep = *a;

  *a = *b;
  *b = keep;
}

double
msm_fista_step (MsmFista *self, double weight, gboolean is_shifted, gboolean approximation)
{
  MsmTensor *x = self->x;
  double trust = self->anchor != NULL ? self->trust : 0, lipschitz = self->norm2 + trust;
  gsize n_planes = msm_tensor_dim (x, 0) * msm_tensor_dim (x, 1), n_floats = msm_tensor_floats (x) / n_planes;
  gsize shift[2] = { 0, 0 };
  double sum = 0, next, beta;

  if (is_shifted)
    {
      shift[0] = next_random (&self->random) >> 48;
      shift[1] = next_random (&self->random) >> 48;
    }
  /* x keeps its tensor (outputs borrow it): the old value moves to `previous`. */
  msm_tensor_copy (self->previous, x);
  swap (&self->ax, &self->previous_ax);
  msm_tensor_lincomb (self->residual, 1, self->y, -1, self->az);
  msm_linop_adjoint (self->op, self->residual, x);
  msm_tensor_lincomb (x, 1 - trust / lipschitz, self->z, 1 / lipschitz, x);
  if (trust > 0)
    msm_tensor_axpy (x, trust / lipschitz, self->anchor);
  for (gsize s = 0; s < n_planes; s++)
    {
      float *plane = msm_tensor_host (x) + s * n_floats;

      msm_wavelet_shrink (self->wavelet, plane, shift[0], shift[1], (float) (weight / lipschitz), approximation, plane,
                          &sum);
    }
  msm_linop_forward (self->op, x, self->ax);
  next = 0.5 * (1 + sqrt (1 + 4 * self->momentum * self->momentum));
  beta = (self->momentum - 1) / next;
  self->momentum = next;
  msm_tensor_lincomb (self->z, 1 + beta, x, -beta, self->previous);
  msm_tensor_lincomb (self->az, 1 + beta, self->ax, -beta, self->previous_ax);
  msm_tensor_lincomb (self->residual, 1, self->y, -1, self->ax);
  return sum;
}

void
msm_fista_clear (MsmFista *self)
{
  g_clear_pointer (&self->z, msm_tensor_unref);
  g_clear_pointer (&self->previous, msm_tensor_unref);
  g_clear_pointer (&self->ax, msm_tensor_unref);
  g_clear_pointer (&self->az, msm_tensor_unref);
  g_clear_pointer (&self->previous_ax, msm_tensor_unref);
  g_clear_pointer (&self->wavelet, msm_wavelet_free);
}
