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
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .flags = MSM_PARAM_AUTO,
    .help = N_("Slice, from 0; auto is the first that holds anything") },
  { "dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset of an image") },
  MSM_SCAN_FLAGS,
  { NULL },
};

/* The slice that was asked for, else the first that holds anything, or the very first where none does. */
static MsmTensor *
read_slice (MsmScan *scan, const MsmParams *params, gsize *slice, GError **error)
{
  const int wanted = msm_params_get_int_or (params, "slice", -1);
  MsmTensor *tensor;

  *slice = wanted >= 0 ? (gsize) wanted : 0;
  tensor = msm_scan_read (scan, *slice, NULL, error);
  for (gsize i = 1; wanted < 0 && msm_scan_is_blank (scan, i - 1) && i < scan->n_slices; i++)
    {
      g_autoptr (GError) failure = NULL;
      MsmTensor *next = msm_scan_read (scan, i, NULL, &failure);

      if (next == NULL && !msm_scan_is_blank (scan, i))
        break;
      if (next == NULL || msm_scan_is_blank (scan, i))
        {
          g_clear_pointer (&next, msm_tensor_unref);
          continue;
        }
      g_clear_pointer (&tensor, msm_tensor_unref);
      g_clear_error (error);
      *slice = i;
      return next;
    }
  return tensor;
}

/* Files that hold k-space or images without saying which are images where nothing but an image can be written. */
static gboolean
is_image (const MsmScan *scan, const char *out)
{
  const gboolean is_untold = g_str_equal (scan->format->name, "bart");

  return scan->kind == MSM_SCAN_IMAGE || (is_untold && !msm_image_format_can (out, MSM_HOLDS_KSPACE));
}

static gboolean
convert_scan (MsmScan *scan, const char *out, const MsmParams *params, const char *provenance, GError **error)
{
  MsmImageNotes notes = { .provenance = provenance, .spacing_mm = scan->spacing_mm };
  g_autoptr (MsmTensor) tensor = NULL;
  g_autofree char *remark = NULL;
  gsize slice;

  tensor = read_slice (scan, params, &slice, error);
  if (tensor == NULL)
    return FALSE;
  remark = msm_scan_get_remark (scan, slice);
  if (remark != NULL)
    printf (_("Note: %s\n"), remark);
  if (!is_image (scan, out))
    return msm_image_format_write_array (out, "kspace", tensor, provenance, error);
  if (scan->kind == MSM_SCAN_KSPACE)
    printf (_("Note: %s\n"), _("taken for an image, since the output can hold nothing else"));
  notes.geometry = msm_scan_geometry (scan, slice);
  return msm_image_format_write (out, tensor, &notes, error);
}

/* A result of ours, or a reference, is no scan: @scan_error says why, for what cannot be read as an image either. */
static gboolean
convert_result (const char *input, const char *out, const MsmParams *params, const char *provenance,
                const GError *scan_error, GError **error)
{
  GError *failure = NULL;
  MsmImageNotes notes = { .provenance = provenance };
  g_autoptr (GHashTable) indices = NULL;
  g_autoptr (MsmTensor) tensor = NULL;
  MsmScanOptions options;

  if (!msm_scan_flags_get (params, &options, error))
    return FALSE;
  indices = options.indices;
  tensor = msm_image_load (input, msm_params_get_text (params, "dataset"), &options,
                           (gsize) msm_params_get_int_or (params, "slice", 0), &failure);
  if (tensor == NULL)
    {
      g_propagate_error (error, scan_error != NULL ? g_error_copy (scan_error) : g_steal_pointer (&failure));
      g_clear_error (&failure);
      return FALSE;
    }
  return msm_image_format_write (out, tensor, &notes, error);
}

static gboolean
convert (const char *input, const char *out, MsmParams *params, const MsmOptions *options, GError **error)
{
  g_autofree char *source = msm_command_source (options, input);
  g_autofree char *provenance = msm_command_provenance ("convert", source, NULL);
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (GError) scan_error = NULL;

  if (msm_params_get_text (params, "dataset")[0] == '\0')
    scan = msm_scan_open_with_flags (input, params, &scan_error);
  /* Pictures in HDF5 may be results, whose `reconstruction` is meant, not their complex `image`. */
  if (scan != NULL && !(scan->kind == MSM_SCAN_IMAGE && scan->format->is_hdf5))
    return convert_scan (scan, out, params, provenance, error);
  return convert_result (input, out, params, provenance, scan_error, error);
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
      "image becomes .h5, .cfl, .nii, .nii.gz, .dcm or .png."),
  run,
};
