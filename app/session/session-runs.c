#include "config.h"

#include "app/session/session-private.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/calib/calib.h"
#include "core/method/method.h"
#include "core/sampler/sampler-diffusion.h"

static const MsmParam coil_params[] = {
  { "coils", MSM_PARAM_INT, .min = 0, .max = 1024, .help = N_("Compress to this many virtual coils; 0 keeps all") },
  { NULL },
};

const MsmSamplerClass *
msm_session_get_method (MsmSession *self)
{
  return self->method;
}

void
msm_session_set_method (MsmSession *self, const MsmSamplerClass *method)
{
  if (self->method == method)
    return;
  self->method = method;
  msm_session_plan_ahead (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
}

const MsmSamplerClass *const *
msm_session_get_methods (void)
{
  static const MsmSamplerClass *methods[32];
  static gsize once;

  if (g_once_init_enter (&once))
    {
      const MsmSamplerClass *const *classes = msm_sampler_classes ();
      guint n = 0;

      for (; classes[n] != NULL && n < G_N_ELEMENTS (methods) - 2; n++)
        methods[n] = classes[n];
      methods[n] = &msm_uncond_class;
      g_once_init_leave (&once, 1);
    }
  return methods;
}

gboolean
msm_session_is_generating (MsmSession *self)
{
  return self->method == &msm_uncond_class;
}

gboolean
msm_session_can_start (MsmSession *self)
{
  return self->method != NULL && (msm_session_is_generating (self) || (self->scan != NULL && self->mask != NULL));
}

gboolean
msm_session_shows_run (MsmSession *self, MsmRunItem *run)
{
  const MsmSetup *setup = msm_run_item_get_setup (run);

  return msm_run_item_is_generated (run)
         || (self->scan != NULL
             && msm_address_equal (&setup->address, &(MsmAddress){ self->scan->path, self->scan->group,
                                                                   self->scan->indices, self->slice }));
}

const MsmOperatorClass *
msm_session_get_operator (MsmSession *self)
{
  return self->operator_class;
}

void
msm_session_set_operator (MsmSession *self, const MsmOperatorClass *operator_class)
{
  if (self->operator_class == operator_class)
    return;
  self->operator_class = operator_class;
  msm_session_suggest_prior (self);
  msm_session_plan_ahead (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_PREVIEW_CHANGED], 0);
}

void
msm_session_set_operator_named (MsmSession *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  const MsmOperatorClass *operator_class = msm_operator_class_find (name, &error);

  if (operator_class == NULL)
    msm_session_fail (self, error);
  else
    msm_session_set_operator (self, operator_class);
}

gboolean
msm_session_is_sampling (MsmSession *self)
{
  return self->operator_class->make == NULL;
}

MsmParams *
msm_session_get_operator_params (MsmSession *self)
{
  return self->operator_class->params != NULL ? msm_session_params_of (self, self->operator_class->params) : NULL;
}

MsmParams *
msm_session_get_method_params (MsmSession *self)
{
  return self->method != NULL ? msm_session_params_of (self, self->method->params) : NULL;
}

MsmParams *
msm_session_get_espirit_params (MsmSession *self)
{
  return msm_session_params_of (self, msm_coil_map_params);
}

MsmParams *
msm_session_get_coil_params (MsmSession *self)
{
  return msm_session_params_of (self, coil_params);
}

void
msm_session_set_method_named (MsmSession *self, const char *name)
{
  const MsmSamplerClass *const *methods = msm_session_get_methods ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; methods[i] != NULL; i++)
    if (g_str_equal (methods[i]->name, name))
      {
        msm_session_set_method (self, methods[i]);
        return;
      }
  msm_sampler_class_find (name, &error); /* it says which there are */
  msm_session_fail (self, error);
}

const char *
msm_session_get_device (MsmSession *self)
{
  return self->device != NULL ? self->device : "auto";
}

void
msm_session_set_device (MsmSession *self, const char *name)
{
  if (g_str_equal (msm_session_get_device (self), name))
    return;
  g_free (self->device);
  self->device = g_strdup (name);
  msm_session_params_changed (self);
}

void
msm_session_params_changed (MsmSession *self)
{
  msm_session_plan_ahead (self);
}

void
msm_session_set_method_param (MsmSession *self, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!msm_params_set_text (msm_session_get_method_params (self), name, text, &error))
    msm_session_fail (self, error);
  else
    {
      msm_session_plan_ahead (self);
      g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
    }
}

static void
on_run_updated (MsmRunItem *run, MsmSession *self)
{
  const GError *error = msm_run_item_get_error (run);

  if (error != NULL && msm_run_item_get_state (run) == MSM_RUN_FAILED)
    msm_session_fail (self, error);
  if (msm_run_item_get_frame (run) == NULL)
    msm_session_take_put_back (self, run);
  if (!msm_run_item_is_active (run))
    msm_session_plan_ahead (self);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_RUN_UPDATED], 0);
}

