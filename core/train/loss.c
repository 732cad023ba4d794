#include "config.h"

#include "core/train/loss-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/tensor/vector.h"

static const MsmLossClass *const classes[] = { &msm_loss_clean_class, &msm_loss_noisy_class, &msm_loss_oracle_class };

const char *const *
msm_loss_names (void)
{
  static const char *names[G_N_ELEMENTS (classes) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    names[i] = classes[i]->name;
  return names;
}

static gboolean
allocate (MsmLoss *self, GError **error)
{
  MsmDevice *device = msm_measure_device (self->measure);
  MsmDtype dtype = msm_measure_dtype (self->measure);
  MsmShape z = msm_measure_shape (self->measure);
  MsmShape x = msm_measure_image_shape (self->measure);

  if ((self->noise = msm_tensor_new (device, dtype, z, error)) == NULL
      || (self->z = msm_tensor_new (device, dtype, z, error)) == NULL
      || (self->s_hat = msm_tensor_new (device, dtype, z, error)) == NULL
      || (self->x0 = msm_tensor_new (device, dtype, x, error)) == NULL
      || (self->dx0 = msm_tensor_new (device, dtype, x, error)) == NULL)
    return FALSE;
  self->n = z.dim[0];
  self->size = msm_tensor_bytes (self->z) / sizeof (float) / self->n;
  self->uniform = g_new0 (float, self->n);
  self->step = g_new0 (double, self->n);
  self->error = g_new0 (double, self->n);
  self->power = g_new0 (double, self->n);
  self->observed = g_new0 (double, self->n);
  self->at_noise = g_new0 (double, self->n);
  return TRUE;
}

static const MsmLossClass *
find_class (const char *name, GError **error)
{
  g_autofree char *names = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (name, classes[i]->name))
      return classes[i];
  names = g_strjoinv (", ", (char **) msm_loss_names ());
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown loss ‘%s’, expected one of: %s"), name, names);
  return NULL;
}

void
msm_loss_append_params (GArray *table)
{
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    for (const MsmParam *param = classes[i]->params; param != NULL && param->name != NULL; param++)
      g_array_append_val (table, *param);
}

/*
 * Its own parameters from @params. What is off (0) unless it is asked for, and is another loss's, would be left out
 * without a word: that is refused.
 */
static gboolean
take_params (MsmLoss *self, const MsmParams *params, GError **error)
{
  self->params = msm_params_new (self->klass->params);
  for (guint i = 0; params != NULL && i < G_N_ELEMENTS (classes); i++)
    for (const MsmParam *param = classes[i]->params; param != NULL && param->name != NULL; param++)
      {
        double value = msm_params_has (params, param->name) ? msm_params_get_number (params, param->name) : param->def;

        if (msm_params_has (self->params, param->name))
          {
            if (!msm_params_set_number (self->params, param->name, value, error))
              return FALSE;
          }
        else if (param->def == 0 && value != 0)
          {
            g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("‘%s’ is for the loss ‘%s’, found ‘%s’"),
                         param->name, classes[i]->name, self->klass->name);
            return FALSE;
          }
      }
  return TRUE;
}

MsmLoss *
msm_loss_new (const char *name, MsmDenoiser *denoiser, MsmMeasure *measure, int n_steps, const MsmParams *params,
              GError **error)
{
  g_autoptr (MsmLoss) self = NULL;
  const MsmLossClass *klass = find_class (name, error);

  if (klass == NULL)
    return NULL;
  self = g_malloc0 (klass->instance_size);
  self->klass = klass;
  self->denoiser = denoiser;
  self->measure = measure;
  if (!take_params (self, params, error) || !msm_schedule_init (&self->schedule, n_steps, error)
      || !allocate (self, error) || (klass->prepare != NULL && !klass->prepare (self, error))
      || !msm_denoiser_plan (denoiser, measure, TRUE, error))
    return NULL;
  return g_steal_pointer (&self);
}

const char *
msm_loss_name (const MsmLoss *self)
{
  return self->klass->name;
}

gboolean
msm_loss_needs_full (const MsmLoss *self)
{
  return self->klass->full;
}

gboolean
msm_loss_needs_noise (const MsmLoss *self)
{
  return self->klass->noisy;
}

gboolean
msm_loss_needs_all_lines (const MsmLoss *self)
{
  return self->klass->all_lines;
}

void
msm_loss_free (MsmLoss *self)
{
  if (self == NULL)
    return;
  if (self->klass->dispose != NULL)
    self->klass->dispose (self);
  msm_params_free (self->params);
  msm_tensor_unref (self->noise);
  msm_tensor_unref (self->z);
  msm_tensor_unref (self->x0);
  msm_tensor_unref (self->s_hat);
  msm_tensor_unref (self->dx0);
  g_free (self->uniform);
  g_free (self->step);
  g_free (self->error);
  g_free (self->power);
  g_free (self->observed);
  g_free (self->at_noise);
  g_free (self);
}

void
msm_loss_set_noise (MsmLoss *self, const MsmTensor *noise)
{
  g_return_if_fail (noise == NULL || msm_shape_equal (msm_tensor_shape (noise), msm_tensor_shape (self->noise)));
  self->given = noise;
}

