#pragma once

#include "core/base/param.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* object, rows, columns, coils, coil-model, phase, noise, seed */
extern const MsmParam msm_phantom_params[];

/* An ellipse of one density: everything inside adds @density. Field of view: x, y ∈ [−1, 1). */
typedef struct
{
  double density;
  double a, b;  /* half axes, along x (phase) and y (readout) before turning */
  double x, y;  /* centre */
  double angle; /* degrees */
} MsmEllipse;

/**
 * msm_ellipse_kspace:
 * @kx, @ky: cycles per unit length (the field of view is 2 wide: k-space line m is at k = m/2)
 * @value: (inout): real and imaginary part; the ellipse's is added
 *
 * F (k) = density · a b J₁ (2πK)/K · e^{−2πi (kx x + ky y)}, K = √((a kx')² + (b ky')²), k' turned
 * by −angle; π a b at K = 0.
 */
void msm_ellipse_kspace (const MsmEllipse *ellipse, double kx, double ky, double value[2]);

/**
 * msm_phantom_kspace:
 * @params: values of msm_phantom_params
 * @kspace: (out) (transfer full): C64 [1, coil, readout, phase], on the host device
 * @sens: (out) (optional) (transfer full): C64 [1, coil, readout, phase] with Σ_c |C_c|² = 1
 * @image: (out) (optional) (transfer full): C64 [1, 1, readout, phase]
 *
 * z = F C x + ν. x is the inverse DFT of the object's analytic k-space (so it shows true truncation
 * ringing, and with one coil and no noise z is the analytic k-space itself) times e^{iφ}, φ a
 * smooth phase; ν normal with standard deviation `noise` × max |x| in the real and in the
 * imaginary part.
 * Returns: %FALSE, with MSM_ERROR_MEMORY or MSM_ERROR_DEVICE, and nothing set
 */
gboolean msm_phantom_kspace (const MsmParams *params, MsmTensor **kspace, MsmTensor **sens, MsmTensor **image,
                             GError **error);

G_END_DECLS
