#pragma once

#include "core/nn/safetensors.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * All parameters of a network in one arena of float32, with a twin of the same layout for the gradients,
 * and a table of names. Each parameter begins at a multiple of 16 floats; the padding is zero and stays
 * zero under every loop over the arena.
 */
typedef struct _MsmWeights MsmWeights;

typedef struct
{
  char *name;
  MsmShape shape;
  gsize offset; /* floats */
  gsize size;
} MsmWeight;

MsmWeights *msm_weights_new (void);
void msm_weights_free (MsmWeights *self);
/* Declares a parameter and returns its index; only before msm_weights_allocate(). */
guint msm_weights_add (MsmWeights *self, const char *name, MsmShape shape);
/* Takes the arena, zero, and its twin when @with_gradients. MSM_ERROR_MEMORY. */
gboolean msm_weights_allocate (MsmWeights *self, MsmDevice *device, gboolean with_gradients, GError **error);
guint msm_weights_count (const MsmWeights *self);
const MsmWeight *msm_weights_get (const MsmWeights *self, guint index);
/* Index of a name, or -1. */
int msm_weights_find (const MsmWeights *self, const char *name);
/* The number of parameters, without padding. */
gsize msm_weights_n_parameters (const MsmWeights *self);
/* The arenas; the gradients' is NULL when there is none. (transfer none) */
MsmTensor *msm_weights_values (MsmWeights *self);
MsmTensor *msm_weights_gradients (MsmWeights *self);
/* Device pointers of one parameter and of its gradient. */
float *msm_weights_value (MsmWeights *self, guint index);
float *msm_weights_gradient (MsmWeights *self, guint index);
void msm_weights_zero_gradients (MsmWeights *self);
/**
 * msm_weights_load:
 *
 * Reads every parameter. A tensor that is missing, surplus, or of another shape is an error that names
 * it (MSM_ERROR_SHAPE or MSM_ERROR_FORMAT); the values are then undefined.
 */
gboolean msm_weights_load (MsmWeights *self, const MsmSafetensors *file, GError **error);
/* What weight files may hold: names for a MSM_PARAM_CHOICE, ended by NULL, and the type of each. */
extern const char *const msm_weights_dtype_names[];
extern const MsmDtype msm_weights_dtypes[];
/* Writes all parameters; see msm_safetensors_write(). */
gboolean msm_weights_save (MsmWeights *self, const char *path, MsmDtype dtype, const char *const *metadata,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmWeights, msm_weights_free)

G_END_DECLS
