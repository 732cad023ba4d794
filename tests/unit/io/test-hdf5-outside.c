#include "config.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/io/hdf5/io-hdf5.h"
#include "tests/support/folder.h"

/*
 * What a file may take from other files: only HDF5 objects of its own folder. Each case would notice that its check was
 * left out, since the target could be read.
 */

static char *folder; /* with the sub-folders "scan" and "else" */

static char *
in (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static hid_t
create (const char *name)
{
  g_autofree char *path = in (name);
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

  g_assert_cmpint (file, >=, 0);
  return file;
}

/* 2 × 3 values 1 … 6 under @object. */
static void
write_values (const char *name, const char *object)
{
  const float values[6] = { 1, 2, 3, 4, 5, 6 };
  const hsize_t dims[2] = { 2, 3 };
  hid_t file = create (name), space = H5Screate_simple (2, dims, NULL);
  hid_t set = H5Dcreate2 (file, object, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  g_assert_cmpint (H5Dwrite (set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), >=, 0);
  H5Dclose (set);
  H5Sclose (space);
  H5Fclose (file);
}

static void
write_link (const char *name, const char *target)
{
  hid_t file = create (name);

  g_assert_cmpint (H5Lcreate_external (target, "/values", file, "image", H5P_DEFAULT, H5P_DEFAULT), >=, 0);
  H5Fclose (file);
}

/* A dataset @object whose values lie in the file @target: as raw bytes, or virtually as its “values”. */
static void
write_elsewhere (const char *name, const char *object, const char *target, gboolean is_raw)
{
  const hsize_t dims[2] = { 2, 3 };
  hid_t file = create (name), space = H5Screate_simple (2, dims, NULL), list = H5Pcreate (H5P_DATASET_CREATE), set;

  if (is_raw)
    g_assert_cmpint (H5Pset_external (list, target, 0, 24), >=, 0);
  else
    g_assert_cmpint (H5Pset_virtual (list, space, target, "/values", space), >=, 0);
  set = H5Dcreate2 (file, object, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, list, H5P_DEFAULT);
  g_assert_cmpint (set, >=, 0);
  H5Dclose (set);
  H5Pclose (list);
  H5Sclose (space);
  H5Fclose (file);
}

/* A virtual dataset of any number of blocks, block b from the file that @pattern names for it. */
static void
write_pattern (const char *name, const char *pattern)
{
  const hsize_t dims[2] = { 2, 3 }, most[2] = { H5S_UNLIMITED, 3 };
  const hsize_t start[2] = { 0, 0 }, stride[2] = { 2, 3 }, count[2] = { H5S_UNLIMITED, 1 };
  hid_t file = create (name), source = H5Screate_simple (2, dims, NULL), space = H5Screate_simple (2, dims, most);
  hid_t list = H5Pcreate (H5P_DATASET_CREATE), set;

  H5Sselect_hyperslab (space, H5S_SELECT_SET, start, stride, count, dims);
  g_assert_cmpint (H5Pset_virtual (list, space, pattern, "/values", source), >=, 0);
  set = H5Dcreate2 (file, "image", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, list, H5P_DEFAULT);
  g_assert_cmpint (set, >=, 0);
  H5Dclose (set);
  H5Pclose (list);
  H5Sclose (space);
  H5Sclose (source);
  H5Fclose (file);
}

/* NULL when the values came; else the message. */
static char *
read_image (const char *name)
{
  const gsize start[2] = { 0, 0 }, count[2] = { 2, 3 };
  g_autofree char *path = in (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmH5) h5 = msm_h5_open (path, &error);
  MsmH5Info info;
  float values[6] = { 0 };

  g_assert_no_error (error);
  g_assert_true (msm_h5_has (h5, "image"));
  if (!msm_h5_info (h5, "image", &info, &error) || !msm_h5_read_block (h5, "image", start, count, values, &error))
    {
      g_assert_nonnull (strstr (error->message, path));
      g_assert_null (strchr (error->message, '\n'));
      return g_strdup (error->message);
    }
  for (int i = 0; i < 6; i++)
    g_assert_cmpfloat (values[i], ==, i + 1);
  return NULL;
}

static void
assert_refused (const char *name, const char *target)
{
  g_autofree char *message = read_image (name);

  g_assert_nonnull (message);
  g_assert_nonnull (strstr (message, target));
}

static void
test_links (void)
{
  g_autofree char *absolute = in ("else/values.h5"), *link = in ("scan/symbolic.h5");

  write_values ("scan/values.h5", "values");
  write_values ("else/values.h5", "values");
  g_assert_cmpint (symlink (absolute, link), ==, 0);
  write_link ("scan/inside.h5", "values.h5");
  g_assert_null (read_image ("scan/inside.h5"));
  write_link ("scan/above.h5", "../else/values.h5");
  assert_refused ("scan/above.h5", "../else/values.h5");
  write_link ("scan/absolute.h5", absolute);
  assert_refused ("scan/absolute.h5", absolute);
  write_link ("scan/by-symbolic.h5", "symbolic.h5");
  assert_refused ("scan/by-symbolic.h5", "symbolic.h5");
  write_link ("scan/missing.h5", "nowhere.h5");
  assert_refused ("scan/missing.h5", "nowhere.h5");
  write_link ("scan/passwords.h5", "/etc/passwd");
  assert_refused ("scan/passwords.h5", "/etc/passwd");
}

static void
test_virtual (void)
{
  write_values ("scan/values.h5", "values");
  write_values ("else/values.h5", "values");
  write_elsewhere ("scan/inside.h5", "image", "values.h5", FALSE);
  g_assert_null (read_image ("scan/inside.h5"));
  write_elsewhere ("scan/outside.h5", "image", "../else/values.h5", FALSE);
  assert_refused ("scan/outside.h5", "../else/values.h5");
  write_pattern ("scan/pattern.h5", "values%b.h5");
  assert_refused ("scan/pattern.h5", "values%b.h5");
}

/* Raw bytes of another file, directly, and behind a link or a virtual dataset that could be followed. */
static void
test_external_storage (void)
{
  write_elsewhere ("scan/raw.h5", "image", "/etc/passwd", TRUE);
  assert_refused ("scan/raw.h5", "/etc/passwd");
  write_elsewhere ("scan/values.h5", "values", "/etc/passwd", TRUE);
  write_link ("scan/link.h5", "values.h5");
  assert_refused ("scan/link.h5", "/etc/passwd");
  write_elsewhere ("scan/virtual.h5", "image", "values.h5", FALSE);
  assert_refused ("scan/virtual.h5", "/etc/passwd");
}

/* The reader that this process started. */
static int
find_child (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? atoi (text) : 0;
}

static void
test_sandbox (void)
{
  g_autofree char *path = NULL, *status = NULL, *proc = NULL, *environment = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmH5) h5 = NULL;

  write_values ("scan/image.h5", "image");
  path = in ("scan/image.h5");
  g_setenv ("HDF5_PLUGIN_PATH", "/somewhere", TRUE);
  g_setenv ("MSM_TEST_SECRET", "secret", TRUE);
  h5 = msm_h5_open (path, &error);
  g_assert_no_error (error);
  if (find_child () == 0)
    {
      g_test_skip ("this kernel does not list children");
      return;
    }
  proc = g_strdup_printf ("/proc/%d/status", find_child ());
  g_assert_true (g_file_get_contents (proc, &status, NULL, NULL));
  g_assert_nonnull (strstr (status, "NoNewPrivs:\t1"));
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_assert_nonnull (strstr (status, "Seccomp:\t2"));
#endif
  environment = g_strdup_printf ("/proc/%d/environ", find_child ());
  /* Its owner may be barred from it; what can be read holds neither. */
  if (g_file_get_contents (environment, &text, NULL, NULL))
    {
      gsize n = 0;
      g_autofree char *all = NULL;

      g_assert_true (g_file_get_contents (environment, &all, &n, NULL));
      for (gsize i = 0; i < n; i++)
        if (all[i] == '\0')
          all[i] = '\n';
      g_assert_null (g_strstr_len (all, (gssize) n, "HDF5_PLUGIN_PATH"));
      g_assert_null (g_strstr_len (all, (gssize) n, "MSM_TEST_SECRET"));
    }
}

/* A reader that was stopped: one line, in bounded time, and nothing of it is left. */
static void
test_stopped (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmH5) h5 = NULL;
  MsmH5Info info;
  int child;

  write_values ("scan/image.h5", "image");
  path = in ("scan/image.h5");
  h5 = msm_h5_open (path, &error);
  g_assert_no_error (error);
  child = find_child ();
  if (child == 0)
    {
      g_test_skip ("this kernel does not list children");
      return;
    }
  msm_h5_set_patience (h5, 0.2);
  g_assert_cmpint (kill (child, SIGSTOP), ==, 0);
  g_assert_false (msm_h5_info (h5, "image", &info, &error));
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "does not answer"));
  g_assert_cmpint (kill (child, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

static void
in_folders (gconstpointer data)
{
  char *scan, *other;

  folder = g_dir_make_tmp ("msm-outside-XXXXXX", NULL);
  scan = in ("scan");
  other = in ("else");
  g_assert_cmpint (g_mkdir (scan, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
  ((void (*) (void)) data) ();
  remove_folder (scan);
  remove_folder (other);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/io/hdf5-outside/links", test_links, in_folders);
  g_test_add_data_func ("/io/hdf5-outside/virtual", test_virtual, in_folders);
  g_test_add_data_func ("/io/hdf5-outside/external-storage", test_external_storage, in_folders);
  g_test_add_data_func ("/io/hdf5-outside/sandbox", test_sandbox, in_folders);
  g_test_add_data_func ("/io/hdf5-outside/stopped", test_stopped, in_folders);
  return g_test_run ();
}
