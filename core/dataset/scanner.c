#include "config.h"

#include "core/dataset/scanner.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/calib/calib.h"
#include "core/dataset/draw.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

/* The device starts threads for longer arrays: the trainer has none to spare. */
#define CHUNK 8192

struct _MsmScanner
{
  MsmDevice *host;
  gsize n_coils, size;
  MsmFftPlan *plan;      /* of one plane [size, size]; one plane: one thread */
  MsmFftPlan *fine_plan; /* of one plane [2 size, 2 size] */
  MsmTensor *planes;     /* [1, coil, size, size]: the zero-filled images */
  MsmTensor *noise;      /* the same of the noise */
  MsmTensor *complex_fine;
  float *fine, *magnitude, *normals;
  guint32 *sampled; /* [size²] indices of the sampled points */
};

MsmScanner *
msm_scanner_new (gsize n_coils, gsize size, GError **error)
{
  g_autoptr (MsmScanner) self = g_new0 (MsmScanner, 1);
  MsmShape shape = msm_shape4 (1, n_coils, size, size);

  self->host = msm_device_ref (msm_device_host ());
  self->n_coils = n_coils;
  self->size = size;
  self->planes = msm_tensor_new (self->host, MSM_C64, shape, error);
  if (self->planes == NULL)
    return NULL;
  self->noise = msm_tensor_new (self->host, MSM_C64, shape, error);
  if (self->noise == NULL)
    return NULL;
  self->complex_fine = msm_tensor_new (self->host, MSM_C64, msm_shape2 (2 * size, 2 * size), error);
  if (self->complex_fine == NULL)
    return NULL;
  if ((self->fine = msm_try_new (float, 4 * size * size, error)) == NULL
      || (self->magnitude = msm_try_new (float, size *size, error)) == NULL
      || (self->normals = msm_try_new (float, 2 * n_coils * size * size, error)) == NULL
      || (self->sampled = msm_try_new (guint32, size * size, error)) == NULL)
    return NULL;
  self->plan = msm_device_ops (self->host)->fourier->plan_new (msm_device_state (self->host), 1, size, size);
  self->fine_plan =
      msm_device_ops (self->host)->fourier->plan_new (msm_device_state (self->host), 1, 2 * size, 2 * size);
  if (self->plan == NULL || self->fine_plan == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a Fourier transform of %zu × %zu points"),
                   2 * size, 2 * size);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
msm_scanner_free (MsmScanner *self)
{
  if (self == NULL)
    return;
  if (self->plan != NULL)
    msm_device_ops (self->host)->fourier->plan_free (msm_device_state (self->host), self->plan);
  if (self->fine_plan != NULL)
    msm_device_ops (self->host)->fourier->plan_free (msm_device_state (self->host), self->fine_plan);
  g_clear_pointer (&self->planes, msm_tensor_unref);
  g_clear_pointer (&self->noise, msm_tensor_unref);
  g_clear_pointer (&self->complex_fine, msm_tensor_unref);
  g_free (self->fine);
  g_free (self->magnitude);
  g_free (self->normals);
  g_free (self->sampled);
  msm_device_unref (self->host);
  g_free (self);
}

float *
msm_scanner_fine (MsmScanner *self)
{
  return self->fine;
}

static void
transform (MsmScanner *self, MsmFftPlan *plan, float *dst, const float *src, gboolean inverse)
{
  msm_device_ops (self->host)->fourier->execute (msm_device_state (self->host), plan, dst, src, inverse);
}

/* What the variety's window leaves of k-space, complex [size, size]. */
static void
limit_resolution (float *plane, const MsmVariety *variety, gsize size)
{
  if (variety->resolution[0] >= 1 && variety->resolution[1] >= 1)
    return;
  for (gsize r = 0; r < size; r++)
    {
      float row = msm_variety_window (variety, 0, r, size);

      for (gsize c = 0; c < size; c++)
        {
          float weight = row * msm_variety_window (variety, 1, c, size);

          plane[2 * (r * size + c)] *= weight;
          plane[2 * (r * size + c) + 1] *= weight;
        }
    }
}

void
msm_scanner_band_limit (MsmScanner *self, const MsmVariety *variety, float *x)
{
  gsize size = self->size, side = 2 * size;
  float *fine = msm_tensor_host (self->complex_fine), *plane = msm_tensor_host (self->planes);

  for (gsize i = 0; i < side * side; i++)
    {
      fine[2 * i] = self->fine[i];
      fine[2 * i + 1] = 0;
    }
  transform (self, self->fine_plan, fine, fine, FALSE);
  /* The origin n/2 of the coarse plane lies on that of the fine one. */
  for (gsize r = 0; r < size; r++)
    memcpy (plane + 2 * r * size, fine + 2 * ((r + size - size / 2) * side + size - size / 2),
            2 * size * sizeof (float));
  limit_resolution (plane, variety, size);
  transform (self, self->plan, plane, plane, TRUE);
  /* Orthonormal transforms of two sizes: half keeps the brightness. */
  for (gsize i = 0; i < size * size; i++)
    x[i] = 0.5f * plane[2 * i];
}

/* The noise of the sampled points, kept for the sum; its zero-filled images in self->noise. */
static void
draw_noise (MsmScanner *self, guint64 key, gsize n_sampled)
{
  gsize n_plane = self->size * self->size;

  msm_draw_noise (key, self->normals, 2 * self->n_coils * n_sampled);
  for (gsize c = 0; c < self->n_coils; c++)
    {
      float *plane = msm_tensor_host (self->noise) + 2 * c * n_plane;
      const float *from = self->normals + 2 * c * n_sampled;

      memset (plane, 0, 2 * n_plane * sizeof (float));
      for (gsize i = 0; i < n_sampled; i++)
        memcpy (plane + 2 * self->sampled[i], from + 2 * i, 2 * sizeof (float));
      transform (self, self->plan, plane, plane, TRUE);
    }
}

/* The rule applied to a · planes + b · noise, both in the image domain. */
static double
zero_filled_level (MsmScanner *self, double a, double b)
{
  gsize n_plane = self->size * self->size;
  const float *signal = msm_tensor_const_host (self->planes);
  const float *noise = msm_tensor_const_host (self->noise);
  float fa = (float) a, fb = (float) b;

  memset (self->magnitude, 0, n_plane * sizeof (float));
  for (gsize c = 0; c < self->n_coils; c++)
    for (gsize i = 0; i < n_plane; i++)
      {
        gsize j = 2 * (c * n_plane + i);
        float re = fa * signal[j], im = fa * signal[j + 1];

        if (b > 0)
          {
            re += fb * noise[j];
            im += fb * noise[j + 1];
          }
        self->magnitude[i] += re * re + im * im;
      }
  return sqrt (msm_normalise_rule (self->magnitude, n_plane));
}

void
msm_scanner_encode (MsmScanner *self, const float *x, const float *sens, float *z)
{
  gsize n_plane = self->size * self->size;

  for (gsize c = 0; c < self->n_coils; c++)
    {
      float *plane = z + 2 * c * n_plane;

      for (gsize i = 0; i < n_plane; i += CHUNK)
        msm_vector_cmul (self->host, plane + 2 * i, sens + 2 * (c * n_plane + i), x + 2 * i, MIN (CHUNK, n_plane - i));
      transform (self, self->plan, plane, plane, FALSE);
    }
}

gboolean
msm_scanner_finish (MsmScanner *self, const MsmMask *mask, double noise_std, guint64 key, float *s, GError **error)
{
  gsize n_plane = self->size * self->size, n_sampled = 0;
  double level, scale;

  for (gsize i = 0; i < n_plane; i++)
    if (mask->points[i] != 0)
      self->sampled[n_sampled++] = (guint32) i;
  for (gsize c = 0; c < self->n_coils; c++)
    {
      float *plane = s + 2 * c * n_plane;

      for (gsize i = 0; i < n_plane; i++)
        if (mask->points[i] == 0)
          plane[2 * i] = plane[2 * i + 1] = 0;
      transform (self, self->plan, msm_tensor_host (self->planes) + 2 * c * n_plane, plane, TRUE);
    }
  level = zero_filled_level (self, 1, 0);
  if (!(level > 0) || !isfinite (level))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the zero-filled image is zero: nothing of this picture was sampled"));
      return FALSE;
    }
  scale = 1 / level;
  if (noise_std > 0)
    {
      draw_noise (self, key, n_sampled);
      /* Noise of a fixed size changes the level a little: a fixed point, found to 1e-3 in a few steps. */
      for (int i = 0; i < 4; i++)
        scale /= zero_filled_level (self, scale, noise_std);
    }
  for (gsize c = 0; c < self->n_coils; c++)
    for (gsize i = 0; i < n_sampled; i++)
      {
        float *to = s + 2 * (c * n_plane + self->sampled[i]);
        const float *n = self->normals + 2 * (c * n_sampled + i);

        for (int part = 0; part < 2; part++)
          to[part] = (float) (scale * to[part] + (noise_std > 0 ? noise_std * n[part] : 0));
      }
  return msm_device_check (self->host, error);
}
