#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The variance-preserving schedule (docs/method.md §2): β linear 1e-4 → 0.02 over T = 1000,
 * ᾱ_t = Π (1 − β), σ_t = √((1 − ᾱ_t) / ᾱ_t), and the K kept indices: {0, T/K, 2T/K, …}, or those whose σ are
 * equally spaced in log σ. With K = 20 only one of the former lies below σ = 0.2, where images get their details.
 */
#define MSM_SCHEDULE_T 1000

typedef struct
{
  int n_steps;        /* K */
  double sigma_start; /* log spacing: σ of the index K − 1; 0: uniform, K divides T */
  double alpha_bar[MSM_SCHEDULE_T];
} MsmSchedule;

/* MSM_ERROR_VALUE when @n_steps does not divide 1000 (names the nearest that do). */
gboolean msm_schedule_init (MsmSchedule *self, int n_steps, GError **error);
/* σ_k = σ₀ (σ_start/σ₀)^(k/(K − 1)), σ₀ = σ of t = 0; K from 1 (σ_start alone), @sigma_start is kept within the σ_t. */
gboolean msm_schedule_init_log (MsmSchedule *self, int n_steps, double sigma_start, GError **error);
/* The k-th kept index, k = 0 … K − 1, on the 1000 scale; whole where the spacing is uniform. */
double msm_schedule_index (const MsmSchedule *self, int k);
/* ᾱ at a (fractional) index: linear interpolation of log σ between neighbours; exact at integers. */
double msm_schedule_alpha_bar (const MsmSchedule *self, double step);
double msm_schedule_sigma (const MsmSchedule *self, double step);
/* The fractional index with σ = @sigma, clamped to [0, T − 1]; the inverse of msm_schedule_sigma(). */
double msm_schedule_step_of (const MsmSchedule *self, double sigma);
/* ᾱ of the neighbouring kept indices: 1 below the first, 0 above the last. */
double msm_schedule_alpha_bar_kept (const MsmSchedule *self, int k);

G_END_DECLS
