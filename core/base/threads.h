#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * msm_threads_bound_waiting:
 * @argv: of main()
 *
 * Lets threads of OpenMP that wait for others spin for a short time only before they sleep, unless the user has chosen
 * (OMP_WAIT_POLICY, GOMP_SPINCOUNT). libgomp reads that once, before main(): so the program starts itself anew with the
 * variable set, in the same process. Call it first in main(). Where it cannot, all goes on as it is.
 */
void msm_threads_bound_waiting (char **argv);

G_END_DECLS
