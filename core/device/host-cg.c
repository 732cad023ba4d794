#include "config.h"

#include <string.h>

#include "core/device/host-state.h"

void
msm_host_cg_begin (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch,
                   size_t n)
{
  if (state->failed)
    return;
  memcpy (p, m, n_batch * n * sizeof (float));
  for (size_t b = 0; b < n_batch; b++)
    rr[b] = state->vector->dot (state, r + b * n, m + b * n, n);
}

void
msm_host_cg_advance (MsmDeviceState *state, double *rr, float *x, float *r, const float *p, const float *q,
                     size_t n_batch, size_t n)
{
  const MsmVectorOps *vector = state->vector;

  for (size_t b = 0; b < n_batch && !state->failed; b++)
    {
      double pq = vector->dot (state, p + b * n, q + b * n, n);

      if (!(pq > 0) || !(rr[b] > 0)) /* solved, or nothing measured */
        {
          rr[b] = 0;
          continue;
        }
      vector->axpy (state, x + b * n, (float) (rr[b] / pq), p + b * n, n);
      vector->axpy (state, r + b * n, (float) (-rr[b] / pq), q + b * n, n);
    }
}

void
msm_host_cg_turn (MsmDeviceState *state, double *rr, float *p, const float *r, const float *m, size_t n_batch, size_t n)
{
  const MsmVectorOps *vector = state->vector;

  for (size_t b = 0; b < n_batch && !state->failed; b++)
    {
      double sigma = vector->dot (state, r + b * n, m + b * n, n);

      if (!(rr[b] > 0))
        continue;
      vector->lincomb (state, p + b * n, 1, m + b * n, (float) (sigma / rr[b]), p + b * n, n);
      rr[b] = sigma;
    }
}
