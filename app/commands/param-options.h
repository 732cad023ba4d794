#pragma once

#include "core/base/param.h"

G_BEGIN_DECLS

/*
 * Command-line flags made from MsmParam tables: `--name VALUE`, `--name=VALUE`; a BOOL is `--name` or
 * `--no-name`. Several tables can be joined; the first one that has a name gets the value.
 */
typedef struct _MsmOptions MsmOptions;

MsmOptions *msm_options_new (void);
void msm_options_free (MsmOptions *self);
/**
 * msm_options_add:
 * @title: the heading in --help
 * @prefix: put before every name of the table, e.g. "espirit-", or NULL
 * @params: borrowed; values are written into it
 */
void msm_options_add (MsmOptions *self, const char *title, const char *prefix, MsmParams *params);
/**
 * msm_options_add_choice:
 * @choice: a flag that chooses tables, e.g. "pattern"; @name: one of its values; @prefix: as in msm_options_add()
 * @table: borrowed, what `--@choice @name` would add
 *
 * Only for the message about a flag that the tables chosen lack: it says which choice has it.
 */
void msm_options_add_choice (MsmOptions *self, const char *choice, const char *name, const char *prefix,
                             const MsmParam *table);
/**
 * msm_options_parse:
 * @argv: arguments after the command's name
 * @help: (out): `--help` or `-h` was among them
 *
 * What is not a flag is appended to msm_options_files(). `--` ends the flags.
 * Returns: FALSE with MSM_ERROR_VALUE, naming the flag and what was expected
 */
gboolean msm_options_parse (MsmOptions *self, int argc, char **argv, gboolean *help, GError **error);
/*
 * After parsing: no file that is written (MSM_PARAM_OUTPUT, and the words of @synopsis that begin with OUTPUT) is an
 * input or written twice, and without `--force` none exists. MSM_ERROR_FILE; MSM_ERROR_VALUE: `--force` where nothing
 * is written.
 */
gboolean msm_options_check_outputs (MsmOptions *self, const char *synopsis, GError **error);
/* For outputs whose names are made later: as msm_options_check_outputs(). */
gboolean msm_options_check_output (MsmOptions *self, const char *path, GError **error);
/* The command writes a file. */
gboolean msm_options_has_outputs (MsmOptions *self, const char *synopsis);
/* How names of files are written into results: without folders, and with `--anonymise` not at all. */
MsmNames msm_options_names (const MsmOptions *self);
GPtrArray *msm_options_files (MsmOptions *self);
/* The flag was given, whatever its value. Names as on the command line, without "--". */
gboolean msm_options_given (MsmOptions *self, const char *name);
/* The flags' part of --help. (transfer full) */
char *msm_options_help (MsmOptions *self);
/* The value of `--name` in @argv without parsing the rest, or NULL: for flags that choose tables. */
const char *msm_options_peek (int argc, char **argv, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmOptions, msm_options_free)

G_END_DECLS
