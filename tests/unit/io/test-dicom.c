#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/scan.h"
#include "tests/slow/dicom-file.h"

#define ENHANCED_MR "1.2.840.10008.5.1.4.1.1.4.1"

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("msm-dicom-XXXXXX", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *quoted = g_shell_quote (self->folder);
  g_autofree char *command = g_strdup_printf ("rm -r %s", quoted);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (self->folder);
}

static char *
in (Fixture *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

static void
put (Fixture *self, const char *name, TestDicomSlice slice)
{
  g_autofree char *path = in (self, name);

  g_assert_true (test_dicom_write_slice (path, &slice));
}

static MsmScan *
open_with (const char *path, const char *series, const char *axis, gsize index)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) indices = g_hash_table_new (g_str_hash, g_str_equal);
  MsmScanOptions options = { .group = series, .indices = axis != NULL ? indices : NULL };
  MsmScan *scan;

  if (axis != NULL)
    g_hash_table_insert (indices, (gpointer) axis, GSIZE_TO_POINTER (index));
  scan = msm_scan_open (path, &options, &error);
  g_assert_no_error (error);
  return scan;
}

static void
assert_refused (const char *path, const char *series, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  MsmScanOptions options = { .group = series };
  g_autoptr (MsmScan) scan = msm_scan_open (path, &options, &error);
  g_autoptr (MsmTensor) slice = scan != NULL ? msm_scan_read (scan, 0, NULL, &error) : NULL;

  g_assert_null (slice);
  g_assert_error (error, MSM_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strchr (error->message, '\n'));
}

static gboolean
has_note (MsmScan *scan, const char *words)
{
  for (guint i = 0; i < scan->notes->len; i++)
    if (strstr (scan->notes->pdata[i], words) != NULL)
      return TRUE;
  return FALSE;
}

/* The first pixel of a slice, of which test_dicom_stored() tells the instance. */
static float
first_value (MsmScan *scan, gsize slice)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) tensor = msm_scan_read (scan, slice, NULL, &error);

  g_assert_no_error (error);
  return msm_tensor_const_host (tensor)[0];
}

