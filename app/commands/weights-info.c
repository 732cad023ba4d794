#include "config.h"

#include "app/commands/weights-info.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/nn/safetensors.h"

/* What trainings write, in the order in which people ask. */
static const struct
{
  const char *key;
  const char *title;
} rows[] = {
  { "msm.config", N_("network") },
  { "msm.program", N_("program") },
  { "msm.checkpoint", N_("checkpoint version") },
  { "msm.loss", N_("loss") },
  { "msm.steps", N_("steps") },
  { "msm.step", N_("steps") },
  { "msm.images", N_("images seen") },
  { "msm.seconds", N_("seconds") },
  { "msm.seed", N_("seed") },
  { "msm.licence", N_("licence") },
  { "msm.validation", N_("validation error / power by σ") },
  { "msm.data", N_("data") },
  { "msm.experiment", N_("experiment") },
};

gboolean
msm_weights_is_file (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".safetensors");
}

/* One line as it is; several are indented below their title. */
static void
append_text (GString *text, const char *title, const char *value)
{
  g_auto (GStrv) lines = g_strsplit (value, "\n", -1);

  if (strchr (value, '\n') == NULL)
    {
      g_string_append_printf (text, "%s: %s\n", title, value);
      return;
    }
  g_string_append_printf (text, "%s:\n", title);
  for (int i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      g_string_append_printf (text, "  %s\n", lines[i]);
}

static char *
describe_text (MsmSafetensors *file, const char *base, gsize n_numbers, guint n_bf16)
{
  guint n = msm_safetensors_count (file);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _("%s: %u tensors, %.2f million numbers, %s\n"), base, n, (double) n_numbers / 1e6,
                          n_bf16 == 0   ? "float32"
                          : n_bf16 == n ? "bfloat16"
                                        : _("float32 and bfloat16"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *value = msm_safetensors_metadata (file, rows[i].key);

      if (value != NULL && value[0] != '\0')
        append_text (text, _(rows[i].title), value);
    }
  return g_string_free (text, FALSE);
}

static char *
describe_json (MsmSafetensors *file, const char *base, gsize n_numbers)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  msm_json_text (b, "file", base);
  msm_json_int (b, "tensors", msm_safetensors_count (file));
  msm_json_int (b, "numbers", (gint64) n_numbers);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *value = msm_safetensors_metadata (file, rows[i].key);

      if (value != NULL && value[0] != '\0')
        msm_json_text (b, rows[i].key, value);
    }
  json_builder_end_object (b);
  return msm_json_format (b, FALSE);
}

char *
msm_weights_describe (const char *path, gboolean json, GError **error)
{
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, error);
  g_autofree char *base = g_path_get_basename (path);
  gsize n_numbers = 0;
  guint n_bf16 = 0;

  if (file == NULL)
    return NULL;
  for (guint i = 0; i < msm_safetensors_count (file); i++)
    {
      const MsmSafetensorsEntry *entry = msm_safetensors_get (file, i);

      n_numbers += msm_shape_size (entry->shape);
      n_bf16 += entry->dtype == MSM_BF16;
    }
  return json ? describe_json (file, base, n_numbers) : describe_text (file, base, n_numbers, n_bf16);
}
