#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Small dense symmetric matrices in double, row-major, for the closed-form denoisers. Plain loops in a
 * fixed order: the same numbers whatever the number of threads. Nothing is allocated.
 */

/*
 * a (n × n, the upper triangle is read) = Uᵀ U; U overwrites it, the lower triangle is left alone. Pivots
 * from −@tolerance to @tolerance count as zero (their row of U becomes zero: for semi-definite matrices).
 * FALSE when a pivot is lower.
 */
gboolean msm_dense_cholesky (double *a, gsize n, double tolerance);
/* x ← (Uᵀ U)⁻¹ x. Every pivot of @u must be positive. */
void msm_dense_solve (const double *u, gsize n, double *x);
/*
 * x ← G⁻¹ x for @n_right vectors x, one behind the other, by LAPACK. G is symmetric and positive definite with @band
 * diagonals below the main one; @lower, which is overwritten, holds its lower triangle by columns: G[i, j] at
 * j · (@band + 1) + i − j. FALSE when G is not positive definite.
 */
gboolean msm_dense_solve_band (double *lower, gsize n, gsize band, double *x, gsize n_right);
/* log det (Uᵀ U) */
double msm_dense_log_det (const double *u, gsize n);

G_END_DECLS
