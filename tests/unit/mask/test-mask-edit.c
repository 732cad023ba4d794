#include "config.h"

#include <string.h>

#include "core/mask/mask-edit.h"

#define N_R 12
#define N_P 10

/* A plane, or whole lines, with a known pattern and one padded line at the left. */
static MsmMask *
make_mask (gboolean is_columns)
{
  MsmMask *mask = msm_mask_new (N_R, N_P);

  mask->padded[0] = 1;
  mask->is_columns = is_columns;
  mask->nominal_accel = 3;
  mask->origin = g_strdup ("made up");
  for (gsize r = 0; r < N_R; r++)
    for (gsize p = 1; p < N_P; p++)
      mask->points[r * N_P + p] = ((is_columns ? 0 : r * r) + 3 * p) % 4 == 0;
  return mask;
}

static MsmMaskEdit *
make_edit (int kind)
{
  MsmMaskEdit *group;

  switch (kind)
    {
    case 0:
      return msm_mask_edit_new_lines (-2, 5, TRUE);
    case 1:
      return msm_mask_edit_new_brush (3, 9, 2.5, TRUE);
    case 2:
      return msm_mask_edit_new_brush (0, 0, 0, FALSE);
    case 3:
      return msm_mask_edit_new_rectangle (4, 2, 100, 3, TRUE);
    case 4:
      return msm_mask_edit_new_invert ();
    case 5:
      return msm_mask_edit_new_symmetric ();
    case 6:
      return msm_mask_edit_new_acs (4, 4);
    case 7:
      return msm_mask_edit_new_lines (50, 5, TRUE);
    case 8:
      return msm_mask_edit_new_brush (-50, -50, 1, TRUE);
    default:
      group = msm_mask_edit_new_group ();
      msm_mask_edit_group_append (group, msm_mask_edit_new_lines (2, 3, FALSE));
      msm_mask_edit_group_append (group, msm_mask_edit_new_lines (3, 3, TRUE));
      msm_mask_edit_group_append (group, msm_mask_edit_new_invert ());
      return group;
    }
}

/*
 * For every edit: undo restores all, redo does it again; padded lines stay empty, columns stay
 * columns.
 */
static void
test_undo (void)
{
  for (int is_columns = 0; is_columns < 2; is_columns++)
    for (int kind = 0; kind < 10; kind++)
      {
        g_autoptr (MsmMask) mask = make_mask (is_columns), before = msm_mask_copy (mask), after = NULL;
        g_autoptr (MsmMaskEdit) edit = make_edit (kind), undo = NULL, redo = NULL, again = NULL;

        undo = msm_mask_edit_apply (mask, edit);
        after = msm_mask_copy (mask);
        for (gsize r = 0; r < N_R; r++)
          g_assert_cmpuint (mask->points[r * N_P], ==, 0);
        msm_mask_detect_columns (mask);
        g_assert_true (!is_columns || mask->is_columns);
        mask->is_columns = is_columns;
        redo = msm_mask_edit_apply (mask, undo);
        g_assert_cmpmem (mask->points, N_R * N_P, before->points, N_R * N_P);
        g_assert_cmpstr (mask->origin, ==, "made up");
        g_assert_cmpfloat (mask->nominal_accel, ==, 3);
        again = msm_mask_edit_apply (mask, redo);
        g_assert_cmpmem (mask->points, N_R * N_P, after->points, N_R * N_P);
        g_assert_cmpstr (mask->origin, ==, "edited");
      }
}

static void
test_brush (void)
{
  g_autoptr (MsmMask) mask = msm_mask_new (N_R, N_P);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_brush (5, 5, 1, TRUE), undo = NULL;

  undo = msm_mask_edit_apply (mask, edit);
  g_assert_cmpuint (msm_mask_count (mask), ==, 5);
  g_assert_cmpuint (mask->points[4 * N_P + 5] + mask->points[5 * N_P + 4], ==, 2);
}

static void
test_symmetric (void)
{
  g_autoptr (MsmMask) mask = msm_mask_new (N_R, N_P);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_symmetric (), undo = NULL;

  mask->points[(N_R / 2 + 2) * N_P + N_P / 2 - 3] = 1;
  undo = msm_mask_edit_apply (mask, edit);
  g_assert_cmpuint (msm_mask_count (mask), ==, 2);
  g_assert_cmpuint (mask->points[(N_R / 2 - 2) * N_P + N_P / 2 + 3], ==, 1);
}

/* Dragging the block wider and narrower leaves exactly the block asked for. */
static void
test_acs (void)
{
  g_autoptr (MsmMask) mask = msm_mask_new (4, 32);
  const gsize widths[] = { 8, 13, 4, 1, 32, 6, 0 };

  mask->is_columns = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_acs (0, widths[i]), undo = NULL;
      gsize r, p;

      undo = msm_mask_edit_apply (mask, edit);
      msm_mask_acs (mask, &r, &p);
      g_assert_cmpuint (p, ==, widths[i]);
      g_assert_cmpuint (msm_mask_count (mask), ==, 4 * widths[i]);
    }
}

/* A sampled line that would touch the block, and so make it wider than asked for, goes; the next one stays. */
static void
test_acs_beside_lines (void)
{
  for (gsize width = 4; width <= 5; width++)
    {
      g_autoptr (MsmMask) mask = msm_mask_new (2, 32);
      g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_acs (0, width), undo = NULL;
      gsize r, p;

      for (gsize line = 0; line < 32; line++)
        if (line < 14 || line > 17)
          mask->points[line] = mask->points[32 + line] = 1;
      mask->is_columns = TRUE;
      undo = msm_mask_edit_apply (mask, edit);
      msm_mask_acs (mask, &r, &p);
      g_assert_cmpuint (p, ==, width);
      g_assert_cmpuint (mask->points[width == 4 ? 13 : 12], ==, 1);
      g_assert_cmpuint (mask->points[19], ==, 1);
    }
}

/* A replacement of other sizes is refused by doing nothing. */
static void
test_replace (void)
{
  g_autoptr (MsmMask) mask = make_mask (FALSE), other = msm_mask_new (N_R, N_P), small = msm_mask_new (2, 2);
  g_autoptr (MsmMask) before = msm_mask_copy (mask);
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_replace (other), undo = NULL, none = NULL;
  g_autoptr (MsmMaskEdit) wrong = msm_mask_edit_new_replace (small);

  none = msm_mask_edit_apply (mask, wrong);
  g_assert_cmpmem (mask->points, N_R * N_P, before->points, N_R * N_P);
  undo = msm_mask_edit_apply (mask, edit);
  g_assert_cmpuint (msm_mask_count (mask), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mask-edit/undo", test_undo);
  g_test_add_func ("/mask-edit/brush", test_brush);
  g_test_add_func ("/mask-edit/symmetric", test_symmetric);
  g_test_add_func ("/mask-edit/acs", test_acs);
  g_test_add_func ("/mask-edit/acs-beside-lines", test_acs_beside_lines);
  g_test_add_func ("/mask-edit/replace", test_replace);
  return g_test_run ();
}
