#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/scan-flags.h"
#include "app/commands/image-file.h"
#include "app/commands/metrics-text.h"
#include "app/commands/operator-flags.h"
#include "app/commands/pattern.h"
#include "app/commands/recon-run.h"
#include "core/io/image-write.h"
#include "core/io/scan.h"

static const MsmParam recon_params[] = {
  { "method", MSM_PARAM_TEXT, .def_text = "cg-sense", .help = N_("Reconstruction; see below") },
  MSM_OPERATOR_FLAG,
  { "pattern", MSM_PARAM_TEXT, .help = N_("Undersample a fully sampled scan with this pattern") },
  { "mask", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Undersample with this mask (.png, .h5, .cfl)") },
  { "slice", MSM_PARAM_INT, .min = -1, .max = 1e6, .def = -1, .help = N_("Slice, from 0; -1 is the middle") },
  MSM_SCAN_FLAGS,
  { "sens", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Sensitivity maps (.cfl, or .h5 with sens) instead of ESPIRiT") },
  { "coils", MSM_PARAM_INT, .min = 0, .max = 1024, .help = N_("Compress to this many coils; 0 keeps all") },
  { "device", MSM_PARAM_TEXT, .def_text = "auto", .help = N_("auto, cpu, ref, cuda, cuda:1, …") },
  { "threads", MSM_PARAM_INT, .min = 0, .max = 4096, .help = N_("Threads of the CPU device; 0 is all cores") },
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("Result: .h5, .png (16 bit), .cfl, .nii or .nii.gz") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") },
  { NULL },
};

static MsmTensor *
load_sens (const char *path, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (lower, ".h5") || g_str_has_suffix (lower, ".hdf5"))
    return msm_hdf5_read (path, "sens", error);
  return msm_cfl_read (path, error);
}

/* The mask of --mask or --pattern, or NULL with @error unset: the scan's own. */
static MsmMask *
make_mask (MsmParams *params, const MsmMaskPattern *pattern, MsmParams *values, MsmScan *scan, GError **error)
{
  const char *path = msm_params_get_text (params, "mask");

  if (path[0] != '\0')
    return msm_mask_load (path, scan->n_readout, scan->n_phase, error);
  if (pattern != NULL)
    return pattern->generate (values, scan->n_readout, scan->n_phase, error);
  return NULL;
}

static void
report (MsmParams *params, const char *path, gsize slice, const MsmSamplerClass *klass,
        const MsmOperatorClass *operator_class, MsmDevice *device, const MsmReconResult *result)
{
  double accel = result->mask != NULL ? msm_mask_effective_accel (result->mask) : NAN;
  g_autofree char *measured = NULL;

  if (msm_params_get_bool (params, "json"))
    {
      g_autofree char *base = g_path_get_basename (path);
      g_autofree char *name = msm_json_string (base);
      g_autofree char *effective = msm_json_number (accel);
      g_autofree char *residual = msm_json_number (result->last.residual);
      g_autofree char *cost = msm_json_number (result->last.cost);
      g_autofree char *note = result->note != NULL ? msm_json_string (result->note) : g_strdup ("null");
      g_autofree char *metrics = result->has_metrics ? msm_metrics_json (&result->metrics)
                                                     : g_strdup ("null");

      printf ("{ \"input\": %s, \"slice\": %" G_GSIZE_FORMAT ", \"operator\": \"%s\", \"method\": \"%s\", "
              "\"device\": \"%s\", \"accel_effective\": %s, \"steps\": %d, \"residual\": %s, \"cost\": %s, "
              "\"prepare_ms\": %.1f, \"run_ms\": %.1f, \"note\": %s, \"metrics\": %s }\n",
              name, slice, operator_class->name, klass->name, msm_device_name (device), effective,
              result->last.step, residual, cost,
              result->prepare_ms, result->run_ms, note, metrics);
      return;
    }
  if (result->mask != NULL)
    measured = g_strdup_printf (_("R %.2f (%s)"), accel,
                                result->mask->origin != NULL ? result->mask->origin : _("as acquired"));
  else
    measured = g_strdup (result->operator_text);
  printf (_("%s, slice %" G_GSIZE_FORMAT ", %s: %d steps, residual %.4g; prepared in %.0f ms, ran in "
            "%.0f ms on %s\n"),
          klass->title, slice, measured, result->last.step, result->last.residual, result->prepare_ms,
          result->run_ms, msm_device_name (device));
  if (result->note != NULL)
    printf (_("Note: %s\n"), _(result->note));
  if (result->has_metrics)
    {
      g_autofree char *text = msm_metrics_text (&result->metrics);

      printf ("%s\n", text);
    }
}

/* What was done, for the file's provenance. (transfer full) */
static char *
describe_run (const MsmProblemOptions *options, const MsmSamplerClass *klass, MsmParams *method, MsmDevice *device,
              const MsmReconResult *result)
{
  g_autofree char *settings = msm_params_describe (method);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "slice=%" G_GSIZE_FORMAT " method=%s %s", options->slice, klass->name, settings);
  if (result->operator_text != NULL)
    g_string_append_printf (text, "; operator: %s", result->operator_text);
  if (result->mask != NULL)
    g_string_append_printf (text, "; mask: %s", result->mask->origin != NULL ? result->mask->origin : "as acquired");
  g_string_append_printf (text, "; device=%s", msm_device_name (device));
  return g_string_free (text, FALSE);
}

