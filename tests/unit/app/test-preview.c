#include "config.h"

#include <math.h>

#include "app/session/preview.h"
#include "app/session/psf.h"
#include "core/device/device.h"
#include "core/phantom/phantom.h"

static MsmTensor *
phantom_kspace (int n_coils, MsmTensor **image)
{
  MsmParams *params = msm_params_new (msm_phantom_params);
  MsmTensor *kspace = NULL;
  g_autoptr (GError) error = NULL;

  msm_params_set_number (params, "rows", 32, NULL);
  msm_params_set_number (params, "columns", 48, NULL);
  msm_params_set_number (params, "coils", n_coils, NULL);
  msm_params_set_number (params, "noise", 0, NULL);
  msm_phantom_kspace (params, &kspace, NULL, image, &error);
  g_assert_no_error (error);
  msm_params_free (params);
  msm_tensor_seal (kspace);
  return kspace;
}

/* With maps of Σ |C|² = 1 the root sum of squares of the whole k-space is |x|. */
static void
test_full (void)
{
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmTensor) kspace = phantom_kspace (4, &image);
  MsmPreviewInput input = { .kspace = kspace, .coil = -1, .wants_reference = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmPreview) preview = msm_preview_compute (&input, msm_device_host (), &error);
  const float *x, *rss;

  g_assert_no_error (error);
  g_assert_nonnull (preview->reference);
  x = msm_tensor_const_host (image);
  rss = msm_tensor_const_host (preview->zero_filled);
  for (gsize i = 0; i < 32 * 48; i++)
    /* float32 transforms of values near 1: a few units in the sixth digit */
    g_assert_cmpfloat_with_epsilon (rss[i], hypotf (x[2 * i], x[2 * i + 1]), 2e-5);
  g_assert_cmpmem (rss, msm_tensor_bytes (preview->zero_filled), msm_tensor_const_host (preview->reference),
                   msm_tensor_bytes (preview->reference));
}

/* The truth of a simulation is the reference of all coils, not of one. */
static void
test_truth (void)
{
  g_autoptr (MsmTensor) kspace = phantom_kspace (4, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) truth = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, 32, 48), &error);
  MsmPreviewInput input = { .kspace = kspace, .truth = truth, .coil = -1, .wants_reference = TRUE };
  g_autoptr (MsmPreview) preview = NULL;

  preview = msm_preview_compute (&input, msm_device_host (), &error);
  g_assert_no_error (error);
  g_assert_true (preview->reference == truth);
  msm_preview_free (preview);
  input.coil = 1;
  preview = msm_preview_compute (&input, msm_device_host (), &error);
  g_assert_no_error (error);
  g_assert_true (preview->reference != truth);
  g_assert_cmpint (msm_tensor_dtype (preview->reference), ==, MSM_C64);
}

static void
test_mask_coil_crop (void)
{
  g_autoptr (MsmTensor) kspace = phantom_kspace (4, NULL);
  g_autoptr (MsmMask) mask = msm_mask_new (32, 48);
  MsmPreviewInput input = { .kspace = kspace, .mask = mask, .coil = 2, .crop_readout = 20, .crop_phase = 30 };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmPreview) preview = NULL;
  const float *y, *from;

  mask->points[7 * 48 + 11] = 1;
  preview = msm_preview_compute (&input, msm_device_host (), &error);
  g_assert_no_error (error);
  g_assert_null (preview->reference);
  g_assert_cmpint (msm_tensor_dtype (preview->zero_filled), ==, MSM_C64);
  g_assert_cmpuint (msm_tensor_dim (preview->zero_filled, 2), ==, 20);
  g_assert_cmpuint (msm_tensor_dim (preview->zero_filled, 3), ==, 30);
  y = msm_tensor_const_host (preview->kspace);
  from = msm_tensor_const_host (kspace) + 2 * 2 * 32 * 48;
  for (gsize i = 0; i < 2 * 32 * 48; i++)
    g_assert_cmpfloat (y[i], ==, i / 2 == 7 * 48 + 11 ? from[i] : 0);
}

/* Every second line makes two equal peaks, half a field of view apart, and nothing else. */
static void
test_point_spread (void)
{
  g_autoptr (MsmMask) mask = msm_mask_new (32, 48);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) psf = NULL;

  for (int i = 0; i < 32 * 48; i++)
    mask->points[i] = i % 2 == 0;
  psf = msm_psf_compute (mask, msm_device_host (), &error);
  g_assert_no_error (error);
  for (int i = 0; i < 32 * 48; i++)
    g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (psf)[i], i / 48 == 16 && i % 24 == 0 ? 1 : 0, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preview/full", test_full);
  g_test_add_func ("/preview/truth", test_truth);
  g_test_add_func ("/preview/mask-coil-crop", test_mask_coil_crop);
  g_test_add_func ("/preview/point-spread", test_point_spread);
  return g_test_run ();
}