static void
on_ahead_updated (MsmRunItem *run, MsmSession *self)
{
  msm_session_take_put_back (self, run);
}

/* Maps of @run, when they would come out equal. (transfer full) (nullable) */
static MsmTensor *
sens_of (MsmRunItem *run, const MsmSetup *setup)
{
  return msm_setup_shares_sens (setup, msm_run_item_get_setup (run)) ? msm_run_item_ref_sens (run) : NULL;
}

/* Maps of an earlier run. (transfer full) (nullable) */
static MsmTensor *
find_sens (MsmSession *self, const MsmSetup *setup)
{
  MsmTensor *ahead = self->ahead != NULL ? sens_of (self->ahead, setup) : NULL;

  if (ahead != NULL)
    return ahead;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);
      MsmTensor *sens = sens_of (run, setup);

      if (sens != NULL)
        return sens;
    }
  return NULL;
}

MsmSetup *
msm_session_make_setup (MsmSession *self)
{
  const MsmParams *operator_params = msm_session_get_operator_params (self);
  MsmSetup *setup = msm_setup_new ();

  setup->device = g_strdup (self->device);
  setup->method = self->method;
  setup->params = msm_params_copy (msm_session_get_method_params (self));
  if (msm_session_is_generating (self))
    return setup;
  msm_address_copy (&(MsmAddress){ self->scan->path, self->scan->group, self->indices, self->slice }, &setup->address);
  if (msm_session_is_sampling (self)) /* another operator has no mask */
    {
      setup->mask = msm_mask_copy (self->mask);
      setup->mask_is_drawn = self->mask_is_drawn;
      setup->pattern = self->mask_is_drawn ? self->pattern : NULL;
      setup->pattern_params = setup->pattern != NULL ? msm_params_copy (msm_session_get_pattern_params (self)) : NULL;
    }
  setup->espirit = msm_params_copy (msm_session_get_espirit_params (self));
  setup->n_virtual = (gsize) msm_params_get_int (msm_session_get_coil_params (self), "coils");
  setup->operator_class = self->operator_class;
  setup->operator_params = operator_params != NULL ? msm_params_copy (operator_params) : NULL;
  return setup;
}

/* The run of @setup, whether it was prepared ahead or not. (transfer full) */
static MsmRunItem *
take_run (MsmSession *self, MsmSetup *setup)
{
  MsmRunItem *run;

  if (self->ahead != NULL && msm_run_item_get_state (self->ahead) != MSM_RUN_FAILED
      && msm_setup_equal (setup, msm_run_item_get_setup (self->ahead)))
    {
      g_signal_handlers_disconnect_by_data (self->ahead, self);
      return g_steal_pointer (&self->ahead);
    }
  if (setup->sens == NULL)
    setup->sens = find_sens (self, setup);
  run = msm_run_item_new (setup, self->n_started + 1);
  msm_session_drop_ahead (self);
  return run;
}

static MsmRunItem *
start_run (MsmSession *self, MsmSetup *setup)
{
  g_autoptr (MsmRunItem) run = take_run (self, setup);

  self->n_started++;
  msm_run_item_set_shows (run, self->shows);
  g_signal_connect (run, "updated", G_CALLBACK (on_run_updated), self);
  g_list_store_insert (self->runs, 0, run);
  msm_session_select_run (self, run);
  msm_run_item_start (run, self->worker);
  return run;
}

/* ---- ahead ---- */

/* Longer than the pauses of a hand that draws or scrolls. */
#define AHEAD_MS 400

void
msm_session_drop_ahead (MsmSession *self)
{
  g_clear_handle_id (&self->ahead_source, g_source_remove);
  if (self->ahead != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->ahead, self);
      msm_run_item_stop (self->ahead);
    }
  g_clear_object (&self->ahead);
}

static gboolean
is_running (MsmSession *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      if (msm_run_item_is_active (run))
        return TRUE;
    }
  return FALSE;
}

static gboolean
on_ahead (gpointer data)
{
  MsmSession *self = data;
  g_autoptr (MsmSetup) setup = NULL;

  self->ahead_source = 0;
  if (!msm_session_can_start (self) || msm_session_is_loading (self) || is_running (self))
    return G_SOURCE_REMOVE;
  setup = msm_session_make_setup (self);
  if (self->ahead != NULL && msm_setup_equal (setup, msm_run_item_get_setup (self->ahead)))
    return G_SOURCE_REMOVE;
  setup->sens = find_sens (self, setup);
  msm_session_drop_ahead (self);
  self->ahead = msm_run_item_new (setup, self->n_started + 1);
  g_signal_connect (self->ahead, "updated", G_CALLBACK (on_ahead_updated), self);
  msm_run_item_prepare (self->ahead);
  return G_SOURCE_REMOVE;
}

