#include "config.h"

#include "core/render/difference.h"

#include <math.h>

static inline void
pixel (const float *plane, MsmDtype dtype, gsize i, float *re, float *im)
{
  if (dtype == MSM_C64)
    {
      *re = plane[2 * i];
      *im = plane[2 * i + 1];
    }
  else
    {
      *re = plane[i];
      *im = 0.0f;
    }
}

void
msm_difference (const float *image, MsmDtype image_dtype, const float *reference, MsmDtype reference_dtype, gsize n,
                MsmDifference kind, float factor, float *out)
{
  for (gsize i = 0; i < n; i++)
    {
      float a_re, a_im, b_re, b_im, value;

      pixel (image, image_dtype, i, &a_re, &a_im);
      pixel (reference, reference_dtype, i, &b_re, &b_im);
      if (kind == MSM_DIFFERENCE_COMPLEX)
        value = sqrtf ((a_re - b_re) * (a_re - b_re) + (a_im - b_im) * (a_im - b_im));
      else
        value = sqrtf (a_re * a_re + a_im * a_im) - sqrtf (b_re * b_re + b_im * b_im);
      if (kind == MSM_DIFFERENCE_ABSOLUTE)
        value = fabsf (value);
      out[i] = factor * value;
    }
}
