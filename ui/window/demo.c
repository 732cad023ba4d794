#include "config.h"

#include "ui/window/demo.h"

#include <glib/gi18n.h>

static const struct
{
  const char *file;
  const char *title;
} demos[] = {
  { "brain-simulated.h5", N_("Brain, simulated, fully sampled") },
  { "brain-8ch-poisson.h5", N_("Brain, in vivo, 8 coils, undersampled") },
};

static char *
find (const char *file)
{
  static const char *const folders[] = { MSM_DATA_DIR, MSM_SOURCE_DATA_DIR };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folders[i], "demo", file, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

char *
msm_demo_default (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (demos); i++)
    {
      char *path = find (demos[i].file);

      if (path != NULL)
        return path;
    }
  return NULL;
}

GMenuModel *
msm_demo_menu (void)
{
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (demos); i++)
    {
      g_autofree char *path = find (demos[i].file);
      g_autoptr (GMenuItem) item = NULL;

      if (path == NULL)
        continue;
      item = g_menu_item_new (_(demos[i].title), NULL);
      g_menu_item_set_action_and_target (item, "win.open-path", "s", path);
      g_menu_append_item (menu, item);
    }
  return G_MENU_MODEL (menu);
}

gboolean
msm_demo_is (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (demos); i++)
    {
      g_autofree char *demo = find (demos[i].file);

      if (g_strcmp0 (demo, path) == 0)
        return TRUE;
    }
  return FALSE;
}
