#include "config.h"

/*
 * The network's table: cpu = ref, and cuda = ref where there is a GPU, layer by layer on the same seeded
 * input; the cpu device gives the same bits for any number of threads; and the kernels without special
 * instructions give what those of this processor give. In bfloat16 the ref device gives what it gives in float32 of
 * factors that are rounded before, and cpu = ref where the processor can.
 */

#include <math.h>
#include <string.h>

#include "core/device/cpu-kernels.h"
#include "core/device/device.h"
#include "core/kernels/bf16.inc"

#define N     65536 /* floats of each array; a layer's result is in the first ones of out[] */
#define N_OUT 4

static MsmDevice *cpu, *ref;

typedef struct
{
  const MsmNeuralOps *ops;
  MsmDeviceState *state;
  const MsmMemoryOps *memory;
  float *in[6];
  float *out[N_OUT];
} Bench;

typedef void (*LayerFunc) (Bench *b);

static void
conv (Bench *b, size_t n, size_t h, size_t w, size_t c_in, size_t c_out, size_t kernel, size_t stride)
{
  MsmConvShape shape = { n, h, w, c_in, c_out, kernel, stride };
  MsmConvPlan *plan = b->ops->conv_plan_new (b->state, &shape, 1);

  g_assert_nonnull (plan);
  for (int accumulate = 0; accumulate < 2; accumulate++)
    {
      b->ops->conv_forward (b->state, plan, b->out[0], b->in[0], b->in[1], b->in[2], accumulate);
      b->ops->conv_backward_data (b->state, plan, b->out[1], b->in[3], b->in[1], accumulate);
      b->ops->conv_backward_weights (b->state, plan, b->out[2], b->out[3], b->in[0], b->in[3]);
    }
  b->ops->conv_plan_free (b->state, plan);
  /* Without backward, where the second call may use what the first has kept. */
  plan = b->ops->conv_plan_new (b->state, &shape, 0);
  g_assert_nonnull (plan);
  for (int i = 0; i < 2; i++)
    b->ops->conv_forward (b->state, plan, b->out[0], b->in[0], b->in[1], b->in[2], 1);
  b->ops->conv_plan_free (b->state, plan);
}

/* Tiles that end outside the image, channels that fill no register, and the plain case. */
static void
conv_tiles (Bench *b)
{
  conv (b, 2, 13, 10, 16, 32, 3, 1);
}
static void
conv_large (Bench *b)
{
  conv (b, 2, 32, 24, 32, 32, 3, 1);
}
static void
conv_odd (Bench *b)
{
  conv (b, 1, 17, 15, 3, 5, 3, 1);
}
static void
conv_thin (Bench *b)
{
  conv (b, 1, 16, 16, 32, 2, 3, 1);
}
/* From and to each small number of channels, and pixels that fill no register. */
static void
conv_from_two (Bench *b)
{
  conv (b, 2, 13, 20, 2, 20, 3, 1);
}
static void
conv_to_one (Bench *b)
{
  conv (b, 1, 14, 15, 24, 1, 3, 1);
}
static void
conv_to_three (Bench *b)
{
  conv (b, 2, 15, 13, 16, 3, 3, 1);
}
static void
conv_to_four (Bench *b)
{
  conv (b, 2, 16, 14, 8, 4, 3, 1);
}
static void
conv_few_tiles (Bench *b)
{
  conv (b, 1, 6, 7, 24, 16, 3, 1);
}
static void
conv_point (Bench *b)
{
  conv (b, 2, 16, 16, 32, 48, 1, 1);
}
static void
conv_point_odd (Bench *b)
{
  conv (b, 3, 5, 7, 13, 21, 1, 1);
}
static void
conv_stride (Bench *b)
{
  conv (b, 2, 11, 12, 8, 8, 3, 2);
}
static void
conv_stride_even (Bench *b)
{
  conv (b, 2, 16, 16, 16, 32, 3, 2);
}
/* More than one block of channels on both sides, and images enough to be shared out. */
static void
conv_blocks (Bench *b)
{
  conv (b, 3, 8, 6, 64, 96, 3, 1);
}
static void
conv_images (Bench *b)
{
  conv (b, 8, 7, 9, 32, 16, 3, 1);
}

