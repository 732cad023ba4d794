#include "config.h"

#include <string.h>

#include "app/session/history.h"

static void
edit_line (MsmHistory *history, MsmMask *mask, int line)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_lines (line, 1, TRUE);

  msm_history_apply (history, mask, edit);
}

static void
test_stroke (void)
{
  g_autoptr (MsmHistory) history = msm_history_new ();
  g_autoptr (MsmMask) mask = msm_mask_new (4, 16);

  mask->is_columns = TRUE;
  g_assert_false (msm_history_can_undo (history));
  msm_history_begin (history);
  for (int line = 2; line < 7; line++)
    edit_line (history, mask, line);
  edit_line (history, mask, 3); /* a stroke that crosses itself is still one step */
  msm_history_end (history);
  g_assert_cmpuint (msm_mask_count (mask), ==, 4 * 5);
  edit_line (history, mask, 12);
  g_assert_cmpuint (msm_mask_count (mask), ==, 4 * 6);
  msm_history_undo (history, mask);
  g_assert_cmpuint (msm_mask_count (mask), ==, 4 * 5);
  msm_history_undo (history, mask);
  g_assert_cmpuint (msm_mask_count (mask), ==, 0);
  g_assert_false (msm_history_can_undo (history));
  msm_history_redo (history, mask);
  g_assert_cmpuint (msm_mask_count (mask), ==, 4 * 5);
  edit_line (history, mask, 0);
  g_assert_false (msm_history_can_redo (history));
}

static void
test_empty_stroke (void)
{
  g_autoptr (MsmHistory) history = msm_history_new ();

  msm_history_begin (history);
  msm_history_end (history);
  g_assert_false (msm_history_can_undo (history));
}

/* Undoing everything gives the mask back, bit for bit, whatever was done. */
static void
test_random_edits (void)
{
  g_autoptr (MsmHistory) history = msm_history_new ();
  g_autoptr (MsmMask) mask = msm_mask_new (8, 16);
  g_autoptr (MsmMask) before = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (3);

  mask->points[5 * 16 + 9] = 1;
  before = msm_mask_copy (mask);
  for (int i = 0; i < 200; i++)
    {
      g_autoptr (MsmMaskEdit) edit = NULL;

      switch (g_rand_int_range (random, 0, 4))
        {
        case 0:
          edit =
              msm_mask_edit_new_brush (g_rand_int_range (random, -2, 10), g_rand_int_range (random, -2, 18), 1.5, TRUE);
          break;
        case 1:
          edit = msm_mask_edit_new_invert ();
          break;
        case 2:
          edit = msm_mask_edit_new_symmetric ();
          break;
        default:
          edit = msm_mask_edit_new_lines (g_rand_int_range (random, 0, 16), 3, FALSE);
        }
      msm_history_apply (history, mask, edit);
    }
  while (msm_history_can_undo (history))
    msm_history_undo (history, mask);
  g_assert_cmpmem (mask->points, 8 * 16, before->points, 8 * 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/stroke", test_stroke);
  g_test_add_func ("/history/empty-stroke", test_empty_stroke);
  g_test_add_func ("/history/random-edits", test_random_edits);
  return g_test_run ();
}
