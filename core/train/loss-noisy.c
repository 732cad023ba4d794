#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/train/loss-private.h"
#include "core/tensor/vector.h"

/*
 * Noisy measurements s = S z + ν, ν ~ N (0, ρ²): L = w_t (L₁ or L₂ + λ L_SURE), with one t for the batch.
 *
 *   case 1, σ_t > ρ:  s_t = s + √(σ_t² − ρ²) n,  ĥ = c ŝ + (1 − c) s_t,  c = (σ_t² − ρ²) / σ_t²,
 *                     L₁ = mean (ĥ − s)²
 *   case 2, σ_t ≤ ρ:  s_t = ŝ(ρ) + σ_t n,  L₂ = mean (ŝ − ŝ(ρ))²
 *   SURE at t_ρ:      ‖ŝ(ρ)(s) − s‖²/m − ρ² + (2 ρ² / (τ m)) bᵀ (ŝ(ρ)(s + τ b) − ŝ(ρ)(s))
 *
 * E[s | s_t] = c E[S z | s_t] + (1 − c) s_t holds in the domain of the measurement, so ĥ is formed there: in
 * the image, Tᴴ s_t stands for s_t only where S T Tᴴ Sᵀ = I, which several coils break. ŝ(ρ) is a constant of
 * L₂: a target that follows its own prediction is shrunk by it, and the minimiser is no longer the
 * posterior mean.
 */

static const MsmParam noisy_params[] = {
  { "sure-weight", MSM_PARAM_FLOAT, .min = 0, .max = 100, .def = 0.05, .help = N_("Weight of SURE in msm-noisy"),
    .flags = MSM_PARAM_ADVANCED },
  { "sure-probe", MSM_PARAM_FLOAT, .min = 1e-4, .max = 1, .def = 0.005, .flags = MSM_PARAM_ADVANCED,
    .help = N_("Size τ of the probe by which SURE in msm-noisy finds the divergence") },
  { NULL },
};

typedef struct
{
  MsmLoss parent;
  double sure_weight;   /* λ */
  double probe_size;    /* τ */
  MsmTensor *probe;     /* b of SURE */
  MsmTensor *reference; /* ŝ(ρ) */
} LossNoisy;

static gboolean
prepare (MsmLoss *loss, GError **error)
{
  LossNoisy *self = (LossNoisy *) loss;

  self->sure_weight = msm_params_get_number (loss->params, "sure-weight");
  self->probe_size = msm_params_get_number (loss->params, "sure-probe");
  return (self->probe = msm_tensor_new_like (loss->z, error)) != NULL
         && (self->reference = msm_tensor_new_like (loss->z, error)) != NULL;
}

static void
dispose (MsmLoss *loss)
{
  LossNoisy *self = (LossNoisy *) loss;

  msm_tensor_unref (self->probe);
  msm_tensor_unref (self->reference);
}

static LossNoisy *
noisy (MsmLoss *loss)
{
  return (LossNoisy *) loss;
}

static void
draw_probe (MsmLoss *self, MsmBatch *batch)
{
  MsmDevice *device = msm_measure_device (self->measure);

  msm_vector_random_normal (device, msm_tensor_data (noisy (self)->probe), self->n * self->size, self->seed,
                            MSM_LOSS_STREAM_PROBE, self->counter, self->first * self->size);
  msm_measure_mask (self->measure, noisy (self)->probe, batch->mask, noisy (self)->probe);
}

/* ŝ(ρ) of s + @shift b, in self->s_hat. */
static void
predict_at_noise (MsmLoss *self, MsmBatch *batch, double shift)
{
  double root = sqrt (msm_schedule_alpha_bar (&self->schedule, self->at_noise[0]));

  for (gsize b = 0; b < self->n; b++)
    msm_loss_lincomb (self, self->z, b, root, batch->s, root * shift, noisy (self)->probe);
  msm_loss_predict (self, batch, msm_batch_shown (batch), self->at_noise);
}

static double
total (MsmLoss *self, const MsmTensor *x, const MsmTensor *y)
{
  double sum = 0;

  for (gsize b = 0; b < self->n; b++)
    sum += msm_loss_dot (self, x, y, b);
  return sum;
}

/* dst = a x + c y for the whole batch. */
static void
combine (MsmLoss *self, MsmTensor *dst, double a, const MsmTensor *x, double c, const MsmTensor *y)
{
  for (gsize b = 0; b < self->n; b++)
    msm_loss_lincomb (self, dst, b, a, x, c, y);
}

