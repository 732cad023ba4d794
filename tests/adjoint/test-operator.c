#include "config.h"

/*
 * Every row of the operator table, on real colour images and complex MR images, on every device that is
 * here: adjoint, linearity, normal, norm and pseudo-inverse; and each operator against its definition.
 */

#include <string.h>

#include "core/base/error.h"
#include "core/linop/operator.h"
#include "tests/adjoint/check-linop.h"

typedef struct
{
  const MsmOperatorClass *klass;
  const char *device;
  MsmDtype dtype;
  MsmShape image;
} Run;

/* R M P ≈ M' within rounding that a pseudo-inverse may amplify by 1/cutoff. */
#define PINV_TOLERANCE 1e-4

/*
 * Penrose's conditions. A† A A† = A† and A† A, A A† self-adjoint hold for the blurs' truncated
 * pseudo-inverse too; A A† A = A needs the whole one.
 */
static void
check_pinv (MsmLinop *a, gboolean truncated)
{
  MsmDevice *d = a->device;
  g_autoptr (MsmTensor) x = noise (d, a->dtype, a->domain, 11);
  g_autoptr (MsmTensor) u = noise (d, a->dtype, a->domain, 12);
  g_autoptr (MsmTensor) y = noise (d, a->dtype, a->codomain, 13);
  g_autoptr (MsmTensor) v = noise (d, a->dtype, a->codomain, 14);
  g_autoptr (MsmTensor) y2 = msm_tensor_new_like (y, NULL), y3 = msm_tensor_new_like (y, NULL);
  g_autoptr (MsmTensor) x2 = msm_tensor_new_like (x, NULL), x3 = msm_tensor_new_like (x, NULL);

  msm_linop_pinv (a, y, x2);
  msm_linop_forward (a, x2, y2);
  msm_linop_pinv (a, y2, x3);
  g_assert_cmpfloat (distance (x3, x2), <=, PINV_TOLERANCE);
  /* ⟨v, A A† y⟩ = ⟨A A† v, y⟩ */
  msm_linop_pinv (a, v, x3);
  msm_linop_forward (a, x3, y3);
  g_assert_cmpfloat (cabs (dot (v, y2) - dot (y3, y)), <=, PINV_TOLERANCE * msm_tensor_size (y));
  /* ⟨u, A† A x⟩ = ⟨A† A u, x⟩ */
  msm_linop_forward (a, x, y2);
  msm_linop_pinv (a, y2, x2);
  msm_linop_forward (a, u, y3);
  msm_linop_pinv (a, y3, x3);
  g_assert_cmpfloat (cabs (dot (u, x2) - dot (x3, x)), <=, PINV_TOLERANCE * msm_tensor_size (x));
  msm_linop_forward (a, x2, y3);
  if (!truncated)
    g_assert_cmpfloat (distance (y3, y2), <=, PINV_TOLERANCE);
}

/* ‖A‖² of the class against the growth of A^H A in the test's own power iteration. */
static void
check_norm (MsmLinop *a)
{
  MsmDevice *d = a->device;
  g_autoptr (MsmTensor) x = noise (d, a->dtype, a->domain, 15);
  g_autoptr (MsmTensor) z = msm_tensor_new_like (x, NULL);
  const MsmVectorOps *v = msm_device_ops (d)->vector;
  double claimed = msm_linop_norm2 (a, NULL), growth = 0;

  for (int i = 0; i < 60; i++)
    {
      double before = sqrt (creal (dot (x, x)));

      msm_linop_normal (a, x, z);
      growth = sqrt (creal (dot (z, z))) / before;
      v->scale (msm_device_state (d), msm_tensor_data (x), (float) (1 / (growth * before)), msm_tensor_const_data (z),
                msm_tensor_bytes (x) / 4);
    }
  /* From below the iteration reaches a few per cent where large eigenvalues crowd, as of a blur. */
  g_assert_cmpfloat (growth, <=, claimed * 1.0001);
  g_assert_cmpfloat (growth, >=, 0.9 * claimed);
}

static void
test_table (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) d = msm_device_open (run->device, &error);
  g_autoptr (MsmParams) params = msm_params_new (run->klass->params);
  g_autoptr (MsmLinop) a = NULL;

  if (d == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  a = msm_operator_new (run->klass, d, run->dtype, run->image, params, &error);
  g_assert_no_error (error);
  check_linop (a);
  check_norm (a);
  g_assert_true (msm_linop_has_pinv (a));
  check_pinv (a, msm_params_has (params, "cutoff"));
  g_assert_true (msm_device_check (d, NULL));
}

