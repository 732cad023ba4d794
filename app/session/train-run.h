#pragma once

#include "app/session/run-sink.h"
#include "core/train/train.h"

G_BEGIN_DECLS

/*
 * A training in a thread of its own, with a device of its own, at low priority: it takes hours, and
 * reconstructions go on beside it. The thread leaves news; one coalesced wake-up of the main thread fetches
 * them.
 */
typedef struct _MsmTrainRun MsmTrainRun;

/* What happened since the last call. */
typedef struct
{
  MsmRunState state; /* PREPARING, RUNNING, DONE, STOPPED, FAILED */
  MsmTrainInfo info; /* of the newest step; its warning is @warning */
  GArray *rows;      /* MsmTrainInfo: the steps that wrote a row of the log */
  char *report;      /* (nullable) network, data and device, once prepared */
  char *strip;       /* (nullable) file of the newest strip */
  char *warning;     /* (nullable) what could not be written */
  GError *error;     /* (nullable) why it FAILED */
} MsmTrainNews;

/**
 * msm_train_run_new:
 * @experiment: (nullable): %NULL goes on from the folder's checkpoint, as its experiment.ini says
 * @device: what it computes on, as msm_device_open() takes it: "auto", "cpu", …
 * @func: in the main thread, when there are news
 */
MsmTrainRun *msm_train_run_new (const char *folder, const char *experiment, const char *device, MsmMailboxFunc func,
                                gpointer data);
/* After the step that is being done: saves, and ends as STOPPED. */
void msm_train_run_stop (MsmTrainRun *self);
/* Stops, waits for that, and frees; @func is not called any more. */
void msm_train_run_free (MsmTrainRun *self);
void msm_train_run_take (MsmTrainRun *self, MsmTrainNews *news);
void msm_train_news_clear (MsmTrainNews *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmTrainNews, msm_train_news_clear)

G_END_DECLS
