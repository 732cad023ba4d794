#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The random numbers of training data. Every sample has a key of 64 bits, a function of the data set's
 * seed, the part (training, validation) and the sample's number; each purpose has its own stream.
 */
typedef enum
{
  MSM_DRAW_ORDER = 40, /* the order of items within an epoch */
  MSM_DRAW_GEOMETRY,
  MSM_DRAW_CONTRAST,
  MSM_DRAW_COILS,
  MSM_DRAW_ACQUISITION, /* phase, support, seeds */
  MSM_DRAW_NOISE,
  MSM_DRAW_SPLIT,   /* the lines that the network is not given */
  MSM_DRAW_VARIETY, /* core/dataset/variety.h */
} MsmDrawStream;

/* Numbers of one stream of one key, in order. */
typedef struct
{
  guint64 key;
  guint32 stream;
  guint64 next;
} MsmDraw;

/* Mixes a number into a key (the finaliser of SplitMix64): other numbers, unrelated keys. */
guint64 msm_draw_key (guint64 key, guint64 number);
MsmDraw msm_draw_new (guint64 key, MsmDrawStream stream);
/* Uniform in [low, high). */
double msm_draw_uniform (MsmDraw *self, double low, double high);
double msm_draw_normal (MsmDraw *self);
/* Uniform among 0 … n − 1. */
gsize msm_draw_index (MsmDraw *self, gsize n);
/* Standard normal numbers of the stream MSM_DRAW_NOISE of @key, without threads. */
void msm_draw_noise (guint64 key, float *noise, gsize n);
/* The @epoch-th order of 0 … n − 1. */
void msm_draw_order (guint64 seed, guint64 epoch, guint32 *order, gsize n);

G_END_DECLS
