#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The radial power spectrum of a prior's images: P(f), the mean square of a real element of F x at the radial
 * frequency f (cycles per pixel; F orthonormal). With it the images' linear-MMSE estimate is Wiener's filter
 * (lmmse.h), and the data's pull on an estimate knows which frequencies to distrust (msm-step.h).
 *
 * Knot 0 stands for f = 0 and up to 0.0046, knot i for √½ · 2^((i − 15)/2): half octaves up to the corner of
 * k-space. Between them log P is linear in log f. White, P = σ_x² everywhere, is what is known of a prior that
 * says no more than its power.
 */
#define MSM_SPECTRUM_KNOTS 16

typedef struct
{
  double power[MSM_SPECTRUM_KNOTS];
} MsmSpectrum;

/* Sums over measured k-space, for the estimate of a spectrum. Start from zeros. */
typedef struct
{
  double sum[MSM_SPECTRUM_KNOTS];
  double count[MSM_SPECTRUM_KNOTS];
} MsmSpectrumSum;

void msm_spectrum_white (MsmSpectrum *self, double power);
gboolean msm_spectrum_is_white (const MsmSpectrum *self);
/* P at every point of k-space, its centre at (h/2, w/2). */
void msm_spectrum_plane (const MsmSpectrum *self, gsize h, gsize w, float *plane);
/* Mean of P over a plane: the images' power σ_x². */
double msm_spectrum_mean (const MsmSpectrum *self, gsize h, gsize w);
/**
 * msm_spectrum_sum_add:
 * @s: complex [n_coil, h, w]: masked k-space; @mask: [h, w]
 * @noise_std: of every real component of s; its power is taken off
 *
 * At every measured point Σ_c |s_c|² / 2: with Σ_c |C_c|² = 1 the power of the coil images' spectra adds up to
 * that of the image, smoothed by the coils' own. Nothing but measurements is needed.
 */
void msm_spectrum_sum_add (MsmSpectrumSum *self, const float *s, const float *mask, gsize n_coil, gsize h, gsize w,
                           double noise_std);
/* The spectrum of what was added; knots without a point lie between their neighbours. FALSE: nothing was. */
gboolean msm_spectrum_from_sum (MsmSpectrum *self, const MsmSpectrumSum *sum);

G_END_DECLS
