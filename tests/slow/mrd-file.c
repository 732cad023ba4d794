#include "config.h"

#include "tests/slow/mrd-file.h"

#include <hdf5.h>
#include <math.h>
#include <string.h>

enum
{
  N_SAMPLES = 16,
  N_COILS = 2,
  N_LINES = 8,
  N_SLICES = 2,
  N_AVERAGES = 2
};

typedef struct
{
  guint64 flags;
  guint16 n_samples, n_coils, discard_pre, discard_post, center_sample, encoding, trajectory_dims;
  guint16 line, partition, average, slice, contrast, phase, repetition, set, segment;
  float position[3], read_dir[3], phase_dir[3], slice_dir[3];
  hvl_t traj, data;
} Row;

static const char header_xml[] =
    "%s<?xml version=\"1.0\"?><ismrmrdHeader xmlns=\"http://www.ismrm.org/ISMRMRD\">"
    "<acquisitionSystemInformation><systemVendor>%s</systemVendor></"
    "acquisitionSystemInformation><encoding><trajectory>cartesian</trajectory>"
    "<encodedSpace><matrixSize><x>16</x><y>8</y><z>1</z></matrixSize>"
    "<fieldOfView_mm><x>32</x><y>16</y><z>5</z></fieldOfView_mm></encodedSpace>"
    "<reconSpace><matrixSize><x>8</x><y>8</y><z>1</z></matrixSize>"
    "<fieldOfView_mm><x>16</x><y>16</y><z>5</z></fieldOfView_mm></reconSpace>"
    "<encodingLimits><kspace_encoding_step_1><minimum>0</minimum><maximum>7</maximum><center>4</center>"
    "</kspace_encoding_step_1></encodingLimits>%s%s%s</encoding></ismrmrdHeader>";

static hid_t
row_type (void)
{
  static const char *const counters[] = { "kspace_encode_step_1",
                                          "kspace_encode_step_2",
                                          "average",
                                          "slice",
                                          "contrast",
                                          "phase",
                                          "repetition",
                                          "set",
                                          "segment" };
  static const char *const sizes[] = { "number_of_samples",    "active_channels", "discard_pre",
                                       "discard_post",         "center_sample",   "encoding_space_ref",
                                       "trajectory_dimensions" };
  static const char *const vectors[] = { "position", "read_dir", "phase_dir", "slice_dir" };
  hid_t row = H5Tcreate (H5T_COMPOUND, sizeof (Row));
  hid_t head = H5Tcreate (H5T_COMPOUND, G_STRUCT_OFFSET (Row, traj));
  hid_t idx = H5Tcreate (H5T_COMPOUND, G_N_ELEMENTS (counters) * 2);
  hid_t floats = H5Tvlen_create (H5T_NATIVE_FLOAT);
  hsize_t three = 3;
  hid_t vector = H5Tarray_create2 (H5T_NATIVE_FLOAT, 1, &three);

  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    H5Tinsert (idx, counters[i], 2 * i, H5T_NATIVE_UINT16);
  H5Tinsert (head, "flags", G_STRUCT_OFFSET (Row, flags), H5T_NATIVE_UINT64);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    H5Tinsert (head, sizes[i], G_STRUCT_OFFSET (Row, n_samples) + 2 * i, H5T_NATIVE_UINT16);
  H5Tinsert (head, "idx", G_STRUCT_OFFSET (Row, line), idx);
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    H5Tinsert (head, vectors[i], G_STRUCT_OFFSET (Row, position) + i * 3 * sizeof (float), vector);
  H5Tinsert (row, "head", 0, head);
  H5Tinsert (row, "traj", G_STRUCT_OFFSET (Row, traj), floats);
  H5Tinsert (row, "data", G_STRUCT_OFFSET (Row, data), floats);
  H5Tclose (floats);
  H5Tclose (vector);
  H5Tclose (idx);
  H5Tclose (head);
  return row;
}

/*
 * e^{−2πi (x k / N + y p / P)}, k and p from the centre: the k-space of a point x samples and y lines off the centre.
 */
