#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * msm_try_new:
 * @type, @n: @n items of @type, all zero
 *
 * For whatever grows with an image, a slice or a volume: g_new() would end the program where memory runs out.
 * Returns: (transfer full): to be freed with g_free(); or %NULL with MSM_ERROR_MEMORY: how much was asked for
 */
#define msm_try_new(type, n, error) ((type *) msm_try_alloc ((n), sizeof (type), (error)))

gpointer msm_try_alloc (gsize n, gsize item, GError **error);

/*
 * From now on blocks of images' size go back to the system when they are freed. The C library learns otherwise: after
 * the first large block it takes all others out of its arenas, and in a program that lives for hours those keep what
 * was freed between two blocks that are still in use. Of the whole process; for the window, not for the terminal, where
 * a command's memory is planned once.
 */
void msm_memory_give_back (void);

G_END_DECLS
