#pragma once

#include <glib.h>

/* Writes a small ISMRMRD file: 2 slices, 2 averages, 2 coils, 8 lines of 16 oversampled samples, one noise scan. */
gboolean test_mrd_write (const char *path);
/* The same with two groups, “dataset” and “second”, and @n_repetitions: the values of repetition r are r + 1 times. */
gboolean test_mrd_write_several (const char *path, gsize n_repetitions);
