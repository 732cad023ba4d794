#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* To standard output, of text that may hold what a file says: see msm_printable(). */
void msm_say (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* "msm: …" as one line to standard error, the line's end included. */
void msm_say_error (const char *format, ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
