#include "config.h"

#include "core/render/render.h"

#include <math.h>
#include <string.h>

/*
 * No floating-point exception and no errno is read here; assuming that somebody might keeps the loops
 * below from being vectorised (2.3 ms instead of 0.3 ms for 512 × 512). Values stay as they are, NaN
 * included.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math", "no-math-errno")
#endif

#define CHUNK     256
#define LUT_SIZE  1024
#define FINE_BINS 2048

static const char *const mode_names[] = {
  [MSM_RENDER_MAGNITUDE] = "magnitude", [MSM_RENDER_PHASE] = "phase",     [MSM_RENDER_REAL] = "real",
  [MSM_RENDER_IMAGINARY] = "imaginary", [MSM_RENDER_COMPLEX] = "complex", [MSM_RENDER_LOG] = "log",
};

/*
 * atan2 to 2·10⁻⁵ rad, a small part of a table entry, without branches, so that it is vectorised: a
 * polynomial on [0, 1] and the symmetries of the octants. (0, 0) gives 0; NaN stays NaN.
 */
static inline float
quick_atan2 (float y, float x)
{
  const float ax = fabsf (x), ay = fabsf (y);
  const float larger = ax > ay ? ax : ay, smaller = ax > ay ? ay : ax;
  const float z = smaller / (larger > 1e-37f ? larger : 1e-37f);
  const float q = z * z;
  float angle = z
                * (0.99997726f
                   + q * (-0.33262347f + q * (0.19354346f + q * (-0.11643287f + q * (0.05265332f - q * 0.01172120f)))));

  angle = ay > ax ? (float) G_PI_2 - angle : angle;
  angle = x < 0.0f ? (float) G_PI - angle : angle;
  angle = y < 0.0f ? -angle : angle;
  /* The comparisons above drop a NaN. */
  return x == x ? (y == y ? angle : y) : x;
}

/*
 * log (1 + x) of x ≥ 0 to 10⁻⁵ of a nat, without branches: the exponent, and a polynomial of the mantissa in
 * [√½, √2). Infinity and NaN stay what they are.
 */
static inline float
quick_log1p (float x)
{
  const float y = 1.0f + x;
  guint32 bits, exponent;
  float m, s, q;

  memcpy (&bits, &y, sizeof bits);
  bits += 0x3f800000u - 0x3f3504f3u; /* √½ */
  exponent = (bits >> 23) - 127u;
  bits = (bits & 0x007fffffu) + 0x3f3504f3u;
  memcpy (&m, &bits, sizeof m);
  /* log m = 2 artanh ((m − 1)/(m + 1)) */
  s = (m - 1.0f) / (m + 1.0f);
  q = s * s;
  m = (float) (gint32) exponent * (float) G_LN2 + s * (2.0f + q * (0.66666667f + q * (0.4f + q * 0.28571429f)));
  /* 1 + x has lost the digits of a small x. */
  m = x < 1e-3f ? x - 0.5f * x * x : m;
  return x < INFINITY ? m : x;
}

/*
 * The mode's values of @n ≤ CHUNK pixels from @first on. Real planes are complex ones without an
 * imaginary part. Everything else in this file works on such chunks, so that the modes exist once.
 */
static void
mode_values (const float *plane, MsmDtype dtype, gsize first, gsize n, MsmRenderMode mode, float gain, float *values)
{
  const gboolean is_complex = dtype == MSM_C64;
  const float *p = is_complex ? plane + 2 * first : plane + first;

  switch (mode)
    {
    case MSM_RENDER_PHASE:
      if (is_complex)
        for (gsize i = 0; i < n; i++)
          values[i] = quick_atan2 (p[2 * i + 1], p[2 * i]);
      else
        for (gsize i = 0; i < n; i++)
          values[i] = isnan (p[i]) ? p[i] : p[i] < 0.0f ? (float) G_PI : 0.0f;
      break;
    case MSM_RENDER_REAL:
      for (gsize i = 0; i < n; i++)
        values[i] = gain * (is_complex ? p[2 * i] : p[i]);
      break;
    case MSM_RENDER_IMAGINARY:
      for (gsize i = 0; i < n; i++)
        values[i] = is_complex ? gain * p[2 * i + 1] : isnan (p[i]) ? p[i] : 0.0f;
      break;
    case MSM_RENDER_MAGNITUDE:
    case MSM_RENDER_COMPLEX:
    case MSM_RENDER_LOG:
      if (is_complex)
        for (gsize i = 0; i < n; i++)
          values[i] = gain * sqrtf (p[2 * i] * p[2 * i] + p[2 * i + 1] * p[2 * i + 1]);
      else
        for (gsize i = 0; i < n; i++)
          values[i] = gain * fabsf (p[i]);
      if (mode == MSM_RENDER_LOG)
        for (gsize i = 0; i < n; i++)
          values[i] = quick_log1p (values[i]);
      break;
    }
}

