#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The shipped data that the program opens with: installed, or in the source tree. (nullable) */
char *msm_demo_default (void);
/* Every demonstration, opened by win.open-path. (transfer full) */
GMenuModel *msm_demo_menu (void);
gboolean msm_demo_is (const char *path);

G_END_DECLS
