#pragma once

#include "core/problem/measure.h"
#include "core/diffusion/schedule.h"
#include "core/diffusion/spectrum.h"
#include "core/diffusion/trained-masks.h"

G_BEGIN_DECLS

/*
 * The local denoiser D (S z_t; σ_t, S): what samplers and losses see of a prior. The U-Net is one
 * implementation (denoiser-unet.h), closed forms of a Gaussian or a mixture are others
 * (denoiser-gauss.h). It returns the image x̂₀; everything else follows from it:
 *
 *   local prediction  ŝ = S T x̂₀
 *   noise             ε = (u − √ᾱ x̂₀) / √(1 − ᾱ),   u = Tᴴ S z_t   (also for v-networks and closed forms)
 */
typedef struct _MsmDenoiser MsmDenoiser;

typedef struct
{
  const char *name; /* "unet", "gaussian", "mixture" */
  /*
   * Takes all memory for batches of @measure (borrowed); again for another measure. @backward: also for
   * backward(). MSM_ERROR_SHAPE when the prior does not fit the data (channels, image size): says both.
   */
  gboolean (*plan) (MsmDenoiser *self, MsmMeasure *measure, gboolean backward, GError **error);
  /*
   * x̂₀ [image shape] from @z = S z_t [measurement shape, zero off the mask, √ᾱ-scaled], @u = Tᴴ z, which may be
   * @x0, @mask F32 [n, h, w] and one (fractional) index on the 1000 scale per sample. Allocates nothing.
   */
  void (*predict) (MsmDenoiser *self, MsmTensor *x0, const MsmTensor *u, const MsmTensor *z, const MsmTensor *mask,
                   const double *step);
  /*
   * Once after a predict: accumulates the parameters' gradients of ⟨x̂₀, dx0⟩ and, unless NULL, writes
   * dz = (∂x̂₀/∂z)ᴴ dx0 (measurement shape; masked). NULL where there is no backward.
   */
  void (*backward) (MsmDenoiser *self, MsmTensor *dz, const MsmTensor *dx0);
  /* The weight of ‖ŝ − s‖² in training at an index; NULL: 1 / σ_t². */
  double (*weight) (const MsmDenoiser *self, double step);
  void (*dispose) (MsmDenoiser *self);
} MsmDenoiserClass;

struct _MsmDenoiser
{
  const MsmDenoiserClass *klass;
  MsmDevice *device;     /* owned */
  MsmMeasure *measure;   /* borrowed: of the plan */
  MsmSchedule schedule;  /* for ᾱ at an index */
  MsmSpectrum spectrum;  /* of the images it knows; white where it says no more than their power */
  MsmTrainedMasks masks; /* p(S) of its training, where it says */
  char *name;            /* of the file, for messages and provenance */
  char *hash;            /* hex digest of the prior's numbers, for provenance */
};

/**
 * msm_denoiser_open:
 * @prior: a weight file (.safetensors), a closed form (.h5), or the name of a shipped prior
 *
 * Returns: (transfer full): or %NULL with the file named in @error
 */
MsmDenoiser *msm_denoiser_open (MsmDevice *device, const char *prior, GError **error);
/* The file that @prior names, whether it is there or not: as msm_denoiser_open() looks for it. (transfer full) */
char *msm_denoiser_find (const char *prior);
/* For implementations, which embed MsmDenoiser first: fills a new one. (@name is copied) */
void msm_denoiser_init (MsmDenoiser *self, const MsmDenoiserClass *klass, MsmDevice *device, const char *name);
void msm_denoiser_free (MsmDenoiser *self);
gboolean msm_denoiser_plan (MsmDenoiser *self, MsmMeasure *measure, gboolean backward, GError **error);
void msm_denoiser_predict (MsmDenoiser *self, MsmTensor *x0, const MsmTensor *u, const MsmTensor *z,
                           const MsmTensor *mask, const double *step);
void msm_denoiser_backward (MsmDenoiser *self, MsmTensor *dz, const MsmTensor *dx0);
double msm_denoiser_weight (const MsmDenoiser *self, double step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmDenoiser, msm_denoiser_free)

G_END_DECLS
