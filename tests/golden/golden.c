#include "config.h"

#include "tests/golden/golden.h"

#include <stdlib.h>
#include <string.h>

#include "ui/widgets/draw.h"

static char *show_dir;
static GskRenderer *renderer;

static void
add_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-application-prefer-dark-theme", TRUE,
                NULL);
  gtk_css_provider_load_from_data (provider, "window { color: #e4e7eb; background: #16181c; font-size: 10pt; }", -1);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_USER + 1);
}

gboolean
golden_init (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;

  if (!gtk_init_check ())
    return FALSE;
  for (int i = 1; i + 1 < *argc; i++)
    if (g_str_equal ((*argv)[i], "--show"))
      {
        show_dir = (*argv)[i + 1];
        *argc = i;
        (*argv)[i] = NULL;
      }
  msm_text_set_enabled (show_dir != NULL);
  add_style ();
  renderer = gsk_cairo_renderer_new ();
  if (!gsk_renderer_realize (renderer, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  return TRUE;
}

static guint8 *
download (GdkTexture *texture)
{
  guint8 *data = g_malloc ((gsize) gdk_texture_get_width (texture) * (gsize) gdk_texture_get_height (texture) * 4);

  gdk_texture_download (texture, data, (gsize) gdk_texture_get_width (texture) * 4);
  return data;
}

static void
save (GdkTexture *texture, const char *name, const char *kind)
{
  g_autofree char *file = g_strdup_printf ("%s%s.png", name, kind);
  g_autofree char *path = g_build_filename (g_test_get_dir (G_TEST_BUILT), file, NULL);

  gdk_texture_save_to_png (texture, path);
  g_test_message ("wrote %s", path);
}

/* Absolute difference of the channels, amplified so that one level can be seen. */
static GdkTexture *
difference (const guint8 *a, const guint8 *b, int width, int height)
{
  gsize n = (gsize) width * (gsize) height;
  guint8 *data = g_malloc (4 * n);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, 4 * n);

  for (gsize i = 0; i < n; i++)
    {
      for (int c = 0; c < 3; c++)
        data[4 * i + c] = (guint8) MIN (8 * abs (a[4 * i + c] - b[4 * i + c]), 255);
      data[4 * i + 3] = 255;
    }
  return gdk_memory_texture_new (width, height, GDK_MEMORY_DEFAULT, bytes, 4 * (gsize) width);
}

void
golden_check_texture (const char *name, GdkTexture *texture)
{
  const int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  const gsize n = (gsize) width * (gsize) height;
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = show_dir != NULL ? g_build_filename (show_dir, file, NULL)
                                           : g_test_build_filename (G_TEST_DIST, "reference", file, NULL);
  g_autoptr (GdkTexture) reference = NULL, diff = NULL;
  g_autofree guint8 *a = NULL, *b = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_far = 0;

  if (show_dir != NULL || g_strcmp0 (g_getenv ("MSM_UPDATE_GOLDEN"), "1") == 0)
    {
      g_assert_true (gdk_texture_save_to_png (texture, path));
      return;
    }
  reference = gdk_texture_new_from_filename (path, &error);
  if (reference == NULL)
    {
      save (texture, name, ".out");
      g_test_message ("%s", error->message);
      g_test_fail ();
      return;
    }
  if (gdk_texture_get_width (reference) == width && gdk_texture_get_height (reference) == height)
    {
      a = download (texture);
      b = download (reference);
      for (gsize i = 0; i < n; i++)
        for (int c = 0; c < 4; c++)
          if (abs (a[4 * i + c] - b[4 * i + c]) > 16)
            {
              n_far++;
              break;
            }
      /*
       * Edges may be smoothed a little differently by another Cairo or pixman: one pixel in 400 may be far
       * off. A line moved by one pixel, another map or another window is more than that.
       */
      if (n_far * 400 <= n)
        return;
      diff = difference (a, b, width, height);
      save (diff, name, ".diff");
    }
  save (texture, name, ".out");
  save (reference, name, ".ref");
  g_test_message ("%s: %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " pixels differ", name, n_far, n);
  g_test_fail ();
}

void
golden_check_widget (const char *name, GtkWidget *widget, int width, int height, void (*prepare) (GtkWidget *widget))
{
  const GdkRGBA background = { 0x16 / 255.0f, 0x18 / 255.0f, 0x1c / 255.0f, 1.0f };
  GtkWidget *window = gtk_window_new ();
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GskRenderNode) node = NULL;
  int minimum;

  /* The window is never shown: it gives the widget its style. */
  gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, width);
  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, height);
  gtk_widget_allocate (widget, width, height, -1, NULL);
  if (prepare != NULL)
    prepare (widget);
  gtk_snapshot_append_color (snapshot, &background, &bounds);
  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (renderer, node, &bounds);
  golden_check_texture (name, texture);
  gtk_window_destroy (GTK_WINDOW (window));
}
