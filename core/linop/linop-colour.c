#include "config.h"

/* Colourisation: y = Σ_c w_c x_c, one grey value of three channels. A† y = w y / |w|². */

#include "core/linop/operator-private.h"

#include <glib/gi18n-lib.h>

#include "core/linop/sparse.h"
#include "core/tensor/vector.h"

typedef struct
{
  MsmLinop base;
  MsmSparse *weights; /* [1, channel] */
  double norm2;       /* |w|² */
  gsize n_inner;      /* floats of one channel */
} Colour;

static void
colour_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Colour *self = (Colour *) linop;

  msm_sparse_apply (self->weights, msm_tensor_const_data (x), msm_tensor_data (y), linop->domain.dim[0], self->n_inner);
}

static void
colour_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Colour *self = (Colour *) linop;

  msm_sparse_apply_transposed (self->weights, msm_tensor_const_data (y), msm_tensor_data (x), linop->domain.dim[0],
                               self->n_inner);
}

/* A† = Aᴴ (A Aᴴ)⁻¹ */
static void
colour_pinv (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  float *to = msm_tensor_data (x);

  colour_adjoint (linop, y, x);
  msm_vector_scale (linop->device, to, (float) (1 / ((Colour *) linop)->norm2), to,
                    msm_tensor_bytes (x) / sizeof (float));
}

static double
colour_norm2 (MsmLinop *linop, GError **error)
{
  return ((Colour *) linop)->norm2;
}

static void
colour_dispose (MsmLinop *linop)
{
  msm_sparse_free (((Colour *) linop)->weights);
}

static const MsmLinopClass colour_class = {
  .name = "colour",
  .forward = colour_forward,
  .adjoint = colour_adjoint,
  .pinv = colour_pinv,
  .norm2 = colour_norm2,
  .dispose = colour_dispose,
};

static const char *const weights_names[] = { N_("mean"), N_("luma"), NULL };
static const double weights[][3] = { { 1 / 3.0, 1 / 3.0, 1 / 3.0 }, { 0.299, 0.587, 0.114 } };

static const MsmParam params_table[] = {
  { .name = "weights",
    .type = MSM_PARAM_CHOICE,
    .def = 0,
    .choices = weights_names,
    .help = N_("Grey value: the channels' mean, or the luma of BT.601"),
    .title = N_("Grey value") },
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

static MsmLinop *
make (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  const double *w = weights[msm_params_get_choice (params, "weights")];
  MsmShape grey = image;
  Colour *self;

  if (image.dim[1] != 3)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("colourisation needs a colour image of 3 channels, this one has %zu"), image.dim[1]);
      return NULL;
    }
  grey.dim[1] = 1;
  self = g_new0 (Colour, 1);
  self->norm2 = w[0] * w[0] + w[1] * w[1] + w[2] * w[2];
  self->n_inner = image.dim[2] * image.dim[3] * msm_operator_parts (dtype);
  if (!msm_linop_init (&self->base, &colour_class, device, dtype, image, grey, error)
      || (self->weights = msm_sparse_new (device, w, 1, 3, error)) == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}

const MsmOperatorClass msm_operator_colourise = {
  .name = "colourise",
  .title = N_("Colourisation"),
  .help = N_("Only the grey value of a colour image is measured"),
  .params = params_table,
  .make = make,
};
