#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/device/device.h"
#include "core/nn/import-checkpoint.h"
#include "core/nn/torch-pickle.h"
#include "core/nn/unet.h"
#include "tests/support/torch-file.h"

/*
 * usage: fuzz-torch SECONDS SEED [ROUND]
 *
 * Damages a small checkpoint, the zip archive in every other round and in the others the pickle alone (which the
 * archive's checksum would shield), and imports it. The test is that nothing crashes, that every failure has a
 * message, and that no file is left by one. Each round's damage depends on SEED and the round alone.
 */

#define SMALL                                                                                                          \
  "{\"image_size\": 8, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 4, \"num_res_blocks\": 1, "          \
  "\"channel_mult\": \"1\", \"attention_resolutions\": \"4\", \"norm_groups\": 2}"

typedef struct
{
  GByteArray *pickle;
  char *archive;
  gsize n_archive;
  char *path, *out;
} Seed;

static void
make_seed (Seed *seed, const char *folder)
{
  MsmUnetConfig config;
  g_autoptr (MsmUnet) unet = NULL;
  TorchWriter w;

  seed->path = g_build_filename (folder, "model.pt", NULL);
  seed->out = g_build_filename (folder, "out.safetensors", NULL);
  msm_unet_config_parse (&config, "seed", SMALL, NULL);
  unet = msm_unet_new (msm_device_host (), &config, FALSE, NULL);
  torch_begin (&w);
  torch_op (&w, "}(");
  torch_text (&w, "ema");
  torch_state_dict (&w, msm_unet_weights (unet), "module.", 1);
  torch_op (&w, "u");
  seed->pickle = g_byte_array_new ();
  g_byte_array_append (seed->pickle, w.pickle->data, w.pickle->len);
  g_byte_array_append (seed->pickle, (const guint8 *) ".", 1);
  torch_end (&w, seed->path);
  g_file_get_contents (seed->path, &seed->archive, &seed->n_archive, NULL);
}

static gsize
damage (GRand *rand, guint8 *bytes, gsize n)
{
  static const guint8 edges[] = { 0, 1, 0x7f, 0x80, 0xff, '(', '.', 'R', 'u', 'Q', 'h', 't' };
  int n_edits = g_rand_int_range (rand, 1, 6);

  for (int i = 0; i < n_edits; i++)
    {
      gsize at = (gsize) (g_rand_double (rand) * (double) n);

      /* The directory of an archive lies at the end. */
      if (g_rand_boolean (rand))
        at = n - 1 - (gsize) (g_rand_double (rand) * (double) MIN (n, 512));
      if (g_rand_boolean (rand))
        bytes[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
      else
        bytes[at] = edges[g_rand_int_range (rand, 0, G_N_ELEMENTS (edges))];
    }
  return g_rand_int_range (rand, 0, 8) == 0 ? (gsize) (g_rand_double (rand) * (double) n) : n;
}

/* FALSE: a failure without a message, or with a file left. */
static gboolean
try_round (const Seed *seed, guint32 number, guint round)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed_array ((guint32[]){ number, round }, 2);
  g_autoptr (GError) error = NULL;
  gboolean archive = round % 2 == 0;
  gsize n = archive ? seed->n_archive : seed->pickle->len;
  g_autofree guint8 *bytes = g_memdup2 (archive ? (gconstpointer) seed->archive : seed->pickle->data, n);

  n = damage (rand, bytes, n);
  if (archive)
    {
      MsmImportOptions options = { NULL, NULL, NULL, MSM_F32 };
      g_autofree char *report = NULL;
      gboolean ok;

      /* Written plainly: the atomic way syncs, which is slow. */
      FILE *file = g_fopen (seed->path, "wb");

      fwrite (bytes, 1, n, file);
      fclose (file);
      g_unlink (seed->out);
      ok = msm_import_checkpoint (seed->path, seed->out, &options, &report, &error);
      return ok ? error == NULL : error != NULL && !g_file_test (seed->out, G_FILE_TEST_EXISTS);
    }
  {
    g_autoptr (MsmPickle) pickle = msm_pickle_parse ("pickle", bytes, n, &error);

    return (pickle == NULL) == (error != NULL);
  }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("msm-fuzz-XXXXXX", NULL);
  gint64 until;
  guint32 number;
  guint round = 0;
  Seed seed;
  int status = 0;

  if (argc < 3 || folder == NULL)
    return 2;
  make_seed (&seed, folder);
  number = (guint32) g_ascii_strtoull (argv[2], NULL, 10);
  until = g_get_monotonic_time () + g_ascii_strtoll (argv[1], NULL, 10) * G_USEC_PER_SEC;
  if (argc > 3)
    {
      round = (guint) g_ascii_strtoull (argv[3], NULL, 10);
      until = 0;
    }
  do
    if (!try_round (&seed, number, round))
      {
        fprintf (stderr, "round %u: a failure without a message, or with a file left\n", round);
        status = 1;
      }
  while (status == 0 && g_get_monotonic_time () < until && ++round < G_MAXUINT);
  printf ("%u rounds\n", round);
  g_unlink (seed.path);
  g_unlink (seed.out);
  g_rmdir (folder);
  g_byte_array_unref (seed.pickle);
  g_free (seed.archive);
  g_free (seed.path);
  g_free (seed.out);
  return status;
}
