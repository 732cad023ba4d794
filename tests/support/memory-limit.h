#pragma once

/* Little memory, for as long as a test wants it: what asks for more than is left is refused by the system. */

#include <glib.h>
#include <sys/resource.h>
#include <unistd.h>

/* @n_bytes more than the process has now; G_MAXSIZE: no limit again. FALSE where there are no limits. */
static gboolean
limit_memory (gsize n_bytes)
{
  struct rlimit limit;
  g_autofree char *text = NULL;

  if (getrlimit (RLIMIT_AS, &limit) != 0)
    return FALSE;
  if (n_bytes == G_MAXSIZE)
    limit.rlim_cur = limit.rlim_max;
  else if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    limit.rlim_cur = g_ascii_strtoull (text, NULL, 10) * (gsize) sysconf (_SC_PAGESIZE) + n_bytes;
  else
    return FALSE;
  return setrlimit (RLIMIT_AS, &limit) == 0;
}
