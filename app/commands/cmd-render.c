#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/setup/scan-flags.h"
#include "core/io/image-write.h"
#include "core/render/render.h"

static const char *const mode_names[] = { "magnitude", "phase", "real", "imaginary", "complex", "log", NULL };
static const char *const colormap_names[] = { "grey", "viridis", "inferno", "phase", "difference", NULL };

static const MsmParam render_params[] = {
  { "mode", MSM_PARAM_CHOICE, .choices = mode_names, .help = N_("What of the complex value is shown") },
  { "colormap", MSM_PARAM_CHOICE, .choices = colormap_names, .help = N_("Colours") },
  { "low", MSM_PARAM_FLOAT, .min = -1e30, .max = 1e30, .help = N_("Value shown black; without it, automatic") },
  { "high", MSM_PARAM_FLOAT, .min = -1e30, .max = 1e30, .help = N_("Value shown white; without it, automatic") },
  { "gamma", MSM_PARAM_FLOAT, .min = 0.1, .max = 10, .def = 1, .help = N_("Exponent; 1 is linear") },
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .help = N_("Slice, from 0") },
  { "dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset, e.g. image or reconstruction") },
  MSM_SCAN_FLAGS,
  { NULL },
};

static gboolean
render (const char *input, const char *out, MsmParams *params, MsmOptions *flags, GError **error)
{
  g_autofree char *source = msm_command_source (flags, input);
  g_autofree char *provenance = msm_command_provenance ("render", source, msm_params_get_text (params, "mode"));
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (GHashTable) indices = NULL;
  MsmScanOptions scan_options;
  g_autofree guint8 *rgba = NULL;
  MsmRenderOptions options = { 0 };
  gsize n_rows, n_columns;

  if (!msm_scan_flags_get (params, &scan_options, error))
    return FALSE;
  indices = scan_options.indices;
  image = msm_image_load (input, msm_params_get_text (params, "dataset"), &scan_options,
                          msm_params_get_int (params, "slice"), error);
  if (image == NULL)
    return FALSE;
  n_rows = msm_tensor_dim (image, 2);
  n_columns = msm_tensor_dim (image, 3);
  if (!msm_render_mode_from_name (msm_params_get_text (params, "mode"), &options.mode)
      || !msm_colormap_from_name (msm_params_get_text (params, "colormap"), &options.colormap))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("unknown mode or colours"));
      return FALSE;
    }
  options.gamma = msm_params_get_number (params, "gamma");
  msm_render_auto_window (msm_tensor_const_host (image), msm_tensor_dtype (image), n_rows * n_columns, options.mode,
                          0.5, 99.5, &options.window_low, &options.window_high);
  if (msm_options_given (flags, "low"))
    options.window_low = msm_params_get_number (params, "low");
  if (msm_options_given (flags, "high"))
    options.window_high = msm_params_get_number (params, "high");
  rgba = g_try_malloc_n (n_rows * n_columns, 4);
  if (rgba == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("not enough memory for the picture"));
      return FALSE;
    }
  msm_render_plane (msm_tensor_const_host (image), msm_tensor_dtype (image), n_rows, n_columns, &options, rgba,
                    4 * n_columns);
  return msm_png_write_rgba (out, rgba, n_rows, n_columns, provenance, error);
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (render_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GPtrArray *files = msm_options_files (options);
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_render, options, argc, argv, 2, 2, &status))
    return status;
  if (!render (g_ptr_array_index (files, 0), g_ptr_array_index (files, 1), params, options, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_render = {
  "render", "IMAGE OUTPUT.png [flags]", N_("Draw an image as an 8-bit colour PNG, as the window shows it"), NULL, run,
};