static gboolean
reconstruct (MsmParams *params, const char *path, const MsmSamplerClass *klass, MsmParams *method,
             const MsmMaskPattern *pattern, MsmParams *values, MsmProblemOptions options, GError **error)
{
  const char *out = msm_params_get_text (params, "out");
  const char *sens = msm_params_get_text (params, "sens");
  g_autoptr (MsmScan) scan = NULL;
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (MsmMask) mask = NULL;
  g_autoptr (MsmTensor) maps = NULL;
  g_auto (MsmReconResult) result = { NULL };
  GError *mask_error = NULL;
  int slice = msm_params_get_int (params, "slice");

  if (out[0] != '\0' && !msm_image_can_save (out, error))
    return FALSE;
  scan = msm_scan_open_with_flags (path, params, error);
  if (scan == NULL)
    return FALSE;
  options.slice = slice >= 0 ? (gsize) slice : scan->n_slices / 2;
  if (options.slice >= scan->n_slices)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%s: slice %d was asked for, the last is %" G_GSIZE_FORMAT), path, slice,
                   scan->n_slices - 1);
      return FALSE;
    }
  msm_device_set_threads (msm_params_get_int (params, "threads"));
  device = msm_device_open (msm_params_get_text (params, "device"), error);
  if (device == NULL)
    return FALSE;
  mask = make_mask (params, pattern, values, scan, &mask_error);
  if (mask_error != NULL)
    {
      g_propagate_error (error, mask_error);
      return FALSE;
    }
  if (sens[0] != '\0' && (maps = load_sens (sens, error)) == NULL)
    return FALSE;
  options.mask = mask;
  options.sens = maps;
  options.n_virtual = msm_params_get_int (params, "coils");
  if (!msm_recon_run (scan, &options, device, klass, msm_params_copy (method), klass->title, &result, error))
    return FALSE;
  if (out[0] != '\0')
    {
      g_autofree char *details = describe_run (&options, klass, method, device, &result);
      g_autofree char *provenance = msm_command_provenance ("recon", path, details);
      MsmImageNotes notes = { provenance, result.mask, scan->spacing_mm,
                              msm_geometry_of_slice (&scan->geometry, options.slice, scan->spacing_mm[2]) };

      /* A picture's white is known, and kept. */
      if (options.operator_class->make != NULL && g_str_equal (scan->format->name, "png"))
        notes.white = 1;
      if (!msm_image_save (out, result.image, &notes, error))
        return FALSE;
    }
  report (params, path, options.slice, klass, options.operator_class, device, &result);
  return TRUE;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (recon_params);
  g_autoptr (MsmParams) espirit = msm_params_new (msm_espirit_params);
  g_autoptr (MsmParams) method = NULL;
  g_autoptr (MsmParams) values = NULL;
  g_autoptr (MsmParams) operator_params = NULL;
  g_autoptr (MsmOptions) options = msm_options_new ();
  const char *name = msm_options_peek (argc, argv, "method");
  const MsmSamplerClass *klass;
  const MsmMaskPattern *pattern;
  MsmProblemOptions problem = { .espirit = espirit };
  g_autofree char *title = NULL;
  GError *error = NULL;
  int status;

  klass = msm_sampler_class_find (name != NULL ? name : "cg-sense", &error);
  if (klass == NULL)
    return msm_command_usage (&msm_command_recon, error);
  method = msm_params_new (klass->params);
  title = g_strdup_printf (_("Method “%s”"), klass->name);
  msm_options_add (options, _("Flags"), NULL, params);
  msm_options_add (options, title, NULL, method);
  problem.operator_class = msm_operator_from_flags (options, argc, argv, &operator_params, &error);
  if (problem.operator_class == NULL)
    return msm_command_usage (&msm_command_recon, error);
  problem.operator_params = operator_params;
  pattern = msm_pattern_from_flags (options, argc, argv, NULL, &values, &error);
  if (error != NULL)
    return msm_command_usage (&msm_command_recon, error);
  msm_options_add (options, _("Coil sensitivities (ESPIRiT)"), "espirit-", espirit);
  if (!msm_command_parse (&msm_command_recon, options, argc, argv, 1, 1, &status))
    return status;
  if (pattern != NULL && msm_options_given (options, "mask"))
    return msm_command_usage (&msm_command_recon,
                              g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--mask and --pattern exclude each other")));
  if (!reconstruct (params, g_ptr_array_index (msm_options_files (options), 0), klass, method, pattern, values,
                    problem, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_recon = {
  "recon", "INPUT [flags]", N_("Reconstruct one slice of a scan"),
  N_("Methods: zero-filled, rss, cg-sense, l1-wavelet, tv. Patterns: random, equispaced, variable-density,\n"
     "poisson, radial, box, pixels, full. Operators: sampling (k-space: the default), and on pictures or the\n"
     "image of a fully sampled scan inpaint-box, inpaint-random, super-resolution, blur, motion-blur,\n"
     "random-projection, colourise, each simulated with noise. Each has flags of its own:\n"
     "msm recon --method NAME --pattern NAME --operator NAME --help. A scan that is\n"
     "undersampled already keeps its own mask. Figures against the fully sampled image are printed when the\n"
     "scan is fully sampled."),
  run,
};
