#include "config.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands/command.h"
#include "core/io/dicom/dcmtk-send.h"
#include "core/io/dicom/dicom-probe.h"

static const MsmParam send_params[] = {
  { "to", MSM_PARAM_TEXT, .help = N_("The archive, as host:port") },
  { "called", MSM_PARAM_TEXT, .def_text = "ANY-SCP", .help = N_("Its application entity title") },
  { "calling", MSM_PARAM_TEXT, .def_text = "MSMSTUDIO", .help = N_("The title that this program gives itself") },
  { "timeout", MSM_PARAM_FLOAT, 1, 3600, 30, .unit = "s", .help = N_("Longest wait for the archive") },
  { NULL },
};

/* For Ctrl-C: the file that is under way is finished, and the association ended in order. */
static MsmCancel *interrupt;

static void
on_interrupt (int number)
{
  msm_cancel_request (interrupt, MSM_CANCEL_NOW);
  /* The second one ends the program at once. */
  signal (number, SIG_DFL);
}

static gboolean
is_dicom (const char *path)
{
  FILE *file = g_fopen (path, "rb");
  guint8 head[256] = { 0 };
  gsize n = file != NULL ? fread (head, 1, sizeof head, file) : 0;

  if (file != NULL)
    fclose (file);
  return msm_dicom_is_head (head, n);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* @path itself, or the DICOM files of a folder and of those in it, by name. */
static gboolean
add_files (GPtrArray *files, const char *path, int depth, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  GStatBuf info;

  if (g_stat (path, &info) != 0 || g_access (path, R_OK) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return FALSE;
    }
  if (S_ISREG (info.st_mode))
    {
      if (is_dicom (path))
        g_ptr_array_add (files, g_strdup (path));
      else if (depth == 0)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: is not DICOM, expected DICOM files or a folder"),
                       path);
          return FALSE;
        }
      return TRUE;
    }
  dir = S_ISDIR (info.st_mode) && depth < 12 ? g_dir_open (path, 0, error) : NULL;
  if (dir == NULL)
    return error == NULL || *error == NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    if (!add_files (files, names->pdata[i], depth + 1, error))
      return FALSE;
  return TRUE;
}

/* “host:port”, the host perhaps an IPv6 address with colons of its own. (transfer full): the host */
static char *
parse_peer (const char *text, guint *port, GError **error)
{
  const char *colon = strrchr (text, ':');
  guint64 number;

  if (colon == NULL || colon == text || !g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &number, NULL))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--to: expected host:port, found “%s”"), text);
      return NULL;
    }
  *port = (guint) number;
  return g_strndup (text, (gsize) (colon - text));
}

static gboolean
check_title (const char *flag, const char *title, GError **error)
{
  if (title[0] != '\0' && strlen (title) <= 16 && strchr (title, '\\') == NULL)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--%s: a title has 1 to 16 characters, found “%s”"), flag, title);
  return FALSE;
}

static gboolean
on_progress (gsize n_done, gsize n_all, gpointer data)
{
  if (isatty (STDERR_FILENO))
    fprintf (stderr, "\r%zu / %zu%s", n_done, n_all, n_done == n_all ? "\n" : "");
  return msm_cancel_get_level (interrupt) == MSM_CANCEL_NO;
}

static int
send_files (const MsmParams *params, const GPtrArray *paths)
{
  const struct sigaction action = { .sa_handler = on_interrupt };
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *host = NULL;
  MsmDicomPeer peer = { .called = msm_params_get_text (params, "called"),
                        .calling = msm_params_get_text (params, "calling"),
                        .timeout_s = msm_params_get_number (params, "timeout") };
  GError *error = NULL;
  gsize n_sent = 0;
  gboolean ok;

  host = parse_peer (msm_params_get_text (params, "to"), &peer.port, &error);
  if (host == NULL || !check_title ("called", peer.called, &error) || !check_title ("calling", peer.calling, &error))
    return msm_command_usage (&msm_command_send, error);
  peer.host = host;
  for (guint i = 0; i < paths->len; i++)
    if (!add_files (files, paths->pdata[i], 0, &error))
      return msm_command_failed (error);
  if (files->len == 0)
    return msm_command_failed (
        g_error_new (MSM_ERROR, MSM_ERROR_FORMAT, _("%s: a folder without DICOM files"), (char *) paths->pdata[0]));
  g_ptr_array_add (files, NULL);
  interrupt = msm_cancel_new ();
  sigaction (SIGINT, &action, NULL);
  ok = msm_dicom_send (&peer, (const char *const *) files->pdata, on_progress, NULL, &n_sent, &error);
  signal (SIGINT, SIG_DFL);
  g_clear_pointer (&interrupt, msm_cancel_unref);
  if (!ok)
    return msm_command_failed (error);
  printf (_("%zu files are stored at %s:%u (%s)\n"), n_sent, peer.host, peer.port, peer.called);
  return MSM_EXIT_OK;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (send_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_send, options, argc, argv, 1, G_MAXUINT, &status))
    return status;
  return send_files (params, msm_options_files (options));
}

const MsmCommand msm_command_send = {
  "send",
  "FILE|FOLDER… --to HOST:PORT [flags]",
  N_("Send DICOM files to an archive (C-STORE)"),
  N_("Each file's answer is looked at: exit code 0 means that all of them are stored. Nothing is encrypted."),
  run,
};
