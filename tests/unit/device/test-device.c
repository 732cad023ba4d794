#include "config.h"

/* Tensors, and what a device does when something fails. */

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/device/host-state.h"
#include "core/tensor/tensor.h"

static void
test_tensor (void)
{
  MsmDevice *host = msm_device_host ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) ref = msm_device_open ("ref", &error);
  float values[6] = { 1, 2, 3, 4, 5, 6 }, back[6] = { 0 };
  g_autoptr (MsmTensor) a = msm_tensor_new_from (host, MSM_F32, msm_shape2 (2, 3), values, &error);
  g_autoptr (MsmTensor) b = msm_tensor_to (a, ref, &error);
  g_autoptr (MsmTensor) same = msm_tensor_to (a, host, &error);
  g_autofree char *text = msm_shape_format (msm_tensor_shape (a));

  g_assert_no_error (error);
  g_assert_true (same == a);
  g_assert_cmpstr (text, ==, "[2, 3]");
  g_assert_true (msm_tensor_device (b) == ref);
  msm_tensor_download (b, back);
  g_assert_cmpmem (back, sizeof back, values, sizeof values);
  g_assert_cmpuint ((gsize) msm_tensor_host (a) % 64, ==, 0);
  msm_tensor_seal (a);
  g_assert_true (msm_tensor_is_sealed (a));
}

/* The shown part begins where fastMRI's center_crop begins, ⌊(n − size)/2⌋: from even to odd and back, each axis. */
static void
test_crop (void)
{
  static const struct
  {
    gsize rows, columns, shown_rows, shown_columns, first_row, first_column;
  } cases[] = {
    { 6, 7, 3, 4, 1, 1 }, { 7, 6, 4, 3, 1, 1 }, { 8, 6, 4, 2, 2, 2 }, { 6, 4, 5, 1, 0, 1 }, { 5, 5, 0, 9, 0, 0 },
  };

  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      gsize n = cases[k].rows * cases[k].columns;
      g_autoptr (MsmTensor) whole =
          msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 2, cases[k].rows, cases[k].columns), NULL);
      g_autoptr (MsmTensor) part = NULL;
      gsize rows = cases[k].shown_rows, columns = cases[k].shown_columns;

      for (gsize i = 0; i < 2 * n; i++)
        msm_tensor_host (whole)[i] = (float) i;
      part = msm_tensor_crop (whole, rows, columns, NULL);
      rows = rows == 0 ? cases[k].rows : rows;
      columns = MIN (columns, cases[k].columns);
      g_assert_cmpuint (msm_tensor_dim (part, 2), ==, rows);
      g_assert_cmpuint (msm_tensor_dim (part, 3), ==, columns);
      for (gsize i = 0; i < 2 * rows * columns; i++)
        {
          gsize row = i / columns % rows + cases[k].first_row, column = i % columns + cases[k].first_column;

          g_assert_cmpfloat (msm_tensor_const_host (part)[i], ==,
                             (float) (i / (rows * columns) * n + row * cases[k].columns + column));
        }
    }
}

static void
refuse (MsmShape shape, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_tensor_new (msm_device_host (), MSM_C64, shape, &error));
  g_assert_error (error, MSM_ERROR, code);
}

static void
test_tensor_refused (void)
{
  refuse (msm_shape2 (3, 0), MSM_ERROR_SHAPE);
  refuse (msm_shape3 (G_MAXSIZE / 2, 3, 3), MSM_ERROR_SHAPE);
  refuse (msm_shape2 ((gsize) 1 << 40, (gsize) 1 << 14), MSM_ERROR_MEMORY);
}

/* The first failure stays; later work does nothing; clearing makes the device usable again. */
static void
test_sticky (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = msm_device_open ("ref", &error);
  g_autoptr (MsmTensor) x = msm_tensor_new (device, MSM_F32, msm_shape1 (4), &error);
  float back[4];

  msm_host_fail (msm_device_state (device), "first %d", 1);
  msm_host_fail (msm_device_state (device), "second");
  msm_device_ops (device)->vector->fill (msm_device_state (device), msm_tensor_data (x), 3, 4);
  g_assert_cmpfloat (msm_tensor_host (x)[0], ==, 0);
  g_assert_false (msm_device_check (device, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==, "ref: first 1");
  msm_device_clear_error (device);
  msm_device_ops (device)->vector->fill (msm_device_state (device), msm_tensor_data (x), 3, 4);
  msm_tensor_download (x, back);
  g_assert_cmpfloat (back[3], ==, 3);
}

/* A device that failed is its opener's alone: those that are opened next to it, and the host's, go on. */
static void
test_own_state (gconstpointer name)
{
  g_autoptr (MsmDevice) failed = msm_device_open (name, NULL), beside = msm_device_open ("cpu", NULL);
  g_autoptr (MsmDevice) later = NULL;
  g_autoptr (GError) error = NULL;

  if (!msm_device_is_host (failed))
    return; /* “auto” with a GPU: that has states of its own, tests/parity */
  msm_host_fail (msm_device_state (failed), "broken");
  later = msm_device_open (name, &error);
  g_assert_no_error (error);
  g_assert_true (msm_device_check (beside, &error));
  g_assert_true (msm_device_check (later, &error));
  g_assert_true (msm_device_check (msm_device_host (), &error));
  g_assert_false (msm_device_check (failed, &error));
  g_assert_cmpstr (error->message, ==, "cpu: broken");
}

/* Neither does one opener's precision become another's. bf16 needs a machine that has it: else there is no choice. */
static void
test_own_precision (void)
{
  g_autoptr (MsmDevice) first = msm_device_open ("ref", NULL), second = msm_device_open ("ref", NULL);
  g_autoptr (MsmDevice) cpu = msm_device_open ("cpu", NULL);

  g_assert_true (msm_device_set_precision (first, 3, NULL));
  g_assert_cmpstr (msm_device_precision (second), ==, "f32");
  if (msm_device_set_precision (cpu, 3, NULL))
    g_assert_cmpstr (msm_device_precision (msm_device_host ()), ==, "f32");
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_device_open ("abacus", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
}

/* Without a GPU (or without the module) asking for one is an error in words, and the list gives the reason. */
static void
test_list (void)
{
  g_autoptr (GPtrArray) list = msm_device_list ();
  gboolean has_cuda = FALSE;

  for (guint i = 0; i < list->len; i++)
    {
      MsmDeviceInfo *info = g_ptr_array_index (list, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmDevice) device = msm_device_open (info->name, &error);

      has_cuda |= g_str_has_prefix (info->name, "cuda");
      g_assert_cmpint (device != NULL, ==, info->usable);
      g_assert_cmpstr (info->description, !=, "");
    }
  g_assert_true (has_cuda);
  g_assert_cmpuint (list->len, >=, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tensor/copies", test_tensor);
  g_test_add_func ("/tensor/crop", test_crop);
  g_test_add_func ("/tensor/refused", test_tensor_refused);
  g_test_add_func ("/device/sticky-error", test_sticky);
  g_test_add_data_func ("/device/own-state/cpu", "cpu", test_own_state);
  g_test_add_data_func ("/device/own-state/auto", "auto", test_own_state);
  g_test_add_func ("/device/own-precision", test_own_precision);
  g_test_add_func ("/device/unknown", test_unknown);
  g_test_add_func ("/device/list", test_list);
  return g_test_run ();
}
