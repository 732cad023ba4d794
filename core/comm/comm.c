#include "config.h"

#include "core/comm/comm.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/socket.h"
#include "core/comm/meeting.h"
#include "core/device/device.h"

#define PATIENCE_SECONDS 300
/* Floats that are on their way at a time. */
#define PART             262144

struct _MsmComm
{
  int rank, size;
  int *sockets;      /* [size], see msm_meeting_hold() */
  MsmDevice *device; /* of the group, or NULL */
  MsmGroup *group;
  float *part, *other; /* [PART] */
  char *description;
};

static gboolean
number (const char *name, int *value)
{
  const char *text = g_getenv (name);
  gint64 n;

  if (text == NULL || !g_ascii_string_to_signed (text, 10, 0, G_MAXINT, &n, NULL))
    return FALSE;
  *value = (int) n;
  return TRUE;
}

gboolean
msm_comm_environment (int *rank, int *size, int *local_rank)
{
  /*
   * msm --processes, Open MPI, MPICH and others, Slurm: whose batch script has a rank and a number of tasks too, but
   * only srun makes steps of it.
   */
  static const char *const names[][3] = {
    { "MSM_RANK", "MSM_SIZE", "MSM_RANK" },
    { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK" },
    { "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID" },
    { "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (number (names[i][0], rank) && number (names[i][1], size) && *size > 1 && *rank < *size)
      {
        if (!number (names[i][2], local_rank))
          *local_rank = *rank;
        return TRUE;
      }
  *rank = *local_rank = 0;
  *size = 1;
  return FALSE;
}

MsmDevice *
msm_comm_open_device (const char *name, GError **error)
{
  g_autoptr (MsmDevice) first = msm_device_open (name, error);
  g_autofree char *own = NULL;
  MsmDevice *device = NULL;
  int rank, size, local_rank;

  if (first == NULL)
    return NULL;
  if (msm_comm_environment (&rank, &size, &local_rank) && local_rank > 0
      && g_str_equal (msm_device_name (first), "cuda"))
    {
      own = g_strdup_printf ("cuda:%d", local_rank);
      device = msm_device_open (own, NULL);
    }
  return device != NULL ? device : g_steal_pointer (&first);
}

/*
 * Where the first process listens: where MSM_ADDRESS says, or, when all were started on this machine by
 * msm --processes or are the only node's, nowhere but on it. NULL: on all of the machine's addresses.
 */
static const char *
meeting_address (int size)
{
  const char *chosen = g_getenv ("MSM_ADDRESS");
  int n;

  if (chosen != NULL && chosen[0] != '\0')
    return chosen;
  if (g_getenv ("MSM_RANK") != NULL || (number ("OMPI_COMM_WORLD_LOCAL_SIZE", &n) && n == size)
      || (number ("MPI_LOCALNRANKS", &n) && n == size) || (number ("SLURM_STEP_NUM_NODES", &n) && n == 1))
    return "127.0.0.1";
  return NULL;
}

static gboolean
gone (MsmComm *self, int rank, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("process %d of %d is gone, and process %d cannot go on alone"),
               rank + 1, self->size, self->rank + 1);
  return FALSE;
}

/* @n_bytes of rank 0, at most PART floats, to all. */
static gboolean
share (MsmComm *self, void *bytes, gsize n_bytes, GError **error)
{
  if (self->rank > 0)
    return msm_socket_receive (self->sockets[0], bytes, n_bytes) || gone (self, 0, error);
  for (int r = 1; r < self->size; r++)
    if (!msm_socket_send (self->sockets[r], bytes, n_bytes))
      return gone (self, r, error);
  return TRUE;
}

/* Rank 0 adds up what the others send, in their order, and sends the sum. */
gboolean
msm_comm_sum_doubles (MsmComm *self, double *x, gsize n, GError **error)
{
  g_autofree double *other = g_new (double, n);

  g_return_val_if_fail (self != NULL, FALSE);
  if (self->rank > 0 && !msm_socket_send (self->sockets[0], x, n * sizeof (double)))
    return gone (self, 0, error);
  for (int r = 1; self->rank == 0 && r < self->size; r++)
    {
      if (!msm_socket_receive (self->sockets[r], other, n * sizeof (double)))
        return gone (self, r, error);
      for (gsize i = 0; i < n; i++)
        x[i] += other[i];
    }
  return share (self, x, n * sizeof (double), error);
}

static gboolean
sum_part (MsmComm *self, float *x, gsize n, GError **error)
{
  if (self->rank > 0 && !msm_socket_send (self->sockets[0], x, n * sizeof (float)))
    return gone (self, 0, error);
  for (int r = 1; self->rank == 0 && r < self->size; r++)
    {
      if (!msm_socket_receive (self->sockets[r], self->other, n * sizeof (float)))
        return gone (self, r, error);
      for (gsize i = 0; i < n; i++)
        x[i] += self->other[i];
    }
  return share (self, x, n * sizeof (float), error);
}

gboolean
msm_comm_sum (MsmComm *self, MsmTensor *x, GError **error)
{
  MsmDevice *device = msm_tensor_device (x);
  const MsmDeviceOps *ops = msm_device_ops (device);
  MsmDeviceState *state = msm_device_state (device);
  gsize n = msm_tensor_size (x);

  g_return_val_if_fail (self != NULL && msm_tensor_dtype (x) == MSM_F32, FALSE);
  if (self->group != NULL && device == self->device)
    {
      ops->group->sum (state, self->group, msm_tensor_data (x), n);
      return msm_device_check (device, error);
    }
  for (gsize at = 0; at < n; at += PART)
    {
      float *from = (float *) msm_tensor_data (x) + at;
      float *part = ops->is_host ? from : self->part;
      gsize count = MIN (PART, n - at);

      if (!ops->is_host)
        ops->memory->download (state, part, from, count * sizeof (float));
      if (!sum_part (self, part, count, error))
        return FALSE;
      if (!ops->is_host)
        ops->memory->upload (state, from, part, count * sizeof (float));
    }
  return msm_device_check (device, error);
}

/* The devices' own group, where all of them can; @why says who cannot. FALSE with @error: somebody is gone. */
static gboolean
open_group (MsmComm *self, MsmDevice *device, char *why, gsize size, GError **error)
{
  const MsmGroupOps *ops = device != NULL ? msm_device_ops (device)->group : NULL;
  char id[MSM_GROUP_ID_BYTES] = { 0 };
  double n_able = ops != NULL;

  if (ops == NULL)
    g_strlcpy (why, _("this device has no group"), size);
  else if (self->rank == 0)
    n_able = ops->make_id (id, why, size) ? 1 : 0;
  if (!msm_comm_sum_doubles (self, &n_able, 1, error) || !share (self, id, sizeof id, error))
    return FALSE;
  if (n_able < self->size)
    {
      if (why[0] == '\0')
        g_strlcpy (why, _("not all have a group"), size);
      return TRUE;
    }
  self->group = ops->open (msm_device_state (device), id, self->rank, self->size, why, size);
  n_able = self->group != NULL;
  if (!msm_comm_sum_doubles (self, &n_able, 1, error))
    return FALSE;
  if (n_able == self->size)
    {
      self->device = msm_device_ref (device);
      return TRUE;
    }
  if (self->group != NULL)
    ops->close (msm_device_state (device), self->group);
  self->group = NULL;
  return TRUE;
}

MsmComm *
msm_comm_new (int rank, int size, const char *folder, MsmDevice *device, MsmCancel *cancel, GError **error)
{
  g_autoptr (MsmComm) self = g_new0 (MsmComm, 1);
  char why[256] = "";

  g_return_val_if_fail (size > 1 && rank >= 0 && rank < size && folder != NULL, NULL);
  self->rank = rank;
  self->size = size;
  self->sockets = g_new (int, size);
  self->part = g_new (float, PART);
  self->other = g_new (float, PART);
  if (!msm_meeting_hold (rank, size, folder, meeting_address (size), PATIENCE_SECONDS, self->sockets, cancel, error)
      || !open_group (self, device, why, sizeof why, error))
    return NULL;
  self->description = self->group != NULL ? g_strdup_printf (_("%d processes, sums on the devices"), size)
                                          : g_strdup_printf (_("%d processes, sums over TCP (%s)"), size, why);
  return g_steal_pointer (&self);
}

void
msm_comm_free (MsmComm *self)
{
  if (self == NULL)
    return;
  if (self->group != NULL)
    msm_device_ops (self->device)->group->close (msm_device_state (self->device), self->group);
  msm_device_unref (self->device);
  for (int r = 0; r < self->size; r++)
    if (self->sockets[r] >= 0)
      close (self->sockets[r]);
  g_free (self->sockets);
  g_free (self->part);
  g_free (self->other);
  g_free (self->description);
  g_free (self);
}

int
msm_comm_rank (const MsmComm *self)
{
  return self->rank;
}

int
msm_comm_size (const MsmComm *self)
{
  return self->size;
}

const char *
msm_comm_description (const MsmComm *self)
{
  return self->description;
}