/* Slices by their positions, whatever their names and numbers; values rescaled; the geometry of the pixel centres. */
static void
test_series (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;
  const char *const windows[3] = { "600\\40", "1200\\80", "BRAIN\\BONE" };
  MsmGeometry *g;

  put (self, "a", (TestDicomSlice){ .instance = 1, .position = "10\\20\\9", .slope = "2", .intercept = "-5" });
  put (self, "b",
       (TestDicomSlice){ .instance = 2,
                         .position = "10\\20\\3",
                         .slope = "2",
                         .intercept = "-5",
                         .windows = { windows[0], windows[1], windows[2] } });
  put (self, "c", (TestDicomSlice){ .instance = 3, .position = "10\\20\\6", .slope = "2", .intercept = "-5" });
  scan = open_with (self->folder, NULL, NULL, 0);
  g = &scan->geometry;
  g_assert_cmpstr (scan->format->name, ==, "dicom");
  g_assert_cmpint (scan->kind, ==, MSM_SCAN_IMAGE);
  g_assert_true (has_note (scan, "synthetic"));
  g_assert_cmpuint (scan->n_slices, ==, 3);
  g_assert_cmpuint (scan->n_readout, ==, 4);
  g_assert_cmpuint (scan->n_phase, ==, 3);
  g_assert_cmpfloat (scan->spacing_mm[0], ==, 1.5);
  g_assert_cmpfloat (scan->spacing_mm[1], ==, 0.75);
  g_assert_cmpfloat_with_epsilon (scan->spacing_mm[2], 3, 1e-9);
  g_assert_true (g->is_known);
  g_assert_cmpfloat_with_epsilon (g->centre[0], 10 + 1 * 0.75, 1e-9);
  g_assert_cmpfloat_with_epsilon (g->centre[1], 20 + 2 * 1.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (g->centre[2], 3, 1e-9);
  g_assert_cmpfloat (g->row[1], ==, 1);
  g_assert_cmpfloat (g->column[0], ==, 1);
  g_assert_cmpfloat_with_epsilon (g->slice[2], 1, 1e-9);
  /* Lowest first: instances 2, 3, 1. */
  g_assert_cmpfloat (first_value (scan, 0), ==, 2 * 200 - 5);
  g_assert_cmpfloat (first_value (scan, 1), ==, 2 * 300 - 5);
  g_assert_cmpfloat (first_value (scan, 2), ==, 2 * 100 - 5);
  slice = msm_scan_read (scan, 0, NULL, NULL);
  for (gsize i = 0; i < 12; i++)
    g_assert_cmpfloat (msm_tensor_const_host (slice)[i], ==, 2 * test_dicom_stored (2, i) - 5);
  g_assert_cmpstr (g_hash_table_lookup (scan->fields, "window.0"), ==, "centre 600, width 1200 (BRAIN)");
  g_assert_cmpstr (g_hash_table_lookup (scan->fields, "window.1"), ==, "centre 40, width 80 (BONE)");
}

/* The patient's name is in the file and stays there. */
static void
test_identity (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL;
  g_autofree char *text = NULL, *json = NULL;

  put (self, "a", (TestDicomSlice){ .instance = 1 });
  scan = open_with (self->folder, NULL, NULL, 0);
  text = msm_scan_describe (scan, FALSE);
  json = msm_scan_describe (scan, TRUE);
  g_assert_null (strstr (text, "Nobody"));
  g_assert_null (strstr (json, "Nobody"));
}

/* 12 bits of 16, with their sign; and MONOCHROME1, where white is the smallest. */
static void
test_stored (Fixture *self, gconstpointer data)
{
  g_autofree char *a = in (self, "signed"), *b = in (self, "inverted");
  g_autoptr (MsmScan) scan = NULL, other = NULL;

  put (self, "signed", (TestDicomSlice){ .instance = 30, .is_signed = TRUE });
  put (self, "inverted", (TestDicomSlice){ .instance = 2, .photometric = "MONOCHROME1" });
  scan = open_with (a, NULL, NULL, 0);
  other = open_with (b, NULL, NULL, 0);
  g_assert_cmpfloat (first_value (scan, 0), ==, 3000 - 4096);
  g_assert_cmpfloat (first_value (other, 0), ==, 4095 - 200);
  g_assert_true (has_note (other, "MONOCHROME1"));
}

/* Two echoes at each position make two volumes; a third that has one slice only is left out. */
static void
test_volumes (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL, second = NULL;

  put (self, "a", (TestDicomSlice){ .instance = 1, .position = "0\\0\\0", .echo = "80" });
  put (self, "b", (TestDicomSlice){ .instance = 2, .position = "0\\0\\0", .echo = "20" });
  put (self, "c", (TestDicomSlice){ .instance = 3, .position = "0\\0\\5", .echo = "20" });
  put (self, "d", (TestDicomSlice){ .instance = 4, .position = "0\\0\\5", .echo = "80" });
  put (self, "e", (TestDicomSlice){ .instance = 5, .position = "0\\0\\5", .echo = "50" });
  put (self, "again", (TestDicomSlice){ .instance = 4, .position = "0\\0\\5", .echo = "80" });
  scan = open_with (self->folder, NULL, NULL, 0);
  second = open_with (self->folder, NULL, "volume", 1);
  g_assert_cmpuint (scan->n_slices, ==, 2);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_hash_table_lookup (scan->axes, "volume")), ==, 2);
  g_assert_cmpfloat (first_value (scan, 0), ==, 200);
  g_assert_cmpfloat (first_value (scan, 1), ==, 300);
  g_assert_cmpfloat (first_value (second, 0), ==, 100);
  g_assert_cmpfloat (first_value (second, 1), ==, 400);
  g_assert_true (has_note (scan, "1 pictures of incomplete volumes"));
  g_assert_true (has_note (scan, "1 pictures are in the folder twice"));
}

