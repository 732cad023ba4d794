#include "config.h"

#include "ui/widgets/viewport-overlay.h"

#include <math.h>

#include "figure/color-scale.h"
#include "ui/widgets/draw.h"

#define MARGIN    7.0
#define BAR_WIDTH 9.0
#define SMALL     0.84

static const GdkRGBA strong = { 0.96f, 0.97f, 0.98f, 1.0f };
static const GdkRGBA region = { 0.55f, 0.97f, 0.72f, 1.0f };
static const GdkRGBA quiet = { 0.78f, 0.81f, 0.85f, 1.0f };

void
msm_viewport_crosshair_draw (GtkSnapshot *snapshot, double width, double height, double x, double y, double gap)
{
  const GdkRGBA line = { 1.0f, 0.80f, 0.25f, 0.75f };

  x = floor (x);
  y = floor (y);
  if (y >= 0 && y < height)
    {
      if (x - gap > 0)
        msm_draw_rect (snapshot, &line, 0, y, x - gap, 1);
      if (x + gap + 1 < width)
        msm_draw_rect (snapshot, &line, x + gap + 1, y, width - x - gap - 1, 1);
    }
  if (x >= 0 && x < width)
    {
      if (y - gap > 0)
        msm_draw_rect (snapshot, &line, x, 0, 1, y - gap);
      if (y + gap + 1 < height)
        msm_draw_rect (snapshot, &line, x, y + gap + 1, 1, height - y - gap - 1);
    }
}

/* @text without as many of its last parts, between " · ", as do not fit into @width. (transfer full) */
static char *
shorten (GtkWidget *widget, const char *text, double width)
{
  char *shorter = g_strdup (text), *end;

  while (msm_text_measure (widget, shorter, SMALL, FALSE).width > width && (end = g_strrstr (shorter, " · ")) != NULL)
    *end = '\0';
  return shorter;
}

/* The bar at the right edge, between the corner texts. */
static void
draw_color_bar (GtkWidget *widget, GtkSnapshot *snapshot, double width, double height, double line,
                const MsmViewportOverlay *overlay)
{
  const double top = MARGIN + 2.0 * line, bottom = height - MARGIN - 2.0 * line;
  const double x = width - MARGIN - BAR_WIDTH;
  const GdkRGBA edge = { 0.0f, 0.0f, 0.0f, 0.7f };
  graphene_rect_t bar;
  MsmCanvas canvas;

  if (bottom - top < 4.0 * line)
    return;
  bar = GRAPHENE_RECT_INIT ((float) x, (float) floor (top), (float) BAR_WIDTH, (float) floor (bottom - top));
  msm_draw_rect (snapshot, &edge, bar.origin.x - 1, bar.origin.y - 1, bar.size.width + 2, bar.size.height + 2);
  canvas = msm_draw_canvas (widget, snapshot, &bar);
  msm_color_scale_fill (&canvas, overlay->colormap, bar.origin.x, bar.origin.y, bar.size.width, bar.size.height);
  cairo_destroy (canvas.cr);
  for (int i = 0; i <= 2; i++)
    {
      double value = overlay->high + (overlay->low - overlay->high) * i / 2.0;
      g_autofree char *text =
          overlay->is_full_turn && i != 1 ? g_strdup (i == 0 ? "π" : "−π") : msm_text_number_short (value);

      msm_text_draw (widget, snapshot, text, SMALL * 0.95, FALSE, &quiet, TRUE, x - 4.0,
                     bar.origin.y + bar.size.height * i / 2.0, (MsmTextAnchor){ 1.0f, i / 2.0f });
    }
}

/* Where the patient lies; the right letter makes room for the colour bar and its figures. */
static void
draw_edges (GtkWidget *widget, GtkSnapshot *snapshot, double width, double height, const MsmViewportOverlay *overlay)
{
  const double right = overlay->has_color_bar ? MARGIN + BAR_WIDTH + 40.0 : MARGIN;
  const struct
  {
    double x, y;
    MsmTextAnchor anchor;
  } places[4] = {
    { MARGIN, height / 2, { 0.0f, 0.5f } },
    { width - right, height / 2, { 1.0f, 0.5f } },
    { width / 2, MARGIN - 2.0, { 0.5f, 0.0f } },
    { width / 2, height - MARGIN + 2.0, { 0.5f, 1.0f } },
  };

  for (int i = 0; i < 4; i++)
    {
      const char text[2] = { overlay->edges[i], '\0' };

      msm_text_draw (widget, snapshot, text, 0.95, TRUE, &quiet, TRUE, places[i].x, places[i].y, places[i].anchor);
    }
}

void
msm_viewport_overlay_draw (GtkWidget *widget, GtkSnapshot *snapshot, double width, double height,
                           const MsmViewportOverlay *overlay)
{
  const double line = msm_text_measure (widget, "0", SMALL, FALSE).height;
  double left = 0.0, y;

  if (width < 70.0 || height < 3.0 * line)
    return;
  if (overlay->has_color_bar && width >= 150.0)
    draw_color_bar (widget, snapshot, width, height, line, overlay);
  if (overlay->edges != NULL && width >= 150.0)
    draw_edges (widget, snapshot, width, height, overlay);

  y = MARGIN - 2.0;
  if (overlay->title != NULL)
    {
      graphene_size_t size = overlay->hides_title
                                 ? msm_text_measure (widget, overlay->title, 0.95, TRUE)
                                 : msm_text_draw (widget, snapshot, overlay->title, 0.95, TRUE, &strong, TRUE, MARGIN,
                                                  y, (MsmTextAnchor){ 0.0f, 0.0f });

      left = size.width;
      y += size.height;
    }
  if (overlay->subtitle != NULL)
    {
      g_autofree char *subtitle = shorten (widget, overlay->subtitle, width - 2.0 * MARGIN);

      y += msm_text_draw (widget, snapshot, subtitle, SMALL, FALSE, &quiet, TRUE, MARGIN, y,
                          (MsmTextAnchor){ 0.0f, 0.0f })
               .height;
    }
  if (overlay->roi != NULL && width >= 150.0)
    msm_text_draw (widget, snapshot, overlay->roi, SMALL, FALSE, &region, TRUE, MARGIN, y,
                   (MsmTextAnchor){ 0.0f, 0.0f });
  if (overlay->mode != NULL
      && left + msm_text_measure (widget, overlay->mode, SMALL, FALSE).width + 3.0 * MARGIN < width)
    msm_text_draw (widget, snapshot, overlay->mode, SMALL, FALSE, &quiet, TRUE, width - MARGIN, MARGIN - 2.0,
                   (MsmTextAnchor){ 1.0f, 0.0f });

  if (width < 150.0)
    return;
  left = 0.0;
  y = height - MARGIN + 2.0;
  if (overlay->position != NULL)
    left = msm_text_draw (widget, snapshot, overlay->position, SMALL, FALSE, &quiet, TRUE, MARGIN, y,
                          (MsmTextAnchor){ 0.0f, 1.0f })
               .width;
  if (overlay->value != NULL)
    msm_text_draw (widget, snapshot, overlay->value, SMALL, TRUE, &strong, TRUE, MARGIN,
                   overlay->position != NULL ? y - line : y, (MsmTextAnchor){ 0.0f, 1.0f });
  if (overlay->window != NULL
      && left + msm_text_measure (widget, overlay->window, SMALL, FALSE).width + 3.0 * MARGIN < width)
    msm_text_draw (widget, snapshot, overlay->window, SMALL, FALSE, &quiet, TRUE, width - MARGIN, y,
                   (MsmTextAnchor){ 1.0f, 1.0f });
}
