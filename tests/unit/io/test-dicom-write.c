#include "config.h"

#include <arpa/inet.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/dicom-write.h"
#include "core/io/dicom/dcmtk-send.h"
#include "core/io/dicom/dicom-uid.h"
#include "core/io/provenance.h"
#include "core/io/scan.h"
#include "tests/slow/dicom-file.h"

enum
{
  SLICES = 3,
  ROWS = 5,
  COLUMNS = 4,
  N = SLICES * ROWS * COLUMNS
};

typedef struct
{
  char *folder, *out;
  MsmTensor *tensor;
  MsmGeometry geometry;
  MsmDicomImages images;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  const double c = cos (0.3), s = sin (0.3);
  float *v;

  self->folder = g_dir_make_tmp ("msm-dicom-XXXXXX", NULL);
  self->out = g_build_filename (self->folder, "out.dcm", NULL);
  self->tensor = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (SLICES, 1, ROWS, COLUMNS), NULL);
  v = msm_tensor_host (self->tensor);
  for (int i = 0; i < N; i++)
    v[i] = 0.001f * (float) (i * i);
  /* Oblique, and slices against the normal. */
  self->geometry = (MsmGeometry){ TRUE, { 0, c, s }, { 1, 0, 0 }, { 0, s, -c }, { 11, -22, 33 } };
  self->images = (MsmDicomImages){ .kind = MSM_DICOM_SERIES,
                                   .tensor = self->tensor,
                                   .spacing_mm = { 1.25, 0.5, 3 },
                                   .geometry = &self->geometry,
                                   .description = "MSM R 4",
                                   .derivation = "Reconstructed by a test",
                                   .provenance = "MSM Studio\n\n[recon]\nmethod=msm\n" };
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *quoted = g_shell_quote (self->folder);
  g_autofree char *command = g_strdup_printf ("rm -r %s", quoted);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  msm_tensor_unref (self->tensor);
  g_free (self->folder);
  g_free (self->out);
}

static void
write_out (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  msm_dicom_write (self->out, &self->images, &error);
  g_assert_no_error (error);
}

static MsmScan *
read_back (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  MsmScan *scan = msm_scan_open (self->out, NULL, &error);

  g_assert_no_error (error);
  return scan;
}

static void
assert_values (Fixture *self, MsmScan *scan, gsize n_channels, double tolerance)
{
  const gsize n = n_channels * ROWS * COLUMNS;
  const float *v = msm_tensor_const_host (self->tensor);

  g_assert_cmpuint (scan->n_slices, ==, SLICES);
  for (gsize s = 0; s < SLICES; s++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, SLICES - 1 - s, NULL, &error);

      g_assert_no_error (error);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[i], v[s * n + i], tolerance);
    }
}

/* The reader goes along the normal, the fixture against it: slices come back in reverse, where they were. */
static void
assert_place (Fixture *self, MsmScan *scan)
{
  const MsmGeometry *g = &self->geometry;

  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpfloat_with_epsilon (scan->geometry.row[i], g->row[i], 1e-9);
      g_assert_cmpfloat_with_epsilon (scan->geometry.column[i], g->column[i], 1e-9);
      g_assert_cmpfloat_with_epsilon (scan->geometry.slice[i], -g->slice[i], 1e-8);
      g_assert_cmpfloat_with_epsilon (scan->geometry.centre[i], g->centre[i] + (SLICES - 1) * 3 * g->slice[i], 1e-7);
      g_assert_cmpfloat_with_epsilon (scan->spacing_mm[i], self->images.spacing_mm[i], 1e-8);
    }
}

static char *
slice_path (Fixture *self, int slice)
{
  g_autofree char *name = g_strdup_printf ("IM%04d.dcm", slice + 1);

  return g_build_filename (self->out, name, NULL);
}

static gboolean
holds (const char *path, const char *words)
{
  g_autofree char *bytes = NULL;
  gsize n = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  return memmem (bytes, n, words, strlen (words)) != NULL;
}

/* True values to half a step of 15 bits, every slice's place, one window. */
static void
test_series (Fixture *self, gconstpointer data)
{
  const double highest = 0.001 * (N - 1) * (N - 1);
  g_autofree char *window = NULL;
  g_autoptr (MsmScan) scan = NULL;

  write_out (self);
  scan = read_back (self);
  assert_values (self, scan, 1, highest / 32767 * 0.5001);
  assert_place (self, scan);
  for (int s = 0; s < SLICES; s++)
    {
      g_autofree char *path = slice_path (self, s);
      g_autoptr (MsmScan) one = msm_scan_open (path, NULL, NULL);
      const char *found = g_hash_table_lookup (one->fields, "window.0");

      if (window == NULL)
        window = g_strdup (found);
      g_assert_nonnull (found);
      g_assert_cmpstr (found, ==, window);
      g_assert_true (holds (path, "MSM R 4 - NOT FOR DIAGNOSTIC USE"));
      g_assert_true (holds (path, "DERIVED\\SECONDARY"));
    }
}

