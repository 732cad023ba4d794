#pragma once

#include <gio/gio.h>

#include "core/io/scan.h"

G_BEGIN_DECLS

/*
 * Opening and reading in a GTask thread. A scan is used from one thread at a time: its owner starts no
 * second read before the first has finished.
 */
/* @options: (nullable): copied */
void msm_scan_loader_open_async (const char *path, const MsmScanOptions *options, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
/* (transfer full) */
MsmScan *msm_scan_loader_open_finish (GAsyncResult *result, GError **error);
/* One slice; a cancelled GCancellable stops it at the reader's next poll. */
void msm_scan_loader_read_async (MsmScan *scan, gsize slice, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data);
/*
 * (transfer full): sealed, as msm_scan_read() gives it. @truth: (out) (transfer full): the reference of a
 * simulation, sealed, or NULL where the file holds none.
 */
MsmTensor *msm_scan_loader_read_finish (GAsyncResult *result, MsmTensor **truth, GError **error);

G_END_DECLS
