#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "core/io/atomic-file.h"
#include "tests/support/folder.h"

/* What writers leave beside their files, and who tidies it up. */

static char *
at (const char *folder, const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static gboolean
exists (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The file that a writer of @path leaves that is killed before it is done. (transfer full) */
static char *
killed_writer (const char *path)
{
  char name[4096] = "";
  int status, ends[2];
  pid_t child;

  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      char *temp = msm_atomic_begin (path, NULL);

      _exit (temp != NULL && write (ends[1], temp, strlen (temp) + 1) > 0 ? 0 : 1);
    }
  close (ends[1]);
  g_assert_cmpint (read (ends[0], name, sizeof name - 1), >, 0);
  close (ends[0]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  return g_strdup (name);
}

/* The next writer of the same file removes it, whatever the file is called; one of another file does not. */
static void
test_killed_writer (gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-atomic-XXXXXX", NULL);
  g_autofree char *path = at (folder, data), *other = at (folder, "other.h5");
  g_autofree char *left = killed_writer (path), *temp = NULL, *of_other = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (exists (left));
  of_other = msm_atomic_begin (other, &error);
  g_assert_no_error (error);
  g_assert_true (exists (left));
  temp = msm_atomic_begin (path, &error);
  g_assert_no_error (error);
  g_assert_false (exists (left));
  g_assert_true (exists (of_other));
  g_assert_true (msm_atomic_commit (temp, path, &error));
  g_assert_no_error (error);
  g_assert_true (exists (path));
  msm_atomic_abort (of_other);
  remove_folder (g_steal_pointer (&folder));
}

/* A writer that is still at work loses nothing, nor does anybody whose file only looks like one of ours. */
static void
test_others_stay (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-atomic-XXXXXX", NULL);
  g_autofree char *path = at (folder, "a.h5");
  g_autofree char *first = msm_atomic_begin (path, NULL), *second = NULL;
  const char *names[] = { "a.h5.part",
                          "a.h5.notes.part",
                          "a.h5.12345678-0-abcdef.part",
                          "a.h5.12345678-9-abcdef.part",
                          "a.h5.12345678-9-abcdef.part.txt",
                          "a.h5.12345678-9-abcdef.part" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = at (folder, names[i]);

      g_assert_true (g_file_set_contents (name, "x", 1, NULL));
    }
  second = msm_atomic_begin (path, NULL);
  g_assert_true (exists (first));
  g_assert_true (exists (second));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = at (folder, names[i]);

      g_assert_true (exists (name));
    }
  msm_atomic_abort (first);
  msm_atomic_abort (second);
  remove_folder (g_steal_pointer (&folder));
}

/* Of another machine one cannot ask: what nobody has touched for a week goes. */
static void
test_another_machine (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-atomic-XXXXXX", NULL);
  g_autofree char *path = at (folder, "a.h5"), *left = at (folder, "a.h5.00000001-1-abcdef.part"), *temp = NULL;
  struct utimbuf long_ago = { 1e9, 1e9 };

  g_assert_true (g_file_set_contents (left, "x", 1, NULL));
  g_assert_cmpint (utime (left, &long_ago), ==, 0);
  temp = msm_atomic_begin (path, NULL);
  g_assert_false (exists (left));
  msm_atomic_abort (temp);
  remove_folder (g_steal_pointer (&folder));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/io/atomic/killed", "a.h5", test_killed_writer);
  g_test_add_data_func ("/io/atomic/killed-semicolon", "a;b c.h5", test_killed_writer);
  g_test_add_data_func ("/io/atomic/killed-bytes", "a\xff\xfe.h5", test_killed_writer);
  g_test_add_func ("/io/atomic/others", test_others_stay);
  g_test_add_func ("/io/atomic/another-machine", test_another_machine);
  return g_test_run ();
}
