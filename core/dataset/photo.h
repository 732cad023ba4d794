#pragma once

#include "core/dataset/draw.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* A picture in memory, 8 bits a value, with copies of half, a quarter, … of its size for small views of it. */
typedef struct
{
  gsize n_channels, n_levels;
  gsize n_rows[12], n_columns[12];
  guint8 *pixels[12]; /* [channel, row, column]; 0 is −1 and 255 is 1 */
} MsmPhoto;

/* A square part of a picture. */
typedef struct
{
  double row, column, side; /* in pixels of the whole picture */
  gboolean is_mirrored;
} MsmCrop;

/**
 * msm_photo_new:
 * @picture: F32 [1, channel, row, column]
 * @highest: the value that becomes 1; 0 becomes −1
 * @n_channels: 1 or 3: grey is repeated, colours are weighted to grey (ITU-R BT.601)
 *
 * Returns: (transfer full): %NULL when every pixel has the same value
 */
MsmPhoto *msm_photo_new (MsmTensor *picture, double highest, gsize n_channels);
void msm_photo_free (MsmPhoto *self);
/*
 * A square of twice @size (so that it is sharp when reduced) up to the picture's short side, small ones as likely
 * as large ones; a mirror image half the time when @mirror.
 */
MsmCrop msm_crop_draw (const MsmPhoto *photo, guint64 key, gsize size, gboolean mirror);
/* @out [channel, size, size] in [−1, 1]: reduced with anti-aliasing. */
void msm_photo_view (const MsmPhoto *self, const MsmCrop *crop, float *out, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmPhoto, msm_photo_free)

G_END_DECLS
