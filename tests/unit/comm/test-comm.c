#include "config.h"

/* Processes that meet and add up, here as threads of one: the sums, their bits, and what is said when one goes away. */

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/comm/comm.h"
#include "core/comm/meeting.h"
#include "core/device/device.h"

#define SIZE 3
/* More than goes over at a time, and not a multiple of it. */
#define N    300001

typedef struct
{
  const char *folder;
  const char *device;
  int rank;
  float *result; /* [N] */
  double doubles[2];
  char *description;
  char *failure; /* of the sum after rank 2 has gone */
} Member;

static const struct How
{
  const char *device;
  const char *group; /* MSM_FAKE_GROUP */
  const char *description;
} on_host = { "cpu", "", "3 processes, sums over TCP (this device has no group)" }, through_host = { "cuda", "", NULL },
  in_group = { "cuda", "1", "3 processes, sums on the devices" };

static float
value_of (int rank, int i)
{
  return (float) (1.0 / (1 + i % 1009) + rank * 1e-3 * i);
}

static gpointer
take_part (gpointer data)
{
  Member *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = msm_device_open (self->device, &error);
  g_autoptr (MsmComm) comm =
      device != NULL ? msm_comm_new (self->rank, SIZE, self->folder, device, NULL, &error) : NULL;
  g_autoptr (MsmTensor) x = comm != NULL ? msm_tensor_new (device, MSM_F32, msm_shape1 (N), &error) : NULL;

  g_assert_no_error (error);
  for (int i = 0; i < N; i++)
    self->result[i] = value_of (self->rank, i);
  msm_tensor_upload (x, self->result);
  self->doubles[0] = 1;
  self->doubles[1] = self->rank / 3.0;
  self->description = g_strdup (msm_comm_description (comm));
  g_assert_true (msm_comm_sum_doubles (comm, self->doubles, 2, &error));
  g_assert_true (msm_comm_sum (comm, x, &error));
  msm_tensor_download (x, self->result);
  if (self->rank == 2 || g_str_equal (self->description, in_group.description))
    return NULL; /* who waits for a device that is gone waits, as with NCCL */
  if (!msm_comm_sum (comm, x, &error))
    self->failure = g_strdup (error->message);
  return NULL;
}

static void
test_sum (gconstpointer data)
{
  const struct How *how = data;
  g_autofree char *folder = g_dir_make_tmp ("msm-comm-XXXXXX", NULL);
  g_autofree char *meeting = g_build_filename (folder, "meeting", NULL);
  Member members[SIZE];
  GThread *threads[SIZE];

  g_setenv ("MSM_FAKE_GROUP", how->group, TRUE);
  /* An invitation that nobody stands by any more, as a training that was killed leaves it. */
  g_assert_true (g_file_set_contents (meeting, "msm-meeting 000102030405060708090a0b0c0d0e0f 9 127.0.0.1", -1, NULL));
  for (int r = SIZE - 1; r >= 0; r--)
    {
      members[r] = (Member){ .folder = folder, .device = how->device, .rank = r, .result = g_new0 (float, N) };
      threads[r] = g_thread_new ("member", take_part, &members[r]);
    }
  for (int r = 0; r < SIZE; r++)
    g_thread_join (threads[r]);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat (members[0].result[i], ==, value_of (0, i) + value_of (1, i) + value_of (2, i));
  for (int r = 0; r < SIZE; r++)
    {
      g_assert_cmpmem (members[r].result, N * sizeof (float), members[0].result, N * sizeof (float));
      g_assert_cmpfloat (members[r].doubles[0], ==, 3);
      g_assert_cmpfloat (members[r].doubles[1], ==, 0 + 1 / 3.0 + 2 / 3.0);
      if (how->description != NULL)
        g_assert_cmpstr (members[r].description, ==, how->description);
      else /* the first one knows why; the others that not all can */
        g_assert_cmpstr (members[r].description, ==,
                         r == 0 ? "3 processes, sums over TCP (the fake GPU forms no groups)"
                                : "3 processes, sums over TCP (not all have a group)");
    }
  if (how != &in_group)
    g_assert_cmpstr (members[0].failure, ==, "process 3 of 3 is gone, and process 1 cannot go on alone");
  if (how != &in_group)
    g_assert_cmpstr (members[1].failure, ==, "process 1 of 3 is gone, and process 2 cannot go on alone");
  for (int r = 0; r < SIZE; r++)
    {
      g_free (members[r].result);
      g_free (members[r].description);
      g_free (members[r].failure);
    }
  g_assert_false (g_file_test (meeting, G_FILE_TEST_EXISTS));
  g_rmdir (folder);
}

