#include "config.h"

#include "core/io/scan.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/device/device.h"
#include "core/io/cfl.h"
#include "core/io/image-write.h"
#include "core/io/scan-private.h"

typedef enum
{
  LAYOUT_PLANES,    /* READ × PHS1, slices along SLICE */
  LAYOUT_PARTITION, /* READ is 1: PHS1 × PHS2, slices along SLICE */
  LAYOUT_VOLUME,    /* READ × PHS1 × PHS2: transformed along READ, whose positions become the slices */
} BartLayout;

typedef struct
{
  MsmCfl cfl;
  BartLayout layout;
  gsize offset; /* elements, from the chosen indices */
} Bart;

static gboolean
bart_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  g_autofree char *header = NULL;
  g_autofree char *data = NULL;
  g_autofree char *text = NULL;

  /* Other sections may stand before the dimensions: "# Creator", "# Command". */
  if (n_head > 2 && head[0] == '#' && g_strstr_len ((const char *) head, (gssize) n_head, "# Dimensions") != NULL)
    return TRUE;
  msm_bart_names (path, &header, &data);
  return g_str_has_suffix (path, ".cfl") && msm_input_check (header, NULL)
         && g_file_get_contents (header, &text, NULL, NULL) && text[0] == '#' && strstr (text, "# Dimensions") != NULL;
}

static void
bart_close (MsmScan *scan)
{
  Bart *self = scan->priv;

  msm_cfl_close (&self->cfl);
  g_free (self);
  scan->priv = NULL;
}

/* Axes that are neither the plane, the coils nor the slices: one entry is chosen. */
static gboolean
choose_indices (MsmScan *scan, GError **error)
{
  static const struct
  {
    int axis;
    const char *name;
  } others[] = {
    { 4, "map" },       { 5, "contrast" },      { 6, "coefficient" }, { 7, "coefficient2" },
    { 8, "iteration" }, { 9, "cardiac-shift" }, { 10, "repetition" }, { 11, "time2" },
    { 12, "level" },    { 14, "average" },      { 15, "batch" },
  };
  Bart *self = scan->priv;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      gsize index = 0;

      if (!msm_scan_choose_index (scan, others[i].name, self->cfl.dim[others[i].axis], &index, error))
        return FALSE;
      self->offset += index * self->cfl.stride[others[i].axis];
    }
  return TRUE;
}

/* The plane of one coil and slice as [readout, phase], row-major. */
static gboolean
read_plane (MsmScan *scan, gsize slice, gsize coil, float *out, GError **error)
{
  Bart *self = scan->priv;
  const MsmCfl *cfl = &self->cfl;
  int first = self->layout == LAYOUT_PLANES ? MSM_CFL_READ : MSM_CFL_PHS1;
  gsize n_read = cfl->dim[MSM_CFL_READ];
  gsize base = self->offset + coil * cfl->stride[MSM_CFL_COIL];
  /* All that one phase encode has: a column of the plane, of a volume the column's lines along the readout. */
  gsize n_column = cfl->stride[first + 1];
  g_autofree float *column = g_try_new (float, 2 * n_column);
  g_autofree double *phasor = NULL;

  if (column == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for one plane"), scan->path);
      return FALSE;
    }
  if (self->layout != LAYOUT_VOLUME)
    {
      base += slice * cfl->stride[MSM_CFL_SLICE];
      for (gsize p = 0; p < scan->n_phase; p++)
        {
          if (!msm_cfl_read_elements (cfl, base + p * n_column, n_column, column, error))
            return FALSE;
          for (gsize r = 0; r < scan->n_readout; r++)
            memcpy (out + 2 * (r * scan->n_phase + p), column + 2 * r, 2 * sizeof (float));
        }
      return TRUE;
    }
  /* x_s = 1/√N Σ_k y_k exp (2πi (k − N/2)(s − N/2) / N): the centred inverse transform at one position. */
  phasor = g_new (double, 2 * n_read);
  for (gsize k = 0; k < n_read; k++)
    {
      double angle =
          2 * G_PI * ((double) k - (double) (n_read / 2)) * ((double) slice - (double) (n_read / 2)) / (double) n_read;

      phasor[2 * k] = cos (angle) / sqrt ((double) n_read);
      phasor[2 * k + 1] = sin (angle) / sqrt ((double) n_read);
    }
  for (gsize p = 0; p < scan->n_phase; p++)
    {
      if (!msm_cfl_read_elements (cfl, base + p * n_column, n_column, column, error))
        return FALSE;
      for (gsize r = 0; r < scan->n_readout; r++)
        {
          const float *line = column + 2 * r * n_read;
          double re = 0, im = 0;

          for (gsize k = 0; k < n_read; k++)
            {
              re += line[2 * k] * phasor[2 * k] - line[2 * k + 1] * phasor[2 * k + 1];
              im += line[2 * k] * phasor[2 * k + 1] + line[2 * k + 1] * phasor[2 * k];
            }
          out[2 * (r * scan->n_phase + p)] = (float) re;
          out[2 * (r * scan->n_phase + p) + 1] = (float) im;
        }
    }
  return TRUE;
}

