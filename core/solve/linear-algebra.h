#pragma once

#include <complex.h>
#include <glib.h>

G_BEGIN_DECLS

/*
 * The small dense linear algebra of calibration, by LAPACK. Matrices are column-major, as there. Safe
 * from several threads.
 */

/* c (n × n, both triangles) = a aᴴ, a n × k. */
gboolean msm_gram (const float complex *a, int n, int k, float complex *c, GError **error);
/* c (n × n, both triangles) = aᴴ a, a k × n. */
gboolean msm_gram_inner (const float complex *a, int k, int n, float complex *c, GError **error);
/* Hermitian @a becomes its eigenvectors (columns), @values ascending. */
gboolean msm_eigen (float complex *a, int n, float *values, GError **error);
/* c (m × n) = a (m × k) b (k × n) */
void msm_matrix_multiply (const float complex *a, const float complex *b, int m, int k, int n, float complex *c);
/* Lower Cholesky factor of Hermitian positive @a, row-major, in place; above the diagonal is zeroed. */
gboolean msm_cholesky_rows (float complex *a, int n, GError **error);

G_END_DECLS
