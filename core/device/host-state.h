#pragma once

/* What the two host devices (ref, cpu) share: memory, the sticky error, the random numbers. */

#include <glib.h>

#include "core/device/device-ops.h"

G_BEGIN_DECLS

struct MsmDeviceState
{
  char error[256];
  gboolean failed;
  const MsmVectorOps *vector; /* the device's own, for slots made of others */
  MsmPrecision precision;
};

MsmDeviceState *msm_host_open (const MsmVectorOps *vector, int index, char *message, size_t size);
void msm_host_close (MsmDeviceState *state);
int msm_host_count (char *message, size_t size);
void msm_host_synchronise (MsmDeviceState *state);
const char *msm_host_get_error (MsmDeviceState *state);
void msm_host_clear_error (MsmDeviceState *state);
/* Keeps the first message only. */
void msm_host_fail (MsmDeviceState *state, const char *format, ...) G_GNUC_PRINTF (2, 3);

extern const MsmMemoryOps msm_host_memory;
extern const MsmVectorOps msm_cpu_vector;
extern const MsmFourierOps msm_cpu_fourier;
extern const MsmDeviceOps msm_cpu_ops;
extern const MsmVectorOps msm_ref_vector;
extern const MsmFourierOps msm_ref_fourier;
extern const MsmDeviceOps msm_ref_ops;

void msm_host_random_normal (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream, uint32_t step,
                             uint64_t first);
void msm_host_random_uniform (MsmDeviceState *state, float *dst, size_t n, uint64_t seed, uint32_t stream,
                              uint32_t step, uint64_t first);

/* Conjugate gradients out of the state's dot, axpy and lincomb. */
void msm_host_cg_begin (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                        size_t n);
void msm_host_cg_advance (MsmDeviceState *state, double *rr, float *x, float *r, const float *p, const float *q,
                          size_t n_batch, size_t n);
void msm_host_cg_turn (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                       size_t n);

G_END_DECLS