/* The window that is asked for, in stored values of each slice. */
static void
test_window (Fixture *self, gconstpointer data)
{
  const double step = 0.001 * (N - 1) * (N - 1) / 32767;
  g_autofree char *expected = NULL;
  g_autoptr (MsmScan) scan = NULL;
  double centre, width;

  self->images.black = 0.5;
  self->images.white = 1.5;
  write_out (self);
  scan = read_back (self);
  g_assert_cmpint (sscanf (g_hash_table_lookup (scan->fields, "window.0"), "centre %lf, width %lf", &centre, &width),
                   ==, 2);
  g_assert_cmpfloat_with_epsilon (centre, 1 / step, 1e-3);
  g_assert_cmpfloat_with_epsilon (width, 1 / step, 1e-3);
}

/* Values below 0 keep their sign by the mapping; complex ones are magnitudes; what is no number is 0. */
static void
test_values (Fixture *self, gconstpointer data)
{
  float *v = msm_tensor_host (self->tensor);
  g_autoptr (MsmScan) scan = NULL, other = NULL;
  g_autoptr (MsmTensor) slice = NULL;
  g_autoptr (MsmTensor) complex_one = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 1, 1, 2), NULL);
  float *z = msm_tensor_host (complex_one);

  v[7] = -1;
  v[8] = NAN;
  write_out (self);
  v[8] = 0;
  scan = read_back (self);
  assert_values (self, scan, 1, 1e-3);
  z[0] = 3;
  z[1] = -4;
  z[2] = 0;
  z[3] = 1;
  g_free (self->out);
  self->out = g_build_filename (self->folder, "complex.dcm", NULL);
  self->images.tensor = complex_one;
  write_out (self);
  g_assert_true (g_file_test (self->out, G_FILE_TEST_IS_REGULAR));
  other = read_back (self);
  slice = msm_scan_read (other, 0, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[0], 5, 1e-3);
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[1], 1, 1e-3);
}

static void
test_unknown_place (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL;
  const char *derivation;

  self->images.geometry = NULL;
  self->images.spacing_mm[0] = 0;
  write_out (self);
  scan = read_back (self);
  derivation = g_hash_table_lookup (scan->fields, "derivation");
  g_assert_nonnull (strstr (derivation, "Reconstructed by a test"));
  g_assert_nonnull (strstr (derivation, "orientation unknown"));
  g_assert_nonnull (strstr (derivation, "pixel spacing unknown"));
  g_assert_false (scan->geometry.is_known);
}

/* Whose it is comes from the picture that the user names, and from nowhere else. */
static void
test_template (Fixture *self, gconstpointer data)
{
  g_autofree char *template = g_build_filename (self->folder, "template", NULL);
  g_autofree char *path = slice_path (self, 0);

  write_out (self);
  g_assert_true (holds (path, "ANONYMOUS"));
  g_assert_true (holds (path, "Never copied"));
  g_assert_true (test_dicom_write_slice (template, &(TestDicomSlice){ .instance = 3 }));
  self->images.template_path = template;
  write_out (self);
  g_assert_true (holds (path, "Nobody^At^All"));
  g_assert_true (holds (path, "1.2.3.3")); /* the template's own UID, as the source */
  g_assert_false (holds (path, "ANONYMOUS"));
}

static void
test_captures (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL;
  float *v;

  msm_tensor_unref (self->tensor);
  self->tensor = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (SLICES, 3, ROWS, COLUMNS), NULL);
  v = msm_tensor_host (self->tensor);
  for (int i = 0; i < 3 * N; i++)
    v[i] = (float) (i % 256) / 255;
  self->images.tensor = self->tensor;
  self->images.kind = MSM_DICOM_CAPTURES;
  write_out (self);
  scan = read_back (self);
  g_assert_cmpuint (scan->n_channels, ==, 3);
  g_assert_cmpuint (scan->n_slices, ==, SLICES);
  for (gsize s = 0; s < SLICES; s++)
    {
      g_autoptr (MsmTensor) slice = msm_scan_read (scan, s, NULL, NULL);

      for (gsize i = 0; i < 3 * ROWS * COLUMNS; i++)
        g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[i], v[s * 3 * ROWS * COLUMNS + i], 1e-6);
    }
}

/* A grey capture shows what the window shows. */
static void
test_grey_capture (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) slice = NULL;

  self->images.kind = MSM_DICOM_CAPTURES;
  self->images.black = 0.1;
  self->images.white = 0.3;
  write_out (self);
  scan = read_back (self);
  slice = msm_scan_read (scan, 0, NULL, NULL);
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < ROWS * COLUMNS; i++)
      g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (slice)[c * ROWS * COLUMNS + i],
                                      CLAMP ((0.001 * i * i - 0.1) / 0.2, 0, 1), 0.51 / 255);
}