static void
norm (Bench *b, size_t n, size_t hw, size_t c, size_t groups, int silu, int modulate, int accumulate)
{
  MsmNormShape shape = { n, hw, c, groups, silu };
  const float *scale_shift = modulate ? b->in[4] : NULL;
  float *stats = b->memory->alloc (b->state, 2 * n * groups * sizeof (float));
  float *scratch = b->memory->alloc (b->state, 4 * n * c * sizeof (float));

  b->ops->norm_forward (b->state, b->out[0], stats, b->in[0], b->in[1], b->in[2], scale_shift, &shape);
  b->ops->norm_backward (b->state, b->out[1], b->out[2], b->out[3], modulate ? b->out[3] + c : NULL, b->in[3], b->in[0],
                         stats, b->in[1], b->in[2], scale_shift, scratch, &shape, accumulate);
  b->memory->free (b->state, stats);
  b->memory->free (b->state, scratch);
}

static void
norm_plain (Bench *b)
{
  norm (b, 2, 300, 32, 8, 0, 0, 0);
}
static void
norm_silu (Bench *b)
{
  norm (b, 1, 1000, 64, 32, 1, 0, 1);
}
static void
norm_modulated (Bench *b)
{
  norm (b, 3, 77, 48, 4, 1, 1, 0);
}
static void
norm_odd (Bench *b)
{
  norm (b, 2, 5, 20, 5, 1, 1, 1);
}
static void
norm_wide (Bench *b)
{
  norm (b, 1, 16, 300, 3, 1, 1, 0);
}

static void
attention (Bench *b, size_t n, size_t t, size_t heads, size_t c, int new_order)
{
  MsmAttentionShape shape = { n, t, heads, c, new_order };
  size_t floats = 2 * t * t;
  float *scratch;

  for (int backward = 0; backward < 2 && b->ops->attention_scratch != NULL; backward++)
    floats = MAX (floats, b->ops->attention_scratch (b->state, &shape, backward));
  scratch = b->memory->alloc (b->state, floats * sizeof (float));
  b->ops->attention_forward (b->state, b->out[0], b->in[0], scratch, &shape);
  b->ops->attention_backward (b->state, b->out[1], b->in[3], b->in[0], scratch, &shape);
  b->memory->free (b->state, scratch);
}

static void
attention_legacy (Bench *b)
{
  attention (b, 2, 64, 2, 16, 0);
}
static void
attention_new (Bench *b)
{
  attention (b, 1, 49, 3, 10, 1);
}
/* The head sizes that the GPU has a kernel of its own for, and more positions than one block of it takes. */
static void
attention_fused (Bench *b)
{
  attention (b, 2, 150, 1, 64, 0);
}
static void
attention_fused_32 (Bench *b)
{
  attention (b, 1, 100, 2, 32, 1);
}

static void
linear (Bench *b, size_t m, size_t c_in, size_t c_out, int accumulate)
{
  b->ops->linear_forward (b->state, b->out[0], b->in[0], b->in[1], b->in[2], m, c_in, c_out);
  b->ops->linear_backward (b->state, b->out[1], b->out[2], b->out[3], b->in[3], b->in[0], b->in[1], m, c_in, c_out,
                           accumulate);
}

static void
linear_even (Bench *b)
{
  linear (b, 4, 128, 256, 0);
}
static void
linear_odd (Bench *b)
{
  linear (b, 3, 13, 7, 1);
}

static void
resample (Bench *b)
{
  b->ops->upsample (b->state, b->out[0], b->in[0], 1.0f, 2, 16, 12, 10, 0);
  b->ops->upsample (b->state, b->out[1], b->in[0], 0.25f, 2, 16, 12, 10, 1);
  b->ops->downsample (b->state, b->out[2], b->in[0], 0.25f, 2, 16, 12, 10, 0);
  b->ops->downsample (b->state, b->out[3], b->in[0], 1.0f, 2, 16, 12, 10, 1);
}

