#include "config.h"

/*
 * Super-resolution: y = R_r x R_cᵀ, bicubic down-sampling with the kernel stretched by the factor, so that it
 * is a low-pass filter too. Weights that would fall outside the image are left out and the rest
 * normalised. A† = R_r† ⊗ R_c†, R† = Rᵀ (R Rᵀ)⁻¹.
 */

#include "core/linop/operator-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/linop/sparse.h"
#include "core/solve/dense.h"

typedef struct
{
  MsmLinop base;
  MsmSparse *rows, *columns;           /* R: [small, large] */
  MsmSparse *rows_pinv, *columns_pinv; /* R†: [large, small] */
  MsmTensor *between;                  /* [batch, channel, small, large] */
  gsize n_planes, parts;
} Resize;

static void
resize_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Resize *self = (Resize *) linop;
  float *between = msm_tensor_data (self->between);

  msm_sparse_apply (self->rows, msm_tensor_const_data (x), between, self->n_planes, linop->domain.dim[3] * self->parts);
  msm_sparse_apply (self->columns, between, msm_tensor_data (y), self->n_planes * linop->codomain.dim[2], self->parts);
}

static void
resize_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Resize *self = (Resize *) linop;
  float *between = msm_tensor_data (self->between);

  msm_sparse_apply_transposed (self->columns, msm_tensor_const_data (y), between,
                               self->n_planes * linop->codomain.dim[2], self->parts);
  msm_sparse_apply_transposed (self->rows, between, msm_tensor_data (x), self->n_planes,
                               linop->domain.dim[3] * self->parts);
}

static void
resize_pinv (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Resize *self = (Resize *) linop;
  float *between = msm_tensor_data (self->between);

  msm_sparse_apply (self->columns_pinv, msm_tensor_const_data (y), between, self->n_planes * linop->codomain.dim[2],
                    self->parts);
  msm_sparse_apply (self->rows_pinv, between, msm_tensor_data (x), self->n_planes, linop->domain.dim[3] * self->parts);
}

static void
resize_dispose (MsmLinop *linop)
{
  Resize *self = (Resize *) linop;

  msm_sparse_free (self->rows);
  msm_sparse_free (self->columns);
  msm_sparse_free (self->rows_pinv);
  msm_sparse_free (self->columns_pinv);
  msm_tensor_unref (self->between);
}

static const MsmLinopClass resize_class = {
  .name = "resize",
  .forward = resize_forward,
  .adjoint = resize_adjoint,
  .pinv = resize_pinv,
  .dispose = resize_dispose,
};

/* Keys' cubic convolution with a = −1/2. */
static double
cubic (double t)
{
  t = fabs (t);
  if (t < 1)
    return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2)
    return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

/* R [n_out, n_in]: pixel centres of the small image at (i + ½) n_in/n_out − ½ of the large one. */
static double *
bicubic_matrix (gsize n_out, gsize n_in, GError **error)
{
  double *matrix = msm_try_new (double, n_out *n_in, error);
  double factor = (double) n_in / n_out;

  for (gsize i = 0; matrix != NULL && i < n_out; i++)
    {
      double centre = (i + 0.5) * factor - 0.5, sum = 0;
      double *row = matrix + i * n_in;

      for (gsize j = 0; j < n_in; j++)
        {
          row[j] = cubic ((j - centre) / factor);
          sum += row[j];
        }
      for (gsize j = 0; j < n_in; j++)
        row[j] /= sum;
    }
  return matrix;
}

/* How far from the diagonal R Rᵀ reaches: rows whose weights share no pixel have no product. */
static gsize
find_band (const double *matrix, gsize n_out, gsize n_in)
{
  gsize band = 0;

  for (gsize i = 0; i < n_out; i++)
    for (gsize j = 0; j + band < i; j++)
      for (gsize k = 0; k < n_in && j + band < i; k++)
        if (matrix[i * n_in + k] != 0 && matrix[j * n_in + k] != 0)
          band = i - j;
  return band;
}

/* R† [n_in, n_out]. Its entries fall off exponentially: below float rounding they are left out. */
static double *
pinv_matrix (const double *matrix, gsize n_out, gsize n_in, GError **error)
{
  gsize band = find_band (matrix, n_out, n_in);
  g_autofree double *gram = msm_try_new (double, n_out *(band + 1), error);
  g_autofree double *pinv = gram != NULL ? msm_try_new (double, n_in *n_out, error) : NULL;

  if (pinv == NULL)
    return NULL;
  for (gsize j = 0; j < n_out; j++)
    for (gsize i = j; i < MIN (j + band + 1, n_out); i++)
      for (gsize k = 0; k < n_in; k++)
        gram[j * (band + 1) + i - j] += matrix[i * n_in + k] * matrix[j * n_in + k];
  for (gsize k = 0; k < n_in; k++)
    for (gsize i = 0; i < n_out; i++)
      pinv[k * n_out + i] = matrix[i * n_in + k];
  if (!msm_dense_solve_band (gram, n_out, band, pinv, n_in))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("resampling %zu points to %zu has no pseudo-inverse"), n_in,
                   n_out);
      return NULL;
    }
  for (gsize i = 0; i < n_in * n_out; i++)
    if (fabs (pinv[i]) < 1e-9)
      pinv[i] = 0;
  return g_steal_pointer (&pinv);
}

static gboolean
make_axis (MsmDevice *device, gsize n_out, gsize n_in, MsmSparse **matrix, MsmSparse **pinv, GError **error)
{
  g_autofree double *r = bicubic_matrix (n_out, n_in, error);
  g_autofree double *back = r != NULL ? pinv_matrix (r, n_out, n_in, error) : NULL;

  if (back == NULL)
    return FALSE;
  *matrix = msm_sparse_new (device, r, n_out, n_in, error);
  if (*matrix == NULL)
    return FALSE;
  *pinv = msm_sparse_new (device, back, n_in, n_out, error);
  return *pinv != NULL;
}

static const MsmParam params_table[] = {
  { .name = "factor",
    .type = MSM_PARAM_INT,
    .min = 2,
    .max = 16,
    .def = 4,
    .help = N_("How many pixels of the image make one that is measured, along each axis"),
    .title = N_("Reduction factor") },
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

static MsmLinop *
make (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  gsize factor = (gsize) msm_params_get_int (params, "factor");
  MsmShape small = image, half;
  Resize *self;

  if (image.dim[2] < factor || image.dim[3] < factor)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("an image of %zu × %zu pixels cannot be made %zu times smaller"), image.dim[2], image.dim[3],
                   factor);
      return NULL;
    }
  /* The nearest whole number of pixels where the factor does not divide. */
  small.dim[2] = (image.dim[2] + factor / 2) / factor;
  small.dim[3] = (image.dim[3] + factor / 2) / factor;
  half = image;
  half.dim[2] = small.dim[2];
  self = g_new0 (Resize, 1);
  self->n_planes = image.dim[0] * image.dim[1];
  self->parts = msm_operator_parts (dtype);
  if (!msm_linop_init (&self->base, &resize_class, device, dtype, image, small, error)
      || (self->between = msm_tensor_new (device, dtype, half, error)) == NULL
      || !make_axis (device, small.dim[2], image.dim[2], &self->rows, &self->rows_pinv, error)
      || !make_axis (device, small.dim[3], image.dim[3], &self->columns, &self->columns_pinv, error))
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}

const MsmOperatorClass msm_operator_super_resolution = {
  .name = "super-resolution",
  .title = N_("Super-resolution"),
  .help = N_("The image is measured at lower resolution (bicubic, anti-aliased)"),
  .params = params_table,
  .make = make,
};
