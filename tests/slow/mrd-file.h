#pragma once

#include <glib.h>

typedef struct
{
  const char *vendor;
  float read_dir[3], phase_dir[3], slice_dir[3]; /* zero: none */
  gboolean has_point;                            /* a point in the image, instead of the numbers below */
  int point[2];            /* how far it is from the centre, in samples of the oversampled readout and lines */
  guint16 first_line;      /* partial Fourier: earlier lines are left out */
  const char *mode;        /* calibrationMode; line 3 is then flagged as calibration. NULL: none */
  gboolean has_line_break; /* before the XML's declaration */
  gboolean has_odd_rows;   /* behind the others, all of line 2: without samples, of one coil, surface-coil correction */
  guint16 n_parts;         /* 2: the averages are partitions */
  gboolean lacks_part;     /* line 5 has the first partition alone */
} TestMrdOptions;

/* A readout of 2 coils, free in everything. */
typedef struct
{
  guint64 flags;
  guint16 n_samples, center_sample, line, partition, slice, contrast, repetition, set, encoding;
  float z;              /* of its position, mm */
  const float *samples; /* [coil, sample] complex; NULL: zeros */
} TestMrdRow;

/* Group @group of a new file, with the header @xml. The planes are axial: the readout runs along y, lines along x. */
gboolean test_mrd_write_rows (const char *path, const char *group, const char *xml, const TestMrdRow *rows, gsize n);
/* Writes a small ISMRMRD file: 2 slices, 2 averages, 2 coils, 8 lines of 16 oversampled samples, one noise scan. */
gboolean test_mrd_write (const char *path);
gboolean test_mrd_write_with (const char *path, const TestMrdOptions *options);
/* The same with two groups, “dataset” and “second”, and @n_repetitions: the values of repetition r are r + 1 times. */
gboolean test_mrd_write_several (const char *path, gsize n_repetitions);
