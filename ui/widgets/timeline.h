#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MSM_TYPE_TIMELINE (msm_timeline_get_type ())
/**
 * MsmTimeline:
 *
 * The steps of a run as a line: how far it is, which steps are kept, and the one that is looked at. A drag, a click
 * or the arrow keys pick a kept step; the end of the line, End or Escape pick the live edge.
 *
 * Signal: "picked" (int step): −1 is the live edge.
 */
G_DECLARE_FINAL_TYPE (MsmTimeline, msm_timeline, MSM, TIMELINE, GtkWidget)

GtkWidget *msm_timeline_new (void);
/* @step of @n_steps are done; 0 of 0: there is no run. */
void msm_timeline_set_progress (MsmTimeline *self, int step, int n_steps);
/* The kept steps, rising; copied. */
void msm_timeline_set_kept (MsmTimeline *self, const int *steps, guint n);
/* −1: live */
void msm_timeline_set_position (MsmTimeline *self, int step);
/* The kept step before or after the position, @by places on; −1 past the last. Emits "picked". */
void msm_timeline_move (MsmTimeline *self, int by);

G_END_DECLS
