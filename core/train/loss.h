#pragma once

#include "core/base/param.h"
#include "core/diffusion/batch.h"
#include "core/diffusion/denoiser.h"

G_BEGIN_DECLS

/*
 * The training losses of docs/method.md §4: "msm" (clean measurements), "msm-noisy" (both cases and SURE),
 * "oracle" (the clean loss of fully sampled data: batches whose mask is all ones). One evaluation: draw t
 * and noise, predict, and with @backward accumulate the parameters' gradients. Allocates nothing.
 *
 * "msm" draws one t for each sample, "msm-noisy" one for the batch (which of its cases applies depends on
 * t). The weight is the denoiser's: 1/σ_t², or what its parametrisation asks for.
 */
typedef struct _MsmLoss MsmLoss;

typedef struct
{
  double loss; /* weighted, as optimised; mean over all real elements of the batch */
  gsize n;
  const double *step;  /* [n] the index drawn for each sample (owned by the loss) */
  const double *error; /* [n] ‖ŝ − target‖² / observed real elements, unweighted (owned by the loss); the
                          target is s, in case 2 of noisy measurements ŝ(ρ), and ŝ − target in case 1
                          ĥ − s */
  const double *power; /* [n] ‖s‖² / observed real elements */
  double sure;         /* L_SURE, unweighted; 0 for the other losses */
} MsmLossReport;

/* The names, NULL-terminated: the choices of a parameter that chooses a loss. */
const char *const *msm_loss_names (void);
/* Appends what losses have of their own ("fill", "sure-weight") to @table. (element-type MsmParam) */
void msm_loss_append_params (GArray *table);
/**
 * msm_loss_new:
 * @name: "msm", "msm-noisy", "oracle"
 * @n_steps: K of the schedule that t is drawn from
 * @params: (nullable): any table that holds the loss's own parameters, such as msm_train_params(); NULL: defaults
 *
 * Plans @denoiser (borrowed) for @measure (borrowed), with its backward pass. MSM_ERROR_VALUE: no such loss;
 * MSM_ERROR_UNSUPPORTED: @params ask for what another loss alone does; MSM_ERROR_MEMORY.
 *
 * "msm" with fill: in this part of the evaluations with backward the network is given all of the measurement. What it
 * would not be given is filled with its own estimate ŝ of what it would be given, z_t = √ᾱ (s or ŝ) + √(1 − ᾱ) n; the
 * loss stays that on what was measured. So data of R = 4 teach it the dense measurements of sampling, most of which
 * are estimates too.
 */
MsmLoss *msm_loss_new (const char *name, MsmDenoiser *denoiser, MsmMeasure *measure, int n_steps,
                       const MsmParams *params, GError **error);
void msm_loss_free (MsmLoss *self);
const char *msm_loss_name (const MsmLoss *self);
/* It takes batches whose mask is all ones, and no others. */
gboolean msm_loss_needs_full (const MsmLoss *self);
/* Its batches have noise of a known size (MsmBatch.noise_std): without any it would be the clean loss, renamed. */
gboolean msm_loss_needs_noise (const MsmLoss *self);
/* The network must be given all sampled lines: none may be held back. */
gboolean msm_loss_needs_all_lines (const MsmLoss *self);
/* Diffusion noise n to use (measurement shape, every entry; borrowed), or %NULL: drawn. */
void msm_loss_set_noise (MsmLoss *self, const MsmTensor *noise);
/*
 * The batch is a part of a larger one, shared out over processes: its samples have the numbers @first and on there, and
 * so their noise and noise levels. 0 at first.
 */
void msm_loss_set_first (MsmLoss *self, guint64 first);
/*
 * How t is drawn: uniformly over the K kept indices, or, with a @median above 0, so that ln σ_t is normal around
 * ln @median with the standard deviation @spread, within the schedule. Three quarters of the uniform draws have
 * σ_t > 1, where a reconstruction decides little.
 */
void msm_loss_set_levels (MsmLoss *self, double median, double spread);
/**
 * msm_loss_evaluate:
 * @seed, @counter: the noise and t are functions of these alone (resume repeats them)
 * @step: [n] indices to use, or NULL: drawn
 */
void msm_loss_evaluate (MsmLoss *self, MsmBatch *batch, guint64 seed, guint32 counter, const double *step,
                        gboolean backward, MsmLossReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmLoss, msm_loss_free)

G_END_DECLS
