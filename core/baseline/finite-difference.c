#include "config.h"

#include "core/baseline/finite-difference.h"

#include <math.h>

#include "core/device/device.h"

/* Below this many floats a thread team costs more than it saves. */
#define PARALLEL_FROM 16384

/* Both differences at one pixel: d[0 … parts) down, d[2 … 2 + parts) right. */
static inline void
difference (const float *x, gsize parts, gsize n_rows, gsize n_columns, gsize i, gsize j, float d[4])
{
  const float *v = x + parts * (i * n_columns + j);

  d[1] = d[3] = 0;
  for (gsize c = 0; c < parts; c++)
    {
      d[c] = i + 1 < n_rows ? v[parts * n_columns + c] - v[c] : 0;
      d[2 + c] = j + 1 < n_columns ? v[parts + c] - v[c] : 0;
    }
}

void
msm_gradient (const float *x, gsize n_parts, gsize n_rows, gsize n_columns, float *g)
{
  gsize n_plane = n_rows * n_columns;

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      {
        gsize p = i * n_columns + j;
        float d[4];

        difference (x, n_parts, n_rows, n_columns, i, j, d);
        for (gsize c = 0; c < n_parts; c++)
          {
            g[n_parts * p + c] = d[c];
            g[n_parts * (n_plane + p) + c] = d[2 + c];
          }
      }
}

void
msm_gradient_adjoint_add (const float *g, gsize n_parts, gsize n_rows, gsize n_columns, float scale, float *x)
{
  const float *down = g;
  const float *right = g + n_parts * n_rows * n_columns;
  gsize pitch = n_parts * n_columns;

#pragma omp parallel for num_threads(msm_device_get_threads()) schedule(static) if (n_rows * pitch > PARALLEL_FROM)
  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < pitch; j++)
      {
        gsize p = i * pitch + j;
        float sum = 0;

        if (i + 1 < n_rows)
          sum -= down[p];
        if (i > 0)
          sum += down[p - pitch];
        if (j + n_parts < pitch)
          sum -= right[p];
        if (j >= n_parts)
          sum += right[p - n_parts];
        x[p] += scale * sum;
      }
}

static inline void
dual_step_row (float *u, const float *x, gsize parts, gsize n_rows, gsize n_columns, gsize i, float sigma, float radius)
{
  for (gsize j = 0; j < n_columns; j++)
    {
      float *a = u + parts * (i * n_columns + j);
      float *b = a + parts * n_rows * n_columns;
      float d[4], norm, factor;

      difference (x, parts, n_rows, n_columns, i, j, d);
      for (gsize c = 0; c < parts; c++)
        {
          d[c] = a[c] + sigma * d[c];
          d[2 + c] = b[c] + sigma * d[2 + c];
        }
      norm = sqrtf (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + d[3] * d[3]);
      factor = norm > radius ? radius / norm : 1;
      for (gsize c = 0; c < parts; c++)
        {
          a[c] = factor * d[c];
          b[c] = factor * d[2 + c];
        }
    }
}

void
msm_gradient_dual_step (float *u, const float *x, gsize n_parts, gsize n_rows, gsize n_columns, float sigma,
                        float radius)
{
#pragma omp parallel for num_threads(msm_device_get_threads())                                                         \
    schedule(static) if (n_parts * n_rows * n_columns > PARALLEL_FROM)
  for (gsize i = 0; i < n_rows; i++)
    if (n_parts == 2) /* the constant lets the compiler unroll */
      dual_step_row (u, x, 2, n_rows, n_columns, i, sigma, radius);
    else
      dual_step_row (u, x, 1, n_rows, n_columns, i, sigma, radius);
}

double
msm_total_variation (const float *x, gsize n_parts, gsize n_rows, gsize n_columns)
{
  double total = 0;

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      {
        float d[4];

        difference (x, n_parts, n_rows, n_columns, i, j, d);
        total += sqrtf (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + d[3] * d[3]);
      }
  return total;
}
