#include "config.h"

#include "app/setup/recon-tables.h"

#include <glib/gi18n-lib.h>

#include "app/setup/scan-flags.h"
#include "app/setup/flags.h"
#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/method/method.h"

const MsmParam msm_recon_params[] = {
  { "input", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("The scan, where it is not given as argument (experiment files)") },
  { "method", MSM_PARAM_TEXT, .def_text = "cg-sense", .help = N_("Reconstruction; see below") },
  MSM_OPERATOR_FLAG,
  { "pattern", MSM_PARAM_TEXT,
    .help = N_("Undersample a fully sampled scan with this pattern; --accel alone means random") },
  { "mask", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH, .help = N_("Undersample with this mask (.png, .h5, .cfl)") },
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .flags = MSM_PARAM_AUTO,
    .help = N_("Slice, from 0; auto is the middle") },
  { "slices", MSM_PARAM_TEXT,
    .help = N_("Several slices: all, or numbers and ranges as 0-9,12; each in a file with its number in the name") },
  { "volume", MSM_PARAM_BOOL, .help = N_("The slices of --slices as one file (.dcm: one folder) instead") },
  MSM_PROCESSES_FLAG,
  MSM_SCAN_FLAGS,
  { "sens", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Sensitivity maps (.cfl, or .h5 with sens) instead of ESPIRiT") },
  { "coils", MSM_PARAM_INT, .min = 0, .max = 1024, .help = N_("Compress to this many coils; 0 keeps all") },
  { "held-back", MSM_PARAM_FLOAT, .min = 0, .max = 0.5,
    .help =
        N_("Part of the measured lines that a second run is not given, to tell whether the method fits this scan") },
  MSM_SAMPLES_FLAGS,
  MSM_DEVICE_FLAGS,
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("Result: .h5, .png (16 bit), .cfl, .nii, .nii.gz or .dcm") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  { NULL },
};

void
msm_recon_tables_clear (MsmReconTables *self)
{
  g_clear_pointer (&self->params, msm_params_free);
  g_clear_pointer (&self->method, msm_params_free);
  g_clear_pointer (&self->pattern_values, msm_params_free);
  g_clear_pointer (&self->operator_values, msm_params_free);
  g_clear_pointer (&self->espirit, msm_params_free);
}

static gboolean
is_given (const char *name)
{
  return name != NULL && name[0] != '\0';
}

gboolean
msm_recon_tables_init (MsmReconTables *self, const char *method, const char *pattern, const char *operator_name,
                       GError **error)
{
  *self = (MsmReconTables){ NULL };
  self->klass = msm_sampler_class_find (is_given (method) ? method : "cg-sense", error);
  if (self->klass == NULL)
    return FALSE;
  self->operator_class = msm_operator_class_find (is_given (operator_name) ? operator_name : "sampling", error);
  if (self->operator_class == NULL)
    return FALSE;
  if (is_given (pattern) && (self->pattern = msm_mask_pattern_find (pattern, error)) == NULL)
    return FALSE;
  self->params = msm_params_new (msm_recon_params);
  self->method = msm_params_new (self->klass->params);
  self->pattern_values = self->pattern != NULL ? msm_params_new (self->pattern->params) : NULL;
  self->operator_values = msm_params_new (self->operator_class->params);
  self->espirit = msm_params_new (msm_coil_map_params);
  return TRUE;
}

MsmExperiment *
msm_recon_tables_make_experiment (const MsmReconTables *self)
{
  MsmExperiment *experiment = msm_experiment_new ();

  msm_experiment_add (experiment, "recon", self->params);
  msm_experiment_add (experiment, "method", self->method);
  msm_experiment_add (experiment, "operator", self->operator_values);
  if (self->pattern != NULL)
    msm_experiment_add (experiment, "pattern", self->pattern_values);
  msm_experiment_add (experiment, "espirit", self->espirit);
  return experiment;
}

gboolean
msm_recon_tables_load_sections (MsmReconTables *self, GKeyFile *sections, const char *path, GError **error)
{
  static const char *const keys[] = { "method", "pattern", "operator" };
  g_autoptr (MsmExperiment) experiment = NULL;
  char *names[G_N_ELEMENTS (keys)];
  gboolean is_made;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    names[i] = g_key_file_get_string (sections, "recon", keys[i], NULL);
  is_made = msm_recon_tables_init (self, names[0], names[1], names[2], error);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_free (names[i]);
  if (!is_made)
    {
      g_prefix_error (error, _("%s: [recon] "), path);
      return FALSE;
    }
  experiment = msm_recon_tables_make_experiment (self);
  return msm_experiment_load_sections (experiment, sections, path, error);
}
