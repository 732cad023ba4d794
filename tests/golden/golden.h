#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * golden_init:
 *
 * Opens the display and a dark style of fixed colours; FALSE without a display. With `--show DIR` among the
 * arguments, pictures are written there, with texts, and nothing is compared: for looking at them.
 */
gboolean golden_init (int *argc, char ***argv);
/**
 * golden_check_widget:
 * @widget: (transfer floating): drawn offscreen in @width × @height, then destroyed
 * @prepare: (nullable): called once the widget has its size
 *
 * Compares with tests/golden/reference/@name.png. Texts are off: fonts differ between machines.
 */
void golden_check_widget (const char *name, GtkWidget *widget, int width, int height,
                          void (*prepare) (GtkWidget *widget));
/**
 * golden_check_texture:
 *
 * On failure writes @name.out.png, .ref.png and .diff.png into the build folder and fails the test.
 * MSM_UPDATE_GOLDEN=1 rewrites the reference.
 */
void golden_check_texture (const char *name, GdkTexture *texture);

G_END_DECLS
