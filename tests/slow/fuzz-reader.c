#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "tests/slow/dicom-file.h"
#include "tests/slow/mrd-file.h"

/*
 * usage: fuzz-reader FORMAT SECONDS SEED [ROUND]
 *
 * Writes a small valid file, then opens, describes and reads damaged copies of it for SECONDS. The test is
 * that nothing crashes and that every failure has a message; the sanitisers see the rest. Each round's
 * damage depends on SEED and the round alone, so that ROUND repeats one. HDF5 and DICOM files may end their
 * readers, which is counted, but not this program.
 */

static guint n_ended;

static MsmTensor *
ramp (MsmDtype dtype, MsmShape shape)
{
  MsmTensor *tensor = msm_tensor_new (msm_device_host (), dtype, shape, NULL);
  float *v = msm_tensor_host (tensor);

  for (gsize i = 0; i < msm_tensor_bytes (tensor) / sizeof (float); i++)
    v[i] = (float) ((i * 37 % 101) + 1) / 128;
  return tensor;
}

static gboolean
write_seed (const char *format, const char *path)
{
  g_autoptr (MsmTensor) kspace = ramp (MSM_C64, msm_shape4 (2, 2, 8, 6));
  g_autoptr (MsmTensor) mask = ramp (MSM_F32, msm_shape1 (6));
  g_autoptr (MsmTensor) image = ramp (MSM_F32, msm_shape4 (3, 1, 8, 6));
  g_autoptr (MsmTensor) plane = ramp (MSM_C64, msm_shape4 (1, 2, 8, 6));
  MsmNamedTensor fastmri[] = { { "kspace", kspace }, { "mask", mask } };
  MsmNamedTensor picture = { "image", image };
  static const double spacing[3] = { 1, 1, 1 };

  if (g_str_equal (format, "fastmri"))
    return msm_hdf5_write (path, fastmri, 2, "seed", NULL);
  if (g_str_equal (format, "hdf5-image"))
    return msm_hdf5_write (path, &picture, 1, "seed", NULL);
  if (g_str_equal (format, "ismrmrd"))
    return test_mrd_write (path);
  if (g_str_equal (format, "dicom"))
    return test_dicom_write_slice (path, &(TestDicomSlice){ .slope = "2", .intercept = "-5" });
  if (g_str_equal (format, "bart"))
    return msm_cfl_write (path, plane, NULL, NULL);
  if (g_str_equal (format, "nifti") || g_str_equal (format, "nifti-gz"))
    return msm_nifti_write (path, image, spacing, NULL, NULL, NULL);
  if (g_str_equal (format, "png"))
    return msm_png_write_16 (path, msm_tensor_const_host (image), 1, 24, 6, "seed", NULL);
  return FALSE;
}

static void
damage (GRand *rand, char *bytes, gsize *n)
{
  static const guint8 edges[] = { 0, 1, 0x7f, 0x80, 0xff };
  int n_edits = g_rand_int_range (rand, 1, 9);

  for (int i = 0; i < n_edits; i++)
    {
      gsize at = (gsize) (g_rand_double (rand) * (double) *n);

      /* Headers lie at the start: half of the damage goes there. */
      if (g_rand_boolean (rand))
        at = (gsize) (g_rand_double (rand) * (double) MIN (*n, 512));
      if (g_rand_boolean (rand))
        bytes[at] ^= (char) (1 << g_rand_int_range (rand, 0, 8));
      else
        bytes[at] = (char) edges[g_rand_int_range (rand, 0, G_N_ELEMENTS (edges))];
    }
  if (g_rand_int_range (rand, 0, 8) == 0)
    *n = (gsize) (g_rand_double (rand) * (double) *n);
}

static void
note_end (const GError *error)
{
  n_ended += error != NULL && strstr (error->message, "damaged: reading it") != NULL;
}

static gboolean
try_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = msm_scan_open (path, NULL, &error);
  g_autofree char *text = NULL;
  g_autofree char *json = NULL;

  if (scan == NULL)
    {
      note_end (error);
      return error != NULL && error->message[0] != '\0';
    }
  text = msm_scan_describe (scan, FALSE);
  json = msm_scan_describe (scan, TRUE);
  for (gsize s = 0; s < MIN (scan->n_slices, 4); s++)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, s, NULL, &local);
      g_autoptr (MsmTensor) reference = scan->has_reference ? msm_scan_read_reference (scan, s, NULL) : NULL;

      if (slice == NULL && local == NULL)
        return FALSE;
      note_end (local);
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-fuzz-XXXXXX", NULL);
  const char *format = argc > 1 ? argv[1] : "";
  gboolean is_bart = g_str_equal (format, "bart");
  g_autofree char *seed_path = g_build_filename (folder,
                                                 g_str_equal (format, "nifti-gz") ? "seed.nii.gz"
                                                 : is_bart                        ? "seed.hdr"
                                                                                  : "seed.nii",
                                                 NULL);
  g_autofree char *path = g_build_filename (folder, is_bart ? "seed.hdr" : "damaged", NULL);
  g_autofree char *data = g_build_filename (folder, "seed.cfl", NULL);
  g_autofree char *seed_bytes = NULL;
  gint64 end;
  guint32 seed, round = 0;
  gsize n_seed = 0;
  gboolean ok = TRUE;

  if (argc < 4 || !write_seed (format, seed_path) || !g_file_get_contents (seed_path, &seed_bytes, &n_seed, NULL)
      || !try_file (seed_path))
    {
      fprintf (stderr, "usage: %s FORMAT SECONDS SEED [ROUND]\n", argv[0]);
      return 2;
    }
  end = g_get_monotonic_time () + (gint64) (atof (argv[2]) * 1e6);
  seed = (guint32) atoi (argv[3]);
  if (argc > 4)
    round = (guint32) atoi (argv[4]);
  while (ok && (argc > 4 || g_get_monotonic_time () < end))
    {
      guint32 seeds[2] = { seed, round };
      g_autoptr (GRand) rand = g_rand_new_with_seed_array (seeds, 2);
      g_autofree char *bytes = g_memdup2 (seed_bytes, n_seed);
      gsize n = n_seed;

      /* The last line before a crash names the round. */
      if (g_getenv ("MSM_FUZZ_VERBOSE") != NULL)
        fprintf (stderr, "%u\n", round);
      damage (rand, bytes, &n);
      /* Written plainly: the atomic way syncs, which is slow. */
      FILE *file = g_fopen (path, "wb");

      fwrite (bytes, 1, n, file);
      fclose (file);
      ok = try_file (path);
      round++;
      if (argc > 4)
        break;
    }
  printf ("%s: %u rounds, a reader ended %u times%s\n", format, round, n_ended,
          ok ? "" : ": a failure without a message");
  g_remove (path);
  g_remove (seed_path);
  g_remove (data);
  g_rmdir (folder);
  return ok ? 0 : 1;
}
