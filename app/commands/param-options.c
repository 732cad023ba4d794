#include "config.h"

#include "app/commands/param-options.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/output-file.h"

typedef struct
{
  char *title;
  char *prefix;
  MsmParams *params;
} OptionGroup;

/* A table that --@choice @name would add. All borrowed. */
typedef struct
{
  const char *choice, *name, *prefix;
  const MsmParam *table;
} OptionChoice;

struct _MsmOptions
{
  GPtrArray *groups;
  GArray *choices;
  GPtrArray *files;
  GHashTable *given;
  GHashTable *seen;      /* of MSM_PARAM_REPEATED, while arguments are parsed: those that have a value from them */
  gboolean may_replace;  /* --force */
  gboolean is_anonymous; /* --anonymise */
};

static void
option_group_free (gpointer data)
{
  OptionGroup *group = data;

  g_free (group->title);
  g_free (group->prefix);
  g_free (group);
}

MsmOptions *
msm_options_new (void)
{
  MsmOptions *self = g_new0 (MsmOptions, 1);

  self->groups = g_ptr_array_new_with_free_func (option_group_free);
  self->choices = g_array_new (FALSE, FALSE, sizeof (OptionChoice));
  self->files = g_ptr_array_new_with_free_func (g_free);
  self->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->seen = g_hash_table_new (NULL, NULL);
  return self;
}

void
msm_options_free (MsmOptions *self)
{
  g_ptr_array_unref (self->groups);
  g_array_unref (self->choices);
  g_ptr_array_unref (self->files);
  g_hash_table_unref (self->given);
  g_hash_table_unref (self->seen);
  g_free (self);
}

void
msm_options_add (MsmOptions *self, const char *title, const char *prefix, MsmParams *params)
{
  OptionGroup *group = g_new0 (OptionGroup, 1);

  group->title = g_strdup (title);
  group->prefix = g_strdup (prefix != NULL ? prefix : "");
  group->params = params;
  g_ptr_array_add (self->groups, group);
}

void
msm_options_add_choice (MsmOptions *self, const char *choice, const char *name, const char *prefix,
                        const MsmParam *table)
{
  OptionChoice entry = { choice, name, prefix != NULL ? prefix : "", table };

  g_array_append_val (self->choices, entry);
}

static const MsmParam *
find_in_table (const MsmParam *table, const char *name)
{
  for (const MsmParam *param = table; param->name != NULL; param++)
    if (strcmp (param->name, name) == 0)
      return param;
  return NULL;
}

static const MsmParam *
find_param (MsmOptions *self, const char *name, MsmParams **params)
{
  for (guint i = 0; i < self->groups->len; i++)
    {
      OptionGroup *group = g_ptr_array_index (self->groups, i);
      const MsmParam *param = NULL;

      if (g_str_has_prefix (name, group->prefix))
        param = find_in_table (msm_params_get_table (group->params), name + strlen (group->prefix));
      if (param != NULL)
        {
          *params = group->params;
          return param;
        }
    }
  return NULL;
}

static gboolean
fail_without_value (const char *name, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--%s needs a value"), name);
  return FALSE;
}

/*
 * Says which choices would have brought the flag @name, where there are some; or, where no value follows, that one is
 * missed: it may be a flag that makes a choice by its value. Returns FALSE.
 */
