#include "config.h"

#include "core/device/cpu-neural-levels.h"

/* Products of rows of complex numbers, (re, im) in turn, four at a time. */

static inline vec
real_parts (vec s)
{
  return __builtin_shuffle (s, (ivec){ 0, 0, 2, 2, 4, 4, 6, 6 });
}

static inline vec
imaginary_parts (vec s)
{
  return __builtin_shuffle (s, (ivec){ 1, 1, 3, 3, 5, 5, 7, 7 });
}

static inline vec
exchanged (vec x)
{
  return __builtin_shuffle (x, (ivec){ 1, 0, 3, 2, 5, 4, 7, 6 });
}

/* s x, or s̄ x with the signs the other way round */
static inline vec
product_of_four (vec s, vec x, vec signs)
{
  return x * real_parts (s) + exchanged (x) * (imaginary_parts (s) * signs);
}

#define PLAIN     ((vec){ -1, 1, -1, 1, -1, 1, -1, 1 })
#define CONJUGATE ((vec){ 1, -1, 1, -1, 1, -1, 1, -1 })

void
MSM_LEVEL (complex_multiply) (float *y, const float *s, const float *x, size_t n)
{
  for (size_t j = 0; j < 2 * n; j += LANES)
    vec_put (y + j, product_of_four (vec_get (s + j, 2 * n - j), vec_get (x + j, 2 * n - j), PLAIN), 2 * n - j);
}

void
MSM_LEVEL (complex_add_conjugate) (float *y, const float *s, const float *x, size_t n, int add)
{
  for (size_t j = 0; j < 2 * n; j += LANES)
    {
      vec value = product_of_four (vec_get (s + j, 2 * n - j), vec_get (x + j, 2 * n - j), CONJUGATE);

      vec_put (y + j, add ? vec_get (y + j, 2 * n - j) + value : value, 2 * n - j);
    }
}

void
MSM_LEVEL (complex_weigh) (float *y, const float *m, size_t n)
{
  for (size_t j = 0; j < n; j++)
    {
      y[2 * j] *= m[j];
      y[2 * j + 1] *= m[j];
    }
}
