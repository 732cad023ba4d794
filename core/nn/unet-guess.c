#include "config.h"

#include "core/nn/unet-guess.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/nn/unet-config.h"
#include "core/device/shape.h"

typedef struct
{
  const char *source;
  GHashTable *shapes;
} Network;

static gboolean
fail (const Network *network, const char *what, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
               _("%s: its shapes are no guided-diffusion U-Net's: %s; a configuration can be given"), network->source,
               what);
  return FALSE;
}

static const MsmShape *
find (const Network *network, const char *list, int block, int part, const char *name)
{
  g_autofree char *full = g_strdup_printf ("%s.%d.%d.%s", list, block, part, name);

  return g_hash_table_lookup (network->shapes, full);
}

/* Axis 0 of a parameter, or 0. */
static gsize
outputs (const MsmShape *shape)
{
  return shape != NULL && shape->rank > 0 ? shape->dim[0] : 0;
}

static int
count_blocks (const Network *network, const char *list)
{
  int n = 0;

  while (find (network, list, n, 0, "in_layers.0.weight") != NULL || find (network, list, n, 0, "op.weight") != NULL
         || find (network, list, n, 0, "weight") != NULL)
    n++;
  return n;
}

/* An up-sampling at the end of an output block: 1 a residual block, 2 a convolution, 0 none. */
static int
upsampling (const Network *network, int block)
{
  for (int part = 1; part <= 2; part++)
    {
      if (find (network, "output_blocks", block, part, "in_layers.2.weight") != NULL)
        return 1;
      if (find (network, "output_blocks", block, part, "conv.weight") != NULL)
        return 2;
    }
  return 0;
}

static void
put (GHashTable *keys, const char *key, char *take_value)
{
  g_hash_table_insert (keys, g_strdup (key), take_value);
}

/* The first up-sampling ends a level of the output, which has one block more than one of the input. */
static gboolean
guess_levels (const Network *network, GHashTable *keys, int *n_levels, int *n_blocks, GError **error)
{
  int n = count_blocks (network, "output_blocks");
  int first = 0;

  while (first < n && upsampling (network, first) == 0)
    first++;
  *n_blocks = MIN (first, n - 1);
  if (n < 2 || *n_blocks < 1 || n % (*n_blocks + 1) != 0 || count_blocks (network, "input_blocks") != n)
    return fail (network, _("blocks of input and output do not match"), error);
  *n_levels = n / (*n_blocks + 1);
  if (*n_levels > MSM_UNET_MAX_LEVELS)
    return fail (network, _("more than 8 levels"), error);
  put (keys, "num_res_blocks", g_strdup_printf ("%d", *n_blocks));
  if (*n_levels > 1)
    put (keys, "resblock_updown", g_strdup (upsampling (network, first) == 1 ? "true" : "false"));
  return TRUE;
}

/* Every level's channels and attention, from its first block of the input. */
static gboolean
guess_channels (const Network *network, GHashTable *keys, int n_levels, int n_blocks, guint *attention, gsize *divisor,
                GError **error)
{
  const MsmShape *first = g_hash_table_lookup (network->shapes, "input_blocks.0.0.weight");
  const MsmShape *last = g_hash_table_lookup (network->shapes, "out.2.weight");
  g_autoptr (GString) mult = g_string_new (NULL);
  /* Its input is the embedding of t, which is as long as num_channels. */
  const MsmShape *time = g_hash_table_lookup (network->shapes, "time_embed.0.weight");
  gsize channels = time != NULL && time->rank == 2 ? time->dim[1] : 0;

  if (first == NULL || first->rank != 4 || outputs (last) == 0 || channels == 0)
    return fail (network, _("its first or last layer is missing"), error);
  *divisor = 0;
  for (int l = 0; l < n_levels; l++)
    {
      int block = 1 + l * (n_blocks + 1);
      gsize c = outputs (find (network, "input_blocks", block, 0, "out_layers.3.weight"));

      if (c == 0 || c % channels != 0)
        return fail (network, _("a level's channels are no multiple of the first's"), error);
      g_string_append_printf (mult, "%s%zu", l == 0 ? "" : ",", c / channels);
      if (find (network, "input_blocks", block, 1, "qkv.weight") != NULL)
        *attention |= 1u << l;
      /* The middle block attends to the deepest level. */
      if ((*attention >> l & 1) != 0 || l == n_levels - 1)
        *divisor = *divisor == 0 ? c : MIN (*divisor, c);
    }
  put (keys, "num_channels", g_strdup_printf ("%zu", channels));
  put (keys, "channel_mult", g_strdup (mult->str));
  put (keys, "in_channels", g_strdup_printf ("%zu", first->dim[1]));
  put (keys, "out_channels", g_strdup_printf ("%zu", outputs (last)));
  put (keys, "use_scale_shift_norm",
       g_strdup (outputs (find (network, "input_blocks", 1, 0, "emb_layers.1.weight"))
                         == 2 * outputs (find (network, "input_blocks", 1, 0, "out_layers.3.weight"))
                     ? "true"
                     : "false"));
  return TRUE;
}

