#pragma once

#include "core/nn/adam.h"

G_BEGIN_DECLS

/*
 * A training's state in one safetensors file: the parameters (NAME), their moving average (ema.NAME) and
 * Adam's moments (adam.first.NAME, adam.second.NAME) in float32, and in the metadata the version, a hash
 * of all numbers and the counters below. A training that goes on from it repeats what an unbroken one does.
 */
#define MSM_CHECKPOINT_VERSION 1

typedef struct
{
  guint64 step;     /* optimiser steps done */
  guint64 n_images; /* images seen */
  guint64 seed;
  double seconds; /* of training so far */
} MsmCheckpoint;

/**
 * msm_checkpoint_save:
 * @average: an arena of the layout of @weights
 * @config: JSON of the network, so that the file says what it is of
 *
 * Replaces @path as a whole or not at all. MSM_ERROR_FILE, MSM_ERROR_MEMORY.
 */
gboolean msm_checkpoint_save (const char *path, const MsmCheckpoint *state, const char *config, MsmWeights *weights,
                              MsmTensor *average, MsmAdam *adam, GError **error);
/**
 * msm_checkpoint_load:
 *
 * Returns: %FALSE with MSM_ERROR_FILE, MSM_ERROR_VERSION (a newer program wrote it), MSM_ERROR_FORMAT (not
 * a checkpoint, or the hash differs), MSM_ERROR_SHAPE (of another network); the arenas are then undefined
 */
gboolean msm_checkpoint_load (const char *path, MsmCheckpoint *state, MsmWeights *weights, MsmTensor *average,
                              MsmAdam *adam, GError **error);

G_END_DECLS
