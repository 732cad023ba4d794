#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

/*
 * Renders the window to a PNG once the file is shown (and, with @run, reconstructed) and @actions (nullable; detailed
 * names of the window's actions, ended by NULL) were done, then closes it.
 */
void msm_capture_screenshot (MsmWindow *window, const char *path, gboolean run, const char *const *actions);
/*
 * Does @actions, then streams reconstructions and mask strokes for @seconds, prints how long drawing and blocking of
 * the main loop took, and how long a stroke took to its preview; then closes the window.
 */
void msm_capture_measure (MsmWindow *window, int seconds, const char *const *actions);
/*
 * Does @actions (methods, parameters), then runs the method @n_pairs times without and with its images in turn, and
 * prints the medians of their times: what showing costs. Then closes the window.
 */
void msm_capture_measure_images (MsmWindow *window, int n_pairs, const char *const *actions);
/*
 * Does @actions, then clicks Reconstruct @n_times times and stops each run in the midst of a step; prints how long the
 * first estimate took to the screen, and stopping took. Then closes the window.
 */
void msm_capture_measure_latency (MsmWindow *window, int n_times, const char *const *actions);
/* Each once; takes them. */
void msm_capture_do_actions (MsmWindow *window, char ***actions);

G_END_DECLS
