#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/param.h"

#define AUTO_TEXT "auto"

typedef struct
{
  double number;
  char *text;       /* TEXT only */
  gboolean is_auto; /* the number says nothing */
} Value;

struct _MsmParams
{
  const MsmParam *table;
  gsize n_values;
  Value *values;
};

static gsize
table_length (const MsmParam *table)
{
  gsize n = 0;

  while (table != NULL && table[n].name != NULL)
    n++;
  return n;
}

static int
find (const MsmParams *self, const char *name)
{
  for (gsize i = 0; i < self->n_values; i++)
    if (g_str_equal (self->table[i].name, name))
      return (int) i;
  return -1;
}

char *
msm_param_title (const MsmParam *self)
{
  return self->title != NULL ? g_strdup (_(self->title)) : g_strdelimit (g_strdup (self->name), "-", ' ');
}

MsmParams *
msm_params_new (const MsmParam *table)
{
  MsmParams *self = g_new0 (MsmParams, 1);

  self->table = table;
  self->n_values = table_length (table);
  self->values = g_new0 (Value, self->n_values + 1);
  for (gsize i = 0; i < self->n_values; i++)
    {
      self->values[i].number = table[i].def;
      self->values[i].is_auto = (table[i].flags & MSM_PARAM_AUTO) != 0;
      if (table[i].type == MSM_PARAM_TEXT)
        self->values[i].text = g_strdup (table[i].def_text != NULL ? table[i].def_text : "");
    }
  return self;
}

MsmParams *
msm_params_copy (const MsmParams *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  MsmParams *copy = msm_params_new (self->table);

  for (gsize i = 0; i < self->n_values; i++)
    {
      copy->values[i].number = self->values[i].number;
      copy->values[i].is_auto = self->values[i].is_auto;
      g_free (copy->values[i].text);
      copy->values[i].text = g_strdup (self->values[i].text);
    }
  return copy;
}

void
msm_params_free (MsmParams *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < self->n_values; i++)
    g_free (self->values[i].text);
  g_free (self->values);
  g_free (self);
}

const MsmParam *
msm_params_get_table (const MsmParams *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->table;
}

gboolean
msm_params_has (const MsmParams *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, FALSE);
  return find (self, name) >= 0;
}

const MsmParam *
msm_params_find_role (const MsmParams *self, MsmParamRole role)
{
  g_return_val_if_fail (self != NULL && role != MSM_ROLE_NONE, NULL);

  for (gsize i = 0; i < self->n_values; i++)
    if (self->table[i].role == role)
      return &self->table[i];
  return NULL;
}

const char *
msm_params_get_prior (const MsmParams *self)
{
  const MsmParam *param = msm_params_find_role (self, MSM_ROLE_PRIOR);

  return param != NULL ? msm_params_get_text (self, param->name) : NULL;
}

gboolean
msm_params_is_auto (const MsmParams *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, FALSE);

  int i = find (self, name);

  g_return_val_if_fail (i >= 0, FALSE);
  return self->values[i].is_auto;
}

void
msm_params_set_auto (MsmParams *self, const char *name)
{
  g_return_if_fail (self != NULL && name != NULL);

  int i = find (self, name);

  g_return_if_fail (i >= 0 && (self->table[i].flags & MSM_PARAM_AUTO) != 0);
  self->values[i].is_auto = TRUE;
}

/* Earlier versions had numbers outside the range for what is left to the program. */
static gboolean
was_auto (const MsmParam *param, double number)
{
  return (param->flags & MSM_PARAM_AUTO) != 0 && param->type != MSM_PARAM_CHOICE && (number == -1 || number == 0)
         && number < param->min;
}

gboolean
msm_params_set_number (MsmParams *self, const char *name, double value, GError **error)
{
  g_return_val_if_fail (self != NULL && name != NULL, FALSE);

  int i = find (self, name);
  const MsmParam *param;
  double low, high;

  if (i < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("there is no parameter ‘%s’"), name);
      return FALSE;
    }
  param = &self->table[i];
  if (param->type == MSM_PARAM_TEXT)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ takes a text, not the number %g"), name, value);
      return FALSE;
    }
  low = param->min;
  high = param->max;
  if (param->type == MSM_PARAM_BOOL)
    low = 0, high = 1;
  else if (param->type == MSM_PARAM_CHOICE)
    low = 0, high = (double) g_strv_length ((char **) param->choices) - 1;
  /* Written so that NaN fails. */
  if (!(value >= low && value <= high))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   (param->flags & MSM_PARAM_AUTO) != 0 ? _("‘%s’ must be auto, or from %g to %g; found %g")
                                                        : _("‘%s’ must be from %g to %g, found %g"),
                   name, low, high, value);
      return FALSE;
    }
  if (param->type != MSM_PARAM_FLOAT && value != floor (value))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ must be a whole number, found %g"), name, value);
      return FALSE;
    }
  self->values[i].number = value;
  self->values[i].is_auto = FALSE;
  return TRUE;
}

