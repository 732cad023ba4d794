#include "config.h"

#include "app/session/devices.h"

#include "core/device/device.h"

static void
choice_free (gpointer data)
{
  MsmDeviceChoice *choice = data;

  g_free (choice->name);
  g_free (choice->label);
  g_free (choice);
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) found = msm_device_list ();
  GPtrArray *choices = g_ptr_array_new_with_free_func (choice_free);

  for (guint i = 0; i < found->len; i++)
    {
      const MsmDeviceInfo *info = g_ptr_array_index (found, i);
      MsmDeviceChoice *choice;

      if (g_str_equal (info->name, "ref")) /* judges the others; nobody waits for its pictures */
        continue;
      choice = g_new0 (MsmDeviceChoice, 1);
      choice->name = g_strdup (info->name);
      choice->label = g_strdup_printf ("%s: %s", info->name, info->description);
      choice->usable = info->usable;
      g_ptr_array_add (choices, choice);
    }
  g_task_return_pointer (task, choices, (GDestroyNotify) g_ptr_array_unref);
}

void
msm_devices_list_async (GAsyncReadyCallback func, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, func, data);

  g_task_run_in_thread (task, list_in_thread);
}

GPtrArray *
msm_devices_list_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
