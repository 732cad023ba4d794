#pragma once

#include "core/base/cancel.h"
#include "core/base/param.h"
#include "core/io/scan.h"

G_BEGIN_DECLS

/* size, first-slice, slices, slice-step, flip, rotate, coils, coil-model, phase, noise, seed,
 * precision, source, licence */
extern const MsmParam msm_simulate_params[];

/**
 * msm_simulate_from_scan:
 * @scan: pictures (kind MSM_SCAN_IMAGE), e.g. a NIfTI volume of magnitudes
 * @params: values of msm_simulate_params
 * @path: the file to write; replaced only when all is written
 *
 * A simulated fully sampled multi-coil acquisition of some slices, as an HDF5 file in fastMRI's
 * layout: `kspace` complex64 [slice, coil, readout, phase], `reconstruction_rss`,
 * `ismrmrd_header`, and attributes that say that it is simulated, of what, and under which licence.
 *
 * Each slice's magnitude is padded to a square field of view, brought to size × size points by
 * cropping or padding its k-space, divided by the largest value of all slices, and then acquired:
 * kspace = F C (e^{iφ} |x|) + ν (see msm_acquire()). The reference is |x|, the root sum of squares of
 * the coil images before the noise: what a reconstruction is to find.
 * Returns: %FALSE with MSM_ERROR_VALUE (k-space given, no such slice), _FILE, _MEMORY, _CANCELLED
 * or the reader's error
 */
gboolean msm_simulate_from_scan (MsmScan *scan, const MsmParams *params, const char *path, MsmCancel *cancel,
                                 GError **error);

/* What goes into the file; arrays of all slices. */
typedef struct
{
  gsize n_slices, n_coils, n_readout, n_phase;
  const float *kspace; /* complex, [slice, coil, readout, phase] */
  const float *truth;  /* [slice, readout, phase]: √Σ_c |C_c x|² without noise */
  double fov_mm[3];    /* readout, phase, slice thickness; 0 = unknown */
  const char *description, *source, *licence;
  int precision; /* bits of mantissa kept of k-space, so that it packs; 23: all */
} MsmSimulatedFile;

/* Writes the layout above to a temporary name beside @path, then renames. */
gboolean msm_simulated_file_write (const MsmSimulatedFile *file, const char *path, GError **error);

G_END_DECLS