/* The second size is mirrored more than once. */
static void
pad (Bench *b)
{
  MsmPadShape mirror = { 2, 13, 10, 7, 16, 24, 1 };
  MsmPadShape zero = { 2, 13, 10, 7, 16, 24, 0 };
  MsmPadShape thin = { 3, 1, 3, 5, 8, 16, 1 };

  b->ops->pad (b->state, b->out[0], b->in[0], &mirror);
  b->ops->pad (b->state, b->out[0] + N / 2, b->in[0], &thin);
  b->ops->pad (b->state, b->out[1], b->in[0], &zero);
  b->ops->pad_adjoint (b->state, b->out[2], b->in[1], &mirror);
  b->ops->pad_adjoint (b->state, b->out[2] + N / 2, b->in[1], &thin);
  b->ops->pad_adjoint (b->state, b->out[3], b->in[1], &zero);
}

static void
concat_split (Bench *b)
{
  b->ops->concat (b->state, b->out[0], b->in[0], b->in[1], 600, 32, 17);
  b->ops->split (b->state, b->out[1], b->out[2], b->in[2], 600, 32, 17, 0, 1);
  b->ops->split (b->state, NULL, b->out[3], b->in[2], 600, 32, 17, 0, 0);
}

static void
silu (Bench *b)
{
  b->ops->silu_forward (b->state, b->out[0], b->in[0], N - 3);
  b->ops->silu_backward (b->state, b->out[1], b->in[1], b->in[0], N - 3, 0);
  b->ops->silu_backward (b->state, b->out[2], b->in[1], b->in[0], N - 3, 1);
}

static void
channels (Bench *b)
{
  b->ops->add_channel (b->state, b->out[0], b->in[0], b->in[1], 3, 500, 21);
  b->ops->sum_positions (b->state, b->out[1], b->in[0], 3, 500, 21);
}

static void
adam (Bench *b)
{
  MsmAdamStep step = { 1e-2f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.19f, 0.02f, 0.5f };

  /* Second moments are not negative. */
  b->memory->copy (b->state, b->out[2], b->in[5], N * sizeof (float));
  b->ops->adam_step (b->state, b->out[0], b->out[1], b->out[2], b->in[0], N - 5, &step);
}

typedef struct
{
  const char *name;
  LayerFunc func;
  gboolean narrow; /* with products that the processor computes in bfloat16 where it can */
} Row;

#define ROW(name)                                                                                                      \
  {                                                                                                                    \
#name, name, FALSE                                                                                                 \
  }
#define ROW_BF16(name)                                                                                                 \
  {                                                                                                                    \
#name, name, TRUE                                                                                                  \
  }

static const Row rows[] = {
  ROW_BF16 (conv_tiles),
  ROW_BF16 (conv_large),
  ROW (conv_odd),
  ROW (conv_thin),
  ROW (conv_from_two),
  ROW (conv_to_one),
  ROW (conv_to_three),
  ROW (conv_to_four),
  ROW (conv_few_tiles),
  ROW_BF16 (conv_point),
  ROW (conv_point_odd),
  ROW (conv_stride),
  ROW_BF16 (conv_stride_even),
  ROW_BF16 (conv_blocks),
  ROW_BF16 (conv_images),
  ROW (norm_plain),
  ROW (norm_silu),
  ROW (norm_modulated),
  ROW (norm_odd),
  ROW (norm_wide),
  ROW (attention_legacy),
  ROW (attention_new),
  ROW (attention_fused),
  ROW (attention_fused_32),
  ROW (linear_even),
  ROW (linear_odd),
  ROW (resample),
  ROW (pad),
  ROW (concat_split),
  ROW (silu),
  ROW (channels),
  ROW (adam),
};

static gboolean
is_product (const Row *row)
{
  return g_str_has_prefix (row->name, "conv_") || g_str_has_prefix (row->name, "linear_");
}

/*
 * Runs the row with @ops on @device; the N_OUT arrays come back on the host. @rounded: the factors of a convolution or a
 * linear layer, in[0], in[1] and in[3], have been rounded to bfloat16, while what is added to has not.
 */
