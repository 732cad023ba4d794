#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Called after each file, with how many are through and how many there are; FALSE stops. */
typedef gboolean (*MsmDicomProgress) (gsize n_done, gsize n_all, gpointer data);

typedef struct
{
  const char *host;
  guint port;
  const char *called, *calling; /* application entity titles */
  double timeout_s;             /* of each wait for the other end: to connect, to associate, for an answer */
} MsmDicomPeer;

/**
 * msm_dicom_send:
 * @paths: DICOM files
 * @n_sent: (out): how many the other end has stored
 *
 * C-STORE of each file, as it is or uncompressed, and the status of each answer looked at. No wait is longer than the
 * timeout.
 *
 * Returns: %TRUE when all are stored; else %FALSE with MSM_ERROR_FILE (which end failed, at which file, with which
 * status) or MSM_ERROR_CANCELLED
 */
gboolean msm_dicom_send (const MsmDicomPeer *peer, const char *const *paths, MsmDicomProgress progress, gpointer data,
                         gsize *n_sent, GError **error);

G_END_DECLS
