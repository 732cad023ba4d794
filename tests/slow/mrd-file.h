#pragma once

#include <glib.h>

/* Writes a small ISMRMRD file: 2 slices, 2 averages, 2 coils, 8 lines of 16 oversampled samples, one noise scan. */
gboolean test_mrd_write (const char *path);
