#include "config.h"

#include "core/device/cpu-neural-levels.h"

#include <math.h>

#include "core/kernels/nn-elements.inc"

/*
 * The network's memory-bound layers and its small linear layers. No sum is split over threads but by
 * fixed parts, so that the results do not depend on their number.
 */

void
MSM_LEVEL (silu_forward) (MsmDeviceState *state, float *y, const float *x, size_t n)
{
  MSM_PARALLEL_FOR_SIZE (n)
  for (size_t i = 0; i < n; i += LANES)
    vec_put (y + i, vec_silu (vec_get (x + i, n - i)), n - i);
}

void
MSM_LEVEL (silu_backward) (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n, int accumulate)
{
  MSM_PARALLEL_FOR_SIZE (n)
  for (size_t i = 0; i < n; i += LANES)
    {
      vec value = vec_get (dy + i, n - i) * vec_silu_slope (vec_get (x + i, n - i));

      vec_put (dx + i, accumulate ? vec_get (dx + i, n - i) + value : value, n - i);
    }
}

void
MSM_LEVEL (upsample) (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                      size_t c, int accumulate)
{
  MSM_PARALLEL_FOR_SIZE (4 * n * h * w * c)
  for (size_t row = 0; row < n * 2 * h; row++)
    for (size_t col = 0; col < 2 * w; col++)
      {
        float *dst = y + (row * 2 * w + col) * c;
        const float *src = x + (row / 2 * w + col / 2) * c;

        if (accumulate)
          for (size_t k = 0; k < c; k++)
            dst[k] += scale * src[k];
        else
          for (size_t k = 0; k < c; k++)
            dst[k] = scale * src[k];
      }
}

void
MSM_LEVEL (downsample) (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                        size_t c, int accumulate)
{
  MSM_PARALLEL_FOR_SIZE (4 * n * h * w * c)
  for (size_t row = 0; row < n * h; row++)
    for (size_t col = 0; col < w; col++)
      {
        float *dst = y + (row * w + col) * c;
        const float *a = x + (2 * row * 2 * w + 2 * col) * c;
        const float *b = a + 2 * w * c;

        if (accumulate)
          for (size_t k = 0; k < c; k++)
            dst[k] += scale * (a[k] + a[c + k] + (b[k] + b[c + k]));
        else
          for (size_t k = 0; k < c; k++)
            dst[k] = scale * (a[k] + a[c + k] + (b[k] + b[c + k]));
      }
}

void
MSM_LEVEL (pad) (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *s)
{
  MSM_PARALLEL_FOR_SIZE (s->n * s->h_out * s->w_out * s->c)
  for (size_t i = 0; i < s->n * s->h_out; i++)
    {
      const size_t row = i % s->h_out;
      const float *src = x + (i / s->h_out * s->h + msm_mirror (row, s->h)) * s->w * s->c;
      float *dst = y + i * s->w_out * s->c;

      if (row >= s->h && !s->mirror)
        {
          memset (dst, 0, s->w_out * s->c * sizeof (float));
          continue;
        }
      memcpy (dst, src, s->w * s->c * sizeof (float));
      for (size_t col = s->w; col < s->w_out; col++)
        if (s->mirror)
          memcpy (dst + col * s->c, src + msm_mirror (col, s->w) * s->c, s->c * sizeof (float));
        else
          memset (dst + col * s->c, 0, s->c * sizeof (float));
    }
}

void
MSM_LEVEL (pad_adjoint) (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *s)
{
  MSM_PARALLEL_FOR_SIZE (s->n * s->h_out * s->w_out * s->c)
  for (size_t i = 0; i < s->n * s->h; i++)
    {
      const size_t row = i % s->h;
      float *dst = dx + i * s->w * s->c;

      for (size_t from = row; from < s->h_out; from = from < s->h ? s->h : from + 1)
        {
          const float *src = dy + (i / s->h * s->h_out + from) * s->w_out * s->c;

          if (from == row)
            memcpy (dst, src, s->w * s->c * sizeof (float));
          if (!s->mirror)
            break;
          if (msm_mirror (from, s->h) != row)
            continue;
          for (size_t k = 0; from != row && k < s->w * s->c; k++)
            dst[k] += src[k];
          for (size_t col = s->w; col < s->w_out; col++)
            for (size_t k = 0; k < s->c; k++)
              dst[msm_mirror (col, s->w) * s->c + k] += src[col * s->c + k];
        }
    }
}

