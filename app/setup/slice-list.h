#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * msm_slice_list_parse:
 * @text: "all", or numbers and ranges separated by commas: "0-9,12"
 * @n_slices: of the scan
 *
 * Returns: (transfer full) (element-type gsize): the slices as they are named; or %NULL with MSM_ERROR_VALUE
 */
GArray *msm_slice_list_parse (const char *text, gsize n_slices, GError **error);
/* "out.nii.gz" and 7 of 120 slices: "out-007.nii.gz". (transfer full) */
char *msm_slice_list_path (const char *path, gsize slice, gsize n_slices);

G_END_DECLS
