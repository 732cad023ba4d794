#include "config.h"

/*
 * Super-resolution: y = R_r x R_cᵀ, bicubic down-sampling with the kernel stretched by the factor, so that it
 * is a low-pass filter too. Weights that would fall outside the image are left out and the rest
 * normalised. A† = R_r† ⊗ R_c†, R† = Rᵀ (R Rᵀ)⁻¹.
 */

#include "core/linop/operator-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/linop/sparse.h"

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
bicubic_matrix (gsize n_out, gsize n_in)
{
  double *matrix = g_new0 (double, n_out * n_in);
  double factor = (double) n_in / n_out;

  for (gsize i = 0; i < n_out; i++)
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

/* Cholesky factor L of a symmetric positive definite matrix with @band diagonals below the main one. */
static void
cholesky (double *g, gsize n, gsize band)
{
  for (gsize j = 0; j < n; j++)
    for (gsize i = j; i < MIN (j + band + 1, n); i++)
      {
        double sum = g[i * n + j];

        for (gsize k = i > band ? i - band : 0; k < j; k++)
          sum -= g[i * n + k] * g[j * n + k];
        g[i * n + j] = i == j ? sqrt (sum) : sum / g[j * n + j];
      }
}

/* b ← (L Lᵀ)⁻¹ b */
static void
solve (const double *l, gsize n, gsize band, double *b)
{
  for (gsize i = 0; i < n; i++)
    {
      for (gsize k = i > band ? i - band : 0; k < i; k++)
        b[i] -= l[i * n + k] * b[k];
      b[i] /= l[i * n + i];
    }
  for (gsize i = n; i-- > 0;)
    {
      for (gsize k = i + 1; k < MIN (i + band + 1, n); k++)
        b[i] -= l[k * n + i] * b[k];
      b[i] /= l[i * n + i];
    }
}

/* R† [n_in, n_out]. Its entries fall off exponentially: below float rounding they are left out. */
static double *
pinv_matrix (const double *matrix, gsize n_out, gsize n_in)
{
  g_autofree double *gram = g_new0 (double, n_out * n_out);
  double *pinv = g_new0 (double, n_in * n_out);
  gsize band = 0;

  for (gsize i = 0; i < n_out; i++)
    for (gsize j = 0; j <= i; j++)
      {
        double sum = 0;

        for (gsize k = 0; k < n_in; k++)
          sum += matrix[i * n_in + k] * matrix[j * n_in + k];
        gram[i * n_out + j] = sum;
        if (sum != 0)
          band = MAX (band, i - j);
      }
  cholesky (gram, n_out, band);
  for (gsize k = 0; k < n_in; k++)
    {
      double *row = pinv + k * n_out;

      for (gsize i = 0; i < n_out; i++)
        row[i] = matrix[i * n_in + k];
      solve (gram, n_out, band, row);
      for (gsize i = 0; i < n_out; i++)
        if (fabs (row[i]) < 1e-9)
          row[i] = 0;
    }
  return pinv;
}

static gboolean
make_axis (MsmDevice *device, gsize n_out, gsize n_in, MsmSparse **matrix, MsmSparse **pinv, GError **error)
{
  g_autofree double *r = bicubic_matrix (n_out, n_in);
  g_autofree double *back = pinv_matrix (r, n_out, n_in);

  *matrix = msm_sparse_new (device, r, n_out, n_in, error);
  if (*matrix == NULL)
    return FALSE;
  *pinv = msm_sparse_new (device, back, n_in, n_out, error);
  return *pinv != NULL;
}

static const MsmParam params_table[] = {
  { .name = N_("factor"),
    .type = MSM_PARAM_INT,
    .min = 2,
    .max = 16,
    .def = 4,
    .help = N_("How many pixels of the image make one that is measured, along each axis") },
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
