#include "config.h"

#include <glib/gi18n.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

static void
write_window (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  g_autofree char *text = NULL, *w = NULL, *l = NULL;
  double low, high;

  if (msm_viewport_is_full_turn (viewport))
    return;
  msm_viewport_view_get_window (&viewport->view, &low, &high);
  w = msm_text_number (high - low);
  l = msm_text_number ((high + low) / 2);
  /* Translators: window width and level */
  text = g_strdup_printf (_("W %s  L %s"), w, l);
  if (msm_layer_fits (canvas, text, MSM_CORNER_BOTTOM_LEFT))
    msm_layer_write (canvas, MSM_CORNER_BOTTOM_RIGHT, text, MSM_LAYER_SMALL, FALSE, &msm_layer_quiet);
}

const MsmLayerClass msm_layer_window = {
  .name = "window",
  .title = N_("Window and level"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_WIDE | MSM_LAYER_OPTION,
  .write = write_window,
};