/* Somebody else who knocks is sent away, and who does not come is missed. */
static void
test_missing (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-comm-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  int sockets[2];

  g_assert_false (msm_meeting_hold (0, 2, folder, NULL, 0.2, sockets, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "only 1 of 2 processes came to "));
  g_clear_error (&error);
  g_assert_false (msm_meeting_hold (1, 2, folder, NULL, 0.2, sockets, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "process 2 of 2 found no other one"));
  g_clear_error (&error);
  {
    g_autoptr (MsmCancel) cancel = msm_cancel_new ();

    msm_cancel_request (cancel, MSM_CANCEL_NOW);
    for (int rank = 0; rank < 2; rank++)
      {
        g_assert_false (msm_meeting_hold (rank, 2, folder, NULL, 1e6, sockets, cancel, &error));
        g_assert_error (error, MSM_ERROR, MSM_ERROR_CANCELLED);
        g_clear_error (&error);
      }
  }
  g_rmdir (folder);
}

/* One side of a meeting of two, in a thread. */
typedef struct
{
  const char *folder;
  int rank;
  double seconds;
  int sockets[2];
  gboolean met;
} Side;

static gpointer
meet (gpointer data)
{
  Side *self = data;

  self->met = msm_meeting_hold (self->rank, 2, self->folder, "127.0.0.1", self->seconds, self->sockets, NULL, NULL);
  return NULL;
}

/* What FOLDER/meeting says, once it is there. (transfer full) */
static char **
wait_for_invitation (const char *path)
{
  g_autofree char *text = NULL;

  while (!g_file_get_contents (path, &text, NULL, NULL))
    g_usleep (1000);
  return g_strsplit (text, " ", -1);
}

static int
connect_to (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
  int s = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (connect (s, (struct sockaddr *) &address, sizeof address), ==, 0);
  return s;
}

/* More strangers than a meeting has time for one after the other, who connect and say nothing: the two meet. */
static void
test_silent_strangers (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-comm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "meeting", NULL);
  Side host = { folder, 0, 30, { -1, -1 }, FALSE }, guest = { folder, 1, 30, { -1, -1 }, FALSE };
  GThread *threads[2];
  g_auto (GStrv) words = NULL;
  int strangers[100];
  GStatBuf info;
  char byte = 1;

  threads[0] = g_thread_new ("host", meet, &host);
  words = wait_for_invitation (path);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (g_strv_length (words), ==, 4); /* one address: nothing else of the machine is open */
  g_assert_cmpstr (words[3], ==, "127.0.0.1");
  for (gsize i = 0; i < G_N_ELEMENTS (strangers); i++)
    strangers[i] = connect_to (atoi (words[2]));
  threads[1] = g_thread_new ("guest", meet, &guest);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  g_assert_true (host.met);
  g_assert_true (guest.met);
  /* The two ends of one connection. */
  g_assert_cmpint (send (guest.sockets[0], &byte, 1, 0), ==, 1);
  byte = 0;
  g_assert_cmpint (recv (host.sockets[1], &byte, 1, 0), ==, 1);
  g_assert_cmpint (byte, ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (strangers); i++)
    close (strangers[i]);
  close (guest.sockets[0]);
  close (host.sockets[1]);
  g_rmdir (folder);
}

/* A guest with another secret is not let in, whatever it says about itself, and does not believe the host either. */
static void
test_other_secret (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-comm-XXXXXX", NULL), *other = g_dir_make_tmp ("msm-comm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "meeting", NULL),
                  *forged = g_build_filename (other, "meeting", NULL);
  Side host = { folder, 0, 1.5, { -1, -1 }, FALSE }, guest = { other, 1, 1, { -1, -1 }, FALSE };
  GThread *threads[2];
  g_auto (GStrv) words = NULL;
  g_autofree char *text = NULL;

  threads[0] = g_thread_new ("host", meet, &host);
  words = wait_for_invitation (path);
  words[1][0] = words[1][0] == '0' ? '1' : '0';
  text = g_strjoinv (" ", words);
  g_assert_true (g_file_set_contents (forged, text, -1, NULL));
  threads[1] = g_thread_new ("guest", meet, &guest);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  g_assert_false (host.met);
  g_assert_false (guest.met);
  g_unlink (forged);
  g_rmdir (other);
  g_rmdir (folder);
}

