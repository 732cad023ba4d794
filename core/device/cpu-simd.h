#pragma once

/*
 * The network's kernels on the processor are compiled once for each level of instructions (the build
 * defines MSM_CPU_LEVEL) and chosen at run time. No header with inline functions of others belongs in
 * such a file: the linker might keep its copy with instructions that the processor lacks.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MSM_LEVEL_PASTE(name, level)  name##_##level
#define MSM_LEVEL_EXPAND(name, level) MSM_LEVEL_PASTE (name, level)
#define MSM_LEVEL(name)               MSM_LEVEL_EXPAND (name, MSM_CPU_LEVEL)

/* Below this many floats a thread team costs more than it saves. */
#define MSM_PARALLEL_FROM 16384
#define MSM_PRAGMA(text)  _Pragma (#text)
#define MSM_PARALLEL_FOR_IF(condition)                                                                                 \
  MSM_PRAGMA (omp parallel for num_threads (msm_device_get_threads ()) schedule (static) if (condition))
/* For loops over about this many floats. */
#define MSM_PARALLEL_FOR_SIZE(size) MSM_PARALLEL_FOR_IF ((size) > MSM_PARALLEL_FROM)

/* As core/device/device.h has it, without GLib. */
int msm_device_get_threads (void);

/* Eight floats: one AVX register, or what the compiler makes of it. */
typedef float vec __attribute__ ((vector_size (32)));
typedef int32_t ivec __attribute__ ((vector_size (32)));

#define LANES 8

static inline vec
vec_load (const float *p)
{
  vec v;

  memcpy (&v, p, sizeof v);
  return v;
}

static inline void
vec_store (float *p, vec v)
{
  memcpy (p, &v, sizeof v);
}

static inline vec
vec_set (float x)
{
  return (vec){ x, x, x, x, x, x, x, x };
}

/* The first n of eight; the others are zero, or left alone. */
static inline vec
vec_load_part (const float *p, size_t n)
{
  vec v = { 0 };

  memcpy (&v, p, n * sizeof (float));
  return v;
}

static inline void
vec_store_part (float *p, vec v, size_t n)
{
  memcpy (p, &v, n * sizeof (float));
}

static inline vec
vec_get (const float *p, size_t n)
{
  return n >= LANES ? vec_load (p) : vec_load_part (p, n);
}

static inline void
vec_put (float *p, vec v, size_t n)
{
  if (n >= LANES)
    vec_store (p, v);
  else
    vec_store_part (p, v, n);
}

/* The larger; @b where @a is NaN. */
static inline vec
vec_max (vec a, vec b)
{
#ifdef __AVX2__
  return __builtin_ia32_maxps256 (a, b);
#else
  ivec above = a > b;

  return (vec) (((ivec) a & above) | ((ivec) b & ~above));
#endif
}

/* NaN stays NaN. */
static inline vec
vec_clamp (vec x, float low, float high)
{
#ifdef __AVX2__
  return __builtin_ia32_minps256 (vec_set (high), __builtin_ia32_maxps256 (vec_set (low), x));
#else
  ivec below = x < low;
  ivec above = x > high;

  x = (vec) (((ivec) vec_set (low) & below) | ((ivec) x & ~below));
  return (vec) (((ivec) vec_set (high) & above) | ((ivec) x & ~above));
#endif
}

static inline float
vec_sum (vec v)
{
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/*
 * eˣ to about one unit in the last place: x = n ln 2 + r, |r| ≤ ln 2 / 2; the Taylor polynomial of
 * degree 7 of r leaves 6e-9. NaN stays NaN.
 */
static inline vec
vec_exp (vec x)
{
  const vec magic = vec_set (12582912.0f); /* 1.5 · 2²³: adding it rounds to an integer */
  vec bounded = vec_clamp (x, -87.0f, 88.0f);
  vec shifted = bounded * 1.44269504f + magic;
  vec n = shifted - magic;
  vec r = bounded - n * 0.693359375f + n * 2.12194440e-4f;
  vec p = vec_set (1.0f / 5040);
  ivec bits;
  ivec exponent;

  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  memcpy (&exponent, &shifted, sizeof exponent);
  memcpy (&bits, &p, sizeof bits);
  bits += (exponent - 0x4b400000) << 23;
  memcpy (&p, &bits, sizeof p);
  return p;
}

static inline vec
vec_silu (vec x)
{
  return x / (vec_exp (-x) + 1.0f);
}

/* d silu / dx */
static inline vec
vec_silu_slope (vec x)
{
  vec s = 1.0f / (vec_exp (-x) + 1.0f);

  return s * (x * (1.0f - s) + 1.0f);
}
