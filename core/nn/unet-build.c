#include "config.h"

#include "core/nn/unet-build.h"

#include <string.h>

/*
 * One walk declares and builds, so that names and nodes cannot drift apart. A Stream is a value of the
 * graph and its channels; while only declaring, the value is NONE.
 */
typedef struct
{
  int value;
  gsize c;
} Stream;

typedef struct
{
  const MsmUnetConfig *config;
  MsmWeights *weights;
  MsmGraph *graph;  /* NULL: declare */
  Stream embedding; /* SiLU of the time embedding */
} Builder;

/* The pair NAME.weight, NAME.bias; returns the index of the weight. */
static guint
pair (Builder *b, const char *prefix, const char *name, MsmShape shape)
{
  g_autofree char *weight = g_strconcat (prefix, name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (prefix, name, ".bias", NULL);
  guint index;

  if (b->graph != NULL)
    return (guint) msm_weights_find (b->weights, weight);
  index = msm_weights_add (b->weights, weight, shape);
  msm_weights_add (b->weights, bias, msm_shape1 (shape.dim[0]));
  return index;
}

static Stream
conv (Builder *b, const char *prefix, const char *name, Stream x, gsize c_out, gsize kernel, gsize stride, int residual)
{
  guint index = pair (b, prefix, name, msm_shape4 (c_out, x.c, kernel, kernel));

  if (b->graph == NULL)
    return (Stream){ MSM_GRAPH_NONE, c_out };
  return (Stream){ msm_graph_conv (b->graph, x.value, index, c_out, kernel, stride, residual), c_out };
}

/* The reference's attention projections are one-dimensional convolutions: [out, in, 1]. */
static Stream
project (Builder *b, const char *prefix, const char *name, Stream x, gsize c_out, int residual)
{
  guint index = pair (b, prefix, name, msm_shape3 (c_out, x.c, 1));

  if (b->graph == NULL)
    return (Stream){ MSM_GRAPH_NONE, c_out };
  return (Stream){ msm_graph_conv (b->graph, x.value, index, c_out, 1, 1, residual), c_out };
}

static Stream
linear (Builder *b, const char *prefix, const char *name, Stream x, gsize c_out)
{
  guint index = pair (b, prefix, name, msm_shape2 (c_out, x.c));

  if (b->graph == NULL)
    return (Stream){ MSM_GRAPH_NONE, c_out };
  return (Stream){ msm_graph_linear (b->graph, x.value, index, c_out), c_out };
}

static Stream
norm (Builder *b, const char *prefix, const char *name, Stream x, gboolean silu, int scale_shift)
{
  guint index = pair (b, prefix, name, msm_shape1 (x.c));

  if (b->graph == NULL)
    return x;
  return (Stream){ msm_graph_norm (b->graph, x.value, index, (gsize) b->config->norm_groups, silu, scale_shift), x.c };
}

static Stream
silu (Builder *b, Stream x)
{
  return b->graph == NULL ? x : (Stream){ msm_graph_silu (b->graph, x.value), x.c };
}

/* @direction: 1 up, −1 down, 0 neither */
static Stream
resample (Builder *b, Stream x, int direction)
{
  if (b->graph == NULL || direction == 0)
    return x;
  return (Stream){ direction > 0 ? msm_graph_upsample (b->graph, x.value) : msm_graph_downsample (b->graph, x.value),
                   x.c };
}

static Stream
res_block (Builder *b, const char *prefix, Stream x, gsize c_out, int direction)
{
  gboolean modulate = b->config->use_scale_shift_norm;
  Stream h;
  Stream e;
  Stream skip;

  h = norm (b, prefix, "in_layers.0", x, TRUE, MSM_GRAPH_NONE);
  h = resample (b, h, direction);
  h = conv (b, prefix, "in_layers.2", h, c_out, 3, 1, MSM_GRAPH_NONE);
  e = linear (b, prefix, "emb_layers.1", b->embedding, modulate ? 2 * c_out : c_out);
  if (!modulate && b->graph != NULL)
    h.value = msm_graph_add_channel (b->graph, h.value, e.value);
  h = norm (b, prefix, "out_layers.0", h, TRUE, modulate ? e.value : MSM_GRAPH_NONE);
  skip = resample (b, x, direction);
  if (x.c == c_out)
    return conv (b, prefix, "out_layers.3", h, c_out, 3, 1, skip.value);
  if (b->graph == NULL) /* the reference's order of names */
    {
      conv (b, prefix, "out_layers.3", h, c_out, 3, 1, MSM_GRAPH_NONE);
      return conv (b, prefix, "skip_connection", skip, c_out, 1, 1, MSM_GRAPH_NONE);
    }
  skip = conv (b, prefix, "skip_connection", skip, c_out, 1, 1, MSM_GRAPH_NONE);
  return conv (b, prefix, "out_layers.3", h, c_out, 3, 1, skip.value);
}

static Stream
attention (Builder *b, const char *prefix, Stream x)
{
  const MsmUnetConfig *config = b->config;
  gsize heads = config->num_head_channels > 0 ? x.c / (gsize) config->num_head_channels : (gsize) config->num_heads;
  Stream h;

  h = norm (b, prefix, "norm", x, FALSE, MSM_GRAPH_NONE);
  h = project (b, prefix, "qkv", h, 3 * x.c, MSM_GRAPH_NONE);
  if (b->graph != NULL)
    h.value = msm_graph_attention (b->graph, h.value, heads, config->use_new_attention_order);
  h.c = x.c;
  return project (b, prefix, "proj_out", h, x.c, x.value);
}

static char *
block_name (const char *list, guint block, int part)
{
  return g_strdup_printf ("%s.%u.%d.", list, block, part);
}

/* Residual block and, where the level has it, attention: @part counts on. */
static Stream
stage (Builder *b, const char *list, guint block, int *part, Stream x, gsize c_out, gboolean attend)
{
  g_autofree char *res = block_name (list, block, 0);
  g_autofree char *att = block_name (list, block, 1);

  x = res_block (b, res, x, c_out, 0);
  *part = 1;
  if (attend)
    {
      x = attention (b, att, x);
      *part = 2;
    }
  return x;
}

static Stream
go_down (Builder *b, guint block, Stream x)
{
  g_autofree char *prefix = block_name ("input_blocks", block, 0);

  if (b->config->resblock_updown)
    return res_block (b, prefix, x, x.c, -1);
  return conv (b, prefix, "op", x, x.c, 3, 2, MSM_GRAPH_NONE);
}

static Stream
go_up (Builder *b, guint block, int part, Stream x)
{
  g_autofree char *prefix = block_name ("output_blocks", block, part);

  if (b->config->resblock_updown)
    return res_block (b, prefix, x, x.c, 1);
  return conv (b, prefix, "conv", resample (b, x, 1), x.c, 3, 1, MSM_GRAPH_NONE);
}

static Stream
concat (Builder *b, Stream x, Stream y)
{
  Stream z = { MSM_GRAPH_NONE, x.c + y.c };

  if (b->graph != NULL)
    z.value = msm_graph_concat (b->graph, x.value, y.value);
  return z;
}

void
msm_unet_build (const MsmUnetConfig *config, MsmWeights *weights, MsmGraph *graph, gsize h, gsize w,
                MsmUnetPorts *ports)
{
  Builder builder = { config, weights, graph, { MSM_GRAPH_NONE, 0 } };
  Builder *b = &builder;
  g_autoptr (GArray) skips = g_array_new (FALSE, FALSE, sizeof (Stream));
  const gsize base = (gsize) config->num_channels;
  Stream x = { MSM_GRAPH_NONE, (gsize) config->in_channels };
  Stream e = { MSM_GRAPH_NONE, base };
  guint block = 0;
  int part;

  if (graph != NULL)
    {
      x.value = ports->x = msm_graph_input (graph, h, w, x.c, TRUE);
      e.value = ports->embedding = msm_graph_input (graph, 1, 1, base, FALSE);
    }
  e = linear (b, "time_embed.", "0", e, 4 * base);
  e = linear (b, "time_embed.", "2", silu (b, e), 4 * base);
  b->embedding = silu (b, e);

  x = conv (b, "input_blocks.", "0.0", x, base * (gsize) config->channel_mult[0], 3, 1, MSM_GRAPH_NONE);
  g_array_append_val (skips, x);
  for (int l = 0; l < config->n_levels; l++)
    {
      for (int i = 0; i < config->num_res_blocks; i++)
        {
          x = stage (b, "input_blocks", ++block, &part, x, base * (gsize) config->channel_mult[l],
                     (config->attention_levels >> l & 1) != 0);
          g_array_append_val (skips, x);
        }
      if (l < config->n_levels - 1)
        {
          x = go_down (b, ++block, x);
          g_array_append_val (skips, x);
        }
    }

  x = res_block (b, "middle_block.0.", x, x.c, 0);
  x = attention (b, "middle_block.1.", x);
  x = res_block (b, "middle_block.2.", x, x.c, 0);

  block = 0;
  for (int l = config->n_levels - 1; l >= 0; l--)
    for (int i = 0; i <= config->num_res_blocks; i++, block++)
      {
        x = concat (b, x, g_array_index (skips, Stream, skips->len - 1));
        g_array_set_size (skips, skips->len - 1);
        x = stage (b, "output_blocks", block, &part, x, base * (gsize) config->channel_mult[l],
                   (config->attention_levels >> l & 1) != 0);
        if (l > 0 && i == config->num_res_blocks)
          x = go_up (b, block, part, x);
      }

  x = norm (b, "out.", "0", x, TRUE, MSM_GRAPH_NONE);
  x = conv (b, "out.", "2", x, (gsize) config->out_channels, 3, 1, MSM_GRAPH_NONE);
  if (graph != NULL)
    ports->y = x.value;
}
