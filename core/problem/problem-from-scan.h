#pragma once

#include "core/io/scan.h"
#include "core/linop/operator.h"
#include "core/problem/problem.h"

G_BEGIN_DECLS

/* Settings of the road from a scan's slice to a problem. */
typedef struct
{
  gsize slice;
  MsmMask *mask;            /* retrospective mask, or NULL: the scan's own, or full */
  const MsmParams *espirit; /* of msm_coil_map_params; NULL: defaults */
  MsmTensor *sens;          /* given maps [set, coil, readout, phase], or NULL: ESPIRiT */
  gsize n_virtual;          /* 0: no compression */
  /* What is measured; NULL or "sampling": k-space. Other operators are simulated on the scan's image. */
  const MsmOperatorClass *operator_class;
  const MsmParams *operator_params; /* of its table; NULL: defaults */
  double scale;                     /* the value that is 1 in the problem; 0: from the k-space or the picture */
  gboolean without_sens;            /* CS-MRI: no maps are made; the problem's sens and op are NULL */
} MsmProblemOptions;

/*
 * Reads the slice, whitens, compresses, masks (an undersampled scan keeps its own mask; a retrospective one is
 * intersected), estimates maps (of a calibration's own lines, where the scan has some; of low resolution, with a note,
 * where the centre is too small for ESPIRiT), lets them take up the image's smooth phase, scales. The reference of a
 * fully sampled scan is the RSS of its coil images, of a simulated one the truth that its file holds. Image scans
 * become synthetic single-coil k-space, unless an operator measures the image. For any thread; nothing global.
 */
MsmProblem *msm_problem_new_from_scan (MsmScan *scan, const MsmProblemOptions *options, MsmDevice *device,
                                       MsmCancel *cancel, GError **error);

G_END_DECLS
