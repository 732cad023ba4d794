#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A folder that one process writes at a time. The lock is the kernel's, on a file ".lock" in the folder: it ends
 * with its process, however that ends, so that none is ever stale; the file's text only says who holds it.
 */
typedef struct MsmFolderLock MsmFolderLock;

/**
 * msm_folder_lock_new:
 *
 * Takes @folder, which exists, without waiting. Where the file system knows no locks there is none, and nothing is
 * refused.
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_FILE, which names the folder and whoever holds it
 */
MsmFolderLock *msm_folder_lock_new (const char *folder, GError **error);
/* Gives the folder back and removes the file. NULL is nothing. */
void msm_folder_lock_free (MsmFolderLock *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFolderLock, msm_folder_lock_free)

G_END_DECLS
