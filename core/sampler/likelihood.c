#include "config.h"

#include "core/sampler/likelihood.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/diffusion/lmmse.h"
#include "core/solve/conjugate-gradient.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

struct _MsmLikelihood
{
  MsmMeasure *measure; /* borrowed */
  MsmProblem *problem; /* borrowed */
  MsmLikelihoodKind kind;
  MsmDevice *device;
  gsize n;
  gboolean sampling;  /* CS-MRI: H is a mask of z */
  MsmTensor *y;       /* in the prior's units */
  MsmTensor *planes;  /* [n, h, w] P for every sample; CS-MRI */
  MsmTensor *batch_z; /* like a batch of z */
  MsmTensor *batch_x; /* like a batch of x */
  MsmTensor *x, *g;   /* one image */
  MsmTensor *r;       /* one measurement */
  double norm2, norm_y;
  MsmLmmse *lmmse;             /* proximal, CS-MRI */
  MsmTensor *batch_g, *change; /* like a batch of x; with it */
  MsmTensor *adjoint_y;        /* Tᴴ y for every sample; with it */
  double *flat, *coloured;     /* [n] with it */
  MsmCg *cg;                   /* proximal, other H: one image */
  double mu, power;            /* with it: of the solve that runs; σ_x² */
};

static gboolean
allocate (MsmLikelihood *self, GError **error)
{
  MsmShape shape = msm_measure_image_shape (self->measure);
  MsmDtype dtype = msm_measure_dtype (self->measure);
  MsmTensor **images[] = { &self->x, &self->g };

  self->batch_z = msm_tensor_new (self->device, dtype, msm_measure_shape (self->measure), error);
  self->batch_x = self->batch_z != NULL ? msm_tensor_new (self->device, dtype, shape, error) : NULL;
  self->y = self->batch_x != NULL ? msm_tensor_new_like (self->problem->y, error) : NULL;
  self->r = self->y != NULL ? msm_tensor_new_like (self->problem->y, error) : NULL;
  if (self->r == NULL)
    return FALSE;
  shape.dim[0] = 1;
  for (gsize i = 0; i < G_N_ELEMENTS (images); i++)
    {
      *images[i] = msm_tensor_new (self->device, dtype, shape, error);
      if (*images[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* The acquisition's mask, once for every sample. */
static gboolean
take_planes (MsmLikelihood *self, GError **error)
{
  MsmShape shape = msm_measure_shape (self->measure);
  gsize plane = shape.dim[2] * shape.dim[3];
  const MsmDeviceOps *ops = msm_device_ops (self->device);
  MsmDeviceState *state = msm_device_state (self->device);
  float *to;

  self->planes = msm_tensor_new (self->device, MSM_F32, msm_shape3 (self->n, shape.dim[2], shape.dim[3]), error);
  if (self->planes == NULL)
    return FALSE;
  to = msm_tensor_data (self->planes);
  if (self->problem->mask_plane == NULL)
    msm_vector_fill (self->device, to, 1, self->n * plane);
  else
    for (gsize b = 0; b < self->n; b++)
      ops->memory->copy (state, to + b * plane, msm_tensor_const_data (self->problem->mask_plane),
                         plane * sizeof (float));
  if (msm_vector_max_abs (self->device, to, plane) > 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("the acquisition's mask is empty: nothing was measured, so nothing can be reconstructed"));
  return FALSE;
}

/* y in the prior's units: H (gain x + offset) = y  ⇔  H x = (y − offset H 1) / gain. */
static void
take_measurement (MsmLikelihood *self, double gain, double offset)
{

  msm_tensor_copy (self->y, self->problem->y);
  if (offset != 0)
    {
      msm_vector_fill (self->device, msm_tensor_data (self->x), (float) offset, msm_tensor_floats (self->x));
      msm_linop_forward (self->problem->op, self->x, self->r);
      msm_tensor_axpy (self->y, -1, self->r);
    }
  if (gain != 1)
    msm_vector_scale (self->device, msm_tensor_data (self->y), (float) (1 / gain), msm_tensor_const_data (self->y),
                      msm_tensor_floats (self->y));
  self->norm_y = sqrt (msm_tensor_dot (self->y, self->y));
  if (self->lmmse == NULL)
    return;
  for (gsize b = 0; b < self->n; b++)
    msm_device_ops (self->device)
        ->memory->copy (msm_device_state (self->device),
                        (guint8 *) msm_tensor_data (self->batch_z) + b * msm_tensor_bytes (self->y),
                        msm_tensor_const_data (self->y), msm_tensor_bytes (self->y));
  msm_measure_adjoint (self->measure, self->batch_z, self->adjoint_y);
}

/* q = (HᴴH + μ I) p */
static void
apply_normal (gpointer data, const MsmTensor *p, MsmTensor *q)
{
  MsmLikelihood *self = data;

  msm_linop_normal (self->problem->op, p, q);
  msm_tensor_axpy (q, self->mu, p);
}

static const MsmCgOperator normal_operator = { apply_normal, NULL };

static gboolean
take_spectrum (MsmLikelihood *self, const MsmSpectrum *spectrum, GError **error)
{
  MsmShape shape = msm_measure_image_shape (self->measure);

  self->power = msm_spectrum_mean (spectrum, shape.dim[2], shape.dim[3]);
  if (!self->sampling)
    {
      shape.dim[0] = 1;
      self->cg = msm_cg_new (self->device, msm_measure_dtype (self->measure), shape, &normal_operator, self, error);
      return self->cg != NULL;
    }
  self->flat = g_new (double, self->n);
  self->coloured = g_new (double, self->n);
  if ((self->batch_g = msm_tensor_new_like (self->batch_x, error)) == NULL
      || (self->change = msm_tensor_new_like (self->batch_x, error)) == NULL
      || (self->adjoint_y = msm_tensor_new_like (self->batch_x, error)) == NULL)
    return FALSE;
  self->lmmse = msm_lmmse_new (self->measure, spectrum, error);
  return self->lmmse != NULL;
}

MsmLikelihood *
msm_likelihood_new (MsmMeasure *measure, MsmProblem *problem, MsmLikelihoodKind kind, const MsmSpectrum *spectrum,
                    double gain, double offset, GError **error)
{
  g_autoptr (MsmLikelihood) self = NULL;
  MsmShape image = msm_measure_image_shape (measure), domain;

  g_return_val_if_fail (problem != NULL && problem->op != NULL && problem->y != NULL, NULL);
  domain = msm_linop_domain (problem->op);
  image.dim[0] = 1;
  if (!msm_shape_equal (domain, image))
    {
      g_autofree char *is = msm_shape_format (domain);
      g_autofree char *wanted = msm_shape_format (image);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("the operator takes images of %s, the sampler makes %s (it needs one set of coil maps)"), is,
                   wanted);
      return NULL;
    }
  self = g_new0 (MsmLikelihood, 1);
  self->measure = measure;
  self->problem = problem;
  self->kind = kind;
  self->device = problem->device;
  self->n = msm_measure_shape (measure).dim[0];
  self->sampling = problem->kspace != NULL;
  if (kind == MSM_LIKELIHOOD_PINV && !self->sampling && !msm_linop_has_pinv (problem->op))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("the operator ‘%s’ has no pseudo-inverse here"),
                   problem->operator_name);
      return NULL;
    }
  if (!allocate (self, error) || (self->sampling && !take_planes (self, error))
      || (kind == MSM_LIKELIHOOD_PROXIMAL && !take_spectrum (self, spectrum, error)))
    return NULL;
  take_measurement (self, gain, offset);
  if (!(self->norm_y > 0) || !isfinite (self->norm_y))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the measurement is %s: there is nothing to reconstruct from"),
                   self->norm_y == 0 ? _("zero everywhere") : _("not finite"));
      return NULL;
    }
  self->norm2 = self->sampling ? 1 : msm_linop_norm2 (problem->op, error);
  return self->norm2 < 0 ? NULL : g_steal_pointer (&self);
}

