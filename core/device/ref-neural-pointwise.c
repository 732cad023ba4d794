#include "config.h"

#include "core/device/ref-neural.h"

#include <string.h>

#include "core/device/host-state.h"
#include "core/kernels/nn-elements.inc"

/* The network's memory-bound layers as their definitions say. */

void
msm_ref_silu_forward (MsmDeviceState *state, float *y, const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = msm_silu (x[i]);
}

void
msm_ref_silu_backward (MsmDeviceState *state, float *dx, const float *dy, const float *x, size_t n, int accumulate)
{
  for (size_t i = 0; i < n; i++)
    dx[i] = (accumulate ? dx[i] : 0.0f) + dy[i] * msm_silu_slope (x[i]);
}

void
msm_ref_upsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w, size_t c,
                  int accumulate)
{
  for (size_t row = 0; row < n * 2 * h; row++)
    for (size_t col = 0; col < 2 * w; col++)
      {
        float *dst = y + (row * 2 * w + col) * c;
        const float *src = x + (row / 2 * w + col / 2) * c;

        for (size_t k = 0; k < c; k++)
          dst[k] = (accumulate ? dst[k] : 0.0f) + scale * src[k];
      }
}

void
msm_ref_downsample (MsmDeviceState *state, float *y, const float *x, float scale, size_t n, size_t h, size_t w,
                    size_t c, int accumulate)
{
  for (size_t row = 0; row < n * h; row++)
    for (size_t col = 0; col < w; col++)
      {
        float *dst = y + (row * w + col) * c;
        const float *a = x + (2 * row * 2 * w + 2 * col) * c;
        const float *b = a + 2 * w * c;

        for (size_t k = 0; k < c; k++)
          dst[k] = (accumulate ? dst[k] : 0.0f) + scale * (a[k] + a[c + k] + (b[k] + b[c + k]));
      }
}

void
msm_ref_pad (MsmDeviceState *state, float *y, const float *x, const MsmPadShape *s)
{
  for (size_t n = 0; n < s->n; n++)
    for (size_t row = 0; row < s->h_out; row++)
      for (size_t col = 0; col < s->w_out; col++)
        for (size_t k = 0; k < s->c; k++)
          {
            int zero = !s->mirror && (row >= s->h || col >= s->w);
            size_t from = (n * s->h + msm_mirror (row, s->h)) * s->w + msm_mirror (col, s->w);

            y[((n * s->h_out + row) * s->w_out + col) * s->c + k] = zero ? 0.0f : x[from * s->c + k];
          }
}

void
msm_ref_pad_adjoint (MsmDeviceState *state, float *dx, const float *dy, const MsmPadShape *s)
{
  memset (dx, 0, s->n * s->h * s->w * s->c * sizeof (float));
  for (size_t n = 0; n < s->n; n++)
    for (size_t row = 0; row < s->h_out; row++)
      for (size_t col = 0; col < s->w_out; col++)
        for (size_t k = 0; k < s->c; k++)
          {
            size_t to = (n * s->h + msm_mirror (row, s->h)) * s->w + msm_mirror (col, s->w);

            if (s->mirror || (row < s->h && col < s->w))
              dx[to * s->c + k] += dy[((n * s->h_out + row) * s->w_out + col) * s->c + k];
          }
}

void
msm_ref_concat (MsmDeviceState *state, float *y, const float *a, const float *b, size_t m, size_t ca, size_t cb)
{
  for (size_t i = 0; i < m; i++)
    {
      memcpy (y + i * (ca + cb), a + i * ca, ca * sizeof (float));
      memcpy (y + i * (ca + cb) + ca, b + i * cb, cb * sizeof (float));
    }
}

void
msm_ref_split (MsmDeviceState *state, float *da, float *db, const float *dy, size_t m, size_t ca, size_t cb,
               int accumulate_a, int accumulate_b)
{
  for (size_t i = 0; i < m; i++)
    {
      const float *src = dy + i * (ca + cb);

      for (size_t k = 0; da != NULL && k < ca; k++)
        da[i * ca + k] = (accumulate_a ? da[i * ca + k] : 0.0f) + src[k];
      for (size_t k = 0; db != NULL && k < cb; k++)
        db[i * cb + k] = (accumulate_b ? db[i * cb + k] : 0.0f) + src[ca + k];
    }
}

void
msm_ref_add_channel (MsmDeviceState *state, float *y, const float *x, const float *e, size_t n, size_t hw, size_t c)
{
  for (size_t i = 0; i < n * hw; i++)
    for (size_t k = 0; k < c; k++)
      y[i * c + k] = x[i * c + k] + e[i / hw * c + k];
}

void
msm_ref_sum_positions (MsmDeviceState *state, float *de, const float *dy, size_t n, size_t hw, size_t c)
{
  for (size_t i = 0; i < n * c; i++)
    {
      double sum = 0;

      for (size_t p = 0; p < hw; p++)
        sum += dy[(i / c * hw + p) * c + i % c];
      de[i] = (float) sum;
    }
}

void
msm_ref_linear_forward (MsmDeviceState *state, float *y, const float *x, const float *w, const float *b, size_t m,
                        size_t c_in, size_t c_out)
{
  const int narrow = state->precision == MSM_PRECISION_BF16;

  for (size_t o = 0; o < c_out; o++)
    for (size_t r = 0; r < m; r++)
      {
        double sum = b[o];

        for (size_t i = 0; i < c_in; i++)
          sum += (double) msm_ref_factor (x[r * c_in + i], narrow) * msm_ref_factor (w[o * c_in + i], narrow);
        y[r * c_out + o] = (float) sum;
      }
}

void
msm_ref_linear_backward (MsmDeviceState *state, float *dx, float *dw, float *db, const float *dy, const float *x,
                         const float *w, size_t m, size_t c_in, size_t c_out, int accumulate)
{
  const int narrow = state->precision == MSM_PRECISION_BF16;

  for (size_t o = 0; o < c_out; o++)
    for (size_t r = 0; r < m; r++)
      {
        float g = msm_ref_factor (dy[r * c_out + o], narrow);

        db[o] += dy[r * c_out + o];
        for (size_t i = 0; i < c_in; i++)
          dw[o * c_in + i] += g * msm_ref_factor (x[r * c_in + i], narrow);
      }
  if (dx == NULL)
    return;
  for (size_t i = 0; i < c_in; i++)
    for (size_t r = 0; r < m; r++)
      {
        double sum = 0;

        for (size_t o = 0; o < c_out; o++)
          sum += (double) msm_ref_factor (dy[r * c_out + o], narrow) * msm_ref_factor (w[o * c_in + i], narrow);
        dx[r * c_in + i] = (accumulate ? dx[r * c_in + i] : 0.0f) + (float) sum;
      }
}

void
msm_ref_adam_step (MsmDeviceState *state, float *w, float *m, float *v, const float *g, size_t n,
                   const MsmAdamStep *step)
{
  for (size_t i = 0; i < n; i++)
    {
      float gradient = step->gradient_scale * g[i];

      msm_adam_element (&w[i], &m[i], &v[i], gradient, step->lr, step->beta1, step->beta2, step->epsilon, step->decay,
                        step->correction1, step->correction2);
    }
}
