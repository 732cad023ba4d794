#pragma once

/*
 * The device table: all that a compute device does. Three implementations: ref (obvious loops, the
 * judge), cpu (FFTW, oneDNN, OpenMP), cuda (a module opened at run time). The CUDA module includes this
 * header and links nothing of ours, so it is plain C, pointers are device pointers, and an operation's
 * failure is stored in the state (sticky), to be fetched by get_error().
 *
 * Complex arrays are interleaved float32; their lengths n count complex elements. Arrays may alias
 * (dst == x or dst == y) in element-wise calls unless a comment says otherwise.
 */

#include <stdint.h>

#include "core/device/neural-ops.h"
#include "core/tensor/shape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every change of any table. The loader refuses another number. */
#define MSM_DEVICE_ABI 8

typedef struct MsmDeviceState MsmDeviceState;
typedef struct MsmFftPlan     MsmFftPlan;
typedef struct MsmReplay      MsmReplay;

typedef struct
{
  void *(*alloc)    (MsmDeviceState *state, size_t bytes); /* zeroed, 64-byte aligned; NULL: no memory (not sticky) */
  void  (*free)     (MsmDeviceState *state, void *pointer);
  void  (*upload)   (MsmDeviceState *state, void *dst, const void *host, size_t bytes);
  void  (*download) (MsmDeviceState *state, void *host, const void *src, size_t bytes);
  void  (*copy)     (MsmDeviceState *state, void *dst, const void *src, size_t bytes);
  void  (*zero)     (MsmDeviceState *state, void *dst, size_t bytes);
} MsmMemoryOps;

typedef struct
{
  /* Real: n counts floats. Complex arrays are passed as 2n floats where the arithmetic is real-linear. */
  void (*fill)    (MsmDeviceState *state, float *dst, float value, size_t n);
  void (*lincomb) (MsmDeviceState *state, float *dst, float a, const float *x, float b, const float *y,
                   size_t n);                                   /* dst = a x + b y */
  void (*axpy)    (MsmDeviceState *state, float *y, float a, const float *x, size_t n); /* y += a x */
  void (*scale)   (MsmDeviceState *state, float *dst, float a, const float *x, size_t n); /* dst = a x */
  void (*mul)     (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n);

  /* Complex, element by element. */
  void (*cmul)    (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n); /* x y */
  void (*cmulc)   (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n); /* conj(x) y */
  void (*cabs)    (MsmDeviceState *state, float *dst, const float *x, size_t n);  /* real dst = |x|; no aliasing */

  /* Fixed-order two-pass reductions in double, the result on the host. */
  double (*dot)     (MsmDeviceState *state, const float *x, const float *y, size_t n); /* Σ x y */
  void   (*cdot)    (MsmDeviceState *state, const float *x, const float *y, size_t n,
                     double result[2]);                                             /* Σ conj(x) y */
  double (*asum)    (MsmDeviceState *state, const float *x, size_t n);              /* Σ |x| */
  double (*casum)   (MsmDeviceState *state, const float *x, size_t n);              /* Σ |x|, complex */
  double (*max_abs) (MsmDeviceState *state, const float *x, size_t n);
  int    (*is_finite) (MsmDeviceState *state, const float *x, size_t n);

  /*
   * Masks: the real mask [n_plane] (0 or 1, or any weight) is repeated over n_batch planes of complex x
   * [n_batch, n_plane].  dst = mask · x
   */
  void (*mask)     (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch,
                    size_t n_plane);
  /*
   * Coils. x [batch, set, plane], y [batch, coil, plane], sens [set, coil, plane], complex.
   *   expand:  y[b,c,p] = Σ_s sens[s,c,p] x[b,s,p]
   *   combine: x[b,s,p] = Σ_c conj(sens[s,c,p]) y[b,c,p]        (no aliasing)
   */
  void (*coil_expand)  (MsmDeviceState *state, float *y, const float *sens, const float *x,
                        size_t n_batch, size_t n_set, size_t n_coil, size_t n_plane);
  void (*coil_combine) (MsmDeviceState *state, float *x, const float *sens, const float *y,
                        size_t n_batch, size_t n_set, size_t n_coil, size_t n_plane);
  /* Root sum of squares: real dst[b,p] = √Σ_c |y[b,c,p]|² */
  void (*rss)      (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil,
                    size_t n_plane);
  /* Complex soft threshold: dst = x · max(1 − threshold/|x|, 0), n complex elements. */
  void (*soft_threshold) (MsmDeviceState *state, float *dst, const float *x, float threshold, size_t n);

  /*
   * A sparse real matrix [n_out, n_in] by rows, along the middle axis of x [n_outer, n_in, n_inner]:
   *   y[o,i,k] = Σ_{start[i] ≤ t < start[i+1]} value[t] x[o, column[t], k],  added in that order; no aliasing.
   * start [n_out + 1], column and value in the device's memory.
   */
  void (*sparse) (MsmDeviceState *state, float *y, const uint32_t *start, const uint32_t *column,
                  const float *value, const float *x, size_t n_outer, size_t n_out, size_t n_in,
                  size_t n_inner);

  /*
   * Counter-based noise: element i depends only on (seed, stream, step, first + i). Standard normal,
   * computed in double and rounded once: equal on every device and for any number of threads.
   */
  void (*random_normal)  (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                          uint32_t step, uint64_t first);
  /* Uniform in [0, 1). */
  void (*random_uniform) (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                          uint32_t step, uint64_t first);
  /* Real: dst[b, j, i] = src[b, i, j], i < n_rows, j < n_columns (planes to channels-last and back; no aliasing). */
  void (*transpose) (MsmDeviceState *state, float *dst, const float *src, size_t n_batch, size_t n_rows,
                     size_t n_columns);
} MsmVectorOps;