static guint32
pack (guint8 r, guint8 g, guint8 b)
{
  guint8 bytes[4] = { r, g, b, 255 };
  guint32 packed;

  memcpy (&packed, bytes, sizeof packed);
  return packed;
}

/* Position in [0, n − 1] of a table, without jumps; NaN gives n, the entry behind the last. */
static inline int
table_index (float value, float low, float scale, int n)
{
  const float t = (value - low) * scale;
  float clamped = t > 0.0f ? t : 0.0f;
  int index;

  clamped = clamped < (float) (n - 1) ? clamped : (float) (n - 1);
  index = (int) (clamped + 0.5f);
  return t == t ? index : n;
}

/* Brightness by magnitude times the hue of the phase. */
static void
render_complex_chunk (const float *plane, MsmDtype dtype, gsize first, gsize n, const float *magnitude, float low,
                      float scale, const guint8 *brightness, const guint32 *hue, guint32 missing, guint32 *out)
{
  const float turn = (LUT_SIZE - 1) / (float) (2.0 * G_PI);
  float phase[CHUNK];
  int levels[CHUNK], angles[CHUNK];

  mode_values (plane, dtype, first, n, MSM_RENDER_PHASE, 1.0f, phase);
  for (gsize i = 0; i < n; i++)
    levels[i] = table_index (magnitude[i], low, scale, LUT_SIZE);
  for (gsize i = 0; i < n; i++)
    angles[i] = table_index (phase[i], (float) -G_PI, turn, LUT_SIZE);
  for (gsize i = 0; i < n; i++)
    {
      const int level = levels[i], angle = angles[i];
      guint8 rgba[4];

      if (level == LUT_SIZE || angle == LUT_SIZE)
        {
          out[i] = missing;
          continue;
        }
      memcpy (rgba, &hue[angle], sizeof rgba);
      for (int c = 0; c < 3; c++)
        rgba[c] = (guint8) (rgba[c] * brightness[level] / 255);
      memcpy (&out[i], rgba, sizeof rgba);
    }
}

