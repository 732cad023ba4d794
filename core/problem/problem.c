#include "config.h"

#include "core/problem/problem.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"

gboolean
msm_problem_set_sampling (MsmProblem *self, GError **error)
{
  g_autoptr (MsmLinop) op = NULL;

  g_return_val_if_fail (self != NULL && self->kspace != NULL, FALSE);
  if (self->sens != NULL && (op = msm_linop_sense_new (self->device, 1, self->sens, self->mask_plane, error)) == NULL)
    return FALSE;
  if (op != NULL && !msm_shape_equal (msm_linop_codomain (op), msm_tensor_shape (self->kspace)))
    {
      g_autofree char *is = msm_shape_format (msm_tensor_shape (self->kspace));
      g_autofree char *wanted = msm_shape_format (msm_linop_codomain (op));

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("k-space is %s, but the sensitivities make %s"), is, wanted);
      return FALSE;
    }
  g_clear_pointer (&self->op, msm_linop_unref);
  g_clear_pointer (&self->y, msm_tensor_unref);
  g_free (self->operator_name);
  self->kind = MSM_MEASURE_MRI;
  self->n_channels = 1;
  self->op = g_steal_pointer (&op);
  self->y = msm_tensor_ref (self->kspace);
  self->operator_name = g_strdup ("sampling");
  return TRUE;
}

/* Frees the problem and drops its references. NULL is accepted. */
void
msm_problem_free (MsmProblem *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->op, msm_linop_unref);
  g_clear_pointer (&self->y, msm_tensor_unref);
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_clear_pointer (&self->maps, msm_tensor_unref);
  g_clear_pointer (&self->phase, msm_tensor_unref);
  g_clear_pointer (&self->mask_plane, msm_tensor_unref);
  g_clear_pointer (&self->reference, msm_tensor_unref);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->device, msm_device_unref);
  g_free (self->operator_name);
  g_free (self->operator_text);
  g_free (self);
}
