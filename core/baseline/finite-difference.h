#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Forward differences of an image [n_rows, n_columns], zero across the last row and column:
 *   g[0][i,j] = x[i+1,j] − x[i,j],  g[1][i,j] = x[i,j+1] − x[i,j].   ‖∇‖² ≤ 8.
 * Pixels have n_parts floats, 1 (real) or 2 (complex). Host memory only; g is [2, n_rows, n_columns] pixels.
 */
void msm_gradient (const float *x, gsize n_parts, gsize n_rows, gsize n_columns, float *g);
/* x += scale · ∇ᵀ g */
void msm_gradient_adjoint_add (const float *g, gsize n_parts, gsize n_rows, gsize n_columns, float scale, float *x);
/* u ← proj (u + sigma ∇x): onto |(u0, u1)| ≤ radius at each pixel (isotropic). */
void msm_gradient_dual_step (float *u, const float *x, gsize n_parts, gsize n_rows, gsize n_columns, float sigma,
                             float radius);
/* Isotropic total variation Σ √(|g0|² + |g1|²). */
double msm_total_variation (const float *x, gsize n_parts, gsize n_rows, gsize n_columns);

G_END_DECLS
