#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_DIFFERENCE_SIGNED,   /* |image| − |reference| */
  MSM_DIFFERENCE_ABSOLUTE, /* ||image| − |reference|| */
  MSM_DIFFERENCE_COMPLEX,  /* |image − reference|: phase errors count too */
} MsmDifference;

/**
 * msm_difference:
 * @image, @reference: host planes of @n pixels, complex where their dtype is C64
 * @factor: the result is multiplied by it
 * @out: @n floats
 *
 * The picture of the error, for showing. Pure; no allocation. Real planes have no imaginary part.
 */
void msm_difference (const float *image, MsmDtype image_dtype, const float *reference, MsmDtype reference_dtype,
                     gsize n, MsmDifference kind, float factor, float *out);

G_END_DECLS
