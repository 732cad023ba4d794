#include "config.h"

/*
 * The convolution that the GPU falls back on, element by element on the CPU, against the reference device: what
 * is tested here is what its kernels compile.
 */

#include "core/device/device.h"
#include "core/kernels/conv-elements.inc"
#include "tests/support/random.h"

#define N 4096

static const MsmConvShape shapes[] = {
  { 2, 5, 7, 3, 4, 3, 1 }, { 1, 8, 6, 2, 5, 3, 2 }, { 2, 7, 7, 4, 3, 3, 2 },
  { 1, 4, 3, 6, 5, 1, 1 }, { 1, 6, 5, 3, 2, 1, 2 }, { 1, 1, 1, 4, 4, 3, 1 },
};

static float *
noise (gsize n, guint stream)
{
  float *x = g_new (float, n);
  MsmDevice *host = msm_device_host ();

  msm_device_ops (host)->vector->random_normal (msm_device_state (host), x, n, 3, stream, 0, 0);
  return x;
}

static void
test_shape (gconstpointer data)
{
  const MsmConvShape *s = data;
  g_autoptr (MsmDevice) ref = msm_device_open ("ref", NULL);
  const MsmNeuralOps *ops = msm_device_ops (ref)->neural;
  MsmDeviceState *state = msm_device_state (ref);
  MsmConvPlan *plan = ops->conv_plan_new (state, s, TRUE);
  g_autofree float *x = noise (N, 0), *w = noise (N, 1), *dy = noise (N, 2), *b = g_new0 (float, N);
  g_autofree float *y = g_new0 (float, N), *dx = g_new0 (float, N), *dw = g_new0 (float, N);
  g_autofree float *found_y = g_new0 (float, N), *found_dx = g_new0 (float, N), *found_dw = g_new0 (float, N);
  gsize n_y = s->n * ((s->h - 1) / s->stride + 1) * ((s->w - 1) / s->stride + 1) * s->c_out;
  gsize n_x = s->n * s->h * s->w * s->c_in, n_w = s->c_out * s->c_in * s->kernel * s->kernel;

  ops->conv_forward (state, plan, y, x, w, b, 0);
  ops->conv_backward_data (state, plan, dx, dy, w, 0);
  ops->conv_backward_weights (state, plan, dw, b, x, dy);
  ops->conv_plan_free (state, plan);
  for (gsize i = 0; i < n_y; i++)
    found_y[i] = msm_conv_element (s, x, w, i);
  for (gsize i = 0; i < n_x; i++)
    found_dx[i] = msm_conv_data_element (s, dy, w, i);
  for (gsize i = 0; i < n_w; i++)
    found_dw[i] = msm_conv_weight_element (s, x, dy, i);
  /* Sums in double, rounded once or a few times. */
  g_assert_cmpfloat (relative_difference (found_y, y, n_y), <, 1e-6);
  g_assert_cmpfloat (relative_difference (found_dx, dx, n_x), <, 1e-6);
  g_assert_cmpfloat (relative_difference (found_dw, dw, n_w), <, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/device/conv-elements/%u", i);

      g_test_add_data_func (path, &shapes[i], test_shape);
    }
  return g_test_run ();
}
