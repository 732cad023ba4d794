#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/image-file.h"
#include "app/commands/metrics-text.h"
#include "app/setup/scan-flags.h"
#include "core/io/mask-file.h"
#include "core/mask/mask.h"

static const MsmParam metrics_params[] = {
  { "slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .help = N_("Slice of the image, from 0") },
  { "reference-slice", MSM_PARAM_INT, .min = 0, .max = 1e6, .flags = MSM_PARAM_AUTO,
    .help = N_("Slice of the reference; auto is the same") },
  { "dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset of the image") },
  { "reference-dataset", MSM_PARAM_TEXT, .help = N_("HDF5 dataset of the reference") },
  { "index", MSM_PARAM_TEXT, .flags = MSM_PARAM_REPEATED,
    .help = N_("Which of several in the image's file: volume=1") },
  { "reference-index", MSM_PARAM_TEXT, .flags = MSM_PARAM_REPEATED,
    .help = N_("Which of several in the reference's file") },
  { "volume", MSM_PARAM_BOOL, .help = N_("Compare all slices: fastMRI's figures of a volume, and the slices' mean") },
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

/* One of the two files that are compared. @prefix: of its flags */
static MsmTensor *
load (const char *path, const MsmParams *params, const char *prefix, GError **error)
{
  g_autofree char *dataset = g_strconcat (prefix, "dataset", NULL), *index = g_strconcat (prefix, "index", NULL);
  const char *text = msm_params_get_text (params, index);
  g_autoptr (GHashTable) indices = text[0] != '\0' ? msm_indices_parse (text, error) : NULL;
  const MsmScanOptions options = { .indices = indices };
  g_autoptr (MsmTensor) image = NULL;
  int slice = msm_params_get_int (params, "slice");

  if (text[0] != '\0' && indices == NULL)
    return NULL;
  if (msm_params_get_bool (params, "volume"))
    return msm_image_load_volume (path, msm_params_get_text (params, dataset), &options, error);
  if (prefix[0] != '\0')
    slice = msm_params_get_int_or (params, "reference-slice", slice);
  image = msm_image_load (path, msm_params_get_text (params, dataset), &options, (gsize) slice, error);
  return image != NULL ? msm_image_real (image, error) : NULL;
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

static void
report_volume (const MsmMetrics *volume, const MsmMetrics *mean, gsize n_slices, gboolean json)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *whole = msm_metrics_text (volume), *each = msm_metrics_text (mean);

  if (!json)
    {
      printf (_("The volume, of %zu slices, by its own maximum: %s\nMean of the slices, each by its own: %s\n"),
              n_slices, whole, each);
      return;
    }
  json_builder_begin_object (b);
  msm_json_int (b, "slices", (gint64) n_slices);
  msm_json_open (b, "volume");
  msm_metrics_json (volume, b);
  json_builder_end_object (b);
  msm_json_open (b, "mean_of_slices");
  msm_metrics_json (mean, b);
  json_builder_end_object (b);
  json_builder_end_object (b);
  msm_json_print (b, FALSE);
}

/* Slices without a reference's signal have no figures of their own, and are left out of the mean. */
static gboolean
average_slices (MsmTensor *image, MsmTensor *reference, const MsmMask *roi, MsmMetrics *mean, GError **error)
{
  const MsmMetric *classes = msm_metric_classes ();
  const MsmShape shape = msm_tensor_shape (image);
  const gsize n_plane = shape.dim[2] * shape.dim[3];
  gsize count[MSM_METRICS_MAX] = { 0 };

  *mean = (MsmMetrics){ { 0 } };
  for (gsize s = 0; s < shape.dim[1]; s++)
    {
      MsmMetrics one;

      if (!msm_metrics_compute (msm_tensor_const_host (image) + s * n_plane,
                                msm_tensor_const_host (reference) + s * n_plane, roi != NULL ? roi->points : NULL, 1,
                                shape.dim[2], shape.dim[3], &one, error))
        return FALSE;
      for (gsize i = 0; classes[i].name != NULL; i++)
        if (isfinite (one.values[i]))
          {
            mean->values[i] += one.values[i];
            count[i]++;
          }
    }
  for (gsize i = 0; classes[i].name != NULL; i++)
    mean->values[i] = count[i] > 0 ? mean->values[i] / (double) count[i] : NAN;
  return TRUE;
}

static gboolean
compare (const char *image_path, const char *reference_path, MsmParams *params, double *nrmse, GError **error)
{
  const gboolean is_volume = msm_params_get_bool (params, "volume"), json = msm_params_get_bool (params, "json");
  g_autoptr (MsmTensor) image = load (image_path, params, "", error);
  g_autoptr (MsmTensor) reference = image != NULL ? load (reference_path, params, "reference-", error) : NULL;
  g_autoptr (MsmMask) roi = NULL;
  MsmMetrics metrics, mean;

  if (reference == NULL)
    return FALSE;
  if (!msm_shape_equal (msm_tensor_shape (image), msm_tensor_shape (reference)))
    {
      g_autofree char *a = msm_shape_format (msm_tensor_shape (image));
      g_autofree char *b = msm_shape_format (msm_tensor_shape (reference));

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s is %s, expected %s as %s"), image_path, a, b,
                   reference_path);
      return FALSE;
    }
  if (msm_params_get_bool (params, "scale"))
    fit_scale (image, reference);
  if (msm_params_get_text (params, "roi")[0] != '\0')
    {
      roi = msm_mask_load (msm_params_get_text (params, "roi"), msm_tensor_dim (image, 2), msm_tensor_dim (image, 3),
                           error);
      if (roi == NULL)
        return FALSE;
    }
  if (!msm_metrics_compute (msm_tensor_const_host (image), msm_tensor_const_host (reference),
                            roi != NULL ? roi->points : NULL, msm_tensor_dim (image, 1), msm_tensor_dim (image, 2),
                            msm_tensor_dim (image, 3), &metrics, error)
      || (is_volume && !average_slices (image, reference, roi, &mean, error)))
    return FALSE;
  if (is_volume)
    report_volume (&metrics, &mean, msm_tensor_dim (image, 1), json);
  else
    report (&metrics, json);
  *nrmse = msm_metrics_get (&metrics, "nrmse");
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (metrics_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  const char *image_path, *reference_path;
  GError *error = NULL;
  double nrmse = 0;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_metrics, options, argc, argv, 2, 2, &status))
    return status;
  image_path = g_ptr_array_index (msm_options_files (options), 0);
  reference_path = g_ptr_array_index (msm_options_files (options), 1);
  if (!compare (image_path, reference_path, params, &nrmse, &error))
    return msm_command_failed (error);
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
      "figures normalise both images first, which hides errors of scale. With --volume the first figures are those of\n"
      "fastMRI's own evaluation: the data range is the maximum of the whole reference, and errors are summed over all\n"
      "slices; the mean of the slices' own figures stands beside them."),
  run,
};
