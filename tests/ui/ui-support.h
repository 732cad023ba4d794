#pragma once

#include "ui/window/window.h"
#include "tests/support/wait.h"

/* What the tests of the window share: a phantom's scan in a folder of its own, windows, and waiting. */

/* Long enough for a loaded machine; a test that gets there has failed. */
#define PATIENCE_US (60 * G_USEC_PER_SEC)

extern GtkApplication *ui_application;
extern char *ui_folder;
extern char *ui_scan_path; /* fully sampled, 4 coils, 64 × 64, two slices */

/* FALSE: there is no display. */
gboolean ui_init (int *argc, char ***argv);
/* Runs the tests and takes the folder away. */
int ui_run (void);
MsmWindow *ui_open_window (const char *path);
/* Waits for its preview. */
MsmWindow *ui_open_ready (const char *path);
void ui_close_window (MsmWindow *window);
/* The first widget of a type below @root, which counts; NULL when there is none. */
GtkWidget *ui_find (GtkWidget *root, GType type);
/* For the signal "failed": the newest message, in the place of the one before. */
void ui_keep_message (MsmSession *session, const char *message, char **copy);
/* Runs the method until it is done. */
MsmRunItem *ui_reconstruct (MsmWindow *window);