void
msm_likelihood_free (MsmLikelihood *self)
{
  if (self == NULL)
    return;
  msm_lmmse_free (self->lmmse);
  msm_cg_free (self->cg);
  msm_tensor_unref (self->batch_g);
  msm_tensor_unref (self->change);
  msm_tensor_unref (self->adjoint_y);
  g_free (self->flat);
  g_free (self->coloured);
  msm_tensor_unref (self->y);
  msm_tensor_unref (self->planes);
  msm_tensor_unref (self->batch_z);
  msm_tensor_unref (self->batch_x);
  msm_tensor_unref (self->x);
  msm_tensor_unref (self->g);
  msm_tensor_unref (self->r);
  g_free (self);
}

MsmLikelihoodKind
msm_likelihood_get_kind (const MsmLikelihood *self)
{
  return self->kind;
}

gboolean
msm_likelihood_is_local (const MsmLikelihood *self)
{
  return self->sampling && self->kind != MSM_LIKELIHOOD_PROXIMAL;
}

/* batch_z = P ẑ − y */
static void
subtract_sampled (MsmLikelihood *self, const MsmTensor *z)
{
  gsize n = msm_tensor_floats (self->y);

  msm_measure_mask (self->measure, self->batch_z, self->planes, z);
  for (gsize b = 0; b < self->n; b++)
    msm_vector_axpy (self->device, (float *) msm_tensor_data (self->batch_z) + b * n, -1,
                     msm_tensor_const_data (self->y), n);
}

