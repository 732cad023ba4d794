#include "config.h"

#include "core/render/render.h"

#include <math.h>

/*
 * Maps are piecewise linear between anchors. The sequential ones rise in lightness all the way, so that
 * a grey print still shows the order.
 */

typedef struct
{
  const char *name;
  gsize n;
  guint8 anchors[9][3];
} Map;

static const Map maps[] = {
  [MSM_COLORMAP_GREY] = { "grey", 2, { { 0, 0, 0 }, { 255, 255, 255 } } },
  [MSM_COLORMAP_VIRIDIS] = { "viridis",
                             9,
                             { { 68, 1, 84 },
                               { 71, 44, 122 },
                               { 59, 81, 139 },
                               { 44, 113, 142 },
                               { 33, 144, 141 },
                               { 39, 173, 129 },
                               { 92, 200, 99 },
                               { 170, 220, 50 },
                               { 253, 231, 37 } } },
  [MSM_COLORMAP_INFERNO] = { "inferno",
                             9,
                             { { 0, 0, 4 },
                               { 31, 12, 72 },
                               { 85, 15, 109 },
                               { 136, 34, 106 },
                               { 186, 54, 85 },
                               { 227, 89, 51 },
                               { 249, 140, 10 },
                               { 249, 201, 50 },
                               { 252, 255, 164 } } },
  [MSM_COLORMAP_PHASE] = { "phase", 0, { { 0 } } },
  [MSM_COLORMAP_DIFFERENCE] = { "difference",
                                5,
                                { { 130, 200, 255 },
                                  { 25, 95, 220 },
                                  { 0, 0, 0 },
                                  { 215, 50, 35 },
                                  { 255, 200, 120 } } },
};

/* Three cosines a third of a turn apart: cyclic, of constant sum, so nearly of constant lightness. */
static void
phase_rgb (double t, guint8 rgb[3])
{
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8) lrint (128.0 + 110.0 * cos (2.0 * G_PI * (t - 0.5 - c / 3.0)));
}

void
msm_colormap_rgb (MsmColormap colormap, double t, guint8 rgb[3])
{
  const Map *map = &maps[(gsize) colormap < G_N_ELEMENTS (maps) ? colormap : MSM_COLORMAP_GREY];
  double position;
  gsize i;

  t = isnan (t) ? 0.0 : CLAMP (t, 0.0, 1.0);
  if (map->n == 0)
    {
      phase_rgb (t, rgb);
      return;
    }
  position = t * (double) (map->n - 1);
  i = MIN ((gsize) position, map->n - 2);
  position -= (double) i;
  for (int c = 0; c < 3; c++)
    {
      double a = map->anchors[i][c], b = map->anchors[i + 1][c];

      rgb[c] = (guint8) lrint (a + position * (b - a));
    }
}

const char *
msm_colormap_name (MsmColormap colormap)
{
  return (gsize) colormap < G_N_ELEMENTS (maps) ? maps[colormap].name : "grey";
}

gboolean
msm_colormap_from_name (const char *name, MsmColormap *colormap)
{
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    if (g_strcmp0 (name, maps[i].name) == 0)
      {
        *colormap = (MsmColormap) i;
        return TRUE;
      }
  return FALSE;
}