static gboolean
bart_open (MsmScan *scan, GError **error)
{
  Bart *self = scan->priv = g_new0 (Bart, 1);
  const gsize *dim = self->cfl.dim;

  if (!msm_cfl_open (&self->cfl, scan->path, error))
    return FALSE;
  self->layout = dim[MSM_CFL_READ] == 1 && dim[MSM_CFL_PHS2] > 1 ? LAYOUT_PARTITION
                 : dim[MSM_CFL_PHS2] > 1                         ? LAYOUT_VOLUME
                                                                 : LAYOUT_PLANES;
  scan->kind = MSM_SCAN_KSPACE;
  scan->n_channels = dim[MSM_CFL_COIL];
  scan->n_readout = dim[self->layout == LAYOUT_PLANES ? MSM_CFL_READ : MSM_CFL_PHS1];
  scan->n_phase = dim[self->layout == LAYOUT_PLANES ? MSM_CFL_PHS1 : MSM_CFL_PHS2];
  scan->n_slices = self->layout == LAYOUT_VOLUME ? dim[MSM_CFL_READ] : dim[MSM_CFL_SLICE];
  if (!msm_scan_check_size (scan, scan->n_slices, scan->n_channels, scan->n_readout, scan->n_phase, error))
    return FALSE;
  if (self->layout == LAYOUT_VOLUME)
    {
      gsize slab = 0;

      msm_scan_note (scan,
                     _("A volume: transformed along the readout, whose %zu positions are the slices; the "
                        "planes are PHS1 × PHS2."),
                     scan->n_slices);
      if (!msm_scan_choose_index (scan, "slab", dim[MSM_CFL_SLICE], &slab, error))
        return FALSE;
      self->offset += slab * self->cfl.stride[MSM_CFL_SLICE];
    }
  else if (self->layout == LAYOUT_PARTITION)
    msm_scan_note (scan, _("READ has one entry: the plane is PHS1 × PHS2, both undersampled like phase encodes."));
  if (!choose_indices (scan, error))
    return FALSE;
  scan->guesses_masks = TRUE;
  msm_scan_note (scan, _("BART files do not say what they hold: it is taken for k-space, centred, in BART's order."));
  return TRUE;
}

static MsmTensor *
bart_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  gsize n_points = scan->n_readout * scan->n_phase;
  g_autoptr (MsmTensor) tensor = msm_tensor_new (
      msm_device_host (), MSM_C64, msm_shape4 (1, scan->n_channels, scan->n_readout, scan->n_phase), error);

  if (tensor == NULL)
    return NULL;
  for (gsize c = 0; c < scan->n_channels; c++)
    {
      if (msm_cancel_check (cancel, error)
          || !read_plane (scan, slice, c, msm_tensor_host (tensor) + 2 * c * n_points, error))
        return NULL;
    }
  return g_steal_pointer (&tensor);
}

const MsmScanFormat msm_scan_bart = {
  .name = "bart",
  .title = "BART cfl",
  .probe = bart_probe,
  .open = bart_open,
  .read = bart_read,
  .read_coil = read_plane,
  .close = bart_close,
};
