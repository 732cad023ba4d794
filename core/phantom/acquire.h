#pragma once

#include "core/phantom/coils.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* A simulated fully sampled acquisition of an image: what phantoms and simulated scans share. */
typedef struct
{
  gsize n_coils;
  MsmCoilModel coil_model;
  double phase;     /* radians: largest value of the smooth random phase */
  double noise;     /* standard deviation per real component, relative to @reference */
  double reference; /* what @noise refers to; 0: max |x| */
  guint64 seed;
  guint32 slice; /* other noise for every slice of a scan; the phase is the same */
} MsmAcquisition;

/* Centred orthonormal 2-D DFT of the last two axes, in place, on the host device. */
gboolean msm_acquire_dft (MsmTensor *tensor, gboolean inverse, GError **error);

/**
 * msm_acquire:
 * @x: C64 [1, 1, readout, phase] on the host device; left as it is
 * @kspace, @sens, @image: (out) (transfer full): as msm_phantom_kspace(); @sens and @image may be
 *   NULL
 *
 * kspace = F C (e^{iφ} x) + ν.
 */
gboolean msm_acquire (MsmTensor *x, const MsmAcquisition *acquisition, MsmTensor **kspace, MsmTensor **sens,
                      MsmTensor **image, GError **error);

G_END_DECLS
