#include "config.h"

#include "core/nn/unet-config.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/json.h"

typedef struct
{
  const char *source;
  JsonObject *object;
} Reader;

static gboolean
fail (const Reader *reader, const char *key, GError **error, const char *what)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: network configuration: ‘%.60s’ %s"), reader->source, key,
               what);
  return FALSE;
}

static gboolean
read_int (const Reader *reader, const char *key, int fallback, int min, int max, int *value, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, key);
  gint64 v = fallback;

  if (node != NULL && (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64))
    return fail (reader, key, error, _("is not an integer"));
  if (node != NULL)
    v = json_node_get_int (node);
  if (v < min || v > max)
    {
      g_autofree char *what = g_strdup_printf (_("is %" PRId64 ", expected %d to %d"), v, min, max);

      return fail (reader, key, error, node == NULL ? _("is missing") : what);
    }
  *value = (int) v;
  return TRUE;
}

static gboolean
read_bool (const Reader *reader, const char *key, gboolean *value, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, key);

  *value = FALSE;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return fail (reader, key, error, _("is not true or false"));
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* "1,1,2,3": up to 8 integers from 1 to @max. */
static gboolean
read_list (const Reader *reader, const char *key, const char *fallback, int max, int *list, int *n, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, key);
  const char *text = fallback;
  g_auto (GStrv) parts = NULL;

  if (node != NULL && (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING))
    return fail (reader, key, error, _("is not a text like \"1,2\""));
  if (node != NULL && json_node_get_string (node)[0] != '\0')
    text = json_node_get_string (node);
  if (text == NULL)
    return fail (reader, key, error, _("is missing"));
  parts = g_strsplit (text, ",", MSM_UNET_MAX_LEVELS + 1);
  for (*n = 0; parts[*n] != NULL; (*n)++)
    {
      guint64 value;

      if (*n == MSM_UNET_MAX_LEVELS)
        return fail (reader, key, error, _("has more than 8 entries"));
      if (!g_ascii_string_to_unsigned (g_strstrip (parts[*n]), 10, 1, (guint64) max, &value, NULL))
        return fail (reader, key, error, _("is not a list of positive integers in range"));
      list[*n] = (int) value;
    }
  return TRUE;
}

static gboolean
check_keys (const Reader *reader, GError **error)
{
  /* Those that do not change the function computed; anything else unknown may. */
  static const char *const known[] = { "image_size",
                                       "in_channels",
                                       "out_channels",
                                       "num_channels",
                                       "num_res_blocks",
                                       "channel_mult",
                                       "attention_resolutions",
                                       "num_heads",
                                       "num_head_channels",
                                       "use_scale_shift_norm",
                                       "resblock_updown",
                                       "use_new_attention_order",
                                       "norm_groups",
                                       "learn_sigma",
                                       "class_cond",
                                       "prediction",
                                       "input",
                                       "signal_power",
                                       "signal_spectrum",
                                       "alias_part",
                                       "cg_iterations",
                                       "dropout",
                                       "use_checkpoint",
                                       "use_fp16",
                                       "num_heads_upsample",
                                       "model_path",
                                       NULL };
  g_autoptr (GList) keys = json_object_get_members (reader->object);

  for (GList *l = keys; l != NULL; l = l->next)
    if (!g_strv_contains (known, l->data))
      return fail (reader, l->data, error, _("is not a known key"));
  return TRUE;
}

/* The index in @names of the text of @key; 0 when it is absent. */
static gboolean
read_choice (const Reader *reader, const char *key, const char *const *names, int *value, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, key);
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  g_autofree char *what = g_strdup_printf (_("is not one of: %s"), all);

  *value = 0;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return fail (reader, key, error, what);
  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (json_node_get_string (node), names[i]))
      {
        *value = i;
        return TRUE;
      }
  return fail (reader, key, error, what);
}

static const char *const predictions[] = { "epsilon", "v", NULL };
static const char *const inputs[] = { "adjoint", "lmmse", "wiener", NULL };

