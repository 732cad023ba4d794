#include "config.h"

#include "app/session/history.h"

struct _MsmHistory
{
  GPtrArray *undo; /* inverse edits, the newest last */
  GPtrArray *redo;
  MsmMaskEdit *stroke;
  gboolean stroke_changed;
};

MsmHistory *
msm_history_new (void)
{
  MsmHistory *self = g_new0 (MsmHistory, 1);

  self->undo = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_mask_edit_free);
  self->redo = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_mask_edit_free);
  return self;
}

void
msm_history_free (MsmHistory *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  g_clear_pointer (&self->stroke, msm_mask_edit_free);
  g_free (self);
}

void
msm_history_clear (MsmHistory *self)
{
  g_ptr_array_set_size (self->undo, 0);
  g_ptr_array_set_size (self->redo, 0);
  g_clear_pointer (&self->stroke, msm_mask_edit_free);
}

void
msm_history_begin (MsmHistory *self)
{
  msm_history_end (self);
  self->stroke = msm_mask_edit_new_group ();
  self->stroke_changed = FALSE;
}

void
msm_history_end (MsmHistory *self)
{
  if (self->stroke == NULL)
    return;
  if (self->stroke_changed)
    g_ptr_array_add (self->undo, g_steal_pointer (&self->stroke));
  else
    g_clear_pointer (&self->stroke, msm_mask_edit_free);
}

void
msm_history_apply (MsmHistory *self, MsmMask *mask, const MsmMaskEdit *edit)
{
  MsmMaskEdit *inverse = msm_mask_edit_apply (mask, edit);

  g_ptr_array_set_size (self->redo, 0);
  if (self->stroke != NULL)
    {
      msm_mask_edit_group_prepend (self->stroke, inverse);
      self->stroke_changed = TRUE;
    }
  else
    g_ptr_array_add (self->undo, inverse);
}

gboolean
msm_history_can_undo (MsmHistory *self)
{
  return self->undo->len > 0;
}

gboolean
msm_history_can_redo (MsmHistory *self)
{
  return self->redo->len > 0;
}

static void
move_one (GPtrArray *from, GPtrArray *to, MsmMask *mask)
{
  MsmMaskEdit *edit;

  if (from->len == 0)
    return;
  edit = g_ptr_array_steal_index (from, from->len - 1);
  g_ptr_array_add (to, msm_mask_edit_apply (mask, edit));
  msm_mask_edit_free (edit);
}

void
msm_history_undo (MsmHistory *self, MsmMask *mask)
{
  msm_history_end (self);
  move_one (self->undo, self->redo, mask);
}

void
msm_history_redo (MsmHistory *self, MsmMask *mask)
{
  msm_history_end (self);
  move_one (self->redo, self->undo, mask);
}
