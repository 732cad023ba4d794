#include "config.h"

#include "core/device/cpu-neural-dnnl-step.h"

#include <stdlib.h>

#include "core/device/host-state.h"

dnnl_engine_t
msm_dnnl_engine (void)
{
  static dnnl_engine_t engine;
  static gsize once;

  if (g_once_init_enter (&once))
    {
      if (dnnl_engine_create (&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
      g_once_init_leave (&once, 1);
    }
  return engine;
}

size_t
msm_dnnl_lines (size_t n)
{
  return (n + 15) / 16 * 16;
}

static size_t
floats_of (MsmDnnlConstMd md)
{
  return msm_dnnl_lines ((dnnl_memory_desc_get_size (md) + sizeof (float) - 1) / sizeof (float));
}

dnnl_primitive_attr_t
msm_dnnl_attributes (gboolean accumulate)
{
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t sum = NULL;
  gboolean ok = dnnl_primitive_attr_create (&attr) == dnnl_success
                && dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user) == dnnl_success
                && (!accumulate
                    || (dnnl_post_ops_create (&sum) == dnnl_success && msm_dnnl_append_sum (sum) == dnnl_success
                        && dnnl_primitive_attr_set_post_ops (attr, sum) == dnnl_success));

  if (sum != NULL)
    dnnl_post_ops_destroy (sum);
  if (!ok && attr != NULL)
    dnnl_primitive_attr_destroy (attr);
  return ok ? attr : NULL;
}

gboolean
msm_dnnl_step_init (MsmDnnlStep *self, dnnl_primitive_desc_t pd)
{
  MsmDnnlConstMd scratchpad = dnnl_primitive_desc_query_md (pd, dnnl_query_scratchpad_md, 0);

  self->floats = scratchpad == NULL ? 0 : floats_of (scratchpad);
  return (self->floats == 0
          || dnnl_memory_create (&self->scratchpad, scratchpad, msm_dnnl_engine (), DNNL_MEMORY_NONE) == dnnl_success)
         && dnnl_primitive_create (&self->primitive, pd) == dnnl_success;
}

void
msm_dnnl_step_clear (MsmDnnlStep *self)
{
  if (self->primitive != NULL)
    dnnl_primitive_destroy (self->primitive);
  if (self->scratchpad != NULL)
    dnnl_memory_destroy (self->scratchpad);
}

void
msm_dnnl_step_run (const MsmDnnlStep *self, MsmDeviceState *state, dnnl_stream_t stream, int n, dnnl_exec_arg_t *args,
                   float *scratch)
{
  dnnl_status_t status;

  if (self->scratchpad != NULL)
    {
      dnnl_memory_set_data_handle (self->scratchpad, scratch);
      args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_SCRATCHPAD, self->scratchpad };
    }
  status = dnnl_primitive_execute (self->primitive, stream, n, args);
  if (status != dnnl_success)
    msm_host_fail (state, "oneDNN failed in a convolution (status %d)", (int) status);
}

gboolean
msm_dnnl_weights_init (MsmDnnlWeights *self, MsmDnnlConstMd ours, MsmDnnlConstMd chosen, gboolean back, gboolean keep)
{
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_attr_t attr;
  gboolean ok;

  self->back = back;
  if (dnnl_memory_create (&self->ours, ours, msm_dnnl_engine (), DNNL_MEMORY_NONE) != dnnl_success)
    return FALSE;
  if (dnnl_memory_desc_equal (ours, chosen))
    return TRUE;
  if (dnnl_memory_create (&self->theirs, chosen, msm_dnnl_engine (), DNNL_MEMORY_NONE) != dnnl_success)
    return FALSE;
  self->floats = floats_of (chosen);
  if (keep && (self->kept = aligned_alloc (64, self->floats * sizeof (float))) == NULL)
    return FALSE;
  attr = msm_dnnl_attributes (FALSE);
  ok = attr != NULL
       && dnnl_reorder_primitive_desc_create (&pd, back ? chosen : ours, msm_dnnl_engine (), back ? ours : chosen,
                                              msm_dnnl_engine (), attr)
              == dnnl_success
       && msm_dnnl_step_init (&self->reorder, pd);
  if (pd != NULL)
    dnnl_primitive_desc_destroy (pd);
  if (attr != NULL)
    dnnl_primitive_attr_destroy (attr);
  return ok;
}

void
msm_dnnl_weights_clear (MsmDnnlWeights *self)
{
  msm_dnnl_step_clear (&self->reorder);
  if (self->theirs != NULL)
    dnnl_memory_destroy (self->theirs);
  if (self->ours != NULL)
    dnnl_memory_destroy (self->ours);
  free (self->kept);
}

dnnl_memory_t
msm_dnnl_weights_memory (const MsmDnnlWeights *self)
{
  return self->theirs != NULL ? self->theirs : self->ours;
}

size_t
msm_dnnl_weights_floats (const MsmDnnlWeights *self)
{
  return self->kept != NULL ? 0 : self->floats;
}

void
msm_dnnl_weights_place (MsmDnnlWeights *self, float *w, float *room)
{
  dnnl_memory_set_data_handle (self->ours, w);
  if (self->theirs != NULL)
    dnnl_memory_set_data_handle (self->theirs, self->kept != NULL ? self->kept : room);
}

void
msm_dnnl_weights_reorder (MsmDnnlWeights *self, MsmDeviceState *state, dnnl_stream_t stream, float *scratch)
{
  dnnl_exec_arg_t args[3] = {
    { DNNL_ARG_FROM, self->back ? self->theirs : self->ours },
    { DNNL_ARG_TO, self->back ? self->ours : self->theirs },
  };

  if (self->theirs == NULL || self->is_kept)
    return;
  msm_dnnl_step_run (&self->reorder, state, stream, 2, args, scratch);
  self->is_kept = self->kept != NULL;
}
