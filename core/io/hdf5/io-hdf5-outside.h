#pragma once

#include <glib.h>
#include <hdf5.h>

G_BEGIN_DECLS

/*
 * What an HDF5 file may take from other files, for msm-reader alone. A file from a stranger can name any other file of
 * the user's: by an external link, as the source of a virtual dataset, or as external storage of a dataset's raw bytes,
 * which need not even be HDF5. Links and sources are followed inside the scan's own folder only, symbolic links
 * resolved; external storage never.
 */

/* Before anything else is read: files are those in @path's folder from now on. FALSE: the library took no hook. */
gboolean msm_h5_outside_init (const char *path);
/* That folder, symbolic links resolved. (transfer none) */
const char *msm_h5_outside_folder (void);
/*
 * A dataset that takes nothing from outside, or only what it may: its virtual sources too, and theirs. FALSE with
 * MSM_ERROR_UNSUPPORTED: what it wanted.
 */
gboolean msm_h5_outside_check (hid_t dataset, const char *path, GError **error);
/* The file that an open object lies in, which a link may have led to. (transfer full): empty when not known */
char *msm_h5_outside_file (hid_t object);
/* Why the newest link was not followed since msm_h5_outside_forget(), or NULL. (transfer none) */
const char *msm_h5_outside_refusal (void);
void msm_h5_outside_forget (void);

G_END_DECLS
