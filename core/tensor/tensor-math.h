#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * Vector arithmetic over whole tensors of one size, on their device. Complex tensors are 2 n floats.
 * Failures are sticky device errors, as in all compute calls.
 */

/* Floats of a float32 or complex tensor. */
gsize msm_tensor_floats (const MsmTensor *x);
/* dst = a x + b y; dst may be x or y. */
void msm_tensor_lincomb (MsmTensor *dst, double a, const MsmTensor *x, double b, const MsmTensor *y);
/* y += a x */
void msm_tensor_axpy (MsmTensor *y, double a, const MsmTensor *x);
void msm_tensor_copy (MsmTensor *dst, const MsmTensor *src);
/* Re Σ conj(x) y, in double. */
double msm_tensor_dot (const MsmTensor *x, const MsmTensor *y);
/* @out[@n] = √Σ |x|² over planes [@first, @first + @n_planes) of @n values each of a host tensor, summed in double. */
void msm_tensor_root_of_squares (const MsmTensor *x, gsize first, gsize n_planes, gsize n, float *out);

G_END_DECLS
