#include "config.h"

#include "app/session/scan-loader.h"

#include "app/setup/address.h"

typedef struct
{
  char *path;
  char *group;
  GHashTable *indices;
} Open;

static void
open_free (gpointer data)
{
  Open *open = data;

  g_free (open->path);
  g_free (open->group);
  g_clear_pointer (&open->indices, g_hash_table_unref);
  g_free (open);
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Open *open = data;
  MsmScanOptions options = { .group = open->group, .indices = open->indices };
  GError *error = NULL;
  MsmScan *scan = msm_scan_open (open->path, &options, &error);

  if (scan != NULL)
    g_task_return_pointer (task, scan, (GDestroyNotify) msm_scan_unref);
  else
    g_task_return_error (task, error);
}

void
msm_scan_loader_open_async (const char *path, const MsmScanOptions *options, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Open *open = g_new0 (Open, 1);

  open->path = g_strdup (path);
  if (options != NULL)
    {
      open->group = g_strdup (options->group);
      open->indices = msm_indices_copy (options->indices);
    }
  g_task_set_source_tag (task, msm_scan_loader_open_async);
  g_task_set_task_data (task, open, open_free);
  g_task_run_in_thread (task, open_in_thread);
}

MsmScan *
msm_scan_loader_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  MsmScan *scan;
  gsize slice;
  MsmTensor *truth;
} Read;

static void
read_free (gpointer data)
{
  Read *read = data;

  msm_scan_unref (read->scan);
  g_clear_pointer (&read->truth, msm_tensor_unref);
  g_free (read);
}

static void
request_stop (GCancellable *cancellable, gpointer data)
{
  msm_cancel_request (data, MSM_CANCEL_NOW);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Read *read = data;
  g_autoptr (MsmCancel) cancel = msm_cancel_new ();
  GError *error = NULL;
  MsmTensor *kspace;
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (request_stop), cancel, NULL);
  kspace = msm_scan_read (read->scan, read->slice, cancel, &error);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, id);
  if (kspace != NULL && read->scan->reference_is_truth)
    {
      read->truth = msm_scan_read_reference (read->scan, read->slice, &error);
      if (read->truth == NULL)
        g_clear_pointer (&kspace, msm_tensor_unref);
      else
        msm_tensor_seal (read->truth);
    }
  if (kspace == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  msm_tensor_seal (kspace);
  g_task_return_pointer (task, kspace, (GDestroyNotify) msm_tensor_unref);
}

void
msm_scan_loader_read_async (MsmScan *scan, gsize slice, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Read *read = g_new0 (Read, 1);

  read->scan = msm_scan_ref (scan);
  read->slice = slice;
  g_task_set_source_tag (task, msm_scan_loader_read_async);
  g_task_set_task_data (task, read, read_free);
  g_task_run_in_thread (task, read_in_thread);
}

MsmTensor *
msm_scan_loader_read_finish (GAsyncResult *result, MsmTensor **truth, GError **error)
{
  Read *read = g_task_get_task_data (G_TASK (result));

  *truth = g_steal_pointer (&read->truth);
  return g_task_propagate_pointer (G_TASK (result), error);
}
