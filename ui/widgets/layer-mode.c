#include "config.h"

#include <glib/gi18n.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

static const char *
mode_label (MsmRenderMode mode)
{
  switch (mode)
    {
    case MSM_RENDER_PHASE:
      return _("phase");
    case MSM_RENDER_REAL:
      return _("real");
    case MSM_RENDER_IMAGINARY:
      return _("imaginary");
    case MSM_RENDER_COMPLEX:
      return _("complex");
    case MSM_RENDER_LOG:
      return _("log");
    case MSM_RENDER_MAGNITUDE:
      break;
    }
  return NULL;
}

static void
write_mode (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  g_autofree char *compared = msm_viewport_compare_describe (viewport);
  const char *text = compared != NULL ? compared : mode_label (msm_viewport_view_get_mode (&viewport->view));

  if (text != NULL && msm_layer_fits (canvas, text, MSM_CORNER_TOP_LEFT))
    msm_layer_write (canvas, MSM_CORNER_TOP_RIGHT, text, MSM_LAYER_SMALL, FALSE, &msm_layer_quiet);
}

/* What is seen of the picture: its phase, or what it is compared with. */
const MsmLayerClass msm_layer_mode = {
  .name = "mode",
  .title = N_("Kind of picture"),
  .flags = MSM_LAYER_PICTURE,
  .write = write_mode,
};
