#pragma once

#include "figure/canvas.h"

G_BEGIN_DECLS

/**
 * msm_svg_add_texts:
 * @svg, @n: as Cairo wrote it: its own texts would be outlines, so that none were drawn
 * @texts: (element-type MsmCanvasText)
 * @font: the family
 * @has_sharp_pixels: pictures are not to be interpolated
 * @title, @description: (nullable)
 *
 * The document with its texts as texts, which can be searched and edited. They keep their width in another font.
 * (transfer full)
 */
char *msm_svg_add_texts (const char *svg, gsize n, const GPtrArray *texts, const char *font, gboolean has_sharp_pixels,
                         const char *title, const char *description);

G_END_DECLS
