#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/*
 * Over the images: what a drag does (the table of ui/widgets/tool.h), the window, comparing, and arrangements as small
 * pictures of themselves. Each button is an action of the window.
 */
GtkWidget *msm_tool_strip_new (void);

G_END_DECLS
