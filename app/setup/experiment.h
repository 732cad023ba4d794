#pragma once

#include "core/base/param.h"

G_BEGIN_DECLS

/*
 * An experiment file: sections of key = value, as GKeyFile reads them. Which sections there are, and their
 * keys, ranges and defaults, is declared by the tables of parameters that are added; a section or key that
 * is not among them is an error that names the nearest one. Keys may be written with _ or -.
 */
typedef struct _MsmExperiment MsmExperiment;

MsmExperiment *msm_experiment_new (void);
void msm_experiment_free (MsmExperiment *self);
/* @params is borrowed; values are written into it. */
void msm_experiment_add (MsmExperiment *self, const char *section, MsmParams *params);
/**
 * msm_experiment_read:
 *
 * The file's sections: an experiment file, or a result (PNG, HDF5, NIfTI, cfl) that carries one, as
 * msm_provenance_attach() makes its text. Of a branch, those of its last stage.
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_FILE or MSM_ERROR_FORMAT
 */
GKeyFile *msm_experiment_read (const char *path, GError **error);
/* All stages, the first run first. (transfer full) (element-type MsmStage): as msm_experiment_read() fails */
GPtrArray *msm_experiment_read_stages (const char *path, GError **error);
/**
 * msm_experiment_load:
 *
 * Reads a file, or what is embedded in a result. Relative names of files in it (parameters with MSM_PARAM_PATH;
 * several separated by ‘;’) are taken from the folder that the file is in. An .ini may name files in other folders; of
 * any other file, which may come from a stranger, only files beside it are taken, by their base names. Outputs
 * (MSM_PARAM_OUTPUT) are never taken from any file; msm_experiment_get_left_out() tells of them.
 * A switch of MSM_PARAM_LATER that one of the file's sections lacks is off.
 *
 * Returns: %FALSE with MSM_ERROR_FILE, MSM_ERROR_FORMAT (not such a file) or MSM_ERROR_VALUE, which names
 * file, section and key
 */
gboolean msm_experiment_load (MsmExperiment *self, const char *path, GError **error);
/* The same of sections that were read from @path. */
gboolean msm_experiment_load_sections (MsmExperiment *self, GKeyFile *sections, const char *path, GError **error);
/* The keys of outputs that the newest loaded file named, "out, trajectory"; empty: none. */
const char *msm_experiment_get_left_out (const MsmExperiment *self);
/* What is read, "input /a/scan.h5, prior brain-128". (transfer full) */
char *msm_experiment_list_inputs (const MsmExperiment *self);
/* "section.key=value", as of --set; names of files are taken from the current folder. MSM_ERROR_VALUE. */
gboolean msm_experiment_set (MsmExperiment *self, const char *assignment, GError **error);
/**
 * msm_experiment_format:
 * @names: how names of files are written: whole, or as a file has them that is passed on
 *
 * (transfer full): all values, as msm_experiment_load() reads them
 */
char *msm_experiment_format (MsmExperiment *self, MsmNames names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmExperiment, msm_experiment_free)

G_END_DECLS
