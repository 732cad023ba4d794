#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MSM_PRINTABLE_LINE, /* an error: one line, and no longer than anybody reads */
  MSM_PRINTABLE_TEXT, /* several lines; a word that no name has is cut in its middle */
  MSM_PRINTABLE_JSON  /* the same value as JSON; nothing is cut */
} MsmPrintable;

/*
 * @text, which may hold what somebody wrote into a file, as a terminal may have it: control characters, those that
 * turn the direction of writing, and bytes that are not UTF-8 are written out ("\x1b", "\u202e"), so that none of them
 * is obeyed. (transfer full)
 */
char *msm_printable (const char *text, MsmPrintable how);

G_END_DECLS
