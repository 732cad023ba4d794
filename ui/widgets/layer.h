#pragma once

#include "ui/widgets/draw.h"
#include "ui/widgets/viewport-geometry.h"
#include "ui/widgets/viewport.h"

G_BEGIN_DECLS

/*
 * What lies over the picture of a pane. Each kind is a class in one table, drawn in the table's order: first the lines
 * of all, then the texts of all, so that no line crosses a text.
 */

/* What a pane must have for the layer to be drawn, and who decides. */
typedef enum
{
  MSM_LAYER_PICTURE = 1 << 0, /* something to lie over */
  MSM_LAYER_SPACING = 1 << 1, /* the size of a pixel in millimetres */
  MSM_LAYER_EDGES = 1 << 2,   /* letters that say where the patient lies */
  MSM_LAYER_WIDE = 1 << 3,    /* MSM_LAYER_WIDE_PIXELS: in less it would be in the way */
  MSM_LAYER_OPTION = 1 << 4,  /* whoever looks may hide it */
} MsmLayerFlags;

#define MSM_LAYER_WIDE_PIXELS 150.0
#define MSM_LAYER_MARGIN      7.0
/* Of the font; titles are larger. */
#define MSM_LAYER_SMALL       0.84

typedef enum
{
  MSM_CORNER_TOP_LEFT,
  MSM_CORNER_TOP_RIGHT,
  MSM_CORNER_BOTTOM_LEFT,
  MSM_CORNER_BOTTOM_RIGHT,
  MSM_N_CORNERS
} MsmCorner;

/* One frame while it is drawn, and what the layers before have taken of it. */
typedef struct
{
  GtkWidget *widget;
  GtkSnapshot *snapshot;
  double width, height;
  double line;                   /* height of a line of small text */
  const MsmViewportGeometry *at; /* NULL: no picture */
  double first[MSM_N_CORNERS];   /* width of the text that is nearest to each corner */
  double taken[MSM_N_CORNERS];   /* height of all texts of each corner */
  double right;                  /* width that is taken along the right edge */
} MsmLayerCanvas;

typedef struct
{
  const char *name;                                              /* lower case, with hyphens */
  const char *title;                                             /* translatable, for a menu */
  guint flags;                                                   /* MsmLayerFlags */
  void (*draw) (MsmViewport *viewport, MsmLayerCanvas *canvas);  /* (nullable): lines */
  void (*write) (MsmViewport *viewport, MsmLayerCanvas *canvas); /* (nullable): texts */
} MsmLayerClass;

/* One in each layer-*.c. */
extern const MsmLayerClass msm_layer_caption, msm_layer_crosshair, msm_layer_region, msm_layer_color_bar,
    msm_layer_letters, msm_layer_mode, msm_layer_probe, msm_layer_window, msm_layer_scale_bar;

/* All of them, ended by NULL; the bits of msm_viewport_model_set_hidden_layers() are the places in it. */
const MsmLayerClass *const *msm_layer_classes (void);
/* Draws what @viewport has all for and nobody has hidden. @at: NULL without a picture. */
void msm_layers_draw (MsmViewport *viewport, GtkSnapshot *snapshot, const MsmViewportGeometry *at);

/**
 * msm_layer_write:
 * @text: (nullable): nothing is written
 * @color: (nullable): only its room is taken
 *
 * Puts @text into a corner, below what is there already; in the lower corners above it.
 */
void msm_layer_write (MsmLayerCanvas *canvas, MsmCorner corner, const char *text, double scale, gboolean is_bold,
                      const GdkRGBA *color);
/* Whether a small @text fits beside the first text of the corner @beside. */
gboolean msm_layer_fits (const MsmLayerCanvas *canvas, const char *text, MsmCorner beside);

/* The longest of 1, 2 or 5 times a power of ten that is at most @longest, which is above 0. */
double msm_scale_bar_length (double longest);

extern const GdkRGBA msm_layer_strong, msm_layer_quiet;

G_END_DECLS
