#include "config.h"

#include "core/base/threads.h"

#include <unistd.h>

/* About as long as it takes to wake a sleeping thread; docs/speed.md compares. */
#define SPINS "3000"

void
msm_threads_bound_waiting (char **argv)
{
  g_autofree char *program = NULL;

  if (g_getenv ("OMP_WAIT_POLICY") != NULL || g_getenv ("GOMP_SPINCOUNT") != NULL)
    return;
  /* Its name, not the link's: the process is called after it. */
  program = g_file_read_link ("/proc/self/exe", NULL);
  if (program != NULL && g_setenv ("GOMP_SPINCOUNT", SPINS, FALSE))
    execv (program, argv);
}
