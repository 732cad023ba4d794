#pragma once

#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/* The const table of classes that reconstruct (zero-filled … tv, msm, oracle), ended by NULL. */
const MsmSamplerClass *const *msm_sampler_classes (void);
/* Those that draw from a prior alone; ended by NULL. */
const MsmSamplerClass *const *msm_sampler_generators (void);
const MsmSamplerClass *msm_sampler_class_find (const char *name, GError **error);

G_END_DECLS
