#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/command.h"
#include "app/setup/scan-flags.h"
#include "core/base/memory.h"
#include "core/device/device.h"
#include "core/io/image-format.h"
#include "core/io/provenance.h"
#include "core/io/scan.h"

static const char *const objects[] = { "auto", "mr", "capture", "map", NULL };

static const MsmParam export_params[] = {
  { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("The volume: .dcm (a folder for several slices), .nii, .nii.gz, .npy or .h5") },
  { "object", MSM_PARAM_CHOICE, .choices = objects,
    .help = N_("DICOM's kind of object; auto is mr, and capture for colours") },
  { "template", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,
    .help = N_("DICOM file or folder whose patient, study and frame of reference are taken over") },
  { "phase", MSM_PARAM_BOOL, .help = N_("NIfTI: also NAME_phase, in radians, of complex images") },
  { "title", MSM_PARAM_TEXT, .def_text = N_("MSM Studio"), .help = N_("What the DICOM series is called") },
  MSM_SCAN_FLAGS,
  { NULL },
};

typedef struct
{
  GPtrArray *scans; /* (element-type MsmScan): in the order of the command line */
  gsize n_slices;
  double (*centres)[3];
  double spacing_mm[3];
  MsmDicomKind object;
  MsmTensor *volume; /* [slice, channel, row, column] */
  MsmImageNotes notes;
} Export;

static void
export_clear (Export *self)
{
  g_clear_pointer (&self->scans, g_ptr_array_unref);
  g_clear_pointer (&self->volume, msm_tensor_unref);
  g_free (self->centres);
}

static gboolean
is_same_direction (const double a[3], const double b[3])
{
  return fabs (a[0] - b[0]) < 1e-3 && fabs (a[1] - b[1]) < 1e-3 && fabs (a[2] - b[2]) < 1e-3;
}

/* Slices of one volume are of one size and lie in parallel planes. */
static gboolean
check_match (const MsmScan *first, const MsmScan *scan, GError **error)
{
  if (scan->kind != MSM_SCAN_IMAGE)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: holds k-space, expected images (msm recon makes them)"), scan->path);
  else if (scan->n_channels != first->n_channels || scan->n_readout != first->n_readout
           || scan->n_phase != first->n_phase)
    g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                 _("%s: %zu × %zu pixels of %zu channels, expected %zu × %zu of %zu as in %s"), scan->path,
                 scan->n_readout, scan->n_phase, scan->n_channels, first->n_readout, first->n_phase, first->n_channels,
                 first->path);
  else if (scan->geometry.is_known != first->geometry.is_known
           || !is_same_direction (scan->geometry.row, first->geometry.row)
           || !is_same_direction (scan->geometry.column, first->geometry.column))
    g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: lies in another plane than %s, expected one volume"),
                 scan->path, first->path);
  else
    return TRUE;
  return FALSE;
}

static gboolean
open_all (Export *self, const GPtrArray *files, const MsmParams *params, GError **error)
{
  self->scans = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_scan_unref);
  for (guint i = 0; i < files->len; i++)
    {
      MsmScan *scan = msm_scan_open_with_flags (files->pdata[i], params, error);

      if (scan == NULL)
        return FALSE;
      g_ptr_array_add (self->scans, scan);
      if (!check_match (self->scans->pdata[0], scan, error))
        return FALSE;
      self->n_slices += scan->n_slices;
    }
  return TRUE;
}

/* Where each slice lies, and how far apart they are. */
static void
set_place (Export *self)
{
  const MsmScan *first = self->scans->pdata[0];
  MsmImageNotes *notes = &self->notes;
  gsize s = 0;

  memcpy (self->spacing_mm, first->spacing_mm, sizeof self->spacing_mm);
  notes->spacing_mm = self->spacing_mm;
  notes->geometry = first->geometry;
  if (!first->geometry.is_known)
    return;
  self->centres = g_malloc (self->n_slices * sizeof *self->centres);
  for (guint i = 0; i < self->scans->len; i++)
    {
      const MsmScan *scan = self->scans->pdata[i];

      for (gsize j = 0; j < scan->n_slices; j++, s++)
        {
          const MsmGeometry g = msm_scan_geometry (scan, j);

          memcpy (self->centres[s], g.centre, sizeof g.centre);
        }
    }
  notes->centres = (const double (*)[3]) self->centres;
  msm_geometry_span (&notes->geometry, notes->centres, self->n_slices, &self->spacing_mm[2]);
}

