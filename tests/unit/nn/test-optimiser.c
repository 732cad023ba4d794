#include "config.h"

#include <math.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/nn/adam.h"
#include "core/nn/ema.h"

typedef struct
{
  MsmDevice *device;
  MsmWeights *weights;
  MsmAdam *adam;
} Fixture;

static const MsmAdamParams params = { 0.9, 0.999, 1e-8, 0.01 };

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->device = msm_device_open ("cpu", &error);
  f->weights = msm_weights_new ();
  msm_weights_add (f->weights, "a", msm_shape1 (3));
  msm_weights_add (f->weights, "b", msm_shape1 (2));
  g_assert_true (msm_weights_allocate (f->weights, f->device, TRUE, &error));
  f->adam = msm_adam_new (f->weights, &params, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  msm_adam_free (f->adam);
  msm_weights_free (f->weights);
  msm_device_unref (f->device);
}

/* The recursion of the paper in double, beside twenty steps on gradients that change. */
static void
test_adam (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  float *value = msm_weights_value (f->weights, 1);
  float *gradient = msm_weights_gradient (f->weights, 1);
  double w = 0.5, m = 0, v = 0;

  value[1] = 0.5f;
  for (int k = 1; k <= 20; k++)
    {
      double g = cos (k);

      gradient[1] = (float) (4 * g); /* four micro-batches' sum */
      g_assert_true (msm_adam_step (f->adam, 0.01, 0.25, 0, &error));
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w = w - 0.01 * 0.01 * w - 0.01 * (m / (1 - pow (0.9, k))) / (sqrt (v / (1 - pow (0.999, k))) + 1e-8);
    }
  g_assert_cmpfloat (fabs (value[1] - w), <, 1e-5); /* 1 − 0.999 in float32 is off by 1e-5 of itself */
  g_assert_cmpfloat (value[0], ==, 0);              /* no gradient, no step */
  g_assert_cmpuint (msm_adam_get_steps (f->adam), ==, 20);
}

static void
test_clip (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  msm_weights_gradient (f->weights, 0)[0] = 3;
  msm_weights_gradient (f->weights, 1)[0] = 4;
  g_assert_cmpfloat (msm_adam_gradient_norm (f->adam), ==, 5);
  g_assert_true (msm_adam_step (f->adam, 0.01, 1, 1, &error));
  /* The first moment is a tenth of the gradient, clipped from norm 5 to 1. */
  g_assert_cmpfloat (fabs (msm_tensor_host (msm_adam_first (f->adam))[0] - 0.06), <, 1e-7);
}

static void
test_nan (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  msm_weights_value (f->weights, 0)[0] = 1;
  msm_weights_gradient (f->weights, 0)[0] = NAN;
  g_assert_false (msm_adam_step (f->adam, 0.01, 1, 1, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_cmpfloat (msm_weights_value (f->weights, 0)[0], ==, 1);
}

static void
test_ema (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTensor) average = msm_tensor_new_like (msm_weights_values (f->weights), &error);

  msm_weights_value (f->weights, 0)[1] = 8;
  msm_ema_update (average, f->weights, 0.75);
  msm_ema_update (average, f->weights, 0.75);
  g_assert_cmpfloat (msm_tensor_host (average)[1], ==, 3.5f); /* 8 (1 − 0.75²) */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/nn/adam/recursion", Fixture, NULL, set_up, test_adam, tear_down);
  g_test_add ("/nn/adam/clip", Fixture, NULL, set_up, test_clip, tear_down);
  g_test_add ("/nn/adam/nan", Fixture, NULL, set_up, test_nan, tear_down);
  g_test_add ("/nn/ema", Fixture, NULL, set_up, test_ema, tear_down);
  return g_test_run ();
}
