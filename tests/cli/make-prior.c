#include "config.h"

#include <math.h>
#include <string.h>

#include "core/device/device.h"
#include "core/io/image-write.h"

/* make-prior CHANNELS SIZE FILE: a smooth Gaussian prior in closed form; FILE is HDF5 with mean and cov. */
int
main (int argc, char **argv)
{
  gsize channels, size, plane, n;
  g_autoptr (MsmTensor) mean = NULL;
  g_autoptr (MsmTensor) cov = NULL;

  if (argc != 4)
    return 2;
  channels = g_ascii_strtoull (argv[1], NULL, 10);
  size = g_ascii_strtoull (argv[2], NULL, 10);
  plane = size * size;
  n = channels * plane;
  mean = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape3 (channels, size, size), NULL);
  cov = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (n, n), NULL);
  if (mean == NULL || cov == NULL)
    return 1;
  for (gsize i = 0; i < n; i++)
    {
      msm_tensor_host (mean)[i] = i < plane ? 0.5f : 0;
      for (gsize j = 0; j < n; j++)
        {
          double d = hypot ((double) (i % plane / size) - (double) (j % plane / size),
                            (double) (i % size) - (double) (j % size));

          msm_tensor_host (cov)[i * n + j] =
              (float) (i / plane != j / plane ? 0 : 0.09 * exp (-d * d / 8) + (i == j ? 0.001 : 0));
        }
    }
  return msm_hdf5_write (argv[3], (MsmNamedTensor[]){ { "mean", mean }, { "cov", cov } }, 2, NULL, NULL) ? 0 : 1;
}
