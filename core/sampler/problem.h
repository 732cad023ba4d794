#pragma once

#include "core/device/device.h"
#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * What is to be reconstructed: y = M F C x + e. Built on one device, scaled so that the zero-filled image
 * has a 99.9th percentile magnitude near 1 (core/calib/normalise.h); true value = scale · value here.
 */
typedef struct
{
  MsmDevice *device;
  MsmTensor *kspace;    /* C64 [1, coil, readout, phase], masked, scaled */
  MsmTensor *sens;      /* C64 [set, coil, readout, phase] */
  MsmMask   *mask;      /* what is used of the k-space */
  MsmTensor *mask_plane; /* F32 [readout, phase] on device */
  MsmTensor *reference; /* host, F32 [1, 1, row, column] magnitude (cropped, scaled), or NULL */
  gsize      crop_readout, crop_phase; /* the shown part; 0 = all */
  double     scale;
  double     noise_std; /* per real component of scaled k-space; 0 = unknown */
} MsmProblem;

void msm_problem_free (MsmProblem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmProblem, msm_problem_free)

G_END_DECLS
