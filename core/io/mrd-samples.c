#include "config.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/io/mrd-rows.h"

/* Rows read at once: one at a time is many times slower. */
#define BATCH 256

gboolean
msm_mrd_check_row (MsmScan *scan, gsize i, gsize n_floats, GError **error)
{
  const MsmMrdRows *self = scan->priv;
  gsize expected = 2 * (gsize) self->rows[i].n_samples * self->rows[i].n_coils;

  if (n_floats == expected)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
               _("%s: acquisition %zu holds %zu numbers, expected %zu from its header"), scan->path, i, n_floats,
               expected);
  return FALSE;
}

gboolean
msm_mrd_for_rows (MsmScan *scan, const guint8 *wanted, MsmMrdFunc func, gpointer data, MsmCancel *cancel,
                  GError **error)
{
  MsmMrdRows *self = scan->priv;

  for (gsize i = 0; i < self->n_rows;)
    {
      gsize end = i, last = i;

      if (!wanted[i])
        {
          i++;
          continue;
        }
      if (msm_cancel_check (cancel, error))
        return FALSE;
      /* Interleaved slices: a few unwanted rows between are cheaper to read than to step over. */
      for (end = i + 1; end < self->n_rows && end - i < BATCH && end - last <= 4; end++)
        if (wanted[end])
          last = end;
      if (!msm_h5_mrd_data (scan->h5, self->data, i, last - i + 1, func, data, error))
        return FALSE;
      i = last + 1;
    }
  return TRUE;
}
