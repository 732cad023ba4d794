#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "figure/figure.h"

#define ROWS    48
#define COLUMNS 40

/* A ramp along both axes, so that no two neighbours are alike and no axis is mistaken for the other. */
static MsmTensor *
ramp (gsize rows, gsize columns)
{
  g_autofree float *x = g_new (float, rows * columns);

  for (gsize i = 0; i < rows; i++)
    for (gsize k = 0; k < columns; k++)
      x[i * columns + k] = (float) ((3 * i + 5 * k) % 97) / 97.0f;
  return msm_tensor_new_from (msm_device_host (), MSM_F32, msm_shape4 (1, 1, rows, columns), x, NULL);
}

static MsmFigure *
make (guint n_rows, guint n_columns)
{
  MsmFigure *figure = msm_figure_new (n_rows, n_columns);

  for (guint i = 0; i < n_rows * n_columns; i++)
    {
      figure->panes[i].image = ramp (ROWS, COLUMNS);
      figure->panes[i].options = (MsmRenderOptions){ MSM_RENDER_MAGNITUDE, MSM_COLORMAP_GREY, 0, 1, 1, 1 };
      figure->panes[i].scale_factor = 1;
    }
  for (guint i = 0; i < n_columns; i++)
    figure->column_titles[i] = g_strdup ("CG-SENSE");
  figure->style.width_cm = 6;
  figure->style.dpi = 150;
  figure->scale_bar = figure->edges = MSM_FIGURE_NONE;
  figure->spacing[0] = figure->spacing[1] = 1;
  return figure;
}

/* Every pixel of every picture is a whole square of exactly what msm_render_plane() gives. */
static void
test_whole_pixels (void)
{
  g_autoptr (MsmFigure) figure = make (2, 3);
  g_autofree guint8 *expected = g_malloc (4 * ROWS * COLUMNS), *rgba = NULL;
  gsize n_rows, n_columns;
  GError *error = NULL;

  figure->panes[4].options.colormap = MSM_COLORMAP_INFERNO;
  rgba = msm_figure_render (figure, &n_rows, &n_columns, &error);
  g_assert_no_error (error);
  for (guint row = 0; row < 2; row++)
    for (guint column = 0; column < 3; column++)
      {
        const MsmFigurePane *pane = msm_figure_pane (figure, row, column);
        gsize top, left;
        double zoom;

        g_assert_true (msm_figure_locate (figure, row, column, &top, &left, &zoom));
        g_assert_cmpfloat (zoom, ==, rint (zoom));
        g_assert_cmpfloat (zoom, >=, 2);
        msm_render_plane (msm_tensor_const_host (pane->image), MSM_F32, ROWS, COLUMNS, &pane->options, expected,
                          4 * COLUMNS);
        for (gsize y = 0; y < ROWS * (gsize) zoom; y++)
          for (gsize x = 0; x < COLUMNS * (gsize) zoom; x++)
            g_assert_cmpmem (rgba + 4 * ((top + y) * n_columns + left + x), 4,
                             expected + 4 * (y / (gsize) zoom * COLUMNS + x / (gsize) zoom), 4);
      }
}

/* The paper's width is what was asked for, whatever resolution whole pixels need. */
static void
test_width (void)
{
  g_autoptr (MsmFigure) figure = make (1, 2);
  g_autofree char *folder = g_dir_make_tmp ("msm-figure-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.svg", NULL);
  g_autofree char *svg = NULL, *again = NULL;
  g_autoptr (GError) error = NULL;
  const char *width;

  figure->row_titles[0] = g_strdup ("Error × 5");
  figure->panes[1].below = g_strdup ("PSNR 31.4 dB & more");
  g_assert_true (msm_figure_write (figure, path, "what it is", &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &svg, NULL, NULL));
  width = strstr (svg, "width=\"");
  g_assert_nonnull (width);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (width + 7, NULL), 6 / 2.54 * 72, 1);
  /* Texts are texts, and the file is one. */
  g_assert_nonnull (strstr (svg, ">Error × 5</text>"));
  g_assert_nonnull (strstr (svg, ">PSNR 31.4 dB &amp; more</text>"));
  g_assert_nonnull (strstr (svg, "<desc>what it is</desc>"));
  g_assert_nonnull (strstr (svg, "image-rendering: pixelated"));
  g_assert_null (strstr (svg, "<symbol"));
  g_assert_true (msm_figure_write (figure, path, "what it is", &error));
  g_assert_true (g_file_get_contents (path, &again, NULL, NULL));
  g_assert_cmpstr (svg, ==, again);
  g_unlink (path);
  g_rmdir (folder);
}

