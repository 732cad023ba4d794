#include "config.h"

#include "core/io/scan.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/dicom/dicom-private.h"
#include "core/io/dicom/dicom-probe.h"
#include "core/io/dicom-stack.h"
#include "core/io/dicom/dicom.h"
#include "core/io/scan-private.h"

/* DICOM pictures: a file, or a folder as a study. Its series are the scan's groups. */
typedef struct
{
  MsmDicom *dicom;
  GArray *frames; /* (element-type MsmDicomFrame): of the series */
  GPtrArray *stacks;
  const MsmDicomStack *stack;
  gsize volume;
} Dicom;

static gboolean
dicom_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  return h5 == NULL && msm_dicom_is_head (head, n_head);
}

static void
dicom_close (MsmScan *scan)
{
  Dicom *self = scan->priv;

  g_clear_pointer (&self->dicom, msm_dicom_free);
  g_clear_pointer (&self->frames, g_array_unref);
  g_clear_pointer (&self->stacks, g_ptr_array_unref);
  g_free (self);
  scan->priv = NULL;
}

static const MsmDicomFrame *
get_frame (Dicom *self, gsize slice)
{
  return &g_array_index (self->frames, MsmDicomFrame, self->stack->order[self->volume * self->stack->n_slices + slice]);
}

static gboolean
choose_series (MsmScan *scan, GError **error)
{
  Dicom *self = scan->priv;
  const GPtrArray *all = msm_dicom_series (self->dicom);
  const MsmDicomSeries *series = msm_dicom_find_series (self->dicom, scan->group, error);

  if (series == NULL)
    return FALSE;
  if (all->len > 1)
    {
      g_autoptr (GString) list = g_string_new (NULL);

      scan->groups = g_ptr_array_new_with_free_func (g_free);
      for (guint i = 0; i < all->len; i++)
        {
          const MsmDicomSeries *one = all->pdata[i];

          g_ptr_array_add (scan->groups, g_strdup (one->label));
          g_string_append_printf (list, _("%s‘%s’ (%zu)"), i > 0 ? ", " : "", one->label, one->n_frames);
        }
      msm_scan_note (scan, _("The folder holds %u series, with so many pictures each: %s."), all->len, list->str);
    }
  g_free (scan->group);
  scan->group = g_strdup (series->label);
  self->frames = msm_dicom_frames (self->dicom, series, error);
  return self->frames != NULL;
}

static void
note_skipped (MsmScan *scan)
{
  Dicom *self = scan->priv;
  gsize n_skipped, n_other;
  g_autoptr (GPtrArray) reasons = msm_dicom_skipped (self->dicom, &n_skipped, &n_other);

  if (n_skipped > 0)
    msm_scan_note (scan, _("%zu DICOM files without a picture that can be read were skipped; the first: %s."),
                   n_skipped, reasons->len > 0 ? (char *) reasons->pdata[0] : "?");
  if (n_other > 0)
    msm_scan_note (scan, _("%zu files that are not DICOM were skipped."), n_other);
}

static void
note_stack (MsmScan *scan, gsize n_twice)
{
  const Dicom *self = scan->priv;
  const MsmDicomStack *stack = self->stack;
  const MsmDicomFrame *first = get_frame (scan->priv, 0);

  if (n_twice > 0)
    msm_scan_note (scan, _("%zu pictures are in the folder twice; one of each is used."), n_twice);
  if (stack->n_left_out > 0)
    msm_scan_note (scan, _("%zu pictures of incomplete volumes are left out."), stack->n_left_out);
  if (!stack->is_ordered && stack->n_slices > 1)
    msm_scan_note (scan, _("The slices' positions are unknown: they are in the order of their numbers."));
  if (stack->gap_mm[1] > 1.01 * stack->gap_mm[0] + 0.02)
    msm_scan_note (scan, _("The slices are unevenly spaced: %.4g to %.4g mm; their mean is given."), stack->gap_mm[0],
                   stack->gap_mm[1]);
  if (first->component == 'P' || first->component == 'R' || first->component == 'I')
    msm_scan_note (scan, _("The values are a %s, not a magnitude."),
                   first->component == 'P'   ? _("phase")
                   : first->component == 'R' ? _("real part")
                                             : _("imaginary part"));
  if ((first->has & MSM_DICOM_IS_INVERTED) != 0)
    msm_scan_note (scan, _("White was the smallest value (MONOCHROME1); the picture is turned round."));
  if ((first->has & MSM_DICOM_IS_MAPPED) != 0)
    msm_scan_note (scan, _("Values by the file's real-world value mapping."));
  if ((first->has & MSM_DICOM_IS_LOSSY) != 0)
    msm_scan_note (scan,
                   _("The pictures were compressed with losses: a reconstruction of them looks better than it is."));
}

