#pragma once

#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/* Room for the figures of one comparison: at least as many as msm_metric_classes() has. */
#define MSM_METRICS_MAX 8

/* What a metric compares; the sums are over the region and all channels. */
typedef struct
{
  const float *image, *reference; /* [n_channels, n_rows, n_columns] */
  const guint8 *roi;              /* [n_rows, n_columns], 0/1 per pixel; NULL for all */
  gsize n_channels, n_rows, n_columns;
  double range;      /* L: the reference's maximum, also with a region, so that regions and whole images compare */
  double error2;     /* Σ (image − reference)² */
  double reference2; /* Σ reference² */
  gsize count;       /* values in the region */
} MsmMetricPair;

typedef enum
{
  MSM_METRIC_STEPS = 1 << 0, /* followed over the steps of a run: shown with an image, a column of a trajectory */
  MSM_METRIC_ROW = 1 << 1,   /* in the line of a run in the list of runs */
  MSM_METRIC_PLOT = 1 << 2,  /* has a plot over the steps */
} MsmMetricFlags;

/*
 * A figure that compares an image with a reference. fastMRI convention: per slice, data range = reference maximum, no
 * renormalisation. A normalised one is of images each min–max normalised to [0, 1] first, with L = 1, as the MSM
 * reference does: this hides errors of scale, and is shown only beside the other.
 */
typedef struct
{
  const char *name;  /* in JSON, and of a trajectory's dataset */
  const char *title; /* translatable */
  const char *unit;  /* NULL: none */
  int digits;        /* behind the point */
  gboolean higher_is_better;
  gboolean is_normalised;
  MsmMetricFlags flags;
  /* NaN where it is not defined, as without pixels or range; fails without memory */
  gboolean (*compute) (const MsmMetricPair *pair, double *value, GError **error);
} MsmMetric;

/* All metrics, in the order in which they are shown; the last has no name. */
const MsmMetric *msm_metric_classes (void);

/* The figures of one comparison: values[i] is of msm_metric_classes ()[i]. */
typedef struct
{
  double values[MSM_METRICS_MAX];
} MsmMetrics;

/* Every figure NaN. */
void msm_metrics_clear (MsmMetrics *metrics);
/* By the metric's name, which must be one of the table. */
double msm_metrics_get (const MsmMetrics *metrics, const char *name);
/* "31.42", with at most @max_digits behind the point; "–" of what is not defined, "∞". (transfer full) */
char *msm_metric_format (const MsmMetric *metric, double value, int max_digits);

/**
 * msm_metrics_compute:
 * @image, @reference: magnitudes or colours, [n_channels, n_rows, n_columns]
 * @roi: 0/1 per pixel, or NULL for all
 *
 * Every metric of the table: errors over all values, SSIM the mean over the channels.
 *
 * Returns: %FALSE with MSM_ERROR_MEMORY; @metrics is then NaN
 */
gboolean msm_metrics_compute (const float *image, const float *reference, const guint8 *roi, gsize n_channels,
                              gsize n_rows, gsize n_columns, MsmMetrics *metrics, GError **error);

G_END_DECLS
