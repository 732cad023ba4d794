#include "config.h"

#include "core/baseline/wavelet.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/device/device.h"

#define MAX_TAPS 8
#define COARSEST 12

/* Below this many floats a thread team costs more than it saves. */
#define PARALLEL_FROM 16384

struct _MsmWavelet
{
  gsize n_rows, n_columns;     /* of the image */
  gsize ext_rows, ext_columns; /* multiples of 2^levels */
  gsize n_parts;               /* floats of a pixel: 1 real, 2 complex */
  int levels;
  int n_taps;
  float low[MAX_TAPS], high[MAX_TAPS];
  float *plane;  /* [ext_rows, ext_columns] pixels */
  float *detail; /* the same size: scratch of one level */
};

static const float haar_taps[] = { 0.70710678118654752f, 0.70710678118654752f };

static const float dau2_taps[] = {
  0.48296291314453414f,
  0.83651630373780790f,
  0.22414386804201338f,
  -0.12940952255126038f,
};

static const float db4_taps[] = {
  0.23037781330889650f,  0.71484657055291565f, 0.63088076792985890f, -0.02798376941685985f,
  -0.18703481171909309f, 0.03084138183556076f, 0.03288301166688520f, -0.01059740178506903f,
};

/* Next multiple of 2^levels. */
static gsize
extend (gsize n, int levels)
{
  gsize unit = (gsize) 1 << levels;

  return (n + unit - 1) / unit * unit;
}

MsmWavelet *
msm_wavelet_new (MsmWaveletKind kind, gsize n_parts, gsize n_rows, gsize n_columns, int levels, GError **error)
{
  g_autoptr (MsmWavelet) self = g_new0 (MsmWavelet, 1);
  const float *taps = kind == MSM_WAVELET_HAAR ? haar_taps : kind == MSM_WAVELET_DAU2 ? dau2_taps : db4_taps;

  self->n_taps = kind == MSM_WAVELET_HAAR ? 2 : kind == MSM_WAVELET_DAU2 ? 4 : 8;
  for (int k = 0; k < self->n_taps; k++)
    {
      self->low[k] = taps[k];
      self->high[k] = (k % 2 == 0 ? 1 : -1) * taps[self->n_taps - 1 - k];
    }
  while (levels > 0
         && (extend (n_rows, levels) >> levels < COARSEST || extend (n_columns, levels) >> levels < COARSEST))
    levels--;
  self->n_parts = n_parts;
  self->levels = levels;
  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->ext_rows = extend (n_rows, levels);
  self->ext_columns = extend (n_columns, levels);
  if ((self->plane = msm_try_new (float, n_parts * self->ext_rows * self->ext_columns, error)) == NULL
      || (self->detail = msm_try_new (float, n_parts * self->ext_rows * self->ext_columns, error)) == NULL)
    return NULL;
  return g_steal_pointer (&self);
}

void
msm_wavelet_free (MsmWavelet *self)
{
  if (self == NULL)
    return;
  g_free (self->plane);
  g_free (self->detail);
  g_free (self);
}

gsize
msm_wavelet_size (const MsmWavelet *self)
{
  return self->ext_rows * self->ext_columns;
}

void
msm_wavelet_extent (const MsmWavelet *self, gsize *n_rows, gsize *n_columns)
{
  *n_rows = self->ext_rows;
  *n_columns = self->ext_columns;
}

int
msm_wavelet_levels (const MsmWavelet *self)
{
  return self->levels;
}

/* One row of n pixels: dst = [low half, high half]. low[i] = Σ_k h_k x_{2i+k mod n}. */
static inline void
split_pixels (const MsmWavelet *self, const float *src, float *dst, gsize n, gsize parts)
{
  gsize half = n / 2;

  for (gsize i = 0; i < half; i++)
    {
      float l[2] = { 0 }, h[2] = { 0 };

      for (int k = 0; k < self->n_taps; k++)
        {
          gsize at = 2 * i + k;

          if (at >= n)
            at %= n;
          for (gsize part = 0; part < parts; part++)
            {
              l[part] += self->low[k] * src[parts * at + part];
              h[part] += self->high[k] * src[parts * at + part];
            }
        }
      for (gsize part = 0; part < parts; part++)
        {
          dst[parts * i + part] = l[part];
          dst[parts * (half + i) + part] = h[part];
        }
    }
}

