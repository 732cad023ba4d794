#include "config.h"

#include "core/device/cpu-neural-levels.h"
#include "core/device/cpu-product.h"

/*
 * Products of matrices in row-major order. The right one is copied into panels of 16 columns; threads
 * share rows, so that every sum is taken in the same order by any number of them.
 */

/* Rows of one share of work: a multiple of 6. */
#define SHARE 24

void
MSM_LEVEL (multiply) (MsmDeviceState *state, const MsmMatrices *p)
{
  const size_t n_panels = (p->n + PANEL - 1) / PANEL;
  const size_t n_shares = (p->m + SHARE - 1) / SHARE;
  float *panels = msm_host_workspace (n_panels * PANEL * p->k * sizeof (float));

  if (panels == NULL)
    {
      msm_host_no_memory (state);
      return;
    }
  MSM_PARALLEL_FOR_SIZE (p->n * p->k)
  for (size_t j = 0; j < n_panels; j++)
    pack_panel (panels + j * PANEL * p->k, p, j * PANEL);
  MSM_PARALLEL_FOR_SIZE (p->m * p->n * p->k / 8)
  for (size_t i = 0; i < n_shares; i++)
    {
      const size_t first = i * SHARE;
      const size_t last = first + SHARE < p->m ? first + SHARE : p->m;

      for (size_t j = 0; j < n_panels; j++)
        product_panel (p, panels + j * PANEL * p->k, j * PANEL, first, last);
    }
}

/* Positions that are in the cache while all of a [c_a, c_b] is computed. */
#define POSITIONS 128

/*
 * c [c_a, c_b] += Σ_p a[p, c_a] b[p, c_b]: threads share the elements of c, and each walks all positions
 * in blocks.
 */
void
MSM_LEVEL (add_outer_products) (float *c, const float *a, const float *b, size_t m, size_t c_a, size_t c_b)
{
  const size_t n_panels = (c_b + PANEL - 1) / PANEL;
  const size_t n_rows = (c_a + MOST_ROWS - 1) / MOST_ROWS;
  /* The loads of the last panel may not go beyond the array. */
  const size_t whole = c_b % PANEL == 0 ? n_panels : n_panels - 1;

#pragma omp parallel num_threads(msm_device_get_threads()) if (m * c_a * c_b > 8 * MSM_PARALLEL_FROM)
  for (size_t first = 0; first < m; first += POSITIONS)
    {
      const size_t count = m - first < POSITIONS ? m - first : POSITIONS;

#pragma omp for schedule(static) nowait
      for (size_t i = 0; i < n_rows * n_panels; i++)
        {
          const size_t row = i / n_panels * MOST_ROWS;
          const size_t column = i % n_panels * PANEL;
          const size_t rows = c_a - row < MOST_ROWS ? c_a - row : MOST_ROWS;
          const float *x = b + first * c_b + column;
          ProductOutput to = {
            c + row * c_b + column, c_b, c_b - column < PANEL ? c_b - column : PANEL, 1.0f, NULL, 1
          };

          if (i % n_panels < whole)
            product_some (rows, &to, a + first * c_a + row, 1, c_a, x, c_b, count);
          else
            {
              float last[POSITIONS * PANEL];

              for (size_t p = 0; p < count; p++)
                for (size_t k = 0; k < PANEL; k++)
                  last[p * PANEL + k] = k < to.columns ? x[p * c_b + k] : 0.0f;
              product_some (rows, &to, a + first * c_a + row, 1, c_a, last, PANEL, count);
            }
        }
    }
}
