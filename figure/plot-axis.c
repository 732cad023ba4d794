#include "config.h"

#include "figure/plot-axis.h"

#include <math.h>
#include <string.h>

/* The 1-2-5 step nearest above @rough. */
static double
nice_step (double rough)
{
  double power = pow (10.0, floor (log10 (rough)));
  double ratio = rough / power;

  return power * (ratio <= 1.0 ? 1.0 : ratio <= 2.0 ? 2.0 : ratio <= 5.0 ? 5.0 : 10.0);
}

static void
set_linear (MsmPlotAxis *self, int wanted, gboolean round)
{
  double step = nice_step ((self->high - self->low) / MAX (wanted, 1));
  double first, slack = 1e-6 * step;

  if (round)
    {
      /* On a logarithmic axis zero is no end. */
      if (!self->log || self->low >= step)
        self->low = step * floor (self->low / step + 1e-9);
      self->high = step * ceil (self->high / step - 1e-9);
    }
  first = step * ceil ((self->low - slack) / step);
  for (int i = 0; i < MSM_AXIS_MAX_TICKS; i++)
    {
      double tick = first + i * step;

      if (tick > self->high + slack)
        break;
      self->ticks[self->n_ticks++] = fabs (tick) < slack ? 0.0 : tick;
    }
}

static void
set_log (MsmPlotAxis *self, int wanted, gboolean round)
{
  static const double within[] = { 1.0, 2.0, 5.0 };
  int first = (int) floor (log10 (self->low) + 1e-9), last = (int) ceil (log10 (self->high) - 1e-9);
  int decades = MAX (last - first, 1);
  int stride = MAX (1, (decades + wanted - 1) / MAX (wanted, 1));
  int n_within = decades <= 2 && wanted > 2 ? 3 : 1;

  if (round && decades > 2)
    {
      self->low = pow (10.0, first);
      self->high = pow (10.0, last);
    }
  for (int e = first; e <= last; e += stride)
    for (int k = 0; k < n_within; k++)
      {
        double tick = within[k] * pow (10.0, e);

        if (tick >= self->low * (1 - 1e-9) && tick <= self->high * (1 + 1e-9) && self->n_ticks < MSM_AXIS_MAX_TICKS)
          self->ticks[self->n_ticks++] = tick;
      }
}

void
msm_plot_axis_set_range (MsmPlotAxis *self, double low, double high, gboolean log, int wanted, gboolean round)
{
  if (!isfinite (low) || !isfinite (high) || low > high)
    {
      low = log ? 0.1 : 0.0;
      high = 1.0;
    }
  if (log)
    {
      high = high > 0 ? high : 1.0;
      low = low > 0 ? low : high / 10.0;
      if (high / low < 1.0 + 1e-6)
        {
          low /= 2.0;
          high *= 2.0;
        }
    }
  else if (high - low <= 1e-9 * MAX (fabs (low), fabs (high)))
    {
      double margin = MAX (0.5 * fabs (low), 0.5);

      low -= margin;
      high += margin;
    }
  self->low = low;
  self->high = high;
  self->log = log;
  self->n_ticks = 0;
  /* Within a decade there are hardly any powers of ten: the round numbers of a linear axis then. */
  if (log && high / low >= 10.0)
    set_log (self, wanted, round);
  else
    set_linear (self, wanted, round);
}

double
msm_plot_axis_to_pixel (const MsmPlotAxis *self, double value)
{
  double t = self->log ? (log (value) - log (self->low)) / (log (self->high) - log (self->low))
                       : (value - self->low) / (self->high - self->low);

  return self->pixel_low + t * (self->pixel_high - self->pixel_low);
}

double
msm_plot_axis_to_value (const MsmPlotAxis *self, double pixel)
{
  double t = (pixel - self->pixel_low) / (self->pixel_high - self->pixel_low);

  return self->log ? exp (log (self->low) + t * (log (self->high) - log (self->low)))
                   : self->low + t * (self->high - self->low);
}

char *
msm_plot_axis_format (const MsmPlotAxis *self, double value)
{
  char buffer[40];
  double step = self->n_ticks > 1 ? fabs (self->ticks[1] - self->ticks[0]) : fabs (value);
  double largest = MAX (fabs (self->low), fabs (self->high));
  GString *text;

  if (value == 0.0)
    return g_strdup ("0");
  if (self->log || largest >= 1e5 || largest < 1e-3)
    g_snprintf (buffer, sizeof buffer, fabs (value) >= 1e4 || fabs (value) < 1e-2 ? "%.3g" : "%g", value);
  else
    g_snprintf (buffer, sizeof buffer, "%.*f", (int) CLAMP (ceil (-log10 (step) - 1e-9), 0, 6), value);
  /* 1e-05 → 1e−5 */
  text = g_string_new (NULL);
  for (const char *c = buffer; *c != '\0'; c++)
    {
      if (*c == '-')
        g_string_append (text, "\xe2\x88\x92");
      else if (*c == '+' || (*c == '0' && c > buffer + 1 && strchr ("+-", c[-1]) != NULL && c[-2] == 'e'))
        continue;
      else
        g_string_append_c (text, *c);
    }
  return g_string_free (text, FALSE);
}
