#pragma once

#include "core/io/reader/reader-process.h"

G_BEGIN_DECLS

/*
 * The program's end: one file (or folder) that a process of its own reads (reader-wire.h). When that process crashes,
 * does not answer or answers nonsense, this call and every later one is MSM_ERROR_FORMAT, which names the file and says
 * why. A request, its reply and the raw data are one: the caller holds `mutex` from msm_reader_ask() until they are
 * read.
 */
typedef struct
{
  char *path;
  GMutex mutex;
  MsmReaderProcess process;
  char *cause; /* why there is no process any more, or NULL */
} MsmReader;

/*
 * Starts a process for @path, which must exist and be readable; asks it nothing yet. MSM_ERROR_FILE.
 * @n_bytes: how much there is to read at most, which a slow disk is given time for
 */
MsmReader *msm_reader_new (const MsmReaderKind *kind, const char *path, double n_bytes, GError **error);
void msm_reader_free (MsmReader *self);
/* How long a request may go without an answer before it fails. */
void msm_reader_set_patience (MsmReader *self, double seconds);
/* One request and its reply; raw data may follow. @n: of @start and of @count. (transfer full) */
GVariant *msm_reader_ask (MsmReader *self, guint32 op, const char *name, const gsize *start, const gsize *count,
                          gsize n, GError **error);
/* The reply's number @index; 0 when it has fewer. */
guint64 msm_reader_number (GVariant *reply, gsize index);
/* (transfer full): never NULL; as they came, so perhaps not UTF-8 */
char **msm_reader_texts (GVariant *reply);
/* The raw data that follow @reply, which must be as many bytes as the caller has room for. */
gboolean msm_reader_receive (MsmReader *self, GVariant *reply, void *out, gsize n_bytes, GError **error);
/* The process is of no more use (@has_left: it closed the socket itself): FALSE with @error, now and from now on. */
gboolean msm_reader_lose (MsmReader *self, gboolean has_left, GError **error);
/* FALSE with @error when the process has ended: what calls without a GError returned is void then. Takes the mutex. */
gboolean msm_reader_check (MsmReader *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmReader, msm_reader_free)

G_END_DECLS