/* NaN pixels are magenta: a broken value is never mistaken for black background. */
void
msm_render_plane (const float *plane, MsmDtype dtype, gsize n_rows, gsize n_columns, const MsmRenderOptions *options,
                  guint8 *rgba, gsize rgba_stride)
{
  const guint32 missing = pack (255, 0, 255);
  const double gamma = options->gamma > 0.0 ? options->gamma : 1.0;
  const float gain = options->gain > 0.0 ? (float) options->gain : 1.0f;
  const float low = (float) options->window_low;
  const double width = options->window_high - options->window_low;
  /* A window of no width is a threshold, not a division by zero. */
  const float scale = (float) ((LUT_SIZE - 1) / (width > 1e-30 ? width : 1e-30));
  guint32 lut[LUT_SIZE + 1];
  guint8 brightness[LUT_SIZE];

  for (int i = 0; i < LUT_SIZE; i++)
    {
      double t = (double) i / (LUT_SIZE - 1);
      guint8 rgb[3];

      if (gamma != 1.0)
        t = pow (t, gamma);
      brightness[i] = (guint8) lrint (255.0 * t);
      /* The hue table of the complex mode is not bent by gamma: that belongs to the brightness. */
      if (options->mode == MSM_RENDER_COMPLEX)
        msm_colormap_rgb (MSM_COLORMAP_PHASE, (double) i / (LUT_SIZE - 1), rgb);
      else
        msm_colormap_rgb (options->colormap, t, rgb);
      lut[i] = pack (rgb[0], rgb[1], rgb[2]);
    }
  lut[LUT_SIZE] = missing;

  for (gsize row = 0; row < n_rows; row++)
    for (gsize column = 0; column < n_columns; column += CHUNK)
      {
        gsize first = row * n_columns + column;
        gsize n = MIN (CHUNK, n_columns - column);
        float values[CHUNK];
        guint32 pixels[CHUNK];

        mode_values (plane, dtype, first, n, options->mode, gain, values);
        if (options->mode == MSM_RENDER_COMPLEX)
          render_complex_chunk (plane, dtype, first, n, values, low, scale, brightness, lut, missing, pixels);
        else
          {
            int index[CHUNK];

            /* Two loops: the arithmetic is vectorised, the look-ups cannot be. */
            for (gsize i = 0; i < n; i++)
              index[i] = table_index (values[i], low, scale, LUT_SIZE);
            for (gsize i = 0; i < n; i++)
              pixels[i] = lut[index[i]];
            /* Zero (outside a mask, say) has no phase, and no colour. */
            if (options->mode == MSM_RENDER_PHASE && dtype == MSM_C64)
              for (gsize i = 0; i < n; i++)
                if (plane[2 * (first + i)] == 0.0f && plane[2 * (first + i) + 1] == 0.0f)
                  pixels[i] = pack (0, 0, 0);
          }
        memcpy (rgba + row * rgba_stride + 4 * column, pixels, 4 * n);
      }
}

double
msm_render_value (const float *plane, MsmDtype dtype, gsize index, MsmRenderMode mode)
{
  float value = 0.0f;

  /* What is read out as a number is not the quick approximation. */
  if (mode == MSM_RENDER_PHASE && dtype == MSM_C64)
    return atan2f (plane[2 * index + 1], plane[2 * index]);
  if (mode == MSM_RENDER_LOG)
    return log1p (msm_render_value (plane, dtype, index, MSM_RENDER_MAGNITUDE));
  mode_values (plane, dtype, index, 1, mode, 1.0f, &value);
  return value;
}

/* Smallest and largest finite value; FALSE when there is none. */
static gboolean
value_range (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, double *low, double *high,
             gsize *n_finite)
{
  float smallest = INFINITY, largest = -INFINITY;
  gsize count = 0;

  for (gsize first = 0; first < n; first += CHUNK)
    {
      gsize m = MIN (CHUNK, n - first);
      float values[CHUNK];

      mode_values (plane, dtype, first, m, mode, 1.0f, values);
      for (gsize i = 0; i < m; i++)
        if (isfinite (values[i]))
          {
            smallest = MIN (smallest, values[i]);
            largest = MAX (largest, values[i]);
            count++;
          }
    }
  *n_finite = count;
  *low = count > 0 ? smallest : 0.0;
  *high = count > 0 ? largest : 0.0;
  return count > 0;
}

/* Counts of the values within [low, high]; others are left out. */
static void
count_within (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, double low, double high, guint *counts,
              gsize n_bins)
{
  const float first_value = (float) low, last_value = (float) high;
  const float scale = high > low ? (float) ((double) n_bins / (high - low)) : 0.0f;

  memset (counts, 0, n_bins * sizeof *counts);
  for (gsize first = 0; first < n; first += CHUNK)
    {
      gsize m = MIN (CHUNK, n - first);
      float values[CHUNK];

      mode_values (plane, dtype, first, m, mode, 1.0f, values);
      for (gsize i = 0; i < m; i++)
        if (values[i] >= first_value && values[i] <= last_value)
          {
            gsize bin = (gsize) ((values[i] - first_value) * scale);

            counts[MIN (bin, n_bins - 1)]++;
          }
    }
}

void
msm_render_count (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, guint *counts, gsize n_bins,
                  double *low, double *high)
{
  gsize n_finite;

  memset (counts, 0, n_bins * sizeof *counts);
  if (value_range (plane, dtype, n, mode, low, high, &n_finite))
    count_within (plane, dtype, n, mode, *low, *high, counts, n_bins);
}