/* Volumes that nothing but the instance number tells apart. */
static void
test_repeats (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) second = NULL;

  for (int i = 1; i <= 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d", 9 - i);
      g_autofree char *position = g_strdup_printf ("0\\0\\%d", 4 * ((i - 1) % 3));

      put (self, name, (TestDicomSlice){ .instance = i, .position = position });
    }
  second = open_with (self->folder, NULL, "volume", 1);
  for (gsize s = 0; s < 3; s++)
    g_assert_cmpfloat (first_value (second, s), ==, 100.0f * (4 + s));
}

/* A localiser: planes of several orientations are stacks of their own, the largest first. */
static void
test_stacks (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL, other = NULL;

  put (self, "a", (TestDicomSlice){ .instance = 1, .orientation = "0\\1\\0\\0\\0\\-1", .position = "0\\0\\0" });
  put (self, "b", (TestDicomSlice){ .instance = 2, .position = "0\\0\\0" });
  put (self, "c", (TestDicomSlice){ .instance = 3, .position = "0\\0\\4" });
  put (self, "d", (TestDicomSlice){ .instance = 4, .position = "0\\0\\5" });
  scan = open_with (self->folder, NULL, NULL, 0);
  other = open_with (self->folder, NULL, "stack", 1);
  g_assert_cmpuint (scan->n_slices, ==, 3);
  g_assert_true (has_note (scan, "unevenly spaced: 1 to 4 mm"));
  g_assert_cmpuint (other->n_slices, ==, 1);
  g_assert_cmpfloat (first_value (other, 0), ==, 100);
  g_assert_cmpfloat (other->geometry.row[2], ==, -1);
}

/* Series of one folder and the folders in it: listed, the largest by default, chosen by number, name and UID. */
static void
test_choice (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL, by_number = NULL, by_name = NULL, by_uid = NULL;
  g_autofree char *sub = in (self, "sub"), *text = in (self, "README");

  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
  g_assert_true (g_file_set_contents (text, "nothing of interest", -1, NULL));
  put (self, "a", (TestDicomSlice){ .instance = 5, .series = "1.5", .number = "12", .description = "Scout" });
  put (self, "sub/b", (TestDicomSlice){ .instance = 1, .position = "0\\0\\0" });
  put (self, "sub/c", (TestDicomSlice){ .instance = 2, .position = "0\\0\\1" });
  scan = open_with (self->folder, NULL, NULL, 0);
  by_number = open_with (self->folder, "12", NULL, 0);
  by_name = open_with (self->folder, "Scout", NULL, 0);
  by_uid = open_with (self->folder, "1.5", NULL, 0);
  g_assert_cmpuint (scan->groups->len, ==, 2);
  g_assert_cmpstr (scan->groups->pdata[0], ==, "7 T1");
  g_assert_cmpstr (scan->groups->pdata[1], ==, "12 Scout");
  g_assert_cmpstr (scan->group, ==, "7 T1");
  g_assert_true (has_note (scan, "‘12 Scout’ (1)"));
  g_assert_true (has_note (scan, "1 files that are not DICOM"));
  g_assert_cmpuint (scan->n_slices, ==, 2);
  g_assert_cmpfloat (first_value (by_number, 0), ==, 500);
  g_assert_cmpfloat (first_value (by_name, 0), ==, 500);
  g_assert_cmpfloat (first_value (by_uid, 0), ==, 500);
  assert_refused (self->folder, "13", MSM_ERROR_VALUE, "expected one of ‘7 T1’, ‘12 Scout’");
}

