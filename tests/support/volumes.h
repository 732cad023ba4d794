#pragma once

/* Training data for tests. */

#include <math.h>

#include "core/device/device.h"
#include "core/io/image-write.h"

/* Volumes a.nii to d.nii in @folder: two ellipses in changing places. */
static inline void
write_volumes (const char *folder)
{
  enum
  {
    N = 32,
    SLICES = 6
  };

  for (int v = 0; v < 4; v++)
    {
      g_autofree char *name = g_strdup_printf ("%c.nii", 'a' + v);
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (MsmTensor) volume = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (SLICES, 1, N, N), NULL);
      static const double spacing[3] = { 1, 1, 1 };
      g_autoptr (GError) error = NULL;

      for (int i = 0; i < SLICES * N * N; i++)
        {
          double y = (i / N % N - N / 2) / 12.0;
          double x = (i % N - N / 2) / 10.0;
          double u = x - 0.2 * cos (v + i / (N * N));
          double w = y - 0.2 * sin (v + i / (N * N));

          msm_tensor_host (volume)[i] = (x * x + y * y < 1 ? 0.5f : 0) + (u * u + w * w < 0.2 ? 0.5f : 0);
        }
      msm_nifti_write (path, volume, spacing, NULL, NULL, &error);
      g_assert_no_error (error);
    }
}

/* An experiment on them that takes a second; @steps of the optimiser. (transfer full): its file name */
static inline char *
write_experiment (const char *folder, int steps)
{
  char *path = g_build_filename (folder, "tiny.ini", NULL);
  g_autofree char *text = g_strdup_printf (
      "[prior]\nnum_channels=8\nchannel_mult=1,2\nattention_resolutions=8\nnum_head_channels=-1\n"
      "norm_groups=4\n[data]\nkind=volumes\npaths=a.nii;b.nii;c.nii;d.nii\nvalidation=d.nii\nsize=16\n"
      "coils=2\nacs=4\n[train]\nsteps=%d\nbatch=2\nvalidation_items=2\nvalidate_every=2\nstrip_every=2\n"
      "log_every=1\ndecay=constant\n",
      steps);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}