static void
point_sample (const TestMrdOptions *options, gsize k, gsize p, float *sample)
{
  double angle = -2 * G_PI
                 * (options->point[0] * ((double) k - N_SAMPLES / 2) / N_SAMPLES
                    + options->point[1] * ((double) p - N_LINES / 2) / N_LINES);

  sample[0] = (float) cos (angle);
  sample[1] = (float) sin (angle);
}

/* Sample k of coil c on a line: what a test can foretell. Reversed lines are stored back to front. */
static void
fill_row (Row *row, float *samples, gsize i, gboolean is_noise, const TestMrdOptions *options)
{
  gboolean reverse = !is_noise && i % 2 == 1;

  row->n_samples = N_SAMPLES;
  row->n_coils = N_COILS;
  row->center_sample = reverse ? N_SAMPLES / 2 - 1 : N_SAMPLES / 2;
  row->line = is_noise ? 0 : i % N_LINES;
  row->average = is_noise ? 0 : (i / N_LINES) % N_AVERAGES;
  row->slice = is_noise ? 0 : i / (N_LINES * N_AVERAGES);
  row->flags = is_noise ? G_GUINT64_CONSTANT (1) << 18 : reverse ? G_GUINT64_CONSTANT (1) << 21 : 0;
  for (gsize c = 0; c < N_COILS; c++)
    for (gsize k = 0; k < N_SAMPLES; k++)
      {
        gsize at = c * N_SAMPLES + (reverse ? N_SAMPLES - 1 - k : k);

        /* A single sample at the centre of k-space: a constant along the readout of the image. */
        samples[2 * at] = is_noise             ? (float) ((k * 7 + c * 3) % 5) - 2
                          : k == N_SAMPLES / 2 ? (float) (row->line + 1 + 10 * row->average)
                                               : 0;
        samples[2 * at + 1] = is_noise ? (float) ((k * 3 + c) % 7) - 3 : 0;
        if (!is_noise && options->has_point)
          point_sample (options, k, row->line, samples + 2 * at);
      }
  if (!is_noise && options->mode != NULL && row->line == 3)
    row->flags |= G_GUINT64_CONSTANT (1) << 19;
  if (!is_noise && options->n_parts > 1)
    {
      row->partition = row->average;
      row->average = 0;
    }
  memcpy (row->read_dir, options->read_dir, sizeof row->read_dir);
  memcpy (row->phase_dir, options->phase_dir, sizeof row->phase_dir);
  memcpy (row->slice_dir, options->slice_dir, sizeof row->slice_dir);
  row->position[2] = 5 * (float) row->slice;
  row->data.len = 2 * N_SAMPLES * N_COILS;
  row->data.p = samples;
}