void
MSM_LEVEL (concat) (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca, size_t cb)
{
  MSM_PARALLEL_FOR_SIZE (m * (ca + cb))
  for (size_t i = 0; i < m; i++)
    {
      memcpy (y + i * (ca + cb), a + i * ca, ca * sizeof (float));
      memcpy (y + i * (ca + cb) + ca, b + i * cb, cb * sizeof (float));
    }
}

static void
take (float *dst, const float *src, size_t n, int accumulate)
{
  if (dst == NULL)
    return;
  if (!accumulate)
    memcpy (dst, src, n * sizeof (float));
  else
    for (size_t k = 0; k < n; k++)
      dst[k] += src[k];
}

void
MSM_LEVEL (split) (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca, size_t cb,
                   int accumulate_a, int accumulate_b)
{
  MSM_PARALLEL_FOR_SIZE (m * (ca + cb))
  for (size_t i = 0; i < m; i++)
    {
      take (da == NULL ? NULL : da + i * ca, dy + i * (ca + cb), ca, accumulate_a);
      take (db == NULL ? NULL : db + i * cb, dy + i * (ca + cb) + ca, cb, accumulate_b);
    }
}

void
MSM_LEVEL (add_channel) (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw, size_t c)
{
  MSM_PARALLEL_FOR_SIZE (n * hw * c)
  for (size_t i = 0; i < n * hw; i++)
    for (size_t k = 0; k < c; k++)
      y[i * c + k] = x[i * c + k] + e[i / hw * c + k];
}

void
MSM_LEVEL (sum_positions) (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c)
{
  double *partial = msm_host_workspace (MSM_SUM_PARTS * c * sizeof (double));

  if (partial == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  memset (de, 0, n * c * sizeof (float));
  for (size_t i = 0; i < n; i++)
    MSM_LEVEL (add_column_sums) (de + i * c, dy + i * hw * c, partial, hw, c);
}

void
MSM_LEVEL (linear_forward) (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b, size_t m,
                            size_t c_in, size_t c_out)
{
  MSM_PARALLEL_FOR_SIZE (m * c_in * c_out)
  for (size_t o = 0; o < c_out; o++)
    for (size_t r = 0; r < m; r++)
      {
        vec sum = vec_set (0);

        for (size_t i = 0; i < c_in; i += LANES)
          sum += vec_get (x + r * c_in + i, c_in - i) * vec_get (w + o * c_in + i, c_in - i);
        y[r * c_out + o] = b[o] + vec_sum (sum);
      }
}

void
MSM_LEVEL (linear_backward) (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy, const float *x,
                             const float *w, size_t m, size_t c_in, size_t c_out, int accumulate)
{
  MSM_PARALLEL_FOR_SIZE (m * c_in * c_out)
  for (size_t o = 0; o < c_out; o++)
    for (size_t r = 0; r < m; r++)
      {
        float g = dy[r * c_out + o];

        db[o] += g;
        for (size_t i = 0; i < c_in; i++)
          dw[o * c_in + i] += g * x[r * c_in + i];
      }
  if (dx == NULL)
    return;
  MSM_PARALLEL_FOR_SIZE (m * c_in * c_out)
  for (size_t i = 0; i < c_in; i += LANES)
    for (size_t r = 0; r < m; r++)
      {
        float *dst = dx + r * c_in + i;
        vec sum = accumulate ? vec_get (dst, c_in - i) : vec_set (0);

        for (size_t o = 0; o < c_out; o++)
          sum += dy[r * c_out + o] * vec_get (w + o * c_in + i, c_in - i);
        vec_put (dst, sum, c_in - i);
      }
}

void
MSM_LEVEL (adam_step) (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                       const MsmAdamStep *step)
{
  const MsmAdamStep s = *step;

  MSM_PARALLEL_FOR_SIZE (n)
  for (size_t i = 0; i < n; i += LANES)
    {
      vec gradient = s.gradient_scale * vec_get (g + i, n - i);
      vec first = s.beta1 * vec_get (m + i, n - i) + (1.0f - s.beta1) * gradient;
      vec second = s.beta2 * vec_get (v + i, n - i) + (1.0f - s.beta2) * gradient * gradient;
      vec root = second / s.correction2;

      for (int lane = 0; lane < LANES; lane++)
        root[lane] = sqrtf (root[lane]);
      vec_put (m + i, first, n - i);
      vec_put (v + i, second, n - i);
      vec_put (w + i,
               (1.0f - s.lr * s.decay) * vec_get (w + i, n - i) - s.lr * (first / s.correction1) / (root + s.epsilon),
               n - i);
    }
}