static gboolean
fail_unknown (MsmOptions *self, const char *name, gboolean has_value, GError **error)
{
  g_autoptr (GString) owners = g_string_new (NULL);
  const char *choice = NULL;

  for (guint i = 0; i < self->choices->len; i++)
    {
      const OptionChoice *entry = &g_array_index (self->choices, OptionChoice, i);
      const MsmParam *param =
          g_str_has_prefix (name, entry->prefix) ? find_in_table (entry->table, name + strlen (entry->prefix)) : NULL;

      if (param == NULL)
        continue;
      if (!has_value && param->type != MSM_PARAM_BOOL)
        return fail_without_value (name, error);
      if (owners->len > 0)
        g_string_append (owners, ", ");
      if (choice == NULL || !g_str_equal (choice, entry->choice))
        g_string_append_printf (owners, "--%s ", entry->choice);
      g_string_append (owners, entry->name);
      choice = entry->choice;
    }
  if (owners->len > 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown flag --%s: %s has it"), name, owners->str);
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown flag --%s"), name);
  return FALSE;
}

/* @i is at the flag; moved on when the value is the next argument. */
static gboolean
parse_flag (MsmOptions *self, int argc, char **argv, int *i, GError **error)
{
  const char *text = argv[*i] + 2;
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals != NULL ? g_strndup (text, equals - text) : g_strdup (text);
  const char *value = equals != NULL ? equals + 1 : NULL;
  MsmParams *params = NULL;
  const MsmParam *param = find_param (self, name, &params);

  if (param == NULL && value == NULL && g_str_has_prefix (name, "no-"))
    {
      param = find_param (self, name + 3, &params);
      if (param != NULL && param->type == MSM_PARAM_BOOL)
        {
          g_hash_table_add (self->given, g_strdup (name + 3));
          return msm_params_set_number (params, param->name, 0, error);
        }
      param = NULL;
    }
  if (param == NULL && value == NULL && g_str_equal (name, "force"))
    {
      self->may_replace = TRUE;
      return TRUE;
    }
  if (param == NULL && value == NULL && g_str_equal (name, "anonymise"))
    {
      self->is_anonymous = TRUE;
      return TRUE;
    }
  if (param == NULL)
    return fail_unknown (self, name, value != NULL || *i + 1 < argc, error);
  g_hash_table_add (self->given, g_strdup (name));
  if (param->type == MSM_PARAM_BOOL && value == NULL)
    return msm_params_set_number (params, param->name, 1, error);
  if (value == NULL)
    {
      if (*i + 1 >= argc)
        return fail_without_value (name, error);
      value = argv[++*i];
    }
  if ((param->flags & MSM_PARAM_REPEATED) != 0 && !g_hash_table_add (self->seen, (gpointer) param))
    {
      g_autofree char *both = g_strdup_printf ("%s,%s", msm_params_get_text (params, param->name), value);

      return msm_params_set_text (params, param->name, both, error);
    }
  return msm_params_set_text (params, param->name, value, error);
}

gboolean
msm_options_parse (MsmOptions *self, int argc, char **argv, gboolean *help, GError **error)
{
  gboolean flags = TRUE;

  g_hash_table_remove_all (self->seen);
  *help = FALSE;
  for (int i = 0; i < argc; i++)
    if (strcmp (argv[i], "--") == 0)
      break;
    else if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        *help = TRUE;
        return TRUE;
      }
  for (int i = 0; i < argc; i++)
    {
      if (flags && strcmp (argv[i], "--") == 0)
        flags = FALSE;
      else if (flags && g_str_has_prefix (argv[i], "--"))
        {
          if (!parse_flag (self, argc, argv, &i, error))
            return FALSE;
        }
      else if (flags && argv[i][0] == '-' && argv[i][1] != '\0')
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown flag %s"), argv[i]);
          return FALSE;
        }
      else
        g_ptr_array_add (self->files, g_strdup (argv[i]));
    }
  return TRUE;
}

/* The @index-th word of @synopsis stands for a file that is written. */
static gboolean
is_output_word (const char *synopsis, guint index)
{
  g_auto (GStrv) words = g_strsplit (synopsis, " ", -1);

  return index < g_strv_length (words) && g_str_has_prefix (words[index], "OUTPUT");
}

/* Files of the tables and among the arguments: those that are written, or those that are read. */
static GPtrArray *
files_of (MsmOptions *self, const char *synopsis, gboolean written)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->files->len; i++)
    if (is_output_word (synopsis, i) == written)
      g_ptr_array_add (files, g_strdup (self->files->pdata[i]));
  for (guint i = 0; i < self->groups->len; i++)
    {
      OptionGroup *group = g_ptr_array_index (self->groups, i);

      for (const MsmParam *param = msm_params_get_table (group->params); param->name != NULL; param++)
        if ((param->flags & MSM_PARAM_PATH) != 0 && ((param->flags & MSM_PARAM_OUTPUT) != 0) == written
            && msm_params_get_text (group->params, param->name)[0] != '\0')
          g_ptr_array_add (files, g_strdup (msm_params_get_text (group->params, param->name)));
    }
  return files;
}

gboolean
msm_options_has_outputs (MsmOptions *self, const char *synopsis)
{
  for (guint i = 0; i < self->groups->len; i++)
    for (const MsmParam *param = msm_params_get_table (((OptionGroup *) self->groups->pdata[i])->params);
         param->name != NULL; param++)
      if ((param->flags & MSM_PARAM_OUTPUT) != 0)
        return TRUE;
  return strstr (synopsis, "OUTPUT") != NULL;
}

gboolean
msm_options_check_output (MsmOptions *self, const char *path, GError **error)
{
  g_autoptr (GPtrArray) inputs = files_of (self, "", FALSE);

  return msm_output_check (path, inputs, self->may_replace, error);
}

