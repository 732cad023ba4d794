#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Orthonormal periodic 2-D wavelet transform of real or complex images, host memory only. Images whose sides are
 * not multiples of 2^levels are extended with zeros to the next multiple: then Wᵀ W = I still, and the
 * coefficients are those of the larger plane.
 */
typedef enum
{
  MSM_WAVELET_HAAR,
  MSM_WAVELET_DAU2, /* Daubechies, 2 vanishing moments, 4 taps */
  MSM_WAVELET_DB4,  /* Daubechies, 4 vanishing moments, 8 taps */
} MsmWaveletKind;

typedef struct _MsmWavelet MsmWavelet;

/*
 * @n_parts: floats of a pixel, 1 (real) or 2 (complex). @levels is lowered until the coarsest side is at least
 * 12. (transfer full): or %NULL with MSM_ERROR_MEMORY
 */
MsmWavelet *msm_wavelet_new (MsmWaveletKind kind, gsize n_parts, gsize n_rows, gsize n_columns, int levels,
                             GError **error);
void msm_wavelet_free (MsmWavelet *self);
/* Coefficients of one plane. */
gsize msm_wavelet_size (const MsmWavelet *self);
/* Rows and columns of the plane of coefficients. */
void msm_wavelet_extent (const MsmWavelet *self, gsize *n_rows, gsize *n_columns);
int msm_wavelet_levels (const MsmWavelet *self);
/* coefficients = W (S image), S the cyclic shift by (@shift_row, @shift_column) in the extended plane. */
void msm_wavelet_forward (MsmWavelet *self, const float *image, gsize shift_row, gsize shift_column,
                          float *coefficients);
/* image = Sᵀ Wᵀ coefficients. Overwrites @coefficients. */
void msm_wavelet_adjoint (MsmWavelet *self, float *coefficients, gsize shift_row, gsize shift_column, float *image);
/**
 * msm_wavelet_shrink:
 *
 * dst = Sᵀ Wᵀ soft_t (W S image), the soft threshold soft_t (z) = z max (1 − t/|z|, 0) on the
 * details, and on the coarsest approximation too with @all. Adds up @sum = Σ |what was thresholded|. @dst may
 * be @image.
 */
void msm_wavelet_shrink (MsmWavelet *self, const float *image, gsize shift_row, gsize shift_column, float threshold,
                         gboolean all, float *dst, double *sum);
/* The soft threshold of @n real or complex values in place. */
void msm_soft_threshold (float *values, gsize n_parts, gsize n, float threshold);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmWavelet, msm_wavelet_free)

G_END_DECLS
