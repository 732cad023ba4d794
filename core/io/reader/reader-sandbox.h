#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A reader gives up what reading one scan does not need, for good: new privileges; by Landlock, where the kernel has
 * it, all files but those of @paths (folders or single files, NULL-terminated) and the system's libraries; by seccomp
 * other programs, sockets, and writing. A damaged file that takes the library over finds nothing to take. Where the
 * kernel lacks a part, the others hold.
 */
void msm_reader_sandbox_enter (const char *const *paths);

G_END_DECLS