/* Frames of an enhanced object: position and rescale of each, orientation and spacing of all. */
static char *
write_enhanced (Fixture *self, int n_claimed)
{
  static const char *const positions[3] = { "0\\0\\8", "0\\0\\0", "0\\0\\4" };
  static const char *const slopes[3] = { "1", "2", "3" };
  char *path = in (self, "enhanced");
  g_autofree char *claimed = g_strdup_printf ("%d", n_claimed);
  GByteArray *file = test_dicom_begin (ENHANCED_MR, NULL);
  guint16 words[3 * 4];

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    words[i] = (guint16) (10 * (i / 4 + 1) + i % 4);
  test_dicom_text (file, 0x00080060, "CS", "MR");
  test_dicom_text (file, 0x0020000e, "UI", "1.7");
  test_dicom_text (file, 0x00200011, "IS", "3");
  test_dicom_number (file, 0x00280002, 1);
  test_dicom_text (file, 0x00280004, "CS", "MONOCHROME2");
  test_dicom_text (file, 0x00280008, "IS", claimed);
  test_dicom_number (file, 0x00280010, 2);
  test_dicom_number (file, 0x00280011, 2);
  test_dicom_number (file, 0x00280100, 16);
  test_dicom_number (file, 0x00280101, 16);
  test_dicom_number (file, 0x00280102, 15);
  test_dicom_number (file, 0x00280103, 0);
  test_dicom_sequence (file, 0x52009229);
  test_dicom_item (file);
  test_dicom_sequence (file, 0x00209116);
  test_dicom_item (file);
  test_dicom_text (file, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
  test_dicom_end_item (file);
  test_dicom_end_sequence (file);
  test_dicom_sequence (file, 0x00289110);
  test_dicom_item (file);
  test_dicom_text (file, 0x00280030, "DS", "2\\2");
  test_dicom_end_item (file);
  test_dicom_end_sequence (file);
  test_dicom_end_item (file);
  test_dicom_end_sequence (file);
  test_dicom_sequence (file, 0x52009230);
  for (int i = 0; i < 3; i++)
    {
      test_dicom_item (file);
      test_dicom_sequence (file, 0x00209113);
      test_dicom_item (file);
      test_dicom_text (file, 0x00200032, "DS", positions[i]);
      test_dicom_end_item (file);
      test_dicom_end_sequence (file);
      test_dicom_sequence (file, 0x00289145);
      test_dicom_item (file);
      test_dicom_text (file, 0x00281052, "DS", "0");
      test_dicom_text (file, 0x00281053, "DS", slopes[i]);
      test_dicom_end_item (file);
      test_dicom_end_sequence (file);
      test_dicom_end_item (file);
    }
  test_dicom_end_sequence (file);
  test_dicom_words (file, 0x7fe00010, words, G_N_ELEMENTS (words));
  g_assert_true (test_dicom_write (file, path));
  return path;
}

static void
test_enhanced (Fixture *self, gconstpointer data)
{
  g_autofree char *path = write_enhanced (self, 3);
  g_autofree char *more = NULL;
  g_autoptr (MsmScan) scan = open_with (path, NULL, NULL, 0);

  g_assert_cmpuint (scan->n_slices, ==, 3);
  g_assert_cmpfloat_with_epsilon (scan->spacing_mm[2], 4, 1e-9);
  g_assert_cmpfloat (scan->spacing_mm[0], ==, 2);
  /* Frames 1, 2, 0: 20 · 2, 30 · 3, 10 · 1. */
  g_assert_cmpfloat (first_value (scan, 0), ==, 40);
  g_assert_cmpfloat (first_value (scan, 1), ==, 90);
  g_assert_cmpfloat (first_value (scan, 2), ==, 10);
  more = write_enhanced (self, 4000);
  assert_refused (more, NULL, MSM_ERROR_FORMAT, "claims 4000 frames");
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_autofree char *packed = in (self, "packed"), *report = in (self, "report"), *cut = in (self, "cut");
  g_autofree char *folder = in (self, "empty"), *text = in (self, "empty/text");
  GByteArray *file = test_dicom_begin ("1.2.840.10008.5.1.4.1.1.88.11", NULL);

  test_dicom_text (file, 0x00080060, "CS", "SR");
  g_assert_true (test_dicom_write (file, report));
  put (self, "packed", (TestDicomSlice){ .syntax = "1.2.840.10008.1.2.4.90" });
  put (self, "cut", (TestDicomSlice){ .n_words = 5 });
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (text, "no picture", -1, NULL));
  assert_refused (packed, NULL, MSM_ERROR_UNSUPPORTED, "JPEG 2000");
  assert_refused (report, NULL, MSM_ERROR_UNSUPPORTED, "without a picture (BasicTextSRStorage)");
  assert_refused (cut, NULL, MSM_ERROR_FORMAT, "damaged or cut off");
  assert_refused (folder, NULL, MSM_ERROR_FORMAT, "a folder without DICOM files");
  g_assert_cmpint (g_remove (cut), ==, 0);
  /* Of a folder only such files: the first one's reason. */
  assert_refused (self->folder, NULL, MSM_ERROR_UNSUPPORTED, "2 DICOM files");
}