/* The transpose of split_pixels(). */
static inline void
join_pixels (const MsmWavelet *self, const float *src, float *dst, gsize n, gsize parts)
{
  gsize half = n / 2;

  memset (dst, 0, parts * n * sizeof (float));
  for (gsize i = 0; i < half; i++)
    {
      const float *l = src + parts * i;
      const float *h = src + parts * (half + i);

      for (int k = 0; k < self->n_taps; k++)
        {
          gsize at = 2 * i + k;

          if (at >= n)
            at %= n;
          for (gsize part = 0; part < parts; part++)
            dst[parts * at + part] += self->low[k] * l[part] + self->high[k] * h[part];
        }
    }
}

/* The constant lets the compiler unroll the loops over parts. */
static void
split_row (const MsmWavelet *self, const float *src, float *dst, gsize n)
{
  if (self->n_parts == 2)
    split_pixels (self, src, dst, n, 2);
  else
    split_pixels (self, src, dst, n, 1);
}

static void
join_row (const MsmWavelet *self, const float *src, float *dst, gsize n)
{
  if (self->n_parts == 2)
    join_pixels (self, src, dst, n, 2);
  else
    join_pixels (self, src, dst, n, 1);
}

/* Along rows' index, over whole contiguous rows at once. The plane's pitch is ext_columns. */
static void
split_columns (const MsmWavelet *self, const float *src, float *dst, gsize m, gsize n)
{
  gsize half = m / 2, pitch = self->n_parts * self->ext_columns;

#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (m * self->n_parts * n > PARALLEL_FROM)
  for (gsize i = 0; i < half; i++)
    {
      float *restrict l = dst + i * pitch;
      float *restrict h = dst + (half + i) * pitch;

      memset (l, 0, self->n_parts * n * sizeof (float));
      memset (h, 0, self->n_parts * n * sizeof (float));
      for (int k = 0; k < self->n_taps; k++)
        {
          const float *restrict v = src + (2 * i + k) % m * pitch;
          float a = self->low[k], b = self->high[k];

          for (gsize j = 0; j < self->n_parts * n; j++)
            {
              l[j] += a * v[j];
              h[j] += b * v[j];
            }
        }
    }
}

static void
join_columns (const MsmWavelet *self, const float *src, float *dst, gsize m, gsize n)
{
  gsize half = m / 2, pitch = self->n_parts * self->ext_columns;

  /* Output row r gathers from every i with (2 i + k) mod m = r. */
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (m * self->n_parts * n > PARALLEL_FROM)
  for (gsize r = 0; r < m; r++)
    {
      float *restrict v = dst + r * pitch;

      memset (v, 0, self->n_parts * n * sizeof (float));
      for (int k = r % 2; k < self->n_taps; k += 2)
        {
          gsize i = ((r + MAX_TAPS * m - k) % m) / 2;
          const float *restrict l = src + i * pitch;
          const float *restrict h = src + (half + i) * pitch;
          float a = self->low[k], b = self->high[k];

          for (gsize j = 0; j < self->n_parts * n; j++)
            v[j] += a * l[j] + b * h[j];
        }
    }
}

static void
shift_in (const MsmWavelet *self, const float *image, gsize shift_row, gsize shift_column, float *plane)
{
  gsize parts = self->n_parts, columns = self->ext_columns, s = shift_column % columns;

  memset (plane, 0, parts * msm_wavelet_size (self) * sizeof (float));
  for (gsize i = 0; i < self->n_rows; i++)
    {
      const float *src = image + parts * i * self->n_columns;
      float *dst = plane + parts * ((i + shift_row) % self->ext_rows) * columns;
      gsize first = MIN (self->n_columns, columns - s);

      memcpy (dst + parts * s, src, parts * first * sizeof (float));
      memcpy (dst, src + parts * first, parts * (self->n_columns - first) * sizeof (float));
    }
}

