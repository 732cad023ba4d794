#include "config.h"

#include "core/run/frame.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/calib/smooth-phase.h"
#include "core/tensor/host-copy.h"
#include "core/tensor/tensor-math.h"

MsmFrame *
msm_frame_ref (MsmFrame *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_frame_unref (MsmFrame *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (gsize i = 0; i < self->n_images; i++)
    msm_tensor_unref (self->images[i].tensor);
  g_clear_pointer (&self->state, g_bytes_unref);
  g_free (self);
}

MsmTensor *
msm_frame_find (const MsmFrame *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);
  for (gsize i = 0; i < self->n_images; i++)
    if (strcmp (self->images[i].name, name) == 0)
      return self->images[i].tensor;
  return NULL;
}

static gboolean
check_magnitude (const float *magnitude, gsize n, int step, GError **error)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += magnitude[i];
  if (!isfinite (sum))
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                 _("the estimate holds NaN or infinity after step %d: the method diverged"), step);
  else if (sum <= 0)
    g_set_error (
        error, MSM_ERROR, MSM_ERROR_VALUE,
        _("the estimate is zero everywhere after step %d: nothing is sampled, or the sensitivities are empty"), step);
  else
    return TRUE;
  return FALSE;
}

/*
 * Adds "error" = estimate − reference and the metrics. @values: the estimate as the reference is: of MRI its
 * magnitude, of pictures every channel. FALSE when there is no memory.
 */
static gboolean
compare_with_reference (MsmFrame *self, MsmTensor *reference, const float *values, GError **error)
{
  MsmShape shape = msm_tensor_shape (reference);
  MsmTensor *difference = msm_tensor_new (msm_device_host (), MSM_F32, shape, error);
  const float *expected = msm_tensor_const_host (reference);
  float *d;

  if (difference == NULL)
    return FALSE;
  d = msm_tensor_host (difference);
  for (gsize i = 0; i < msm_tensor_size (difference); i++)
    d[i] = values[i] - expected[i];
  msm_tensor_seal (difference);
  self->images[self->n_images].name = "error";
  self->images[self->n_images].title = N_("Error");
  self->images[self->n_images].tensor = difference;
  self->n_images++;
  self->has_metrics =
      msm_metrics_compute (values, expected, NULL, shape.dim[1], shape.dim[2], shape.dim[3], &self->metrics, error);
  return self->has_metrics;
}

struct _MsmFrameDraft
{
  MsmFrame *frame;     /* what is known already */
  MsmProblem *problem; /* borrowed */
  gsize n_parts;
  struct
  {
    MsmSamplerOutput output; /* its tensor may have changed since */
    MsmDtype dtype;
    MsmShape shape;
    MsmHostCopy *copy;
  } parts[MSM_SAMPLER_MAX_OUTPUTS];
  GBytes *head; /* (nullable): of the state */
  gsize n_state;
  MsmHostCopy *state[MSM_SAMPLER_MAX_PARTS];
};

void
msm_frame_draft_free (MsmFrameDraft *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->frame, msm_frame_unref);
  for (gsize i = 0; i < self->n_parts; i++)
    msm_host_copy_free (self->parts[i].copy);
  g_clear_pointer (&self->head, g_bytes_unref);
  for (gsize i = 0; i < self->n_state; i++)
    msm_host_copy_free (self->state[i]);
  g_free (self);
}

static gboolean
take_state (MsmFrameDraft *self, MsmSampler *sampler, GError **error)
{
  MsmTensor *parts[MSM_SAMPLER_MAX_PARTS];
  gsize n_parts = 0;

  self->head = sampler->klass->save (sampler, parts, &n_parts);
  for (gsize i = 0; self->head != NULL && i < n_parts; i++)
    {
      self->state[i] = msm_host_copy_new (parts[i], error);
      if (self->state[i] == NULL)
        return FALSE;
      self->n_state = i + 1;
    }
  return TRUE;
}

