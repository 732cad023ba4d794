#include "config.h"

#include "app/setup/experiment.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/setup/stages.h"
#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/io/provenance.h"

typedef struct
{
  char *name;
  MsmParams *params;
} Section;

struct _MsmExperiment
{
  GArray *sections;  /* Section */
  GString *left_out; /* keys of outputs that the newest file named */
};

static void
section_clear (gpointer data)
{
  g_free (((Section *) data)->name);
}

MsmExperiment *
msm_experiment_new (void)
{
  MsmExperiment *self = g_new0 (MsmExperiment, 1);

  self->sections = g_array_new (FALSE, FALSE, sizeof (Section));
  g_array_set_clear_func (self->sections, section_clear);
  self->left_out = g_string_new (NULL);
  return self;
}

void
msm_experiment_free (MsmExperiment *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->sections);
  g_string_free (self->left_out, TRUE);
  g_free (self);
}

void
msm_experiment_add (MsmExperiment *self, const char *section, MsmParams *params)
{
  Section entry = { g_strdup (section), params };

  g_array_append_val (self->sections, entry);
}

static char
fold (char c)
{
  return c == '_' ? '-' : g_ascii_tolower (c);
}

static gboolean
same_key (const char *a, const char *b)
{
  while (*a != '\0' && fold (*a) == fold (*b))
    a++, b++;
  return *a == '\0' && *b == '\0';
}

/* Levenshtein's distance of two short texts. */
static gsize
distance (const char *a, const char *b)
{
  gsize n = strlen (b);
  g_autofree gsize *row = g_new (gsize, n + 1);

  for (gsize k = 0; k <= n; k++)
    row[k] = k;
  for (gsize i = 0; a[i] != '\0'; i++)
    {
      gsize diagonal = row[0];

      row[0] = i + 1;
      for (gsize k = 1; k <= n; k++)
        {
          gsize above = row[k];

          row[k] = MIN (MIN (above, row[k - 1]) + 1, diagonal + (fold (a[i]) != fold (b[k - 1])));
          diagonal = above;
        }
    }
  return row[n];
}

static Section *
find_section (MsmExperiment *self, const char *name, GError **error)
{
  const char *nearest = NULL;
  gsize best = G_MAXSIZE;

  for (guint i = 0; i < self->sections->len; i++)
    {
      Section *section = &g_array_index (self->sections, Section, i);
      gsize d = distance (name, section->name);

      if (g_str_equal (section->name, name))
        return section;
      if (d < best)
        {
          best = d;
          nearest = section->name;
        }
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("there is no section [%.60s]; the nearest is [%s]"), name,
               nearest != NULL ? nearest : "");
  return NULL;
}

static const MsmParam *
find_key (const Section *section, const char *key, GError **error)
{
  const char *nearest = NULL;
  gsize best = G_MAXSIZE;

  for (const MsmParam *param = msm_params_get_table (section->params); param->name != NULL; param++)
    {
      gsize d = distance (key, param->name);

      if (same_key (key, param->name))
        return param;
      if (d < best)
        {
          best = d;
          nearest = param->name;
        }
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("[%s] has no key ‘%.60s’; the nearest is ‘%s’"), section->name,
               key, nearest != NULL ? nearest : "");
  return NULL;
}

/* A @folder of NULL is the current one. */
static char *
from_folder (const char *name, const char *folder)
{
  return g_canonicalize_filename (name, folder);
}

/* A shipped thing's name, unless there is such a file. */
static char *
from_folder_or_name (const char *name, const char *folder)
{
  g_autofree char *full = g_canonicalize_filename (name, folder);

  return strchr (name, G_DIR_SEPARATOR) == NULL && !g_file_test (full, G_FILE_TEST_EXISTS) ? g_strdup (name)
                                                                                           : g_steal_pointer (&full);
}

static char *
without_folder (const char *name, const char *folder)
{
  return g_path_get_basename (name);
}

#define FILE_URI "file://"

/* A name as a file of text has it: as it is, or, when it is not UTF-8, as a URI. (transfer full) */
static char *
encode_path (char *name_take, MsmNames names)
{
  g_autofree char *name = name_take, *full = NULL, *uri = NULL;

  if (g_utf8_validate (name, -1, NULL))
    return g_steal_pointer (&name);
  full = g_canonicalize_filename (name, NULL);
  uri = names != MSM_NAMES_WHOLE ? NULL : g_filename_to_uri (full, NULL, NULL);
  /* A URI has a folder, and what is portable has none. */
  return uri != NULL ? g_steal_pointer (&uri) : g_filename_display_name (name);
}

