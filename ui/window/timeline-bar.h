#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_TIMELINE_BAR (msm_timeline_bar_get_type ())
/*
 * The kept steps of the selected run: a line to drag along, buttons to step and play, the live edge. What it picks
 * is the session's position. Hidden while the run has none.
 */
G_DECLARE_FINAL_TYPE (MsmTimelineBar, msm_timeline_bar, MSM, TIMELINE_BAR, GtkBox)

GtkWidget *msm_timeline_bar_new (MsmSession *session);
/* The kept step before (−1) or after (1) the present one. */
void msm_timeline_bar_move (MsmTimelineBar *self, int by);
/* Shows the first kept step. */
void msm_timeline_bar_rewind (MsmTimelineBar *self);
/* Shows the kept steps one after the other, from the first if the last is shown; or stops that. */
void msm_timeline_bar_play (MsmTimelineBar *self);

G_END_DECLS
