#include "config.h"

#include "core/mask/mask-hold-back.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"

/* The centre, [first, last) along an axis of @n points, which @width of them are. */
static gboolean
is_central (gsize i, gsize n, gsize width)
{
  return i + width / 2 >= n / 2 && i + width / 2 < n / 2 + width;
}

/* The units that may be held back: columns, or points; of every unit its first point. */
static GArray *
find_units (const MsmMask *mask)
{
  GArray *units = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize n = mask->is_columns ? mask->n_phase : mask->n_readout * mask->n_phase, rows, columns;

  msm_mask_acs (mask, &rows, &columns);
  for (gsize i = 0; i < n; i++)
    if (mask->points[i]
        && !(is_central (i % mask->n_phase, mask->n_phase, columns)
             && (mask->is_columns || is_central (i / mask->n_phase, mask->n_readout, rows))))
      g_array_append_val (units, i);
  return units;
}

gboolean
msm_mask_hold_back (const MsmMask *mask, double part, guint64 seed, MsmMask **given, MsmMask **held, GError **error)
{
  g_autoptr (GArray) units = find_units (mask);
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) seed);
  gsize n_held = (gsize) round (part * units->len), step = mask->is_columns ? mask->n_phase : G_MAXSIZE / 2;

  if (n_held == 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("%g of the %u lines or points outside the sampled centre is none: hold more of them back"), part,
                   units->len);
      return FALSE;
    }
  *given = msm_mask_copy (mask);
  *held = msm_mask_new (mask->n_readout, mask->n_phase);
  for (gsize i = 0; i < n_held; i++)
    {
      guint other = (guint) g_rand_int_range (random, (gint32) i, (gint32) units->len);
      gsize unit = g_array_index (units, gsize, other);

      g_array_index (units, gsize, other) = g_array_index (units, gsize, i);
      for (gsize p = unit; p < mask->n_readout * mask->n_phase; p += step)
        {
          (*given)->points[p] = 0;
          (*held)->points[p] = 1;
        }
    }
  msm_mask_detect_columns (*given);
  msm_mask_detect_columns (*held);
  return TRUE;
}
