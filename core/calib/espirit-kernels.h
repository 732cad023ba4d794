#pragma once

#include <complex.h>

#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * The projection onto the signal subspace of k-space patches, averaged over the patches that cover a
 * point, is a convolution that mixes coils:
 *   (W y)_c(x) = Σ_c' Σ_δ R_cc'(δ) y_c'(x + δ),  δ ∈ (−k, k)²
 * Lags as [pair, k1, k2] with 2k−1 lags on each axis, pairs c ≤ c' in rows: (0,0), (0,1), …, (1,1), ….
 */
typedef struct
{
  int n_coil, kernel, n_lag; /* n_lag = 2 kernel − 1 */
  int n_pairs;
  int n_kernels;                  /* size of the signal subspace */
  float complex *lags;            /* [pair, n_lag, n_lag], divided by kernel² */
  float complex *first_component; /* [coil]: the strongest coil combination */
} MsmEspiritKernels;

/**
 * msm_espirit_first_row:
 * @mask: what is sampled, or %NULL: all
 *
 * The first of the @rows neighbouring rows with the most energy in the central @columns, all of them sampled: an
 * echo need not lie in the middle of the readout, and the phase of the maps refers to the block. As BART does.
 */
gsize msm_espirit_first_row (MsmTensor *kspace, const MsmMask *mask, gsize rows, gsize columns);
/**
 * msm_espirit_kernels_new:
 * @kspace: C64 [1, coil, readout, phase] on the host
 * @first_row, @rows, @columns: the calibration block, its columns around the centre
 * @threshold: subspace: eigenvalues (σ²) above threshold × the largest, as BART counts
 */
MsmEspiritKernels *msm_espirit_kernels_new (MsmTensor *kspace, gsize first_row, gsize rows, gsize columns, int kernel,
                                            double threshold, GError **error);
void msm_espirit_kernels_free (MsmEspiritKernels *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmEspiritKernels, msm_espirit_kernels_free)

G_END_DECLS
