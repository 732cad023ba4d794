#include "config.h"

#include "ui/window/application.h"

#include <stdio.h>

#include <glib/gi18n.h>

#include "ui/window/capture.h"
#include "ui/window/demo.h"
#include "ui/window/shortcuts.h"
#include "ui/window/style.h"
#include "ui/window/window.h"

struct _MsmApplication
{
  GtkApplication parent_instance;
  char *screenshot;
  char *size;
  char **actions;
  gboolean run;
  int measure_seconds;
  int measure_pairs;
  int measure_clicks;
  int status;
};

G_DEFINE_FINAL_TYPE (MsmApplication, msm_application, GTK_TYPE_APPLICATION)

static void
msm_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (msm_application_parent_class)->startup (application);
  msm_style_set (MSM_STYLE_DARK); /* the window's setting follows */
  msm_shortcuts_install (GTK_APPLICATION (application));
}

static void
open_window (MsmApplication *self, const char *path)
{
  GtkWidget *window = msm_window_new (GTK_APPLICATION (self));
  int width, height;

  if (self->size != NULL && sscanf (self->size, "%dx%d", &width, &height) == 2)
    gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  if (path != NULL)
    msm_window_open (MSM_WINDOW (window), path);
  if (self->screenshot != NULL)
    msm_capture_screenshot (MSM_WINDOW (window), self->screenshot, self->run, (const char *const *) self->actions);
  else if (self->measure_clicks > 0)
    msm_capture_measure_latency (MSM_WINDOW (window), self->measure_clicks, (const char *const *) self->actions);
  else if (self->measure_pairs > 0)
    msm_capture_measure_images (MSM_WINDOW (window), self->measure_pairs, (const char *const *) self->actions);
  else if (self->measure_seconds > 0)
    msm_capture_measure (MSM_WINDOW (window), self->measure_seconds, (const char *const *) self->actions);
}

static void
msm_application_activate (GApplication *application)
{
  g_autofree char *demo = msm_demo_default ();

  open_window (MSM_APPLICATION (application), demo);
}

static void
msm_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_file_get_path (files[i]);

      open_window (MSM_APPLICATION (application), path);
    }
}

/* What cannot be done is said before a window is there. */
static gboolean
check_options (MsmApplication *self)
{
  g_autoptr (GError) error = NULL;
  int width, height;
  char rest;

  if (self->size != NULL && (sscanf (self->size, "%dx%d%c", &width, &height, &rest) != 2 || width < 1 || height < 1))
    {
      g_printerr ("msm-studio: --size %s: expected WIDTHxHEIGHT, as in 1440x900\n", self->size);
      return FALSE;
    }
  if (self->screenshot == NULL && self->run)
    {
      g_printerr ("msm-studio: --run is of --screenshot\n");
      return FALSE;
    }
  if (self->actions != NULL && self->screenshot == NULL && self->measure_clicks <= 0 && self->measure_pairs <= 0
      && self->measure_seconds <= 0)
    {
      g_printerr ("msm-studio: --action is of --screenshot or a measurement\n");
      return FALSE;
    }
  for (guint i = 0; self->actions != NULL && self->actions[i] != NULL; i++)
    if (!msm_window_check_action (self->actions[i], &error))
      {
        g_printerr ("msm-studio: --action: %s\n", error->message);
        return FALSE;
      }
  return TRUE;
}

static int
msm_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  MsmApplication *self = MSM_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("msm-studio %s\n", MSM_VERSION);
      return 0;
    }
  g_variant_dict_lookup (options, "screenshot", "^ay", &self->screenshot);
  g_variant_dict_lookup (options, "size", "s", &self->size);
  g_variant_dict_lookup (options, "run", "b", &self->run);
  g_variant_dict_lookup (options, "action", "^as", &self->actions);
  g_variant_dict_lookup (options, "measure-frames", "i", &self->measure_seconds);
  g_variant_dict_lookup (options, "measure-images", "i", &self->measure_pairs);
  g_variant_dict_lookup (options, "measure-latency", "i", &self->measure_clicks);
  return check_options (self) ? -1 : 2;
}

static void
msm_application_finalize (GObject *object)
{
  MsmApplication *self = MSM_APPLICATION (object);

  g_free (self->screenshot);
  g_free (self->size);
  g_strfreev (self->actions);
  G_OBJECT_CLASS (msm_application_parent_class)->finalize (object);
}

static void
msm_application_class_init (MsmApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = msm_application_finalize;
  application_class->startup = msm_application_startup;
  application_class->activate = msm_application_activate;
  application_class->open = msm_application_open;
  application_class->handle_local_options = msm_application_handle_local_options;
}

static void
msm_application_init (MsmApplication *self)
{
  static const GOptionEntry entries[] = {
    { "version", 'V', 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL },
    { "size", 0, 0, G_OPTION_ARG_STRING, NULL, N_("Size of the window"), N_("WIDTHxHEIGHT") },
    { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_("Write the window as a PNG and quit"), N_("FILE.png") },
    { "run", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Reconstruct before the screenshot"), NULL },
    { "action", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL,
      N_("Do this before the screenshot: win.layout(5); may be given several times"), N_("ACTION") },
    { "measure-frames", 0, 0, G_OPTION_ARG_INT, NULL, N_("Measure frame times while reconstructing, then quit"),
      N_("SECONDS") },
    { "measure-images", 0, 0, G_OPTION_ARG_INT, NULL,
      N_("Measure what showing images costs a run, this many times, then quit"), N_("TIMES") },
    { "measure-latency", 0, 0, G_OPTION_ARG_INT, NULL,
      N_("Measure the time to the first estimate, and to stop, this many times, then quit"), N_("TIMES") },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _("[FILE…]"));
}

void
msm_application_fail (MsmApplication *self)
{
  self->status = 1;
}

int
msm_application_get_status (MsmApplication *self)
{
  return self->status;
}

MsmApplication *
msm_application_new (void)
{
  /* Each start is its own process: two people may compare two scans, and no session bus is needed. */
  return g_object_new (MSM_TYPE_APPLICATION, "application-id", "org.msm.studio", "flags",
                       G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE, NULL);
}