/* The enlarged part: each pixel zoom times as large as in the picture, in the corner that does not hide it. */
static void
test_inset (void)
{
  g_autoptr (MsmFigure) figure = make (1, 1);
  MsmFigureInset inset = { .top = 36, .left = 30, .size = 8, .zoom = 2 };
  g_autofree guint8 *rgba = NULL;
  gsize n_rows, n_columns, top, left, middle, z, from;
  double zoom;

  g_array_append_val (figure->insets, inset);
  rgba = msm_figure_render (figure, &n_rows, &n_columns, NULL);
  g_assert_nonnull (rgba);
  g_assert_true (msm_figure_locate (figure, 0, 0, &top, &left, &zoom));
  z = (gsize) zoom;
  /* It lies at the bottom right, so that the enlarged part goes to the top right. */
  middle = 4;
  from = top * n_columns + left + (COLUMNS - 16) * z;
  for (gsize k = 2; k < 6; k++)
    {
      double value = (double) ((3 * (inset.top + middle) + 5 * (inset.left + k)) % 97) / 97.0;
      const guint8 *pixel = rgba + 4 * (from + (2 * middle + 1) * z * n_columns + (2 * k + 1) * z);

      g_assert_cmpfloat_with_epsilon (pixel[0], 255 * value, 1);
      g_assert_cmpint (pixel[0], ==, pixel[2]);
    }
}

static void
expect_refusal (MsmFigure *figure, const char *words)
{
  g_autoptr (GError) error = NULL;
  gsize n_rows, n_columns;

  g_assert_null (msm_figure_render (figure, &n_rows, &n_columns, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strchr (error->message, '\n'));
  msm_figure_free (figure);
}

static void
test_refusals (void)
{
  MsmFigureInset outside = { .top = 44, .left = 2, .size = 8 }, large = { .top = 2, .left = 2, .size = 30 };
  MsmFigure *figure = make (1, 2);
  g_autoptr (GError) error = NULL;

  msm_tensor_unref (figure->panes[1].image);
  figure->panes[1].image = ramp (ROWS, COLUMNS + 2);
  expect_refusal (figure, "48 × 42");
  figure = make (1, 1);
  g_array_append_val (figure->insets, outside);
  expect_refusal (figure, "inset 1");
  figure = make (1, 1);
  g_array_append_val (figure->insets, large);
  expect_refusal (figure, "inset 1");
  figure = make (1, 3);
  figure->style.width_cm = 0.5;
  figure->row_titles[0] = g_strdup ("Image");
  figure->style.font_pt = 30;
  expect_refusal (figure, "too narrow");
  expect_refusal (msm_figure_new (1, 1), "at least one picture");
  g_assert_false (msm_figure_can_write ("figure.jpeg", &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_assert_true (msm_figure_can_write ("FIGURE.PDF", NULL));
}

/* A scale bar is a round length, and as long as it says: 20 mm of 1 mm pixels of 0.3 · 40 columns would be too long. */
static void
test_scale_bar (void)
{
  g_autoptr (MsmFigure) figure = make (1, 1), plain = make (1, 1);
  g_autofree guint8 *rgba = NULL, *without = NULL;
  gsize n_rows, n_columns, top, left, widest = 0;
  double zoom;

  for (gsize i = 0; i < ROWS * COLUMNS; i++)
    msm_tensor_host (figure->panes[0].image)[i] = msm_tensor_host (plain->panes[0].image)[i] = 0;
  figure->scale_bar = MSM_FIGURE_FIRST;
  figure->hides_text = TRUE;
  rgba = msm_figure_render (figure, &n_rows, &n_columns, NULL);
  g_assert_true (msm_figure_locate (figure, 0, 0, &top, &left, &zoom));
  for (gsize y = top; y < top + ROWS * (gsize) zoom; y++)
    {
      gsize run = 0;

      for (gsize x = left; x < left + COLUMNS * (gsize) zoom; x++)
        {
          run = rgba[4 * (y * n_columns + x)] > 250 ? run + 1 : 0;
          widest = MAX (widest, run);
        }
    }
  g_assert_cmpfloat_with_epsilon ((double) widest, 10 * zoom, 1);
  /* A length that is not known is not shown. */
  plain->scale_bar = MSM_FIGURE_FIRST;
  plain->hides_text = TRUE;
  plain->spacing[0] = plain->spacing[1] = 0;
  without = msm_figure_render (plain, &n_rows, &n_columns, NULL);
  for (gsize y = top; y < top + ROWS; y++)
    g_assert_cmpint (without[4 * (y * n_columns + left + 10)], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure/whole-pixels", test_whole_pixels);
  g_test_add_func ("/figure/width-and-texts", test_width);
  g_test_add_func ("/figure/inset", test_inset);
  g_test_add_func ("/figure/refusals", test_refusals);
  g_test_add_func ("/figure/scale-bar", test_scale_bar);
  return g_test_run ();
}
