#pragma once

#include "core/io/scan.h"
#include "core/mask/mask.h"

G_BEGIN_DECLS

/* Slices of one scan that become one file: each is put in when it is there, and all are written at the end. */
typedef struct _MsmVolumeFile MsmVolumeFile;

/**
 * msm_volume_file_new:
 * @scan: borrowed
 * @slices: (element-type gsize): borrowed
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_UNSUPPORTED: a file named @path holds no volumes
 */
MsmVolumeFile *msm_volume_file_new (const char *path, MsmScan *scan, const GArray *slices, GError **error);
void msm_volume_file_free (MsmVolumeFile *self);
/*
 * @image, C64 or F32 [1, set or channel, row, column] of true values, is the slice at @place of the list; one that is
 * never put in stays empty. @provenance and @experiment of the first are the file's.
 */
gboolean msm_volume_file_put (MsmVolumeFile *self, guint place, MsmTensor *image, const char *provenance,
                              const char *experiment, GError **error);
/* Says what the format does not hold, and what was written, unless @is_quiet. Without any slice nothing is written. */
gboolean msm_volume_file_write (MsmVolumeFile *self, const char *title, gboolean is_quiet, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmVolumeFile, msm_volume_file_free)

G_END_DECLS
