#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The user's language, from the build folder's catalogues where the program was built, else from the installed ones. */
void msm_language_init (void);

G_END_DECLS
