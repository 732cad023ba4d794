#include "config.h"

#include "core/train/train-check.h"

#include <math.h>

#include "core/base/error.h"
#include "core/io/image-write.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

/* Streams of the counter-based noise: apart from the losses' by the seed, from each other by the number. */
#define STREAM_STRIP 41
#define SEED_OFFSET  0x5bd1e995u

static const double strip_sigmas[] = { 0.05, 0.3, 1, 3, 10, 40 };

struct _MsmTrainCheck
{
  MsmLoss *loss;
  MsmDenoiser *denoiser;
  MsmMeasure *measure;
  GPtrArray *batches; /* MsmBatch on the training device */
  guint64 seed;
  gsize n;
  double *step; /* [n] */
  MsmTensor *z, *noise;
  MsmTensor *x0, *u;
};

void
msm_train_band (int index, double *low, double *high)
{
  MsmSchedule schedule;
  double first, last;

  msm_schedule_init (&schedule, MSM_SCHEDULE_T, NULL);
  first = log (msm_schedule_sigma (&schedule, 0));
  last = log (msm_schedule_sigma (&schedule, MSM_SCHEDULE_T - 1));
  *low = exp (first + (last - first) * index / MSM_TRAIN_BANDS);
  *high = exp (first + (last - first) * (index + 1) / MSM_TRAIN_BANDS);
}

int
msm_train_band_of (const MsmSchedule *schedule, double step)
{
  double first = log (msm_schedule_sigma (schedule, 0));
  double last = log (msm_schedule_sigma (schedule, MSM_SCHEDULE_T - 1));
  double place = (log (msm_schedule_sigma (schedule, step)) - first) / (last - first);

  return CLAMP ((int) floor (MSM_TRAIN_BANDS * place), 0, MSM_TRAIN_BANDS - 1);
}

gboolean
msm_train_check_is_full (MsmTrainCheck *self)
{
  MsmBatch *batch = g_ptr_array_index (self->batches, 0);
  MsmDevice *device = msm_measure_device (self->measure);
  gsize n = msm_tensor_size (batch->mask);

  return msm_vector_asum (device, msm_tensor_const_data (batch->mask), n) == (double) n;
}

/* A measure of the same shapes on the host: where the data set writes to. */
static MsmMeasure *
host_measure (MsmMeasure *measure, GError **error)
{
  MsmShape shape = msm_measure_shape (measure);

  return msm_measure_new (msm_device_host (), msm_measure_kind (measure), shape.dim[0], shape.dim[1], shape.dim[2],
                          shape.dim[3], error);
}

static gboolean
read_batches (MsmTrainCheck *self, MsmDataset *dataset, gsize n_batches, GError **error)
{
  g_autoptr (MsmMeasure) host = host_measure (self->measure, error);
  g_autoptr (MsmBatch) read = NULL;

  if (host == NULL)
    return FALSE;
  read = msm_batch_new (host, error);
  if (read == NULL)
    return FALSE;
  for (gsize i = 0; i < n_batches; i++)
    {
      MsmBatch *batch = msm_batch_new (self->measure, error);

      if (batch == NULL)
        return FALSE;
      g_ptr_array_add (self->batches, batch);
      if (!msm_dataset_fill (dataset, read, i * self->n, TRUE, error) || !msm_batch_upload (batch, read, error))
        return FALSE;
    }
  return msm_device_check (msm_measure_device (self->measure), error);
}

