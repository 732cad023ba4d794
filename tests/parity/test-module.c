#include "config.h"

/*
 * The loader against modules made for the purpose. A module is loaded once in a process, so each
 * situation is a run of its own, named by the argument; meson.build sets MSM_DEVICE_PATH.
 */

#include <glib/gstdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/tensor.h"

static const MsmDeviceInfo *
find_cuda (GPtrArray *list)
{
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((MsmDeviceInfo *) g_ptr_array_index (list, i))->name, "cuda"))
      return g_ptr_array_index (list, i);
  return NULL;
}

static void
refuse (const char *name, const char *because)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = msm_device_open (name, &error);

  g_assert_null (device);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  if (strstr (error->message, because) == NULL)
    g_error ("‘%s’ does not say ‘%s’", error->message, because);
}

/* Refused in words, listed with the reason, and "auto" computes on the processor. */
static void
expect_refusal (const char *because)
{
  g_autoptr (GPtrArray) list = msm_device_list ();
  g_autoptr (MsmDevice) automatic = msm_device_open ("auto", NULL);

  refuse ("cuda", because);
  refuse ("cuda:3", because);
  g_assert_nonnull (find_cuda (list));
  g_assert_false (find_cuda (list)->usable);
  g_assert_nonnull (strstr (find_cuda (list)->description, because));
  /* A CPU of its own: what fails on it is nobody else's. */
  g_assert_true (automatic != msm_device_host ());
  g_assert_true (g_str_has_prefix (msm_device_name (automatic), "cpu"));
}

static void
test_other_table (void)
{
  expect_refusal ("built for another version");
}

static void
test_not_a_module (void)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "msm-cuda.so", NULL);

  g_assert_true (g_file_set_contents (path, "not a module", -1, NULL));
  g_setenv ("MSM_DEVICE_PATH", folder, TRUE);
  expect_refusal ("cannot be loaded");
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_open (void)
{
  g_autoptr (GPtrArray) list = msm_device_list ();
  g_autoptr (MsmDevice) automatic = msm_device_open ("auto", NULL);
  g_autoptr (MsmDevice) device = msm_device_open ("cuda:0", NULL);

  g_assert_true (find_cuda (list)->usable);
  g_assert_cmpstr (find_cuda (list)->description, ==, "Fake GPU 0");
  g_assert_cmpstr (msm_device_name (automatic), ==, "cuda");
  g_assert_cmpstr (msm_device_description (device), ==, "Fake GPU 0");
  g_assert_false (msm_device_is_host (device));
  refuse ("cuda:1", "only one GPU");
  refuse ("cuda:one", "one");
  refuse ("cuda:", "cuda:");
}

/* Host → device → another device → host keeps every bit. */
static void
test_copies (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) first = msm_device_open ("cuda", NULL), second = msm_device_open ("cuda", NULL);
  float values[6] = { 1, -2, 3, G_MAXFLOAT, 5e-40f, 6 };
  g_autoptr (MsmTensor) a = msm_tensor_new_from (msm_device_host (), MSM_C64, msm_shape1 (3), values, &error);
  g_autoptr (MsmTensor) b = msm_tensor_to (a, first, &error);
  g_autoptr (MsmTensor) c = msm_tensor_to (b, second, &error);
  g_autoptr (MsmTensor) d = msm_tensor_to (c, msm_device_host (), &error);

  g_assert_no_error (error);
  g_assert_cmpmem (msm_tensor_const_host (d), sizeof values, values, sizeof values);
}

/* Memory that is not there is an error of its own and leaves the device usable. */
static void
test_memory (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = msm_device_open ("cuda", NULL);
  g_autoptr (MsmTensor) big = msm_tensor_new (device, MSM_F32, msm_shape2 (1024, 1024), &error);

  g_assert_null (big);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, "4.2 MB, 1.0 of 1.0 MB are free"));
  g_assert_true (msm_device_check (device, NULL));
}

