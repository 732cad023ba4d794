#pragma once

#include "core/device/shape.h"

#include <glib.h>

G_BEGIN_DECLS

/* One dataset of a file that is laid out first and filled in place later. */
typedef struct
{
  const char *name;
  MsmDtype dtype;
  MsmShape shape;
  guint64 offset; /* (out): of its first byte in the file */
} MsmH5Slot;

/**
 * msm_h5_create_slots:
 * @path: overwritten
 *
 * An HDF5 file whose contiguous datasets have their place but no contents (zero), and the disk space for them.
 * The library is not needed to fill them: element i of a slot lies at offset + i · size of an element.
 *
 * Returns: %FALSE with MSM_ERROR_FILE
 */
gboolean msm_h5_create_slots (const char *path, MsmH5Slot *slots, gsize n_slots, const char *text, GError **error);

G_END_DECLS
