#include "config.h"

#include "core/sampler/posterior-stats.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

struct _MsmPosteriorStats
{
  gsize n_values, n_floats, n_samples, count;
  gboolean is_complex;
  float *samples; /* [n_samples, n_floats] */
  double *sum;    /* [n_floats] */
  double *centre; /* [n_values] running mean of the magnitude (Welford) */
  double *square; /* [n_values] sum of squared deviations from it */
  float *sorted;  /* [n_samples] */
};

MsmPosteriorStats *
msm_posterior_stats_new (gsize n_values, gboolean is_complex, gsize n_samples, GError **error)
{
  g_autoptr (MsmPosteriorStats) self = g_new0 (MsmPosteriorStats, 1);

  g_return_val_if_fail (n_values > 0 && n_samples > 0, NULL);
  self->n_values = n_values;
  self->n_floats = (is_complex ? 2 : 1) * n_values;
  self->n_samples = n_samples;
  self->is_complex = is_complex;
  self->samples =
      n_samples <= G_MAXSIZE / sizeof (float) / self->n_floats ? g_try_new (float, n_samples * self->n_floats) : NULL;
  self->sum = g_try_new0 (double, self->n_floats);
  self->centre = g_try_new0 (double, n_values);
  self->square = g_try_new0 (double, n_values);
  self->sorted = g_try_new (float, n_samples);
  if (self->samples != NULL && self->sum != NULL && self->centre != NULL && self->square != NULL
      && self->sorted != NULL)
    return g_steal_pointer (&self);
  g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for %zu samples of %zu values"), n_samples, n_values);
  return NULL;
}

void
msm_posterior_stats_free (MsmPosteriorStats *self)
{
  if (self == NULL)
    return;
  g_free (self->samples);
  g_free (self->sum);
  g_free (self->centre);
  g_free (self->square);
  g_free (self->sorted);
  g_free (self);
}

gsize
msm_posterior_stats_count (const MsmPosteriorStats *self)
{
  return self->count;
}

static double
looked_at (const MsmPosteriorStats *self, const float *sample, gsize i)
{
  return self->is_complex ? hypot (sample[2 * i], sample[2 * i + 1]) : sample[i];
}

void
msm_posterior_stats_add (MsmPosteriorStats *self, const float *sample)
{
  g_return_if_fail (self != NULL && self->count < self->n_samples);
  memcpy (self->samples + self->count * self->n_floats, sample, self->n_floats * sizeof (float));
  self->count++;
  for (gsize i = 0; i < self->n_floats; i++)
    self->sum[i] += sample[i];
  for (gsize i = 0; i < self->n_values; i++)
    {
      double value = looked_at (self, sample, i);
      double delta = value - self->centre[i];

      self->centre[i] += delta / (double) self->count;
      self->square[i] += delta * (value - self->centre[i]);
    }
}

void
msm_posterior_stats_get (const MsmPosteriorStats *self, const float *more, gsize n_more, float *mean, float *sd)
{
  double n = (double) (self->count + n_more);

  for (gsize i = 0; i < self->n_floats && n > 0; i++)
    {
      double sum = self->sum[i];

      for (gsize k = 0; k < n_more; k++)
        sum += more[k * self->n_floats + i];
      mean[i] = (float) (sum / n);
    }
  for (gsize i = 0; i < self->n_values; i++)
    {
      double centre = self->centre[i], square = self->square[i], count = (double) self->count;

      for (gsize k = 0; k < n_more; k++)
        {
          double value = looked_at (self, more + k * self->n_floats, i), delta = value - centre;

          centre += delta / ++count;
          square += delta * (value - centre);
        }
      sd[i] = n > 1 ? (float) sqrt (square / (n - 1)) : 0;
    }
}

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return x < y ? -1 : x > y;
}

void
msm_posterior_stats_quantile (MsmPosteriorStats *self, double q, float *out)
{
  g_return_if_fail (self != NULL && self->count > 0 && q >= 0 && q <= 1);
  for (gsize i = 0; i < self->n_values; i++)
    {
      double at = q * (double) (self->count - 1);
      gsize below = (gsize) floor (at), above = MIN (below + 1, self->count - 1);

      for (gsize k = 0; k < self->count; k++)
        self->sorted[k] = (float) looked_at (self, self->samples + k * self->n_floats, i);
      qsort (self->sorted, self->count, sizeof (float), compare_floats);
      out[i] = (float) (self->sorted[below] + (at - (double) below) * (self->sorted[above] - self->sorted[below]));
    }
}

const float *
msm_posterior_stats_samples (const MsmPosteriorStats *self)
{
  return self->samples;
}
