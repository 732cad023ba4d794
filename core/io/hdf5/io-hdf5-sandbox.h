#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * msm-reader gives up what reading one scan does not need, for good: new privileges; by Landlock, where the kernel has
 * it, all files but those of @folder and of the system's libraries; by seccomp other programs, sockets, and writing. A
 * damaged file that takes the library over finds nothing to take. Where the kernel lacks a part, the others hold.
 */
void msm_h5_sandbox_enter (const char *folder);

G_END_DECLS