/* Fields for reading; "window.N" becomes “centre 600, width 1200 (BRAIN)”. */
static gboolean
take_fields (MsmScan *scan, GError **error)
{
  Dicom *self = scan->priv;
  g_autoptr (GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;

  if (!msm_dicom_fields (self->dicom, get_frame (self, 0)->file, fields, error))
    return FALSE;
  g_hash_table_iter_init (&iter, fields);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_auto (GStrv) parts = g_strsplit (value, "\t", 3);

      if (g_str_equal (key, "provenance"))
        continue;
      if (!g_str_has_prefix (key, "window.") || g_strv_length (parts) != 3)
        g_hash_table_insert (scan->fields, g_strdup (key), g_strdup (value));
      else
        g_hash_table_insert (scan->fields, g_strdup (key),
                             g_strdup_printf (parts[2][0] != '\0' ? "centre %s, width %s (%s)" : "centre %s, width %s",
                                              parts[0], parts[1], parts[2]));
    }
  return TRUE;
}

/* Where each slice lies, which need not be one spacing from the last. */
static void
take_centres (MsmScan *scan)
{
  const MsmGeometry *g = &scan->geometry;

  if (!g->is_known)
    return;
  scan->centres = g_malloc (scan->n_slices * sizeof *scan->centres);
  for (gsize s = 0; s < scan->n_slices; s++)
    for (int i = 0; i < 3; i++)
      {
        const MsmDicomFrame *frame = get_frame (scan->priv, s);

        scan->centres[s][i] = frame->position[i] + (double) (scan->n_readout / 2) * scan->spacing_mm[0] * g->row[i]
                              + (double) (scan->n_phase / 2) * scan->spacing_mm[1] * g->column[i];
      }
}

/* What our own writer had to make up is not taken for known. */
static void
forget_place (MsmScan *scan)
{
  const char *derivation = g_hash_table_lookup (scan->fields, "derivation");

  if (derivation != NULL && strstr (derivation, MSM_DICOM_PLACE_UNKNOWN) != NULL)
    memset (&scan->geometry, 0, sizeof scan->geometry);
}

static gboolean
dicom_open (MsmScan *scan, GError **error)
{
  Dicom *self = scan->priv = g_new0 (Dicom, 1);
  const MsmDicomFrame *first;
  gsize n_twice, index = 0;

  self->dicom = msm_dicom_open (scan->path, error);
  if (self->dicom == NULL || !choose_series (scan, error))
    return FALSE;
  self->stacks = msm_dicom_stacks (self->frames, &n_twice);
  if (!msm_scan_choose_index (scan, "stack", self->stacks->len, &index, error))
    return FALSE;
  self->stack = self->stacks->pdata[index];
  if (!msm_scan_choose_index (scan, "volume", self->stack->n_volumes, &self->volume, error))
    return FALSE;
  first = get_frame (self, 0);
  scan->kind = MSM_SCAN_IMAGE;
  scan->n_slices = self->stack->n_slices;
  scan->n_channels = first->n_channels;
  scan->n_readout = first->n_rows;
  scan->n_phase = first->n_columns;
  memcpy (scan->spacing_mm, self->stack->spacing_mm, sizeof scan->spacing_mm);
  scan->geometry = self->stack->geometry;
  if (!msm_scan_check_size (scan, scan->n_slices, scan->n_channels, scan->n_readout, scan->n_phase, error)
      || !take_fields (scan, error))
    return FALSE;
  forget_place (scan);
  take_centres (scan);
  note_skipped (scan);
  note_stack (scan, n_twice);
  msm_scan_note (scan, _("Images, not raw data: k-space made of them is synthetic."));
  return TRUE;
}

static MsmTensor *
dicom_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  Dicom *self = scan->priv;
  g_autoptr (MsmTensor) tensor = msm_tensor_new (
      msm_device_host (), MSM_F32, msm_shape4 (1, scan->n_channels, scan->n_readout, scan->n_phase), error);

  if (tensor == NULL || !msm_dicom_read (self->dicom, get_frame (self, slice), msm_tensor_host (tensor), error))
    return NULL;
  return g_steal_pointer (&tensor);
}

const MsmScanFormat msm_scan_dicom = {
  .name = "dicom",
  .title = "DICOM",
  .probe = dicom_probe,
  .open = dicom_open,
  .read = dicom_read,
  .close = dicom_close,
  .holds_magnitudes = TRUE,
};

char *
msm_dicom_read_provenance (const char *path)
{
  g_autoptr (MsmDicom) dicom = msm_dicom_open (path, NULL);
  g_autoptr (GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const MsmDicomSeries *series = dicom != NULL ? msm_dicom_find_series (dicom, NULL, NULL) : NULL;
  g_autoptr (GArray) frames = series != NULL ? msm_dicom_frames (dicom, series, NULL) : NULL;

  if (frames == NULL || frames->len == 0
      || !msm_dicom_fields (dicom, g_array_index (frames, MsmDicomFrame, 0).file, fields, NULL))
    return NULL;
  return g_strdup (g_hash_table_lookup (fields, "provenance"));
}
