#include "config.h"

#include "core/baseline/baseline.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/tensor/vector.h"

/* x = √Σ_c |F⁻¹ y_c|²: one step, no sensitivities. */

typedef struct
{
  MsmSampler parent;
  MsmLinop *fft;
  MsmTensor *coils; /* C64 [1, coil, readout, phase] */
  MsmTensor *image; /* F32 [1, 1, readout, phase] */
} Rss;

static const MsmParam params[] = { { NULL } };

static gboolean
prepare (MsmSampler *sampler, GError **error)
{
  Rss *self = (Rss *) sampler;
  MsmTensor *kspace = sampler->problem->kspace;
  MsmShape shape;

  if (kspace == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("root sum of squares combines the coils of k-space; ‘%s’ measures something else"),
                   sampler->problem->operator_name != NULL ? sampler->problem->operator_name : _("the problem"));
      return FALSE;
    }
  sampler->n_steps = 1;
  shape = msm_tensor_shape (kspace);
  self->fft = msm_linop_fft_new (sampler->problem->device, shape, error);
  if (self->fft == NULL)
    return FALSE;
  self->coils = msm_tensor_new_like (kspace, error);
  if (self->coils == NULL)
    return FALSE;
  shape.dim[1] = 1;
  self->image = msm_tensor_new (sampler->problem->device, MSM_F32, shape, error);
  return self->image != NULL;
}

static gboolean
step (MsmSampler *sampler, MsmStepInfo *info)
{
  Rss *self = (Rss *) sampler;
  MsmDevice *device = sampler->problem->device;
  MsmShape shape = msm_tensor_shape (self->coils);

  msm_linop_adjoint (self->fft, sampler->problem->kspace, self->coils);
  msm_vector_rss (device, msm_tensor_data (self->image), msm_tensor_const_data (self->coils), shape.dim[0],
                  shape.dim[1], shape.dim[2] * shape.dim[3]);
  info->step = 1;
  info->n_steps = sampler->n_steps;
  info->residual = 0; /* the coil images reproduce the samples exactly */
  return FALSE;
}

static gsize
outputs (MsmSampler *sampler, MsmSamplerOutput *list)
{
  Rss *self = (Rss *) sampler;

  list[0] = (MsmSamplerOutput){ "estimate", N_("Estimate"), self->image };
  list[1] = (MsmSamplerOutput){ "coils", N_("Coil images"), self->coils };
  return 2;
}

static void
dispose (MsmSampler *sampler)
{
  Rss *self = (Rss *) sampler;

  g_clear_pointer (&self->image, msm_tensor_unref);
  g_clear_pointer (&self->coils, msm_tensor_unref);
  g_clear_pointer (&self->fft, msm_linop_unref);
}

const MsmSamplerClass msm_rss_class = {
  .name = "rss",
  .title = N_("Root sum of squares"),
  .help = N_("The magnitude over all coil images of the zero-filled k-space, without coil maps"),
  .params = params,
  .instance_size = sizeof (Rss),
  .without_sens = TRUE,
  .prepare = prepare,
  .step = step,
  .outputs = outputs,
  .dispose = dispose,
};
