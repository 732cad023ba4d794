#include "config.h"

#include "core/dataset/variety.h"

#include <math.h>

#define N_PIECES (MSM_VARIETY_KNOTS - 1)
/* The parts of the samples that are bent, inverted, shaded, and measured less far out. */
#define BENT     0.5
#define INVERTED 0.15
#define SHADED   0.5
#define COARSE   0.4
#define TAPER    0.4

/* Any monotone curve: pieces of slopes within a factor of 7 of each other, from 0 to 1. */
static void
draw_monotone (MsmDraw *draw, float *curve)
{
  for (int i = 0; i < N_PIECES; i++)
    curve[i + 1] = curve[i] + (float) exp (msm_draw_uniform (draw, -1, 1));
  for (int i = 1; i < MSM_VARIETY_KNOTS; i++)
    curve[i] /= curve[N_PIECES];
}

/* The darkest tissue becomes the brightest; the background stays black. */
static void
draw_inverted (MsmDraw *draw, float *curve)
{
  float fall = (float) msm_draw_uniform (draw, 0.4, 0.9);

  for (int i = 1; i < MSM_VARIETY_KNOTS; i++)
    curve[i] = 1 - fall * (float) (i - 1) / (N_PIECES - 1);
}

MsmVariety
msm_variety_draw (guint64 key, double strength)
{
  MsmDraw draw = msm_draw_new (key, MSM_DRAW_VARIETY);
  MsmVariety self = { .zoom = 1, .resolution = { 1, 1 } };
  double kind;

  for (int i = 0; i < MSM_VARIETY_KNOTS; i++)
    self.curve[i] = (float) i / N_PIECES;
  if (!(strength > 0))
    return self;
  self.angle = strength * msm_draw_uniform (&draw, -G_PI, G_PI);
  self.zoom = exp (strength * msm_draw_uniform (&draw, -0.4, 0.15));
  kind = msm_draw_uniform (&draw, 0, 1);
  if (kind < strength * INVERTED)
    draw_inverted (&draw, self.curve);
  else if (kind < strength * (INVERTED + BENT))
    draw_monotone (&draw, self.curve);
  if (msm_draw_uniform (&draw, 0, 1) < strength * SHADED)
    self.shading = msm_draw_uniform (&draw, 0, 1);
  if (msm_draw_uniform (&draw, 0, 1) < strength * COARSE)
    {
      for (int i = 0; i < 2; i++)
        self.resolution[i] = msm_draw_uniform (&draw, 0.5, 1);
      self.is_tapered = msm_draw_uniform (&draw, 0, 1) < 0.5;
    }
  return self;
}

float
msm_variety_bend (const MsmVariety *self, float value)
{
  float at = value * N_PIECES;
  int i = CLAMP ((int) at, 0, N_PIECES - 1);

  return MAX (self->curve[i] + (at - (float) i) * (self->curve[i + 1] - self->curve[i]), 0);
}

float
msm_variety_window (const MsmVariety *self, int axis, gsize index, gsize n)
{
  double half = (double) n / 2;
  double at = fabs ((double) index - (double) (n / 2)) / half / self->resolution[axis];

  if (self->resolution[axis] >= 1)
    return 1;
  if (at > 1)
    return 0;
  if (!self->is_tapered || at < 1 - TAPER)
    return 1;
  return (float) (0.5 + 0.5 * cos (G_PI * (at - (1 - TAPER)) / TAPER));
}