static float *
run_with (const Row *row, MsmDevice *device, const MsmNeuralOps *ops, gboolean rounded)
{
  Bench b = { ops, msm_device_state (device), msm_device_ops (device)->memory };
  float *host = g_new (float, N_OUT * N);

  for (guint i = 0; i < 6; i++)
    {
      msm_device_ops (ref)->vector->random_normal (msm_device_state (ref), host, N, 5, i, 0, 0);
      for (guint k = 0; i == 5 && k < N; k++)
        host[k] = fabsf (host[k]);
      if (i < N_OUT)
        {
          b.out[i] = b.memory->alloc (b.state, N * sizeof (float));
          b.memory->upload (b.state, b.out[i], host, N * sizeof (float));
        }
      for (guint k = 0; rounded && (i < 2 || i == 3) && k < N; k++)
        host[k] = msm_bf16_value (msm_bf16_bits (host[k]));
      b.in[i] = b.memory->alloc (b.state, N * sizeof (float));
      b.memory->upload (b.state, b.in[i], host, N * sizeof (float));
    }
  row->func (&b);
  for (guint i = 0; i < N_OUT; i++)
    {
      b.memory->download (b.state, host + i * N, b.out[i], N * sizeof (float));
      b.memory->free (b.state, b.out[i]);
    }
  for (guint i = 0; i < 6; i++)
    b.memory->free (b.state, b.in[i]);
  return host;
}

static float *
run (const Row *row, MsmDevice *device, const MsmNeuralOps *ops)
{
  return run_with (row, device, ops, FALSE);
}

/* Rounding of float32 sums of up to 3000 terms leaves 1e-6; a wrong term gives 1e-3 or more. */
#define TOLERANCE 5e-6

/* |a − b| ≤ tolerance |b| */
static void
compare (const Row *row, const float *a, const float *b, double tolerance)
{
  for (guint i = 0; i < N_OUT; i++)
    {
      double difference = 0;
      double norm = 0;

      for (guint k = i * N; k < (i + 1) * N; k++)
        {
          if (a[k] == b[k]) /* among them all that the layer does not write */
            continue;
          difference += pow ((double) a[k] - b[k], 2);
          norm += pow (b[k], 2);
        }
      g_test_message ("%s, array %u: %.1e", row->name, i, sqrt (difference / MAX (norm, 1e-30)));
      g_assert_cmpfloat (sqrt (difference), <=, tolerance * sqrt (norm));
    }
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  const MsmNeuralOps *ops = msm_device_ops (cpu)->neural;
  g_autofree float *expected = run (row, ref, msm_device_ops (ref)->neural);
  g_autofree float *one = NULL;
  g_autofree float *many = NULL;
  g_autoptr (GError) error = NULL;

  msm_device_set_threads (1);
  one = run (row, cpu, ops);
  msm_device_set_threads (3);
  many = run (row, cpu, ops);
  msm_device_set_threads (0);
  g_assert_true (msm_device_check (cpu, &error));
  g_assert_cmpmem (one, N_OUT * N * sizeof (float), many, N_OUT * N * sizeof (float));
  compare (row, one, expected, TOLERANCE);
}

/* Of a device in a precision of msm_device_precisions, which is left in float32. */
static float *
run_in (const Row *row, MsmDevice *device, int precision)
{
  float *result;

  g_assert_true (msm_device_set_precision (device, precision, NULL));
  result = run (row, device, msm_device_ops (device)->neural);
  g_assert_true (msm_device_set_precision (device, 1, NULL));
  return result;
}

static float *
run_bf16 (const Row *row, MsmDevice *device)
{
  return run_in (row, device, 3);
}

/* By definition; the sum of the bias is no product. */
static void
test_row_ref_bf16 (gconstpointer data)
{
  const Row *row = data;
  const gsize bytes = N * sizeof (float);
  g_autofree float *narrow = run_bf16 (row, ref);
  g_autofree float *rounded = run_with (row, ref, msm_device_ops (ref)->neural, TRUE);
  g_autofree float *plain = run (row, ref, msm_device_ops (ref)->neural);

  g_assert_cmpmem (narrow, 3 * bytes, rounded, 3 * bytes);
  g_assert_cmpmem (narrow + 3 * N, bytes, plain + 3 * N, bytes);
  g_assert_cmpint (memcmp (narrow, plain, bytes), !=, 0);
}

