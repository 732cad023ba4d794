#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* A running msm-reader and the socket to it. */
typedef struct
{
  pid_t pid;
  int socket;
} MsmH5Process;

/* Finds msm-reader (beside the build, then where it is installed) and starts it. MSM_ERROR_FILE. */
gboolean msm_h5_process_start (MsmH5Process *self, GError **error);
/*
 * Waits for its end: @has_left when it closed the socket itself, else it is ended here.
 * Returns: (transfer full): what its end says of the file, for “@path: …”
 */
char *msm_h5_process_stop (MsmH5Process *self, gboolean has_left);

G_END_DECLS
