#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Flag of commands that share their work out over processes. */
#define MSM_PROCESSES_FLAG                                                                                             \
  {                                                                                                                    \
    "processes", MSM_PARAM_INT, .min = 1, .max = 1024, .def = 1,                                                       \
                                .help = N_("Share the work out over so many processes, each with a GPU of its own")    \
  }

/*
 * The program's own command line again, @n times at once, numbered as mpirun would; waits for all. @together: when one
 * fails, the others are asked to end. An exit status.
 */
int msm_command_launch (int n, gboolean together);

G_END_DECLS