static gboolean
read_all (Export *self, GError **error)
{
  gsize s = 0, n_bytes = 0;
  char *out = NULL;

  for (guint i = 0; i < self->scans->len; i++)
    {
      MsmScan *scan = self->scans->pdata[i];

      for (gsize j = 0; j < scan->n_slices; j++, s++)
        {
          g_autoptr (MsmTensor) slice = msm_scan_read (scan, j, NULL, error);

          if (slice == NULL)
            return FALSE;
          if (s == 0)
            {
              self->volume =
                  msm_tensor_new (msm_device_host (), msm_tensor_dtype (slice),
                                  msm_shape4 (self->n_slices, scan->n_channels, scan->n_readout, scan->n_phase), error);
              if (self->volume == NULL)
                return FALSE;
              out = (char *) msm_tensor_host (self->volume);
              n_bytes = msm_tensor_bytes (slice);
            }
          if (msm_tensor_bytes (slice) != n_bytes)
            {
              g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: complex and real images in one volume"),
                           scan->path);
              return FALSE;
            }
          memcpy (out + s * n_bytes, msm_tensor_const_host (slice), n_bytes);
        }
    }
  return TRUE;
}

/* NIfTI's phase is a file of its own, which may exist as well. */
static gboolean
check_phase (MsmOptions *options, const char *out, GError **error)
{
  g_autofree char *phase = msm_nifti_phase_name (out);

  return msm_options_check_output (options, phase, error);
}

/* What repeats a result goes on with it, unless names shall not. */
static char *
provenance_of (const char *input, const MsmOptions *options)
{
  g_autofree char *source = msm_command_source (options, input);
  char *kept = msm_options_names (options) != MSM_NAMES_NONE ? msm_provenance_read (input, NULL) : NULL;

  return kept != NULL ? kept : msm_command_provenance ("export", source, NULL);
}

static gboolean
write_volume (Export *self, const char *out, const MsmImageFormat *format, GError **error)
{
  const MsmScan *first = self->scans->pdata[0];
  g_autoptr (GPtrArray) losses = msm_image_format_losses (format, out, self->volume, &self->notes, error);

  if (losses == NULL)
    return FALSE;
  for (guint i = 0; i < losses->len; i++)
    printf (_("Note: %s does not hold %s.\n"), _(format->title), (char *) losses->pdata[i]);
  if (!msm_image_format_write (out, self->volume, &self->notes, error))
    return FALSE;
  printf (_("%s: %zu slices of %zu × %zu (%s)\n"), out, self->n_slices, first->n_readout, first->n_phase,
          _(format->title));
  return TRUE;
}

static gboolean
export_volume (MsmOptions *options, const GPtrArray *files, const char *out, const MsmParams *params, GError **error)
{
  const MsmImageFormat *format = msm_image_format_find (out, 0, error);
  const int object = msm_params_get_choice (params, "object");
  const char *template_path = msm_params_get_text (params, "template");
  g_autofree char *provenance = NULL;
  Export self = { .notes = { .title = msm_params_get_text (params, "title"),
                             .with_phase = msm_params_get_bool (params, "phase"),
                             .template_path = template_path[0] != '\0' ? template_path : NULL } };
  gboolean ok = format != NULL;

  if (ok && self.notes.with_phase && (format->holds & MSM_HOLDS_PLACE) != 0 && (format->holds & MSM_HOLDS_COMPLEX) != 0)
    ok = check_phase (options, out, error);
  ok = ok && open_all (&self, files, params, error) && read_all (&self, error);
  if (ok)
    {
      self.notes.provenance = provenance = provenance_of (files->pdata[0], options);
      self.object = (MsmDicomKind) (object - 1);
      self.notes.object = object > 0 ? &self.object : NULL;
      set_place (&self);
      ok = write_volume (&self, out, format, error);
    }
  export_clear (&self);
  return ok;
}

static int
run (int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (export_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_export, options, argc, argv, 1, G_MAXUINT, &status))
    return status;
  if (msm_params_get_text (params, "out")[0] == '\0')
    return msm_command_usage (&msm_command_export, g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--out is needed")));
  if (!export_volume (options, msm_options_files (options), msm_params_get_text (params, "out"), params, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_export = {
  "export",
  "FILE|FOLDER… --out NAME [flags]",
  N_("Write all slices of images as one volume"),
  N_("Several files are one volume in the order given, as `msm recon --slices all` writes them. What the\n"
      "format cannot hold is said before. Without --template a DICOM series is nobody's."),
  run,
};