void
msm_likelihood_local (MsmLikelihood *self, MsmTensor *s, const MsmTensor *mask, double lik_step)
{
  g_return_if_fail (self->sampling);
  subtract_sampled (self, s); /* P (P ŝ − y) = P ŝ − y, as y is zero where P is */
  msm_tensor_axpy (s, -lik_step, self->batch_z);
  msm_measure_mask (self->measure, s, mask, s);
}

void
msm_likelihood_sampled (MsmLikelihood *self, MsmTensor *z, double lik_step)
{
  g_return_if_fail (self->sampling);
  subtract_sampled (self, z);
  msm_tensor_axpy (z, -lik_step, self->batch_z);
}

/* One image out of, and into, a batch of them. */
static void
take_sample (MsmLikelihood *self, MsmTensor *x, gsize b)
{
  msm_device_ops (self->device)
      ->memory->copy (msm_device_state (self->device), msm_tensor_data (x),
                      (const guint8 *) msm_tensor_const_data (self->batch_x) + b * msm_tensor_bytes (x),
                      msm_tensor_bytes (x));
}

static void
put_sample (MsmLikelihood *self, const MsmTensor *x, gsize b)
{
  msm_device_ops (self->device)
      ->memory->copy (msm_device_state (self->device),
                      (guint8 *) msm_tensor_data (self->batch_x) + b * msm_tensor_bytes (x), msm_tensor_const_data (x),
                      msm_tensor_bytes (x));
}

void
msm_likelihood_gradient (MsmLikelihood *self, MsmTensor *z, double lik_step)
{
  MsmLinop *op = self->problem->op;
  double factor = self->kind == MSM_LIKELIHOOD_PINV ? lik_step : lik_step / self->norm2;

  g_return_if_fail (!self->sampling);
  msm_measure_adjoint (self->measure, z, self->batch_x);
  for (gsize b = 0; b < self->n; b++)
    {
      take_sample (self, self->x, b);
      msm_linop_forward (op, self->x, self->r);
      msm_tensor_axpy (self->r, -1, self->y);
      if (self->kind == MSM_LIKELIHOOD_PINV)
        msm_linop_pinv (op, self->r, self->g);
      else
        msm_linop_adjoint (op, self->r, self->g);
      put_sample (self, self->g, b);
    }
  msm_measure_forward (self->measure, self->batch_x, self->batch_z);
  msm_tensor_axpy (z, -factor, self->batch_z);
}

