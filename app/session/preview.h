#pragma once

#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* What a zero-filled preview is made from. Sealed tensors and an own mask: it crosses threads. */
typedef struct
{
  MsmTensor *kspace; /* sealed: C64 [1, coil, readout, phase], or an image [1, channel, row, column] */
  gboolean is_image;
  MsmMask *mask;                  /* NULL: everything */
  int coil;                       /* −1: all, combined */
  gsize crop_readout, crop_phase; /* 0: all */
  MsmTensor *truth;               /* (nullable) sealed, as shown: the reference of all coils together */
  gboolean wants_reference;       /* the scan is fully sampled: what is the whole k-space's image? */
} MsmPreviewInput;

/* Sealed host tensors, in the scan's own unit. */
typedef struct
{
  MsmTensor *zero_filled; /* RSS F32, or one coil C64 [1, 1, row, column] */
  MsmTensor *kspace;      /* F32 RSS over coils, or one coil C64 [1, 1, readout, phase], masked */
  MsmTensor *reference;   /* (nullable) as zero_filled, without the mask */
  MsmTensor *psf;         /* (nullable) F32 [1, 1, readout, phase]: the mask's point-spread function */
  double ms;
} MsmPreview;

/**
 * msm_preview_compute:
 *
 * zero_filled = √Σ_c |Fᴴ M y_c|², or Fᴴ M y_c of one coil. An image's k-space is that of its first channel.
 * In the compute thread, on @device (a host device).
 */
MsmPreview *msm_preview_compute (const MsmPreviewInput *input, MsmDevice *device, GError **error);
void msm_preview_free (MsmPreview *self);
void msm_preview_input_clear (MsmPreviewInput *input);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmPreview, msm_preview_free)

G_END_DECLS
