#pragma once

/* Reading the files of numbers from the reference implementation. */

#include <hdf5.h>

#include "core/nn/unet.h"
#include "tests/support/random.h"

static inline float *
fixture_floats (hid_t file, const char *name, gsize *size)
{
  hid_t dataset = H5Dopen2 (file, name, H5P_DEFAULT);
  hid_t space = H5Dget_space (dataset);
  float *data;

  *size = (gsize) H5Sget_simple_extent_npoints (space);
  data = g_new (float, *size);
  g_assert_cmpint (H5Dread (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), >=, 0);
  H5Sclose (space);
  H5Dclose (dataset);
  return data;
}

static inline double
fixture_attribute (hid_t file, const char *group, const char *name)
{
  hid_t object = H5Gopen2 (file, group, H5P_DEFAULT);
  hid_t attribute = H5Aopen (object, name, H5P_DEFAULT);
  double value = NAN;

  H5Aread (attribute, H5T_NATIVE_DOUBLE, &value);
  H5Aclose (attribute);
  H5Gclose (object);
  return value;
}

/* The parameters' gradients on the host, wherever they are. */
static inline MsmTensor *
fixture_gradients (MsmWeights *weights)
{
  GError *error = NULL;
  MsmTensor *host = msm_tensor_to (msm_weights_gradients (weights), msm_device_host (), &error);

  g_assert_no_error (error);
  return host;
}

/* Where the gradient of the @i-th parameter begins in fixture_gradients(). */
static inline const float *
fixture_gradient (const MsmTensor *host, MsmWeights *weights, guint i)
{
  return msm_tensor_const_host (host)
         + (msm_weights_gradient (weights, i) - (float *) msm_tensor_data (msm_weights_gradients (weights)));
}

/* The device, or NULL after skipping the test: a GPU that is not there. */
static inline MsmDevice *
fixture_device (const char *name)
{
  g_autoptr (GError) error = NULL;
  MsmDevice *device = msm_device_open (name, &error);

  if (device == NULL && g_str_has_prefix (name, "cuda"))
    g_test_skip (error->message);
  else
    g_assert_no_error (error);
  return device;
}

/* The largest relative error of the 2-norms of all parameters' gradients. */
static inline double
fixture_norm_error (hid_t file, MsmWeights *weights)
{
  g_autoptr (MsmTensor) host = fixture_gradients (weights);
  double worst = 0;

  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (weights, i);
      const float *gradient = fixture_gradient (host, weights, i);
      double expected = fixture_attribute (file, "grad_norms", weight->name);
      double sum = 0;

      for (gsize k = 0; k < weight->size; k++)
        sum += (double) gradient[k] * gradient[k];
      /*
       * A bias before a GroupNorm of one channel a group changes nothing: its true gradient is zero and
       * the file holds rounding, 1e-8 of the others (0.002 and up). Those must stay as small.
       */
      if (expected < 1e-6)
        g_assert_cmpfloat (sqrt (sum), <, 1e-6);
      else
        worst = MAX (worst, fabs (sqrt (sum) - expected) / expected);
    }
  return worst;
}
