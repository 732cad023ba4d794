#include "config.h"

/*
 * Blur: y = k ∗ x with an image that repeats at its borders, Fᴴ diag (h) F, h the kernel's transfer function.
 * Aᴴ has conj (h); A† has conj (h)/|h|² where |h| reaches the cutoff, else 0.
 */

#include "core/linop/operator-private.h"

#include <complex.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/linop/sparse.h"
#include "core/tensor/vector.h"

typedef struct
{
  MsmLinop base;
  MsmTensor *transfer, *power, *inverse; /* C64 [row, column]: h, |h|², conj (h)/|h|² or 0 */
  MsmTensor *spectrum;                   /* C64, as the image */
  MsmSparse *embed;                      /* for real images: (1, 0)ᵀ */
  MsmFftPlan *plan;
  double norm2;
  gsize n_planes, n_plane;
} Blur;

typedef void (*MultiplyFunc) (MsmDevice *device, float *dst, const float *x, const float *y, gsize n);

/* y = Fᴴ diag (factor) F x */
static void
filter (Blur *self, const MsmTensor *factor, gboolean conjugate, const MsmTensor *x, MsmTensor *y)
{
  const MsmDeviceOps *ops = msm_device_ops (self->base.device);
  MsmDeviceState *state = msm_device_state (self->base.device);
  MultiplyFunc multiply = conjugate ? msm_vector_cmulc : msm_vector_cmul;
  float *s = msm_tensor_data (self->spectrum);
  gsize n = self->n_planes * self->n_plane;

  if (self->embed != NULL)
    {
      msm_sparse_apply (self->embed, msm_tensor_const_data (x), s, n, 1);
      ops->fourier->execute (state, self->plan, s, s, 0);
    }
  else
    ops->fourier->execute (state, self->plan, s, msm_tensor_const_data (x), 0);
  for (gsize i = 0; i < self->n_planes; i++)
    multiply (self->base.device, s + 2 * i * self->n_plane, msm_tensor_const_data (factor), s + 2 * i * self->n_plane,
              self->n_plane);
  if (self->embed != NULL)
    {
      ops->fourier->execute (state, self->plan, s, s, 1);
      msm_sparse_apply_transposed (self->embed, s, msm_tensor_data (y), n, 1);
    }
  else
    ops->fourier->execute (state, self->plan, msm_tensor_data (y), s, 1);
}

static void
blur_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  filter ((Blur *) linop, ((Blur *) linop)->transfer, FALSE, x, y);
}

static void
blur_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  filter ((Blur *) linop, ((Blur *) linop)->transfer, TRUE, y, x);
}

static void
blur_normal (MsmLinop *linop, const MsmTensor *x, MsmTensor *z)
{
  filter ((Blur *) linop, ((Blur *) linop)->power, FALSE, x, z);
}

static void
blur_pinv (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  filter ((Blur *) linop, ((Blur *) linop)->inverse, FALSE, y, x);
}

static double
blur_norm2 (MsmLinop *linop, GError **error)
{
  return ((Blur *) linop)->norm2;
}

static void
blur_dispose (MsmLinop *linop)
{
  Blur *self = (Blur *) linop;

  if (self->plan != NULL)
    msm_device_ops (linop->device)->fourier->plan_free (msm_device_state (linop->device), self->plan);
  msm_tensor_unref (self->transfer);
  msm_tensor_unref (self->power);
  msm_tensor_unref (self->inverse);
  msm_tensor_unref (self->spectrum);
  msm_sparse_free (self->embed);
}

static const MsmLinopClass blur_class = {
  .name = "blur",
  .forward = blur_forward,
  .adjoint = blur_adjoint,
  .normal = blur_normal,
  .pinv = blur_pinv,
  .norm2 = blur_norm2,
  .dispose = blur_dispose,
};

/* Adds @weight to the kernel at an offset from its centre, index n/2, wrapping at the borders. */
static void
add_tap (MsmTensor *kernel, long row, long column, double weight)
{
  long n_rows = (long) msm_tensor_dim (kernel, 2), n_columns = (long) msm_tensor_dim (kernel, 3);
  long i = ((row + n_rows / 2) % n_rows + n_rows) % n_rows;
  long j = ((column + n_columns / 2) % n_columns + n_columns) % n_columns;

  msm_tensor_host (kernel)[2 * (i * n_columns + j)] += (float) weight;
}

/* Makes transfer, power and inverse of the kernel, which becomes the transfer function. */
static gboolean
take_kernel (Blur *self, MsmTensor *kernel, double cutoff, GError **error)
{
  g_autoptr (MsmLinop) fft = msm_linop_fft_new (msm_device_host (), msm_tensor_shape (kernel), error);
  g_autoptr (MsmTensor) power = msm_tensor_new_like (kernel, error);
  g_autoptr (MsmTensor) inverse = power != NULL ? msm_tensor_new_like (kernel, error) : NULL;
  float complex *h;
  double largest = 0;

  if (fft == NULL || inverse == NULL)
    return FALSE;
  msm_linop_forward (fft, kernel, kernel);
  h = msm_tensor_data (kernel);
  for (gsize p = 0; p < self->n_plane; p++)
    {
      h[p] *= (float) sqrt (self->n_plane); /* the convolution theorem of an orthonormal F */
      largest = MAX (largest, cabs (h[p]));
    }
  for (gsize p = 0; p < self->n_plane; p++)
    {
      double magnitude = cabs (h[p]);

      ((float complex *) msm_tensor_data (power))[p] = (float) (magnitude * magnitude);
      if (magnitude >= cutoff * largest)
        ((float complex *) msm_tensor_data (inverse))[p] = conjf (h[p]) / (float) (magnitude * magnitude);
    }
  self->norm2 = largest * largest;
  return (self->transfer = msm_tensor_to (kernel, self->base.device, error)) != NULL
         && (self->power = msm_tensor_to (power, self->base.device, error)) != NULL
         && (self->inverse = msm_tensor_to (inverse, self->base.device, error)) != NULL;
}

