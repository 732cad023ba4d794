#include "config.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>

#include "core/base/error.h"
#include "core/device/device-loader.h"

typedef const MsmDeviceOps *(*Entry) (void);

static const MsmDeviceOps *
load (const char *path, GError **error)
{
  GModule *module = g_module_open (path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
  gpointer symbol = NULL;
  const MsmDeviceOps *ops;

  if (module == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("the CUDA module cannot be loaded: %s"), g_module_error ());
      return NULL;
    }
  if (!g_module_symbol (module, "msm_device_module_open", &symbol) || symbol == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s is not a device module: no msm_device_module_open"),
                   path);
      g_module_close (module);
      return NULL;
    }
  g_module_make_resident (module);
  ops = ((Entry) symbol) ();
  if (ops == NULL || ops->abi != MSM_DEVICE_ABI)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE,
                   _("%s was built for another version of the program (table %u, expected %u)"), path,
                   ops != NULL ? ops->abi : 0, MSM_DEVICE_ABI);
      return NULL;
    }
  return ops;
}

const MsmDeviceOps *
msm_device_module_load (GError **error)
{
  static GMutex mutex;
  static const MsmDeviceOps *loaded;
  const char *folders[] = { g_getenv ("MSM_DEVICE_PATH"), MSM_BUILD_MODULE_DIR, MSM_MODULE_DIR };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  for (gsize i = 0; i < G_N_ELEMENTS (folders) && loaded == NULL; i++)
    {
      g_autofree char *path = folders[i] != NULL ? g_build_filename (folders[i], "msm-cuda.so", NULL) : NULL;

      if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      loaded = load (path, error);
      if (loaded == NULL)
        return NULL;
    }
  if (loaded == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE,
                 _("no CUDA module: this program was built without nvcc and cuDNN"));
  return loaded;
}
