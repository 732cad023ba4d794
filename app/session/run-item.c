#include "config.h"

#include "app/session/run-item.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "app/session/frame-store.h"
#include "app/session/run-job.h"

/* Of the frames that all runs together keep in memory for the scrubber; the others lie in files. */
#define KEPT_BYTES ((gsize) 256 << 20)

struct _MsmRunItem
{
  GObject parent_instance;
  char *title, *name, *note, *origin;
  gboolean is_starred;
  MsmPin pin;
  MsmSetup *setup;
  MsmRunFeed *feed;
  MsmRunJob *job;
  MsmRunState state;
  GError *error;
  int number;
  MsmFrame *frame;
  MsmFrameStore *kept;
  GArray *series[MSM_N_SERIES];
  MsmRunEvent last;
  double ms_per_step; /* running mean */
  double ms;          /* of all steps */
  gint64 told_at;
};

G_DEFINE_FINAL_TYPE (MsmRunItem, msm_run_item, G_TYPE_OBJECT)

enum
{
  PROP_TITLE = 1,
  PROP_STATE,
  PROP_STATE_TEXT,
  PROP_NOTE,
  PROP_STARRED,
  PROP_PIN,
  N_PROPS
};
static GParamSpec *props[N_PROPS];
enum
{
  UPDATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
append (MsmRunItem *self, MsmSeries series, double value)
{
  g_array_append_val (self->series[series], value);
}

static void
take_events (MsmRunItem *self)
{
  g_autoptr (GArray) events = msm_run_feed_drain (self->feed);

  for (guint i = 0; i < events->len; i++)
    {
      const MsmRunEvent *event = &g_array_index (events, MsmRunEvent, i);

      append (self, MSM_SERIES_STEP, event->info.step);
      append (self, MSM_SERIES_RESIDUAL, event->info.residual);
      append (self, MSM_SERIES_COST, event->info.cost);
      append (self, MSM_SERIES_SIGMA, event->info.sigma);
      self->ms_per_step = self->ms_per_step > 0 ? 0.9 * self->ms_per_step + 0.1 * event->ms : event->ms;
      self->ms += event->ms;
      self->last = *event;
    }
}

static void
on_wake (MsmMailbox *mailbox, gpointer data)
{
  MsmRunItem *self = data;
  MsmFrame *frame;
  MsmRunState state = msm_run_feed_get_state (self->feed, self->error == NULL ? &self->error : NULL);

  g_object_ref (self); /* a handler may drop the last other reference */
  take_events (self);
  frame = msm_mailbox_take (mailbox);
  if (frame != NULL)
    {
      g_clear_pointer (&self->frame, msm_frame_unref);
      self->frame = frame;
      /* That of step 0 is a first look, and no step to go back to. */
      if (frame->info.step > 0)
        msm_frame_store_add (self->kept, frame);
      if (frame->info.step > 0 && frame->has_metrics)
        {
          append (self, MSM_SERIES_METRIC_STEP, frame->info.step);
          for (int i = 0; i < MSM_METRICS_MAX; i++)
            append (self, MSM_SERIES_METRICS + i, frame->metrics.values[i]);
        }
    }
  if (state != self->state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
    }
  /* The list's text follows four times a second; its end is never missed. */
  if (state != MSM_RUN_RUNNING || g_get_monotonic_time () - self->told_at > 250000)
    {
      self->told_at = g_get_monotonic_time ();
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE_TEXT]);
    }
  g_signal_emit (self, signals[UPDATED], 0);
  g_object_unref (self);
}

static void
msm_run_item_dispose (GObject *object)
{
  MsmRunItem *self = MSM_RUN_ITEM (object);

  if (self->feed != NULL)
    {
      msm_mailbox_close (msm_run_feed_get_mailbox (self->feed));
      msm_run_feed_stop (self->feed);
      g_clear_pointer (&self->job, msm_run_job_unref);
      g_clear_pointer (&self->feed, msm_run_feed_unref);
    }
  G_OBJECT_CLASS (msm_run_item_parent_class)->dispose (object);
}

