#include "config.h"

/* Rounding to bfloat16: to the nearest, ties to even; in steps of 2⁻⁷ between 1 and 2. */

#include <math.h>

#include "core/device/cpu-kernels.h"
#include "core/device/device.h"
#include "core/kernels/bf16.inc"
#include "tests/support/random.h"

static float
rounded (float x)
{
  return msm_bf16_value (msm_bf16_bits (x));
}

static void
test_values (void)
{
  g_assert_cmphex (msm_bf16_bits (1.0f), ==, 0x3f80);
  g_assert_cmphex (msm_bf16_bits (-0.0f), ==, 0x8000);
  g_assert_cmpfloat (rounded (-2.5f), ==, -2.5f);
  g_assert_cmpfloat (rounded (1.0f + 0.49f / 128), ==, 1.0f);
  g_assert_cmpfloat (rounded (1.0f + 0.51f / 128), ==, 1.0f + 1.0f / 128);
  g_assert_cmpfloat (rounded (1.0f + 0.5f / 128), ==, 1.0f);
  g_assert_cmpfloat (rounded (1.0f + 1.5f / 128), ==, 1.0f + 2.0f / 128);
  g_assert_cmpfloat (rounded (-1.0f - 1.5f / 128), ==, -1.0f - 2.0f / 128);
  g_assert_cmpfloat (rounded (2.0f - 0.1f / 128), ==, 2.0f);
  g_assert_true (rounded (G_MAXFLOAT) == INFINITY && rounded (-INFINITY) == -INFINITY);
  g_assert_true (isnan (rounded (NAN)) && isnan (rounded (-NAN)));
  /* NaN whose mark is in the lower half, and one that rounding would carry over into zero. */
  g_assert_true (isnan (msm_bf16_value (msm_bf16_bits (*(const float *) &(guint32){ 0x7f800001 }))));
  g_assert_true (isnan (msm_bf16_value (msm_bf16_bits (*(const float *) &(guint32){ 0xffffffff }))));
}

/* Every level's: in blocks of channels, whatever the number of threads. */
static void
test_blocks (void)
{
  const MsmCpuKernels *levels[] = { &msm_cpu_kernels_base, msm_cpu_kernels () };
  const gsize m = 301, c = 96;
  g_autoptr (MsmTensor) x = random_tensor (msm_device_host (), MSM_F32, msm_shape2 (m, c), 1);
  g_autofree guint16 *y = g_new (guint16, m * c);

  msm_tensor_host (x)[17] = NAN;
  for (guint level = 0; level < G_N_ELEMENTS (levels); level++)
    for (gsize block = 16; block <= c; block += block == 16 ? 16 : 64)
      {
        levels[level]->round_to_bf16 (y, msm_tensor_const_host (x), m, c, block);
        for (gsize i = 0; i < m * c; i++)
          g_assert_cmphex (y[(i % c / block * m + i / c) * block + i % block], ==,
                           msm_bf16_bits (msm_tensor_const_host (x)[i]));
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bf16/values", test_values);
  g_test_add_func ("/bf16/blocks", test_blocks);
  return g_test_run ();
}
