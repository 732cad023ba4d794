#include "config.h"

#include "core/device/cpu-neural-levels.h"

#include <math.h>

/*
 * The normal numbers of core/kernels/philox.inc, four blocks of two at a time: the same operations in the same
 * order, so the same bits. Built without contraction, as that is.
 */

typedef double dvec __attribute__ ((vector_size (32)));
typedef uint64_t uvec __attribute__ ((vector_size (32)));

static inline uvec
uvec_set (uint64_t x)
{
  return (uvec){ x, x, x, x };
}

static inline dvec
dvec_set (double x)
{
  return (dvec){ x, x, x, x };
}

/* Products of the low halves, whatever the high ones are. */
static inline uvec
multiply_low (uvec a, uvec b)
{
#ifdef __AVX2__
  typedef int ints __attribute__ ((vector_size (32)));

  return (uvec) __builtin_ia32_pmuludq256 ((ints) a, (ints) b);
#else
  return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

/* a where the mask is set, else b. */
static inline dvec
choose (uvec mask, dvec a, dvec b)
{
  return (dvec) (((uvec) a & mask) | ((uvec) b & ~mask));
}

/*
 * (high << 32 | low) >> 11 over 2⁵³, of the low halves of both; the halves of that are exact as numbers below 2⁵² and
 * multiples of 2³².
 */
static inline dvec
unit (uvec high, uvec low)
{
  uvec bits = (high << 32 | (low & 0xFFFFFFFFu)) >> 11;
  dvec lower = (dvec) ((bits & 0xFFFFFFFFu) | 0x4330000000000000u) - 0x1p52;
  dvec upper = (dvec) (bits >> 32 | 0x4530000000000000u) - 0x1p84;

  return (upper + lower) * (1.0 / 9007199254740992.0);
}

static inline dvec
logarithm (dvec x)
{
  uvec bits = (uvec) x;
  dvec e = (dvec) (bits >> 52 | 0x4330000000000000u) - (0x1p52 + 1023.0);
  dvec m = (dvec) ((bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  uvec large = (uvec) (m > 1.4142135623730951);
  dvec s, s2, sum = dvec_set (0);

  m = choose (large, m * 0.5, m);
  e = choose (large, e + 1.0, e);
  s = (m - 1.0) / (m + 1.0);
  s2 = s * s;
#pragma GCC unroll 11
  for (int i = 21; i >= 1; i -= 2)
    sum = sum * s2 + 1.0 / i;
  return e * 0.6931471805599453 + 2.0 * s * sum;
}

/* 1.0 where the mask is set, else 0. */
static inline dvec
count (uvec mask)
{
  return (dvec) (mask & (uvec) dvec_set (1.0));
}

static inline void
turn (dvec u, dvec *cosine, dvec *sine)
{
  dvec t = 4.0 * u + 0.5; /* below 5, so that its whole part is a count */
  dvec quarter =
      count ((uvec) (t >= 1.0)) + count ((uvec) (t >= 2.0)) + count ((uvec) (t >= 3.0)) + count ((uvec) (t >= 4.0));
  uvec one = (uvec) (quarter == 1.0), two = (uvec) (quarter == 2.0), three = (uvec) (quarter == 3.0);
  dvec x = 6.283185307179586476925 * (u - 0.25 * quarter);
  dvec x2 = x * x, c = dvec_set (1), s = dvec_set (1);

#pragma GCC unroll 8
  for (int i = 17; i >= 3; i -= 2)
    s = 1.0 - s * x2 * (1.0 / (i * (i - 1)));
#pragma GCC unroll 9
  for (int i = 18; i >= 2; i -= 2)
    c = 1.0 - c * x2 * (1.0 / (i * (i - 1)));
  s *= x;
  *cosine = choose (one, -s, choose (two, -c, choose (three, s, c)));
  *sine = choose (one, c, choose (two, -s, choose (three, -c, s)));
}

/* Two uniform numbers of four blocks. */
static inline void
uniform (dvec *first, dvec *second, uint64_t seed, uint32_t stream, uint32_t step, uint64_t block)
{
  uvec index = { block, block + 1, block + 2, block + 3 };
  uvec c0 = index, c1 = index >> 32, c2 = uvec_set (stream), c3 = uvec_set (step);
  uint32_t k0 = (uint32_t) seed, k1 = (uint32_t) (seed >> 32);

  /* Of the words, only the low halves count. */
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++)
    {
      uvec p0 = multiply_low (uvec_set (0xD2511F53u), c0);
      uvec p1 = multiply_low (uvec_set (0xCD9E8D57u), c2);

      c0 = p1 >> 32 ^ c1 ^ k0;
      c1 = p1;
      c2 = p0 >> 32 ^ c3 ^ k1;
      c3 = p0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  *first = unit (c0, c1);
  *second = unit (c2, c3);
}

static inline dvec
root (dvec x)
{
#ifdef __AVX2__
  return __builtin_ia32_sqrtpd256 (x);
#else
  for (int lane = 0; lane < 4; lane++)
    x[lane] = sqrt (x[lane]);
  return x;
#endif
}

/* Groups of four blocks that go through one stage after the other, since each stage is a chain of its own. */
#define GROUPS 32

static void
normal_groups (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t block)
{
  dvec radius[GROUPS], angle[GROUPS];

  for (size_t i = 0; i < n; i++)
    uniform (radius + i, angle + i, seed, stream, step, block + 4 * i);
  for (size_t i = 0; i < n; i++)
    radius[i] = root (-2.0 * logarithm (1.0 - radius[i]));
  for (size_t i = 0; i < n; i++)
    {
      dvec cosine, sine;

      turn (angle[i], &cosine, &sine);
      cosine *= radius[i];
      sine *= radius[i];
      for (size_t lane = 0; lane < 4; lane++)
        {
          dst[8 * i + 2 * lane] = (float) cosine[lane];
          dst[8 * i + 2 * lane + 1] = (float) sine[lane];
        }
    }
}

void
MSM_LEVEL (normal_blocks) (float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step, uint64_t block)
{
  for (size_t i = 0; i < n; i += GROUPS)
    normal_groups (dst + 8 * i, n - i < GROUPS ? n - i : GROUPS, seed, stream, step, block + 4 * i);
}