static void
shift_out (const MsmWavelet *self, const float *plane, gsize shift_row, gsize shift_column, float *image)
{
  gsize parts = self->n_parts, columns = self->ext_columns, s = shift_column % columns;

  for (gsize i = 0; i < self->n_rows; i++)
    {
      float *dst = image + parts * i * self->n_columns;
      const float *src = plane + parts * ((i + shift_row) % self->ext_rows) * columns;
      gsize first = MIN (self->n_columns, columns - s);

      memcpy (dst, src + parts * s, parts * first * sizeof (float));
      memcpy (dst + parts * first, src, parts * (self->n_columns - first) * sizeof (float));
    }
}

void
msm_wavelet_forward (MsmWavelet *self, const float *image, gsize shift_row, gsize shift_column, float *coefficients)
{
  gsize pitch = self->n_parts * self->ext_columns;

  shift_in (self, image, shift_row, shift_column, coefficients);
  for (int level = 0; level < self->levels; level++)
    {
      gsize m = self->ext_rows >> level, n = self->ext_columns >> level;

#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (m * self->n_parts * n > PARALLEL_FROM)
      for (gsize i = 0; i < m; i++)
        split_row (self, coefficients + i * pitch, self->detail + i * pitch, n);
      split_columns (self, self->detail, coefficients, m, n);
    }
}

void
msm_wavelet_adjoint (MsmWavelet *self, float *coefficients, gsize shift_row, gsize shift_column, float *image)
{
  gsize pitch = self->n_parts * self->ext_columns;

  for (int level = self->levels - 1; level >= 0; level--)
    {
      gsize m = self->ext_rows >> level, n = self->ext_columns >> level;

      join_columns (self, coefficients, self->detail, m, n);
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (m * self->n_parts * n > PARALLEL_FROM)
      for (gsize i = 0; i < m; i++)
        join_row (self, self->detail + i * pitch, coefficients + i * pitch, n);
    }
  shift_out (self, coefficients, shift_row, shift_column, image);
}

void
msm_soft_threshold (float *values, gsize n_parts, gsize n, float threshold)
{
  float t2 = threshold * threshold;

  for (gsize i = 0; i < n; i++)
    {
      float *v = values + n_parts * i;
      float power = n_parts == 2 ? v[0] * v[0] + v[1] * v[1] : v[0] * v[0];
      float factor = power > t2 ? 1 - threshold / sqrtf (power) : 0;

      for (gsize part = 0; part < n_parts; part++)
        v[part] *= factor;
    }
}

void
msm_wavelet_shrink (MsmWavelet *self, const float *image, gsize shift_row, gsize shift_column, float threshold,
                    gboolean all, float *dst, double *sum)
{
  gsize coarse_rows = all || self->levels == 0 ? 0 : self->ext_rows >> self->levels;
  gsize coarse_columns = self->ext_columns >> self->levels;
  gsize columns = self->ext_columns, parts = self->n_parts;
  double total = 0;

  msm_wavelet_forward (self, image, shift_row, shift_column, self->plane);
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (parts * msm_wavelet_size(self) > PARALLEL_FROM)
  for (gsize i = 0; i < self->ext_rows; i++)
    {
      gsize first = i < coarse_rows ? coarse_columns : 0;

      msm_soft_threshold (self->plane + parts * (i * columns + first), parts, columns - first, threshold);
    }
  /* Summed in one order, so that the figure does not depend on the number of threads. */
  for (gsize i = 0; i < self->ext_rows; i++)
    for (gsize j = i < coarse_rows ? coarse_columns : 0; j < columns; j++)
      {
        const float *v = self->plane + parts * (i * columns + j);

        total += parts == 2 ? sqrtf (v[0] * v[0] + v[1] * v[1]) : fabsf (v[0]);
      }
  msm_wavelet_adjoint (self, self->plane, shift_row, shift_column, dst);
  *sum += total;
}
