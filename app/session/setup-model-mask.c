#include "config.h"

#include "app/session/setup-model-private.h"

#include <string.h>

#include "core/io/mask-file.h"

/* What was not measured cannot be sampled: the scan's own mask and padded lines bound every mask. */
static void
bound_mask (MsmSetupModel *self, MsmMask *mask)
{
  const MsmMask *own = self->own_mask;

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

/* The mask that the pattern and its parameters ask for, or NULL. */
static MsmMask *
try_mask (MsmSetupModel *self, GError **error)
{
  MsmMask *mask;

  if (self->pattern == NULL && self->own_mask != NULL)
    return msm_mask_copy (self->own_mask);
  if (self->pattern == NULL)
    return full_mask (self->scan->n_readout, self->scan->n_phase);
  mask = self->pattern->generate (msm_setup_model_get_pattern_params (self), self->scan->n_readout, self->scan->n_phase,
                                  error);
  if (mask != NULL)
    bound_mask (self, mask);
  return mask;
}

/* The same, and says why it is NULL. */
static MsmMask *
draw_mask (MsmSetupModel *self)
{
  g_autoptr (GError) error = NULL;
  MsmMask *mask = try_mask (self, &error);

  if (mask == NULL)
    msm_setup_model_fail (self, error);
  return mask;
}

/* The hand may have come back to what the pattern draws. */
static void
compare_mask (MsmSetupModel *self)
{
  g_autoptr (MsmMask) mask = self->scan != NULL ? try_mask (self, NULL) : NULL;

  self->mask_is_drawn =
      mask != NULL && memcmp (mask->points, self->mask->points, self->mask->n_readout * self->mask->n_phase) == 0;
}

static void
replace_mask (MsmSetupModel *self, MsmMask *mask, gboolean is_drawn)
{
  g_autoptr (MsmMaskEdit) edit = msm_mask_edit_new_replace (mask);
  double nominal_accel = mask->nominal_accel;

  msm_history_apply (self->history, self->mask, edit);
  self->mask->nominal_accel = nominal_accel;
  self->mask_is_drawn = is_drawn;
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_MASK);
}

static void
redraw_mask (MsmSetupModel *self)
{
  g_autoptr (MsmMask) mask = NULL;

  if (self->scan == NULL)
    return;
  mask = draw_mask (self);
  if (mask == NULL)
    return;
  replace_mask (self, mask, TRUE);
}

const MsmMaskPattern *
msm_setup_model_get_pattern (MsmSetupModel *self)
{
  return self->pattern;
}

void
msm_setup_model_set_pattern (MsmSetupModel *self, const MsmMaskPattern *pattern)
{
  if (self->pattern == pattern)
    return;
  self->pattern = pattern;
  g_object_notify (G_OBJECT (self), "pattern");
  redraw_mask (self);
}

void
msm_setup_model_pattern_values_changed (MsmSetupModel *self)
{
  redraw_mask (self);
}

gboolean
msm_setup_model_is_mask_drawn (MsmSetupModel *self)
{
  return self->mask_is_drawn;
}

MsmMask *
msm_setup_model_get_mask (MsmSetupModel *self)
{
  return self->mask;
}

void
msm_setup_model_begin_stroke (MsmSetupModel *self)
{
  msm_history_begin (self->history);
}

void
msm_setup_model_edit_mask (MsmSetupModel *self, const MsmMaskEdit *edit)
{
  if (self->mask == NULL)
    return;
  msm_history_apply (self->history, self->mask, edit);
  self->mask_is_drawn = FALSE;
  if (self->scan != NULL && !msm_setup_model_is_fully_sampled (self))
    bound_mask (self, self->mask);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_MASK);
}

void
msm_setup_model_end_stroke (MsmSetupModel *self)
{
  msm_history_end (self->history);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_STROKE);
}

gboolean
msm_setup_model_can_undo (MsmSetupModel *self)
{
  return self->mask != NULL && msm_history_can_undo (self->history);
}

gboolean
msm_setup_model_can_redo (MsmSetupModel *self)
{
  return self->mask != NULL && msm_history_can_redo (self->history);
}

void
msm_setup_model_undo (MsmSetupModel *self)
{
  if (!msm_setup_model_can_undo (self))
    return;
  msm_history_undo (self->history, self->mask);
  compare_mask (self);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_MASK);
}

void
msm_setup_model_redo (MsmSetupModel *self)
{
  if (!msm_setup_model_can_redo (self))
    return;
  msm_history_redo (self->history, self->mask);
  compare_mask (self);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_MASK);
}

void
msm_setup_model_load_mask (MsmSetupModel *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmMask) mask = NULL;

  if (self->scan == NULL)
    return;
  mask = msm_mask_load (path, self->scan->n_readout, self->scan->n_phase, &error);
  if (mask == NULL)
    {
      msm_setup_model_fail (self, error);
      return;
    }
  bound_mask (self, mask);
  replace_mask (self, mask, FALSE);
}

void
msm_setup_model_save_mask (MsmSetupModel *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (self->mask != NULL && !msm_mask_save (self->mask, path, &error))
    msm_setup_model_fail (self, error);
}

void
msm_setup_model_begin_mask (MsmSetupModel *self, gboolean keeps_pattern)
{
  msm_history_clear (self->history);
  g_clear_pointer (&self->mask, msm_mask_unref);
  if (!keeps_pattern)
    self->pattern = msm_setup_model_is_fully_sampled (self) ? msm_mask_pattern_find ("random", NULL) : NULL;
  self->mask = draw_mask (self);
  if (self->mask == NULL)
    {
      self->pattern = NULL;
      self->mask = draw_mask (self);
    }
  self->mask_is_drawn = TRUE;
}

static gboolean
is_same (const MsmMask *a, const MsmMask *b)
{
  const gsize n = a != NULL ? a->n_readout * a->n_phase : 0;

  if (a == NULL || b == NULL)
    return a == b;
  return n == b->n_readout * b->n_phase && memcmp (a->points, b->points, n) == 0
         && memcmp (a->padded, b->padded, a->n_phase) == 0;
}

void
msm_setup_model_set_own_mask (MsmSetupModel *self, const MsmMask *own_mask)
{
  const gboolean was_full = msm_setup_model_is_fully_sampled (self);

  if (self->scan == NULL || is_same (self->own_mask, own_mask))
    return;
  g_clear_pointer (&self->own_mask, msm_mask_unref);
  self->own_mask = own_mask != NULL ? msm_mask_copy (own_mask) : NULL;
  if (self->mask_is_drawn || was_full != msm_setup_model_is_fully_sampled (self))
    msm_setup_model_begin_mask (self, was_full == msm_setup_model_is_fully_sampled (self));
  else
    {
      /* Drawn by hand: what of it this slice has. */
      msm_history_clear (self->history);
      bound_mask (self, self->mask);
    }
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_MASK);
}

void
msm_setup_model_take_mask (MsmSetupModel *self, const MsmSetup *setup)
{
  MsmMask *mask = draw_mask (self);

  if (mask != NULL)
    {
      msm_mask_unref (self->mask);
      self->mask = mask;
      self->mask_is_drawn = TRUE;
    }
  if (setup->mask_path != NULL)
    msm_setup_model_load_mask (self, setup->mask_path);
  else if (setup->mask != NULL && !setup->mask_is_drawn && self->mask != NULL
           && setup->mask->n_readout == self->mask->n_readout && setup->mask->n_phase == self->mask->n_phase)
    {
      msm_mask_unref (self->mask);
      self->mask = msm_mask_copy (setup->mask);
      self->mask_is_drawn = FALSE;
    }
  msm_history_clear (self->history);
}