static void
msm_run_item_finalize (GObject *object)
{
  MsmRunItem *self = MSM_RUN_ITEM (object);

  g_free (self->title);
  g_free (self->name);
  g_free (self->note);
  g_free (self->origin);
  g_clear_pointer (&self->setup, msm_setup_free);
  g_clear_pointer (&self->frame, msm_frame_unref);
  g_clear_pointer (&self->kept, msm_frame_store_free);
  g_clear_error (&self->error);
  for (int i = 0; i < MSM_N_SERIES; i++)
    g_array_unref (self->series[i]);
  G_OBJECT_CLASS (msm_run_item_parent_class)->finalize (object);
}

char *
msm_metrics_brief (const MsmMetrics *metrics, MsmMetricFlags flag)
{
  const MsmMetric *classes = msm_metric_classes ();
  GString *text = g_string_new (NULL);

  for (gsize i = 0; classes[i].name != NULL; i++)
    if ((classes[i].flags & flag) != 0)
      {
        g_autofree char *value = msm_metric_format (&classes[i], metrics->values[i], 4);

        /* A unit says what it is of. */
        g_string_append_printf (text, "%s%s %s", text->len > 0 ? " · " : "",
                                classes[i].unit != NULL ? value : _(classes[i].title),
                                classes[i].unit != NULL ? classes[i].unit : value);
      }
  return g_string_free (text, FALSE);
}

static char *
format_state (MsmRunItem *self)
{
  const MsmFrame *frame = self->frame;

  switch (self->state)
    {
    case MSM_RUN_QUEUED:
      return g_strdup (_("waiting"));
    case MSM_RUN_PREPARING:
      return g_strdup (_("preparing"));
    case MSM_RUN_RUNNING:
      return g_strdup_printf (_("step %d of %d"), self->last.info.step, self->last.info.n_steps);
    case MSM_RUN_PAUSED:
      return self->last.info.n_steps == 0
                 ? g_strdup (_("paused before the first step"))
                 : g_strdup_printf (_("paused at %d of %d"), self->last.info.step, self->last.info.n_steps);
    case MSM_RUN_STOPPED:
      return g_strdup_printf (_("stopped at %d"), self->last.info.step);
    case MSM_RUN_FAILED:
      return self->error != NULL ? g_strdup_printf (_("failed: %s"), self->error->message) : g_strdup (_("failed"));
    case MSM_RUN_DONE:
    default:
      if (frame != NULL && frame->has_metrics)
        return msm_metrics_brief (&frame->metrics, MSM_METRIC_ROW);
      if (isnan (self->last.info.residual)) /* nothing was measured */
        return g_strdup (_("done"));
      return g_strdup_printf (_("residual %.4f"), self->last.info.residual);
    }
}

static char *
format_state_and_note (MsmRunItem *self)
{
  char *state = format_state (self);
  char *both;

  if (self->frame == NULL || self->frame->note == NULL)
    return state;
  /* Translators: how a run stands, and what it did otherwise than asked. */
  both = g_strdup_printf (_("%s · %s"), state, _(self->frame->note));
  g_free (state);
  return both;
}

