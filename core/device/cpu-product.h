#pragma once

/* The inner loops of all matrix products: a few rows by 16 columns stay in registers. See cpu-simd.h. */

#include "core/device/cpu-kernels.h"
#include "core/device/cpu-simd.h"

#define PANEL     16 /* columns */
#define MOST_ROWS 6

/*
 * sum [rows, 16] += Σ_k v[r, k] u[k, 16], v at steps of @row_step and @inner_step floats, u at steps of
 * @u_step. For each sum the terms are added in the order of k, whatever @rows is.
 */
static inline __attribute__ ((always_inline)) void
product (const int rows, vec sum[MOST_ROWS][2], const float *v, size_t row_step, size_t inner_step, const float *u,
         size_t u_step, size_t length)
{
  for (size_t k = 0; k < length; k++)
    {
      vec u0 = vec_load (u + k * u_step);
      vec u1 = vec_load (u + k * u_step + LANES);

#pragma GCC unroll 6
      for (int r = 0; r < rows; r++)
        {
          vec a = vec_set (v[(size_t) r * row_step + k * inner_step]);

          sum[r][0] += a * u0;
          sum[r][1] += a * u1;
        }
    }
}

/* What becomes of the sums: out = scale · sum (+ bias) (+ out). */
typedef struct
{
  float *out;
  size_t row_step; /* the columns are contiguous */
  size_t columns;  /* of the 16 that exist */
  float scale;
  const float *bias; /* [columns] or NULL */
  int accumulate;
} ProductOutput;

static inline __attribute__ ((always_inline)) void
product_put (const int rows, vec sum[MOST_ROWS][2], const ProductOutput *to)
{
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (size_t half = 0; half < 2; half++)
      if (half * LANES < to->columns)
        {
          const size_t n = to->columns - half * LANES;
          float *dst = to->out + (size_t) r * to->row_step + half * LANES;
          vec value = sum[r][half] * to->scale;

          if (to->bias != NULL)
            value += vec_get (to->bias + half * LANES, n);
          if (to->accumulate)
            value += vec_get (dst, n);
          vec_put (dst, value, n);
        }
}

static inline __attribute__ ((always_inline)) void
product_rows (const int rows, const ProductOutput *to, const float *v, size_t row_step, size_t inner_step,
              const float *u, size_t u_step, size_t length)
{
  vec sum[MOST_ROWS][2];

#pragma GCC unroll 6
  for (int r = 0; r < rows; r++)
    sum[r][0] = sum[r][1] = vec_set (0);
  product (rows, sum, v, row_step, inner_step, u, u_step, length);
  product_put (rows, sum, to);
}

/* Any number of rows from 1 to 6. */
static inline __attribute__ ((always_inline)) void
product_some (size_t rows, const ProductOutput *to, const float *v, size_t row_step, size_t inner_step, const float *u,
              size_t u_step, size_t length)
{
  switch (rows)
    {
    case 1:
      product_rows (1, to, v, row_step, inner_step, u, u_step, length);
      break;
    case 2:
      product_rows (2, to, v, row_step, inner_step, u, u_step, length);
      break;
    case 3:
      product_rows (3, to, v, row_step, inner_step, u, u_step, length);
      break;
    case 4:
      product_rows (4, to, v, row_step, inner_step, u, u_step, length);
      break;
    case 5:
      product_rows (5, to, v, row_step, inner_step, u, u_step, length);
      break;
    default:
      product_rows (6, to, v, row_step, inner_step, u, u_step, length);
      break;
    }
}

/* Panel [length, 16] of the columns from @column on; those that do not exist are zero. */
static inline void
pack_panel (float *panel, const MsmMatrices *p, size_t column)
{
  const size_t columns = p->n - column < PANEL ? p->n - column : PANEL;

  for (size_t k = 0; k < p->k; k++)
    {
      float *row = panel + k * PANEL;

      if (columns < PANEL)
        memset (row, 0, PANEL * sizeof (float));
      if (p->b_column == 1)
        memcpy (row, p->b + k * p->b_row + column, columns * sizeof (float));
      else
        for (size_t j = 0; j < columns; j++)
          row[j] = p->b[k * p->b_row + (column + j) * p->b_column];
    }
}

/* Rows @first to @last of one panel of columns. */
static inline void
product_panel (const MsmMatrices *p, const float *panel, size_t column, size_t first, size_t last)
{
  ProductOutput to = { NULL,
                       p->c_row,
                       p->n - column < PANEL ? p->n - column : PANEL,
                       p->alpha,
                       p->bias == NULL ? NULL : p->bias + column,
                       p->accumulate };

  for (size_t r = first; r < last; r += MOST_ROWS)
    {
      const size_t rows = last - r < MOST_ROWS ? last - r : MOST_ROWS;

      to.out = p->c + r * p->c_row + column;
      if (p->a_column == 1)
        product_some (rows, &to, p->a + r * p->a_row, p->a_row, 1, panel, PANEL, p->k);
      else
        product_some (rows, &to, p->a + r * p->a_row, p->a_row, p->a_column, panel, PANEL, p->k);
    }
}
