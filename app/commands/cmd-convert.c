#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/setup/scan-flags.h"
#include "app/commands/image-file.h"
#include "core/device/device.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"

static const MsmParam convert_params[] = {
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .help = N_("Slice, from 0") },
  { "dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset of an image") },
  MSM_SCAN_FLAGS,
  { NULL },
};

static gboolean
write_kspace (const char *out, MsmTensor *kspace, const char *provenance, GError **error)
{
  MsmNamedTensor named = { "kspace", kspace };
  g_autofree char *lower = g_ascii_strdown (out, -1);

  if (g_str_has_suffix (lower, ".cfl"))
    return msm_cfl_write (out, kspace, provenance, error);
  if (g_str_has_suffix (lower, ".h5") || g_str_has_suffix (lower, ".hdf5"))
    return msm_hdf5_write (out, &named, 1, provenance, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: k-space is written as .cfl or .h5"), out);
  return FALSE;
}

static gboolean
convert (const char *input, const char *out, MsmParams *params, const MsmOptions *options, GError **error)
{
  int slice = msm_params_get_int (params, "slice");
  g_autofree char *source = msm_command_source (options, input);
  g_autofree char *provenance = msm_command_provenance ("convert", source, NULL);
  MsmImageNotes notes = { .provenance = provenance };
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmTensor) tensor = NULL;
  g_autoptr (GError) scan_error = NULL;

  if (msm_params_get_text (params, "dataset")[0] == '\0')
    scan = msm_scan_open_with_flags (input, params, &scan_error);
  if (scan != NULL && scan->kind == MSM_SCAN_KSPACE)
    {
      if ((gsize) slice >= scan->n_slices)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %d was asked for, the last is %zu"), input,
                       slice, scan->n_slices - 1);
          return FALSE;
        }
      tensor = msm_scan_read (scan, slice, NULL, error);
      return tensor != NULL && write_kspace (out, tensor, provenance, error);
    }
  /* A result of ours is no scan; what cannot be read as an image either reports the scan's error. */
  tensor = msm_image_load (input, msm_params_get_text (params, "dataset"), slice, scan_error != NULL ? NULL : error);
  if (tensor == NULL)
    {
      if (scan_error != NULL)
        g_propagate_error (error, g_steal_pointer (&scan_error));
      return FALSE;
    }
  if (scan != NULL)
    {
      notes.spacing_mm = scan->spacing_mm;
      notes.geometry = msm_scan_geometry (scan, slice);
    }
  return msm_image_save (out, tensor, &notes, error);
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (convert_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GPtrArray *files = msm_options_files (options);
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_convert, options, argc, argv, 2, 2, &status))
    return status;
  if (!convert (g_ptr_array_index (files, 0), g_ptr_array_index (files, 1), params, options, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_convert = {
  "convert",
  "INPUT OUTPUT [flags]",
  N_("Write one slice in another format"),
  N_("K-space (as read: oversampling removed, lines in order, noise not whitened) becomes .cfl or .h5; an\n"
      "image becomes .h5, .cfl, .nii, .nii.gz or .png."),
  run,
};