/* y = A x + e: e has the asked-for deviation where y is measured, and the same numbers from the same seed. */
static void
test_measure (void)
{
  const MsmOperatorClass *const *classes = msm_operator_classes ();
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_shape4 (1, 3, 32, 32);
  g_autoptr (MsmTensor) x = noise (host, MSM_F32, shape, 21);

  for (gsize i = 1; classes[i] != NULL; i++)
    {
      g_autoptr (MsmParams) params = msm_params_new (classes[i]->params);
      g_autoptr (MsmLinop) a = msm_operator_new (classes[i], host, MSM_F32, shape, params, NULL);
      g_autoptr (MsmTensor) y = msm_operator_measure (classes[i], a, x, 2, params, NULL);
      g_autoptr (MsmTensor) again = msm_operator_measure (classes[i], a, x, 2, params, NULL);
      g_autoptr (MsmTensor) clean = msm_tensor_new_like (y, NULL);
      double squared = 0;
      gsize n = 0;

      msm_linop_forward (a, x, clean);
      for (gsize p = 0; p < msm_tensor_size (y); p++)
        {
          double e = msm_tensor_const_host (y)[p] - msm_tensor_const_host (clean)[p];

          squared += e * e;
          n += e != 0;
          if (classes[i]->is_masked && msm_tensor_const_host (clean)[p] == 0)
            g_assert_cmpfloat (e, ==, 0);
        }
      g_assert_cmpuint (n, >, 100);
      /* unit 2 times the default 0.01; four deviations of a sample variance */
      g_assert_cmpfloat (fabs (squared / n / 4e-4 - 1), <, 4 * sqrt (2.0 / n));
      g_assert_cmpmem (msm_tensor_const_data (y), msm_tensor_bytes (y), msm_tensor_const_data (again),
                       msm_tensor_bytes (again));
    }
}

static MsmLinop *
make (const char *name, MsmDtype dtype, MsmShape image, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  const MsmOperatorClass *klass = msm_operator_class_find (name, &error);
  g_autoptr (MsmParams) params = NULL;
  MsmLinop *a;

  g_assert_no_error (error);
  params = msm_params_new (klass->params);
  if (key != NULL)
    msm_params_set_text (params, key, value, &error);
  g_assert_no_error (error);
  a = msm_operator_new (klass, msm_device_host (), dtype, image, params, &error);
  g_assert_no_error (error);
  return a;
}

/* y of an image whose pixel (c, i, j) is func. */
static MsmTensor *
apply (MsmLinop *a, double (*func) (gsize c, gsize i, gsize j))
{
  g_autoptr (MsmTensor) x = msm_tensor_new (a->device, a->dtype, a->domain, NULL);
  MsmTensor *y = msm_tensor_new (a->device, a->dtype, a->codomain, NULL);
  float *to = msm_tensor_host (x);

  for (gsize c = 0; c < a->domain.dim[1]; c++)
    for (gsize i = 0; i < a->domain.dim[2]; i++)
      for (gsize j = 0; j < a->domain.dim[3]; j++)
        *to++ = (float) func (c, i, j);
  msm_linop_forward (a, x, y);
  return y;
}

static double
one (gsize c, gsize i, gsize j)
{
  return 1;
}
static double
ramp (gsize c, gsize i, gsize j)
{
  return 3.0 * i + j + 100.0 * c;
}
static double
point (gsize c, gsize i, gsize j)
{
  return i == 10 && j == 12;
}
static double
channel (gsize c, gsize i, gsize j)
{
  return (double) (c + 1);
}

static void
test_super_resolution (void)
{
  /* Constants stay; a ramp stays a ramp away from the borders: pixel (i, j) is its block's centre. */
  g_autoptr (MsmLinop) a = make ("super-resolution", MSM_F32, msm_shape4 (1, 2, 64, 48), "factor", "4");
  g_autoptr (MsmTensor) flat = apply (a, one), tilted = apply (a, ramp);

  g_assert_cmpuint (msm_tensor_dim (flat, 2), ==, 16);
  g_assert_cmpuint (msm_tensor_dim (flat, 3), ==, 12);
  for (gsize p = 0; p < msm_tensor_size (flat); p++)
    g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (flat)[p], 1, 1e-5);
  for (gsize i = 2; i < 14; i++)
    for (gsize j = 2; j < 10; j++)
      g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (tilted)[(16 + i) * 12 + j],
                                      3 * (4 * i + 1.5) + (4 * j + 1.5) + 100, 1e-3);
}

