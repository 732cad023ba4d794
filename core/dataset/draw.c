#include "config.h"

#include "core/dataset/draw.h"

#include "core/device/device.h"
#include "core/tensor/vector.h"

/* The device's generator starts threads for more numbers than this: the trainer has none to spare. */
#define CHUNK 8192

guint64
msm_draw_key (guint64 key, guint64 number)
{
  guint64 z = key + (number + 1) * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return z ^ (z >> 31);
}

MsmDraw
msm_draw_new (guint64 key, MsmDrawStream stream)
{
  return (MsmDraw){ key, stream, 0 };
}

double
msm_draw_uniform (MsmDraw *self, double low, double high)
{
  MsmDevice *host = msm_device_host ();
  float value = 0;

  msm_vector_random_uniform (host, &value, 1, self->key, self->stream, 0, self->next++);
  return low + (high - low) * value;
}

double
msm_draw_normal (MsmDraw *self)
{
  MsmDevice *host = msm_device_host ();
  float value = 0;

  msm_vector_random_normal (host, &value, 1, self->key, self->stream, 0, self->next++);
  return value;
}

gsize
msm_draw_index (MsmDraw *self, gsize n)
{
  return MIN ((gsize) msm_draw_uniform (self, 0, (double) n), n - 1);
}

void
msm_draw_noise (guint64 key, float *noise, gsize n)
{
  MsmDevice *host = msm_device_host ();

  for (gsize i = 0; i < n; i += CHUNK)
    msm_vector_random_normal (host, noise + i, MIN (n - i, CHUNK), key, MSM_DRAW_NOISE, 0, i);
}

void
msm_draw_order (guint64 seed, guint64 epoch, guint32 *order, gsize n)
{
  MsmDraw draw = msm_draw_new (msm_draw_key (seed, epoch), MSM_DRAW_ORDER);

  for (gsize i = 0; i < n; i++)
    order[i] = (guint32) i;
  for (gsize i = n; i > 1; i--)
    {
      gsize j = msm_draw_index (&draw, i);
      guint32 keep = order[i - 1];

      order[i - 1] = order[j];
      order[j] = keep;
    }
}
