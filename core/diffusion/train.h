#pragma once

#include "core/dataset/dataset.h"
#include "core/diffusion/loss.h"
#include "core/nn/unet.h"

G_BEGIN_DECLS

/* The trainer: an iterator as samplers are. prepare (new or resumed), then steps of the optimiser. */
typedef struct _MsmTrainer MsmTrainer;

#define MSM_TRAIN_BANDS 8

typedef struct
{
  guint64 step;            /* optimiser steps done */
  guint64 n_images;        /* images seen */
  double  loss;            /* of this step */
  double  lr, gradient_norm;
  double  images_per_s;
  double  seconds_left;
  double  band_error[MSM_TRAIN_BANDS]; /* running ŝ error / signal power per σ-band; NaN: none yet */
  gboolean has_validation; /* this step ended with a validation: */
  double  validation[MSM_TRAIN_BANDS];
  gboolean saved;          /* a checkpoint was written */
} MsmTrainInfo;

G_END_DECLS
