#pragma once

#include "core/train/loss.h"

G_BEGIN_DECLS

/* A training loss: a file of its own, and a row in the table of loss.c. */
typedef struct
{
  const char *name;
  gsize instance_size;    /* of its struct, which embeds MsmLoss first */
  const MsmParam *params; /* (nullable): its own; no two losses have one of the same name */
  gboolean one_step;      /* one t for the batch */
  gboolean full;          /* only of batches whose mask is all ones */
  gboolean noisy;         /* it is of measurements with noise of a known size */
  gboolean all_lines;     /* the network must be given every sampled line */
  /* (nullable): takes the memory and parameters that are its own. */
  gboolean (*prepare) (MsmLoss *self, GError **error);
  void (*evaluate) (MsmLoss *self, MsmBatch *batch, gboolean backward, MsmLossReport *report);
  void (*dispose) (MsmLoss *self); /* (nullable): gives back what prepare() took, whole or in part */
} MsmLossClass;

struct _MsmLoss
{
  const MsmLossClass *klass;
  MsmDenoiser *denoiser; /* borrowed */
  MsmMeasure *measure;   /* borrowed */
  MsmSchedule schedule;
  MsmParams *params; /* of the class's table */
  gsize n;
  gsize size;             /* real elements of one sample's measurement */
  const MsmTensor *given; /* noise, or NULL */
  MsmTensor *noise;       /* n, also what it becomes */
  MsmTensor *z;           /* S z_t, the denoiser's input */
  MsmTensor *x0;
  MsmTensor *s_hat; /* ŝ, then the residual, then the loss's gradient in ŝ */
  MsmTensor *dx0;
  float *uniform;                    /* [n] uniform, or normal with a median */
  double sigma_median, sigma_spread; /* 0: uniform over the kept indices */
  double *step, *error, *power;
  double *observed; /* [n] real elements that are measured */
  double *at_noise; /* [n] t_ρ of each sample: one value */
  guint64 seed;     /* of this evaluation */
  guint32 counter;
  guint64 first; /* number of the batch's first sample in the pass that it is a part of */
};

/* Streams of the counter-based noise. */
typedef enum
{
  MSM_LOSS_STREAM_STEP = 40,
  MSM_LOSS_STREAM_NOISE,
  MSM_LOSS_STREAM_PROBE,
  MSM_LOSS_STREAM_FILL
} MsmLossStream;

extern const MsmLossClass msm_loss_clean_class;
extern const MsmLossClass msm_loss_oracle_class;
extern const MsmLossClass msm_loss_noisy_class;

/* n of this evaluation, into self->noise. */
void msm_loss_draw_noise (MsmLoss *self);
/* dst_b = a_b x_b + b_b y_b; arrays may alias. */
void msm_loss_lincomb (MsmLoss *self, MsmTensor *dst, gsize b, double a, const MsmTensor *x, double c,
                       const MsmTensor *y);
double msm_loss_dot (MsmLoss *self, const MsmTensor *x, const MsmTensor *y, gsize b);
/* self->s_hat = S T x̂₀ at the indices @step from self->z, of which the network sees @shown */
void msm_loss_predict (MsmLoss *self, MsmBatch *batch, const MsmTensor *shown, const double *step);
/* The gradient in ŝ stands in self->s_hat: through T and the denoiser to the parameters. */
void msm_loss_backward (MsmLoss *self, MsmBatch *batch);

G_END_DECLS
