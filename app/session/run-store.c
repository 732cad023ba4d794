#include "config.h"

#include "app/session/run-store.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"

/* Longer than the pauses of a hand that draws or scrolls. */
#define AHEAD_MS 400

struct _MsmRunStore
{
  GObject parent_instance;
  MsmWorker *worker;
  MsmSetupFunc now;
  gpointer now_data;
  GListStore *runs;
  MsmRunItem *selected; /* (nullable) */
  MsmRunItem *ahead;    /* (nullable): the next run, being prepared while nobody waits; not in runs */
  guint ahead_source;
  int n_started;
  int position;   /* step; −1: the newest */
  gboolean shows; /* runs publish frames */
  gboolean closed;
};

G_DEFINE_FINAL_TYPE (MsmRunStore, msm_run_store, G_TYPE_OBJECT)

enum
{
  RUN_CHANGED,
  RUN_UPDATED,
  PREPARED,
  POSITION_CHANGED,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- what was prepared before ---- */

/* Maps of @run, when they would come out equal. (transfer full) (nullable) */
static MsmTensor *
sens_of (MsmRunItem *run, const MsmSetup *setup)
{
  return msm_setup_shares_sens (setup, msm_run_item_get_setup (run)) ? msm_run_item_ref_sens (run) : NULL;
}

/* Maps of an earlier run. (transfer full) (nullable) */
static MsmTensor *
find_sens (MsmRunStore *self, const MsmSetup *setup)
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

/* A new run of @setup, with what is known. (transfer full) */
static MsmRunItem *
make_run (MsmRunStore *self, const MsmSetup *setup)
{
  g_autoptr (MsmSetup) known = msm_setup_copy (setup);

  if (known->sens == NULL)
    known->sens = find_sens (self, setup);
  return msm_run_item_new (known, self->n_started + 1);
}

/* ---- ahead ---- */

void
msm_run_store_drop_ahead (MsmRunStore *self)
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
is_running (MsmRunStore *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      if (msm_run_item_is_active (run))
        return TRUE;
    }
  return FALSE;
}

static void
on_ahead_updated (MsmRunItem *run, MsmRunStore *self)
{
  g_signal_emit (self, signals[PREPARED], 0, run);
}

static gboolean
on_ahead (gpointer data)
{
  MsmRunStore *self = data;
  g_autoptr (MsmSetup) setup = NULL;
  MsmRunItem *run;

  self->ahead_source = 0;
  setup = is_running (self) ? NULL : self->now (self->now_data);
  if (setup == NULL || (self->ahead != NULL && msm_setup_equal (setup, msm_run_item_get_setup (self->ahead))))
    return G_SOURCE_REMOVE;
  run = make_run (self, setup);
  msm_run_store_drop_ahead (self);
  self->ahead = run;
  g_signal_connect (run, "updated", G_CALLBACK (on_ahead_updated), self);
  msm_run_item_prepare (run);
  return G_SOURCE_REMOVE;
}

void
msm_run_store_plan_ahead (MsmRunStore *self)
{
  if (self->closed)
    return;
  g_clear_handle_id (&self->ahead_source, g_source_remove);
  self->ahead_source = g_timeout_add (AHEAD_MS, on_ahead, self);
}

/* ---- starting ---- */

static void
on_run_updated (MsmRunItem *run, MsmRunStore *self)
{
  const GError *error = msm_run_item_get_error (run);

  if (error != NULL && msm_run_item_get_state (run) == MSM_RUN_FAILED)
    g_signal_emit (self, signals[FAILED], 0, error->message);
  if (msm_run_item_get_frame (run) == NULL)
    g_signal_emit (self, signals[PREPARED], 0, run);
  if (!msm_run_item_is_active (run))
    msm_run_store_plan_ahead (self);
  g_signal_emit (self, signals[RUN_UPDATED], 0);
}

/* The run of @setup, whether it was prepared ahead or not. (transfer full) */
static MsmRunItem *
take_run (MsmRunStore *self, const MsmSetup *setup)
{
  MsmRunItem *run;

  if (self->ahead != NULL && msm_run_item_get_state (self->ahead) != MSM_RUN_FAILED
      && msm_setup_equal (setup, msm_run_item_get_setup (self->ahead)))
    {
      g_signal_handlers_disconnect_by_data (self->ahead, self);
      return g_steal_pointer (&self->ahead);
    }
  run = make_run (self, setup);
  msm_run_store_drop_ahead (self);
  return run;
}

