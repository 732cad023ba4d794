#pragma once

#include "core/dataset/picture.h"

G_BEGIN_DECLS

/* The slices of one magnitude volume while it is read: where the object is, which slices show enough of it. */
typedef struct _MsmVolume MsmVolume;

/* @aspect: height of a pixel / its width */
MsmVolume *msm_volume_new (gsize n_rows, gsize n_columns, double aspect);
void msm_volume_free (MsmVolume *self);
/* |slice| of @n pixels, complex or real; negative values of a real one are 0. */
void msm_volume_magnitude (MsmTensor *slice, float *to, gsize n);
/* @slice: [1, 1, row, column], magnitude or complex. FALSE when it is constant. */
gboolean msm_volume_add (MsmVolume *self, gsize index, MsmTensor *slice);
/* After the last slice: FALSE when no slice shows an object. */
gboolean msm_volume_is_usable (MsmVolume *self);
/**
 * msm_volume_picture:
 * @fine_size: points along the field of view that the picture will be drawn to; a picture of more than that
 *   is reduced through its k-space
 *
 * Returns: (transfer full): slice @index around the volume's object; %NULL without an error when the slice is
 *   missing, or lies outside the stack from the first to the last slice with 70 % of the fullest one's tissue
 */
MsmPicture *msm_volume_picture (MsmVolume *self, gsize index, gsize fine_size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmVolume, msm_volume_free)

G_END_DECLS
