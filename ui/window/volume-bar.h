#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_VOLUME_BAR (msm_volume_bar_get_type ())
/* How far the reconstruction of all slices is, to pause, stop, and export it. Hidden before the first. */
G_DECLARE_FINAL_TYPE (MsmVolumeBar, msm_volume_bar, MSM, VOLUME_BAR, GtkBox)

GtkWidget *msm_volume_bar_new (MsmSession *session);

G_END_DECLS
