#include "config.h"

#include "app/session/session-private.h"

/* What the window asks of the runs. */

gboolean
msm_session_shows_run (MsmSession *self, MsmRunItem *run)
{
  return msm_run_item_is_generated (run) || msm_study_is_at (self->study, &msm_run_item_get_setup (run)->address);
}

MsmRunItem *
msm_session_start_run (MsmSession *self)
{
  g_autoptr (MsmSetup) now = msm_session_make_setup (self);

  return now != NULL ? msm_run_store_start (self->runs, now) : NULL;
}

gboolean
msm_session_can_start_volume (MsmSession *self)
{
  const MsmScan *scan = msm_session_get_scan (self);

  return scan != NULL && scan->n_slices > 1 && !msm_session_is_generating (self) && msm_session_can_start (self)
         && !msm_volume_queue_is_active (self->volume);
}

void
msm_session_start_volume (MsmSession *self)
{
  g_autoptr (MsmSetup) now = msm_session_can_start_volume (self) ? msm_session_make_setup (self) : NULL;

  if (now != NULL)
    msm_volume_queue_begin (self->volume, now, msm_session_get_scan (self)->n_slices);
}

MsmVolumeQueue *
msm_session_get_volume (MsmSession *self)
{
  return self->volume;
}

gboolean
msm_session_can_branch (MsmSession *self)
{
  g_autoptr (MsmSetup) now = msm_session_make_setup (self);

  return msm_run_store_can_branch (self->runs, now);
}

MsmRunItem *
msm_session_branch (MsmSession *self)
{
  g_autoptr (MsmSetup) now = msm_session_make_setup (self);

  return msm_run_store_branch (self->runs, now);
}

void
msm_session_continue (MsmSession *self)
{
  g_autoptr (MsmSetup) now = msm_session_make_setup (self);

  msm_run_store_continue (self->runs, now);
}

GListModel *
msm_session_get_runs (MsmSession *self)
{
  return msm_run_store_get_runs (self->runs);
}

MsmRunItem *
msm_session_get_run (MsmSession *self)
{
  return msm_run_store_get_selected (self->runs);
}

MsmRunItem *
msm_session_find_run (MsmSession *self, int number)
{
  return msm_run_store_find (self->runs, number);
}

void
msm_session_select_run (MsmSession *self, MsmRunItem *run)
{
  msm_run_store_select (self->runs, run);
}

/* What is open is what @run is of. */
static void
take_settings (MsmSession *self, MsmRunItem *run)
{
  g_autoptr (GError) error = NULL;

  if (!msm_setup_model_take_all (self->setup, msm_run_item_get_setup (run), &error))
    msm_session_fail (self, error);
  msm_run_store_select (self->runs, run);
}

void
msm_session_go_to_run (MsmSession *self, MsmRunItem *run)
{
  const MsmSetup *setup = msm_run_item_get_setup (run);
  const MsmAddress *address = &setup->address;
  g_auto (MsmAddress) now = { NULL };

  msm_session_drop_wishes (self);
  if (msm_run_item_is_generated (run) || msm_study_is_at (self->study, address))
    take_settings (self, run);
  else if (msm_study_get_address (self->study, &now) && msm_address_same_scan (&now, address))
    {
      msm_study_set_slice (self->study, address->slice);
      take_settings (self, run);
    }
  else
    {
      MsmScanOptions options = { .group = address->group, .indices = address->indices };

      self->wished = msm_setup_copy (setup);
      self->wished_run = g_object_ref (run);
      msm_study_open (self->study, address->path, &options);
    }
}

void
msm_session_pin_run (MsmSession *self, MsmPin pin, MsmRunItem *run)
{
  msm_run_store_pin (self->runs, pin, run);
}

MsmRunItem *
msm_session_get_pinned (MsmSession *self, MsmPin pin)
{
  return msm_run_store_get_pinned (self->runs, pin);
}

void
msm_session_remove_run (MsmSession *self, MsmRunItem *run)
{
  if (run == msm_volume_queue_get_run (self->volume))
    msm_volume_queue_stop (self->volume);
  msm_run_store_remove (self->runs, run);
}

int
msm_session_get_position (MsmSession *self)
{
  return msm_run_store_get_position (self->runs);
}

void
msm_session_set_position (MsmSession *self, int step)
{
  msm_run_store_set_position (self->runs, step);
}

gboolean
msm_session_get_shows (MsmSession *self)
{
  return msm_run_store_get_shows (self->runs);
}

void
msm_session_set_shows (MsmSession *self, gboolean shows)
{
  msm_run_store_set_shows (self->runs, shows);
}
