#pragma once

#include "core/device/cpu-neural-levels.h"

/*
 * What the normalisation's forward and backward passes share: sums over positions are taken in
 * MSM_SUM_PARTS parts of each image, 16 positions in float, the rest in double, in a fixed order, so that the
 * threads change nothing. See cpu-simd.h.
 */

#define SHORT_SUM 16  /* positions that are summed in float */
#define BLOCK     256 /* channels whose coefficients are on the stack */
/* Floats of as many images as are read again before they have left the cache. */
#define CACHED    (1 << 20)

typedef double dvec __attribute__ ((vector_size (64)));

/* Part @part of @hw positions: first and last + 1. */
static inline void
part_range (size_t part, size_t hw, size_t *first, size_t *last)
{
  const size_t size = (hw + MSM_SUM_PARTS - 1) / MSM_SUM_PARTS;

  *first = part * size < hw ? part * size : hw;
  *last = *first + size < hw ? *first + size : hw;
}

/* sums [n] += value, the first n of eight. */
static inline void
add_to_doubles (double *sum, vec value, size_t n)
{
  if (n >= LANES)
    {
      dvec total;

      memcpy (&total, sum, sizeof total);
      total += __builtin_convertvector(value, dvec);
      memcpy (sum, &total, sizeof total);
    }
  else
    for (size_t lane = 0; lane < n; lane++)
      sum[lane] += (double) value[lane];
}

/* v = (x − mean) scale + shift for the channels of a block; x̂ = (x − mean) rstd. */
typedef struct
{
  float mean[BLOCK], rstd[BLOCK], scale[BLOCK], shift[BLOCK];
} Coefficients;

static inline void
coefficients (Coefficients *self, const float *stats, const float *gamma, const float *beta, const float *scale_shift,
              const MsmNormShape *s, size_t n, size_t first, size_t count)
{
  const size_t width = s->c / s->groups;

  for (size_t i = 0; i < count; i++)
    {
      const size_t k = first + i;
      const float *stat = stats + 2 * (n * s->groups + k / width);
      const float scale = scale_shift == NULL ? 1.0f : 1.0f + scale_shift[n * 2 * s->c + k];
      const float shift = scale_shift == NULL ? 0.0f : scale_shift[n * 2 * s->c + s->c + k];

      self->mean[i] = stat[0];
      self->rstd[i] = stat[1];
      self->scale[i] = stat[1] * gamma[k] * scale;
      self->shift[i] = beta[k] * scale + shift;
    }
}

/* The coefficients of eight channels, in registers. */
typedef struct
{
  vec mean, scale, shift;
} Eight;

static inline Eight
eight_at (const Coefficients *self, size_t i)
{
  return (Eight){ vec_load (self->mean + i), vec_load (self->scale + i), vec_load (self->shift + i) };
}

static inline vec
normalise (const Eight *self, vec x)
{
  return (x - self->mean) * self->scale + self->shift;
}

/* How many of @rest images go through both passes at once. */
static inline size_t
norm_images (const MsmNormShape *s, size_t rest)
{
  const size_t images = CACHED / (s->hw * s->c);

  return images == 0 ? 1 : images < rest ? images : rest;
}