/* "85,27,…": the power at every knot. */
static gboolean
read_spectrum (MsmUnetConfig *self, const Reader *reader, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, "signal_spectrum");
  g_auto (GStrv) parts = NULL;

  if (node == NULL)
    return fail (reader, "signal_spectrum", error, _("is missing (‘input’ wiener needs it)"));
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return fail (reader, "signal_spectrum", error, _("is not a text of 16 numbers"));
  parts = g_strsplit (json_node_get_string (node), ",", MSM_UNET_SPECTRUM + 1);
  if (g_strv_length (parts) != MSM_UNET_SPECTRUM)
    return fail (reader, "signal_spectrum", error, _("is not a text of 16 numbers"));
  for (int i = 0; i < MSM_UNET_SPECTRUM; i++)
    {
      char *end;
      double value = g_ascii_strtod (g_strstrip (parts[i]), &end);

      if (end == parts[i] || *end != '\0' || !(value >= 1e-15 && value <= 1e15))
        return fail (reader, "signal_spectrum", error, _("has an entry that is not a number from 1e-15 to 1e15"));
      self->signal_spectrum[i] = value;
    }
  return TRUE;
}

static gboolean
read_alias (MsmUnetConfig *self, const Reader *reader, GError **error)
{
  JsonNode *node = json_object_get_member (reader->object, "alias_part");

  self->alias_part = node == NULL ? 0 : JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : -1;
  return (self->alias_part >= 0 && self->alias_part <= 1)
         || fail (reader, "alias_part", error, _("is not a number from 0 to 1"));
}

static gboolean
read_diffusion (MsmUnetConfig *self, const Reader *reader, GError **error)
{
  JsonNode *power = json_object_get_member (reader->object, "signal_power");
  int prediction;
  int input;

  if (!read_choice (reader, "prediction", predictions, &prediction, error)
      || !read_choice (reader, "input", inputs, &input, error))
    return FALSE;
  self->prediction = (MsmPrediction) prediction;
  self->input = (MsmInput) input;
  if (self->input == MSM_INPUT_ADJOINT)
    return TRUE;
  if (self->prediction != MSM_PREDICTION_V)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: network configuration: ‘input’ %s needs ‘prediction’ v"), reader->source, inputs[input]);
      return FALSE;
    }
  if (self->input == MSM_INPUT_WIENER)
    return read_spectrum (self, reader, error) && read_alias (self, reader, error)
           && read_int (reader, "cg_iterations", 6, 1, 100, &self->cg_iterations, error);
  if (power == NULL)
    return fail (reader, "signal_power", error, _("is missing (‘input’ lmmse needs it)"));
  self->signal_power = JSON_NODE_HOLDS_VALUE (power) ? json_node_get_double (power) : 0;
  if (!(self->signal_power >= 1e-12 && self->signal_power <= 1e12))
    return fail (reader, "signal_power", error, _("is not a number from 1e-12 to 1e12"));
  return read_int (reader, "cg_iterations", 6, 1, 100, &self->cg_iterations, error);
}

static const char *
default_mult (int image_size)
{
  switch (image_size)
    {
    case 256:
      return "1,1,2,2,4,4";
    case 128:
      return "1,1,2,3,4";
    case 64:
      return "1,2,3,4";
    default:
      return NULL;
    }
}

static gboolean
check_sizes (MsmUnetConfig *self, const Reader *reader, GError **error)
{
  for (int l = 0; l < self->n_levels; l++)
    {
      int c = self->num_channels * self->channel_mult[l];

      if (c % self->norm_groups != 0)
        return fail (reader, "num_channels", error, _("times channel_mult is no multiple of norm_groups"));
      if (c > 16384)
        return fail (reader, "num_channels", error, _("times channel_mult is above 16384"));
      /* The middle block attends at the deepest level, whatever the resolutions say. */
      if (((self->attention_levels >> l & 1) != 0 || l == self->n_levels - 1)
          && c % (self->num_head_channels > 0 ? self->num_head_channels : self->num_heads) != 0)
        return fail (reader, "num_heads", error, _("does not divide the channels of an attention"));
    }
  if (self->num_channels % 2 != 0)
    return fail (reader, "num_channels", error, _("is odd"));
  return TRUE;
}

