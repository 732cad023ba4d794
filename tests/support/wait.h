#pragma once

#include <glib.h>

/* Runs the main loop until @condition holds; whoever includes this says how long that may take, in PATIENCE_US. */
#define WAIT_FOR(condition)                                                                                            \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 deadline = g_get_monotonic_time () + PATIENCE_US;                                                           \
    while (!(condition) && g_get_monotonic_time () < deadline)                                                         \
      if (!g_main_context_iteration (NULL, FALSE))                                                                     \
        g_usleep (500);                                                                                                \
    g_assert_true (condition);                                                                                         \
  }                                                                                                                    \
  G_STMT_END
