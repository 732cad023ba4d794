#pragma once

#include "core/base/cancel.h"
#include "core/io/scan.h"

G_BEGIN_DECLS

/* How slices are prepared: the same for all of a data set. */
typedef struct
{
  gsize size, n_coils;
  gsize acs_readout, acs_phase; /* the centre that every mask of the pattern samples */
  const char *cache;            /* a folder, or NULL: in memory */
} MsmKspaceOptions;

/* One slice of raw k-space, ready to be sampled. */
typedef struct
{
  gboolean is_full;         /* FALSE: it has a mask of its own: the points that are not zero */
  MsmTensor *kspace, *sens; /* C64 [1, coil, size, size]; NULL when they are in the cache */
  char *kspace_path, *sens_path;
} MsmKspaceSlice;

/**
 * msm_kspace_slice_new:
 *
 * Reads, whitens, crops the readout to the part that is shown, cuts k-space to size × size around its centre,
 * masks, compresses to n_coils virtual coils, and estimates maps: from the scan's own centre when it is
 * undersampled, else from the centre that is always sampled, as a reconstruction would. Taken from the cache
 * when an earlier run left it there.
 *
 * Returns: (transfer full): %NULL with the reason: too few coils, too small, no sampled centre, NaN, constant
 */
MsmKspaceSlice *msm_kspace_slice_new (MsmScan *scan, gsize slice, const MsmKspaceOptions *options, MsmCancel *cancel,
                                      GError **error);
void msm_kspace_slice_free (MsmKspaceSlice *self);
/* (transfer full) */
gboolean msm_kspace_slice_load (MsmKspaceSlice *self, MsmTensor **kspace, MsmTensor **sens, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmKspaceSlice, msm_kspace_slice_free)

G_END_DECLS
