#pragma once

#include "core/io/hdf5/io-hdf5-private.h"

G_BEGIN_DECLS

/*
 * Reading HDF5 with the library itself, for msm-reader alone: version 1.10 reads and writes out of bounds on
 * damaged files (attributes, global heap), so the program never opens one in its own process. The functions
 * mirror io-hdf5.h, where they are documented.
 */
typedef struct
{
  char *path;
  hid_t file;
  gsize n_bytes;
} MsmH5File;

MsmH5File *msm_h5_file_open (const char *path, GError **error);
void msm_h5_file_free (MsmH5File *self);
gboolean msm_h5_file_has (MsmH5File *self, const char *name);
GPtrArray *msm_h5_file_members (MsmH5File *self, const char *group);
gboolean msm_h5_file_info (MsmH5File *self, const char *name, MsmH5Info *info, GError **error);
/* The block as floats, @n_floats of them. (transfer full) */
float *msm_h5_file_read_block (MsmH5File *self, const char *name, const gsize *start, const gsize *count,
                               gsize *n_floats, GError **error);
char *msm_h5_file_read_text (MsmH5File *self, const char *name, GError **error);
void msm_h5_file_attributes (MsmH5File *self, GHashTable *fields);
gboolean msm_h5_file_number (MsmH5File *self, const char *object, const char *attribute, double *value);
gboolean msm_h5_file_has_attribute (MsmH5File *self, const char *object, const char *attribute);
gboolean msm_h5_file_mrd_headers (MsmH5File *self, const char *name, gsize first, gsize n, MsmMrdHeader *out,
                                  GError **error);
/* The caller frees every row's `p` with g_free, also after a failure. */
gboolean msm_h5_file_mrd_data (MsmH5File *self, const char *name, gsize first, gsize n, hvl_t *rows, GError **error);

/* For these files: the dataset, or H5I_INVALID_HID with @error; and what a type holds. */
hid_t msm_h5_file_dataset (MsmH5File *self, const char *name, GError **error);
MsmH5Kind msm_h5_type_kind (hid_t type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmH5File, msm_h5_file_free)

G_END_DECLS
