#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/film/film-private.h"

#define N 64

/* Few colours are kept as they are. */
static void
test_exact_palette (void)
{
  guint8 rgba[4 * N], palette[768], indices[N];
  guint n;

  for (int i = 0; i < N; i++)
    {
      rgba[4 * i] = (guint8) (7 * (i % 5));
      rgba[4 * i + 1] = (guint8) (200 - i % 5);
      rgba[4 * i + 2] = 3;
      rgba[4 * i + 3] = 255;
    }
  n = msm_palette_make (rgba, N, palette, indices);
  g_assert_cmpuint (n, ==, 5);
  for (int i = 0; i < N; i++)
    g_assert_cmpmem (palette + 3 * indices[i], 3, rgba + 4 * i, 3);
}

/* A ramp of greys beside a map of colours: no grey is far from its own. */
static void
test_cut_palette (void)
{
  enum
  {
    MANY = 4096
  };
  g_autofree guint8 *rgba = g_malloc0 (4 * MANY), *indices = g_malloc (MANY);
  guint8 palette[768];
  guint n;
  int worst = 0;

  for (int i = 0; i < MANY; i++)
    {
      gboolean is_grey = i < 3 * MANY / 4;

      rgba[4 * i] = (guint8) (is_grey ? i % 256 : 255 - i % 251);
      rgba[4 * i + 1] = (guint8) (is_grey ? i % 256 : i % 83);
      rgba[4 * i + 2] = (guint8) (is_grey ? i % 256 : 40);
    }
  n = msm_palette_make (rgba, MANY, palette, indices);
  g_assert_cmpuint (n, ==, 256);
  for (int i = 0; i < MANY; i++)
    for (int c = 0; c < 3; c++)
      worst = MAX (worst, abs (palette[3 * indices[i] + c] - rgba[4 * i + c]));
  g_assert_cmpint (worst, <=, 8);
}

/* Times of pictures add up to the film's, however the rate divides a second. */
static void
test_durations (void)
{
  MsmFilm film = { .rate = 7 };
  guint sum = 0;

  for (guint i = 0; i < 70; i++)
    sum += msm_film_duration (&film, i, 100);
  g_assert_cmpuint (sum, ==, 1000);
}

/* A film without all its pictures leaves nothing, and neither does one that cannot be begun. */
static void
test_unfinished (void)
{
  static const char *const names[] = { "a.png", "a.webp", "a.gif" };
  g_autofree char *folder = g_dir_make_tmp ("msm-film-XXXXXX", NULL);
  g_autofree guint8 *rgba = g_malloc0 (4 * N * N);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autofree char *nowhere = g_build_filename (folder, "none", names[i], NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (MsmFilm) film = msm_film_new (path, N, N, 2, 5, "text", &error);

      g_assert_no_error (error);
      g_assert_true (msm_film_add (film, rgba, &error));
      g_clear_pointer (&film, msm_film_free);
      g_assert_null (msm_film_new (nowhere, N, N, 2, 5, NULL, &error));
      g_assert_error (error, MSM_ERROR, MSM_ERROR_FILE);
    }
  /* The folder is empty. */
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/film/exact-palette", test_exact_palette);
  g_test_add_func ("/film/cut-palette", test_cut_palette);
  g_test_add_func ("/film/durations", test_durations);
  g_test_add_func ("/film/unfinished", test_unfinished);
  return g_test_run ();
}
