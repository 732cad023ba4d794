#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Running statistics of posterior samples on the host: the mean of every value, and standard deviation and
 * quantiles of what is looked at: magnitudes of complex images, values of real ones. All memory is taken at
 * the start.
 */
typedef struct _MsmPosteriorStats MsmPosteriorStats;

/**
 * msm_posterior_stats_new:
 * @n_values: of one sample: pixels, complex or real
 * @n_samples: how many will be added at most
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_MEMORY
 */
MsmPosteriorStats *msm_posterior_stats_new (gsize n_values, gboolean is_complex, gsize n_samples, GError **error);
void msm_posterior_stats_free (MsmPosteriorStats *self);
gsize msm_posterior_stats_count (const MsmPosteriorStats *self);
/* One sample: [n_values], complex interleaved. */
void msm_posterior_stats_add (MsmPosteriorStats *self, const float *sample);
/*
 * Mean (like a sample) and standard deviation [n_values] (√Σ (|x| − mean |x|)²/(n − 1); 0 for fewer than two) of
 * all added and of @n_more further samples that follow one another in @more and are not added. Allocates nothing.
 */
void msm_posterior_stats_get (const MsmPosteriorStats *self, const float *more, gsize n_more, float *mean, float *sd);
/* @q in [0, 1], linear between order statistics, of all added, into @out [n_values]. Allocates nothing. */
void msm_posterior_stats_quantile (MsmPosteriorStats *self, double q, float *out);
/* All samples [n_samples, n_values] as they were added; the first msm_posterior_stats_count() are there. */
const float *msm_posterior_stats_samples (const MsmPosteriorStats *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmPosteriorStats, msm_posterior_stats_free)

G_END_DECLS
