#include "config.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

/* Texts for the pixel under the pointer, else under the crosshair. */
static void
describe_pixel (MsmViewport *self, double row, double column, char **position, char **value)
{
  const gsize rows = msm_viewport_n_rows (self), columns = msm_viewport_n_columns (self);
  const MsmRenderMode mode = msm_viewport_view_get_mode (&self->view);
  const MsmDtype dtype = msm_tensor_dtype (self->tensor);
  g_autofree char *number = NULL;
  gsize index;

  if (!(row >= 0 && row < (double) rows && column >= 0 && column < (double) columns))
    return;
  index = (gsize) row * columns + (gsize) column;
  if (self->has_spacing)
    {
      g_autofree char *y = msm_text_fixed ((floor (row) - (double) (rows / 2)) * self->spacing[0], 1);
      g_autofree char *x = msm_text_fixed ((floor (column) - (double) (columns / 2)) * self->spacing[1], 1);

      *position = g_strdup_printf ("[%d, %d]  %s, %s mm", (int) row, (int) column, y, x);
    }
  else
    *position = g_strdup_printf ("[%d, %d]", (int) row, (int) column);
  if (mode == MSM_RENDER_COMPLEX)
    {
      g_autofree char *phase = msm_text_number (
          msm_render_value (msm_viewport_plane_data (self), dtype, index, MSM_RENDER_PHASE) * 180.0 / G_PI);

      number = msm_text_number (
          self->view.gain * msm_render_value (msm_viewport_plane_data (self), dtype, index, MSM_RENDER_MAGNITUDE));
      *value = g_strdup_printf ("%s ∠ %s°", number, phase);
      return;
    }
  if (mode == MSM_RENDER_PHASE)
    number = msm_text_number (msm_render_value (msm_viewport_plane_data (self), dtype, index, mode));
  else
    number = msm_text_number (self->view.gain
                              * msm_render_value (msm_viewport_plane_data (self), dtype, index,
                                                  mode == MSM_RENDER_LOG ? MSM_RENDER_MAGNITUDE : mode));
  *value = mode == MSM_RENDER_PHASE ? g_strdup_printf ("%s rad", number) : g_steal_pointer (&number);
}

static void
write_probe (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  g_autofree char *position = NULL, *value = NULL;
  double row, column;

  if (isnan (viewport->pointer_x))
    msm_viewport_view_get_crosshair (&viewport->view, &row, &column);
  else
    {
      row = (viewport->pointer_y - canvas->at->y0) / canvas->at->row_scale;
      column = (viewport->pointer_x - canvas->at->x0) / canvas->at->column_scale;
    }
  describe_pixel (viewport, row, column, &position, &value);
  msm_layer_write (canvas, MSM_CORNER_BOTTOM_LEFT, position, MSM_LAYER_SMALL, FALSE, &msm_layer_quiet);
  msm_layer_write (canvas, MSM_CORNER_BOTTOM_LEFT, value, MSM_LAYER_SMALL, TRUE, &msm_layer_strong);
}

const MsmLayerClass msm_layer_probe = {
  .name = "probe",
  .title = N_("Value under the pointer"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_WIDE | MSM_LAYER_OPTION,
  .write = write_probe,
};
