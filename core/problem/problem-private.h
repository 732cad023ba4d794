#pragma once

#include "core/calib/calib.h"
#include "core/problem/problem-from-scan.h"

G_BEGIN_DECLS

/* The slice's k-space, a copy on the host: whitened and compressed as @options say. */
MsmTensor *msm_problem_read_kspace (MsmScan *scan, const MsmProblemOptions *options, MsmCancel *cancel, GError **error);
/* Given maps when they fit, ones for a single coil, else estimated; @note: when not as asked. On the host. */
MsmTensor *msm_problem_make_sens (MsmTensor *kspace, const MsmMask *mask, const MsmProblemOptions *options,
                                  const char **note, MsmCancel *cancel, GError **error);
/* The problem of an operator on the scan's image (core/problem/problem-from-image.c). */
gboolean msm_problem_from_image (MsmProblem *self, MsmScan *scan, const MsmProblemOptions *options, MsmCancel *cancel,
                                 GError **error);

G_END_DECLS