/* Into the list; it is not started yet. */
static void
add_run (MsmRunStore *self, MsmRunItem *run, gboolean shows)
{
  self->n_started++;
  msm_run_item_set_shows (run, shows);
  g_signal_connect (run, "updated", G_CALLBACK (on_run_updated), self);
  g_list_store_insert (self->runs, 0, run);
}

MsmRunItem *
msm_run_store_start (MsmRunStore *self, const MsmSetup *setup)
{
  g_autoptr (MsmRunItem) run = take_run (self, setup);

  add_run (self, run, self->shows);
  msm_run_store_select (self, run);
  msm_run_item_start (run, self->worker);
  return run;
}

MsmRunItem *
msm_run_store_start_aside (MsmRunStore *self, const MsmSetup *setup)
{
  g_autoptr (MsmRunItem) run = take_run (self, setup);

  add_run (self, run, FALSE);
  msm_run_item_start (run, self->worker);
  return run;
}

/* @now is of the method and the slice that the selected run is of. */
static gboolean
fits_selected (MsmRunStore *self, const MsmSetup *now)
{
  const MsmSetup *setup = self->selected != NULL ? msm_run_item_get_setup (self->selected) : NULL;

  return setup != NULL && now != NULL && setup->method == now->method
         && msm_address_equal (&setup->address, &now->address);
}

/* The frame that a branch would start from. (transfer none) (nullable) */
static MsmFrame *
branch_frame (MsmRunStore *self, const MsmSetup *now)
{
  MsmFrame *frame = fits_selected (self, now) ? msm_run_item_get_frame_at (self->selected, self->position) : NULL;

  return frame != NULL && frame->state != NULL && frame->info.step < frame->info.n_steps ? frame : NULL;
}

gboolean
msm_run_store_can_branch (MsmRunStore *self, const MsmSetup *now)
{
  return branch_frame (self, now) != NULL;
}

MsmRunItem *
msm_run_store_branch (MsmRunStore *self, const MsmSetup *now)
{
  MsmFrame *frame = branch_frame (self, now);
  g_autoptr (MsmSetup) setup = NULL;

  if (frame == NULL)
    return NULL;
  setup = msm_setup_copy (now);
  setup->start = g_bytes_ref (frame->state);
  setup->start_step = frame->info.step;
  setup->parent = msm_setup_copy (msm_run_item_get_setup (self->selected));
  setup->parent_number = msm_run_item_get_number (self->selected);
  /* The one compute thread is the branch's now; what the parent has come to stays in the list. */
  msm_run_item_stop (self->selected);
  return msm_run_store_start (self, setup);
}

void
msm_run_store_continue (MsmRunStore *self, const MsmSetup *now)
{
  int step, n_steps;
  double seconds_left;

  if (self->selected == NULL || !msm_run_item_is_paused (self->selected))
    return;
  msm_run_store_set_position (self, -1);
  msm_run_item_get_progress (self->selected, &step, &n_steps, &seconds_left);
  if (!fits_selected (self, now) || msm_setup_settings_equal (now, msm_run_item_get_setup (self->selected)))
    msm_run_item_pause (self->selected, FALSE);
  else if (msm_run_store_can_branch (self, now))
    msm_run_store_branch (self, now);
  else if (step == 0)
    {
      /* Not one step was done: it begins with what is chosen now. */
      msm_run_store_remove (self, self->selected);
      msm_run_store_start (self, now);
    }
  else
    {
      g_signal_emit (self, signals[FAILED], 0,
                     _("This method cannot change its settings on the way: it goes on with those that it began with"));
      msm_run_item_pause (self->selected, FALSE);
    }
}

/* ---- the list ---- */

GListModel *
msm_run_store_get_runs (MsmRunStore *self)
{
  return G_LIST_MODEL (self->runs);
}