/* L_SURE; with @weight > 0 also its gradient times that. */
static double
sure (MsmLoss *self, MsmBatch *batch, double weight)
{
  double rho2 = batch->noise_std * batch->noise_std;
  double tau = noisy (self)->probe_size;
  double divergence;
  double m = 0;
  double value;

  for (gsize b = 0; b < self->n; b++)
    m += self->observed[b];
  m = MAX (m, 1);
  predict_at_noise (self, batch, tau);
  divergence = total (self, noisy (self)->probe, self->s_hat);
  if (weight > 0)
    {
      combine (self, self->s_hat, weight * 2 * rho2 / (tau * m), noisy (self)->probe, 0, noisy (self)->probe);
      msm_loss_backward (self, batch);
    }
  predict_at_noise (self, batch, 0);
  divergence -= total (self, noisy (self)->probe, self->s_hat);
  combine (self, self->s_hat, 1, self->s_hat, -1, batch->s);
  value = total (self, self->s_hat, self->s_hat) / m - rho2 + 2 * rho2 / (tau * m) * divergence;
  if (weight > 0)
    {
      combine (self, self->s_hat, weight * 2 / m, self->s_hat, -weight * 2 * rho2 / (tau * m), noisy (self)->probe);
      msm_loss_backward (self, batch);
    }
  return value;
}

/* self->z = √ᾱ_t s_t. Returns c, which is 1 in case 2. */
static double
add_noise (MsmLoss *self, MsmBatch *batch, double rho)
{
  double alpha = msm_schedule_alpha_bar (&self->schedule, self->step[0]);
  double sigma2 = (1 - alpha) / alpha;
  double root = sqrt (alpha);
  double c = 1;

  msm_loss_draw_noise (self);
  if (sigma2 > rho * rho)
    {
      combine (self, self->z, root, batch->s, root * sqrt (sigma2 - rho * rho), self->noise);
      c = (sigma2 - rho * rho) / sigma2;
    }
  else
    combine (self, self->z, root, noisy (self)->reference, root * sqrt (sigma2), self->noise);
  msm_measure_mask (self->measure, self->z, batch->mask, self->z);
  return c;
}

static void
evaluate (MsmLoss *self, MsmBatch *batch, gboolean backward, MsmLossReport *report)
{
  MsmDevice *device = msm_measure_device (self->measure);
  double rho = batch->noise_std;
  double alpha = msm_schedule_alpha_bar (&self->schedule, self->step[0]);
  double weight = msm_denoiser_weight (self->denoiser, self->step[0]);
  double n = (double) (self->n * self->size);
  gboolean second = (1 - alpha) / alpha <= rho * rho;
  const MsmTensor *target = second ? noisy (self)->reference : batch->s;
  double c;

  draw_probe (self, batch);
  for (gsize b = 0; b < self->n; b++)
    self->at_noise[b] = msm_schedule_step_of (&self->schedule, rho);
  if (second)
    {
      predict_at_noise (self, batch, 0);
      msm_device_ops (device)->memory->copy (msm_device_state (device), msm_tensor_data (noisy (self)->reference),
                                             msm_tensor_const_data (self->s_hat), msm_tensor_bytes (self->s_hat));
    }
  c = add_noise (self, batch, rho);
  msm_loss_predict (self, batch, msm_batch_shown (batch), self->step);
  combine (self, self->s_hat, c, self->s_hat, (1 - c) / sqrt (alpha), self->z);
  combine (self, self->s_hat, 1, self->s_hat, -1, target);
  for (gsize b = 0; b < self->n; b++)
    {
      double error = msm_loss_dot (self, self->s_hat, self->s_hat, b);

      self->error[b] = error / MAX (self->observed[b], 1);
      report->loss += weight * error / n;
    }
  if (backward)
    {
      combine (self, self->s_hat, 2 * weight * c / n, self->s_hat, 0, self->s_hat);
      msm_loss_backward (self, batch);
    }
  if (rho > 0 && noisy (self)->sure_weight > 0)
    {
      report->sure = sure (self, batch, backward ? weight * noisy (self)->sure_weight : 0);
      report->loss += weight * noisy (self)->sure_weight * report->sure;
    }
}

const MsmLossClass msm_loss_noisy_class = {
  .name = "msm-noisy",
  .instance_size = sizeof (LossNoisy),
  .params = noisy_params,
  .one_step = TRUE,
  .all_lines = TRUE,
  .noisy = TRUE,
  .prepare = prepare,
  .evaluate = evaluate,
  .dispose = dispose,
};