/* What the processor does not compute in bfloat16 it computes in float32, to the bit. */
static void
test_row_cpu_bf16 (gconstpointer data)
{
  const Row *row = data;
  g_autofree float *expected = NULL;
  g_autofree float *one = NULL;
  g_autofree float *many = NULL;
  g_autoptr (GError) error = NULL;

  if (!msm_device_set_precision (cpu, 3, &error))
    {
      g_test_skip (error->message);
      return;
    }
  msm_device_set_threads (1);
  one = run_bf16 (row, cpu);
  msm_device_set_threads (3);
  many = run_bf16 (row, cpu);
  msm_device_set_threads (0);
  g_assert_true (msm_device_check (cpu, &error));
  g_assert_cmpmem (one, N_OUT * N * sizeof (float), many, N_OUT * N * sizeof (float));
  expected = row->narrow ? run_bf16 (row, ref) : run (row, cpu, msm_device_ops (cpu)->neural);
  if (row->narrow)
    compare (row, one, expected, TOLERANCE);
  else
    g_assert_cmpmem (one, N_OUT * N * sizeof (float), expected, N_OUT * N * sizeof (float));
}

static MsmConvPlan *
base_plan_new (MsmDeviceState *state, const MsmConvShape *shape, int backward)
{
  return g_memdup2 (shape, sizeof *shape);
}

static void
base_plan_free (MsmDeviceState *state, MsmConvPlan *plan)
{
  g_free (plan);
}

/* The 3 × 3 convolution of the kernels without special instructions. */
static void
base_conv_forward (MsmDeviceState *state, MsmConvPlan *plan, float *y, const float *x, const float *w, const float *b,
                   int accumulate)
{
  const MsmConvShape *s = (const MsmConvShape *) plan;
  MsmWinogradShape shape = { s->n, s->h, s->w, s->c_in, s->c_out };
  g_autofree float *u = g_new (float, msm_cpu_kernels_base.winograd_weights_size (&shape));
  g_autofree float *scratch = g_new (float, msm_cpu_kernels_base.winograd_scratch_size (&shape, 2));

  msm_cpu_kernels_base.winograd_weights (u, w, &shape, 0);
  msm_cpu_kernels_base.winograd_forward (y, x, u, b, scratch, &shape, 2, accumulate);
}

static void
base_conv_backward_data (MsmDeviceState *state, MsmConvPlan *plan, float *dx, const float *dy, const float *w,
                         int accumulate)
{
  const MsmConvShape *s = (const MsmConvShape *) plan;
  MsmWinogradShape shape = { s->n, s->h, s->w, s->c_in, s->c_out };
  MsmWinogradShape back = { s->n, s->h, s->w, s->c_out, s->c_in };
  g_autofree float *u = g_new (float, msm_cpu_kernels_base.winograd_weights_size (&shape));
  g_autofree float *scratch = g_new (float, msm_cpu_kernels_base.winograd_scratch_size (&back, 2));

  msm_cpu_kernels_base.winograd_weights (u, w, &shape, 1);
  msm_cpu_kernels_base.winograd_forward (dx, dy, u, NULL, scratch, &back, 2, accumulate);
}

static void
base_conv_backward_weights (MsmDeviceState *state, MsmConvPlan *plan, float *dw, float *db, const float *x,
                            const float *dy)
{
  const MsmConvShape *s = (const MsmConvShape *) plan;
  MsmWinogradShape shape = { s->n, s->h, s->w, s->c_in, s->c_out };
  g_autofree float *du = g_new (float, msm_cpu_kernels_base.winograd_weights_size (&shape));
  g_autofree float *scratch = g_new (float, msm_cpu_kernels_base.winograd_scratch_size (&shape, 2));
  g_autofree double *partial = g_new (double, MSM_SUM_PARTS * s->c_out);

  msm_cpu_kernels_base.winograd_gradient (dw, du, x, dy, scratch, &shape, 2);
  msm_cpu_kernels_base.add_column_sums (db, dy, partial, s->n * s->h * s->w, s->c_out);
}

static void
test_base (void)
{
  MsmNeuralOps ops = msm_cpu_kernels_base.layers;

  ops.conv_plan_new = base_plan_new;
  ops.conv_plan_free = base_plan_free;
  ops.conv_forward = base_conv_forward;
  ops.conv_backward_data = base_conv_backward_data;
  ops.conv_backward_weights = base_conv_backward_weights;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree float *expected = NULL;
      g_autofree float *found = NULL;

      /* The other convolutions are not the kernels' own. */
      if (rows[i].func == conv_point || rows[i].func == conv_point_odd || rows[i].func == conv_stride
          || rows[i].func == conv_stride_even)
        continue;
      expected = run (&rows[i], cpu, msm_device_ops (cpu)->neural);
      found = run (&rows[i], cpu, &ops);
      compare (&rows[i], found, expected, TOLERANCE);
    }
}

