#pragma once

#include "core/device/device.h"
#include "core/problem/measure.h"
#include "core/linop/linop.h"
#include "core/mask/mask.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * What is to be reconstructed: y = H x + e (docs/method.md §7), built on one device and scaled so that x has a
 * maximum near 1 (core/calib/normalise.h); true value = scale · value here.
 *
 *   CS-MRI:                     kind MRI,   H = M F C,  x C64 [1, set, readout, phase], y = k-space
 *   an operator on an MR image: kind MRI,   H: C64 [1, 1, readout, phase] → any; k-space and mask are NULL
 *   an operator on a picture:   kind IMAGE, H: F32 [1, 1 or 3, row, column] → any, x in 0 … 1; no coils
 *
 * What the diffusion samplers call z is T x (core/problem/measure.h): F C x, or x.
 */
typedef struct
{
  MsmDevice *device;
  MsmMeasureKind kind;
  MsmLinop *op;        /* H: the image → the measurement */
  MsmTensor *y;        /* H's codomain, scaled; CS-MRI: the tensor `kspace` */
  char *operator_name; /* as in msm_operator_classes(), "sampling" for CS-MRI */
  char *operator_text; /* for the provenance: "blur std=3 taps=61"; or NULL */
  gsize n_channels;    /* of a picture: 1 or 3; 1 for MRI */

  MsmTensor *kspace;              /* CS-MRI: C64 [1, coil, readout, phase], masked, scaled; else NULL */
  MsmTensor *sens;                /* MRI: C64 [set, coil, readout, phase]; else NULL, and for methods that need none */
  MsmTensor *maps;                /* CS-MRI: host, the maps as estimated or given; NULL where sens is */
  MsmTensor *phase;               /* CS-MRI: host, e^{iφ} C64 [1, set, readout, phase] that sens took up; or NULL:
                                    an image as it is written is e^{iφ} x (core/calib/smooth-phase.h) */
  MsmMask *mask;                  /* CS-MRI: what is used of the k-space; else NULL */
  MsmTensor *mask_plane;          /* CS-MRI: F32 [readout, phase] on device; else NULL */
  MsmTensor *reference;           /* host, cropped, scaled, or NULL. MRI: F32 [1, 1, row, column] magnitude;
                                    pictures: F32 [1, channel, row, column] */
  gsize crop_readout, crop_phase; /* the shown part; 0 = all */
  double scale;
  double noise_std; /* per real component of y; 0 = unknown */
  const char *note; /* static, translatable: what was done otherwise than asked; or NULL */
} MsmProblem;

/**
 * msm_problem_set_sampling:
 * @self: with device, kspace, sens and mask_plane (or no mask_plane: all is sampled)
 *
 * Makes it the CS-MRI problem: op = M F C, y = kspace; without sens op stays NULL.
 * Returns: FALSE with MSM_ERROR_SHAPE when k-space, maps and mask do not fit, or MSM_ERROR_MEMORY
 */
gboolean msm_problem_set_sampling (MsmProblem *self, GError **error);
void msm_problem_free (MsmProblem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmProblem, msm_problem_free)

G_END_DECLS