static void
msm_run_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsmRunItem *self = MSM_RUN_ITEM (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_STATE_TEXT:
      g_value_take_string (value, format_state_and_note (self));
      break;
    case PROP_NOTE:
      g_value_set_string (value, self->note);
      break;
    case PROP_STARRED:
      g_value_set_boolean (value, self->is_starred);
      break;
    case PROP_PIN:
      g_value_set_int (value, (int) self->pin);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
msm_run_item_class_init (MsmRunItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = msm_run_item_dispose;
  object_class->finalize = msm_run_item_finalize;
  object_class->get_property = msm_run_item_get_property;
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, 0, MSM_RUN_FAILED, 0, flags);
  props[PROP_STATE_TEXT] = g_param_spec_string ("state-text", NULL, NULL, NULL, flags);
  props[PROP_NOTE] = g_param_spec_string ("note", NULL, NULL, NULL, flags);
  props[PROP_STARRED] = g_param_spec_boolean ("starred", NULL, NULL, FALSE, flags);
  props[PROP_PIN] = g_param_spec_int ("pin", NULL, NULL, MSM_PIN_NONE, MSM_PIN_B, MSM_PIN_NONE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[UPDATED] =
      g_signal_new ("updated", MSM_TYPE_RUN_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

MsmFrameBudget *
msm_run_item_get_frame_budget (void)
{
  /* Memory is the program's, whatever the number of its windows. */
  static MsmFrameBudget *budget = NULL;

  if (budget == NULL)
    budget = msm_frame_budget_new (KEPT_BYTES);
  return budget;
}

static void
msm_run_item_init (MsmRunItem *self)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "msm-studio", NULL);

  for (int i = 0; i < MSM_N_SERIES; i++)
    self->series[i] = g_array_new (FALSE, FALSE, sizeof (double));
  self->kept = msm_frame_store_new (msm_run_item_get_frame_budget (), folder);
  self->feed = msm_run_feed_new (on_wake, self);
}

/* "3  MSM posterior  R 3.46  from 1 @ 120", or "3  the name" (transfer full) */
static char *
make_title (MsmRunItem *self)
{
  const MsmSetup *setup = self->setup;
  GString *title = g_string_new (NULL);

  g_string_append_printf (title, "%d  %s", self->number, self->name != NULL ? self->name : _(setup->method->title));
  if (self->name != NULL)
    return g_string_free (title, FALSE);
  if (setup->operator_class != NULL && setup->operator_class->make != NULL)
    g_string_append_printf (title, "  %s", _(setup->operator_class->title));
  else if (setup->mask != NULL && msm_mask_count (setup->mask) == 0)
    g_string_append (title, "  R ∞");
  else if (setup->mask != NULL && !msm_mask_is_full (setup->mask))
    g_string_append_printf (title, "  R %.2f", msm_mask_effective_accel (setup->mask));
  if (self->origin != NULL)
    g_string_append_printf (title, "  %s", self->origin);
  return g_string_free (title, FALSE);
}

/**
 * msm_run_item_new:
 * @number: shown in the title, so that runs with equal settings can be told apart
 */
MsmRunItem *
msm_run_item_new (const MsmSetup *setup, int number)
{
  MsmRunItem *self = g_object_new (MSM_TYPE_RUN_ITEM, NULL);

  self->setup = msm_setup_copy (setup);
  self->number = number;
  if (setup->parent != NULL)
    /* Translators: a branch: the number of the run that it comes from, and the step, in one line (no-break spaces) */
    self->origin = g_strdup_printf (_("from %d @ %d"), setup->parent_number, setup->start_step);
  self->title = make_title (self);
  return self;
}

void
msm_run_item_prepare (MsmRunItem *self)
{
  if (self->job == NULL)
    self->job = msm_run_job_new (self->setup, self->feed);
}

void
msm_run_item_start (MsmRunItem *self, MsmWorker *worker)
{
  msm_run_item_prepare (self);
  msm_run_job_start (self->job, worker);
}

const MsmSetup *
msm_run_item_get_setup (MsmRunItem *self)
{
  return self->setup;
}

gboolean
msm_run_item_is_generated (MsmRunItem *self)
{
  return self->setup->address.path == NULL;
}

char *
msm_run_item_describe (MsmRunItem *self)
{
  return msm_setup_describe (self->setup);
}

const char *
msm_run_item_get_title (MsmRunItem *self)
{
  return self->title;
}

/* TRUE: it was another text. An empty one is none. */
static gboolean
replace_text (char **text, const char *by)
{
  if (by != NULL && by[0] == '\0')
    by = NULL;
  if (g_strcmp0 (*text, by) == 0)
    return FALSE;
  g_free (*text);
  *text = g_strdup (by);
  return TRUE;
}

const char *
msm_run_item_get_name (MsmRunItem *self)
{
  return self->name;
}

void
msm_run_item_set_name (MsmRunItem *self, const char *name)
{
  if (!replace_text (&self->name, name))
    return;
  g_free (self->title);
  self->title = make_title (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TITLE]);
}

