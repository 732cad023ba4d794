#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Where a text's reference point lies: 0 = left or top, 0.5 = middle, 1 = right or bottom. */
typedef struct
{
  float x, y;
} MsmTextAnchor;

/**
 * msm_text_draw:
 * @scale: of the widget's font
 * @shadow: a dark edge, for text over pictures
 *
 * Draws @text with its anchor at (@x, @y), on whole pixels so that it stays crisp, and returns its size.
 */
graphene_size_t msm_text_draw      (GtkWidget     *widget,
                                    GtkSnapshot   *snapshot,
                                    const char    *text,
                                    double         scale,
                                    gboolean       bold,
                                    const GdkRGBA *color,
                                    gboolean       shadow,
                                    double         x,
                                    double         y,
                                    MsmTextAnchor  anchor);
graphene_size_t msm_text_measure   (GtkWidget     *widget,
                                    const char    *text,
                                    double         scale,
                                    gboolean       bold);
/* A number for reading: four significant digits, a real minus sign. (transfer full) */
char           *msm_text_number    (double         value);
/* With @digits behind the point. (transfer full) */
char           *msm_text_fixed     (double         value,
                                    int            digits);
/* With texts off, widgets draw everything else: their pictures then do not depend on installed fonts. */
void            msm_text_set_enabled (gboolean     enabled);

G_END_DECLS
