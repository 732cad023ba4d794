#include "config.h"

#include "app/session/train-item.h"

#include <glib/gi18n-lib.h>

struct _MsmTrainItem
{
  GObject parent_instance;
  char *folder;
  MsmTrainRun *run;  /* NULL: only looked at, or ended */
  MsmRunState state; /* DONE before the first start */
  gboolean has_run;
  gboolean is_stopping;
  MsmTrainInfo info;
  char *report;
  char *trouble;
  char *strip;
  GArray *step, *loss;                             /* double */
  GArray *validation_step, *band[MSM_TRAIN_BANDS]; /* double */
};

G_DEFINE_FINAL_TYPE (MsmTrainItem, msm_train_item, G_TYPE_OBJECT)

enum
{
  UPDATED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
append (GArray *series, double value)
{
  g_array_append_val (series, value);
}

static void
add_row (MsmTrainItem *self, const MsmTrainInfo *row)
{
  append (self->step, (double) row->step);
  append (self->loss, row->mean_loss);
  if (!row->has_validation)
    return;
  append (self->validation_step, (double) row->step);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    append (self->band[b], row->validation[b]);
}

static void
read_log (MsmTrainItem *self)
{
  g_autoptr (GArray) rows = msm_train_log_read (self->folder);

  g_array_set_size (self->step, 0);
  g_array_set_size (self->loss, 0);
  g_array_set_size (self->validation_step, 0);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    g_array_set_size (self->band[b], 0);
  for (guint i = 0; i < rows->len; i++)
    {
      const MsmTrainInfo *row = &g_array_index (rows, MsmTrainInfo, i);

      add_row (self, row);
      self->info = *row;
    }
}

static void
take_text (char **dst, char **src)
{
  if (*src == NULL)
    return;
  g_free (*dst);
  *dst = g_steal_pointer (src);
}

static void
take_news (MsmTrainItem *self, MsmTrainNews *news)
{
  if (news->report != NULL) /* prepared: the log was begun, or cut to the checkpoint */
    read_log (self);
  for (guint i = 0; i < news->rows->len; i++)
    {
      const MsmTrainInfo *row = &g_array_index (news->rows, MsmTrainInfo, i);

      /* The log may have been read after the row was written. */
      if (self->step->len == 0 || g_array_index (self->step, double, self->step->len - 1) < (double) row->step)
        add_row (self, row);
    }
  if (news->info.step > 0)
    self->info = news->info;
  if (news->info.saved && news->warning == NULL)
    g_clear_pointer (&self->trouble, g_free);
  take_text (&self->report, &news->report);
  take_text (&self->strip, &news->strip);
  take_text (&self->trouble, &news->warning);
  if (news->error != NULL)
    {
      g_free (self->trouble);
      self->trouble = g_strdup (news->error->message);
    }
  self->state = news->state;
}

static void
on_news (MsmMailbox *mailbox, gpointer data)
{
  MsmTrainItem *self = data;
  g_auto (MsmTrainNews) news = { 0 };

  g_object_ref (self); /* a handler may drop the last other reference */
  msm_train_run_take (self->run, &news);
  take_news (self, &news);
  if (!msm_train_item_is_active (self))
    g_clear_pointer (&self->run, msm_train_run_free);
  g_signal_emit (self, signals[UPDATED], 0);
  g_object_unref (self);
}

static void
msm_train_item_dispose (GObject *object)
{
  MsmTrainItem *self = MSM_TRAIN_ITEM (object);

  g_clear_pointer (&self->run, msm_train_run_free); /* which saves */
  G_OBJECT_CLASS (msm_train_item_parent_class)->dispose (object);
}

static void
msm_train_item_finalize (GObject *object)
{
  MsmTrainItem *self = MSM_TRAIN_ITEM (object);

  g_free (self->folder);
  g_free (self->report);
  g_free (self->trouble);
  g_free (self->strip);
  g_array_unref (self->step);
  g_array_unref (self->loss);
  g_array_unref (self->validation_step);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    g_array_unref (self->band[b]);
  G_OBJECT_CLASS (msm_train_item_parent_class)->finalize (object);
}

static void
msm_train_item_class_init (MsmTrainItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = msm_train_item_dispose;
  object_class->finalize = msm_train_item_finalize;
  signals[UPDATED] =
      g_signal_new ("updated", MSM_TYPE_TRAIN_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
msm_train_item_init (MsmTrainItem *self)
{
  self->state = MSM_RUN_DONE;
  self->step = g_array_new (FALSE, FALSE, sizeof (double));
  self->loss = g_array_new (FALSE, FALSE, sizeof (double));
  self->validation_step = g_array_new (FALSE, FALSE, sizeof (double));
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    self->band[b] = g_array_new (FALSE, FALSE, sizeof (double));
}

MsmTrainItem *
msm_train_item_new (const char *folder)
{
  MsmTrainItem *self = g_object_new (MSM_TYPE_TRAIN_ITEM, NULL);

  self->folder = g_strdup (folder);
  self->strip = msm_train_find_strip (folder);
  read_log (self);
  return self;
}

void
msm_train_item_start (MsmTrainItem *self, const char *experiment, const char *device)
{
  g_return_if_fail (self->run == NULL);

  self->state = MSM_RUN_PREPARING;
  self->has_run = TRUE;
  self->is_stopping = FALSE;
  g_clear_pointer (&self->trouble, g_free);
  g_clear_pointer (&self->report, g_free);
  self->run = msm_train_run_new (self->folder, experiment, device, on_news, self);
  g_signal_emit (self, signals[UPDATED], 0);
}

void
msm_train_item_stop (MsmTrainItem *self)
{
  if (self->run == NULL)
    return;
  self->is_stopping = TRUE;
  msm_train_run_stop (self->run);
  g_signal_emit (self, signals[UPDATED], 0);
}

gboolean
msm_train_item_is_active (MsmTrainItem *self)
{
  return self->run != NULL && (self->state == MSM_RUN_PREPARING || self->state == MSM_RUN_RUNNING);
}

gboolean
msm_train_item_can_resume (MsmTrainItem *self)
{
  g_autofree char *path = g_build_filename (self->folder, "checkpoint.safetensors", NULL);

  return self->run == NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

const char *
msm_train_item_get_folder (MsmTrainItem *self)
{
  return self->folder;
}

static char *
format_running (MsmTrainItem *self)
{
  const MsmTrainInfo *info = &self->info;
  int left = (int) CLAMP (info->seconds_left, 0, 3.6e8);
  g_autofree char *step = info->n_steps > 0
                              ? g_strdup_printf (_("step %d of %d"), (int) info->step, (int) info->n_steps)
                              : g_strdup_printf (_("step %d"), (int) info->step);

  return g_strdup_printf (_("%s · loss %.4g · %.2f images/s · %d:%02d:%02d left"), step, info->loss,
                          info->images_per_s, left / 3600, left / 60 % 60, left % 60);
}

char *
msm_train_item_format_state (MsmTrainItem *self)
{
  if (self->is_stopping && msm_train_item_is_active (self))
    return g_strdup (_("saving after this step"));
  switch (self->state)
    {
    case MSM_RUN_PREPARING:
      return g_strdup (_("reading data"));
    case MSM_RUN_RUNNING:
      return self->info.images_per_s > 0 ? format_running (self) : g_strdup (_("the first step"));
    case MSM_RUN_STOPPED:
      return g_strdup_printf (_("stopped and saved after %d steps"), (int) self->info.step);
    case MSM_RUN_FAILED:
      return g_strdup_printf (_("failed after %d steps"), (int) self->info.step);
    case MSM_RUN_QUEUED:
    case MSM_RUN_PAUSED:
    case MSM_RUN_DONE:
    default:
      if (self->step->len == 0)
        return g_strdup (_("nothing was trained here yet"));
      return g_strdup_printf (self->has_run ? _("done: %d steps, %d images")
                                            : _("earlier training: %d steps, %d images"),
                              (int) self->info.step, (int) self->info.n_images);
    }
}

const char *
msm_train_item_get_report (MsmTrainItem *self)
{
  return self->report;
}

const char *
msm_train_item_get_trouble (MsmTrainItem *self)
{
  return self->trouble;
}

const char *
msm_train_item_get_strip (MsmTrainItem *self)
{
  return self->strip;
}

gsize
msm_train_item_get_loss (MsmTrainItem *self, const double **step, const double **loss)
{
  *step = (const double *) self->step->data;
  *loss = (const double *) self->loss->data;
  return self->step->len;
}

gsize
msm_train_item_get_band (MsmTrainItem *self, guint band, const double **step, const double **error)
{
  g_return_val_if_fail (band < MSM_TRAIN_BANDS, 0);

  *step = (const double *) self->validation_step->data;
  *error = (const double *) self->band[band]->data;
  return self->validation_step->len;
}

guint
msm_train_item_n_bands (void)
{
  return MSM_TRAIN_BANDS;
}

char *
msm_train_item_name_band (guint band)
{
  double low, high;

  msm_train_band ((int) band, &low, &high);
  return g_strdup_printf (high < 10 ? "%.2g–%.2g" : "%.0f–%.0f", low, high);
}