MsmFrameDraft *
msm_frame_draft_new (MsmSampler *sampler, const MsmStepInfo *info, gboolean keeps_state, GError **error)
{
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  g_autoptr (MsmFrameDraft) self = g_new0 (MsmFrameDraft, 1);
  gsize n_outputs = msm_sampler_get_outputs (sampler, outputs);

  self->problem = sampler->problem;
  self->frame = g_new0 (MsmFrame, 1);
  g_atomic_ref_count_init (&self->frame->ref_count);
  self->frame->info = *info;
  self->frame->scale = sampler->problem->scale;
  self->frame->note = sampler->problem->note;
  for (gsize i = 0; i < n_outputs; i++)
    {
      self->parts[i].output = outputs[i];
      self->parts[i].dtype = msm_tensor_dtype (outputs[i].tensor);
      self->parts[i].shape = msm_tensor_shape (outputs[i].tensor);
      self->parts[i].copy = msm_host_copy_new (outputs[i].tensor, error);
      if (self->parts[i].copy == NULL)
        return NULL;
      self->n_parts = i + 1;
    }
  if (keeps_state && sampler->klass->save != NULL && !take_state (self, sampler, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
msm_frame_draft_is_pending (const MsmFrameDraft *self)
{
  for (gsize i = 0; i < self->n_parts; i++)
    if (msm_host_copy_is_pending (self->parts[i].copy))
      return TRUE;
  return FALSE;
}

/* NULL without memory, as where the method has none: a branch cannot begin there. */
static GBytes *
finish_state (MsmFrameDraft *self)
{
  gsize head = g_bytes_get_size (self->head), size = head;
  guint8 *data;

  for (gsize i = 0; i < self->n_state; i++)
    size += msm_host_copy_bytes (self->state[i]);
  data = g_try_malloc (size);
  if (data == NULL)
    return NULL;
  memcpy (data, g_bytes_get_data (self->head, NULL), head);
  for (gsize i = 0, at = head; i < self->n_state; at += msm_host_copy_bytes (self->state[i]), i++)
    {
      const void *from = msm_host_copy_wait (self->state[i]);

      if (from == NULL)
        {
          g_free (data);
          return NULL;
        }
      memcpy (data + at, from, msm_host_copy_bytes (self->state[i]));
    }
  return g_bytes_new_take (data, size);
}

/* The images, cropped, with the phase that the coil maps took up. */
static gboolean
finish_images (MsmFrameDraft *self, GError **error)
{
  MsmFrame *frame = self->frame;
  const MsmProblem *problem = self->problem;
  g_autoptr (MsmTensor) phase = NULL;

  if (problem->phase != NULL
      && (phase = msm_tensor_crop (problem->phase, problem->crop_readout, problem->crop_phase, error)) == NULL)
    return FALSE;

  for (gsize i = 0; i < self->n_parts; i++)
    {
      const void *from = msm_host_copy_wait (self->parts[i].copy);
      MsmTensor *image;

      if (from == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("an image did not come from the device"));
          return FALSE;
        }
      image = msm_tensor_new_cropped (from, self->parts[i].dtype, self->parts[i].shape, problem->crop_readout,
                                      problem->crop_phase, error);
      if (image == NULL)
        return FALSE;
      if (phase != NULL && self->parts[i].output.is_image)
        msm_smooth_phase_restore (msm_tensor_host (image), msm_tensor_const_host (phase), msm_tensor_size (image));
      msm_tensor_seal (image);
      frame->images[i].name = self->parts[i].output.name;
      frame->images[i].title = self->parts[i].output.title;
      frame->images[i].tensor = image;
      frame->n_images = i + 1;
    }
  return TRUE;
}

/* Metrics and the image of the error, where there is something to compare with. */
static gboolean
judge (MsmFrame *self, const MsmProblem *problem, GError **error)
{
  g_autofree float *magnitude = NULL;
  MsmTensor *estimate = self->images[0].tensor;
  gsize n_rows = msm_tensor_dim (estimate, msm_tensor_shape (estimate).rank - 2);
  gsize n_columns = msm_tensor_dim (estimate, msm_tensor_shape (estimate).rank - 1);

  magnitude = msm_try_new (float, n_rows *n_columns, error);
  if (magnitude == NULL)
    return FALSE;
  msm_tensor_root_of_squares (estimate, 0, msm_tensor_size (estimate) / (n_rows * n_columns), n_rows * n_columns,
                              magnitude);
  if (!check_magnitude (magnitude, n_rows * n_columns, self->info.step, error))
    return FALSE;
  if (problem->reference == NULL)
    return TRUE;
  if (problem->kind == MSM_MEASURE_IMAGE && msm_tensor_dtype (estimate) == MSM_F32
      && msm_tensor_size (problem->reference) == msm_tensor_size (estimate))
    return compare_with_reference (self, problem->reference, msm_tensor_const_host (estimate), error);
  return msm_tensor_size (problem->reference) != n_rows * n_columns
         || compare_with_reference (self, problem->reference, magnitude, error);
}

MsmFrame *
msm_frame_draft_finish (MsmFrameDraft *draft_take, GError **error)
{
  g_autoptr (MsmFrameDraft) self = draft_take;

  if (!finish_images (self, error) || (self->n_parts > 0 && !judge (self->frame, self->problem, error)))
    return NULL;
  if (self->head != NULL)
    self->frame->state = finish_state (self);
  return g_steal_pointer (&self->frame);
}

MsmFrame *
msm_frame_new_from_sampler (MsmSampler *sampler, const MsmStepInfo *info, GError **error)
{
  MsmFrameDraft *draft = msm_frame_draft_new (sampler, info, FALSE, error);

  return draft != NULL ? msm_frame_draft_finish (draft, error) : NULL;
}
