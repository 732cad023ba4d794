#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* A program that reads files of one kind for this one. */
typedef struct
{
  const char *program; /* "msm-reader" */
  const char *library; /* whose faults it keeps away, for messages: "HDF5" */
} MsmReaderKind;

/* One that runs, and the socket to it. */
typedef struct
{
  const MsmReaderKind *kind;
  pid_t pid;
  int socket;
} MsmReaderProcess;

/* Finds the program (beside the build, then where it is installed) and starts it. MSM_ERROR_FILE. */
gboolean msm_reader_process_start (MsmReaderProcess *self, const MsmReaderKind *kind, GError **error);
/*
 * Waits for its end: @has_left when it closed the socket itself, else it is ended here.
 * Returns: (transfer full): what its end says of the file, for “@path: …”
 */
char *msm_reader_process_stop (MsmReaderProcess *self, gboolean has_left);

G_END_DECLS
