#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"
#include "core/phantom/acquire.h"
#include "core/phantom/phantom.h"
#include "core/phantom/simulate.h"

static const MsmParam phantom_params[] = {
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT, .help = N_("The same as OUTPUT") },
  { "simulate", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Acquire slices of this volume (NIfTI, PNG) instead of a phantom") },
  { "sens-out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH, .help = N_("Also write the true coil maps (.cfl)") },
  { "image-out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Also write the true image (.cfl, .h5, .nii, .png)") },
  { NULL },
};

static gboolean
write_phantom (const char *out, MsmParams *params, MsmParams *values, GError **error)
{
  const char *sens_out = msm_params_get_text (params, "sens-out");
  const char *image_out = msm_params_get_text (params, "image-out");
  const MsmImageFormat *format = msm_image_format_find (out, MSM_HOLDS_KSPACE, error);
  g_autofree char *provenance = msm_command_provenance ("phantom", NULL, msm_params_get_text (values, "object"));
  g_autoptr (MsmTensor) kspace = NULL, sens = NULL, image = NULL, truth = NULL;
  MsmImageNotes notes = { .provenance = provenance };
  MsmSimulatedFile file = { 0 };

  if (format == NULL)
    return FALSE;
  if (!msm_phantom_kspace (values, &kspace, &sens, &image, error))
    return FALSE;
  if ((format->holds & MSM_HOLDS_ARRAYS) == 0)
    {
      if (!format->write_array (out, "kspace", kspace, NULL, error))
        return FALSE;
    }
  else
    {
      truth = msm_image_magnitude (image, 1, error);
      if (truth == NULL)
        return FALSE;
      file = (MsmSimulatedFile){
        .n_slices = 1,
        .n_coils = msm_tensor_dim (kspace, 1),
        .n_readout = msm_tensor_dim (kspace, 2),
        .n_phase = msm_tensor_dim (kspace, 3),
        .kspace = msm_tensor_const_host (kspace),
        .truth = msm_tensor_const_host (truth),
        .description = provenance,
        .source = "analytic phantom",
        .licence = "none needed: computed",
        .precision = 23,
      };
      if (!msm_simulated_file_write (&file, out, error))
        return FALSE;
    }
  if (sens_out[0] != '\0' && !msm_cfl_write (sens_out, sens, NULL, error))
    return FALSE;
  return image_out[0] == '\0' || msm_image_format_write (image_out, image, &notes, error);
}

static gboolean
simulate (const char *out, const char *volume, MsmParams *params, MsmParams *values, GError **error)
{
  g_autoptr (MsmScan) scan = NULL;

  if (msm_params_get_text (params, "sens-out")[0] != '\0' || msm_params_get_text (params, "image-out")[0] != '\0')
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("--sens-out and --image-out are of phantoms: with --simulate nothing but k-space is written"));
      return FALSE;
    }
  scan = msm_scan_open (volume, NULL, error);
  return scan != NULL && msm_simulate_from_scan (scan, values, out, NULL, error);
}

static int
run (int argc, char **argv)
{
  const char *volume = msm_options_peek (argc, argv, "simulate");
  g_autoptr (MsmParams) params = msm_params_new (phantom_params);
  g_autoptr (MsmParams) values = msm_params_new (volume != NULL ? msm_simulate_params : msm_phantom_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  const char *out;
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  msm_options_add (options, volume != NULL ? _("Simulated acquisition") : _("Phantom"), NULL, values);
  if (!msm_command_parse (&msm_command_phantom, options, argc, argv, 0, 1, &status))
    return status;
  out = msm_command_output (&msm_command_phantom, options, params, &status);
  if (out == NULL)
    return status;
  if (volume != NULL ? !simulate (out, volume, params, values, &error) : !write_phantom (out, params, values, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_phantom = {
  "phantom",
  "OUTPUT [flags]",
  N_("Make k-space of a phantom, or of a volume with simulated coils (.h5, .cfl)"),
  N_("The phantom's k-space is analytic. With --simulate VOLUME the flags are others: see\n"
      "msm phantom --simulate VOLUME --help."),
  run,
};