typedef struct
{
  MsmConvPlan *plan;
  const float *in; /* x, w, b and dy */
  float *out;      /* y, dx, dw and db */
} Call;

static gpointer
run_plan (gpointer data)
{
  const MsmNeuralOps *ops = msm_device_ops (cpu)->neural;
  const Call *c = data;

  ops->conv_forward (msm_device_state (cpu), c->plan, c->out, c->in, c->in + N, c->in + 2 * N, 0);
  ops->conv_backward_data (msm_device_state (cpu), c->plan, c->out + N, c->in + 3 * N, c->in + N, 0);
  ops->conv_backward_weights (msm_device_state (cpu), c->plan, c->out + 2 * N, c->out + 3 * N, c->in, c->in + 3 * N);
  return NULL;
}

/* A network that one thread has planned may run in another: the window prepares a run before it is asked for. */
static void
test_other_thread (void)
{
  static const MsmConvShape shapes[] = {
    { 2, 16, 16, 16, 32, 3, 2 }, { 2, 11, 12, 8, 8, 3, 2 }, { 1, 6, 7, 24, 16, 3, 1 }, { 1, 9, 9, 3, 5, 3, 2 }
  };
  const MsmNeuralOps *ops = msm_device_ops (cpu)->neural;
  g_autofree float *in = g_new (float, 4 * N);

  msm_device_ops (ref)->vector->random_normal (msm_device_state (ref), in, 4 * N, 6, 0, 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      MsmConvPlan *plan = ops->conv_plan_new (msm_device_state (cpu), &shapes[i], 1);
      g_autofree float *here = g_new0 (float, 4 * N), *there = g_new0 (float, 4 * N);

      g_thread_join (g_thread_new ("other", run_plan, &(Call){ plan, in, there }));
      run_plan (&(Call){ plan, in, here });
      ops->conv_plan_free (msm_device_state (cpu), plan);
      g_assert_cmpmem (here, 4 * N * sizeof (float), there, 4 * N * sizeof (float));
    }
}

/* Twice, because a GPU's results must repeat too. */
static void
compare_twice (const Row *row, MsmDevice *cuda, int precision, const float *expected, double tolerance)
{
  g_autofree float *first = run_in (row, cuda, precision);
  g_autofree float *second = run_in (row, cuda, precision);
  g_autoptr (GError) error = NULL;

  g_assert_true (msm_device_check (cuda, &error));
  g_assert_cmpmem (first, N_OUT * N * sizeof (float), second, N_OUT * N * sizeof (float));
  compare (row, first, expected, tolerance);
}

/* On the first GPU, where there is one. Convolutions may round what they give to bfloat16 too. */
static void
test_row_cuda (gconstpointer data)
{
  const Row *row = data;
  g_autofree float *expected = run (row, ref, msm_device_ops (ref)->neural);
  g_autofree float *narrow = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) cuda = msm_device_open ("cuda", &error);

  if (cuda == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  compare_twice (row, cuda, 1, expected, TOLERANCE);
  if (!is_product (row))
    return;
  narrow = run_bf16 (row, ref);
  compare_twice (row, cuda, 2, expected, 2e-3);
  compare_twice (row, cuda, 3, narrow, 4e-3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  cpu = msm_device_open ("cpu", NULL);
  ref = msm_device_open ("ref", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/parity-neural/%s", rows[i].name);
      g_autofree char *path_cuda = g_strdup_printf ("/parity-neural-cuda/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], test_row);
      g_test_add_data_func (path_cuda, &rows[i], test_row_cuda);
      if (is_product (&rows[i]))
        {
          g_autofree char *path_ref = g_strdup_printf ("/parity-neural-bf16/ref/%s", rows[i].name);
          g_autofree char *path_cpu = g_strdup_printf ("/parity-neural-bf16/cpu/%s", rows[i].name);

          g_test_add_data_func (path_ref, &rows[i], test_row_ref_bf16);
          g_test_add_data_func (path_cpu, &rows[i], test_row_cpu_bf16);
        }
    }
  g_test_add_func ("/parity-neural/base", test_base);
  g_test_add_func ("/parity-neural/other-thread", test_other_thread);
  return g_test_run ();
}