static gboolean
parse_bool (const char *text, double *value)
{
  static const char *const yes[] = { "yes", "true", "on", "1", NULL };
  static const char *const no[] = { "no", "false", "off", "0", NULL };

  *value = g_strv_contains (yes, text);
  return *value != 0 || g_strv_contains (no, text);
}

gboolean
msm_params_set_text (MsmParams *self, const char *name, const char *text, GError **error)
{
  g_return_val_if_fail (self != NULL && name != NULL && text != NULL, FALSE);

  int i = find (self, name);
  const MsmParam *param;
  double value;
  char *end = NULL;

  if (i < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("there is no parameter ‘%s’"), name);
      return FALSE;
    }
  param = &self->table[i];
  if ((param->flags & MSM_PARAM_AUTO) != 0 && g_str_equal (text, AUTO_TEXT))
    {
      self->values[i].is_auto = TRUE;
      return TRUE;
    }
  switch (param->type)
    {
    case MSM_PARAM_TEXT:
      if ((param->flags & MSM_PARAM_PATH) == 0 && !g_utf8_validate (text, -1, NULL))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ is not valid UTF-8"), name);
          return FALSE;
        }
      g_free (self->values[i].text);
      self->values[i].text = g_strdup (text);
      return TRUE;

    case MSM_PARAM_CHOICE:
      for (int k = 0; param->choices[k] != NULL; k++)
        if (g_str_equal (param->choices[k], text))
          {
            self->values[i].number = k;
            self->values[i].is_auto = FALSE;
            return TRUE;
          }
      {
        g_autofree char *names = g_strjoinv (", ", (char **) param->choices);
        g_autofree char *all = g_strconcat ((param->flags & MSM_PARAM_AUTO) != 0 ? AUTO_TEXT ", " : "", names, NULL);

        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ must be one of %s; found ‘%s’"), name, all, text);
      }
      return FALSE;

    case MSM_PARAM_BOOL:
      if (!parse_bool (text, &value))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ must be yes or no, found ‘%s’"), name, text);
          return FALSE;
        }
      return msm_params_set_number (self, name, value, error);

    case MSM_PARAM_INT:
    case MSM_PARAM_FLOAT:
    default:
      value = g_ascii_strtod (text, &end);
      if (end == text || *end != '\0')
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("‘%s’ must be a number, found ‘%s’"), name, text);
          return FALSE;
        }
      if (was_auto (param, value))
        {
          self->values[i].is_auto = TRUE;
          return TRUE;
        }
      return msm_params_set_number (self, name, value, error);
    }
}

double
msm_params_get_number (const MsmParams *self, const char *name)
{
  g_return_val_if_fail (self != NULL, 0);

  int i = find (self, name);

  g_return_val_if_fail (i >= 0 && !self->values[i].is_auto, 0);
  return self->values[i].number;
}

int
msm_params_get_int (const MsmParams *self, const char *name)
{
  return (int) msm_params_get_number (self, name);
}

double
msm_params_get_number_or (const MsmParams *self, const char *name, double otherwise)
{
  return msm_params_is_auto (self, name) ? otherwise : msm_params_get_number (self, name);
}

int
msm_params_get_int_or (const MsmParams *self, const char *name, int otherwise)
{
  return (int) msm_params_get_number_or (self, name, otherwise);
}

gboolean
msm_params_get_bool (const MsmParams *self, const char *name)
{
  return msm_params_get_number (self, name) != 0;
}

int
msm_params_get_choice (const MsmParams *self, const char *name)
{
  return (int) msm_params_get_number (self, name);
}

const char *
msm_params_get_text (const MsmParams *self, const char *name)
{
  g_return_val_if_fail (self != NULL, "");

  int i = find (self, name);

  g_return_val_if_fail (i >= 0, "");
  if (self->values[i].is_auto)
    return AUTO_TEXT;
  if (self->table[i].type == MSM_PARAM_CHOICE)
    return self->table[i].choices[(int) self->values[i].number];
  g_return_val_if_fail (self->table[i].type == MSM_PARAM_TEXT, "");
  return self->values[i].text;
}