static gboolean
read_all (MsmUnetConfig *self, const Reader *reader, GError **error)
{
  int attention[MSM_UNET_MAX_LEVELS];
  int n_attention = 0;
  gboolean learn_sigma;
  gboolean class_cond;

  if (!check_keys (reader, error) || !read_diffusion (self, reader, error)
      || !read_int (reader, "image_size", 0, 1, 8192, &self->image_size, error)
      || !read_int (reader, "in_channels", 0, 1, 1024, &self->in_channels, error)
      || !read_int (reader, "out_channels", 0, 1, 1024, &self->out_channels, error)
      || !read_int (reader, "num_channels", 0, 1, 4096, &self->num_channels, error)
      || !read_int (reader, "num_res_blocks", 0, 1, 16, &self->num_res_blocks, error)
      || !read_list (reader, "channel_mult", default_mult (self->image_size), 64, self->channel_mult, &self->n_levels,
                     error)
      || !read_list (reader, "attention_resolutions", NULL, 8192, attention, &n_attention, error)
      || !read_int (reader, "num_heads", 1, 1, 1024, &self->num_heads, error)
      || !read_int (reader, "num_head_channels", -1, -1, 4096, &self->num_head_channels, error)
      || !read_int (reader, "norm_groups", 32, 1, 4096, &self->norm_groups, error)
      || !read_bool (reader, "use_scale_shift_norm", &self->use_scale_shift_norm, error)
      || !read_bool (reader, "resblock_updown", &self->resblock_updown, error)
      || !read_bool (reader, "use_new_attention_order", &self->use_new_attention_order, error)
      || !read_bool (reader, "learn_sigma", &learn_sigma, error)
      || !read_bool (reader, "class_cond", &class_cond, error))
    return FALSE;
  if (learn_sigma || class_cond)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: network configuration: learn_sigma and class_cond must be false"), reader->source);
      return FALSE;
    }
  for (int i = 0; i < n_attention; i++)
    for (int l = 0; l < self->n_levels; l++)
      if (self->image_size / attention[i] == 1 << l)
        self->attention_levels |= 1u << l;
  return check_sizes (self, reader, error);
}

gboolean
msm_unet_config_parse (MsmUnetConfig *self, const char *source, const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  Reader reader = { source, NULL };

  memset (self, 0, sizeof *self);
  /* A flat object: brackets in number are an attempt on the recursive parser's stack. */
  if (strlen (json) > 65536 || strchr (json, '[') != NULL || strchr (json + (json[0] != '\0'), '{') != NULL
      || !json_parser_load_from_data (parser, json, -1, NULL) || json_parser_get_root (parser) == NULL
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the network configuration is not a flat JSON object"),
                   source);
      return FALSE;
    }
  reader.object = json_node_get_object (json_parser_get_root (parser));
  return read_all (self, &reader, error);
}

char *
msm_unet_config_format (const MsmUnetConfig *self)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (GString) mult = g_string_new (NULL);
  g_autoptr (GString) attention = g_string_new (NULL);
  g_autoptr (GString) spectrum = g_string_new (NULL);
  char power[G_ASCII_DTOSTR_BUF_SIZE];

  for (int l = 0; l < self->n_levels; l++)
    {
      g_string_append_printf (mult, "%s%d", l == 0 ? "" : ",", self->channel_mult[l]);
      if ((self->attention_levels >> l & 1) != 0)
        g_string_append_printf (attention, "%s%d", attention->len == 0 ? "" : ",", self->image_size >> l);
    }
  if (attention->len == 0) /* a resolution that no level has */
    g_string_append_printf (attention, "%d", 8192);
  for (int i = 0; i < MSM_UNET_SPECTRUM; i++)
    g_string_append_printf (spectrum, "%s%s", i == 0 ? "" : ",",
                            g_ascii_formatd (power, sizeof power, "%.5g", self->signal_spectrum[i]));
  json_builder_begin_object (b);
  msm_json_int (b, "image_size", self->image_size);
  msm_json_int (b, "in_channels", self->in_channels);
  msm_json_int (b, "out_channels", self->out_channels);
  msm_json_int (b, "num_channels", self->num_channels);
  msm_json_int (b, "num_res_blocks", self->num_res_blocks);
  msm_json_text (b, "channel_mult", mult->str);
  msm_json_text (b, "attention_resolutions", attention->str);
  msm_json_int (b, "num_heads", self->num_heads);
  msm_json_int (b, "num_head_channels", self->num_head_channels);
  msm_json_bool (b, "use_scale_shift_norm", self->use_scale_shift_norm);
  msm_json_bool (b, "resblock_updown", self->resblock_updown);
  msm_json_bool (b, "use_new_attention_order", self->use_new_attention_order);
  msm_json_int (b, "norm_groups", self->norm_groups);
  msm_json_text (b, "prediction", predictions[self->prediction]);
  msm_json_text (b, "input", inputs[self->input]);
  if (self->input == MSM_INPUT_LMMSE)
    msm_json_real (b, "signal_power", self->signal_power);
  if (self->input == MSM_INPUT_WIENER)
    {
      msm_json_text (b, "signal_spectrum", spectrum->str);
      msm_json_real (b, "alias_part", self->alias_part);
    }
  if (self->input != MSM_INPUT_ADJOINT)
    msm_json_int (b, "cg_iterations", self->cg_iterations);
  json_builder_end_object (b);
  return msm_json_format (b, FALSE);
}