static gboolean
write_rows (hid_t file, const char *name, const char *text, const Row *rows, gsize n_rows)
{
  hsize_t n = n_rows, one = 1;
  hid_t group, type, space, chunks, id;
  hid_t link = H5Pcreate (H5P_LINK_CREATE);
  gboolean ok;

  H5Pset_create_intermediate_group (link, 1);
  group = H5Gcreate2 (file, name, link, H5P_DEFAULT, H5P_DEFAULT);
  type = row_type ();
  space = H5Screate_simple (1, &n, NULL);
  chunks = H5Pcreate (H5P_DATASET_CREATE);
  H5Pset_chunk (chunks, 1, &one);
  id = H5Dcreate2 (group, "data", type, space, H5P_DEFAULT, chunks, H5P_DEFAULT);
  ok = H5Dwrite (id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows) >= 0;
  H5Dclose (id);
  H5Tclose (type);
  H5Sclose (space);
  H5Pclose (chunks);
  type = H5Tcopy (H5T_C_S1);
  H5Tset_size (type, H5T_VARIABLE);
  space = H5Screate_simple (1, &one, NULL);
  id = H5Dcreate2 (group, "xml", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  ok = ok && H5Dwrite (id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0;
  H5Dclose (id);
  H5Tclose (type);
  H5Sclose (space);
  H5Pclose (link);
  return H5Gclose (group) >= 0 && ok;
}

static gboolean
write_group (hid_t file, const char *name, gsize n_repetitions, const TestMrdOptions *options)
{
  const gsize n_lines = N_LINES * N_SLICES * N_AVERAGES;
  const gsize n_all = 1 + n_repetitions * n_lines;
  gsize n = 0;
  g_autofree Row *rows = g_new0 (Row, n_all + 3);
  g_autofree float *samples = g_new0 (float, (n_all + 3) * 2 * N_SAMPLES * N_COILS);
  const gboolean has_mode = options->mode != NULL;
  g_autofree char *xml = g_strdup_printf (
      header_xml, options->has_line_break ? "\n" : "", options->vendor != NULL ? options->vendor : "none",
      has_mode ? "<parallelImaging><calibrationMode>" : "", has_mode ? options->mode : "",
      has_mode ? "</calibrationMode></parallelImaging>" : "");

  for (gsize i = 0; i < n_all; i++)
    {
      float *values = samples + i * 2 * N_SAMPLES * N_COILS;
      Row *row = &rows[n];

      fill_row (row, values, i == 0 ? 0 : (i - 1) % n_lines, i == 0, options);
      row->repetition = i == 0 ? 0 : (guint16) ((i - 1) / n_lines);
      for (gsize k = 0; k < 2 * N_SAMPLES * N_COILS; k++)
        values[k] *= (float) (row->repetition + 1);
      /* A line that is left out is overwritten by the next. */
      n += i == 0
           || (row->line >= options->first_line && !(options->lacks_part && row->line == 5 && row->partition > 0));
    }
  for (gsize i = 0; options->has_odd_rows && i < 3; i++)
    {
      float *values = samples + n * 2 * N_SAMPLES * N_COILS;
      Row *row = &rows[n++];

      fill_row (row, values, 2, FALSE, options);
      for (gsize k = 0; k < 2 * N_SAMPLES * N_COILS; k++)
        values[k] = 1000;
      if (i == 0)
        row->n_samples = 0, row->data.len = 0;
      else if (i == 1)
        row->n_coils = 1, row->data.len /= N_COILS;
      else
        row->flags = G_GUINT64_CONSTANT (1) << 28;
    }
  return write_rows (file, name, xml, rows, n);
}

gboolean
test_mrd_write_with (const char *path, const TestMrdOptions *options)
{
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  gboolean ok = write_group (file, "dataset", 1, options);

  return H5Fclose (file) >= 0 && ok;
}

static const TestMrdOptions no_options = { NULL };

gboolean
test_mrd_write (const char *path)
{
  return test_mrd_write_with (path, &no_options);
}

gboolean
test_mrd_write_several (const char *path, gsize n_repetitions)
{
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  gboolean ok =
      write_group (file, "dataset", n_repetitions, &no_options) && write_group (file, "second", 1, &no_options);

  return H5Fclose (file) >= 0 && ok;
}

gboolean
test_mrd_write_rows (const char *path, const char *group, const char *xml, const TestMrdRow *rows, gsize n)
{
  hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  g_autofree Row *all = g_new0 (Row, n);
  g_autofree float *zeros = g_new0 (float, 2 * N_COILS * 4096);
  gboolean ok;

  for (gsize i = 0; i < n; i++)
    {
      all[i] = (Row){ .flags = rows[i].flags,
                      .n_samples = rows[i].n_samples,
                      .n_coils = N_COILS,
                      .center_sample = rows[i].center_sample,
                      .encoding = rows[i].encoding,
                      .line = rows[i].line,
                      .partition = rows[i].partition,
                      .slice = rows[i].slice,
                      .contrast = rows[i].contrast,
                      .repetition = rows[i].repetition,
                      .set = rows[i].set,
                      .position = { 0, 0, rows[i].z },
                      .read_dir = { 0, 1, 0 },
                      .phase_dir = { 1, 0, 0 },
                      .slice_dir = { 0, 0, 1 } };
      all[i].data.len = 2 * (gsize) N_COILS * rows[i].n_samples;
      all[i].data.p = (void *) (rows[i].samples != NULL ? rows[i].samples : zeros);
    }
  ok = write_rows (file, group, xml, all, n);
  return H5Fclose (file) >= 0 && ok;
}
