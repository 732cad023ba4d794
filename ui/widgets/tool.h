#pragma once

#include "ui/widgets/viewport.h"

G_BEGIN_DECLS

/*
 * What a drag with the left button does over a picture. A tool is a row of the table in tool.c, and one is in hand for
 * all viewports of a model.
 */
typedef struct MsmTool
{
  const char *name;  /* "window" */
  const char *title; /* translatable */
  const char *help;  /* translatable: a sentence */
  const char *icon;
  const char *cursor; /* of CSS */
  guint key;          /* on a picture */
  MsmRoiShape shape;  /* what it draws, or NONE */
  /* @dx, @dy: since the press, in pixels of the screen; NULL: it draws @shape */
  void (*drag) (MsmViewport *viewport, double dx, double dy);
} MsmTool;

/* All of them, ended by NULL; the first sets the window, and is in hand at the start. */
const MsmTool *const *msm_tools (void);
/* NULL: there is none of that name. */
const MsmTool *msm_tool_find (const char *name);
/* NULL: none has that key. */
const MsmTool *msm_tool_of_key (guint key);

G_END_DECLS
