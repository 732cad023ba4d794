#include "config.h"

#include "core/sampler/sampler.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"

/**
 * msm_sampler_new:
 * @problem_take: (transfer full): what is to be reconstructed; freed on failure too
 * @params_take: (transfer full) (nullable): values of the class's table; %NULL: defaults
 *
 * Prepares: all memory and all plans are taken here.
 * Returns: (transfer full): or %NULL with MSM_ERROR_MEMORY, MSM_ERROR_SHAPE, MSM_ERROR_UNSUPPORTED (the
 * method does not run on this device) or MSM_ERROR_VALUE
 */
MsmSampler *
msm_sampler_new (const MsmSamplerClass *klass, MsmProblem *problem_take, MsmParams *params_take, GError **error)
{
  MsmSampler *self;

  g_return_val_if_fail (klass != NULL && problem_take != NULL, NULL);
  g_return_val_if_fail (klass->instance_size >= sizeof (MsmSampler), NULL);
  self = g_malloc0 (klass->instance_size);
  self->klass = klass;
  self->problem = problem_take;
  self->params = params_take != NULL ? params_take : msm_params_new (klass->params);
  if (!klass->prepare (self, error) || !msm_device_check (self->problem->device, error))
    {
      msm_sampler_free (self);
      return NULL;
    }
  return self;
}

/* Frees the sampler, its problem and its parameters. NULL is accepted. */
void
msm_sampler_free (MsmSampler *self)
{
  if (self == NULL)
    return;
  if (self->klass->dispose != NULL)
    self->klass->dispose (self);
  g_clear_pointer (&self->params, msm_params_free);
  g_clear_pointer (&self->problem, msm_problem_free);
  g_free (self);
}

GBytes *
msm_sampler_save (MsmSampler *self)
{
  MsmTensor *parts[MSM_SAMPLER_MAX_PARTS];
  gsize n_parts = 0, size;
  g_autoptr (GBytes) head = NULL;
  GByteArray *whole;

  g_return_val_if_fail (self != NULL, NULL);
  head = self->klass->save != NULL ? self->klass->save (self, parts, &n_parts) : NULL;
  if (head == NULL)
    return NULL;
  whole = g_byte_array_new ();
  g_byte_array_append (whole, g_bytes_get_data (head, &size), (guint) g_bytes_get_size (head));
  for (gsize i = 0; i < n_parts; i++)
    {
      guint at = whole->len;

      g_byte_array_set_size (whole, at + (guint) msm_tensor_bytes (parts[i]));
      msm_tensor_download (parts[i], whole->data + at);
    }
  return g_byte_array_free_to_bytes (whole);
}

double
msm_sampler_state_scale (const MsmSamplerClass *klass, GBytes *state)
{
  return state != NULL && klass->state_scale != NULL ? klass->state_scale (state) : 0;
}

gboolean
msm_sampler_restore (MsmSampler *self, GBytes *state, GError **error)
{
  g_return_val_if_fail (self != NULL && state != NULL, FALSE);
  if (self->klass->restore != NULL)
    return self->klass->restore (self, state, error) && msm_device_check (self->problem->device, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s cannot go on from a step of another run"),
               self->klass->title);
  return FALSE;
}

/* One step. Allocates nothing. TRUE while there is more; after the last, stepping again is an error. */
gboolean
msm_sampler_step (MsmSampler *self, MsmStepInfo *info)
{
  g_return_val_if_fail (self != NULL && info != NULL, FALSE);
  *info = (MsmStepInfo){ .sigma = NAN, .residual = NAN, .cost = NAN };
  return self->klass->step (self, info);
}

/* What can be looked at after a step: borrowed tensors, the estimate first. Returns how many. */
gsize
msm_sampler_get_outputs (MsmSampler *self, MsmSamplerOutput *outputs)
{
  g_return_val_if_fail (self != NULL && outputs != NULL, 0);
  return self->klass->outputs (self, outputs);
}
