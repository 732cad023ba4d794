#include "config.h"

#include "ui/window/device-menu.h"

#include <glib/gi18n.h>

#include "app/session/devices.h"

typedef struct
{
  GMenu *menu;
  char *group;
} Wish;

static void
on_devices (GObject *source, GAsyncResult *result, gpointer data)
{
  Wish *wish = data;
  g_autoptr (GPtrArray) devices = msm_devices_list_finish (result);

  for (guint i = 0; i < devices->len; i++)
    {
      const MsmDeviceChoice *device = g_ptr_array_index (devices, i);
      g_autoptr (GMenuItem) item = g_menu_item_new (device->label, NULL);
      /* A row that says why not has an action that is off. */
      g_autofree char *action = g_strconcat (wish->group, device->usable ? ".device" : ".no-device", NULL);

      g_menu_item_set_action_and_target (item, action, "s", device->name);
      g_menu_append_item (wish->menu, item);
    }
  g_object_unref (wish->menu);
  g_free (wish->group);
  g_free (wish);
}

GMenuModel *
msm_device_menu_new (const char *group)
{
  GMenu *menu = g_menu_new ();
  Wish *wish = g_new (Wish, 1);
  g_autofree char *automatic = g_strconcat (group, ".device::auto", NULL);

  g_menu_append (menu, _("Automatic"), automatic);
  *wish = (Wish){ g_object_ref (menu), g_strdup (group) };
  msm_devices_list_async (on_devices, wish);
  return G_MENU_MODEL (menu);
}
