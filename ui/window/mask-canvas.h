#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_MASK_CANVAS (msm_mask_canvas_get_type ())
/* The session's mask between the tools that draw it and what can be done to all of it. Tools are win.tool's. */
G_DECLARE_FINAL_TYPE (MsmMaskCanvas, msm_mask_canvas, MSM, MASK_CANVAS, GtkBox)

GtkWidget *msm_mask_canvas_new (MsmSession *session);

G_END_DECLS
