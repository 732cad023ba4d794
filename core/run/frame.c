#include "config.h"

#include "core/run/frame.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

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
msm_frame_find (const MsmFrame *self,
                const char     *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);
  for (gsize i = 0; i < self->n_images; i++)
    if (strcmp (self->images[i].name, name) == 0)
      return self->images[i].tensor;
  return NULL;
}

/* Centre crop of the last two axes; index n/2 of the input stays the centre. A host copy, sealed. */
static MsmTensor *
crop_to_host (MsmTensor  *tensor,
              gsize       crop_rows,
              gsize       crop_columns,
              GError    **error)
{
  MsmShape shape = msm_tensor_shape (tensor);
  gsize item = msm_dtype_size (msm_tensor_dtype (tensor));
  gsize n_rows = shape.dim[shape.rank - 2];
  gsize n_columns = shape.dim[shape.rank - 1];
  gsize rows = crop_rows > 0 && crop_rows < n_rows ? crop_rows : n_rows;
  gsize columns = crop_columns > 0 && crop_columns < n_columns ? crop_columns : n_columns;
  gsize first_row = n_rows / 2 - rows / 2;
  gsize first_column = n_columns / 2 - columns / 2;
  gsize n_planes = msm_shape_size (shape) / (n_rows * n_columns);
  g_autoptr (MsmTensor) result = NULL;
  g_autofree guint8 *whole = NULL;
  const guint8 *from;
  guint8 *to;

  shape.dim[shape.rank - 2] = rows;
  shape.dim[shape.rank - 1] = columns;
  result = msm_tensor_new (msm_device_host (), msm_tensor_dtype (tensor), shape, error);
  if (result == NULL)
    return NULL;
  if (msm_device_is_host (msm_tensor_device (tensor)))
    from = msm_tensor_const_data (tensor);
  else
    {
      whole = g_try_malloc (msm_tensor_bytes (tensor));
      if (whole == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a frame of %zu bytes"),
                       msm_tensor_bytes (tensor));
          return NULL;
        }
      msm_tensor_download (tensor, whole);
      from = whole;
    }
  to = msm_tensor_data (result);
  for (gsize plane = 0; plane < n_planes; plane++)
    for (gsize row = 0; row < rows; row++)
      memcpy (to + (plane * rows + row) * columns * item,
              from + ((plane * n_rows + row + first_row) * n_columns + first_column) * item,
              columns * item);
  msm_tensor_seal (result);
  return g_steal_pointer (&result);
}

/* |x| of the estimate, root of the sum of squares over map sets. */
static void
magnitude_of (MsmTensor *tensor,
              float     *magnitude,
              gsize      n)
{
  const float *v = msm_tensor_const_host (tensor);
  gsize n_planes = msm_tensor_size (tensor) / n;

  if (msm_tensor_dtype (tensor) == MSM_C64)
    {
      for (gsize i = 0; i < n; i++)
        {
          double sum = 0;

          for (gsize p = 0; p < n_planes; p++)
            {
              const float *c = v + 2 * (p * n + i);

              sum += (double) c[0] * c[0] + (double) c[1] * c[1];
            }
          magnitude[i] = (float) sqrt (sum);
        }
    }
  else
    {
      for (gsize i = 0; i < n; i++)
        {
          double sum = 0;

          for (gsize p = 0; p < n_planes; p++)
            sum += (double) v[p * n + i] * v[p * n + i];
          magnitude[i] = (float) sqrt (sum);
        }
    }
}

static gboolean
check_magnitude (const float  *magnitude,
                 gsize         n,
                 int           step,
                 GError      **error)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += magnitude[i];
  if (!isfinite (sum))
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                 _("the estimate holds NaN or infinity after step %d: the method diverged"), step);
  else if (sum <= 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                 _("the estimate is zero everywhere after step %d: nothing is sampled, or the sensitivities are empty"),
                 step);
  else
    return TRUE;
  return FALSE;
}

/*
 * Adds "error" = estimate − reference and the metrics. @values: the estimate as the reference is: of MRI its
 * magnitude, of pictures every channel. FALSE when there is no memory.
 */
static gboolean
compare_with_reference (MsmFrame    *self,
                        MsmTensor   *reference,
                        const float *values,
                        GError     **error)
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
  msm_metrics_compute_channels (values, expected, NULL, shape.dim[1], shape.dim[2], shape.dim[3], &self->metrics);
  self->has_metrics = TRUE;
  return TRUE;
}

MsmFrame *
msm_frame_new_from_sampler (MsmSampler         *sampler,
                            const MsmStepInfo  *info,
                            GError            **error)
{
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  g_autoptr (MsmFrame) self = g_new0 (MsmFrame, 1);
  g_autofree float *magnitude = NULL;
  MsmProblem *problem = sampler->problem;
  gsize n_outputs = msm_sampler_get_outputs (sampler, outputs);
  gsize n_rows, n_columns;

  g_atomic_ref_count_init (&self->ref_count);
  self->info = *info;
  self->scale = problem->scale;
  self->note = problem->note;
  for (gsize i = 0; i < n_outputs; i++)
    {
      MsmTensor *image = crop_to_host (outputs[i].tensor, problem->crop_readout,
                                       problem->crop_phase, error);

      if (image == NULL)
        return NULL;
      self->images[i].name = outputs[i].name;
      self->images[i].title = outputs[i].title;
      self->images[i].tensor = image;
      self->n_images = i + 1;
    }
  if (n_outputs == 0)
    return g_steal_pointer (&self);

  n_rows = msm_tensor_dim (self->images[0].tensor, msm_tensor_shape (self->images[0].tensor).rank - 2);
  n_columns = msm_tensor_dim (self->images[0].tensor,
                              msm_tensor_shape (self->images[0].tensor).rank - 1);
  magnitude = g_new (float, n_rows * n_columns);
  magnitude_of (self->images[0].tensor, magnitude, n_rows * n_columns);
  if (!check_magnitude (magnitude, n_rows * n_columns, info->step, error))
    return NULL;
  if (problem->reference == NULL)
    return g_steal_pointer (&self);
  if (problem->kind == MSM_MEASURE_IMAGE && msm_tensor_dtype (self->images[0].tensor) == MSM_F32
      && msm_tensor_size (problem->reference) == msm_tensor_size (self->images[0].tensor))
    {
      if (!compare_with_reference (self, problem->reference, msm_tensor_const_host (self->images[0].tensor), error))
        return NULL;
    }
  else if (msm_tensor_size (problem->reference) == n_rows * n_columns
           && !compare_with_reference (self, problem->reference, magnitude, error))
    return NULL;
  return g_steal_pointer (&self);
}