/* The file of a URI, else NULL. (transfer full) */
static char *
decode_path (const char *text)
{
  return g_str_has_prefix (text, FILE_URI) ? g_filename_from_uri (text, NULL, NULL) : NULL;
}

/* The name, or each of a list, through @change. (transfer full) */
static char *
map_paths (const MsmParam *param, const char *text, char *(*change) (const char *name, const char *folder),
           const char *folder)
{
  gboolean is_list = (param->flags & MSM_PARAM_LIST) != 0;
  g_auto (GStrv) names = g_strsplit (text, ";", is_list ? -1 : 1);

  for (int i = 0; names[i] != NULL; i++)
    {
      g_autofree char *old = names[i];

      g_strstrip (old);
      names[i] = old[0] != '\0' ? change (old, folder) : g_strdup ("");
    }
  return g_strjoinv (";", names);
}

/* @is_result: it stands in a result, whose files are looked for beside it alone, whatever folder it names */
static gboolean
set_value (const Section *section, const char *key, const char *text, const char *folder, gboolean is_result,
           GError **error)
{
  g_autofree char *beside = NULL, *decoded = NULL;
  const MsmParam *param = find_key (section, key, error);
  g_autofree char *resolved = NULL;

  if (param == NULL)
    return FALSE;
  if ((param->flags & MSM_PARAM_PATH) != 0 && (decoded = decode_path (text)) != NULL)
    text = decoded;
  if ((param->flags & MSM_PARAM_PATH) != 0 && is_result)
    text = beside = map_paths (param, text, without_folder, NULL);
  if ((param->flags & MSM_PARAM_PATH) != 0 && text[0] != '\0')
    text = resolved =
        map_paths (param, text, (param->flags & MSM_PARAM_SHIPPED) != 0 ? from_folder_or_name : from_folder, folder);
  if (msm_params_set_text (section->params, param->name, text, error))
    return TRUE;
  g_prefix_error (error, "[%s] ", section->name);
  return FALSE;
}

/* What the section's file is too old to know: it meant what the program did then. */
static gboolean
switch_off_later (const Section *section, char **keys, GError **error)
{
  for (const MsmParam *param = msm_params_get_table (section->params); param->name != NULL; param++)
    {
      gboolean is_there = (param->flags & MSM_PARAM_LATER) == 0;

      for (int i = 0; !is_there && keys != NULL && keys[i] != NULL; i++)
        is_there = same_key (keys[i], param->name);
      if (!is_there && !msm_params_set_number (section->params, param->name, 0, error))
        return FALSE;
    }
  return TRUE;
}

/* What is written is said by whoever runs the program. A file that says it too may be a stranger's. */
static gboolean
is_output (const Section *section, const char *key)
{
  for (const MsmParam *param = msm_params_get_table (section->params); param->name != NULL; param++)
    if (same_key (key, param->name))
      return (param->flags & MSM_PARAM_OUTPUT) != 0;
  return FALSE;
}

static gboolean
load_section (MsmExperiment *self, GKeyFile *file, const char *name, const char *folder, gboolean is_result,
              GError **error)
{
  Section *section = find_section (self, name, error);
  g_auto (GStrv) keys = section != NULL ? g_key_file_get_keys (file, name, NULL, NULL) : NULL;

  if (section == NULL)
    return FALSE;
  for (int i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autoptr (GError) local = NULL;
      g_autofree char *text = g_key_file_get_string (file, name, keys[i], &local);

      if (text == NULL)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, "[%s] %s: %s", name, keys[i], local->message);
          return FALSE;
        }
      if (is_output (section, keys[i]))
        {
          if (g_strstrip (text)[0] != '\0')
            g_string_append_printf (self->left_out, "%s%s", self->left_out->len > 0 ? ", " : "", keys[i]);
          continue;
        }
      if (!set_value (section, keys[i], g_strstrip (text), folder, is_result, error))
        return FALSE;
    }
  return switch_off_later (section, keys, error);
}

/* Sections that follow a summary. */
#define MARK "\n\n["

/* A result's own experiment. (transfer full): text; NULL with @error */
static char *
read_embedded (const char *path, GError **error)
{
  g_autofree char *text = msm_provenance_read (path, error);
  const char *mark = text != NULL ? strstr (text, MARK) : NULL;

  if (text != NULL && mark == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: carries no experiment"), path);
  return mark != NULL ? g_strdup (mark + strlen (MARK) - 1) : NULL;
}

static GKeyFile *
read_file (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autofree char *embedded = NULL;

  if (!msm_input_check (path, error))
    return NULL;
  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local))
    return g_steal_pointer (&file);
  if (local->domain != G_KEY_FILE_ERROR)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read: %s"), path, local->message);
      return NULL;
    }
  if (g_str_has_suffix (path, ".ini"))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: not an experiment file: %s"), path, local->message);
      return NULL;
    }
  embedded = read_embedded (path, error);
  if (embedded == NULL)
    return NULL;
  g_clear_error (&local);
  if (g_key_file_load_from_data (file, embedded, strlen (embedded), G_KEY_FILE_NONE, &local))
    return g_steal_pointer (&file);
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: its experiment is damaged: %s"), path, local->message);
  return NULL;
}

