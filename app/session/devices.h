#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a run can compute on, as the window's menu shows it. */
typedef struct
{
  char *name;  /* as msm_session_set_device() takes it */
  char *label; /* "cuda: NVIDIA H100 80GB HBM3, …", or why it cannot be used */
  gboolean usable;
} MsmDeviceChoice;

/* Looks for them in a thread: a GPU takes its time to wake up, and is tried out. */
void msm_devices_list_async (GAsyncReadyCallback func, gpointer data);
/* (element-type MsmDeviceChoice) (transfer full) */
GPtrArray *msm_devices_list_finish (GAsyncResult *result);

G_END_DECLS
