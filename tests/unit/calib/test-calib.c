#include "config.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/calib/smooth-phase.h"
#include "core/linop/linop.h"
#include "core/phantom/phantom.h"
#include "tests/support/memory-limit.h"

static MsmTensor *
make_kspace (gsize n_coils, double noise, MsmTensor **sens, MsmTensor **image)
{
  g_autoptr (MsmParams) params = msm_params_new (msm_phantom_params);
  g_autoptr (GError) error = NULL;
  MsmTensor *kspace = NULL;

  msm_params_set_number (params, "rows", 64, &error);
  g_assert_no_error (error);
  msm_params_set_number (params, "columns", 60, &error);
  g_assert_no_error (error);
  msm_params_set_number (params, "coils", n_coils, &error);
  g_assert_no_error (error);
  msm_params_set_number (params, "noise", noise, &error);
  g_assert_no_error (error);
  msm_phantom_kspace (params, &kspace, sens, image, &error);
  g_assert_no_error (error);
  return kspace;
}

/* The part of the true maps that the estimate misses, over pixels with signal, phases apart. */
static void
test_maps (void)
{
  g_autoptr (MsmTensor) truth = NULL;
  g_autoptr (MsmTensor) image = NULL;
  g_autoptr (MsmTensor) kspace = make_kspace (6, 1e-4, &truth, &image);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) sens = msm_espirit_estimate (kspace, NULL, NULL, NULL, &error);
  const float complex *a, *b, *x;
  gsize n_plane = 64 * 60;
  double missed = 0;
  int n = 0, inside = 0;

  g_assert_no_error (error);
  a = msm_tensor_const_data (truth);
  b = msm_tensor_const_data (sens);
  x = msm_tensor_const_data (image);
  for (gsize p = 0; p < n_plane; p++)
    {
      float complex inner = 0;
      float norm = 0;

      if (cabsf (x[p]) < 0.1)
        continue;
      inside++;
      for (gsize c = 0; c < 6; c++)
        {
          inner += conjf (a[c * n_plane + p]) * b[c * n_plane + p];
          norm += crealf (b[c * n_plane + p] * conjf (b[c * n_plane + p]));
        }
      if (norm == 0)
        continue;
      g_assert_cmpfloat_with_epsilon (norm, 1, 1e-4); /* rounding of float vectors */
      missed += 1 - crealf (inner * conjf (inner));
      n++;
    }
  g_assert_cmpint (inside, >, 500);
  g_assert_cmpint (n, >, inside * 9 / 10);
  /* 5 % of the maps' norm: what truncation to a 24-line block allows. */
  g_assert_cmpfloat (sqrt (missed / n), <, 0.05);
}

static void
test_two_sets (void)
{
  g_autoptr (MsmTensor) kspace = make_kspace (4, 1e-4, NULL, NULL);
  g_autoptr (MsmParams) params = msm_params_new (msm_espirit_params);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) sens = NULL;
  const float complex *s;
  gsize n_plane = 64 * 60;

  msm_params_set_number (params, "sets", 2, &error);
  msm_params_set_number (params, "crop", 0, &error);
  g_assert_no_error (error);
  sens = msm_espirit_estimate (kspace, NULL, params, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (msm_tensor_dim (sens, 0), ==, 2);
  s = msm_tensor_const_data (sens);
  for (gsize p = 0; p < n_plane; p += 37)
    {
      float complex inner = 0;

      for (gsize c = 0; c < 4; c++)
        inner += conjf (s[c * n_plane + p]) * s[(4 + c) * n_plane + p];
      g_assert_cmpfloat (cabsf (inner), <, 1e-3); /* one Gram–Schmidt pass in float */
    }
}

/*
 * An echo that comes some samples late, which is k-space rolled along the readout: the calibration block follows it,
 * so that the maps, phases included, stay what they were.
 */