GPtrArray *
msm_experiment_read_stages (const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = read_file (path, error);
  GPtrArray *stages = file != NULL ? msm_stages_new (file, error) : NULL;

  if (file != NULL && stages == NULL)
    g_prefix_error (error, "%s: ", path);
  return stages;
}

GKeyFile *
msm_experiment_read (const char *path, GError **error)
{
  g_autoptr (GPtrArray) stages = msm_experiment_read_stages (path, error);

  return stages != NULL ? g_key_file_ref (((MsmStage *) g_ptr_array_index (stages, stages->len - 1))->sections) : NULL;
}

gboolean
msm_experiment_load_sections (MsmExperiment *self, GKeyFile *sections, const char *path, GError **error)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (full);
  g_auto (GStrv) names = g_key_file_get_groups (sections, NULL);
  const gboolean is_result = !g_str_has_suffix (path, ".ini");

  g_string_truncate (self->left_out, 0);
  for (int i = 0; names[i] != NULL; i++)
    if (!load_section (self, sections, names[i], folder, is_result, error))
      {
        g_prefix_error (error, "%s: ", path);
        return FALSE;
      }
  return TRUE;
}

gboolean
msm_experiment_load (MsmExperiment *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) sections = msm_experiment_read (path, error);

  return sections != NULL && msm_experiment_load_sections (self, sections, path, error);
}

const char *
msm_experiment_get_left_out (const MsmExperiment *self)
{
  return self->left_out->str;
}

char *
msm_experiment_list_inputs (const MsmExperiment *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->sections->len; i++)
    {
      const Section *section = &g_array_index (self->sections, Section, i);

      for (const MsmParam *param = msm_params_get_table (section->params); param->name != NULL; param++)
        if ((param->flags & MSM_PARAM_PATH) != 0 && (param->flags & MSM_PARAM_OUTPUT) == 0
            && msm_params_get_text (section->params, param->name)[0] != '\0')
          g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", param->name,
                                  msm_params_get_text (section->params, param->name));
    }
  return g_string_free (text, FALSE);
}

gboolean
msm_experiment_set (MsmExperiment *self, const char *assignment, GError **error)
{
  const char *equals = strchr (assignment, '=');
  const char *dot = strchr (assignment, '.');
  g_autofree char *name = NULL;
  g_autofree char *key = NULL;
  g_autofree char *text = NULL;
  Section *section;

  if (equals == NULL || dot == NULL || dot > equals)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ is not section.key=value"), assignment);
      return FALSE;
    }
  name = g_strstrip (g_strndup (assignment, dot - assignment));
  key = g_strstrip (g_strndup (dot + 1, equals - dot - 1));
  text = g_strstrip (g_strdup (equals + 1));
  section = find_section (self, name, error);
  return section != NULL && set_value (section, key, text, NULL, FALSE, error);
}

char *
msm_experiment_format (MsmExperiment *self, MsmNames names)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (guint i = 0; i < self->sections->len; i++)
    {
      Section *section = &g_array_index (self->sections, Section, i);

      for (const MsmParam *param = msm_params_get_table (section->params); param->name != NULL; param++)
        {
          g_autofree char *key = g_strdelimit (g_strdup (param->name), "-", '_');
          g_autofree char *text = msm_params_format (section->params, param->name);

          if ((param->flags & MSM_PARAM_OUTPUT) != 0)
            continue;
          if (names == MSM_NAMES_NONE && (param->flags & MSM_PARAM_PATH) != 0 && !msm_param_is_shipped (param, text))
            text[0] = '\0';

          if (names != MSM_NAMES_WHOLE && (param->flags & MSM_PARAM_PATH) != 0)
            {
              g_autofree char *full = g_steal_pointer (&text);

              text = map_paths (param, full, without_folder, NULL);
            }
          if ((param->flags & MSM_PARAM_PATH) != 0)
            text = encode_path (g_steal_pointer (&text), names);
          g_key_file_set_string (file, section->name, key, text);
        }
    }
  return g_key_file_to_data (file, NULL, NULL);
}
