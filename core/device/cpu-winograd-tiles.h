#pragma once

/* What the Winograd convolutions share: the tiles of an image, and their transformed inputs. See cpu-simd.h. */

#include "core/device/cpu-product.h"
#include "core/device/cpu-winograd.h"

#define POINTS 36
#define SKEW   16 /* floats between rows, so that equal indices fall into other sets of the cache */

/* Tiles of one block of the gradient, the length of its inner products. */
#define GRADIENT_TILES 96

typedef struct
{
  size_t rows, columns; /* of tiles in an image */
  size_t total;
} Tiles;

/* Channels of the output, with those that fill the last panel. */
static inline size_t
padded (size_t c)
{
  return (c + PANEL - 1) / PANEL * PANEL;
}

/* Floats between the matrices [inner, outer] of the points. */
static inline size_t
weights_stride (size_t inner, size_t outer)
{
  return inner * padded (outer) + SKEW;
}

/* How many of the rows that are left go next: sixes, but no short end, which would wait for itself. */
static inline size_t
next_rows (size_t left)
{
  if (left <= MOST_ROWS)
    return left;
  return left < 2 * MOST_ROWS ? (left + 1) / 2 : MOST_ROWS;
}

static inline Tiles
count_tiles (const MsmWinogradShape *s)
{
  size_t rows = (s->h + 3) / 4;
  size_t columns = (s->w + 3) / 4;

  return (Tiles){ rows, columns, s->n * rows * columns };
}

/* Where the 6 × 6 inputs of a tile are; outside the image: zeros. */
static inline void
input_pointers (const float **p, const float *x, const float *zeros, const MsmWinogradShape *s, const Tiles *tiles,
                size_t tile, size_t c)
{
  const size_t n = tile / (tiles->rows * tiles->columns);
  const ptrdiff_t top = (ptrdiff_t) (tile / tiles->columns % tiles->rows * 4) - 1;
  const ptrdiff_t left = (ptrdiff_t) (tile % tiles->columns * 4) - 1;

  for (ptrdiff_t i = 0; i < 6; i++)
    for (ptrdiff_t j = 0; j < 6; j++)
      {
        ptrdiff_t row = top + i;
        ptrdiff_t col = left + j;
        int inside = row >= 0 && row < (ptrdiff_t) s->h && col >= 0 && col < (ptrdiff_t) s->w;

        p[6 * i + j] = inside ? x + ((n * s->h + (size_t) row) * s->w + (size_t) col) * c : zeros;
      }
}

static inline void
input_tile (float *v, size_t stride, const float *const *p, size_t c)
{
  size_t k = 0;

  for (; k + LANES <= c; k += LANES)
    {
      vec t[POINTS];

#pragma GCC unroll 6
      for (int j = 0; j < 6; j++)
        {
          vec d[6];

#pragma GCC unroll 6
          for (int i = 0; i < 6; i++)
            d[i] = vec_load (p[6 * i + j] + k);
          input_1d (t + j, d, 6, 1);
        }
#pragma GCC unroll 6
      for (int i = 0; i < 6; i++)
        {
          vec d[6];

          input_1d (d, t + 6 * i, 1, 1);
#pragma GCC unroll 6
          for (int j = 0; j < 6; j++)
            vec_store (v + (size_t) (6 * i + j) * stride + k, d[j]);
        }
    }
  if (k < c)
    {
      vec t[POINTS];

      for (int i = 0; i < POINTS; i++)
        t[i] = vec_load_part (p[i] + k, c - k);
      input_2d (t);
      for (int i = 0; i < POINTS; i++)
        vec_store_part (v + (size_t) i * stride + k, t[i], c - k);
    }
}

/* The first row and column of a tile's outputs, and how many are in the image. */
typedef struct
{
  size_t pixel; /* of the first, in [n, h, w] */
  size_t rows, columns;
} Patch;

static inline Patch
output_patch (const MsmWinogradShape *s, const Tiles *tiles, size_t tile)
{
  const size_t n = tile / (tiles->rows * tiles->columns);
  const size_t row = tile / tiles->columns % tiles->rows * 4;
  const size_t col = tile % tiles->columns * 4;
  const size_t rows = s->h - row;
  const size_t columns = s->w - col;

  return (Patch){ (n * s->h + row) * s->w + col, rows < 4 ? rows : 4, columns < 4 ? columns : 4 };
}
