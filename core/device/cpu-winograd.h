#pragma once

#include "core/device/cpu-simd.h"

/*
 * 3 × 3 convolution by minimal filtering, F (4 × 4, 3 × 3): with tiles of 6 × 6 of x that overlap by 2,
 *   y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ x B)] A,
 * summed over input channels between the brackets: 36 products of matrices [tiles, c_in] [c_in, c_out]
 * in place of 144 multiplications a tile. The matrices interpolate at 0, ±2/3, ±3/2, ∞: next to the usual
 * 0, ±1, ±2, ∞ that halves the rounding, to less than twice that of the direct sum.
 * Winograd, Arithmetic Complexity of Computations, 1980; Lavin and Gray, arXiv:1509.09308; on points:
 * Barabasz et al., arXiv:1803.10986.
 */

#define A1 (2.0f / 3)
#define B1 (3.0f / 2)
#define A2 (A1 * A1)
#define B2 (B1 * B1)
#define S  (A2 + B2) /* and A2 B2 = 1 */
/* 1 / Π (pᵢ − pⱼ), j ≠ i */
#define NA (1.0f / (2 * A2 * (A2 - B2)))
#define NB (1.0f / (2 * B2 * (B2 - A2)))

/* Bᵀ d, six from six, at steps of @step vectors. */
static inline void
input_1d (vec *out, const vec *d, int step, int from)
{
  vec d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
  vec ea = d4 - B2 * d2;
  vec oa = d3 - B2 * d1;
  vec eb = d4 - A2 * d2;
  vec ob = d3 - A2 * d1;

  out[0] = d0 - S * d2 + d4;
  out[step] = ea + A1 * oa;
  out[2 * step] = ea - A1 * oa;
  out[3 * step] = eb + B1 * ob;
  out[4 * step] = eb - B1 * ob;
  out[5 * step] = d1 - S * d3 + d5;
}

/* Aᵀ m, four from six. */
static inline void
output_1d (vec *out, const vec *m, int step, int from)
{
  vec m0 = m[0], m5 = m[5 * from];
  vec pa = m[from] + m[2 * from];
  vec qa = m[from] - m[2 * from];
  vec pb = m[3 * from] + m[4 * from];
  vec qb = m[3 * from] - m[4 * from];

  out[0] = m0 + pa + pb;
  out[step] = A1 * qa + B1 * qb;
  out[2 * step] = A2 * pa + B2 * pb;
  out[3 * step] = (A1 * A2) * qa + (B1 * B2) * qb + m5;
}

/* A y, six from four: the adjoint of the above. */
static inline void
spread_1d (vec *out, const vec *y, int step, int from)
{
  vec y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
  vec ea = y0 + A2 * y2;
  vec oa = A1 * y1 + (A1 * A2) * y3;
  vec eb = y0 + B2 * y2;
  vec ob = B1 * y1 + (B1 * B2) * y3;

  out[0] = y0;
  out[step] = ea + oa;
  out[2 * step] = ea - oa;
  out[3 * step] = eb + ob;
  out[4 * step] = eb - ob;
  out[5 * step] = y3;
}

/* G w, six from three. */
static inline void
weights_1d (vec *out, const vec *w, int step)
{
  vec w0 = w[0], w1 = w[step], w2 = w[2 * step];
  vec ea = NA * w0 + (NA * A2) * w2;
  vec oa = (NA * A1) * w1;
  vec eb = NB * w0 + (NB * B2) * w2;
  vec ob = (NB * B1) * w1;

  out[0] = w0;
  out[step] = ea + oa;
  out[2 * step] = ea - oa;
  out[3 * step] = eb + ob;
  out[4 * step] = eb - ob;
  out[5 * step] = w2;
}

/* Gᵀ u, three from six: the adjoint of the above. */
static inline void
gather_1d (vec *out, const vec *u, int step)
{
  vec pa = NA * (u[step] + u[2 * step]);
  vec qa = NA * (u[step] - u[2 * step]);
  vec pb = NB * (u[3 * step] + u[4 * step]);
  vec qb = NB * (u[3 * step] - u[4 * step]);

  out[0] = u[0] + pa + pb;
  out[step] = A1 * qa + B1 * qb;
  out[2 * step] = A2 * pa + B2 * pb + u[5 * step];
}

/* Both directions: columns of a [6][6] first, then its rows. @t is [6][6]. */
#define BOTH_WAYS(name, transform, n_in)                                                                               \
  static inline void name (vec *t)                                                                                     \
  {                                                                                                                    \
    for (int j = 0; j < (n_in); j++)                                                                                   \
      transform (t + j, t + j, 6);                                                                                     \
    for (int i = 0; i < 6; i++)                                                                                        \
      transform (t + 6 * i, t + 6 * i, 1);                                                                             \
  }

static inline void
input_2d (vec *t)
{
  for (int j = 0; j < 6; j++)
    input_1d (t + j, t + j, 6, 6);
  for (int i = 0; i < 6; i++)
    input_1d (t + 6 * i, t + 6 * i, 1, 1);
}

static inline void
spread_2d (vec *t)
{
  for (int j = 0; j < 4; j++)
    spread_1d (t + j, t + j, 6, 6);
  for (int i = 0; i < 6; i++)
    spread_1d (t + 6 * i, t + 6 * i, 1, 1);
}

BOTH_WAYS (weights_2d, weights_1d, 3)

static inline void
output_2d (vec *t)
{
  for (int j = 0; j < 6; j++)
    output_1d (t + j, t + j, 6, 6);
  for (int i = 0; i < 4; i++)
    output_1d (t + 6 * i, t + 6 * i, 1, 1);
}

static inline void
gather_2d (vec *t)
{
  for (int j = 0; j < 6; j++)
    gather_1d (t + j, t + j, 6);
  for (int i = 0; i < 3; i++)
    gather_1d (t + 6 * i, t + 6 * i, 1);
}
