#include "config.h"

#include "ui/window/style.h"

#include <gtk/gtk.h>

static gboolean
desktop_is_dark (void)
{
  static int prefers = -1; /* as it was before this program set it */
  GtkSettings *settings = gtk_settings_get_default ();
  g_autofree char *theme = NULL;

  if (prefers < 0)
    {
      gboolean is_dark;

      g_object_get (settings, "gtk-application-prefer-dark-theme", &is_dark, NULL);
      prefers = is_dark;
    }
  g_object_get (settings, "gtk-theme-name", &theme, NULL);
  return prefers == 1 || (theme != NULL && g_str_has_suffix (theme, "-dark"));
}

void
msm_style_set (MsmStyle style)
{
  static GtkCssProvider *colors, *rules;
  GdkDisplay *display = gdk_display_get_default ();
  gboolean from_desktop = desktop_is_dark ();
  gboolean is_dark = style == MSM_STYLE_DARK || (style == MSM_STYLE_DESKTOP && from_desktop);

  g_object_set (gtk_settings_get_default (), "gtk-application-prefer-dark-theme", is_dark, NULL);
  if (colors == NULL)
    {
      colors = gtk_css_provider_new ();
      gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (colors),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
      rules = gtk_css_provider_new ();
      gtk_css_provider_load_from_resource (rules, "/org/msm/studio/style.css");
      gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (rules),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
    }
  gtk_css_provider_load_from_resource (colors,
                                       is_dark ? "/org/msm/studio/style-dark.css" : "/org/msm/studio/style-light.css");
}