/* Keys' kernel by hand, a = −1/2: to a point at row 10 and column 12, and halves of k (¼), k (¾), k (1¼), k (1¾). */
static void
test_bicubic_weights (void)
{
  static const double rows[] = { [3] = -0.01171875, 0.11328125, 0.43359375, -0.03515625, [15] = 0 };
  static const double columns[] = { [4] = -0.01171875, 0.11328125, 0.43359375, -0.03515625, [15] = 0 };
  g_autoptr (MsmLinop) a = make ("super-resolution", MSM_F32, msm_shape4 (1, 1, 32, 32), "factor", "2");
  g_autoptr (MsmTensor) y = apply (a, point);

  for (gsize i = 0; i < 16; i++)
    for (gsize j = 0; j < 16; j++)
      g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (y)[i * 16 + j], rows[i] * columns[j], 1e-7);
}

static void
test_blur (void)
{
  /* The answer to a point is the kernel around it, wrapping; its sum is 1. */
  g_autoptr (MsmLinop) a = make ("blur", MSM_F32, msm_shape4 (1, 1, 33, 30), "std", "2");
  g_autoptr (MsmLinop) motion = make ("motion-blur", MSM_F32, msm_shape4 (1, 1, 33, 30), "angle", "0");
  g_autoptr (MsmTensor) y = apply (a, point), z = apply (motion, point);
  double sum = 0, line = 0;

  for (gsize i = 0; i < 33; i++)
    for (gsize j = 0; j < 30; j++)
      {
        double want = 0;

        for (int wrap_i = -1; wrap_i <= 1; wrap_i++)
          for (int wrap_j = -1; wrap_j <= 1; wrap_j++)
            want += exp (-0.125 * (pow (i - 10.0 + 33 * wrap_i, 2) + pow (j - 12.0 + 30 * wrap_j, 2))) / (8 * G_PI);
        g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (y)[i * 30 + j], want, 1e-6);
        sum += msm_tensor_const_host (y)[i * 30 + j];
        if (i == 10)
          line += msm_tensor_const_host (z)[i * 30 + j];
        else
          g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (z)[i * 30 + j], 0, 1e-6);
      }
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-5);
  g_assert_cmpfloat_with_epsilon (line, 1, 1e-5);
  /* 21 pixels long: equal inside, nothing beyond. */
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (z)[10 * 30 + 12], 1 / 20.0, 2e-4);
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (z)[10 * 30 + 20], 1 / 20.0, 2e-4);
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (z)[10 * 30 + 24], 0, 1e-6);
}

static void
test_inpaint (void)
{
  g_autoptr (MsmLinop) box = make ("inpaint-box", MSM_F32, msm_shape4 (1, 3, 16, 12), NULL, NULL);
  g_autoptr (MsmLinop) pixels = make ("inpaint-random", MSM_F32, msm_shape4 (1, 2, 100, 100), "hidden", "0.7");
  g_autoptr (MsmTensor) y = apply (box, one), z = apply (pixels, one);
  gsize n = 0;

  for (gsize c = 0; c < 3; c++)
    for (gsize i = 0; i < 16; i++)
      for (gsize j = 0; j < 12; j++)
        g_assert_cmpfloat (msm_tensor_const_host (y)[(c * 16 + i) * 12 + j], ==,
                           !(i >= 4 && i < 12 && j >= 3 && j < 9));
  for (gsize p = 0; p < 10000; p++)
    {
      n += msm_tensor_const_host (z)[p] == 1;
      g_assert_cmpfloat (msm_tensor_const_host (z)[p], ==, msm_tensor_const_host (z)[10000 + p]);
    }
  g_assert_cmpfloat (fabs (n - 3000.0), <, 4 * sqrt (10000 * 0.21));
}

