#include "config.h"

#include "core/base/threads.h"

#include <unistd.h>

void
msm_threads_sleep_waiting (char **argv)
{
  if (g_getenv ("OMP_WAIT_POLICY") == NULL && g_getenv ("GOMP_SPINCOUNT") == NULL
      && g_setenv ("OMP_WAIT_POLICY", "passive", FALSE))
    execv ("/proc/self/exe", argv);
}
