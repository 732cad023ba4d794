#include "config.h"

#include "core/mask/mask-pattern.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

static MsmMask *
full_generate (const MsmParams *params, gsize n_readout, gsize n_phase, GError **error)
{
  MsmMask *mask = msm_mask_new (n_readout, n_phase);

  memset (mask->points, 1, n_readout * n_phase);
  mask->is_columns = TRUE;
  mask->nominal_accel = 1;
  mask->origin = g_strdup ("full");
  return mask;
}

static const MsmParam full_params[] = { { NULL } };

const MsmMaskPattern msm_mask_pattern_full = { "full", N_("Everything"), full_params, full_generate };

/* MsmMaskPattern is a plain struct, so the table is filled once from the patterns' own files. */
const MsmMaskPattern *
msm_mask_patterns (void)
{
  static MsmMaskPattern table[9];
  static gsize is_filled = 0;

  if (g_once_init_enter (&is_filled))
    {
      table[0] = msm_mask_pattern_random;
      table[1] = msm_mask_pattern_equispaced;
      table[2] = msm_mask_pattern_density;
      table[3] = msm_mask_pattern_poisson;
      table[4] = msm_mask_pattern_radial;
      table[5] = msm_mask_pattern_box;
      table[6] = msm_mask_pattern_pixels;
      table[7] = msm_mask_pattern_full;
      g_once_init_leave (&is_filled, 1);
    }
  return table;
}

const MsmMaskPattern *
msm_mask_pattern_find (const char *name, GError **error)
{
  const MsmMaskPattern *patterns = msm_mask_patterns ();
  g_autoptr (GString) names = g_string_new (NULL);

  g_return_val_if_fail (name != NULL, NULL);
  for (const MsmMaskPattern *pattern = patterns; pattern->name != NULL; pattern++)
    {
      if (strcmp (pattern->name, name) == 0)
        return pattern;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", pattern->name);
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("no mask pattern “%s”: there are %s"), name, names->str);
  return NULL;
}

float *
msm_mask_uniform (const MsmParams *params, guint stream, gsize n)
{
  MsmDevice *host = msm_device_host ();
  float *values = g_new (float, MAX (n, 1));

  /* Step G_MAXUINT32: no sampler counts that far, so masks never share numbers with its noise. */
  msm_vector_random_uniform (host, values, n, (guint64) msm_params_get_number (params, "seed"), stream, G_MAXUINT32, 0);
  return values;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const double *keys = user_data;
  gsize i = *(const gsize *) a, j = *(const gsize *) b;

  if (keys[i] != keys[j])
    return keys[i] < keys[j] ? -1 : 1;
  return i < j ? -1 : i > j;
}

gsize *
msm_mask_sort_keys (const double *keys, gsize n)
{
  gsize *order = g_new (gsize, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) n, sizeof *order, compare_keys, (gpointer) keys);
  return order;
}

gboolean
msm_mask_check_acs (gsize acs, gsize n, GError **error)
{
  if (acs <= n)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("acs is %zu, but k-space has only %zu lines"), acs, n);
  return FALSE;
}

void
msm_mask_fill_block (MsmMask *mask, gsize acs_readout, gsize acs_phase)
{
  gsize r0 = mask->n_readout / 2 - acs_readout / 2;
  gsize p0 = mask->n_phase / 2 - acs_phase / 2;

  for (gsize r = r0; r < r0 + acs_readout; r++)
    memset (mask->points + r * mask->n_phase + p0, 1, acs_phase);
}

MsmMask *
msm_mask_new_columns (const guint8 *lines, gsize n_readout, gsize n_phase)
{
  MsmMask *mask = msm_mask_new (n_readout, n_phase);

  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      mask->points[r * n_phase + p] = lines[p] != 0;
  mask->is_columns = TRUE;
  return mask;
}