static void
test_colourise (void)
{
  g_autoptr (MsmLinop) mean = make ("colourise", MSM_F32, msm_shape4 (2, 3, 4, 4), NULL, NULL);
  g_autoptr (MsmLinop) luma = make ("colourise", MSM_F32, msm_shape4 (1, 3, 4, 4), "weights", "luma");
  g_autoptr (MsmTensor) y = apply (mean, channel), z = apply (luma, channel);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (msm_tensor_dim (y, 1), ==, 1);
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (y)[5], 2, 1e-6);
  g_assert_cmpfloat_with_epsilon (msm_tensor_const_host (z)[5], 0.299 + 2 * 0.587 + 3 * 0.114, 1e-6);
  g_assert_null (msm_operator_new (msm_operator_class_find ("colourise", NULL), msm_device_host (), MSM_F32,
                                   msm_shape4 (1, 1, 4, 4), NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
}

static void
test_random_projection (void)
{
  /*
   * All rows measured: an orthonormal transform, and each coefficient of a point is ± (cos θ + sin θ)/√n,
   * θ = 2π (k − c)·(i − c)/n: the definition of the centred Hartley transform.
   */
  g_autoptr (MsmLinop) a = make ("random-projection", MSM_F32, msm_shape4 (1, 1, 21, 14), "measured", "1");
  g_autoptr (MsmLinop) half = make ("random-projection", MSM_C64, msm_shape4 (1, 1, 21, 14), "measured", "0.5");
  g_autoptr (MsmTensor) y = apply (a, point);
  g_autoptr (MsmTensor) v = noise (msm_device_host (), MSM_C64, msm_shape4 (1, 1, 21, 14), 31);
  g_autoptr (MsmTensor) back = msm_tensor_new_like (v, NULL), again = msm_tensor_new_like (v, NULL);
  double sign = 0;
  gsize n = 0;

  for (int k = 0; k < 21; k++)
    for (int l = 0; l < 14; l++)
      {
        double theta = 2 * G_PI * ((k - 10) * (10 - 10) / 21.0 + (l - 7) * (12 - 7) / 14.0);
        double want = (cos (theta) + sin (theta)) / sqrt (21 * 14);
        double is = msm_tensor_const_host (y)[k * 14 + l];

        if (sign == 0)
          sign = is * want > 0 ? 1 : -1;
        g_assert_cmpfloat_with_epsilon (is, sign * want, 1e-6);
      }
  /* A Aᴴ selects half of the entries and changes no other. */
  msm_linop_adjoint (half, v, back);
  msm_linop_forward (half, back, again);
  for (gsize p = 0; p < msm_tensor_size (v); p++)
    {
      const float *in = msm_tensor_const_host (v) + 2 * p, *out = msm_tensor_const_host (again) + 2 * p;

      if (out[0] == 0 && out[1] == 0)
        continue;
      n++;
      g_assert_cmpfloat_with_epsilon (out[0], in[0], 1e-5);
      g_assert_cmpfloat_with_epsilon (out[1], in[1], 1e-5);
    }
  g_assert_cmpuint (n, ==, 147);
}

static void
test_errors (void)
{
  g_autoptr (GError) error = NULL;
  MsmDevice *host = msm_device_host ();
  g_autoptr (MsmParams) params = msm_params_new (msm_operator_class_find ("inpaint-box", NULL)->params);

  g_assert_null (msm_operator_class_find ("magic", &error));
  g_assert_nonnull (strstr (error->message, "inpaint-box"));
  g_clear_error (&error);
  g_assert_null (msm_operator_new (msm_operator_class_find ("sampling", NULL), host, MSM_C64, msm_shape4 (1, 1, 8, 8),
                                   NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (msm_operator_new (msm_operator_class_find ("super-resolution", NULL), host, MSM_F32,
                                   msm_shape4 (1, 1, 3, 8), NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_SHAPE);
  g_clear_error (&error);
  msm_params_set_text (params, "rows", "100", NULL);
  msm_params_set_text (params, "columns", "100", NULL);
  g_assert_null (msm_operator_new (msm_operator_class_find ("inpaint-box", NULL), host, MSM_F32,
                                   msm_shape4 (1, 1, 8, 8), params, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

int
main (int argc, char *argv[])
{
  static const char *const devices[] = { "cpu", "ref", "cuda" };
  const MsmOperatorClass *const *classes = msm_operator_classes ();
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_free);

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 1; classes[i] != NULL; i++)
    for (gsize d = 0; d < G_N_ELEMENTS (devices); d++)
      for (int kind = 0; kind < 2; kind++)
        {
          /* Colour: real, odd and even, two of them. MR: complex, a prime; three sets for colourisation. */
          gboolean needs_three = strcmp (classes[i]->name, "colourise") == 0;
          Run run = { classes[i], devices[d], kind == 0 ? MSM_F32 : MSM_C64,
                      kind == 0 ? msm_shape4 (2, 3, 15, 12) : msm_shape4 (1, needs_three ? 3 : 1, 12, 17) };
          g_autofree char *path =
              g_strdup_printf ("/operator/%s/%s/%s", devices[d], classes[i]->name, kind == 0 ? "colour" : "mr");

          g_ptr_array_add (runs, g_memdup2 (&run, sizeof run));
          g_test_add_data_func (path, g_ptr_array_index (runs, runs->len - 1), test_table);
        }
  g_test_add_func ("/operator/measure", test_measure);
  g_test_add_func ("/operator/super-resolution", test_super_resolution);
  g_test_add_func ("/operator/super-resolution/weights", test_bicubic_weights);
  g_test_add_func ("/operator/blur", test_blur);
  g_test_add_func ("/operator/inpaint", test_inpaint);
  g_test_add_func ("/operator/colourise", test_colourise);
  g_test_add_func ("/operator/random-projection", test_random_projection);
  g_test_add_func ("/operator/errors", test_errors);
  return g_test_run ();
}
