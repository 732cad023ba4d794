#pragma once

#include "app/setup/held-back.h"
#include "app/setup/setup.h"
#include "core/base/cancel.h"
#include "core/run/frame.h"

G_BEGIN_DECLS

/* One step of a run, as plots need it. */
typedef struct
{
  int step;
  double sigma, residual; /* NaN: none */
  gboolean has_metrics;
  MsmMetrics metrics;
} MsmFigureStep;

/* What a run leaves for figures and films. */
typedef struct
{
  MsmSetup *setup;      /* resolved */
  MsmFrame *frame;      /* the last */
  GPtrArray *frames;    /* (nullable): all that were asked for, the last included */
  GArray *steps;        /* MsmFigureStep */
  MsmTensor *samples;   /* (nullable): asked for, of diffusion samplers: [n, channel, row, column], true values */
  MsmTensor *reference; /* (nullable): as in MsmProblem, but of true values */
  MsmMeasureKind kind;
  char *prior;           /* (nullable): of diffusion samplers: name, hash */
  char *measured;        /* "R 3.97 (random, R 4, …)", or the operator */
  const char *note;      /* (nullable): translatable */
  GPtrArray *warnings;   /* utf8: what the reader of the scan noted */
  MsmHeldBack held_back; /* n_points 0: not tested */
  double spacing[2];
  char edges[5];
  double seconds;
} MsmFigureRun;

typedef struct
{
  MsmScan *scan;     /* (nullable): of the setup's address */
  MsmDevice *device; /* (nullable) */
  int frames_every;  /* keeps a frame of every so many steps, of long runs of fewer; 0: the last alone */
  double held_back;  /* part of the measured lines by which diffusion samplers are tested; 0: none */
  gboolean keeps_samples;
  gboolean follows; /* metrics of every step */
  MsmCancel *cancel;
  void (*on_progress) (const char *title, double fraction, gpointer data); /* (nullable) */
  gpointer data;
} MsmFigureRunOptions;

/**
 * msm_figure_run:
 * @setup_take: what is run; where it lacks a prior, that of the scan's size is taken, as the window does
 *
 * Returns: (transfer full): NULL as msm_setup_prepare() and the run fail
 */
MsmFigureRun *msm_figure_run (MsmSetup *setup_take, const MsmFigureRunOptions *options, GError **error);
void msm_figure_run_free (MsmFigureRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFigureRun, msm_figure_run_free)

G_END_DECLS
