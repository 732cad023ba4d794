#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"

G_BEGIN_DECLS

#define MSM_TYPE_SAMPLER_PANEL (msm_sampler_panel_get_type ())
/* The method and its parameters. */
G_DECLARE_FINAL_TYPE (MsmSamplerPanel, msm_sampler_panel, MSM, SAMPLER_PANEL, GtkBox)

GtkWidget *msm_sampler_panel_new (MsmSession *session);

G_END_DECLS