/* The first failure stays, the tensor keeps its values, a copy reports it, and clearing revives the device. */
static void
test_failure (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (MsmTensor) x = NULL;
  g_autoptr (MsmTensor) back = NULL;
  const MsmVectorOps *vector;
  MsmDeviceState *state;

  g_setenv ("MSM_FAKE_FAIL", "fill:2", TRUE);
  device = msm_device_open ("cuda", NULL);
  g_unsetenv ("MSM_FAKE_FAIL");
  x = msm_tensor_new (device, MSM_F32, msm_shape1 (4), NULL);
  vector = msm_device_ops (device)->vector;
  state = msm_device_state (device);
  vector->fill (state, msm_tensor_data (x), 2, 4);
  vector->fill (state, msm_tensor_data (x), 1, 4);
  vector->fill (state, msm_tensor_data (x), 3, 4);
  back = msm_tensor_to (x, msm_device_host (), &error);
  g_assert_null (back);
  g_assert_error (error, MSM_ERROR, MSM_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "cuda: fill: the fake device"));
  msm_device_clear_error (device);
  back = msm_tensor_to (x, msm_device_host (), NULL);
  g_assert_cmpfloat (msm_tensor_const_host (back)[3], ==, 2);
}

/* No driver, no GPU: the module's sentence. */
static void
test_none (void)
{
  g_setenv ("MSM_FAKE_NONE", "no NVIDIA driver", TRUE);
  expect_refusal ("no NVIDIA driver");
  g_unsetenv ("MSM_FAKE_NONE");
}

/* A GPU that the module has no code for. */
static void
test_old_gpu (void)
{
  g_setenv ("MSM_FAKE_REFUSE", "no kernel image is available", TRUE);
  refuse ("cuda", "GPU 0 cannot be used: no kernel image is available");
  g_unsetenv ("MSM_FAKE_REFUSE");
}

/* One that computes wrongly is not taken unless it is named, and is listed with what is wrong. */
static void
test_wrong (void)
{
  static const struct
  {
    const char *slot, *words;
  } cases[] = {
    { "conv_forward", "a convolution wrongly" },  { "execute", "a Fourier transform wrongly" },
    { "random_normal", "noise wrongly" },         { "norm_forward", "a normalisation wrongly" },
    { "attention_forward", "attention wrongly" }, { "dot", "a sum wrongly" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) list = NULL;
      g_autoptr (MsmDevice) automatic = NULL, named = NULL;

      g_setenv ("MSM_FAKE_IDLE", cases[i].slot, TRUE);
      list = msm_device_list ();
      automatic = msm_device_open ("auto", NULL);
      named = msm_device_open ("cuda", NULL);
      if (strstr (find_cuda (list)->description, cases[i].words) == NULL)
        g_error ("‘%s’ does not say ‘%s’", find_cuda (list)->description, cases[i].words);
      /* A CPU of its own: what fails on it is nobody else's. */
      g_assert_true (automatic != msm_device_host ());
      g_assert_true (g_str_has_prefix (msm_device_name (automatic), "cpu"));
      g_assert_nonnull (named);
    }
  g_unsetenv ("MSM_FAKE_IDLE");
}

int
main (int argc, char *argv[])
{
  const char *situation;

  g_test_init (&argc, &argv, NULL);
  situation = argc > 1 ? argv[1] : "module";
  if (g_str_equal (situation, "other-table"))
    g_test_add_func ("/module/other-table", test_other_table);
  else if (g_str_equal (situation, "not-a-module"))
    g_test_add_func ("/module/not-a-module", test_not_a_module);
  else if (g_str_equal (situation, "faults"))
    {
      /* Before one has been found to compute rightly: that is tried once in a process. */
      g_test_add_func ("/module/none", test_none);
      g_test_add_func ("/module/old-gpu", test_old_gpu);
      g_test_add_func ("/module/wrong", test_wrong);
    }
  else
    {
      g_test_add_func ("/module/open", test_open);
      g_test_add_func ("/module/copies", test_copies);
      g_test_add_func ("/module/memory", test_memory);
      g_test_add_func ("/module/failure", test_failure);
    }
  return g_test_run ();
}
