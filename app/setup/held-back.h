#pragma once

#include "app/setup/setup.h"

G_BEGIN_DECLS

/*
 * Does the prior fit this scan? Some of what was measured is not given to the method; how well its image predicts it
 * needs no reference. L1-wavelet, which knows nothing but sparsity, is given the same and judged the same.
 */
typedef struct
{
  gsize n_points; /* held back: lines of a mask of columns, else points */
  gboolean are_lines;
  double residual;  /* ‖P_h (y − F C x)‖ / ‖P_h y‖ of the method; it holds the noise of y too */
  double classical; /* that of L1-wavelet */
  double weight;    /* of the method's image in the mean of both that predicts best, 0 to 1 */
} MsmHeldBack;

/**
 * msm_held_back_check:
 * @setup, @scan, @device: as of msm_setup_prepare(): resolved, open
 * @whole: the problem of @setup, of CS-MRI: all that was measured, and its maps
 *
 * Runs the setup's method and L1-wavelet on what @part leaves. Fails as they do; MSM_ERROR_UNSUPPORTED where k-space is
 * not what is measured.
 */
gboolean msm_held_back_check (const MsmSetup *setup, MsmScan *scan, MsmDevice *device, const MsmProblem *whole,
                              double part, MsmHeldBack *result, GError **error);

G_END_DECLS
