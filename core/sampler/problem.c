#include "config.h"

#include "core/sampler/problem.h"

/* Frees the problem and drops its references. NULL is accepted. */
void
msm_problem_free (MsmProblem *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_clear_pointer (&self->mask_plane, msm_tensor_unref);
  g_clear_pointer (&self->reference, msm_tensor_unref);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->device, msm_device_unref);
  g_free (self);
}