gboolean
msm_options_check_outputs (MsmOptions *self, const char *synopsis, GError **error)
{
  g_autoptr (GPtrArray) outputs = files_of (self, synopsis, TRUE);
  g_autoptr (GPtrArray) inputs = files_of (self, synopsis, FALSE);

  if (self->may_replace && !msm_options_has_outputs (self, synopsis))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("--force: nothing is written here that could be replaced"));
      return FALSE;
    }
  if (self->is_anonymous && !msm_options_has_outputs (self, synopsis))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("--anonymise: nothing is written here that could name a file"));
      return FALSE;
    }
  for (guint i = 0; i < outputs->len; i++)
    {
      if (!msm_output_check (outputs->pdata[i], inputs, self->may_replace, error))
        return FALSE;
      for (guint j = 0; j < i; j++)
        if (g_str_equal (outputs->pdata[i], outputs->pdata[j])
            || msm_output_is_same (outputs->pdata[i], outputs->pdata[j]))
          {
            g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: would be written twice"),
                         (const char *) outputs->pdata[i]);
            return FALSE;
          }
    }
  return TRUE;
}

MsmNames
msm_options_names (const MsmOptions *self)
{
  return self->is_anonymous ? MSM_NAMES_NONE : MSM_NAMES_BASE;
}

GPtrArray *
msm_options_files (MsmOptions *self)
{
  return self->files;
}

gboolean
msm_options_given (MsmOptions *self, const char *name)
{
  return g_hash_table_contains (self->given, name);
}

/* "VALUE (1 – 16, default 4 lines)" */
static char *
describe_value (const MsmParam *param)
{
  const char *unit = param->unit != NULL ? param->unit : "";
  const char *space = param->unit != NULL ? " " : "";

  switch (param->type)
    {
    case MSM_PARAM_INT:
    case MSM_PARAM_FLOAT:
      if ((param->flags & MSM_PARAM_AUTO) != 0)
        return g_strdup_printf (_(" (%.10g to %.10g%s%s; default auto)"), param->min, param->max, space, unit);
      return g_strdup_printf (_(" (%.10g to %.10g; default %.10g%s%s)"), param->min, param->max, param->def, space,
                              unit);
    case MSM_PARAM_CHOICE:
      {
        g_autofree char *names = g_strjoinv (", ", (char **) param->choices);

        if ((param->flags & MSM_PARAM_AUTO) != 0)
          return g_strdup_printf (_(" (auto, %s; default auto)"), names);
        return g_strdup_printf (_(" (%s; default %s)"), names, param->choices[(int) param->def]);
      }
    case MSM_PARAM_BOOL:
      return g_strdup (param->def != 0 ? _(" (default yes)") : "");
    case MSM_PARAM_TEXT:
    default:
      if (param->def_text != NULL && param->def_text[0] != '\0')
        return g_strdup_printf (_(" (default %s)"), param->def_text);
      return g_strdup ("");
    }
}

char *
msm_options_help (MsmOptions *self)
{
  static const char *const placeholders[] = {
    [MSM_PARAM_BOOL] = "",        [MSM_PARAM_INT] = " N",     [MSM_PARAM_FLOAT] = " X",
    [MSM_PARAM_CHOICE] = " NAME", [MSM_PARAM_TEXT] = " TEXT",
  };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->groups->len; i++)
    {
      OptionGroup *group = g_ptr_array_index (self->groups, i);
      const MsmParam *param = msm_params_get_table (group->params);

      if (param->name == NULL)
        continue;
      g_string_append_printf (text, "\n%s:\n", group->title);
      for (; param->name != NULL; param++)
        {
          g_autofree char *value = describe_value (param);
          const char *placeholder = (param->flags & MSM_PARAM_PATH) != 0 ? " FILE" : placeholders[param->type];
          g_autofree char *flag = g_strdup_printf ("--%s%s%s", group->prefix, param->name, placeholder);

          g_string_append_printf (text, "  %-26s %s%s\n", flag, param->help != NULL ? _(param->help) : "", value);
        }
    }
  return g_string_free (text, FALSE);
}

const char *
msm_options_peek (int argc, char **argv, const char *name)
{
  gsize n = strlen (name);

  for (int i = 0; i < argc && strcmp (argv[i], "--") != 0; i++)
    {
      if (!g_str_has_prefix (argv[i], "--") || strncmp (argv[i] + 2, name, n) != 0)
        continue;
      if (argv[i][2 + n] == '=')
        return argv[i] + 3 + n;
      if (argv[i][2 + n] == '\0' && i + 1 < argc)
        return argv[i + 1];
    }
  return NULL;
}
