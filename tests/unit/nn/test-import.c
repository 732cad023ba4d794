#include "config.h"

#include <glib/gstdio.h>
#include <math.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/nn/import-checkpoint.h"
#include "core/nn/import-torch.h"
#include "core/nn/torch-pickle.h"
#include "core/nn/unet-guess.h"
#include "core/nn/unet.h"
#include "core/tensor/tensor.h"
#include "tests/support/folder.h"
#include "tests/support/torch-file.h"

#define CONFIG                                                                                                         \
  "{\"image_size\": 16, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 8, \"num_res_blocks\": %d, "        \
  "\"channel_mult\": \"%s\", \"attention_resolutions\": \"%s\", \"num_head_channels\": 8, \"norm_groups\": 4, "        \
  "\"use_scale_shift_norm\": %s, \"resblock_updown\": %s}"

static char *folder;

/* Weights that float16 and bfloat16 hold exactly: small multiples of 1/8. */
static MsmUnet *
make_unet (const char *json)
{
  g_autoptr (GError) error = NULL;
  MsmUnetConfig config;
  MsmUnet *unet;
  MsmTensor *values;

  g_assert_true (msm_unet_config_parse (&config, "test", json, &error));
  unet = msm_unet_new (msm_device_host (), &config, FALSE, &error);
  g_assert_no_error (error);
  values = msm_weights_values (msm_unet_weights (unet));
  for (guint i = 0; i < msm_weights_count (msm_unet_weights (unet)); i++)
    for (gsize k = 0; k < msm_weights_get (msm_unet_weights (unet), i)->size; k++)
      msm_weights_value (msm_unet_weights (unet), i)[k] = (float) ((int) ((i + 7 * k) % 23) - 11) / 8;
  g_assert_nonnull (values);
  return unet;
}

static MsmUnet *
small_unet (void)
{
  g_autofree char *json = g_strdup_printf (CONFIG, 1, "1,2", "8", "true", "true");

  return make_unet (json);
}

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static gboolean
import_file (const char *path, const char *out, const char *key, const char *config, GError **error)
{
  MsmImportOptions options = { key, config, NULL, MSM_F32 };
  g_autofree char *report = NULL;

  gboolean ok;

  options.overrides = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (options.overrides, "num_head_channels", "8");
  g_hash_table_insert (options.overrides, "norm_groups", "4");
  g_hash_table_insert (options.overrides, "image_size", "16");
  ok = msm_import_checkpoint (path, out, &options, &report, error);
  g_hash_table_unref (options.overrides);
  if (ok)
    g_test_message ("%s", report);
  return ok;
}

/* The file @out holds @unet's weights times @factor, and loads as a network. */
static void
check_same (const char *out, MsmUnet *unet, float factor)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmUnet) loaded = msm_unet_load (msm_device_host (), out, FALSE, &error);
  const float *a;
  const float *b;

  g_assert_no_error (error);
  g_assert_cmpmem (msm_unet_config (loaded), sizeof (MsmUnetConfig), msm_unet_config (unet), sizeof (MsmUnetConfig));
  a = msm_tensor_const_host (msm_weights_values (msm_unet_weights (loaded)));
  b = msm_tensor_const_host (msm_weights_values (msm_unet_weights (unet)));
  for (gsize i = 0; i < msm_tensor_size (msm_weights_values (msm_unet_weights (unet))); i++)
    g_assert_cmpfloat (a[i], ==, factor * b[i]);
}

/* Every type of number, by rows and by columns; at the top of the file. */
static void
test_types (void)
{
  static const char *const types[] = { "FloatStorage", "HalfStorage", "BFloat16Storage", "DoubleStorage" };
  g_autoptr (MsmUnet) unet = small_unet ();
  g_autofree char *path = path_of ("model.pt");
  g_autofree char *out = path_of ("out.safetensors");

  for (guint i = 0; i < 2 * G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      TorchWriter w;

      torch_begin (&w);
      w.dtype = types[i / 2];
      w.transposed = i % 2 == 1;
      torch_state_dict (&w, msm_unet_weights (unet), "", 1);
      torch_end (&w, path);
      import_file (path, out, NULL, NULL, &error);
      g_assert_no_error (error);
      check_same (out, unet, 1);
    }
}

