#include "config.h"

#include "core/baseline/finite-difference.h"

#include <math.h>

#include "core/device/device.h"

/* Both differences at one pixel: d = (re, im) down, (re, im) right. */
static inline void
difference (const float *x,
            gsize        n_rows,
            gsize        n_columns,
            gsize        i,
            gsize        j,
            float        d[4])
{
  const float *v = x + 2 * (i * n_columns + j);

  for (int c = 0; c < 2; c++)
    {
      d[c] = i + 1 < n_rows ? v[2 * n_columns + c] - v[c] : 0;
      d[2 + c] = j + 1 < n_columns ? v[2 + c] - v[c] : 0;
    }
}

void
msm_gradient (const float *x,
              gsize        n_rows,
              gsize        n_columns,
              float       *g)
{
  gsize n_plane = n_rows * n_columns;

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      {
        gsize p = i * n_columns + j;
        float d[4];

        difference (x, n_rows, n_columns, i, j, d);
        g[2 * p] = d[0];
        g[2 * p + 1] = d[1];
        g[2 * (n_plane + p)] = d[2];
        g[2 * (n_plane + p) + 1] = d[3];
      }
}

void
msm_gradient_adjoint_add (const float *g,
                          gsize        n_rows,
                          gsize        n_columns,
                          float        scale,
                          float       *x)
{
  const float *down = g;
  const float *right = g + 2 * n_rows * n_columns;
  gsize pitch = 2 * n_columns;

#pragma omp parallel for num_threads (msm_device_get_threads ()) schedule (static)
  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < pitch; j++)
      {
        gsize p = i * pitch + j;
        float sum = 0;

        if (i + 1 < n_rows)
          sum -= down[p];
        if (i > 0)
          sum += down[p - pitch];
        if (j + 2 < pitch)
          sum -= right[p];
        if (j >= 2)
          sum += right[p - 2];
        x[p] += scale * sum;
      }
}

void
msm_gradient_dual_step (float       *u,
                        const float *x,
                        gsize        n_rows,
                        gsize        n_columns,
                        float        sigma,
                        float        radius)
{
  gsize n_plane = n_rows * n_columns;

#pragma omp parallel for num_threads (msm_device_get_threads ()) schedule (static)
  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      {
        gsize p = i * n_columns + j;
        float *a = u + 2 * p;
        float *b = u + 2 * (n_plane + p);
        float d[4], norm, factor;

        difference (x, n_rows, n_columns, i, j, d);
        for (int c = 0; c < 2; c++)
          {
            d[c] = a[c] + sigma * d[c];
            d[2 + c] = b[c] + sigma * d[2 + c];
          }
        norm = sqrtf (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + d[3] * d[3]);
        factor = norm > radius ? radius / norm : 1;
        for (int c = 0; c < 2; c++)
          {
            a[c] = factor * d[c];
            b[c] = factor * d[2 + c];
          }
      }
}

double
msm_total_variation (const float *x,
                     gsize        n_rows,
                     gsize        n_columns)
{
  double total = 0;

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      {
        float d[4];

        difference (x, n_rows, n_columns, i, j, d);
        total += sqrtf (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + d[3] * d[3]);
      }
  return total;
}
