#pragma once

#include "core/calib/calib.h"
#include "core/problem/problem-from-scan.h"

G_BEGIN_DECLS

/* Lines that were measured for the coil maps alone; empty where there are none. */
typedef struct
{
  MsmTensor *kspace; /* as the slice's: whitened, compressed by the same matrix */
  MsmMask *mask;     /* what they cover */
} MsmCalibration;

void msm_calibration_clear (MsmCalibration *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmCalibration, msm_calibration_clear)

/*
 * The slice's k-space, a copy on the host: whitened and compressed as @options say. @calibration: (out) (nullable):
 * where maps are to be estimated
 */
MsmTensor *msm_problem_read_kspace (MsmScan *scan, const MsmProblemOptions *options, MsmCalibration *calibration,
                                    MsmCancel *cancel, GError **error);
/*
 * Given maps when they fit, ones for a single coil, else estimated, of the calibration if that will do; @note: when
 * not as asked. On the host.
 */
MsmTensor *msm_problem_make_sens (MsmTensor *kspace, const MsmMask *mask, const MsmCalibration *calibration,
                                  const MsmProblemOptions *options, const char **note, MsmCancel *cancel,
                                  GError **error);
/* The problem of an operator on the scan's image (core/problem/problem-from-image.c). */
gboolean msm_problem_from_image (MsmProblem *self, MsmScan *scan, const MsmProblemOptions *options, MsmCancel *cancel,
                                 GError **error);

G_END_DECLS
