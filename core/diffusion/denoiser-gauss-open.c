#include "config.h"

#include "core/base/error.h"

#include <glib/gi18n-lib.h>

#include "core/diffusion/denoiser-gauss.h"
#include "core/io/hdf5/io-hdf5.h"

/* Reads a whole dataset of numbers of the given rank. (transfer full) */
static float *
read_numbers (MsmH5 *h5, const char *path, const char *name, int rank, MsmH5Info *info, GError **error)
{
  gsize start[MSM_H5_MAX_RANK] = { 0 }, n = 1;
  g_autofree float *values = NULL;

  if (!msm_h5_info (h5, name, info, error))
    return NULL;
  if (info->kind != MSM_H5_NUMBER)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: ‘%s’ holds no real numbers"), path, name);
      return NULL;
    }
  if (info->rank != rank)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: ‘%s’ has %d axes, expected %d of real numbers"), path,
                   name, info->rank, rank);
      return NULL;
    }
  for (int i = 0; i < rank; i++)
    n *= info->dim[i];
  values = g_try_new (float, MAX (n, 1));
  if (values == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for ‘%s’"), path, name);
      return NULL;
    }
  if (!msm_h5_read_block (h5, name, start, info->dim, values, error))
    return NULL;
  return g_steal_pointer (&values);
}

MsmDenoiser *
msm_denoiser_gauss_open (MsmDevice *device, const char *path, GError **error)
{
  g_autoptr (MsmH5) h5 = msm_h5_open (path, error);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree float *weights = NULL, *means = NULL, *covs = NULL;
  MsmH5Info wi = { .dim = { 1 } }, mi, ci;
  gboolean mixture;
  gsize n, k = 1;
  const gsize *dim;

  if (h5 == NULL)
    return NULL;
  mixture = msm_h5_has (h5, "weights");
  if (!mixture && !msm_h5_has (h5, "mean"))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: no prior: expected ‘mean’ and ‘cov’, or ‘weights’, ‘means’ and ‘covs’"), path);
      return NULL;
    }
  weights = mixture ? read_numbers (h5, path, "weights", 1, &wi, error) : g_memdup2 (&(float){ 1 }, sizeof (float));
  means = weights != NULL ? read_numbers (h5, path, mixture ? "means" : "mean", mixture ? 4 : 3, &mi, error) : NULL;
  covs = means != NULL ? read_numbers (h5, path, mixture ? "covs" : "cov", mixture ? 3 : 2, &ci, error) : NULL;
  if (covs == NULL)
    return NULL;
  dim = mixture ? mi.dim + 1 : mi.dim;
  n = dim[0] * dim[1] * dim[2];
  if (mixture)
    k = wi.dim[0];
  if (mixture && (mi.dim[0] != k || ci.dim[0] != k))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: %zu weights need as many means and covariances; found %zu and %zu"), path, k, mi.dim[0],
                   ci.dim[0]);
      return NULL;
    }
  if (n == 0 || k == 0 || ci.dim[ci.rank - 1] != n || ci.dim[ci.rank - 2] != n)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: %zu component(s) with a mean of %zu × %zu × %zu need as many %zu × %zu covariances; the "
                      "last two axes found are %zu × %zu"),
                   path, k, dim[0], dim[1], dim[2], n, n, ci.dim[ci.rank - 2], ci.dim[ci.rank - 1]);
      return NULL;
    }
  return msm_denoiser_gauss_new (device, base, k, dim[0], dim[1], dim[2], weights, means, covs, error);
}