/* Slices that are not one spacing apart are where they are. */
static void
test_uneven (Fixture *self, gconstpointer data)
{
  const double along[SLICES] = { 0, 2, 7 };
  double centres[SLICES][3];
  g_autoptr (MsmScan) scan = NULL;

  for (int s = 0; s < SLICES; s++)
    for (int i = 0; i < 3; i++)
      centres[s][i] = self->geometry.centre[i] + along[s] * self->geometry.slice[i];
  self->images.centres = (const double (*)[3]) centres;
  write_out (self);
  scan = read_back (self);
  for (int s = 0; s < SLICES; s++)
    for (int i = 0; i < 3; i++)
      g_assert_cmpfloat_with_epsilon (msm_scan_geometry (scan, (gsize) s).centre[i], centres[SLICES - 1 - s][i], 1e-7);
}

/* float32 as they are, in one file. */
static void
test_map (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmScan) scan = NULL;

  ((float *) msm_tensor_host (self->tensor))[3] = -1.5e-7f;
  self->images.kind = MSM_DICOM_MAP;
  write_out (self);
  g_assert_true (g_file_test (self->out, G_FILE_TEST_IS_REGULAR));
  scan = read_back (self);
  assert_values (self, scan, 1, 1e-20);
  assert_place (self, scan);
}

/* What repeats the result comes back from a file of it, line by line; and longer texts than fit are left out. */
static void
test_provenance (Fixture *self, gconstpointer data)
{
  g_autofree char *path = slice_path (self, 1), *text = NULL, *none = NULL;
  g_autofree char *longer = g_strnfill (20000, 'x');
  g_autoptr (GError) error = NULL;

  write_out (self);
  text = msm_provenance_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, self->images.provenance);
  self->images.provenance = longer;
  write_out (self);
  none = msm_provenance_read (path, &error);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
}

/* An older series is replaced as a whole; a folder with anything else in it is kept. */
static void
test_replace (Fixture *self, gconstpointer data)
{
  g_autofree char *note = g_build_filename (self->out, "notes.txt", NULL);
  g_autofree char *more = slice_path (self, 40), *first = slice_path (self, 0);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (self->out, 0700), ==, 0);
  g_assert_true (g_file_set_contents (more, "an older slice", -1, NULL));
  write_out (self);
  g_assert_false (g_file_test (more, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_set_contents (note, "mine", -1, NULL));
  g_assert_false (msm_dicom_write (self->out, &self->images, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "notes.txt"));
  g_assert_true (g_file_test (note, G_FILE_TEST_EXISTS));
}

/* Stopped or failed, nothing is left. */
static void
test_nothing_left (Fixture *self, gconstpointer data)
{
  g_autoptr (MsmCancel) cancel = msm_cancel_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;

  msm_cancel_request (cancel, MSM_CANCEL_NOW);
  self->images.cancel = cancel;
  g_assert_false (msm_dicom_write (self->out, &self->images, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_CANCELLED);
  dir = g_dir_open (self->folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

/* dicom3tools' validator has nothing to say of any kind, with a template and without. */
static void
test_valid (Fixture *self, gconstpointer data)
{
  g_autofree char *program = g_find_program_in_path ("dciodvfy");
  g_autofree char *template = g_build_filename (self->folder, "template", NULL);
  g_autoptr (MsmTensor) colours = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 3, ROWS, COLUMNS), NULL);

  if (program == NULL)
    {
      g_test_skip ("dciodvfy is not installed");
      return;
    }
  memset (msm_tensor_host (colours), 0, 3 * ROWS * COLUMNS * sizeof (float));
  g_assert_true (test_dicom_write_slice (template, &(TestDicomSlice){ .instance = 3 }));
  for (int i = 0; i < 6; i++)
    {
      const MsmDicomKind kind = (MsmDicomKind) (i % 3);
      g_autofree char *path = NULL, *said = NULL, *other = NULL;
      g_autoptr (GError) error = NULL;
      char *argv[] = { program, NULL, NULL };

      self->images.kind = kind;
      self->images.tensor = kind == MSM_DICOM_CAPTURES ? colours : self->tensor;
      self->images.template_path = i < 3 ? NULL : template;
      g_free (self->out);
      self->out = g_strdup_printf ("%s/%d.dcm", self->folder, i);
      write_out (self);
      path = kind == MSM_DICOM_SERIES ? slice_path (self, 1) : g_strdup (self->out);
      argv[1] = path;
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said, &other, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (strstr (said, "Error"), ==, NULL);
      g_assert_cmpstr (strstr (other, "Error"), ==, NULL);
      g_assert_cmpstr (strstr (other, "Warning"), ==, NULL);
    }
}

/* “2.25.” and a decimal number of at most 39 digits that does not begin with 0; each another. */
static void
test_uid (Fixture *self, gconstpointer data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 200; i++)
    {
      char *uid = msm_dicom_uid_new ();

      g_assert_true (g_regex_match_simple ("^2\\.25\\.[1-9][0-9]{20,38}$", uid, 0, 0));
      g_assert_true (g_hash_table_add (seen, uid));
    }
}

