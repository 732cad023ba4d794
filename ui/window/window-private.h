#pragma once

#include "ui/window/window.h"

G_BEGIN_DECLS

/* Shared by window.c (what follows the session), window-actions.c and window-header.c (the menus). */

struct _MsmWindow
{
  GtkApplicationWindow parent_instance;
  MsmSession *session;
  GtkWidget *slice;
  GtkWidget *n_slices;
  GtkWidget *coil;
  GtkWidget *spinner;
  GtkWidget *panes;
  GtkWidget *sides[2]; /* the panels at the left and at the right */
  GtkWidget *run_table;
  GtkWidget *timeline;
  GtkWidget *status;
  GtkWidget *errors;
  GtkWidget *window_low;
  GtkWidget *window_high;
  GtkWidget *train_panel;   /* NULL until it is asked for */
  GtkWidget *export_dialog; /* likewise */
  GtkFileChooserNative *chooser;
  gboolean updating;
  gint64 told_at; /* the status */
};

void msm_window_add_actions (MsmWindow *self);
/* Actions whose state is the panes'. */
void msm_window_follow_panes (MsmWindow *self);
/* What can be done now. */
void msm_window_update_actions (MsmWindow *self);
/* The title bar: opening, slice, coil, the run's buttons, the menu. */
GtkWidget *msm_window_header_new (MsmWindow *self);

G_END_DECLS
