#include "config.h"

#include "core/base/error.h"
#include "core/nn/unet-config.h"

#define SMALL                                                                                                          \
  "\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 4, \"num_res_blocks\": 1, "           \
  "\"channel_mult\": \"1,2\", \"attention_resolutions\": \"4\", \"norm_groups\": 2"

#define SPECTRUM "9,8,7,6,5,4,3,2,1,0.5,0.25,0.12,0.06,0.03,0.01,0.005"

typedef struct
{
  const char *json;
  int code; /* -1: accepted */
} Case;

/* What would make another function of the same weights is refused, never ignored. */
static const Case cases[] = {
  { "{" SMALL "}", -1 },
  { "{" SMALL ", \"prediction\": \"epsilon\", \"input\": \"adjoint\"}", -1 },
  { "{" SMALL ", \"prediction\": \"v\"}", -1 },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": 0.02}", -1 },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": 1, \"cg_iterations\": 9}", -1 },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"lmmse\"}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": 0}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"lmmse\", \"signal_power\": \"much\"}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"input\": \"lmmse\", \"signal_power\": 0.02}", MSM_ERROR_UNSUPPORTED },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"signal_spectrum\": \"" SPECTRUM "\"}", -1 },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"alias_part\": 0.05, \"signal_spectrum\": \"" SPECTRUM
    "\"}",
    -1 },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\"}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"signal_spectrum\": 3}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"signal_spectrum\": \"1,2\"}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"signal_spectrum\": \"" SPECTRUM ",1\"}",
    MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"signal_spectrum\": \"-" SPECTRUM "\"}",
    MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": \"v\", \"input\": \"wiener\", \"alias_part\": 2, \"signal_spectrum\": \"" SPECTRUM
    "\"}",
    MSM_ERROR_VALUE },
  { "{" SMALL ", \"input\": \"wiener\", \"signal_spectrum\": \"" SPECTRUM "\"}", MSM_ERROR_UNSUPPORTED },
  { "{" SMALL ", \"input\": \"inverse\"}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"prediction\": 1}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"learn_sigma\": true}", MSM_ERROR_UNSUPPORTED },
  { "{" SMALL ", \"colour\": \"blue\"}", MSM_ERROR_VALUE },
  { "{" SMALL ", \"nested\": {}}", MSM_ERROR_FORMAT },
  { "{}", MSM_ERROR_VALUE },
  { "", MSM_ERROR_FORMAT },
  { "null", MSM_ERROR_FORMAT },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MsmUnetConfig config;
      g_autoptr (GError) error = NULL;
      gboolean ok = msm_unet_config_parse (&config, "w.safetensors", cases[i].json, &error);

      g_test_message ("%s: %s", cases[i].json, ok ? "accepted" : error->message);
      g_assert_cmpint (ok, ==, cases[i].code < 0);
      if (ok)
        {
          g_autofree char *text = msm_unet_config_format (&config);
          MsmUnetConfig again;

          g_assert_true (msm_unet_config_parse (&again, "again", text, NULL));
          g_assert_cmpmem (&config, sizeof config, &again, sizeof again);
          continue;
        }
      g_assert_error (error, MSM_ERROR, cases[i].code);
      g_assert_true (g_str_has_prefix (error->message, "w.safetensors: "));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/config", test_cases);
  return g_test_run ();
}
