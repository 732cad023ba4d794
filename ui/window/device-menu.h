#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * msm_device_menu_new:
 * @group: of the actions: "win" has "win.device" (stateful, "s") and "win.no-device" ("s"), which is disabled
 *
 * "Automatic", and what there is to compute on; the rows come when the devices have been looked for. (transfer full)
 */
GMenuModel *msm_device_menu_new (const char *group);

G_END_DECLS