void
msm_session_plan_ahead (MsmSession *self)
{
  if (self->closed)
    return;
  g_clear_handle_id (&self->ahead_source, g_source_remove);
  self->ahead_source = g_timeout_add (AHEAD_MS, on_ahead, self);
}

MsmRunItem *
msm_session_start_run (MsmSession *self)
{
  g_autoptr (MsmSetup) setup = NULL;

  if (!msm_session_can_start (self))
    return NULL;
  setup = msm_session_make_setup (self);
  return start_run (self, setup);
}

/* The frame that a branch would start from. (transfer none) (nullable) */
static MsmFrame *
branch_frame (MsmSession *self)
{
  MsmFrame *frame;

  if (self->run == NULL || !msm_session_can_start (self) || !msm_session_shows_run (self, self->run)
      || msm_run_item_get_setup (self->run)->method != self->method)
    return NULL;
  frame = msm_run_item_get_frame_at (self->run, self->position);
  return frame != NULL && frame->state != NULL && frame->info.step < frame->info.n_steps ? frame : NULL;
}

gboolean
msm_session_can_branch (MsmSession *self)
{
  return branch_frame (self) != NULL;
}

MsmRunItem *
msm_session_branch (MsmSession *self)
{
  MsmFrame *frame = branch_frame (self);
  g_autoptr (MsmSetup) setup = NULL;

  if (frame == NULL)
    return NULL;
  setup = msm_session_make_setup (self);
  setup->start = g_bytes_ref (frame->state);
  setup->start_step = frame->info.step;
  setup->parent = msm_setup_copy (msm_run_item_get_setup (self->run));
  setup->parent_number = msm_run_item_get_number (self->run);
  /* The one compute thread is the branch's now; what the parent has come to stays in the list. */
  msm_run_item_stop (self->run);
  return start_run (self, setup);
}

/* Of the slice and method that the selected run has, something else is chosen now. */
static gboolean
was_changed (MsmSession *self)
{
  const MsmSetup *setup = msm_run_item_get_setup (self->run);
  g_autoptr (MsmSetup) now = NULL;

  if (!msm_session_can_start (self) || !msm_session_shows_run (self, self->run) || setup->method != self->method)
    return FALSE;
  now = msm_session_make_setup (self);
  return !msm_setup_settings_equal (now, setup);
}

void
msm_session_continue (MsmSession *self)
{
  int step, n_steps;
  double seconds_left;

  if (self->run == NULL || !msm_run_item_is_paused (self->run))
    return;
  msm_session_set_position (self, -1);
  msm_run_item_get_progress (self->run, &step, &n_steps, &seconds_left);
  if (!was_changed (self))
    msm_run_item_pause (self->run, FALSE);
  else if (msm_session_can_branch (self))
    msm_session_branch (self);
  else if (step == 0)
    {
      /* Not one step was done: it begins with what is chosen now. */
      msm_session_remove_run (self, self->run);
      msm_session_start_run (self);
    }
  else
    {
      g_autoptr (GError) error = g_error_new_literal (
          MSM_ERROR, MSM_ERROR_UNSUPPORTED,
          _("This method cannot change its settings on the way: it goes on with those that it began with"));

      msm_session_fail (self, error);
      msm_run_item_pause (self->run, FALSE);
    }
}

gboolean
msm_session_get_shows (MsmSession *self)
{
  return self->shows;
}

void
msm_session_set_shows (MsmSession *self, gboolean shows)
{
  self->shows = shows;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      msm_run_item_set_shows (run, shows);
    }
}

GListModel *
msm_session_get_runs (MsmSession *self)
{
  return G_LIST_MODEL (self->runs);
}

MsmRunItem *
msm_session_get_run (MsmSession *self)
{
  return self->run;
}

MsmRunItem *
msm_session_find_run (MsmSession *self, int number)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      if (msm_run_item_get_number (run) == number)
        return run; /* the list keeps it */
    }
  return NULL;
}

int
msm_session_get_position (MsmSession *self)
{
  return self->position;
}

void
msm_session_set_position (MsmSession *self, int step)
{
  if (self->position == step)
    return;
  self->position = step;
  g_signal_emit (self, msm_session_signals[MSM_SESSION_POSITION_CHANGED], 0);
}

void
msm_session_select_run (MsmSession *self, MsmRunItem *run)
{
  if (self->run == run)
    return;
  g_set_object (&self->run, run);
  msm_session_set_position (self, -1);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_RUN_CHANGED], 0);
}

void
msm_session_remove_run (MsmSession *self, MsmRunItem *run)
{
  guint position;

  if (!g_list_store_find (self->runs, run, &position))
    return;
  msm_run_item_stop (run);
  g_signal_handlers_disconnect_by_data (run, self);
  if (self->run == run)
    msm_session_select_run (self, NULL);
  g_list_store_remove (self->runs, position);
}
