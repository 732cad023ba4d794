#pragma once

#include "core/base/param.h"
#include "core/io/scan.h"

G_BEGIN_DECLS

/* Rows of a command's flags that opens scans: which group, which repetition, contrast, set, … */
#define MSM_SCAN_FLAGS                                                                                                 \
  { "group", MSM_PARAM_TEXT, .help = N_("HDF5 group, when the file has several") },                                   \
      { "series", MSM_PARAM_TEXT, .help = N_("DICOM series of a folder, by number or name (msm info lists them)") },  \
  {                                                                                                                    \
    "index", MSM_PARAM_TEXT,                                                                                           \
        .flags = MSM_PARAM_REPEATED,                                                                                   \
        .help = N_("Which of several, from 0: repetition=1,contrast=0 (msm info lists the axes)")                     \
  }

/*
 * "repetition=1,contrast=0" as the table of MsmScanOptions; MSM_ERROR_VALUE, also of an axis that is named twice.
 * (transfer full)
 */
GHashTable *msm_indices_parse (const char *text, GError **error);
/* Back; "" of NULL. (transfer full) */
char *msm_indices_format (GHashTable *indices);

/* The series that the flags name, else the group (an experiment's, say); NULL: neither. (transfer none) */
const char *msm_scan_flags_group (const MsmParams *params);
/*
 * What the flags choose, for opening; the group is borrowed from @params, the indices are (transfer full) in @options.
 * FALSE with MSM_ERROR_VALUE.
 */
gboolean msm_scan_flags_get (const MsmParams *params, MsmScanOptions *options, GError **error);
/**
 * msm_scan_open_with_flags:
 *
 * Opens @path with the flags of MSM_SCAN_FLAGS in @params. An axis in `index` that the file lacks, or an index
 * past its end, is MSM_ERROR_VALUE.
 * Returns: (transfer full): the scan, or NULL
 */
MsmScan *msm_scan_open_with_flags (const char *path, const MsmParams *params, GError **error);

G_END_DECLS
