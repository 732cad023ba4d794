#include "config.h"

#include <math.h>

#include "core/diffusion/loss-private.h"

/*
 * L = (1/N) Σ_b w_b ‖ŝ_b − s_b‖², N all real elements of the batch's measurements, and its gradient in x̂₀,
 * Tᴴ Sᵀ (2 w_b / N) (ŝ_b − s_b). Every sample has its own t. The network is given S₁ z_t, S₁ ≤ S, and judged by all
 * of S: without a split (S₁ = S) the loss of the paper; with one the lines held back teach it what no line of its
 * input says (SSDU, Yaman 2020).
 */
static void
evaluate (MsmLoss *self, MsmBatch *batch, gboolean backward, MsmLossReport *report)
{
  double n = (double) (self->n * self->size);

  msm_loss_draw_noise (self);
  for (gsize b = 0; b < self->n; b++)
    {
      double alpha = msm_schedule_alpha_bar (&self->schedule, self->step[b]);

      msm_loss_lincomb (self, self->z, b, sqrt (alpha), batch->s, sqrt (1 - alpha), self->noise);
    }
  msm_measure_mask (self->measure, self->z, msm_batch_shown (batch), self->z);
  msm_loss_predict (self, batch, self->step);
  for (gsize b = 0; b < self->n; b++)
    {
      double weight = msm_denoiser_weight (self->denoiser, self->step[b]);
      double error;

      msm_loss_lincomb (self, self->s_hat, b, 1, self->s_hat, -1, batch->s);
      error = msm_loss_dot (self, self->s_hat, self->s_hat, b);
      self->error[b] = error / MAX (self->observed[b], 1);
      report->loss += weight * error / n;
      if (backward)
        msm_loss_lincomb (self, self->s_hat, b, 2 * weight / n, self->s_hat, 0, self->s_hat);
    }
  if (backward)
    msm_loss_backward (self, batch);
}

const MsmLossClass msm_loss_clean_class = { .name = "msm", .evaluate = evaluate };
const MsmLossClass msm_loss_oracle_class = { .name = "oracle", .full = TRUE, .evaluate = evaluate };