/* The image size of the reference's configurations with these levels; else one that all levels divide. */
static int
guess_size (const char *mult, int n_levels)
{
  static const struct
  {
    const char *mult;
    int size;
  } known[] = { { "1,1,2,2,4,4", 256 }, { "1,1,2,3,4", 128 }, { "1,2,3,4", 64 } };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (mult, known[i].mult))
      return known[i].size;
  return 8 << n_levels;
}

GHashTable *
msm_unet_guess (const char *source, GHashTable *shapes, int image_size, char **assumed, GError **error)
{
  Network network = { source, shapes };
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) resolutions = g_string_new (NULL);
  guint attention = 0;
  gsize divisor;
  gsize channels;
  int n_levels;
  int n_blocks;
  int size;
  int groups = 32;

  if (!guess_levels (&network, keys, &n_levels, &n_blocks, error)
      || !guess_channels (&network, keys, n_levels, n_blocks, &attention, &divisor, error))
    return NULL;
  size = image_size > 0 ? image_size : guess_size (g_hash_table_lookup (keys, "channel_mult"), n_levels);
  for (int l = 0; l < n_levels; l++)
    if ((attention >> l & 1) != 0)
      g_string_append_printf (resolutions, "%s%d", resolutions->len > 0 ? "," : "", size >> l);
  /* 8192 is a resolution that no level has. */
  put (keys, "attention_resolutions", g_strdup (resolutions->len > 0 ? resolutions->str : "8192"));
  put (keys, "image_size", g_strdup_printf ("%d", size));
  put (keys, "num_head_channels", g_strdup (divisor % 64 == 0 ? "64" : "-1"));
  put (keys, "num_heads", g_strdup ("1"));
  channels = (gsize) g_ascii_strtoull (g_hash_table_lookup (keys, "num_channels"), NULL, 10);
  while (channels % (gsize) groups != 0)
    groups /= 2;
  put (keys, "norm_groups", g_strdup_printf ("%d", groups));
  *assumed = g_strdup_printf ("image_size %d, %s, norm_groups %d, legacy order of qkv, prediction epsilon", size,
                              divisor % 64 == 0 ? "num_head_channels 64" : "num_heads 1", groups);
  return g_steal_pointer (&keys);
}

/* The keys, and which are texts in JSON; the others are numbers, or true and false. */
static const struct
{
  const char *key;
  gboolean is_text;
} known_keys[] = {
  { "image_size", FALSE },
  { "in_channels", FALSE },
  { "out_channels", FALSE },
  { "num_channels", FALSE },
  { "num_res_blocks", FALSE },
  { "channel_mult", TRUE },
  { "attention_resolutions", TRUE },
  { "num_heads", FALSE },
  { "num_head_channels", FALSE },
  { "use_scale_shift_norm", FALSE },
  { "resblock_updown", FALSE },
  { "use_new_attention_order", FALSE },
  { "norm_groups", FALSE },
  { "learn_sigma", FALSE },
  { "class_cond", FALSE },
  { "prediction", TRUE },
  { "input", TRUE },
  { "signal_power", FALSE },
  { "signal_spectrum", TRUE },
  { "alias_part", FALSE },
  { "cg_iterations", FALSE },
};

