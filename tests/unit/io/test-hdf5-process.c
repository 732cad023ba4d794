#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "tests/slow/mrd-file.h"

/* The process that this one started; 0 = none. Of /proc/PID/stat: pid (name) state parent …. */
static int
find_child (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
      g_autofree char *text = NULL;
      const char *end;
      int parent = 0;

      if (!g_ascii_isdigit (name[0]) || !g_file_get_contents (path, &text, NULL, NULL))
        continue;
      end = strrchr (text, ')');
      if (end != NULL && strlen (end) > 4)
        parent = atoi (end + 4);
      if (parent == getpid ())
        return atoi (name);
    }
  return 0;
}

static char *
write_mrd (const char *folder, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (test_mrd_write (path));
  return path;
}

/* What a crash inside the library looks like from here. */
static void
test_crash (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-reader-XXXXXX", NULL);
  g_autofree char *path = write_mrd (folder, "scan.h5");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmScan) scan = msm_scan_open (path, NULL, &error);
  g_autoptr (MsmScan) again = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (find_child (), >, 0);
  g_assert_cmpint (kill (find_child (), SIGSEGV), ==, 0);
  for (int i = 0; i < 2; i++)
    {
      g_assert_null (msm_scan_read (scan, 0, NULL, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_nonnull (strstr (error->message, "crashes the HDF5 library"));
      g_clear_error (&error);
    }
  /* Nothing is left over, and another scan has a process of its own. */
  g_assert_cmpint (find_child (), ==, 0);
  again = msm_scan_open (path, NULL, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_rmdir (folder);
}

/*
 * Every byte of the global heap's head, which HDF5 1.10 trusts: an error or a scan, and no crash here. The low
 * byte of the first object's size sends it round in a circle, which the reader's limit of time ends.
 */
static void
test_global_heap (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-reader-XXXXXX", NULL);
  g_autofree char *path = write_mrd (folder, "scan.h5");
  g_autofree char *bytes = NULL;
  gsize n = 0, heap = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  while (heap + 4 <= n && memcmp (bytes + heap, "GCOL", 4) != 0)
    heap++;
  g_assert_cmpuint (heap + 64, <, n);
  for (gsize i = 8; i < 40; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmScan) scan = NULL;
      g_autoptr (MsmTensor) slice = NULL;
      char kept = bytes[heap + i];

      bytes[heap + i] = (char) 0xff;
      g_assert_true (g_file_set_contents_full (path, bytes, n, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      bytes[heap + i] = kept;
      scan = msm_scan_open (path, NULL, &error);
      slice = scan != NULL ? msm_scan_read (scan, 0, NULL, &error) : NULL;
      g_assert_true (slice != NULL || error != NULL);
    }
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/hdf5-process/crash", test_crash);
  g_test_add_func ("/io/hdf5-process/global-heap", test_global_heap);
  return g_test_run ();
}