/* x ← x + (HᴴH + μ I)⁻¹ (Hᴴ (y − H x)), from x: the correction of x by CG from zero. */
static void
solve_sample (MsmLikelihood *self, double mu, int n_iterations)
{
  double first;

  self->mu = mu;
  msm_linop_forward (self->problem->op, self->x, self->r);
  msm_tensor_lincomb (self->r, 1, self->y, -1, self->r);
  msm_linop_adjoint (self->problem->op, self->r, msm_cg_residual (self->cg));
  msm_cg_begin (self->cg);
  first = msm_cg_square (self->cg);
  for (int i = 0; i < n_iterations && msm_cg_square (self->cg) > 1e-12 * first; i++)
    msm_cg_step (self->cg, self->x);
}

/* All samples at once: x ← x − (Tᴴ P T + a I + c Fᴴ P⁻¹ F)⁻¹ (Tᴴ P T x − Tᴴ y), from x = Tᴴ ẑ; then ẑ = T x. */
static void
proximal_sampled (MsmLikelihood *self, MsmTensor *z, double flat, double coloured, int n_iterations)
{
  for (gsize b = 0; b < self->n; b++)
    {
      self->flat[b] = flat;
      self->coloured[b] = coloured;
    }
  msm_measure_adjoint (self->measure, z, self->batch_x);
  msm_measure_normal (self->measure, self->batch_x, self->planes, self->batch_g);
  msm_tensor_axpy (self->batch_g, -1, self->adjoint_y);
  msm_lmmse_solve (self->lmmse, self->change, self->batch_g, self->planes, self->flat, self->coloured, n_iterations);
  msm_tensor_axpy (self->batch_x, -1, self->change);
  msm_measure_forward (self->measure, self->batch_x, z);
}

void
msm_likelihood_proximal (MsmLikelihood *self, MsmTensor *z, double flat, double coloured, int n_iterations)
{
  g_return_if_fail (self->kind == MSM_LIKELIHOOD_PROXIMAL);
  if (self->sampling)
    {
      proximal_sampled (self, z, flat, coloured, n_iterations);
      return;
    }
  msm_measure_adjoint (self->measure, z, self->batch_x);
  for (gsize b = 0; b < self->n; b++)
    {
      take_sample (self, self->x, b);
      solve_sample (self, flat + coloured / self->power, n_iterations);
      put_sample (self, self->x, b);
    }
  msm_measure_forward (self->measure, self->batch_x, z);
}

double
msm_likelihood_residual (MsmLikelihood *self, const MsmTensor *z)
{
  double sum = 0;

  if (self->sampling)
    {
      subtract_sampled (self, z);
      sum = msm_tensor_dot (self->batch_z, self->batch_z);
    }
  else
    {
      msm_measure_adjoint (self->measure, z, self->batch_x);
      for (gsize b = 0; b < self->n; b++)
        {
          take_sample (self, self->x, b);
          msm_linop_forward (self->problem->op, self->x, self->r);
          msm_tensor_axpy (self->r, -1, self->y);
          sum += msm_tensor_dot (self->r, self->r);
        }
    }
  return sqrt (sum / (double) self->n) / self->norm_y;
}

gboolean
msm_likelihood_null_space (MsmLikelihood *self, const MsmTensor *z, MsmTensor *x)
{
  if (self->sampling)
    {
      msm_measure_mask (self->measure, self->batch_z, self->planes, z);
      msm_tensor_lincomb (self->batch_z, 1, z, -1, self->batch_z);
      msm_measure_adjoint (self->measure, self->batch_z, self->batch_x);
      take_sample (self, x, 0);
      return TRUE;
    }
  if (!msm_linop_has_pinv (self->problem->op))
    return FALSE;
  msm_measure_adjoint (self->measure, z, self->batch_x);
  take_sample (self, x, 0);
  msm_linop_forward (self->problem->op, x, self->r);
  msm_linop_pinv (self->problem->op, self->r, self->g);
  msm_tensor_axpy (x, -1, self->g);
  return TRUE;
}
