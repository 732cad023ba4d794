#include "config.h"

#include "app/session/session-private.h"

/* What the window asks of the setup. */

const MsmSamplerClass *const *
msm_session_get_methods (void)
{
  return msm_setup_model_methods ();
}

const MsmSamplerClass *
msm_session_get_method (MsmSession *self)
{
  return msm_setup_model_get_method (self->setup);
}

void
msm_session_set_method (MsmSession *self, const MsmSamplerClass *method)
{
  msm_setup_model_set_method (self->setup, method);
}

gboolean
msm_session_is_generating (MsmSession *self)
{
  return msm_setup_model_is_generating (self->setup);
}

gboolean
msm_session_can_start (MsmSession *self)
{
  return msm_setup_model_can_start (self->setup);
}

const MsmOperatorClass *
msm_session_get_operator (MsmSession *self)
{
  return msm_setup_model_get_operator (self->setup);
}

void
msm_session_set_operator (MsmSession *self, const MsmOperatorClass *operator_class)
{
  msm_setup_model_set_operator (self->setup, operator_class);
}

void
msm_session_set_operator_named (MsmSession *self, const char *name)
{
  msm_setup_model_set_operator_named (self->setup, name);
}

gboolean
msm_session_is_sampling (MsmSession *self)
{
  return msm_setup_model_is_sampling (self->setup);
}

MsmParams *
msm_session_get_operator_params (MsmSession *self)
{
  return msm_setup_model_get_operator_params (self->setup);
}

MsmParams *
msm_session_get_method_params (MsmSession *self)
{
  return msm_setup_model_get_method_params (self->setup);
}

MsmParams *
msm_session_get_espirit_params (MsmSession *self)
{
  return msm_setup_model_get_espirit_params (self->setup);
}

MsmParams *
msm_session_get_coil_params (MsmSession *self)
{
  return msm_setup_model_get_coil_params (self->setup);
}

void
msm_session_set_method_named (MsmSession *self, const char *name)
{
  msm_setup_model_set_method_named (self->setup, name);
}

void
msm_session_set_method_param (MsmSession *self, const char *name, const char *text)
{
  msm_setup_model_set_method_param (self->setup, name, text);
}

const char *
msm_session_get_device (MsmSession *self)
{
  return msm_setup_model_get_device (self->setup);
}

void
msm_session_set_device (MsmSession *self, const char *name)
{
  msm_setup_model_set_device (self->setup, name);
}

void
msm_session_params_changed (MsmSession *self)
{
  msm_setup_model_values_changed (self->setup);
}

const MsmMaskPattern *
msm_session_get_pattern (MsmSession *self)
{
  return msm_setup_model_get_pattern (self->setup);
}

void
msm_session_set_pattern (MsmSession *self, const MsmMaskPattern *pattern)
{
  msm_setup_model_set_pattern (self->setup, pattern);
}

MsmParams *
msm_session_get_pattern_params (MsmSession *self)
{
  return msm_setup_model_get_pattern_params (self->setup);
}

void
msm_session_pattern_params_changed (MsmSession *self)
{
  msm_setup_model_pattern_values_changed (self->setup);
}

gboolean
msm_session_is_mask_drawn (MsmSession *self)
{
  return msm_setup_model_is_mask_drawn (self->setup);
}

MsmMask *
msm_session_get_mask (MsmSession *self)
{
  return msm_setup_model_get_mask (self->setup);
}

void
msm_session_begin_stroke (MsmSession *self)
{
  msm_setup_model_begin_stroke (self->setup);
}

void
msm_session_edit_mask (MsmSession *self, const MsmMaskEdit *edit)
{
  msm_setup_model_edit_mask (self->setup, edit);
}

void
msm_session_end_stroke (MsmSession *self)
{
  msm_setup_model_end_stroke (self->setup);
}

gboolean
msm_session_can_undo (MsmSession *self)
{
  return msm_setup_model_can_undo (self->setup);
}

gboolean
msm_session_can_redo (MsmSession *self)
{
  return msm_setup_model_can_redo (self->setup);
}

void
msm_session_undo (MsmSession *self)
{
  msm_setup_model_undo (self->setup);
}

void
msm_session_redo (MsmSession *self)
{
  msm_setup_model_redo (self->setup);
}

void
msm_session_load_mask (MsmSession *self, const char *path)
{
  msm_setup_model_load_mask (self->setup, path);
}

void
msm_session_save_mask (MsmSession *self, const char *path)
{
  if (msm_session_may_write (self, path))
    msm_setup_model_save_mask (self->setup, path);
}
