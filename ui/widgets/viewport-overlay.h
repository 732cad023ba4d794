#pragma once

#include <gtk/gtk.h>

#include "core/render/render.h"

G_BEGIN_DECLS

/* What lies over the picture of a pane. Texts may be NULL. */
typedef struct
{
  const char *title;
  gboolean hides_title; /* its room stays empty */
  const char *subtitle;
  const char *roi;      /* third line */
  const char *mode;     /* top right */
  const char *position; /* bottom left, first line */
  const char *value;    /* bottom left, second line */
  const char *window;   /* bottom right */
  const char *edges;    /* letters in the middle of the left, right, top and bottom edge */
  gboolean has_color_bar;
  MsmColormap colormap;
  double low, high;
  gboolean is_full_turn; /* low and high are −π and π */
} MsmViewportOverlay;

/* The corners' texts and the colour bar, leaving out what a small pane has no room for. */
void msm_viewport_overlay_draw (GtkWidget *widget, GtkSnapshot *snapshot, double width, double height,
                                const MsmViewportOverlay *overlay);
/* Two lines through (@x, @y) with a gap, so that the pixel in question stays visible. */
void msm_viewport_crosshair_draw (GtkSnapshot *snapshot, double width, double height, double x, double y, double gap);

G_END_DECLS
