#include "config.h"

#include "core/diffusion/spectrum.h"

#include <math.h>

/* A power below this part of the largest is taken for it: the filter divides by P. */
#define LEAST_PART 1e-9

void
msm_spectrum_white (MsmSpectrum *self, double power)
{
  for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
    self->power[i] = power;
}

gboolean
msm_spectrum_is_white (const MsmSpectrum *self)
{
  for (int i = 1; i < MSM_SPECTRUM_KNOTS; i++)
    if (self->power[i] != self->power[0])
      return FALSE;
  return TRUE;
}

/* Where the point (i, j) of an h × w plane lies on the axis of the knots: 0 … 15. */
static double
knot_of (gsize i, gsize j, gsize h, gsize w)
{
  double y = ((double) i - (double) (h / 2)) / (double) h;
  double x = ((double) j - (double) (w / 2)) / (double) w;
  double square = y * y + x * x;

  /* f² = ½ at the corner, the last knot; 2 log2 f = log2 f² */
  return square > 0 ? CLAMP (MSM_SPECTRUM_KNOTS - 1 + log2 (2 * square), 0, MSM_SPECTRUM_KNOTS - 1) : 0;
}

static double
at (const MsmSpectrum *self, double knot)
{
  int i = MIN ((int) knot, MSM_SPECTRUM_KNOTS - 2);
  double part = knot - i;

  return exp ((1 - part) * log (self->power[i]) + part * log (self->power[i + 1]));
}

void
msm_spectrum_plane (const MsmSpectrum *self, gsize h, gsize w, float *plane)
{
  for (gsize i = 0; i < h; i++)
    for (gsize j = 0; j < w; j++)
      plane[i * w + j] = (float) at (self, knot_of (i, j, h, w));
}

double
msm_spectrum_mean (const MsmSpectrum *self, gsize h, gsize w)
{
  double sum = 0;

  for (gsize i = 0; i < h; i++)
    for (gsize j = 0; j < w; j++)
      sum += at (self, knot_of (i, j, h, w));
  return sum / (double) (h * w);
}

void
msm_spectrum_sum_add (MsmSpectrumSum *self, const float *s, const float *mask, gsize n_coil, gsize h, gsize w,
                      double noise_std)
{
  gsize plane = h * w;

  for (gsize k = 0; k < plane; k++)
    {
      int knot = (int) floor (knot_of (k / w, k % w, h, w) + 0.5);
      double power = -(double) n_coil * noise_std * noise_std;

      if (mask[k] == 0)
        continue;
      for (gsize c = 0; c < n_coil; c++)
        {
          const float *v = s + 2 * (c * plane + k);

          power += 0.5 * ((double) v[0] * v[0] + (double) v[1] * v[1]);
        }
      self->sum[knot] += power;
      self->count[knot] += 1;
    }
}

/* The nearest knot with points, from @i on in steps of @step; −1: none. */
static int
next_known (const MsmSpectrumSum *sum, int i, int step)
{
  while (i >= 0 && i < MSM_SPECTRUM_KNOTS && sum->count[i] == 0)
    i += step;
  return i < MSM_SPECTRUM_KNOTS ? i : -1;
}

gboolean
msm_spectrum_from_sum (MsmSpectrum *self, const MsmSpectrumSum *sum)
{
  double largest = 0;

  for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
    {
      self->power[i] = sum->count[i] > 0 ? sum->sum[i] / sum->count[i] : 0;
      largest = MAX (largest, self->power[i]);
    }
  if (!(largest > 0) || !isfinite (largest))
    return FALSE;
  for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
    self->power[i] = MAX (self->power[i], LEAST_PART * largest);
  for (int i = 0; i < MSM_SPECTRUM_KNOTS; i++)
    if (sum->count[i] == 0)
      {
        int below = next_known (sum, i, -1), above = next_known (sum, i, 1);
        double part = below < 0 ? 1 : above < 0 ? 0 : (double) (i - below) / (above - below);

        self->power[i] = exp ((1 - part) * log (self->power[below < 0 ? above : below])
                              + part * log (self->power[above < 0 ? below : above]));
      }
  return TRUE;
}
