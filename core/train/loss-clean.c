#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/train/loss-private.h"
#include "core/tensor/tensor-math.h"
#include "core/tensor/vector.h"

/* The noise level at which the network fills what it is not given: about that of a scan. */
#define SIGMA_FILL 0.02

static const MsmParam clean_params[] = {
  { "fill", MSM_PARAM_FLOAT, .min = 0, .max = 1,
    .help = N_("Part of the steps that show the network a whole measurement, filled with its own estimate where "
                "nothing was measured or lines are held back; loss msm") },
  { NULL },
};

typedef struct
{
  MsmLoss parent;
  double fill;           /* part of the evaluations whose network is given everything */
  MsmTensor *filled;     /* s, and the network's own ŝ where the network is not given s; NULL without fill */
  MsmTensor *everything; /* the mask I; NULL without fill */
} LossClean;

static gboolean
prepare (MsmLoss *loss, GError **error)
{
  LossClean *self = (LossClean *) loss;
  g_autofree float *ones = NULL;
  gsize n_points;

  self->fill = msm_params_get_number (loss->params, "fill");
  if (self->fill == 0)
    return TRUE;
  self->filled = msm_tensor_new_like (loss->z, error);
  if (self->filled == NULL)
    return FALSE;
  self->everything =
      msm_tensor_new (msm_measure_device (loss->measure), MSM_F32,
                      msm_shape3 (loss->n, msm_tensor_dim (loss->z, 2), msm_tensor_dim (loss->z, 3)), error);
  if (self->everything == NULL)
    return FALSE;
  n_points = msm_tensor_size (self->everything);
  ones = g_new (float, n_points);
  for (gsize i = 0; i < n_points; i++)
    ones[i] = 1;
  msm_tensor_upload (self->everything, ones);
  return TRUE;
}

static void
dispose (MsmLoss *loss)
{
  LossClean *self = (LossClean *) loss;

  msm_tensor_unref (self->filled);
  msm_tensor_unref (self->everything);
}

/* The draw is the same for all parts of a batch that processes share. */
static gboolean
draw_fill (LossClean *self)
{
  MsmLoss *loss = &self->parent;
  MsmDevice *host = msm_device_host ();
  float at = 1;

  if (self->fill > 0)
    msm_vector_random_uniform (host, &at, 1, loss->seed, MSM_LOSS_STREAM_FILL, loss->counter, 0);
  return at < self->fill;
}

/* filled = s where the network is given s, else its ŝ from that: ŝ + S₁ (s − ŝ) */
static void
fill (MsmLoss *self, MsmBatch *batch, MsmTensor *filled)
{
  MsmTensor *shown = msm_batch_shown (batch);
  double step = msm_schedule_step_of (&self->schedule, SIGMA_FILL);
  double alpha = msm_schedule_alpha_bar (&self->schedule, step);

  for (gsize b = 0; b < self->n; b++)
    self->at_noise[b] = step;
  msm_measure_mask (self->measure, self->z, shown, batch->s);
  msm_tensor_lincomb (self->z, sqrt (alpha), self->z, 0, self->z);
  msm_measure_adjoint (self->measure, self->z, self->x0);
  msm_denoiser_predict (self->denoiser, self->x0, self->x0, self->z, shown, self->at_noise);
  msm_measure_forward (self->measure, self->x0, self->s_hat);
  msm_tensor_lincomb (filled, 1, batch->s, -1, self->s_hat);
  msm_measure_mask (self->measure, filled, shown, filled);
  msm_tensor_axpy (filled, 1, self->s_hat);
}

/*
 * L = (1/N) Σ_b w_b ‖ŝ_b − s_b‖², N all real elements of the batch's measurements, and its gradient in x̂₀,
 * Tᴴ Sᵀ (2 w_b / N) (ŝ_b − s_b). Every sample has its own t. The network is given S₁ z_t, S₁ ≤ S, and judged by all
 * of S: without a split (S₁ = S) the loss of the paper; with one the lines held back teach it what no line of its
 * input says (SSDU, Yaman 2020). Filled, S₁ = I, see msm_loss_new().
 */
static void
evaluate_shown (MsmLoss *self, MsmBatch *batch, const MsmTensor *s, const MsmTensor *shown, gboolean backward,
                MsmLossReport *report)
{
  double n = (double) (self->n * self->size);

  msm_loss_draw_noise (self);
  for (gsize b = 0; b < self->n; b++)
    {
      double alpha = msm_schedule_alpha_bar (&self->schedule, self->step[b]);

      msm_loss_lincomb (self, self->z, b, sqrt (alpha), s, sqrt (1 - alpha), self->noise);
    }
  msm_measure_mask (self->measure, self->z, shown, self->z);
  msm_loss_predict (self, batch, shown, self->step);
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

static void
evaluate_clean (MsmLoss *loss, MsmBatch *batch, gboolean backward, MsmLossReport *report)
{
  LossClean *self = (LossClean *) loss;
  gboolean is_filled = backward && draw_fill (self);

  if (is_filled)
    fill (loss, batch, self->filled);
  evaluate_shown (loss, batch, is_filled ? self->filled : batch->s,
                  is_filled ? self->everything : msm_batch_shown (batch), backward, report);
}

static void
evaluate_oracle (MsmLoss *loss, MsmBatch *batch, gboolean backward, MsmLossReport *report)
{
  evaluate_shown (loss, batch, batch->s, msm_batch_shown (batch), backward, report);
}

const MsmLossClass msm_loss_clean_class = {
  .name = "msm",
  .instance_size = sizeof (LossClean),
  .params = clean_params,
  .prepare = prepare,
  .evaluate = evaluate_clean,
  .dispose = dispose,
};

const MsmLossClass msm_loss_oracle_class = {
  .name = "oracle",
  .instance_size = sizeof (MsmLoss),
  .full = TRUE,
  .evaluate = evaluate_oracle,
};
