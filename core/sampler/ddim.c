#include "config.h"

#include "core/sampler/ddim.h"

#include <math.h>

#include "core/tensor/tensor-math.h"

MsmDdim
msm_ddim_generation (double alpha_bar, double prev, double ddim_eta)
{
  double kappa = ddim_eta * sqrt ((1 - prev) / (1 - alpha_bar)) * sqrt (1 - alpha_bar / prev);

  /* The difference is at least 0; rounding must not make it less. */
  return (MsmDdim){ sqrt (prev), sqrt (MAX (1 - prev - kappa * kappa, 0)), kappa };
}

MsmDdim
msm_ddim_posterior (double prev, double ddim_eta)
{
  double noise = sqrt (1 - prev);

  return (MsmDdim){ sqrt (prev), noise * sqrt (1 - ddim_eta * ddim_eta), noise * ddim_eta };
}

double
msm_ddim_kappa (double alpha_bar, double next, double ddim_eta)
{
  return ddim_eta * sqrt ((1 - alpha_bar) / (1 - next)) * sqrt (1 - next / alpha_bar);
}

void
msm_ddim_update (MsmTensor *z, const MsmTensor *z_hat, const MsmTensor *n, double alpha_bar, MsmDdim factors)
{
  double eps = factors.eps / sqrt (1 - alpha_bar);

  msm_tensor_lincomb (z, factors.estimate - eps * sqrt (alpha_bar), z_hat, eps, z);
  if (factors.noise > 0)
    msm_tensor_axpy (z, factors.noise, n);
}