/* Somebody who listens at the address of the invitation, and repeats what he hears, is not taken for the host. */
static void
test_impostor (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-comm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "meeting", NULL);
  g_autofree char *text = NULL, *secret = g_strnfill (64, 'a');
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  Side guest = { folder, 1, 1, { -1, -1 }, FALSE };
  char heard[256] = { 0 };
  int listening = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), s;
  GThread *thread;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (listening, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listening, 8), ==, 0);
  g_assert_cmpint (getsockname (listening, (struct sockaddr *) &address, &length), ==, 0);
  text = g_strdup_printf ("msm-meeting %s %d 127.0.0.1", secret, ntohs (address.sin_port));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  thread = g_thread_new ("guest", meet, &guest);
  s = accept (listening, NULL, NULL);
  g_assert_cmpint (send (s, heard, 32, MSG_NOSIGNAL), ==, 32); /* a number */
  g_assert_cmpint (recv (s, heard, 72, MSG_WAITALL), ==, 72);  /* the greeting; its proof is its end */
  g_assert_cmpint (send (s, heard + 40, 32, MSG_NOSIGNAL), ==, 32);
  g_assert_cmpint (recv (s, heard, 1, 0), <=, 0);
  g_thread_join (thread);
  g_assert_false (guest.met);
  close (s);
  close (listening);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_environment (void)
{
  static const char *const names[] = {
    "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "PMI_RANK",     "PMI_SIZE",
    "MPI_LOCALRANKID",      "SLURM_PROCID",         "SLURM_STEP_NUM_TASKS",       "SLURM_LOCALID"
  };
  int rank, size, local;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_unsetenv (names[i]);
  g_assert_false (msm_comm_environment (&rank, &size, &local));
  g_assert_cmpint (size, ==, 1);
  /* A batch script without srun is one process, whatever the job's number of tasks. */
  g_setenv ("SLURM_PROCID", "0", TRUE);
  g_setenv ("SLURM_NTASKS", "4", TRUE);
  g_assert_false (msm_comm_environment (&rank, &size, &local));
  g_setenv ("SLURM_PROCID", "5", TRUE);
  g_setenv ("SLURM_STEP_NUM_TASKS", "8", TRUE);
  g_setenv ("SLURM_LOCALID", "1", TRUE);
  g_assert_true (msm_comm_environment (&rank, &size, &local));
  g_assert_cmpint (rank, ==, 5);
  g_assert_cmpint (size, ==, 8);
  g_assert_cmpint (local, ==, 1);
  /* mpirun within a job of Slurm. */
  g_setenv ("OMPI_COMM_WORLD_RANK", "1", TRUE);
  g_setenv ("OMPI_COMM_WORLD_SIZE", "2", TRUE);
  g_assert_true (msm_comm_environment (&rank, &size, &local));
  g_assert_cmpint (rank, ==, 1);
  g_assert_cmpint (size, ==, 2);
  g_setenv ("OMPI_COMM_WORLD_RANK", "two", TRUE);
  g_unsetenv ("SLURM_STEP_NUM_TASKS");
  g_assert_false (msm_comm_environment (&rank, &size, &local));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("MSM_FAKE_MEMORY", "16777216", TRUE);
  g_test_add_func ("/comm/environment", test_environment); /* before there are threads */
  g_test_add_data_func ("/comm/sum", &on_host, test_sum);
  g_test_add_data_func ("/comm/sum-through-host", &through_host, test_sum);
  g_test_add_data_func ("/comm/sum-in-group", &in_group, test_sum);
  g_test_add_func ("/comm/missing", test_missing);
  g_test_add_func ("/comm/silent-strangers", test_silent_strangers);
  g_test_add_func ("/comm/other-secret", test_other_secret);
  g_test_add_func ("/comm/impostor", test_impostor);
  return g_test_run ();
}