void
msm_loss_draw_noise (MsmLoss *self)
{
  MsmDevice *device = msm_measure_device (self->measure);
  const MsmDeviceOps *ops = msm_device_ops (device);

  if (self->given != NULL)
    ops->memory->copy (msm_device_state (device), msm_tensor_data (self->noise), msm_tensor_const_data (self->given),
                       msm_tensor_bytes (self->noise));
  else
    msm_vector_random_normal (device, msm_tensor_data (self->noise), self->n * self->size, self->seed,
                              MSM_LOSS_STREAM_NOISE, self->counter, self->first * self->size);
}

void
msm_loss_lincomb (MsmLoss *self, MsmTensor *dst, gsize b, double a, const MsmTensor *x, double c, const MsmTensor *y)
{
  MsmDevice *device = msm_measure_device (self->measure);

  msm_vector_lincomb (device, (float *) msm_tensor_data (dst) + b * self->size, (float) a,
                      (const float *) msm_tensor_const_data (x) + b * self->size, (float) c,
                      (const float *) msm_tensor_const_data (y) + b * self->size, self->size);
}

double
msm_loss_dot (MsmLoss *self, const MsmTensor *x, const MsmTensor *y, gsize b)
{
  MsmDevice *device = msm_measure_device (self->measure);

  return msm_vector_dot (device, (const float *) msm_tensor_const_data (x) + b * self->size,
                         (const float *) msm_tensor_const_data (y) + b * self->size, self->size);
}

void
msm_loss_predict (MsmLoss *self, MsmBatch *batch, const MsmTensor *shown, const double *step)
{
  msm_measure_adjoint (self->measure, self->z, self->x0);
  msm_denoiser_predict (self->denoiser, self->x0, self->x0, self->z, shown, step);
  msm_measure_forward (self->measure, self->x0, self->s_hat);
  msm_measure_mask (self->measure, self->s_hat, batch->mask, self->s_hat);
}

void
msm_loss_backward (MsmLoss *self, MsmBatch *batch)
{
  msm_measure_mask (self->measure, self->s_hat, batch->mask, self->s_hat);
  msm_measure_adjoint (self->measure, self->s_hat, self->dx0);
  msm_denoiser_backward (self->denoiser, NULL, self->dx0);
}

void
msm_loss_set_first (MsmLoss *self, guint64 first)
{
  self->first = first;
}

void
msm_loss_set_levels (MsmLoss *self, double median, double spread)
{
  self->sigma_median = median;
  self->sigma_spread = spread;
}

static void
draw_steps (MsmLoss *self)
{
  MsmDevice *host = msm_device_host ();
  int n_steps = self->schedule.n_steps;
  guint64 first = self->klass->one_step ? 0 : self->first;

  if (self->sigma_median > 0)
    msm_vector_random_normal (host, self->uniform, self->n, self->seed, MSM_LOSS_STREAM_STEP, self->counter, first);
  else
    msm_vector_random_uniform (host, self->uniform, self->n, self->seed, MSM_LOSS_STREAM_STEP, self->counter, first);
  for (gsize b = 0; b < self->n; b++)
    {
      double drawn = self->uniform[self->klass->one_step ? 0 : b];
      double part = self->sigma_median > 0
                        ? msm_schedule_step_of (&self->schedule, self->sigma_median * exp (self->sigma_spread * drawn))
                              / MSM_SCHEDULE_T
                        : drawn;

      self->step[b] = msm_schedule_index (&self->schedule, MIN ((int) (part * n_steps), n_steps - 1));
    }
}

/* Observed real elements and power of every sample. */
static void
count (MsmLoss *self, MsmBatch *batch)
{
  MsmDevice *device = msm_measure_device (self->measure);
  gsize plane = msm_tensor_size (batch->mask) / self->n;

  for (gsize b = 0; b < self->n; b++)
    {
      double entries = msm_vector_asum (device, (const float *) msm_tensor_const_data (batch->mask) + b * plane, plane);

      self->observed[b] = entries * (double) (self->size / plane);
      self->power[b] = msm_loss_dot (self, batch->s, batch->s, b) / MAX (self->observed[b], 1);
    }
}

void
msm_loss_evaluate (MsmLoss *self, MsmBatch *batch, guint64 seed, guint32 counter, const double *step, gboolean backward,
                   MsmLossReport *report)
{
  self->seed = seed;
  self->counter = counter;
  if (batch->sens != NULL)
    msm_measure_set_sens (self->measure, batch->sens);
  draw_steps (self);
  for (gsize b = 0; step != NULL && b < self->n; b++)
    self->step[b] = step[self->klass->one_step ? 0 : b];
  count (self, batch);
  for (gsize b = 0; self->klass->full && b < self->n; b++)
    g_return_if_fail (self->observed[b] == (double) self->size);
  *report = (MsmLossReport){ 0, self->n, self->step, self->error, self->power, 0 };
  self->klass->evaluate (self, batch, backward, report);
}