static void
test_late_echo (void)
{
  g_autoptr (MsmTensor) kspace = make_kspace (4, 1e-4, NULL, NULL);
  g_autoptr (MsmTensor) late = msm_tensor_new_like (kspace, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) a = msm_espirit_estimate (kspace, NULL, NULL, NULL, &error);
  g_autoptr (MsmTensor) b = NULL;
  const float *u, *v;

  for (gsize c = 0; c < 4; c++)
    for (gsize r = 0; r < 64; r++)
      memcpy (msm_tensor_host (late) + 2 * (c * 64 + (r + 5) % 64) * 60,
              msm_tensor_const_host (kspace) + 2 * (c * 64 + r) * 60, 2 * 60 * sizeof (float));
  b = msm_espirit_estimate (late, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  u = msm_tensor_const_host (a);
  v = msm_tensor_const_host (b);
  for (gsize i = 0; i < 2 * 4 * 64 * 60; i++)
    g_assert_cmpfloat_with_epsilon (u[i], v[i], 1e-6);
}

static void
test_small_centre (void)
{
  g_autoptr (MsmTensor) kspace = make_kspace (4, 0, NULL, NULL);
  g_autoptr (MsmMask) mask = msm_mask_new (64, 60);
  g_autoptr (GError) error = NULL;

  for (gsize r = 0; r < 64; r++)
    for (gsize p = 28; p < 32; p++)
      mask->points[r * 60 + p] = 1;
  g_assert_null (msm_espirit_estimate (kspace, mask, NULL, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "4"));
}

static void
test_cancel (void)
{
  g_autoptr (MsmTensor) kspace = make_kspace (4, 0, NULL, NULL);
  g_autoptr (MsmCancel) cancel = msm_cancel_new ();
  g_autoptr (GError) error = NULL;

  msm_cancel_request (cancel, MSM_CANCEL_NOW);
  g_assert_null (msm_espirit_estimate (kspace, NULL, NULL, cancel, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_CANCELLED);
}

/* Noise that is mixed by a known matrix, whitened by its own sample covariance. */
static MsmTensor *
covariance_of (MsmTensor *kspace)
{
  gsize n_coil = msm_tensor_dim (kspace, 1);
  gsize n_plane = msm_tensor_dim (kspace, 2) * msm_tensor_dim (kspace, 3);
  const float complex *y = msm_tensor_const_data (kspace);
  MsmTensor *result = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape2 (n_coil, n_coil), NULL);
  float complex *to = msm_tensor_data (result);

  for (gsize c = 0; c < n_coil; c++)
    for (gsize e = 0; e < n_coil; e++)
      {
        double complex sum = 0;

        for (gsize p = 0; p < n_plane; p++)
          sum += (double complex) y[c * n_plane + p] * conj (y[e * n_plane + p]);
        to[c * n_coil + e] = sum / n_plane;
      }
  return result;
}

static MsmTensor *
make_noise (gsize n_coil)
{
  MsmDevice *host = msm_device_host ();
  MsmTensor *noise = msm_tensor_new (host, MSM_C64, msm_shape4 (1, n_coil, 48, 40), NULL);
  float complex *y = msm_tensor_data (noise);
  gsize n_plane = 48 * 40;

  msm_device_ops (host)->vector->random_normal (msm_device_state (host), msm_tensor_data (noise),
                                                2 * msm_tensor_size (noise), 7, 0, 0, 0);
  for (gsize c = n_coil - 1; c > 0; c--)
    for (gsize p = 0; p < n_plane; p++)
      y[c * n_plane + p] = 2 * y[c * n_plane + p] + (0.5f + 0.3f * I) * y[(c - 1) * n_plane + p];
  return noise;
}

static void
test_whitening (void)
{
  g_autoptr (MsmTensor) noise = make_noise (5);
  g_autoptr (MsmTensor) covariance = covariance_of (noise);
  g_autoptr (MsmTensor) after = NULL;
  g_autoptr (GError) error = NULL;
  const float complex *values;

  msm_noise_whiten (noise, covariance, &error);
  g_assert_no_error (error);
  after = covariance_of (noise);
  values = msm_tensor_const_data (after);
  for (int c = 0; c < 5; c++)
    for (int e = 0; e < 5; e++)
      g_assert_cmpfloat (cabsf (values[c * 5 + e] - (c == e)), <, 1e-4); /* float Cholesky */
}

static void
test_whitening_refuses (void)
{
  g_autoptr (MsmTensor) noise = make_noise (3);
  g_autoptr (MsmTensor) zero = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape2 (3, 3), NULL);
  g_autoptr (MsmTensor) other = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape2 (2, 2), NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_noise_whiten (noise, zero, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_false (msm_noise_whiten (noise, other, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
}

static double
energy (MsmTensor *x)
{
  const float *v = msm_tensor_const_host (x);
  double sum = 0;

  for (gsize i = 0; i < 2 * msm_tensor_size (x); i++)
    sum += (double) v[i] * v[i];
  return sum;
}

static void
test_compression (void)
{
  g_autoptr (MsmTensor) kspace = make_kspace (8, 1e-3, NULL, NULL);
  g_autoptr (GError) error = NULL;
  double before = 0;

  for (gsize n = 1; n <= 8; n++)
    {
      double kept = 0;
      g_autoptr (MsmTensor) small = msm_coil_compress (kspace, n, &kept, &error);

      g_assert_no_error (error);
      g_assert_cmpfloat (kept, >=, before - 1e-6);
      /* What it says is what is there, to float sums over 3840 points. */
      g_assert_cmpfloat_with_epsilon (energy (small) / energy (kspace), kept, 1e-4);
      before = kept;
    }
  g_assert_cmpfloat_with_epsilon (before, 1, 1e-5);
  g_assert_null (msm_coil_compress (kspace, 9, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

/* A slice that there is no second piece of memory for is refused with the size, and the program goes on. */
static void
test_little_memory (void)
{
  g_autoptr (MsmTensor) kspace = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 3, 2048, 2048), NULL);
  g_autoptr (GError) error = NULL;
  double std = 0;
  gboolean ok;

  g_assert_nonnull (kspace);
  if (!limit_memory (16 << 20))
    {
      g_test_skip ("the system limits no memory");
      return;
    }
  ok = msm_noise_estimate (kspace, NULL, &std, &error);
  limit_memory (G_MAXSIZE);
  g_assert_false (ok);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, "50.3 MB"));
}

static void
test_noise_and_scale (void)
{
  g_autoptr (MsmTensor) noise = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 4, 64, 64), NULL);
  g_autoptr (MsmTensor) kspace = make_kspace (4, 0, NULL, NULL);
  MsmDevice *host = msm_device_host ();
  g_autoptr (GError) error = NULL;
  double scale, again, std = 0;

  msm_device_ops (host)->vector->random_normal (msm_device_state (host), msm_tensor_data (noise),
                                                2 * msm_tensor_size (noise), 3, 0, 0, 0);
  /* About 3800 samples: the median of a Rayleigh distribution to 3 %. */
  g_assert_true (msm_noise_estimate (noise, NULL, &std, NULL));
  g_assert_cmpfloat_with_epsilon (std, 1, 0.03);
  scale = msm_normalise_scale (kspace, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (scale, >, 0);
  msm_device_ops (host)->vector->scale (msm_device_state (host), msm_tensor_data (kspace), 4,
                                        msm_tensor_const_data (kspace), 2 * msm_tensor_size (kspace));
  again = msm_normalise_scale (kspace, NULL, &error);
  g_assert_cmpfloat_with_epsilon (again / scale, 4, 1e-4);
  memset (msm_tensor_data (kspace), 0, msm_tensor_bytes (kspace));
  g_assert_cmpfloat (msm_normalise_scale (kspace, NULL, &error), ==, 0);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

/* The image of @sens and k-space: x = Cᴴ Fᴴ y. */
static MsmTensor *
combine (MsmTensor *kspace, MsmTensor *sens)
{
  g_autoptr (MsmLinop) op = msm_linop_sense_new (msm_device_host (), 1, sens, NULL, NULL);
  MsmTensor *image = msm_tensor_new (msm_device_host (), MSM_C64, msm_linop_domain (op), NULL);

  msm_linop_adjoint (op, kspace, image);
  return image;
}

/* A real object with a phase of half a turn across it: the maps take it up, and give it back. */
static void
test_smooth_phase (void)
{
  enum
  {
    N = 64 * 60
  };
  g_autoptr (MsmTensor) sens = NULL, truth = NULL;
  g_autoptr (MsmTensor) kspace = make_kspace (6, 0, &sens, &truth);
  g_autoptr (MsmLinop) op = msm_linop_sense_new (msm_device_host (), 1, sens, NULL, NULL);
  g_autoptr (MsmTensor) object = msm_tensor_new_like (truth, NULL), absorbed = msm_tensor_new_like (sens, NULL);
  g_autoptr (MsmTensor) phase = NULL, image = NULL;
  float complex *x = msm_tensor_data (object);
  const float complex *a = msm_tensor_const_data (sens), *b = msm_tensor_const_data (absorbed), *turn;
  double imaginary = 0, power = 0, before = 0, missed = 0;

  for (gsize p = 0; p < N; p++)
    x[p] = cabsf (((const float complex *) msm_tensor_const_data (truth))[p])
           * cexpf (I * (float) (1 + G_PI * ((double) (p / 60) / 64 - 0.7 * (double) (p % 60) / 60)));
  msm_linop_forward (op, object, kspace);
  phase = msm_smooth_phase_estimate (kspace, NULL, sens, NULL);
  g_assert_nonnull (phase);
  msm_smooth_phase_absorb (msm_tensor_const_host (sens), msm_tensor_const_host (phase), 1, 6, N,
                           msm_tensor_host (absorbed));
  image = combine (kspace, absorbed);
  turn = msm_tensor_const_data (phase);
  for (gsize p = 0; p < N; p++)
    {
      float complex seen = ((const float complex *) msm_tensor_const_data (image))[p];
      double norm[2] = { 0, 0 };

      for (gsize c = 0; c < 6; c++)
        {
          norm[0] += pow (cabsf (a[c * N + p]), 2);
          norm[1] += pow (cabsf (b[c * N + p]), 2);
        }
      /* Float32 rounding. */
      g_assert_cmpfloat_with_epsilon (norm[0], norm[1], 1e-5);
      g_assert_cmpfloat_with_epsilon (cabsf (turn[p]), 1, 1e-5);
      imaginary += pow (cimagf (seen), 2);
      before += pow (cimagf (x[p]), 2);
      power += pow (cabsf (x[p]), 2);
    }
  msm_smooth_phase_restore (msm_tensor_host (image), msm_tensor_const_host (phase), N);
  for (gsize p = 0; p < N; p++)
    missed += pow (cabsf (((const float complex *) msm_tensor_const_data (image))[p] - x[p]), 2);
  /* What 20 points resolve of half a turn across the image: 5 % of the norm. It was above 30 %. */
  g_assert_cmpfloat (sqrt (before / power), >, 0.3);
  g_assert_cmpfloat (sqrt (imaginary / power), <, 0.05);
  g_assert_cmpfloat (sqrt (missed / power), <, 1e-5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calib/espirit/maps", test_maps);
  g_test_add_func ("/calib/espirit/two-sets", test_two_sets);
  g_test_add_func ("/calib/espirit/late-echo", test_late_echo);
  g_test_add_func ("/calib/espirit/small-centre", test_small_centre);
  g_test_add_func ("/calib/espirit/cancel", test_cancel);
  g_test_add_func ("/calib/smooth-phase", test_smooth_phase);
  g_test_add_func ("/calib/whiten/identity", test_whitening);
  g_test_add_func ("/calib/whiten/refuses", test_whitening_refuses);
  g_test_add_func ("/calib/compress/energy", test_compression);
  g_test_add_func ("/calib/noise-and-scale", test_noise_and_scale);
  g_test_add_func ("/calib/little-memory", test_little_memory);
  return g_test_run ();
}
