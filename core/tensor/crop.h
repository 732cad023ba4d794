#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the shown @size of an axis of @n pixels begins: ⌊(n − size)/2⌋, as fastMRI's references are cropped. */
static inline gsize
msm_crop_first (gsize n, gsize size)
{
  return (n - size) / 2;
}

/*
 * Where the middle @size of an axis begins whose origin is at index n/2: k-space, and images that are transformed
 * again. The origin stays the origin, at size/2. From even to odd this is one more than msm_crop_first().
 */
static inline gsize
msm_centre_first (gsize n, gsize size)
{
  return n / 2 - size / 2;
}

G_END_DECLS