char *
msm_params_format (const MsmParams *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);

  int i = find (self, name);
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_return_val_if_fail (i >= 0, NULL);
  if (self->values[i].is_auto)
    return g_strdup (AUTO_TEXT);
  switch (self->table[i].type)
    {
    case MSM_PARAM_TEXT:
    case MSM_PARAM_CHOICE:
      return g_strdup (msm_params_get_text (self, name));
    case MSM_PARAM_BOOL:
      return g_strdup (self->values[i].number != 0 ? "yes" : "no");
    case MSM_PARAM_INT:
    case MSM_PARAM_FLOAT:
    default:
      /* The shortest text that reads back to the same number. */
      for (int digits = 6; digits <= 17; digits++)
        {
          g_autofree char *format = g_strdup_printf ("%%.%dg", digits);

          g_ascii_formatd (buffer, sizeof buffer, format, self->values[i].number);
          if (g_ascii_strtod (buffer, NULL) == self->values[i].number)
            break;
        }
      return g_strdup (buffer);
    }
}

gboolean
msm_param_is_shipped (const MsmParam *param, const char *value)
{
  return (param->flags & MSM_PARAM_SHIPPED) != 0 && strpbrk (value, "/.") == NULL;
}

char *
msm_params_describe (const MsmParams *self)
{
  return msm_params_describe_with (self, MSM_NAMES_BASE);
}

char *
msm_params_describe_with (const MsmParams *self, MsmNames names)
{
  GString *text = g_string_new (NULL);

  for (const MsmParam *param = self->table; param->name != NULL; param++)
    {
      g_autofree char *value = msm_params_format (self, param->name);
      /* Texts go into results, and those hold no folders. */
      g_autofree char *base = (param->flags & MSM_PARAM_PATH) != 0 && value[0] != '\0'
                                  ? g_filename_display_basename (value)
                                  : g_strdup (value);

      if (names == MSM_NAMES_NONE && (param->flags & MSM_PARAM_PATH) != 0 && !msm_param_is_shipped (param, value))
        continue;
      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "", param->name, base);
    }
  return g_string_free (text, FALSE);
}

gboolean
msm_params_is_default (const MsmParams *self, const char *name)
{
  g_return_val_if_fail (self != NULL, FALSE);

  int i = find (self, name);

  g_return_val_if_fail (i >= 0, FALSE);
  if ((self->table[i].flags & MSM_PARAM_AUTO) != 0)
    return self->values[i].is_auto;
  if (self->table[i].type == MSM_PARAM_TEXT)
    return g_strcmp0 (self->values[i].text, self->table[i].def_text != NULL ? self->table[i].def_text : "") == 0;
  return self->values[i].number == self->table[i].def;
}

void
msm_params_to_key_file (const MsmParams *self, GKeyFile *key_file, const char *group)
{
  g_return_if_fail (self != NULL && key_file != NULL && group != NULL);

  for (gsize i = 0; i < self->n_values; i++)
    {
      g_autofree char *text = msm_params_format (self, self->table[i].name);

      g_key_file_set_string (key_file, group, self->table[i].name, text);
    }
}

gboolean
msm_params_from_key_file (MsmParams *self, GKeyFile *key_file, const char *group, GError **error)
{
  g_return_val_if_fail (self != NULL && key_file != NULL && group != NULL, FALSE);

  for (gsize i = 0; i < self->n_values; i++)
    {
      g_autofree char *text = NULL;

      if (!g_key_file_has_key (key_file, group, self->table[i].name, NULL))
        continue;
      text = g_key_file_get_string (key_file, group, self->table[i].name, error);
      if (text == NULL || !msm_params_set_text (self, self->table[i].name, text, error))
        {
          g_prefix_error (error, "[%s] ", group);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
msm_params_assign (MsmParams *self, const MsmParams *from, GError **error)
{
  const MsmParam *table = msm_params_get_table (from);

  for (const MsmParam *param = table; param != NULL && param->name != NULL; param++)
    {
      g_autofree char *text = msm_params_format (from, param->name);

      if (!msm_params_set_text (self, param->name, text, error))
        return FALSE;
    }
  return TRUE;
}
