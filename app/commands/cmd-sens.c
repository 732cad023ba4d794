#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/setup/scan-flags.h"
#include "core/calib/calib.h"
#include "core/device/device.h"
#include "core/io/image-format.h"
#include "core/io/scan.h"

static const MsmParam sens_params[] = {
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .flags = MSM_PARAM_AUTO,
    .help = N_("Slice, from 0; auto is the middle") },
  MSM_SCAN_FLAGS,
  { "threads", MSM_PARAM_INT, .min = 0, .max = 4096, .help = N_("Threads; 0 is all cores") },
  { NULL },
};

static gboolean
estimate (const char *path, const char *out, MsmParams *params, MsmParams *espirit, const MsmOptions *options,
          GError **error)
{
  int slice;
  g_autofree char *source = msm_command_source (options, path);
  g_autofree char *provenance = msm_command_provenance ("sens", source, NULL);
  g_autofree char *shape = NULL;
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) kspace = NULL, sens = NULL;
  g_autoptr (MsmMask) mask = NULL;

  if (msm_image_format_find (out, MSM_HOLDS_KSPACE, error) == NULL)
    return FALSE;
  scan = msm_scan_open_with_flags (path, params, error);
  if (scan == NULL)
    return FALSE;
  if (scan->kind != MSM_SCAN_KSPACE)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: holds pictures, expected k-space"), path);
      return FALSE;
    }
  slice = msm_params_get_int_or (params, "slice", (int) (scan->n_slices / 2));
  if ((gsize) slice >= scan->n_slices)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %d was asked for, the last is %zu"), path, slice,
                   scan->n_slices - 1);
      return FALSE;
    }
  kspace = msm_scan_read (scan, slice, NULL, error);
  if (kspace == NULL)
    return FALSE;
  if (!msm_scan_find_mask (scan, slice, &mask, error))
    return FALSE;
  if (scan->has_calibration)
    {
      g_clear_pointer (&kspace, msm_tensor_unref);
      g_clear_pointer (&mask, msm_mask_unref);
      kspace = msm_scan_read_calibration (scan, slice, &mask, NULL, error);
      if (kspace == NULL)
        return FALSE;
    }
  if (mask == NULL)
    {
      mask = msm_mask_new (scan->n_readout, scan->n_phase);
      memset (mask->points, 1, scan->n_readout * scan->n_phase);
    }
  msm_device_set_threads (msm_params_get_int (params, "threads"));
  sens = msm_espirit_estimate (kspace, mask, espirit, NULL, error);
  if (sens == NULL)
    return FALSE;
  if (!msm_image_format_write_array (out, "sens", sens, provenance, error))
    return FALSE;
  shape = msm_shape_format (msm_tensor_shape (sens));
  printf (_("sens %s (set, coil, readout, phase), slice %d\n"), shape, slice);
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (sens_params);
  g_autoptr (MsmParams) espirit = msm_params_new (msm_espirit_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GPtrArray *files = msm_options_files (options);
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  msm_options_add (options, "ESPIRiT", NULL, espirit);
  if (!msm_command_parse (&msm_command_sens, options, argc, argv, 2, 2, &status))
    return status;
  if (!estimate (g_ptr_array_index (files, 0), g_ptr_array_index (files, 1), params, espirit, options, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_sens = {
  "sens", "INPUT OUTPUT [flags]", N_("Estimate coil sensitivities with ESPIRiT (.h5 or .cfl)"), NULL, run,
};
