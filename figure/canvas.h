#pragma once

#include <pango/pangocairo.h>

G_BEGIN_DECLS

/* 0 … 1 each; laid out as GTK's own colour. */
typedef struct
{
  float red, green, blue, alpha;
} MsmColor;

/* Where a text's reference point lies: 0 = left or top, 0.5 = middle, 1 = right or bottom. */
typedef struct
{
  float x, y;
} MsmTextAnchor;

/* A text that was drawn, for surfaces whose own texts are outlines: lengths in the surface's unit. */
typedef struct
{
  char *text;
  cairo_matrix_t matrix; /* to the surface; the origin is the left end of the base line */
  double size, width;    /* of the font, and of the text as laid out */
  gboolean bold;
  MsmColor color;
} MsmCanvasText;

/* Something to draw on: a widget, a picture, a page. Copied by value; nothing is its own. */
typedef struct
{
  cairo_t *cr;
  PangoContext *pango; /* with the base font */
  double unit;         /* length of one pixel of a screen, in units of @cr: what lines and gaps are multiples of */
  gboolean hides_text; /* all but the texts is drawn, and they take a room that depends on no font */
  GPtrArray *texts;    /* (nullable) (element-type MsmCanvasText): texts go there instead */
} MsmCanvas;

void msm_canvas_text_free (MsmCanvasText *text);
void msm_canvas_set_color (const MsmCanvas *self, MsmColor color);
void msm_canvas_rect (const MsmCanvas *self, MsmColor color, double x, double y, double width, double height);
/* A border of @thickness along the inner edge. */
void msm_canvas_frame (const MsmCanvas *self, MsmColor color, double x, double y, double width, double height,
                       double thickness);
/**
 * msm_canvas_text:
 * @scale: of the base font
 *
 * Draws one line with its anchor at (@x, @y), its corner on whole units so that it stays crisp. Its size is stored in
 * @width and @height, which may be NULL.
 */
void msm_canvas_text (const MsmCanvas *self, const char *text, double scale, gboolean bold, MsmColor color, double x,
                      double y, MsmTextAnchor anchor, double *width, double *height);
/* As msm_canvas_text() stores it, in whole units. */
void msm_canvas_measure (const MsmCanvas *self, const char *text, double scale, gboolean bold, double *width,
                         double *height);
double msm_canvas_text_width (const MsmCanvas *self, const char *text, double scale, gboolean bold);
/* Height of a line. */
double msm_canvas_line_height (const MsmCanvas *self, double scale);

G_END_DECLS