/* (transfer full): the value without quotes, as JSON spells it; NULL when the key is unknown */
static char *
plain_value (const char *key, const char *value)
{
  g_autofree char *bare = g_strstrip (g_strdup (value));
  gsize n = strlen (bare);

  if (n >= 2 && (bare[0] == '"' || bare[0] == '\'') && bare[n - 1] == bare[0])
    {
      bare[n - 1] = '\0';
      memmove (bare, bare + 1, n - 1);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (known_keys); i++)
    if (g_str_equal (key, known_keys[i].key))
      {
        if (g_str_equal (bare, "True") || g_str_equal (bare, "False"))
          return g_ascii_strdown (bare, -1);
        return g_steal_pointer (&bare);
      }
  return NULL;
}

gboolean
msm_unet_keys_set (GHashTable *keys, const char *key, const char *value, GError **error)
{
  char *text = plain_value (key, value);

  if (text == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%.60s’ is not a key of a network's configuration"), key);
      return FALSE;
    }
  g_hash_table_replace (keys, g_strdup (key), text);
  return TRUE;
}

gboolean
msm_unet_keys_read (GHashTable *keys, const char *source, const char *text, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  /* Both forms are lines “key: value” once braces are blank and commas outside of quotes end a line. */
  g_autofree char *flat = g_strdup (text);
  g_auto (GStrv) lines = NULL;
  gboolean json = strchr (text, '{') != NULL;
  char quote = '\0';

  for (char *c = flat; *c != '\0'; c++)
    {
      if (quote != '\0')
        quote = *c == quote || *c == '\n' ? '\0' : quote;
      else if (*c == '"' || *c == '\'')
        quote = *c;
      else if (json && (*c == '{' || *c == '}' || *c == ','))
        *c = '\n';
    }
  lines = g_strsplit (flat, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *comment = json ? NULL : strstr (lines[i], " #");
      char *colon = strchr (lines[i], ':');
      g_autofree char *key = NULL;
      char *value;
      const char *before;

      if (comment != NULL)
        *comment = '\0';
      if (colon == NULL || (comment != NULL && colon > comment))
        continue;
      key = g_strndup (lines[i], (gsize) (colon - lines[i]));
      g_strdelimit (g_strstrip (key), "\"'", ' ');
      g_strstrip (key);
      value = plain_value (key, colon + 1);
      if (value == NULL)
        continue;
      /* An empty text is the reference's “by the image size”; the default is the same. */
      before = g_hash_table_lookup (seen, key);
      if (before != NULL && !g_str_equal (before, value))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: ‘%s’ is given twice: %s and %s"), source, key, before,
                       value);
          g_free (value);
          return FALSE;
        }
      g_hash_table_replace (seen, g_strdup (key), g_strdup (value));
      if (value[0] != '\0')
        g_hash_table_replace (keys, g_strdup (key), g_strdup (value));
      g_free (value);
    }
  if (g_hash_table_size (seen) > 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
               _("%s: no key of a network's configuration, such as ‘num_channels’"), source);
  return FALSE;
}

/* What is no number, true or false stays a text: the configuration's reader then says what is wrong. */
static void
add_value (JsonBuilder *builder, const char *key, const char *value, gboolean is_text)
{
  char *end = NULL, *end_of_real = NULL;
  gint64 whole = g_ascii_strtoll (value, &end, 10);
  double real = g_ascii_strtod (value, &end_of_real);

  if (is_text)
    msm_json_text (builder, key, value);
  else if (g_str_equal (value, "true") || g_str_equal (value, "false"))
    msm_json_bool (builder, key, value[0] == 't');
  else if (end != value && *end == '\0')
    msm_json_int (builder, key, whole);
  else if (end_of_real != value && *end_of_real == '\0')
    msm_json_real (builder, key, real);
  else
    msm_json_text (builder, key, value);
}

char *
msm_unet_keys_format (GHashTable *keys)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (known_keys); i++)
    {
      const char *value = g_hash_table_lookup (keys, known_keys[i].key);

      if (value != NULL)
        add_value (builder, known_keys[i].key, value, known_keys[i].is_text);
    }
  json_builder_end_object (builder);
  return msm_json_format (builder, FALSE);
}
