#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/widgets/layer.h"
#include "ui/widgets/viewport-private.h"

/* @text without as many of its last parts, between " · ", as do not fit into @width. (transfer full) */
static char *
shorten (GtkWidget *widget, const char *text, double width)
{
  char *shorter = g_strdup (text), *end;

  while (msm_text_measure (widget, shorter, MSM_LAYER_SMALL, FALSE).width > width
         && (end = g_strrstr (shorter, " · ")) != NULL)
    *end = '\0';
  return shorter;
}

static void
write_caption (MsmViewport *viewport, MsmLayerCanvas *canvas)
{
  g_autofree char *subtitle = viewport->subtitle != NULL
                                  ? shorten (canvas->widget, viewport->subtitle, canvas->width - 2.0 * MSM_LAYER_MARGIN)
                                  : NULL;

  msm_layer_write (canvas, MSM_CORNER_TOP_LEFT, viewport->title, 0.95, TRUE,
                   viewport->hides_title ? NULL : &msm_layer_strong);
  msm_layer_write (canvas, MSM_CORNER_TOP_LEFT, subtitle, MSM_LAYER_SMALL, FALSE, &msm_layer_quiet);
}

/* What the picture is, and how good. */
const MsmLayerClass msm_layer_caption = { .name = "caption", .title = N_("Title"), .write = write_caption };
