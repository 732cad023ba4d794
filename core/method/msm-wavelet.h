#pragma once

#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/*
 * A product of two experts: the image a that an MSM prior makes of the data, and sparsity,
 *
 *   min ½‖A x − y‖² + λ‖W x‖₁ + ½ w ‖x − a‖²
 *
 * which is the prior's image for large w and L1-wavelet for w = 0. Which w and λ suit a scan is asked of the scan: a
 * tenth of what was measured is not given to either, and the pair that predicts it best is taken. CS-MRI only.
 */
extern const MsmSamplerClass msm_wavelet_prior_class; /* "msm-wavelet" */

G_END_DECLS