MsmRunItem *
msm_run_store_get_selected (MsmRunStore *self)
{
  return self->selected;
}

void
msm_run_store_select (MsmRunStore *self, MsmRunItem *run)
{
  if (self->selected == run)
    return;
  g_set_object (&self->selected, run);
  msm_run_store_set_position (self, -1);
  g_signal_emit (self, signals[RUN_CHANGED], 0);
}

MsmRunItem *
msm_run_store_find (MsmRunStore *self, int number)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      if (msm_run_item_get_number (run) == number)
        return run; /* the list keeps it */
    }
  return NULL;
}

MsmRunItem *
msm_run_store_get_pinned (MsmRunStore *self, MsmPin pin)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      if (msm_run_item_get_pin (run) == pin)
        return run; /* the list keeps it */
    }
  return NULL;
}

void
msm_run_store_pin (MsmRunStore *self, MsmPin pin, MsmRunItem *run)
{
  MsmRunItem *before = msm_run_store_get_pinned (self, pin);

  if (before == run)
    return;
  if (before != NULL)
    msm_run_item_set_pin (before, MSM_PIN_NONE);
  if (run != NULL)
    msm_run_item_set_pin (run, pin);
  g_signal_emit (self, signals[RUN_CHANGED], 0);
}

void
msm_run_store_remove (MsmRunStore *self, MsmRunItem *run)
{
  guint position;

  if (!g_list_store_find (self->runs, run, &position))
    return;
  msm_run_item_stop (run);
  g_signal_handlers_disconnect_by_data (run, self);
  if (self->selected == run)
    msm_run_store_select (self, NULL);
  g_list_store_remove (self->runs, position);
}

int
msm_run_store_get_position (MsmRunStore *self)
{
  return self->position;
}

void
msm_run_store_set_position (MsmRunStore *self, int step)
{
  if (self->position == step)
    return;
  self->position = step;
  g_signal_emit (self, signals[POSITION_CHANGED], 0);
}

gboolean
msm_run_store_get_shows (MsmRunStore *self)
{
  return self->shows;
}

void
msm_run_store_set_shows (MsmRunStore *self, gboolean shows)
{
  self->shows = shows;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      msm_run_item_set_shows (run, shows);
    }
}

/* ---- the object ---- */

void
msm_run_store_close (MsmRunStore *self)
{
  self->closed = TRUE;
  msm_run_store_drop_ahead (self);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++)
    {
      g_autoptr (MsmRunItem) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

      g_signal_handlers_disconnect_by_data (run, self);
      msm_run_item_stop (run);
    }
}

static void
msm_run_store_dispose (GObject *object)
{
  MsmRunStore *self = MSM_RUN_STORE (object);

  if (!self->closed)
    msm_run_store_close (self);
  g_clear_object (&self->selected);
  G_OBJECT_CLASS (msm_run_store_parent_class)->dispose (object);
}

static void
msm_run_store_finalize (GObject *object)
{
  g_object_unref (MSM_RUN_STORE (object)->runs);
  G_OBJECT_CLASS (msm_run_store_parent_class)->finalize (object);
}

static void
msm_run_store_class_init (MsmRunStoreClass *klass)
{
  static const char *const names[] = { "run-changed", "run-updated", "prepared", "position-changed", "failed" };
  const GType types[N_SIGNALS] = { [PREPARED] = MSM_TYPE_RUN_ITEM, [FAILED] = G_TYPE_STRING };

  G_OBJECT_CLASS (klass)->dispose = msm_run_store_dispose;
  G_OBJECT_CLASS (klass)->finalize = msm_run_store_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], MSM_TYPE_RUN_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                               types[i] != 0 ? 1 : 0, types[i]);
}

static void
msm_run_store_init (MsmRunStore *self)
{
  self->runs = g_list_store_new (MSM_TYPE_RUN_ITEM);
  self->position = -1;
  self->shows = TRUE;
}

MsmRunStore *
msm_run_store_new (MsmWorker *worker, MsmSetupFunc now, gpointer data)
{
  MsmRunStore *self = g_object_new (MSM_TYPE_RUN_STORE, NULL);

  self->worker = worker;
  self->now = now;
  self->now_data = data;
  return self;
}
