#include "config.h"

#include "app/commands/weights-info.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/commands/metrics-text.h"
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

char *
msm_weights_describe (const char *path, gboolean json, GError **error)
{
  g_autoptr (MsmSafetensors) file = msm_safetensors_open (path, error);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = msm_json_string (base);
  GString *text;
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
  text = g_string_new (NULL);
  if (json)
    g_string_append_printf (text, "{ \"file\": %s, \"tensors\": %u, \"numbers\": %zu", name,
                            msm_safetensors_count (file), n_numbers);
  else
    g_string_append_printf (text, _("%s: %u tensors, %.2f million numbers, %s\n"), base, msm_safetensors_count (file),
                            (double) n_numbers / 1e6,
                            n_bf16 == 0                              ? "float32"
                            : n_bf16 == msm_safetensors_count (file) ? "bfloat16"
                                                                     : _("float32 and bfloat16"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *value = msm_safetensors_metadata (file, rows[i].key);

      if (value == NULL || value[0] == '\0')
        continue;
      if (json)
        {
          g_autofree char *quoted = msm_json_string (value);

          g_string_append_printf (text, ", \"%s\": %s", rows[i].key, quoted);
        }
      else
        append_text (text, _(rows[i].title), value);
    }
  if (json)
    g_string_append (text, " }\n");
  return g_string_free (text, FALSE);
}
