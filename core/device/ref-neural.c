#include "config.h"

#include "core/device/ref-neural.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/device/host-neural.h"
#include "core/device/host-state.h"

/* The judge: convolution and matrix product as their definitions say, sums in double. */

struct MsmConvPlan
{
  MsmConvShape shape;
  size_t h_out;
  size_t w_out;
  int narrow; /* factors in bfloat16 */
};

void
msm_ref_gemm (char ta, char tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
              size_t ldb, float *c, size_t ldc)
{
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      {
        double sum = 0;

        for (size_t l = 0; l < k; l++)
          sum += (double) (ta == 'T' ? a[l * lda + i] : a[i * lda + l]) * (tb == 'T' ? b[j * ldb + l] : b[l * ldb + j]);
        c[i * ldc + j] = (float) (alpha * sum);
      }
}

static MsmConvPlan *
ref_conv_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward)
{
  MsmConvPlan *plan = malloc (sizeof *plan);

  if (plan == NULL)
    return NULL;
  plan->shape = *shape;
  plan->h_out = (shape->h - 1) / shape->stride + 1;
  plan->w_out = (shape->w - 1) / shape->stride + 1;
  plan->narrow = state->precision == MSM_PRECISION_BF16;
  return plan;
}

static void
ref_conv_plan_free (MsmDeviceState *state, MsmConvPlan *plan)
{
  free (plan);
}

/* The input pixel under tap (i, j) of output (row, col), or FALSE where it is padding. */
static int
tap (const MsmConvPlan *plan, size_t n, size_t row, size_t col, size_t i, size_t j, size_t *pixel)
{
  const MsmConvShape *s = &plan->shape;
  ptrdiff_t r = (ptrdiff_t) (row * s->stride + i) - (ptrdiff_t) (s->kernel / 2);
  ptrdiff_t c = (ptrdiff_t) (col * s->stride + j) - (ptrdiff_t) (s->kernel / 2);

  if (r < 0 || c < 0 || r >= (ptrdiff_t) s->h || c >= (ptrdiff_t) s->w)
    return 0;
  *pixel = (n * s->h + (size_t) r) * s->w + (size_t) c;
  return 1;
}

static void
ref_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w, const float *b,
                  int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const size_t kk = s->kernel * s->kernel;

  for (size_t p = 0; p < s->n * plan->h_out * plan->w_out; p++)
    for (size_t o = 0; o < s->c_out; o++)
      {
        double sum = b[o];
        size_t pixel;

        for (size_t t = 0; t < kk; t++)
          if (tap (plan, p / (plan->h_out * plan->w_out), p / plan->w_out % plan->h_out, p % plan->w_out, t / s->kernel,
                   t % s->kernel, &pixel))
            for (size_t i = 0; i < s->c_in; i++)
              sum += (double) msm_ref_factor (x[pixel * s->c_in + i], plan->narrow)
                     * msm_ref_factor (w[(o * s->c_in + i) * kk + t], plan->narrow);
        y[p * s->c_out + o] = (float) ((accumulate ? y[p * s->c_out + o] : 0.0) + sum);
      }
}

static void
ref_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy, const float *w,
                        int accumulate)
{
  const MsmConvShape *s = &plan->shape;
  const size_t kk = s->kernel * s->kernel;

  if (!accumulate)
    memset (dx, 0, s->n * s->h * s->w * s->c_in * sizeof (float));
  for (size_t p = 0; p < s->n * plan->h_out * plan->w_out; p++)
    for (size_t t = 0; t < kk; t++)
      {
        size_t pixel;

        if (tap (plan, p / (plan->h_out * plan->w_out), p / plan->w_out % plan->h_out, p % plan->w_out, t / s->kernel,
                 t % s->kernel, &pixel))
          for (size_t i = 0; i < s->c_in; i++)
            {
              double sum = 0;

              for (size_t o = 0; o < s->c_out; o++)
                sum += (double) msm_ref_factor (dy[p * s->c_out + o], plan->narrow)
                       * msm_ref_factor (w[(o * s->c_in + i) * kk + t], plan->narrow);
              dx[pixel * s->c_in + i] += (float) sum;
            }
      }
}

static void
ref_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                           const float *dy)
{
  const MsmConvShape *s = &plan->shape;
  const size_t kk = s->kernel * s->kernel;
  const size_t n_out = s->n * plan->h_out * plan->w_out;

  for (size_t o = 0; o < s->c_out; o++)
    {
      double sum = 0;

      for (size_t p = 0; p < n_out; p++)
        sum += dy[p * s->c_out + o];
      db[o] += (float) sum;
      for (size_t i = 0; i < s->c_in; i++)
        for (size_t t = 0; t < kk; t++)
          {
            size_t pixel;

            sum = 0;
            for (size_t p = 0; p < n_out; p++)
              if (tap (plan, p / (plan->h_out * plan->w_out), p / plan->w_out % plan->h_out, p % plan->w_out,
                       t / s->kernel, t % s->kernel, &pixel))
                sum += (double) msm_ref_factor (dy[p * s->c_out + o], plan->narrow)
                       * msm_ref_factor (x[pixel * s->c_in + i], plan->narrow);
            dw[(o * s->c_in + i) * kk + t] += (float) sum;
          }
    }
}

const MsmNeuralOps msm_ref_neural_ops = {
  .conv_plan_new = ref_conv_plan_new,
  .conv_plan_free = ref_conv_plan_free,
  .conv_forward = ref_conv_forward,
  .conv_backward_data = ref_conv_backward_data,
  .conv_backward_weights = ref_conv_backward_weights,
  .linear_forward = msm_ref_linear_forward,
  .linear_backward = msm_ref_linear_backward,
  .norm_forward = msm_ref_norm_forward,
  .norm_backward = msm_ref_norm_backward,
  .attention_forward = msm_ref_attention_forward,
  .attention_backward = msm_ref_attention_backward,
  .upsample = msm_ref_upsample,
  .downsample = msm_ref_downsample,
  .pad = msm_ref_pad,
  .pad_adjoint = msm_ref_pad_adjoint,
  .concat = msm_ref_concat,
  .split = msm_ref_split,
  .silu_forward = msm_ref_silu_forward,
  .silu_backward = msm_ref_silu_backward,
  .add_channel = msm_ref_add_channel,
  .sum_positions = msm_ref_sum_positions,
  .adam_step = msm_ref_adam_step,
};