/* A socket of the loopback address at a free port, listening or not. */
static int
make_socket (gboolean listens, guint *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  if (listens)
    g_assert_cmpint (listen (fd, 4), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

static gboolean
send_out (Fixture *self, guint port, MsmDicomProgress progress, gsize *n_sent, GError **error)
{
  const MsmDicomPeer peer = { "127.0.0.1", port, "ARCHIVE", "TEST", 1 };
  g_autofree char *a = slice_path (self, 0), *b = slice_path (self, 1), *c = slice_path (self, 2);
  const char *const paths[] = { a, b, c, NULL };

  return msm_dicom_send (&peer, paths, progress, NULL, n_sent, error);
}

/* DCMTK's own archive with one more flag; 0: it is not installed. It is up when it takes a connection. */
static GPid
start_archive (Fixture *self, const char *flag, guint *port)
{
  g_autofree char *program = g_find_program_in_path ("storescp"), *number = NULL;
  char *argv[] = { program, (char *) "-od", self->folder, NULL, NULL, NULL };
  GPid pid = 0;
  int fd;

  if (program == NULL)
    {
      g_test_skip ("storescp is not installed");
      return 0;
    }
  close (make_socket (FALSE, port));
  number = g_strdup_printf ("%u", *port);
  argv[3] = (char *) (flag != NULL ? flag : number);
  argv[4] = flag != NULL ? number : NULL;
  g_assert_true (g_spawn_async (NULL, argv, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                                NULL, NULL, &pid, NULL));
  for (int i = 0; i < 1000; i++)
    {
      struct sockaddr_in address = { .sin_family = AF_INET,
                                     .sin_port = htons ((guint16) *port),
                                     .sin_addr = { htonl (INADDR_LOOPBACK) } };
      gboolean is_up;

      fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      is_up = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
      close (fd);
      if (is_up)
        return pid;
      g_usleep (10000);
    }
  g_assert_not_reached ();
}

static void
end_archive (GPid pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

static guint
count_received (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, "MR.");
  return n;
}

static gboolean
stop_after_two (gsize n_done, gsize n_all, gpointer data)
{
  g_assert_cmpuint (n_all, ==, 3);
  return n_done < 2;
}

static void
test_send (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gsize n_sent = 0;
  guint port;
  GPid pid = start_archive (self, NULL, &port);

  if (pid == 0)
    return;
  write_out (self);
  send_out (self, port, NULL, &n_sent, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_sent, ==, 3);
  g_assert_cmpuint (count_received (self), ==, 3);
  g_assert_false (send_out (self, port, stop_after_two, &n_sent, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_CANCELLED);
  g_assert_cmpuint (n_sent, ==, 2);
  end_archive (pid);
}

/* One that refuses, one that breaks off, one that never answers, and nobody there: an error that names it, each time. */
static void
test_send_failures (Fixture *self, gconstpointer data)
{
  static const char *const flags[] = { "--refuse", "--abort-after" };
  gsize n_sent;
  guint port;
  int fd;

  write_out (self);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *where = NULL;
      GPid pid = 0;

      fd = -1;
      if (i < 2)
        pid = start_archive (self, flags[i], &port);
      else
        fd = make_socket (i == 2, &port);
      if (i < 2 && pid == 0)
        return;
      where = g_strdup_printf ("127.0.0.1:%u (ARCHIVE)", port);
      g_assert_false (send_out (self, port, NULL, &n_sent, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
      g_assert_nonnull (strstr (error->message, where));
      g_assert_null (strchr (error->message, '\n'));
      g_assert_cmpuint (n_sent, ==, 0);
      if (pid != 0)
        end_archive (pid);
      if (fd >= 0)
        close (fd);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "series", test_series },
    { "window", test_window },
    { "values", test_values },
    { "unknown-place", test_unknown_place },
    { "template", test_template },
    { "captures", test_captures },
    { "grey-capture", test_grey_capture },
    { "uneven", test_uneven },
    { "map", test_map },
    { "provenance", test_provenance },
    { "replace", test_replace },
    { "nothing-left", test_nothing_left },
    { "valid", test_valid },
    { "uid", test_uid },
    { "send", test_send },
    { "send-failures", test_send_failures },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/io/dicom-write/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  return g_test_run ();
}