/* {'epoch': 3, 'model': …, 'ema': {'module.…': …}}: the averaged weights are taken unless a key says otherwise. */
static void
test_nested (void)
{
  g_autoptr (MsmUnet) unet = small_unet ();
  g_autofree char *path = path_of ("nested.pt");
  g_autofree char *out = path_of ("nested.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmTorchFile) file = NULL;
  TorchWriter w;

  torch_begin (&w);
  torch_op (&w, "}(");
  torch_text (&w, "epoch");
  torch_int (&w, 3);
  torch_text (&w, "arguments");
  torch_op (&w, "cargparse\nNamespace\n)\x81}(");
  torch_text (&w, "lr");
  torch_op (&w, "G?PbM\xd2\xf1\xa9\xfcub");
  torch_text (&w, "model");
  torch_state_dict (&w, msm_unet_weights (unet), "", 1);
  torch_text (&w, "ema");
  torch_state_dict (&w, msm_unet_weights (unet), "module.", 2);
  torch_op (&w, "u");
  torch_end (&w, path);
  file = msm_torch_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (msm_torch_key (file), ==, "ema:module.");
  g_assert_cmpuint (g_strv_length ((char **) msm_torch_keys (file)), ==, 2);
  g_assert_true (import_file (path, out, NULL, NULL, &error));
  check_same (out, unet, 2);
  g_assert_true (import_file (path, out, "model", NULL, &error));
  check_same (out, unet, 1);
  g_assert_false (import_file (path, out, "modle", NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "model, ema:module."));
}

/* What shapes tell, for networks of all kinds. */
static void
test_guess (void)
{
  static const struct
  {
    int blocks;
    const char *mult, *attention, *scale_shift, *updown;
  } kinds[] = {
    { 1, "1,2", "8", "true", "true" },
    { 2, "1,1,2", "16,4", "true", "false" },
    { 3, "1,2,3,4", "2", "false", "true" },
    { 2, "2", "16", "true", "false" },
    { 1, "1,1,2,3,4", "8192", "false", "false" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *json = g_strdup_printf (CONFIG, kinds[i].blocks, kinds[i].mult, kinds[i].attention,
                                               kinds[i].scale_shift, kinds[i].updown);
      g_autoptr (MsmUnet) unet = make_unet (json);
      g_autoptr (GHashTable) shapes = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (GHashTable) keys = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *assumed = NULL;
      g_autofree char *text = NULL;
      MsmUnetConfig config;
      const MsmUnetConfig *expected = msm_unet_config (unet);

      for (guint k = 0; k < msm_weights_count (msm_unet_weights (unet)); k++)
        {
          const MsmWeight *weight = msm_weights_get (msm_unet_weights (unet), k);

          g_hash_table_insert (shapes, weight->name, (gpointer) &weight->shape);
        }
      keys = msm_unet_guess ("shapes", shapes, 0, &assumed, &error);
      g_assert_no_error (error);
      g_assert_true (msm_unet_keys_set (keys, "num_head_channels", "8", NULL));
      g_assert_true (msm_unet_keys_set (keys, "norm_groups", "4", NULL));
      text = msm_unet_keys_format (keys);
      g_test_message ("%s", text);
      g_assert_true (msm_unet_config_parse (&config, "guess", text, &error));
      /* What attention_resolutions is relative to is free, and the levels that they mean are not. */
      config.image_size = expected->image_size;
      config.resblock_updown = expected->n_levels == 1 ? expected->resblock_updown : config.resblock_updown;
      config.num_heads = expected->num_heads;
      g_assert_cmpmem (&config, sizeof config, expected, sizeof config);
    }
}

static void
test_config_files (void)
{
  static const char yaml[] = "setting:\n  num_workers: 1 # channels: 3\nvp_diffusion:\n  image_size: 256   # pixels\n"
                             "  learn_sigma: False\n  channel_mult: \"\"\n  attention_resolutions: \"32,16,8\"\n"
                             "  num_channels: 128\n  use_fp16: False\n";
  static const char json[] = "{\"image_size\": 256, \"channel_mult\": \"1,2\",\n \"use_scale_shift_norm\": true}";
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  g_assert_true (msm_unet_keys_read (keys, "a.yaml", yaml, &error));
  text = msm_unet_keys_format (keys);
  g_assert_cmpstr (text, ==,
                   "{\"image_size\":256,\"num_channels\":128,"
                   "\"attention_resolutions\":\"32,16,8\",\"learn_sigma\":false}");
  g_assert_true (msm_unet_keys_read (keys, "a.json", json, &error));
  again = msm_unet_keys_format (keys);
  g_assert_cmpstr (again, ==,
                   "{\"image_size\":256,\"num_channels\":128,\"channel_mult\":\"1,2\","
                   "\"attention_resolutions\":\"32,16,8\",\"use_scale_shift_norm\":true,"
                   "\"learn_sigma\":false}");
  g_assert_false (msm_unet_keys_read (keys, "b.yaml", "image_size: 1\nimage_size: 2\n", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_false (msm_unet_keys_read (keys, "c.yaml", "lr: 1\n", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_false (msm_unet_keys_set (keys, "colour", "1", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

typedef struct
{
  const char *name;
  const char *pickle; /* after the protocol; a state dictionary follows where it holds an @ */
  int code;
} Hostile;

/* Code, damage, and tensors that lie; nothing may be run, read out of bounds, or written. */
static const Hostile hostile[] = {
  { "system", "cposix\nsystem\nX\x04\0\0\0true\x85R.", MSM_ERROR_UNSUPPORTED },
  { "eval",
    "c__builtin__\neval\nX\x01\0\0\0"
    "1\x85R.",
    MSM_ERROR_UNSUPPORTED },
  { "getattr",
    "\x8c\x08"
    "builtins\x8c\x07getattr\x93.",
    MSM_ERROR_UNSUPPORTED },
  { "nothing", ".", MSM_ERROR_FORMAT },
  { "number", "K\x01.", MSM_ERROR_FORMAT },
  { "empty", "}.", MSM_ERROR_FORMAT },
  { "no-mark", "}u.", MSM_ERROR_FORMAT },
  { "no-memo", "h\x05.", MSM_ERROR_FORMAT },
  { "opcode", "\xff.", MSM_ERROR_FORMAT },
  { "no-storage", "K\x01Q.", MSM_ERROR_FORMAT },
  { "persistent-code", "PI am no storage\n.", MSM_ERROR_FORMAT },
  { "tensor", "ctorch._utils\n_rebuild_tensor_v2\n)R.", MSM_ERROR_FORMAT },
};

/* A tensor of @size elements with @stride and @offset in a storage of 4. */
static void
lying_tensor (TorchWriter *w, gint64 size, gint64 stride, gint64 offset)
{
  torch_op (w, "}(");
  torch_text (w, "input_blocks.0.0.weight");
  torch_op (w, "ctorch._utils\n_rebuild_tensor_v2\n((");
  torch_text (w, "storage");
  torch_op (w, "ctorch\nFloatStorage\n");
  torch_text (w, "0");
  torch_text (w, "cpu");
  torch_int (w, 4);
  torch_op (w, "tQ");
  torch_int (w, offset);
  torch_op (w, "(");
  torch_int (w, size);
  torch_op (w, "t(");
  torch_int (w, stride);
  torch_op (w, "t\x89NtRu");
}

static void
test_hostile (void)
{
  static const gint64 lies[][3] = { { 5, 1, 0 },
                                    { 4, 1, 1 },
                                    { 2, 4, 0 },
                                    { -1, 1, 0 },
                                    { 2, -1, 3 },
                                    { 1, 1, -1 },
                                    { 2147483647, 2147483647, 2147483647 } };
  g_autofree char *path = path_of ("hostile.pt");
  g_autofree char *out = path_of ("hostile.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (hostile) + G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GError) error = NULL;
      TorchWriter w;
      guint lie = i - (guint) G_N_ELEMENTS (hostile);

      torch_begin (&w);
      if (i >= G_N_ELEMENTS (hostile))
        lying_tensor (&w, lies[lie][0], lies[lie][1], lies[lie][2]);
      else /* the texts' lengths hold zeros: sizes are counted up to the final stop */
        for (const char *c = hostile[i].pickle;; c++)
          {
            torch_put (&w, c, 1);
            if (*c == '.' && c[1] == '\0')
              break;
          }
      torch_end (&w, path);
      g_assert_false (import_file (path, out, NULL, NULL, &error));
      g_test_message ("%s", error->message);
      if (i < G_N_ELEMENTS (hostile))
        g_assert_error (error, MSM_ERROR, hostile[i].code);
      else
        g_assert_error (error, MSM_ERROR, MSM_ERROR_FORMAT);
      g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
    }
}

/* A tensor too few, one too many, one of another shape, of integers, or with a NaN: named, nothing written. */
static void
test_misfit (void)
{
  static const char *const words[] = { "out.2.bias", "extra.weight", "expected [2]", "LongStorage", "NaN" };
  g_autofree char *path = path_of ("misfit.pt");
  g_autofree char *out = path_of ("misfit.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (MsmUnet) unet = small_unet ();
      MsmWeights *weights = msm_unet_weights (unet);
      g_autoptr (GError) error = NULL;
      float three[3] = { 1, i == 4 ? NAN : 1, 1 };
      TorchWriter w;

      torch_begin (&w);
      torch_op (&w, "ccollections\nOrderedDict\n)R(");
      for (guint k = 0; k < msm_weights_count (weights); k++)
        {
          const MsmWeight *weight = msm_weights_get (weights, k);
          gboolean is_last = g_str_equal (weight->name, "out.2.bias");

          if (i == 0 && is_last)
            continue;
          w.dtype = i == 3 && is_last ? "LongStorage" : "FloatStorage";
          if ((i == 2 || i == 4) && is_last)
            torch_tensor (&w, weight->name, msm_shape1 (i == 2 ? 3 : 2), three);
          else
            torch_tensor (&w, weight->name, weight->shape, msm_weights_value (weights, k));
        }
      if (i == 1)
        torch_tensor (&w, "extra.weight", msm_shape1 (3), three);
      torch_op (&w, "u");
      torch_end (&w, path);
      g_assert_false (import_file (path, out, NULL, NULL, &error));
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, words[i]));
      g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
    }
}

static void
test_no_archive (void)
{
  g_autofree char *path = path_of ("text.pt");
  g_autofree char *missing = path_of ("missing.pt");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path,
                                      "\x80\x02\x8a\nl\xfc\x9c"
                                      "F\xf9 j\xa8P\x19.",
                                      -1, NULL));
  g_assert_null (msm_torch_open (path, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (msm_torch_open (missing, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("msm-import-XXXXXX", NULL);
  g_test_add_func ("/nn/import/types", test_types);
  g_test_add_func ("/nn/import/nested", test_nested);
  g_test_add_func ("/nn/import/guess", test_guess);
  g_test_add_func ("/nn/import/config-files", test_config_files);
  g_test_add_func ("/nn/import/hostile", test_hostile);
  g_test_add_func ("/nn/import/misfit", test_misfit);
  g_test_add_func ("/nn/import/no-archive", test_no_archive);
  status = g_test_run ();
  remove_folder (folder);
  return status;
}