MsmTrainCheck *
msm_train_check_new (MsmLoss *loss, MsmDenoiser *denoiser, MsmMeasure *measure, MsmDataset *dataset, int n_items,
                     guint64 seed, GError **error)
{
  g_autoptr (MsmTrainCheck) self = g_new0 (MsmTrainCheck, 1);
  MsmDevice *device = msm_measure_device (measure);

  self->loss = loss;
  self->denoiser = denoiser;
  self->measure = measure;
  self->seed = seed + SEED_OFFSET;
  self->n = msm_measure_shape (measure).dim[0];
  self->batches = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_batch_free);
  self->step = g_new0 (double, self->n);
  self->z = msm_tensor_new (device, msm_measure_dtype (measure), msm_measure_shape (measure), error);
  if (self->z == NULL)
    return NULL;
  self->noise = msm_tensor_new_like (self->z, error);
  self->x0 = self->noise == NULL
                 ? NULL
                 : msm_tensor_new (device, msm_measure_dtype (measure), msm_measure_image_shape (measure), error);
  self->u = self->x0 == NULL ? NULL : msm_tensor_new_like (self->x0, error);
  if (self->u == NULL || !read_batches (self, dataset, ((gsize) n_items + self->n - 1) / self->n, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
msm_train_check_free (MsmTrainCheck *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->batches, g_ptr_array_unref);
  g_clear_pointer (&self->z, msm_tensor_unref);
  g_clear_pointer (&self->noise, msm_tensor_unref);
  g_clear_pointer (&self->x0, msm_tensor_unref);
  g_clear_pointer (&self->u, msm_tensor_unref);
  g_free (self->step);
  g_free (self);
}

void
msm_train_check_run (MsmTrainCheck *self, double error_of_band[MSM_TRAIN_BANDS])
{
  MsmSchedule schedule;

  msm_schedule_init (&schedule, MSM_SCHEDULE_T, NULL);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    {
      double low, high;
      double error = 0;
      double power = 0;

      msm_train_band (b, &low, &high);
      for (guint k = 0; k < self->batches->len; k++)
        {
          MsmLossReport report;
          /* The batches are spread over the band; within one all samples have the same σ. */
          double sigma = low * pow (high / low, (k + 0.5) / self->batches->len);

          for (gsize i = 0; i < self->n; i++)
            self->step[i] = round (msm_schedule_step_of (&schedule, sigma));
          msm_loss_evaluate (self->loss, g_ptr_array_index (self->batches, k), self->seed,
                             k * MSM_TRAIN_BANDS + (guint) b, self->step, FALSE, &report);
          for (gsize i = 0; i < report.n; i++)
            {
              error += report.error[i];
              power += report.power[i];
            }
        }
      error_of_band[b] = error / power;
    }
}

/* Bytes of a picture of tiles: two rows, one column of the clean sample and one for each σ. */
typedef struct
{
  guint8 *rgba;
  gsize h, w, columns;
} Strip;

static guint8
to_byte (double v)
{
  return v > 0 ? (guint8) MIN (v * 255 + 0.5, 255) : 0; /* NaN is black */
}

static double
magnitude (const float *x, gsize i)
{
  return hypot (x[2 * i], x[2 * i + 1]);
}

static double
find_largest (const float *x, gsize n, gboolean is_complex)
{
  double max = 0;

  for (gsize i = 0; i < n; i++)
    max = MAX (max, is_complex ? magnitude (x, i) : fabs (x[i]));
  return max > 0 ? max : 1;
}

/* The first image of @tensor, divided by @scale (its own maximum when 0). */
static void
draw (Strip *self, gsize row, gsize column, MsmTensor *tensor, double scale)
{
  MsmShape shape = msm_tensor_shape (tensor);
  gboolean is_complex = msm_tensor_dtype (tensor) == MSM_C64;
  gsize plane = self->h * self->w;
  g_autofree float *host = g_malloc (msm_tensor_bytes (tensor));

  msm_tensor_download (tensor, host);
  if (scale == 0)
    scale = find_largest (host, shape.dim[1] * plane, is_complex);
  for (gsize i = 0; i < plane; i++)
    {
      gsize y = row * self->h + i / self->w;
      guint8 *pixel = self->rgba + 4 * ((y * self->columns + column) * self->w + i % self->w);

      for (gsize k = 0; k < 3; k++)
        {
          gsize at = MIN (k, shape.dim[1] - 1) * plane + i;

          pixel[k] = is_complex ? to_byte (magnitude (host, i) / scale) : to_byte (0.5 + 0.5 * host[at] / scale);
        }
      pixel[3] = 255;
    }
}

static void
draw_mask (Strip *self, gsize row, gsize column, MsmTensor *mask)
{
  g_autofree float *host = g_malloc (msm_tensor_bytes (mask));

  msm_tensor_download (mask, host);
  for (gsize i = 0; i < self->h * self->w; i++)
    {
      gsize y = row * self->h + i / self->w;
      guint8 *pixel = self->rgba + 4 * ((y * self->columns + column) * self->w + i % self->w);

      pixel[0] = pixel[1] = pixel[2] = to_byte (host[i]);
      pixel[3] = 255;
    }
}

/* z = √ᾱ S (s + σ n) */
static void
make_noisy (MsmTrainCheck *self, MsmBatch *batch, int index, double alpha_bar, double sigma)
{
  MsmDevice *device = msm_measure_device (self->measure);

  msm_vector_random_normal (device, msm_tensor_data (self->noise), msm_tensor_floats (self->noise), self->seed,
                            STREAM_STRIP, (guint32) index, 0);
  msm_tensor_lincomb (self->z, sqrt (alpha_bar), batch->s, sqrt (alpha_bar) * sigma, self->noise);
  msm_measure_mask (self->measure, self->z, batch->mask, self->z);
}

/* Images are in [−1, 1] already; of complex ones the largest magnitude of Tᴴ s is white. */
static double
strip_scale (MsmTrainCheck *self)
{
  MsmDevice *device = msm_measure_device (self->measure);
  gsize plane = msm_tensor_dim (self->u, 2) * msm_tensor_dim (self->u, 3);
  gsize n = msm_tensor_dim (self->u, 1) * plane;
  double largest;

  if (msm_measure_kind (self->measure) == MSM_MEASURE_IMAGE)
    return 1;
  largest = msm_vector_max_abs (device, msm_tensor_const_data (self->u), 2 * n);
  return largest > 0 ? largest : 1;
}

gboolean
msm_train_check_strip (MsmTrainCheck *self, const char *path, GError **error)
{
  MsmBatch *batch = g_ptr_array_index (self->batches, 0);
  Strip strip = { NULL, msm_tensor_dim (self->u, 2), msm_tensor_dim (self->u, 3), 1 + G_N_ELEMENTS (strip_sigmas) };
  g_autofree guint8 *rgba = g_malloc0 (4 * 2 * strip.h * strip.w * strip.columns);
  MsmSchedule schedule;
  double scale;

  strip.rgba = rgba;
  msm_schedule_init (&schedule, MSM_SCHEDULE_T, NULL);
  if (batch->sens != NULL)
    msm_measure_set_sens (self->measure, batch->sens);
  msm_measure_adjoint (self->measure, batch->s, self->u);
  scale = strip_scale (self);
  draw (&strip, 0, 0, self->u, scale);
  draw_mask (&strip, 1, 0, batch->mask);
  for (gsize k = 0; k < G_N_ELEMENTS (strip_sigmas); k++)
    {
      double step = round (msm_schedule_step_of (&schedule, strip_sigmas[k]));

      for (gsize i = 0; i < self->n; i++)
        self->step[i] = step;
      make_noisy (self, batch, (int) k, msm_schedule_alpha_bar (&schedule, step), msm_schedule_sigma (&schedule, step));
      msm_measure_adjoint (self->measure, self->z, self->u);
      msm_denoiser_predict (self->denoiser, self->x0, self->u, self->z, batch->mask, self->step);
      draw (&strip, 0, 1 + k, self->u, 0);
      draw (&strip, 1, 1 + k, self->x0, scale);
    }
  return msm_device_check (msm_measure_device (self->measure), error)
         && msm_png_write_rgba (path, rgba, 2 * strip.h, strip.columns * strip.w, NULL, error);
}
