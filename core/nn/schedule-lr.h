#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MSM_LR_CONSTANT,
  MSM_LR_COSINE,
  MSM_LR_LINEAR,
} MsmLrDecay;

/* The learning rate of a training: linear warm-up over steps, then decay over the training's progress. */
typedef struct
{
  MsmLrDecay decay;
  double peak;
  double last;    /* the rate at the end, as a fraction of the peak */
  guint64 warmup; /* steps; 0: none */
} MsmLrSchedule;

/**
 * msm_lr_at:
 * @step: optimiser steps done before this one
 * @progress: 0 … 1 of the training, by steps or by time
 *
 * peak · min (1, (step + 1) / warmup) · d (progress), with d (p) = 1, last + (1 − last) (1 + cos π p) / 2,
 * or last + (1 − last) (1 − p).
 */
double msm_lr_at (const MsmLrSchedule *self, guint64 step, double progress);

G_END_DECLS
