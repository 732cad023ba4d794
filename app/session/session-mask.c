#include "config.h"

#include "app/session/session-private.h"
#include "core/io/mask-file.h"

#include <string.h>

static void
mask_changed (MsmSession *self)
{
  if (self->changed_at == 0)
    self->changed_at = g_get_monotonic_time ();
  msm_session_queue_preview (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_MASK_CHANGED], 0);
}

/* What was not measured cannot be sampled: the scan's own mask and padded lines bound every mask. */
static void
bound_mask (MsmSession *self, MsmMask *mask)
{
  const MsmMask *own = self->scan->mask;

  if (own == NULL || own->n_readout != mask->n_readout || own->n_phase != mask->n_phase)
    return;
  memcpy (mask->padded, own->padded, mask->n_phase);
  for (gsize i = 0; i < mask->n_readout * mask->n_phase; i++)
    mask->points[i] = mask->points[i] != 0 && own->points[i] != 0 && !own->padded[i % mask->n_phase];
  mask->is_columns = mask->is_columns && own->is_columns;
}

static MsmMask *
full_mask (gsize n_readout, gsize n_phase)
{
  MsmMask *mask = msm_mask_new (n_readout, n_phase);

  memset (mask->points, 1, n_readout * n_phase);
  mask->is_columns = TRUE;
  mask->nominal_accel = 1;
  g_free (mask->origin);
  mask->origin = g_strdup ("full");
  return mask;
}

/* The mask that the pattern and its parameters ask for, or NULL after telling why. */
MsmMask *
msm_session_draw_mask (MsmSession *self)
{
  g_autoptr (GError) error = NULL;
  MsmMask *mask;

  if (self->pattern == NULL && self->scan->mask != NULL)
    return msm_mask_copy (self->scan->mask);
  if (self->pattern == NULL)
    return full_mask (self->scan->n_readout, self->scan->n_phase);
  mask = self->pattern->generate (msm_session_get_pattern_params (self), self->scan->n_readout, self->scan->n_phase,
                                  &error);
  if (mask == NULL)
    {
      msm_session_fail (self, error);
      return NULL;
    }
  bound_mask (self, mask);
  return mask;
}

static void
replace_mask (MsmSession *self, MsmMask *mask, gboolean is_drawn)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_replace (mask);
  double nominal_accel = mask->nominal_accel;

  msm_history_apply (self->history, self->mask, edit);
  self->mask->nominal_accel = nominal_accel;
  self->mask_is_drawn = is_drawn;
  mask_changed (self);
}

static void
redraw_mask (MsmSession *self)
{
  g_autoptr (MsmMask) mask = NULL;

  if (self->scan == NULL)
    return;
  mask = msm_session_draw_mask (self);
  if (mask == NULL)
    return;
  replace_mask (self, mask, TRUE);
}

const MsmMaskPattern *
msm_session_get_pattern (MsmSession *self)
{
  return self->pattern;
}

void
msm_session_set_pattern (MsmSession *self, const MsmMaskPattern *pattern)
{
  if (self->pattern == pattern)
    return;
  self->pattern = pattern;
  redraw_mask (self);
}

MsmParams *
msm_session_get_pattern_params (MsmSession *self)
{
  return self->pattern != NULL ? msm_session_params_of (self, self->pattern->params) : NULL;
}

void
msm_session_pattern_params_changed (MsmSession *self)
{
  redraw_mask (self);
}

MsmMask *
msm_session_get_mask (MsmSession *self)
{
  return self->mask;
}

void
msm_session_begin_stroke (MsmSession *self)
{
  msm_history_begin (self->history);
}

void
msm_session_edit_mask (MsmSession *self, const MsmMaskEdit *edit)
{
  if (self->mask == NULL)
    return;
  msm_history_apply (self->history, self->mask, edit);
  self->mask_is_drawn = FALSE;
  if (self->scan != NULL && !msm_session_is_fully_sampled (self))
    bound_mask (self, self->mask);
  mask_changed (self);
}

void
msm_session_end_stroke (MsmSession *self)
{
  msm_history_end (self->history);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_MASK_CHANGED], 0);
}

gboolean
msm_session_can_undo (MsmSession *self)
{
  return self->mask != NULL && msm_history_can_undo (self->history);
}

gboolean
msm_session_can_redo (MsmSession *self)
{
  return self->mask != NULL && msm_history_can_redo (self->history);
}

void
msm_session_undo (MsmSession *self)
{
  if (!msm_session_can_undo (self))
    return;
  msm_history_undo (self->history, self->mask);
  self->mask_is_drawn = FALSE;
  mask_changed (self);
}

void
msm_session_redo (MsmSession *self)
{
  if (!msm_session_can_redo (self))
    return;
  msm_history_redo (self->history, self->mask);
  self->mask_is_drawn = FALSE;
  mask_changed (self);
}

void
msm_session_load_mask (MsmSession *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmMask) mask = NULL;

  if (self->scan == NULL)
    return;
  mask = msm_mask_load (path, self->scan->n_readout, self->scan->n_phase, &error);
  if (mask == NULL)
    {
      msm_session_fail (self, error);
      return;
    }
  bound_mask (self, mask);
  replace_mask (self, mask, FALSE);
}

void
msm_session_save_mask (MsmSession *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (self->mask != NULL && !msm_mask_save (self->mask, path, &error))
    msm_session_fail (self, error);
}
