#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* By its name: ".safetensors". */
gboolean msm_weights_is_file (const char *path);
/* Network, numbers, and where they come from, as a weight file's header says. (transfer full): or %NULL */
char *msm_weights_describe (const char *path, gboolean json, GError **error);

G_END_DECLS
