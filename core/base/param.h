#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A parameter is declared once, in a const table of its class. From the table come the command-line
 * flags and --help, the .ini keys, range checks with messages, and the rows of the window's panels.
 */

typedef enum
{
  MSM_PARAM_BOOL,
  MSM_PARAM_INT,
  MSM_PARAM_FLOAT,
  MSM_PARAM_CHOICE, /* one of choices; def is the index */
  MSM_PARAM_TEXT,   /* free text, e.g. a file name; def_text */
} MsmParamType;

typedef enum
{
  MSM_PARAM_LIVE = 1 << 0,     /* may change while a run is paused; the next step uses it */
  MSM_PARAM_ADVANCED = 1 << 1, /* hidden in the window until asked for */
  MSM_PARAM_PATH = 1 << 2,     /* a MSM_PARAM_TEXT that names a file: whatever bytes a file's name may have */
  MSM_PARAM_LOG = 1 << 3,      /* spread over decades: the window steps it by factors */
  MSM_PARAM_LATER = 1 << 5,    /* a switch that files of earlier versions do not have: there it is off */
  MSM_PARAM_OUTPUT = 1 << 6,   /* a MSM_PARAM_PATH that is written: never taken from a file, only from who runs it */
  MSM_PARAM_SHIPPED = 1 << 4,  /* a MSM_PARAM_PATH that may also be the name of something that is shipped */
  MSM_PARAM_LIST = 1 << 8,     /* a MSM_PARAM_PATH of several names with semicolons between them */
  MSM_PARAM_REPEATED = 1 << 9, /* a TEXT of entries with commas between: the flag may be given several times */
  MSM_PARAM_AUTO = 1 << 7,     /* an INT, FLOAT or CHOICE that may be left to the program, and is by default: "auto" */
} MsmParamFlags;

/* How the names of files in parameters are written where something is passed on. */
typedef enum
{
  MSM_NAMES_WHOLE, /* with their folders */
  MSM_NAMES_BASE,
  MSM_NAMES_NONE /* left out; what is shipped is no file of the user's, and stays */
} MsmNames;

/* What a parameter is to code that knows the class only: at most one of a table has a role. */
typedef enum
{
  MSM_ROLE_NONE,
  MSM_ROLE_PRIOR, /* TEXT: the trained prior, a shipped name or a file */
  MSM_ROLE_STEPS, /* INT: how many steps an iteration takes */
  MSM_ROLE_SEED,  /* INT: where random numbers begin */
} MsmParamRole;

/**
 * MsmParam:
 * @name: lower case with hyphens; NULL ends a table
 * @min, @max: inclusive range of INT and FLOAT
 * @def: default of BOOL, INT, FLOAT, and index of CHOICE; unused with MSM_PARAM_AUTO
 * @def_text: default of TEXT; NULL is the empty text
 * @choices: NULL-terminated names of a CHOICE
 * @unit: shown behind the value, or NULL
 * @help: one translatable sentence, no full stop
 * @title: what people call it, translatable, with its symbol; NULL: the words of the name
 */
typedef struct
{
  const char *name;
  MsmParamType type;
  double min;
  double max;
  double def;
  const char *def_text;
  const char *const *choices;
  const char *unit;
  const char *help;
  guint flags;
  MsmParamRole role;
  const char *title;
} MsmParam;

/* Its title in the user's language. (transfer full) */
char *msm_param_title (const MsmParam *self);

/* The values of one table. Not thread-safe; copy it to hand it to another thread. */
typedef struct _MsmParams MsmParams;

MsmParams *msm_params_new (const MsmParam *table);
MsmParams *msm_params_copy (const MsmParams *self);
void msm_params_free (MsmParams *self);
const MsmParam *msm_params_get_table (const MsmParams *self);
gboolean msm_params_has (const MsmParams *self, const char *name);
/* The one of this role, or NULL. */
const MsmParam *msm_params_find_role (const MsmParams *self, MsmParamRole role);
/* Text of MSM_ROLE_PRIOR; NULL: there is none in the table. */
const char *msm_params_get_prior (const MsmParams *self);
/* Left to the program; FALSE for what lacks MSM_PARAM_AUTO. Its number and choice may then not be asked for. */
gboolean msm_params_is_auto (const MsmParams *self, const char *name);
/* Only for a parameter with MSM_PARAM_AUTO. */
void msm_params_set_auto (MsmParams *self, const char *name);
/*
 * Parses and range-checks. MSM_ERROR_VALUE names the parameter, the range and what was given. With MSM_PARAM_AUTO the
 * text is "auto", or what files of earlier versions have for it: -1 or 0 below the range.
 */
gboolean msm_params_set_text (MsmParams *self, const char *name, const char *text, GError **error);
gboolean msm_params_set_number (MsmParams *self, const char *name, double value, GError **error);
/* All values of @from, whose table has no names that @self lacks: as msm_params_set_text() fails. */
gboolean msm_params_assign (MsmParams *self, const MsmParams *from, GError **error);
/* Getters: asking for a name that is not in the table is a programming error. */
double msm_params_get_number (const MsmParams *self, const char *name);
int msm_params_get_int (const MsmParams *self, const char *name);
gboolean msm_params_get_bool (const MsmParams *self, const char *name);
/* @otherwise where it is left to the program. */
double msm_params_get_number_or (const MsmParams *self, const char *name, double otherwise);
int msm_params_get_int_or (const MsmParams *self, const char *name, int otherwise);
int msm_params_get_choice (const MsmParams *self, const char *name);
/* TEXT: the text; CHOICE: the chosen name; "auto". Never NULL. */
const char *msm_params_get_text (const MsmParams *self, const char *name);
/* Any type, as set_text would read it back to the same value. (transfer full) */
char *msm_params_format (const MsmParams *self, const char *name);
/* All of them, "accel=4 acs=20 seed=1"; names of files without their folders. (transfer full) */
char *msm_params_describe (const MsmParams *self);
/* The same, with MSM_NAMES_NONE without those names. (transfer full) */
char *msm_params_describe_with (const MsmParams *self, MsmNames names);
/* A value of a MSM_PARAM_PATH that names something shipped, as far as the name alone says. */
gboolean msm_param_is_shipped (const MsmParam *param, const char *value);
gboolean msm_params_is_default (const MsmParams *self, const char *name);
/* Every parameter as key = value in @group; and back: unknown keys in the group are left alone. */
void msm_params_to_key_file (const MsmParams *self, GKeyFile *key_file, const char *group);
gboolean msm_params_from_key_file (MsmParams *self, GKeyFile *key_file, const char *group, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmParams, msm_params_free)

G_END_DECLS