typedef struct
{
  /*
   * Centred orthonormal 2-D DFT of n_batch planes [n_rows, n_columns] of complex numbers:
   *   y = fftshift (DFT (ifftshift (x))) / √(n_rows n_columns);  index n/2 is k = 0; any sizes.
   * NULL: no memory. execute may run in place (dst == src).
   */
  MsmFftPlan *(*plan_new)  (MsmDeviceState *state, size_t n_batch, size_t n_rows, size_t n_columns);
  void        (*plan_free) (MsmDeviceState *state, MsmFftPlan *plan);
  void        (*execute)   (MsmDeviceState *state, MsmFftPlan *plan, float *dst, const float *src,
                            int inverse);
  /*
   * y = Σ_c s̄_c F⁻¹ m F s_c x, one image of the plan's size, of a mask whose rows are all the same: F along the rows
   * is all that is left of the transform. y is not x. 0: nothing was done (another mask, or a size that this cannot
   * do); NULL: the device has no such thing.
   */
  int         (*normal_lines) (MsmDeviceState *state, MsmFftPlan *plan, float *y, const float *x,
                               const float *sens, const float *mask, size_t n_coil);
} MsmFourierOps;

/*
 * Calls recorded once and launched as one. Between begin and end calls are recorded instead of run: the same
 * pointers and scalars are used at every launch, so nothing among them may upload, download, reduce or allocate,
 * and all of them must have run once before.
 */
typedef struct
{
  int        (*begin)  (MsmDeviceState *state); /* 0: not now */
  MsmReplay *(*end)    (MsmDeviceState *state); /* NULL: it cannot be replayed (not sticky) */
  int        (*launch) (MsmDeviceState *state, MsmReplay *replay); /* 0: out of date, record it again */
  void       (*free)   (MsmDeviceState *state, MsmReplay *replay);
} MsmReplayOps;

typedef struct
{
  uint32_t             abi;
  const char          *name;
  int                  is_host; /* device pointers are host pointers */
  /* Opens the index-th device; NULL with a plain sentence in message (at most size bytes). */
  MsmDeviceState     *(*open)        (int index, char *message, size_t size);
  void                (*close)       (MsmDeviceState *state);
  int                 (*count)       (char *message, size_t size); /* devices present; 0 with the reason */
  void                (*describe)    (int index, char *text, size_t size);
  void                (*synchronise) (MsmDeviceState *state);
  const char         *(*get_error)   (MsmDeviceState *state); /* NULL when all is well */
  void                (*clear_error) (MsmDeviceState *state);
  const MsmMemoryOps  *memory;
  const MsmVectorOps  *vector;
  const MsmFourierOps *fourier;
  const MsmNeuralOps  *neural;
  const MsmReplayOps  *replay; /* NULL: calls are made one by one */
  /* The precision of the plans and calls that follow; 0: not on this device. NULL: float32 only. */
  int                 (*set_precision) (MsmDeviceState *state, MsmPrecision precision);
  /* Memory of the device in bytes. NULL: it is the host's. */
  void                (*memory_info)   (MsmDeviceState *state, size_t *free, size_t *total);
} MsmDeviceOps;

#ifdef __cplusplus
}
#endif
