#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/commands/metrics-text.h"
#include "core/io/mask-file.h"
#include "core/mask/mask.h"

static const MsmParam metrics_params[] = {
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .help = N_("Slice of the image, from 0") },
  { "reference-slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .flags = MSM_PARAM_AUTO,
    .help = N_("Slice of the reference; auto is the same") },
  { "dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset of the image") },
  { "reference-dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset of the reference") },
  { "scale", MSM_PARAM_BOOL, .help = N_("Scale the image to the reference first (least squares)") },
  { "roi", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Count only the pixels that are white here (.png, .h5, .cfl)") },
  { "max-nrmse", MSM_PARAM_FLOAT, .min = 0, .max = 1e9, .def = 1e9, .help = N_("Fail when the NRMSE is larger") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  { NULL },
};

/* x · (Σ x y / Σ x²): what an image without a unit (a PNG) is compared by. */
static void
fit_scale (MsmTensor *x, MsmTensor *y)
{
  const float *a = msm_tensor_const_host (x), *b = msm_tensor_const_host (y);
  double xy = 0, xx = 0;

  for (gsize i = 0; i < msm_tensor_size (x); i++)
    {
      xy += (double) a[i] * b[i];
      xx += (double) a[i] * a[i];
    }
  if (xx > 0)
    msm_image_scale (x, xy / xx);
}

static MsmTensor *
load_real (const char *path, const char *dataset, gsize slice, GError **error)
{
  g_autoptr (MsmTensor) tensor = msm_image_load (path, dataset, slice, error);

  return tensor != NULL ? msm_image_real (tensor, error) : NULL;
}

static void
report (const MsmMetrics *metrics, gboolean json)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *text = msm_metrics_text (metrics);

  if (!json)
    {
      printf ("%s\n", text);
      return;
    }
  json_builder_begin_object (b);
  msm_metrics_json (metrics, b);
  json_builder_end_object (b);
  msm_json_print (b, FALSE);
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (metrics_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_autoptr (MsmTensor) image = NULL, reference = NULL;
  g_autoptr (MsmMask) roi = NULL;
  const char *image_path, *reference_path;
  GError *error = NULL;
  MsmMetrics metrics;
  double nrmse;
  int slice, status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_metrics, options, argc, argv, 2, 2, &status))
    return status;
  image_path = g_ptr_array_index (msm_options_files (options), 0);
  reference_path = g_ptr_array_index (msm_options_files (options), 1);
  slice = msm_params_get_int (params, "slice");
  image = load_real (image_path, msm_params_get_text (params, "dataset"), slice, &error);
  if (image == NULL)
    return msm_command_failed (error);
  slice = msm_params_get_int_or (params, "reference-slice", slice);
  reference = load_real (reference_path, msm_params_get_text (params, "reference-dataset"), slice, &error);
  if (reference == NULL)
    return msm_command_failed (error);
  if (!msm_shape_equal (msm_tensor_shape (image), msm_tensor_shape (reference)))
    {
      g_autofree char *a = msm_shape_format (msm_tensor_shape (image));
      g_autofree char *b = msm_shape_format (msm_tensor_shape (reference));

      return msm_command_failed (g_error_new (MSM_ERROR, MSM_ERROR_SHAPE, _("%s is %s, expected %s as %s"), image_path,
                                              a, b, reference_path));
    }
  if (msm_params_get_bool (params, "scale"))
    fit_scale (image, reference);
  if (msm_params_get_text (params, "roi")[0] != '\0')
    {
      roi = msm_mask_load (msm_params_get_text (params, "roi"), msm_tensor_dim (image, 2), msm_tensor_dim (image, 3),
                           &error);
      if (roi == NULL)
        return msm_command_failed (error);
    }
  if (!msm_metrics_compute (msm_tensor_const_host (image), msm_tensor_const_host (reference),
                            roi != NULL ? roi->points : NULL, msm_tensor_dim (image, 1), msm_tensor_dim (image, 2),
                            msm_tensor_dim (image, 3), &metrics, &error))
    return msm_command_failed (error);
  nrmse = msm_metrics_get (&metrics, "nrmse");
  report (&metrics, msm_params_get_bool (params, "json"));
  if (nrmse <= msm_params_get_number (params, "max-nrmse"))
    return MSM_EXIT_OK;
  return msm_command_failed (g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("%s: NRMSE %.4g, at most %.4g allowed"),
                                          image_path, nrmse, msm_params_get_number (params, "max-nrmse")));
}

const MsmCommand msm_command_metrics = {
  "metrics",
  "IMAGE REFERENCE [flags]",
  N_("Compare magnitudes or colours: PSNR, SSIM, NMSE, NRMSE"),
  N_("fastMRI convention: the data range is the reference's maximum, SSIM uses a 7 × 7 window. The “min–max”\n"
      "figures normalise both images first, which hides errors of scale."),
  run,
};
