#pragma once

#include "core/base/cancel.h"
#include "core/base/param.h"
#include "core/io/scan.h"
#include "core/linop/operator.h"
#include "core/sampler/problem.h"

G_BEGIN_DECLS

/* ESPIRiT: calib (24), kernel (6), threshold (0.001), crop (0), sets (1 or 2), iterations (30). */
extern const MsmParam msm_espirit_params[];

/**
 * msm_espirit_estimate:
 * @kspace: C64 [1, coil, readout, phase] on the host
 * @mask: what was sampled: the calibration block is the largest fully sampled centre, at most `calib`, moved along
 *   the readout to the echo
 *
 * Returns: (transfer full): sens C64 [set, coil, readout, phase] on the host, Σ_c |C_c|² = 1 where there is
 * signal and 0 elsewhere; or %NULL: MSM_ERROR_VALUE when the sampled centre is too small (says how small)
 */
MsmTensor *msm_espirit_estimate (MsmTensor *kspace, const MsmMask *mask, const MsmParams *params, MsmCancel *cancel,
                                 GError **error);
/**
 * msm_low_resolution_sens:
 * @kspace: C64 [1, coil, readout, phase] on the host, masked
 * @mask: what was sampled, or %NULL: all
 * @width: most points of the centre that are used along an axis
 *
 * For a sampled centre that is too small for ESPIRiT. The maps carry the image's own smooth phase.
 * Returns: (transfer full): sens like @kspace, Σ_c |C_c|² = 1 where there is any signal; or %NULL:
 * MSM_ERROR_MEMORY
 */
MsmTensor *msm_low_resolution_sens (MsmTensor *kspace, const MsmMask *mask, gsize width, GError **error);
/* Whitens k-space in place with the noise covariance C64 [coil, coil] (Cholesky): afterwards covariance = I. */
gboolean msm_noise_whiten (MsmTensor *kspace, MsmTensor *covariance, GError **error);
/* Compression to @n_virtual coils by SVD of the k-space; (transfer full) [1, n_virtual, readout, phase]. */
MsmTensor *msm_coil_compress (MsmTensor *kspace, gsize n_virtual, double *energy_kept, GError **error);
/* Standard deviation per real component, from the sampled edges of k-space. */
double msm_noise_estimate (MsmTensor *kspace, const MsmMask *mask);
/* The rule behind it: the 99.9th percentile of a magnitude image, whose values are reordered. */
double msm_normalise_rule (float *magnitude, gsize n);
/* The scale of method.md §9.1: from the zero-filled image alone. */
double msm_normalise_scale (MsmTensor *kspace, const MsmMask *mask, GError **error);

/* Settings of the road from a scan's slice to a problem. */
typedef struct
{
  gsize slice;
  MsmMask *mask;            /* retrospective mask, or NULL: the scan's own, or full */
  const MsmParams *espirit; /* NULL: defaults */
  MsmTensor *sens;          /* given maps [set, coil, readout, phase], or NULL: ESPIRiT */
  gsize n_virtual;          /* 0: no compression */
  /* What is measured; NULL or "sampling": k-space. Other operators are simulated on the scan's image. */
  const MsmOperatorClass *operator_class;
  const MsmParams *operator_params; /* of its table; NULL: defaults */
  double scale;                     /* the value that is 1 in the problem; 0: from the k-space or the picture */
  gboolean without_sens;            /* CS-MRI: no maps are made; the problem's sens and op are NULL */
} MsmProblemOptions;

/*
 * Reads the slice, whitens, compresses, masks (an undersampled scan keeps its own mask; a retrospective
 * one is intersected), estimates maps (of low resolution, with a note, where the centre is too small for
 * ESPIRiT), scales. The reference of a fully sampled scan is the RSS of its coil images, of a simulated one the
 * truth that its file holds. Image scans become synthetic single-coil k-space, unless an operator measures the
 * image. For any thread; nothing global.
 */
MsmProblem *msm_problem_new_from_scan (MsmScan *scan, const MsmProblemOptions *options, MsmDevice *device,
                                       MsmCancel *cancel, GError **error);

G_END_DECLS
