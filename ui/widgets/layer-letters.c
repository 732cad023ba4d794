#include "config.h"

#include <glib/gi18n.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

/* Where the patient lies; the right letter makes room for the colour bar and its figures. */
static void
write_letters (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  const struct
  {
    double x, y;
    MsmTextAnchor anchor;
  } places[4] = {
    { MSM_LAYER_MARGIN, canvas->height / 2, { 0.0f, 0.5f } },
    { canvas->width - MSM_LAYER_MARGIN - canvas->right, canvas->height / 2, { 1.0f, 0.5f } },
    { canvas->width / 2, MSM_LAYER_MARGIN - 2.0, { 0.5f, 0.0f } },
    { canvas->width / 2, canvas->height - MSM_LAYER_MARGIN + 2.0, { 0.5f, 1.0f } },
  };

  for (int i = 0; i < 4; i++)
    {
      const char text[2] = { viewport->edges[i], '\0' };

      msm_text_draw (canvas->widget, canvas->snapshot, text, 0.95, TRUE, &msm_layer_quiet, TRUE, places[i].x,
                     places[i].y, places[i].anchor);
    }
}

const MsmLayerClass msm_layer_letters = {
  .name = "letters",
  .title = N_("Orientation letters"),
  .flags = MSM_LAYER_PICTURE | MSM_LAYER_EDGES | MSM_LAYER_WIDE | MSM_LAYER_OPTION,
  .write = write_letters,
};
