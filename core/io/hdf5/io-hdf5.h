#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Reading HDF5. The library runs in a process of its own, msm-reader, one for each open file: a damaged file
 * can make version 1.10 read and write out of bounds, which then ends that process and is an error here
 * (MSM_ERROR_FORMAT, at every later call too). Calls may come from any thread, one at a time per file.
 */
typedef struct _MsmH5 MsmH5;

typedef enum
{
  MSM_H5_OTHER,
  MSM_H5_NUMBER,  /* integer, float, boolean: read as float32 */
  MSM_H5_COMPLEX, /* compound of two floats or integers: read as interleaved float32 */
  MSM_H5_TEXT,
  MSM_H5_COMPOUND,
} MsmH5Kind;

#define MSM_H5_MAX_RANK 8

typedef struct
{
  MsmH5Kind kind;
  int rank;
  gsize dim[MSM_H5_MAX_RANK];
} MsmH5Info;

/* Whether the first @n bytes of a file are those of HDF5, or of a user block and then of HDF5. */
gboolean msm_h5_is_head (const guint8 *head, gsize n);
/*
 * Read-only. MSM_ERROR_FORMAT when it is no HDF5 file, is truncated or damaged; MSM_ERROR_FILE when it is
 * unreadable or msm-reader cannot be started.
 */
MsmH5 *msm_h5_open (const char *path, GError **error);
/* How long a request may go without an answer before it fails; set by msm_h5_open() from the file's size. */
void msm_h5_set_patience (MsmH5 *self, double seconds);
void msm_h5_free (MsmH5 *self);
/* FALSE with @error when the reading process has ended: what calls without a GError returned is void then. */
gboolean msm_h5_check (MsmH5 *self, GError **error);
gboolean msm_h5_has (MsmH5 *self, const char *name);
/* Names of the members of a group ("/" for the root), in name order; empty when there is no such group. */
GPtrArray *msm_h5_members (MsmH5 *self, const char *group);
/*
 * FALSE with MSM_ERROR_FORMAT when absent, or when it claims more data than the file can hold; MSM_ERROR_UNSUPPORTED
 * when it is compressed by a filter that is not installed.
 */
gboolean msm_h5_info (MsmH5 *self, const char *name, MsmH5Info *info, GError **error);
/* One hyperslab into @out: floats, or interleaved complex floats for MSM_H5_COMPLEX. */
gboolean msm_h5_read_block (MsmH5 *self, const char *name, const gsize *start, const gsize *count, float *out,
                            GError **error);
/* A string dataset (scalar or first element). (transfer full) */
char *msm_h5_read_text (MsmH5 *self, const char *name, GError **error);
/* The known scalar attributes of the root group (text or numbers) as text into @fields (utf8 → utf8). */
void msm_h5_attributes (MsmH5 *self, GHashTable *fields);

/* One scalar number attribute of a group or dataset ("/" for the root); FALSE when there is none. */
gboolean msm_h5_number (MsmH5 *self, const char *object, const char *attribute, double *value);

gboolean msm_h5_has_attribute (MsmH5 *self, const char *object, const char *attribute);

/* The part of an ISMRMRD acquisition header that the reader uses. */
typedef struct
{
  guint64 flags;
  guint16 n_samples, n_coils, discard_pre, discard_post, center_sample, encoding, trajectory_dims;
  float position[3], read_dir[3], phase_dir[3], slice_dir[3];
  guint16 line, partition, average, slice, contrast, phase, repetition, set, segment;
} MsmMrdHeader;

/* Headers only, @n of them from @first on. */
gboolean msm_h5_mrd_headers (MsmH5 *self, const char *name, gsize first, gsize n, MsmMrdHeader *out, GError **error);
/*
 * Samples of @n acquisitions from @first on, handed one at a time to @func with their length in floats.
 * The buffer is reused after the call. @func returns FALSE to stop (with its error).
 */
typedef gboolean (*MsmMrdFunc) (gsize index, const float *samples, gsize n_floats, gpointer user_data, GError **error);
gboolean msm_h5_mrd_data (MsmH5 *self, const char *name, gsize first, gsize n, MsmMrdFunc func, gpointer user_data,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmH5, msm_h5_free)

G_END_DECLS
