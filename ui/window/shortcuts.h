#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives every action its keys, and the window its shortcuts window. */
void msm_shortcuts_install (GtkApplication *application);
void msm_shortcuts_show (GtkWindow *parent);

G_END_DECLS
