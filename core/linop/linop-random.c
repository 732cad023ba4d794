#include "config.h"

/*
 * Random projection: y = S T D x, D random signs, T orthonormal and mixing every pixel into every
 * coefficient, S a random selection (what is not selected is zero, as in k-space). A Aᴴ = S, so A† = Aᴴ.
 * T is the unitary DFT F of complex images, and of real ones the Hartley transform Re F − Im F: like the
 * DCT real and orthonormal, its own inverse, and one FFT for images of any size.
 */

#include "core/linop/operator-private.h"

#include <glib/gi18n-lib.h>

#include "core/base/memory.h"
#include "core/linop/sparse.h"
#include "core/tensor/vector.h"

typedef struct
{
  MsmLinop base;
  MsmTensor *signs, *kept; /* F32, as many floats as an image */
  MsmTensor *real;         /* the image's kind: D x, or S y */
  MsmTensor *spectrum;     /* complex, for real images */
  MsmSparse *embed;        /* (1, 0)ᵀ: a real number as a complex one */
  MsmSparse *part;         /* (1, −1): Re − Im */
  MsmFftPlan *plan;
} Projection;

/* y = T x; x and y may not alias */
static void
transform (Projection *self, const MsmTensor *x, MsmTensor *y, int inverse)
{
  MsmDevice *device = self->base.device;
  const MsmFourierOps *fourier = msm_device_ops (device)->fourier;
  gsize n = msm_shape_size (self->base.domain);
  float *spectrum;

  if (self->spectrum == NULL)
    {
      fourier->execute (msm_device_state (device), self->plan, msm_tensor_data (y), msm_tensor_const_data (x), inverse);
      return;
    }
  spectrum = msm_tensor_data (self->spectrum);
  msm_sparse_apply (self->embed, msm_tensor_const_data (x), spectrum, n, 1);
  fourier->execute (msm_device_state (device), self->plan, spectrum, spectrum, 0);
  msm_sparse_apply (self->part, spectrum, msm_tensor_data (y), n, 1);
}

static void
multiply (MsmTensor *dst, const MsmTensor *weights, const MsmTensor *x)
{
  MsmDevice *device = msm_tensor_device (dst);

  msm_vector_mul (device, msm_tensor_data (dst), msm_tensor_const_data (weights), msm_tensor_const_data (x),
                  msm_tensor_size (weights));
}

static void
projection_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Projection *self = (Projection *) linop;

  multiply (self->real, self->signs, x);
  transform (self, self->real, y, 0);
  multiply (y, self->kept, y);
}

static void
projection_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Projection *self = (Projection *) linop;

  multiply (self->real, self->kept, y);
  transform (self, self->real, x, 1);
  multiply (x, self->signs, x);
}

static double
projection_norm2 (MsmLinop *linop, GError **error)
{
  return 1;
}

static void
projection_dispose (MsmLinop *linop)
{
  Projection *self = (Projection *) linop;

  if (self->plan != NULL)
    msm_device_ops (linop->device)->fourier->plan_free (msm_device_state (linop->device), self->plan);
  msm_tensor_unref (self->signs);
  msm_tensor_unref (self->kept);
  msm_tensor_unref (self->real);
  msm_tensor_unref (self->spectrum);
  msm_sparse_free (self->embed);
  msm_sparse_free (self->part);
}

static const MsmLinopClass projection_class = {
  .name = "projection",
  .forward = projection_forward,
  .adjoint = projection_adjoint,
  .pinv = projection_adjoint,
  .norm2 = projection_norm2,
  .dispose = projection_dispose,
};

static const MsmParam params_table[] = {
  { .name = "measured",
    .type = MSM_PARAM_FLOAT,
    .min = 0.001,
    .max = 1,
    .def = 0.5,
    .help = N_("Number of measured values for each pixel"),
    .title = N_("Measured values") },
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

static int
compare_floats (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* 1 for the round (fraction · n) entries with the smallest random numbers, else 0. (transfer full) */
static float *
select_rows (const MsmParams *params, gsize n, GError **error)
{
  gsize n_kept = MAX ((gsize) (msm_params_get_number (params, "measured") * n + 0.5), 1);
  g_autofree float *u = msm_operator_uniform (params, MSM_OPERATOR_STREAM_ROWS, n, error);
  g_autofree float *sorted = u != NULL ? msm_try_new (float, n, error) : NULL;
  float last;

  if (sorted == NULL)
    return NULL;
  memcpy (sorted, u, n * sizeof *u);
  qsort (sorted, n, sizeof *sorted, compare_floats);
  last = sorted[MIN (n_kept, n) - 1];
  for (gsize i = 0; i < n; i++)
    u[i] = u[i] <= last;
  return g_steal_pointer (&u);
}

static gboolean
make_real_transform (Projection *self, GError **error)
{
  static const double embed[] = { 1, 0 }, part[] = { 1, -1 };
  MsmDevice *device = self->base.device;

  self->spectrum = msm_tensor_new (device, MSM_C64, self->base.domain, error);
  if (self->spectrum == NULL)
    return FALSE;
  self->embed = msm_sparse_new (device, embed, 2, 1, error);
  if (self->embed == NULL)
    return FALSE;
  self->part = msm_sparse_new (device, part, 1, 2, error);
  return self->part != NULL;
}

static MsmLinop *
make (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  gsize n = image.dim[1] * image.dim[2] * image.dim[3];
  g_autofree float *kept = select_rows (params, n, error);
  g_autofree float *signs = kept != NULL ? msm_operator_uniform (params, MSM_OPERATOR_STREAM_SIGNS, n, error) : NULL;
  Projection *self;

  if (signs == NULL)
    return NULL;
  self = g_new0 (Projection, 1);
  for (gsize i = 0; i < n; i++)
    signs[i] = signs[i] < 0.5f ? -1 : 1;
  if (!msm_linop_init (&self->base, &projection_class, device, dtype, image, image, error)
      || (self->signs = msm_operator_weights (device, dtype, image, signs, image.dim[1], error)) == NULL
      || (self->kept = msm_operator_weights (device, dtype, image, kept, image.dim[1], error)) == NULL
      || (self->real = msm_tensor_new (device, dtype, image, error)) == NULL
      || (dtype == MSM_F32 && !make_real_transform (self, error)))
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  self->plan = msm_device_plan_fft (device, image.dim[0] * image.dim[1], image.dim[2], image.dim[3], error);
  if (self->plan == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}

const MsmOperatorClass msm_operator_random_projection = {
  .name = "random-projection",
  .title = N_("Random projection"),
  .help = N_("Fewer numbers than pixels, each a random mixture of all pixels"),
  .params = params_table,
  .make = make,
  .is_masked = TRUE,
};
