#include "config.h"

#include <string.h>

#include "app/setup/held-back.h"
#include "core/mask/mask-hold-back.h"
#include "core/base/error.h"

#define ROWS    8
#define COLUMNS 40

/* Every second line, and the six of the middle; or, with @is_plane, every second point and the middle's 6 × 6. */
static MsmMask *
make_mask (gboolean is_plane)
{
  MsmMask *mask = msm_mask_new (ROWS, COLUMNS);

  for (gsize r = 0; r < ROWS; r++)
    for (gsize c = 0; c < COLUMNS; c++)
      {
        gboolean central = c >= 17 && c < 23 && (!is_plane || (r >= 1 && r < 7));

        mask->points[r * COLUMNS + c] = central || (c + (is_plane ? r : 0)) % 2 == 0;
      }
  msm_mask_detect_columns (mask);
  return mask;
}

/* Both parts are the mask, the centre stays, lines stay whole, and the same call gives the same. */
static void
test_split (gconstpointer data)
{
  gboolean is_plane = GPOINTER_TO_INT (data);
  g_autoptr (MsmMask) mask = make_mask (is_plane), given = NULL, held = NULL, again = NULL, other = NULL;
  g_autoptr (GError) error = NULL;
  gsize rows, columns, kept_rows, kept_columns;

  g_assert_true (msm_mask_hold_back (mask, 0.25, 1, &given, &held, &error));
  g_assert_no_error (error);
  for (gsize i = 0; i < ROWS * COLUMNS; i++)
    {
      g_assert_cmpint (given->points[i] + held->points[i], ==, mask->points[i]);
      g_assert_true (is_plane || held->points[i] == held->points[i % COLUMNS]);
    }
  msm_mask_acs (mask, &rows, &columns);
  msm_mask_acs (given, &kept_rows, &kept_columns);
  g_assert_cmpuint (kept_rows, ==, rows);
  g_assert_cmpuint (kept_columns, ==, columns);
  /* A quarter of the 17 lines outside the centre. */
  if (!is_plane)
    g_assert_cmpuint (msm_mask_count (held), ==, 4 * ROWS);
  g_assert_true (msm_mask_hold_back (mask, 0.25, 1, &again, &other, NULL));
  g_assert_cmpmem (again->points, ROWS * COLUMNS, given->points, ROWS * COLUMNS);
}

static void
test_none (void)
{
  g_autoptr (MsmMask) mask = make_mask (FALSE), given = NULL, held = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (msm_mask_hold_back (mask, 0.001, 1, &given, &held, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/app/held-back/lines", GINT_TO_POINTER (FALSE), test_split);
  g_test_add_data_func ("/app/held-back/points", GINT_TO_POINTER (TRUE), test_split);
  g_test_add_func ("/app/held-back/none", test_none);
  return g_test_run ();
}