/* What DCMTK's own programs pack, this reads to the same values. */
static void
test_packed (Fixture *self, gconstpointer data)
{
  static const char *const packers[] = { "dcmcrle", "dcmcjpeg", "dcmcjpls" };
  g_autofree char *plain = in (self, "plain"), *packed = in (self, "packed");
  g_autoptr (GError) error = NULL;

  put (self, "plain", (TestDicomSlice){ .instance = 9 });
  for (guint i = 0; i < G_N_ELEMENTS (packers); i++)
    {
      char *argv[] = { (char *) packers[i], plain, packed, NULL };
      g_autofree char *program = g_find_program_in_path (packers[i]);
      g_autoptr (MsmScan) scan = NULL;
      g_autoptr (MsmTensor) slice = NULL;
      int status = 1;

      if (program == NULL)
        {
          g_test_skip ("DCMTK's programs are not installed");
          return;
        }
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
      g_assert_no_error (error);
      g_assert_cmpint (status, ==, 0);
      scan = open_with (packed, NULL, NULL, 0);
      slice = msm_scan_read (scan, 0, NULL, &error);
      g_assert_no_error (error);
      for (gsize p = 0; p < 12; p++)
        g_assert_cmpfloat (msm_tensor_const_host (slice)[p], ==, test_dicom_stored (9, p));
    }
}

/* The reader that this process started; 0: the kernel does not list them. */
static int
find_child (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? atoi (text) : 0;
}

/* The library runs in a process with nothing to take, whose crash is one line here. */
static void
test_process (Fixture *self, gconstpointer data)
{
  g_autofree char *path = in (self, "a"), *proc = NULL, *status = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (GError) error = NULL;

  put (self, "a", (TestDicomSlice){ .instance = 1 });
  scan = open_with (path, NULL, NULL, 0);
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
  g_assert_cmpint (kill (find_child (), SIGSEGV), ==, 0);
  g_assert_null (msm_scan_read (scan, 0, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "crashes the DICOM library"));
}

/* A link in the folder leads to a file elsewhere, as in archives that keep contents apart. */
static void
test_link (Fixture *self, gconstpointer data)
{
  g_autofree char *study = in (self, "study"), *target = in (self, "kept"), *link = in (self, "study/link");
  g_autoptr (MsmScan) scan = NULL;

  g_assert_cmpint (g_mkdir (study, 0700), ==, 0);
  put (self, "kept", (TestDicomSlice){ .instance = 4 });
  g_assert_cmpint (symlink (target, link), ==, 0);
  scan = open_with (study, NULL, NULL, 0);
  g_assert_cmpfloat (first_value (scan, 0), ==, 400);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "series", test_series },   { "identity", test_identity }, { "stored", test_stored },
    { "volumes", test_volumes }, { "repeats", test_repeats },   { "stacks", test_stacks },
    { "choice", test_choice },   { "enhanced", test_enhanced }, { "refused", test_refused },
    { "packed", test_packed },   { "process", test_process },   { "link", test_link },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/io/dicom/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  return g_test_run ();
}
