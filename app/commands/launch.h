#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The program's own command line again, @n times at once, numbered as mpirun would; waits for all. @together: when one
 * fails, the others are asked to end. An exit status.
 */
int msm_command_launch (int n, gboolean together);

G_END_DECLS
