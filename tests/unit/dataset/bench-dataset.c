#include "config.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "core/dataset/dataset.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/phantom/acquire.h"

/*
 * What a training sees: `bench-dataset FILE.ini OUT.png` opens the [data] section, prints the report and the time
 * per sample, and draws 32 samples' adjoint images Tᴴ s (magnitudes up to 1) with the validation's first 8 below.
 */

#define N_COLUMNS 8

static void
draw (MsmBatch *batch, gsize size, gsize n_coil, gsize first, guint8 *rgba)
{
  gsize n_plane = size * size;

  for (gsize k = 0; k < msm_tensor_dim (batch->s, 0); k++)
    {
      gsize row = (first + k) / N_COLUMNS * size, column = (first + k) % N_COLUMNS * size;
      gsize at = k * n_coil * n_plane;
      g_autoptr (MsmTensor) z = NULL;

      if (batch->sens != NULL)
        {
          z = msm_tensor_new_from (msm_device_host (), MSM_C64, msm_shape4 (1, n_coil, size, size),
                                   msm_tensor_host (batch->s) + 2 * at, NULL);
          msm_acquire_dft (z, TRUE, NULL);
        }
      for (gsize i = 0; i < n_plane; i++)
        {
          guint8 *pixel = rgba + 4 * ((row + i / size) * N_COLUMNS * size + column + i % size);
          float values[3] = { 0 };

          if (batch->sens != NULL)
            {
              float re = 0, im = 0;

              for (gsize c = 0; c < n_coil; c++)
                {
                  const float *a = msm_tensor_host (batch->sens) + 2 * (at + c * n_plane + i);
                  const float *b = msm_tensor_host (z) + 2 * (c * n_plane + i);

                  re += a[0] * b[0] + a[1] * b[1];
                  im += a[0] * b[1] - a[1] * b[0];
                }
              values[0] = values[1] = values[2] = hypotf (re, im);
            }
          else
            for (gsize c = 0; c < 3; c++)
              values[c] = 0.5f + 0.5f * msm_tensor_host (batch->s)[at + (n_coil == 3 ? c * n_plane : 0) + i];
          for (gsize c = 0; c < 3; c++)
            pixel[c] = (guint8) CLAMP (255 * values[c], 0, 255);
          pixel[3] = 255;
        }
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (MsmParams) params = msm_params_new (msm_dataset_params ());
  g_autoptr (MsmDataset) data = NULL;
  g_autoptr (MsmMeasure) measure = NULL;
  g_autoptr (MsmBatch) batch = NULL;
  g_autofree guint8 *rgba = NULL;
  gsize size, n_coil;
  gint64 start, opened;

  if (argc != 3 || !g_key_file_load_from_file (file, argv[1], G_KEY_FILE_NONE, &error)
      || !msm_params_from_key_file (params, file, "data", &error))
    {
      fprintf (stderr, "bench-dataset FILE.ini OUT.png: %s\n", error != NULL ? error->message : "");
      return 1;
    }
  start = g_get_monotonic_time ();
  data = msm_dataset_new (params, NULL, &error);
  opened = g_get_monotonic_time ();
  if (data != NULL)
    {
      size = msm_dataset_size (data);
      n_coil = msm_dataset_n_coil (data);
      printf ("%sopened in %.1f s\n", msm_dataset_report (data), (double) (opened - start) / 1e6);
      measure = msm_measure_new (msm_device_host (), msm_dataset_kind (data), 4, n_coil, size, size, &error);
    }
  batch = measure != NULL ? msm_batch_new (measure, &error) : NULL;
  if (batch == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  rgba = g_malloc0 (4 * 40 * size * size);
  for (gsize i = 0; i < 40; i += 4)
    {
      clock_t began = clock ();

      if (!msm_dataset_fill (data, batch, i < 32 ? i : i - 32, i >= 32, &error))
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
      printf ("%.2f ms of a core per sample\n", (double) (clock () - began) * 250 / CLOCKS_PER_SEC);
      draw (batch, size, n_coil, i, rgba);
    }
  if (!msm_png_write_rgba (argv[2], rgba, 5 * size, N_COLUMNS * size, NULL, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  return 0;
}
