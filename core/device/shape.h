#pragma once

/* Plain C, no GLib: the CUDA module includes this. */

#include <stddef.h>

#define MSM_MAX_RANK 5

typedef enum
{
  MSM_F32,
  MSM_BF16, /* reserved: storage only, two bytes */
  MSM_C64,  /* interleaved float32 (re, im) */
} MsmDtype;

/*
 * Sizes of a contiguous row-major array. Axis order, always: [batch or slice, coil or channel or map
 * set, readout, phase]; phase-encode is the last axis. Network tensors: [batch, readout, phase, channel].
 */
typedef struct
{
  int rank;
  size_t dim[MSM_MAX_RANK];
} MsmShape;

static inline size_t
msm_dtype_size (MsmDtype dtype)
{
  return dtype == MSM_C64 ? 8 : dtype == MSM_F32 ? 4 : 2;
}

static inline size_t
msm_shape_size (MsmShape shape)
{
  size_t n = 1;

  for (int i = 0; i < shape.rank; i++)
    n *= shape.dim[i];
  return n;
}

static inline int
msm_shape_equal (MsmShape a, MsmShape b)
{
  if (a.rank != b.rank)
    return 0;
  for (int i = 0; i < a.rank; i++)
    if (a.dim[i] != b.dim[i])
      return 0;
  return 1;
}

static inline MsmShape
msm_shape1 (size_t a)
{
  return (MsmShape){ 1, { a } };
}

static inline MsmShape
msm_shape2 (size_t a, size_t b)
{
  return (MsmShape){ 2, { a, b } };
}

static inline MsmShape
msm_shape3 (size_t a, size_t b, size_t c)
{
  return (MsmShape){ 3, { a, b, c } };
}

static inline MsmShape
msm_shape4 (size_t a, size_t b, size_t c, size_t d)
{
  return (MsmShape){ 4, { a, b, c, d } };
}
