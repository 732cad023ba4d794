#include "config.h"

#include "core/base/cancel.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"

struct _MsmCancel
{
  gatomicrefcount ref_count;
  int level;    /* atomic */
  int progress; /* atomic: in 1/100000 */
};

MsmCancel *
msm_cancel_new (void)
{
  MsmCancel *self = g_new0 (MsmCancel, 1);

  g_atomic_ref_count_init (&self->ref_count);
  return self;
}

MsmCancel *
msm_cancel_ref (MsmCancel *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_cancel_unref (MsmCancel *self)
{
  if (self != NULL && g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

void
msm_cancel_request (MsmCancel *self, MsmCancelLevel level)
{
  if (self != NULL)
    g_atomic_int_set (&self->level, (int) level);
}

MsmCancelLevel
msm_cancel_get_level (MsmCancel *self)
{
  return self != NULL ? (MsmCancelLevel) g_atomic_int_get (&self->level) : MSM_CANCEL_NO;
}

gboolean
msm_cancel_check (MsmCancel *self, GError **error)
{
  if (msm_cancel_get_level (self) != MSM_CANCEL_NOW)
    return FALSE;
  g_set_error_literal (error, MSM_ERROR, MSM_ERROR_CANCELLED, _("stopped on request"));
  return TRUE;
}

void
msm_cancel_set_progress (MsmCancel *self, double fraction)
{
  if (self != NULL)
    g_atomic_int_set (&self->progress, (int) (100000 * CLAMP (fraction, 0, 1)));
}

double
msm_cancel_get_progress (MsmCancel *self)
{
  return self != NULL ? g_atomic_int_get (&self->progress) / 100000.0 : 0;
}
