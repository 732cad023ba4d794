#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The other end of reader.h, for the main() of a reader: requests come over standard input, which is a socket. A reader
 * may be ended by damaged files at any time; nothing depends on it but the scan that it reads for.
 */
enum
{
  MSM_READER_SOCKET = 0
};

#define MSM_READER_MAX_NUMBERS 8

typedef struct
{
  guint32 op;
  char *name;
  gsize start[MSM_READER_MAX_NUMBERS], count[MSM_READER_MAX_NUMBERS]; /* the rest is zero */
} MsmReaderRequest;

/* FALSE ends the program. */
typedef gboolean (*MsmReaderAnswer) (const MsmReaderRequest *request, gpointer data);

/* Bounds memory, then hands each request to @answer until the program has left or @answer gives up. Does not return. */
G_NORETURN void msm_reader_serve (MsmReaderAnswer answer, gpointer data);
/*
 * Processor time from now on: 1 s, and as much as reading @n_bytes takes at the most. Damage can send a library round
 * in a circle, and this is how long a user waits for that.
 */
void msm_reader_limit_time (double n_bytes);
/* FALSE: the program is gone. @error: NULL is success. @texts: (element-type utf8) or NULL */
gboolean msm_reader_reply (const GError *error, const guint64 *numbers, gsize n_numbers, GPtrArray *texts);
/* A reply with raw data behind it. */
gboolean msm_reader_reply_bytes (const void *bytes, gsize n_bytes);

G_END_DECLS
