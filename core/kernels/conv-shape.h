#pragma once

#include <stddef.h>

/* A convolution of channels-last activations. All fields have one size: recordings compare shapes byte for byte. */
typedef struct
{
  size_t n, h, w; /* of the input */
  size_t c_in, c_out;
  size_t kernel; /* 1 or 3, padded by kernel / 2 */
  size_t stride; /* 1 or 2; output (h − 1) / stride + 1 */
} MsmConvShape;