/*
 * The value below which @target values lie. Where one bin holds much of the image (k-space: nearly all
 * of it), that bin is counted again at its own scale.
 */
static double
quantile (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, double low, double high, double target,
          const guint *coarse)
{
  guint fine[FINE_BINS];
  const guint *counts = coarse;
  double below = 0.0;

  for (int pass = 0;; pass++)
    {
      double width = (high - low) / FINE_BINS;
      gsize bin = 0;

      while (bin < FINE_BINS - 1 && below + counts[bin] < target)
        below += counts[bin++];
      low += width * (double) bin;
      if (pass == 3 || counts[bin] <= n / 256 || !(width > 1e-6 * (fabs (low) + width)))
        return low + width * CLAMP ((target - below) / MAX (counts[bin], 1), 0.0, 1.0);
      high = low + width;
      count_within (plane, dtype, n, mode, low, high, fine, FINE_BINS);
      counts = fine;
    }
}

void
msm_render_auto_window (const float *plane, MsmDtype dtype, gsize n, MsmRenderMode mode, double low_percentile,
                        double high_percentile, double *low, double *high)
{
  guint counts[FINE_BINS];
  double smallest, largest;
  gsize n_finite;

  if (mode == MSM_RENDER_PHASE)
    {
      /* The phase is cyclic: its window is always the full turn. */
      *low = -G_PI;
      *high = G_PI;
      return;
    }
  if (!value_range (plane, dtype, n, mode, &smallest, &largest, &n_finite) || !(largest > smallest))
    {
      *low = smallest;
      *high = smallest + 1.0;
      return;
    }
  count_within (plane, dtype, n, mode, smallest, largest, counts, FINE_BINS);
  *low = smallest;
  *high = largest;
  if (low_percentile > 0.0)
    *low = quantile (plane, dtype, n, mode, smallest, largest, low_percentile / 100.0 * (double) n_finite, counts);
  if (high_percentile < 100.0)
    *high = quantile (plane, dtype, n, mode, smallest, largest, high_percentile / 100.0 * (double) n_finite, counts);
  /* A background of zeros is zero, not the width of the finest bin. */
  if (*low - smallest < 1e-12 * (largest - smallest))
    *low = smallest;
  if (largest - *high < 1e-12 * (largest - smallest))
    *high = largest;
  if (!(*high > *low))
    {
      *low = smallest;
      *high = largest;
    }
}

const char *
msm_render_mode_name (MsmRenderMode mode)
{
  return (gsize) mode < G_N_ELEMENTS (mode_names) ? mode_names[mode] : "magnitude";
}

gboolean
msm_render_mode_from_name (const char *name, MsmRenderMode *mode)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mode_names); i++)
    if (g_strcmp0 (name, mode_names[i]) == 0)
      {
        *mode = (MsmRenderMode) i;
        return TRUE;
      }
  return FALSE;
}

void
msm_render_rgb (const float *planes, gsize n_rows, gsize n_columns, const MsmRenderOptions *options, guint8 *rgba,
                gsize rgba_stride)
{
  const float gain = options->gain > 0.0 ? (float) options->gain : 1.0f;
  const float low = (float) options->window_low;
  const double width = options->window_high - options->window_low;
  const float scale = (float) (255.0 / (width > 1e-30 ? width : 1e-30));
  const gsize n = n_rows * n_columns;
  const gboolean is_magnitude = options->mode == MSM_RENDER_MAGNITUDE;

  for (gsize row = 0; row < n_rows; row++)
    for (gsize column = 0; column < n_columns; column++)
      {
        guint8 *to = rgba + row * rgba_stride + 4 * column;
        const float *from = planes + row * n_columns + column;

        for (int c = 0; c < 3; c++)
          {
            float value = gain * from[(gsize) c * n];

            to[c] = (guint8) CLAMP (((is_magnitude ? fabsf (value) : value) - low) * scale + 0.5f, 0.0f, 255.0f);
          }
        if (isnan (from[0]) || isnan (from[n]) || isnan (from[2 * n]))
          {
            to[0] = to[2] = 255; /* magenta, as in msm_render_plane() */
            to[1] = 0;
          }
        to[3] = 255;
      }
}
