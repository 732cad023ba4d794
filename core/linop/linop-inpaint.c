#include "config.h"

/* y = w · x with w 0 or 1 per pixel, the same for all channels: self-adjoint, and its own pseudo-inverse. */

#include "core/linop/operator-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/memory.h"
#include "core/tensor/vector.h"

typedef struct
{
  MsmLinop base;
  MsmTensor *weights; /* F32, as many floats as an image */
} Inpaint;

static void
inpaint_apply (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  MsmTensor *weights = ((Inpaint *) linop)->weights;

  msm_vector_mul (linop->device, msm_tensor_data (y), msm_tensor_const_data (weights), msm_tensor_const_data (x),
                  msm_tensor_size (weights));
}

static double
inpaint_norm2 (MsmLinop *linop, GError **error)
{
  return 1;
}

static void
inpaint_dispose (MsmLinop *linop)
{
  msm_tensor_unref (((Inpaint *) linop)->weights);
}

static const MsmLinopClass inpaint_class = {
  .name = "inpaint",
  .forward = inpaint_apply,
  .adjoint = inpaint_apply,
  .normal = inpaint_apply, /* w² = w */
  .pinv = inpaint_apply,
  .norm2 = inpaint_norm2,
  .dispose = inpaint_dispose,
};

static MsmLinop *
inpaint_new (MsmDevice *device, MsmDtype dtype, MsmShape image, const float *kept, GError **error)
{
  Inpaint *self;
  gboolean any = FALSE;

  for (gsize p = 0; p < image.dim[2] * image.dim[3]; p++)
    any = any || kept[p] != 0;
  if (!any)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("no pixel of the image is left: %zu × %zu are hidden"),
                   image.dim[2], image.dim[3]);
      return NULL;
    }
  self = g_new0 (Inpaint, 1);
  if (!msm_linop_init (&self->base, &inpaint_class, device, dtype, image, image, error)
      || (self->weights = msm_operator_weights (device, dtype, image, kept, 1, error)) == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}

static const MsmParam box_params[] = {
  { .name = "rows",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 65536,
    .flags = MSM_PARAM_AUTO,
    .unit = N_("pixels"),
    .help = N_("Height of the hidden box; auto is half of the image"),
    .title = N_("Box height") },
  { .name = "columns",
    .type = MSM_PARAM_INT,
    .min = 1,
    .max = 65536,
    .flags = MSM_PARAM_AUTO,
    .unit = N_("pixels"),
    .help = N_("Width of the hidden box; auto is half of the image"),
    .title = N_("Box width") },
  { .name = "row",
    .type = MSM_PARAM_INT,
    .min = 0,
    .max = 65536,
    .flags = MSM_PARAM_AUTO,
    .unit = N_("pixels"),
    .help = N_("First hidden row; auto centres the box"),
    .title = N_("Box top") },
  { .name = "column",
    .type = MSM_PARAM_INT,
    .min = 0,
    .max = 65536,
    .flags = MSM_PARAM_AUTO,
    .unit = N_("pixels"),
    .help = N_("First hidden column; auto centres the box"),
    .title = N_("Box left") },
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

/* [first, last) of the box along an axis of n pixels. */
static void
box_range (const MsmParams *params, const char *size_name, const char *first_name, gsize n, gsize *first, gsize *last)
{
  gsize length = MIN ((gsize) msm_params_get_number_or (params, size_name, (double) MAX (n / 2, 1)), n);

  *first = MIN ((gsize) msm_params_get_number_or (params, first_name, (double) ((n - length) / 2)), n);
  *last = MIN (*first + length, n);
}

static MsmLinop *
make_box (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  g_autofree float *kept = msm_try_new (float, image.dim[2] * image.dim[3], error);
  gsize row[2], column[2];

  if (kept == NULL)
    return NULL;
  box_range (params, "rows", "row", image.dim[2], &row[0], &row[1]);
  box_range (params, "columns", "column", image.dim[3], &column[0], &column[1]);
  for (gsize i = 0; i < image.dim[2]; i++)
    for (gsize j = 0; j < image.dim[3]; j++)
      kept[i * image.dim[3] + j] = i < row[0] || i >= row[1] || j < column[0] || j >= column[1];
  return inpaint_new (device, dtype, image, kept, error);
}

const MsmOperatorClass msm_operator_inpaint_box = {
  .name = "inpaint-box",
  .title = N_("Inpainting, box"),
  .help = N_("A box of the image is hidden"),
  .params = box_params,
  .make = make_box,
  .is_masked = TRUE,
};

static const MsmParam random_params[] = {
  { .name = "hidden",
    .type = MSM_PARAM_FLOAT,
    .min = 0,
    .max = 1,
    .def = 0.7,
    .help = N_("Fraction of the pixels that is hidden, at random"),
    .title = N_("Hidden part") },
  MSM_OPERATOR_NOISE (0.01),
  { NULL },
};

static MsmLinop *
make_random (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error)
{
  gsize n = image.dim[2] * image.dim[3];
  double hidden = msm_params_get_number (params, "hidden");
  g_autofree float *kept = msm_operator_uniform (params, MSM_OPERATOR_STREAM_PIXELS, n, error);

  if (kept == NULL)
    return NULL;
  for (gsize p = 0; p < n; p++)
    kept[p] = kept[p] >= hidden;
  return inpaint_new (device, dtype, image, kept, error);
}

const MsmOperatorClass msm_operator_inpaint_random = {
  .name = "inpaint-random",
  .title = N_("Inpainting, pixels"),
  .help = N_("Single pixels are hidden at random"),
  .params = random_params,
  .make = make_random,
  .is_masked = TRUE,
};