static MsmLinop *
blur_new (MsmDevice *device, MsmDtype dtype, MsmShape image, MsmTensor *kernel, double cutoff, GError **error)
{
  static const double embed[] = { 1, 0 };
  Blur *self = g_new0 (Blur, 1);

  self->n_planes = image.dim[0] * image.dim[1];
  self->n_plane = image.dim[2] * image.dim[3];
  if (!msm_linop_init (&self->base, &blur_class, device, dtype, image, image, error)
      || (self->spectrum = msm_tensor_new (device, MSM_C64, image, error)) == NULL
      || (dtype == MSM_F32 && (self->embed = msm_sparse_new (device, embed, 2, 1, error)) == NULL)
      || !take_kernel (self, kernel, cutoff, error))
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  self->plan = msm_device_plan_fft (device, self->n_planes, image.dim[2], image.dim[3], error);
  if (self->plan == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}

/* A zero kernel of one plane, on the host. */
static MsmTensor *
kernel_new (MsmShape image, GError **error)
{
  return msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 1, image.dim[2], image.dim[3]), error);
}

#define CUTOFF_PARAM                                                                                                   \
  {                                                                                                                    \
    .name = "cutoff", .type = MSM_PARAM_FLOAT, .min = 1e-6, .max = 1, .def = 0.1,                                      \
    .help = N_("The pseudo-inverse leaves out frequencies that are damped to less than this"),                        \
    .flags = MSM_PARAM_ADVANCED | MSM_PARAM_LOG, .title = N_("Damping cut-off")                                       \
  }

static const MsmParam gaussian_params[] = {
  { .name = "taps",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 255,
    .def = 61,
    .unit = N_("pixels"),
    .help = N_("Width of the kernel"),
    .title = N_("Filter width") },
  { .name = "std",
    .type = MSM_PARAM_FLOAT,
    .min = 0.1,
    .max = 100,
    .def = 3,
    .unit = N_("pixels"),
    .help = N_("Standard deviation of the kernel"),
    .title = N_("Blur width σ") },
  CUTOFF_PARAM,
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

static MsmLinop *
make_gaussian (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  long taps = msm_params_get_int (params, "taps");
  double std = msm_params_get_number (params, "std");
  g_autofree double *g = g_new (double, taps);
  g_autoptr (MsmTensor) kernel = kernel_new (image, error);
  double sum = 0;

  if (kernel == NULL)
    return NULL;
  for (long i = 0; i < taps; i++)
    sum += g[i] = exp (-0.5 * pow ((i - taps / 2) / std, 2));
  for (long i = 0; i < taps; i++)
    for (long j = 0; j < taps; j++)
      add_tap (kernel, i - taps / 2, j - taps / 2, g[i] * g[j] / (sum * sum));
  return blur_new (device, dtype, image, kernel, msm_params_get_number (params, "cutoff"), error);
}

const MsmOperatorClass msm_operator_blur = {
  .name = "blur",
  .title = N_("Gaussian blur"),
  .help = N_("The image is blurred by a Gaussian"),
  .params = gaussian_params,
  .make = make_gaussian,
};

static const MsmParam motion_params[] = {
  { .name = "length",
    .type = MSM_PARAM_FLOAT,
    .min = 1,
    .max = 255,
    .def = 21,
    .unit = N_("pixels"),
    .help = N_("Length of the straight motion during the exposure"),
    .title = N_("Blur length") },
  { .name = "angle",
    .type = MSM_PARAM_FLOAT,
    .min = -180,
    .max = 180,
    .def = 30,
    .unit = N_("degrees"),
    .help = N_("Direction of the motion, from the row's direction upwards"),
    .title = N_("Direction") },
  CUTOFF_PARAM,
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

/* Points along the segment, 64 a pixel, each shared by its four nearest taps. */
static MsmLinop *
make_motion (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  double length = msm_params_get_number (params, "length");
  double angle = msm_params_get_number (params, "angle") * G_PI / 180;
  int n = (int) ceil (64 * length);
  g_autoptr (MsmTensor) kernel = kernel_new (image, error);

  if (kernel == NULL)
    return NULL;
  for (int i = 0; i < n; i++)
    {
      double along = ((i + 0.5) / n - 0.5) * (length - 1);
      double row = -along * sin (angle), column = along * cos (angle);
      long r = (long) floor (row), c = (long) floor (column);
      double a = row - r, b = column - c;

      add_tap (kernel, r, c, (1 - a) * (1 - b) / n);
      add_tap (kernel, r, c + 1, (1 - a) * b / n);
      add_tap (kernel, r + 1, c, a * (1 - b) / n);
      add_tap (kernel, r + 1, c + 1, a * b / n);
    }
  return blur_new (device, dtype, image, kernel, msm_params_get_number (params, "cutoff"), error);
}

const MsmOperatorClass msm_operator_motion_blur = {
  .name = "motion-blur",
  .title = N_("Motion blur"),
  .help = N_("The image is blurred along a line, as by a moving camera"),
  .params = motion_params,
  .make = make_motion,
};
