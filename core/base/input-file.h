#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/*
 * Files that somebody else wrote. Only regular files are read: opening a pipe waits for a writer that may never
 * come, and a device has no end. A file may become shorter while it is open; through a mapping that would be a
 * signal (SIGBUS), so that nothing is mapped and a short read is an error.
 */
/* FALSE with MSM_ERROR_FILE unless @path, links followed, is a regular file. Does not open it, so never waits. */
gboolean msm_input_check (const char *path, GError **error);
/* As msm_input_check(), then opens @path to read: what was opened is checked again. %NULL with MSM_ERROR_FILE. */
FILE *msm_input_open (const char *path, GError **error);
/* Exactly @n bytes from byte @offset on, whatever the stream's position; any number of threads may read at once.
 * FALSE with MSM_ERROR_FILE, which names @path, when the file ends before. */
gboolean msm_input_read_at (FILE *file, const char *path, guint64 offset, void *dst, gsize n, GError **error);

G_END_DECLS