const char *
msm_run_item_get_note (MsmRunItem *self)
{
  return self->note;
}

void
msm_run_item_set_note (MsmRunItem *self, const char *note)
{
  if (replace_text (&self->note, note))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NOTE]);
}

gboolean
msm_run_item_get_starred (MsmRunItem *self)
{
  return self->is_starred;
}

void
msm_run_item_set_starred (MsmRunItem *self, gboolean is_starred)
{
  if (self->is_starred == is_starred)
    return;
  self->is_starred = is_starred;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STARRED]);
}

MsmPin
msm_run_item_get_pin (MsmRunItem *self)
{
  return self->pin;
}

void
msm_run_item_set_pin (MsmRunItem *self, MsmPin pin)
{
  if (self->pin == pin)
    return;
  self->pin = pin;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PIN]);
}

const char *
msm_run_item_get_origin (MsmRunItem *self)
{
  return self->origin;
}

MsmRunState
msm_run_item_get_state (MsmRunItem *self)
{
  return self->state;
}

gboolean
msm_run_item_is_active (MsmRunItem *self)
{
  return self->state < MSM_RUN_DONE;
}

gboolean
msm_run_item_is_paused (MsmRunItem *self)
{
  return self->state == MSM_RUN_PAUSED;
}

void
msm_run_item_get_progress (MsmRunItem *self, int *step, int *n_steps, double *seconds_left)
{
  *step = self->last.info.step;
  *n_steps = self->last.info.n_steps;
  *seconds_left = (self->last.info.n_steps - self->last.info.step) * self->ms_per_step / 1000;
}

const GError *
msm_run_item_get_error (MsmRunItem *self)
{
  return self->error;
}

int
msm_run_item_get_number (MsmRunItem *self)
{
  return self->number;
}

MsmFrame *
msm_run_item_get_frame (MsmRunItem *self)
{
  return self->frame;
}

guint
msm_run_item_get_n_kept (MsmRunItem *self)
{
  return msm_frame_store_get_n (self->kept);
}

int
msm_run_item_get_kept_step (MsmRunItem *self, guint index)
{
  return msm_frame_store_get_step (self->kept, index);
}

MsmFrame *
msm_run_item_get_frame_at (MsmRunItem *self, int step)
{
  int index = step < 0 ? -1 : msm_frame_store_find (self->kept, step);

  /* A run that failed has steps, but no result: the newest frame may be what it ran away with. */
  if (step < 0 && self->state == MSM_RUN_FAILED)
    return NULL;
  return index >= 0 ? msm_frame_store_get (self->kept, (guint) index) : self->frame;
}

const double *
msm_run_item_get_series (MsmRunItem *self, MsmSeries series, gsize *n)
{
  *n = self->series[series]->len;
  return (const double *) (gpointer) self->series[series]->data;
}

MsmTensor *
msm_run_item_ref_sens (MsmRunItem *self)
{
  return msm_run_feed_ref_sens (self->feed);
}

MsmTensor *
msm_run_item_ref_put_back (MsmRunItem *self)
{
  return msm_run_feed_ref_put_back (self->feed);
}

void
msm_run_item_set_shows (MsmRunItem *self, gboolean shows)
{
  msm_run_feed_set_shows (self->feed, shows);
}

void
msm_run_item_get_cost (MsmRunItem *self, double *run_ms, double *show_ms)
{
  *run_ms = self->ms;
  *show_ms = msm_run_feed_get_show_ms (self->feed);
}

void
msm_run_item_pause (MsmRunItem *self, gboolean pause)
{
  msm_run_feed_pause (self->feed, pause);
}

void
msm_run_item_step (MsmRunItem *self)
{
  msm_run_feed_step (self->feed);
}

void
msm_run_item_stop (MsmRunItem *self)
{
  msm_run_feed_stop (self->feed);
}
