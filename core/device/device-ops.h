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
#include "core/device/shape.h"

#ifdef __cplusplus
extern "C"
{
#endif

/* Raised with every change of any table. The loader refuses another number. */
#define MSM_DEVICE_ABI 14

  typedef struct MsmDeviceState MsmDeviceState;
  typedef struct MsmFftPlan MsmFftPlan;
  typedef struct MsmReplay MsmReplay;
  typedef struct MsmGroup MsmGroup;
  typedef struct MsmFetch MsmFetch;

  typedef struct
  {
    void *(*alloc) (MsmDeviceState *state, size_t bytes); /* zeroed, 64-byte aligned; NULL: no memory (not sticky) */
    void (*free) (MsmDeviceState *state, void *pointer);
    void (*upload) (MsmDeviceState *state, void *dst, const void *host, size_t bytes);
    void (*download) (MsmDeviceState *state, void *host, const void *src, size_t bytes);
    void (*copy) (MsmDeviceState *state, void *dst, const void *src, size_t bytes);
    void (*zero) (MsmDeviceState *state, void *dst, size_t bytes);
    /*
   * A download that nobody waits for: of what src holds now, while later calls run. fetched() waits until the bytes are
   * there (NULL: the device failed); it and fetch_free() are for any thread, while the device is open. NULL: no memory
   * (not sticky), and as slots: the device has no such thing.
   */
    MsmFetch *(*fetch) (MsmDeviceState *state, const void *src, size_t bytes);
    const void *(*fetched) (MsmFetch *fetch);
    void (*fetch_free) (MsmFetch *fetch);
  } MsmMemoryOps;

  typedef struct
  {
    /* Real: n counts floats. Complex arrays are passed as 2n floats where the arithmetic is real-linear. */
    void (*fill) (MsmDeviceState *state, float *dst, float value, size_t n);
    void (*lincomb) (MsmDeviceState *state, float *dst, float a, const float *x, float b, const float *y,
                     size_t n);                                                           /* dst = a x + b y */
    void (*axpy) (MsmDeviceState *state, float *y, float a, const float *x, size_t n);    /* y += a x */
    void (*scale) (MsmDeviceState *state, float *dst, float a, const float *x, size_t n); /* dst = a x */
    void (*mul) (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n);

    /* Complex, element by element. */
    void (*cmul) (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n);  /* x y */
    void (*cmulc) (MsmDeviceState *state, float *dst, const float *x, const float *y, size_t n); /* conj(x) y */
    void (*cabs) (MsmDeviceState *state, float *dst, const float *x, size_t n); /* real dst = |x|; no aliasing */

    /* Fixed-order two-pass reductions in double, the result on the host. */
    double (*dot) (MsmDeviceState *state, const float *x, const float *y, size_t n);                  /* Σ x y */
    void (*cdot) (MsmDeviceState *state, const float *x, const float *y, size_t n, double result[2]); /* Σ conj(x) y */
    double (*asum) (MsmDeviceState *state, const float *x, size_t n);                                 /* Σ |x| */
    double (*casum) (MsmDeviceState *state, const float *x, size_t n); /* Σ |x|, complex */
    double (*max_abs) (MsmDeviceState *state, const float *x, size_t n);
    int (*is_finite) (MsmDeviceState *state, const float *x, size_t n);

    /*
   * Masks: the real mask [n_plane] (0 or 1, or any weight) is repeated over n_batch planes of complex x
   * [n_batch, n_plane].  dst = mask · x
   */
    void (*mask) (MsmDeviceState *state, float *dst, const float *mask, const float *x, size_t n_batch, size_t n_plane);
    /*
   * Coils. x [batch, set, plane], y [batch, coil, plane], sens [set, coil, plane], complex.
   *   expand:  y[b,c,p] = Σ_s sens[s,c,p] x[b,s,p]
   *   combine: x[b,s,p] = Σ_c conj(sens[s,c,p]) y[b,c,p]        (no aliasing)
   */
    void (*coil_expand) (MsmDeviceState *state, float *y, const float *sens, const float *x, size_t n_batch,
                         size_t n_set, size_t n_coil, size_t n_plane);
    void (*coil_combine) (MsmDeviceState *state, float *x, const float *sens, const float *y, size_t n_batch,
                          size_t n_set, size_t n_coil, size_t n_plane);
    /* Root sum of squares: real dst[b,p] = √Σ_c |y[b,c,p]|² */
    void (*rss) (MsmDeviceState *state, float *dst, const float *y, size_t n_batch, size_t n_coil, size_t n_plane);
    /* Complex soft threshold: dst = x · max(1 − threshold/|x|, 0), n complex elements. */
    void (*soft_threshold) (MsmDeviceState *state, float *dst, const float *x, float threshold, size_t n);

    /*
   * A sparse real matrix [n_out, n_in] by rows, along the middle axis of x [n_outer, n_in, n_inner]:
   *   y[o,i,k] = Σ_{start[i] ≤ t < start[i+1]} value[t] x[o, column[t], k],  added in that order; no aliasing.
   * start [n_out + 1], column and value in the device's memory.
   */
    void (*sparse) (MsmDeviceState *state, float *y, const uint32_t *start, const uint32_t *column, const float *value,
                    const float *x, size_t n_outer, size_t n_out, size_t n_in, size_t n_inner);

    /*
   * Counter-based noise: element i depends only on (seed, stream, step, first + i). Standard normal,
   * computed in double and rounded once: equal on every device and for any number of threads.
   */
    void (*random_normal) (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                           uint64_t first);
    /* Uniform in [0, 1). */
    void (*random_uniform) (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                            uint64_t first);
    /* Real: dst[b, j, i] = src[b, i, j], i < n_rows, j < n_columns (planes to channels-last and back; no aliasing). */
    void (*transpose) (MsmDeviceState *state, float *dst, const float *src, size_t n_batch, size_t n_rows,
                       size_t n_columns);

    /*
   * Conjugate gradients of n_batch systems of n unknowns, all [n_batch, n] but rr [n_batch], which is in the device's
   * memory: rᵀ m of each, and 0 once it is solved or has nothing to solve.
   *   cg_begin:    p = m,  rr = rᵀ m
   *   cg_advance:  α = rr / pᵀ q,  x += α p,  r −= α q;  where not both are positive nothing, and rr = 0
   *   cg_turn:     σ = rᵀ m;  where rr > 0:  p = m + (σ / rr) p,  rr = σ
   */
    void (*cg_begin) (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                      size_t n);
    void (*cg_advance) (MsmDeviceState *state, double *rr, float *x, float *r, const float *p, const float *q,
                        size_t n_batch, size_t n);
    void (*cg_turn) (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                     size_t n);
    /* Of one system of n points: weight = flat + coloured / power,  inverse = 1 / (mean of mask + weight). */
    void (*cg_weights) (MsmDeviceState *state, float *weight, float *inverse, const float *mask, const float *power,
                        double flat, double coloured, size_t n);
  } MsmVectorOps;

  typedef struct
  {
    /*
   * Centred orthonormal 2-D DFT of n_batch planes [n_rows, n_columns] of complex numbers:
   *   y = fftshift (DFT (ifftshift (x))) / √(n_rows n_columns);  index n/2 is k = 0; any sizes.
   * NULL: no memory. execute may run in place (dst == src).
   */
    MsmFftPlan *(*plan_new) (MsmDeviceState *state, size_t n_batch, size_t n_rows, size_t n_columns);
    void (*plan_free) (MsmDeviceState *state, MsmFftPlan *plan);
    void (*execute) (MsmDeviceState *state, MsmFftPlan *plan, float *dst, const float *src, int inverse);
    /*
   * y = Σ_c s̄_c F⁻¹ m F s_c x, one image of the plan's size, of a mask whose rows are all the same: F along the rows
   * is all that is left of the transform. y is not x. 0: nothing was done (another mask, or a size that this cannot
   * do); NULL: the device has no such thing.
   */
    int (*normal_lines) (MsmDeviceState *state, MsmFftPlan *plan, float *y, const float *x, const float *sens,
                         const float *mask, size_t n_coil);
  } MsmFourierOps;

  /*
 * A section of calls that is recorded once and launched as a whole from then on. Whoever has one makes its calls
 * between begin and end, again when end asks for it:
 *
 *   do { begin (state, &replay); …calls… } while (!end (state, &replay));
 *
 * The first time they run as they are, so that the device has what they need; the second time they are recorded;
 * after that they only tell the recording what is new, and end launches it. What may be new: the factors of lincomb,
 * axpy and scale, the counters of noise, flat and coloured of cg_weights, and what is uploaded (a little: time
 * indices). When anything else differs, or a result is asked for (a reduction, a download), nothing has run at end,
 * and it returns 0. Within another section a section is a part of it.
 */
  typedef struct
  {
    void (*begin) (MsmDeviceState *state, MsmReplay **replay); /* *replay is NULL before the first time */
    int (*end) (MsmDeviceState *state, MsmReplay **replay);    /* 1: it has run; 0: make the calls again */
    void (*free) (MsmDeviceState *state, MsmReplay *replay);
  } MsmReplayOps;

/* Devices of several processes that compute as one (core/comm). */
#define MSM_GROUP_ID_BYTES 128

  typedef struct
  {
    /* What the processes of a new group must agree on, made by one of them. 0, and open's NULL: why, in message. */
    int (*make_id) (void *id, char *message, size_t size);
    /* All processes at once, numbered from 0 to n − 1. */
    MsmGroup *(*open) (MsmDeviceState *state, const void *id, int rank, int n, char *message, size_t size);
    void (*close) (MsmDeviceState *state, MsmGroup *group);
    /* x ← its sum over the group, the same bits on all. */
    void (*sum) (MsmDeviceState *state, MsmGroup *group, float *x, size_t n);
  } MsmGroupOps;

  typedef struct
  {
    uint32_t abi;
    const char *name;
    int is_host; /* device pointers are host pointers */
    /* Opens the index-th device; NULL with a plain sentence in message (at most size bytes). */
    MsmDeviceState *(*open) (int index, char *message, size_t size);
    void (*close) (MsmDeviceState *state);
    int (*count) (char *message, size_t size); /* devices present; 0 with the reason */
    void (*describe) (int index, char *text, size_t size);
    void (*synchronise) (MsmDeviceState *state);
    const char *(*get_error) (MsmDeviceState *state); /* NULL when all is well */
    void (*clear_error) (MsmDeviceState *state);
    const MsmMemoryOps *memory;
    const MsmVectorOps *vector;
    const MsmFourierOps *fourier;
    const MsmNeuralOps *neural;
    const MsmReplayOps *replay; /* NULL: calls are made one by one, sections are nothing */
    /* The precision of the plans and calls that follow; 0 with the reason: not on this device. NULL: float32 only. */
    int (*set_precision) (MsmDeviceState *state, MsmPrecision precision, char *message, size_t size);
    /* What it computes in unless another precision is asked for. NULL: float32. */
    MsmPrecision (*best_precision) (MsmDeviceState *state);
    /* Memory of the device in bytes. NULL: it is the host's. */
    void (*memory_info) (MsmDeviceState *state, size_t *free, size_t *total);
    const MsmGroupOps *group; /* NULL: sums over processes go through the host */
  } MsmDeviceOps;

#ifdef __cplusplus
}
#endif
