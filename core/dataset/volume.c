#include "config.h"

#include "core/dataset/volume.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/device/device.h"
#include "core/phantom/acquire.h"
#include "core/tensor/crop.h"

/* Brighter than this part of the volume's 99.5th percentile is tissue. */
#define TISSUE       0.12
/* A row or column belongs to the object when this part of it is tissue: lone bright noise does not count. */
#define LINE_TISSUE  0.03
/* Slices are taken from the first to the last with this part of the fullest one's tissue. */
#define SLICE_TISSUE 0.7
#define MARGIN       0.12
/* Towards the cut edges the picture fades to zero over this part of its sides: no frame of noise shows. */
#define FADE         0.06
/* The object fills at most this part of the field of view. */
#define HIGHEST_FILL 0.95

typedef struct
{
  gsize index;
  float *values;
  gsize n_tissue;
} Slice;

struct _MsmVolume
{
  gsize n_rows, n_columns;
  double aspect;
  GArray *slices;    /* Slice */
  double level;      /* 99.5th percentile */
  gsize first, last; /* usable slices, as indices of the file */
  gsize box[4];      /* first and last row, first and last column of the object */
};

MsmVolume *
msm_volume_new (gsize n_rows, gsize n_columns, double aspect)
{
  MsmVolume *self = g_new0 (MsmVolume, 1);

  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->aspect = aspect;
  self->slices = g_array_new (FALSE, FALSE, sizeof (Slice));
  return self;
}

void
msm_volume_free (MsmVolume *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < self->slices->len; i++)
    g_free (g_array_index (self->slices, Slice, i).values);
  g_array_unref (self->slices);
  g_free (self);
}

void
msm_volume_magnitude (MsmTensor *slice, float *to, gsize n)
{
  gboolean is_complex = msm_tensor_dtype (slice) == MSM_C64;
  const float *from = msm_tensor_const_host (slice);

  for (gsize i = 0; i < n; i++)
    to[i] = is_complex ? hypotf (from[2 * i], from[2 * i + 1]) : MAX (from[i], 0);
}

gboolean
msm_volume_add (MsmVolume *self, gsize index, MsmTensor *slice)
{
  gsize n = self->n_rows * self->n_columns;
  Slice added = { index, NULL, 0 };
  float low = INFINITY, high = -INFINITY;

  g_return_val_if_fail (msm_tensor_size (slice) == n, FALSE);
  added.values = g_new (float, n);
  msm_volume_magnitude (slice, added.values, n);
  for (gsize i = 0; i < n; i++)
    {
      low = MIN (low, added.values[i]);
      high = MAX (high, added.values[i]);
    }
  if (!(low < high))
    {
      g_free (added.values);
      return FALSE;
    }
  g_array_append_val (self->slices, added);
  return TRUE;
}

/* From a histogram over all slices. */
static double
percentile (MsmVolume *self, double part)
{
  guint64 counts[4096] = { 0 }, total = 0, sum = 0;
  gsize n = self->n_rows * self->n_columns, bin;
  float highest = 0;

  for (gsize k = 0; k < self->slices->len; k++)
    for (gsize i = 0; i < n; i++)
      highest = MAX (highest, g_array_index (self->slices, Slice, k).values[i]);
  for (gsize k = 0; k < self->slices->len; k++)
    for (gsize i = 0; i < n; i++, total++)
      counts[(gsize) (g_array_index (self->slices, Slice, k).values[i] / highest * 4095)]++;
  for (bin = 0; bin < 4095 && (double) sum + (double) counts[bin] < part * (double) total; bin++)
    sum += counts[bin];
  return highest * ((double) bin + 1) / 4096;
}

static void
find_object (MsmVolume *self, const float *values, float threshold)
{
  g_autofree gsize *rows = g_new0 (gsize, self->n_rows);
  g_autofree gsize *columns = g_new0 (gsize, self->n_columns);

  for (gsize r = 0; r < self->n_rows; r++)
    for (gsize c = 0; c < self->n_columns; c++)
      if (values[r * self->n_columns + c] > threshold)
        {
          rows[r]++;
          columns[c]++;
        }
  for (gsize r = 0; r < self->n_rows; r++)
    if ((double) rows[r] > LINE_TISSUE * (double) self->n_columns)
      {
        self->box[0] = MIN (self->box[0], r);
        self->box[1] = MAX (self->box[1], r);
      }
  for (gsize c = 0; c < self->n_columns; c++)
    if ((double) columns[c] > LINE_TISSUE * (double) self->n_rows)
      {
        self->box[2] = MIN (self->box[2], c);
        self->box[3] = MAX (self->box[3], c);
      }
}

gboolean
msm_volume_is_usable (MsmVolume *self)
{
  gsize most = 0;
  float threshold;

  if (self->slices->len == 0)
    return FALSE;
  if (self->level > 0)
    return self->box[0] <= self->box[1] && self->box[2] <= self->box[3];
  self->level = percentile (self, 0.995);
  threshold = (float) (TISSUE * self->level);
  for (gsize k = 0; k < self->slices->len; k++)
    {
      Slice *slice = &g_array_index (self->slices, Slice, k);

      for (gsize i = 0; i < self->n_rows * self->n_columns; i++)
        slice->n_tissue += slice->values[i] > threshold;
      most = MAX (most, slice->n_tissue);
    }
  self->first = G_MAXSIZE;
  self->box[0] = self->box[2] = G_MAXSIZE;
  for (gsize k = 0; k < self->slices->len; k++)
    {
      const Slice *slice = &g_array_index (self->slices, Slice, k);

      if ((double) slice->n_tissue < SLICE_TISSUE * (double) most)
        continue;
      self->first = MIN (self->first, slice->index);
      self->last = MAX (self->last, slice->index);
      find_object (self, slice->values, threshold);
    }
  return self->box[0] <= self->box[1] && self->box[2] <= self->box[3];
}

/* The centre of k-space of a plane, as a smaller plane. */
static float *
reduce (const float *plane, gsize rows, gsize columns, gsize new_rows, gsize new_columns, GError **error)
{
  MsmDevice *host = msm_device_host ();
  g_autoptr (MsmTensor) from = msm_tensor_new (host, MSM_C64, msm_shape4 (1, 1, rows, columns), error);
  g_autoptr (MsmTensor) to = NULL;
  float scale = sqrtf ((float) (new_rows * new_columns) / (float) (rows * columns));
  float *values;

  if (from == NULL)
    return NULL;
  to = msm_tensor_new (host, MSM_C64, msm_shape4 (1, 1, new_rows, new_columns), error);
  if (to == NULL)
    return NULL;
  for (gsize i = 0; i < rows * columns; i++)
    msm_tensor_host (from)[2 * i] = plane[i];
  if (!msm_acquire_dft (from, FALSE, error))
    return NULL;
  for (gsize r = 0; r < new_rows; r++)
    memcpy (msm_tensor_host (to) + 2 * r * new_columns,
            msm_tensor_const_host (from)
                + 2 * ((r + msm_centre_first (rows, new_rows)) * columns + msm_centre_first (columns, new_columns)),
            2 * new_columns * sizeof (float));
  if (!msm_acquire_dft (to, TRUE, error))
    return NULL;
  values = msm_try_new (float, new_rows *new_columns, error);
  for (gsize i = 0; values != NULL && i < new_rows * new_columns; i++)
    values[i] = scale * msm_tensor_const_host (to)[2 * i];
  return values;
}

/* The object's box with a margin, in @part: first row, rows, first column, columns. */
static void
choose_part (MsmVolume *self, gsize part[4])
{
  gsize size[2] = { self->n_rows, self->n_columns };

  for (int i = 0; i < 2; i++)
    {
      gsize low = self->box[2 * i], high = self->box[2 * i + 1] + 1;
      gsize margin = (gsize) (MARGIN * (double) (high - low));

      low = low > margin ? low - margin : 0;
      high = MIN (high + margin, size[i]);
      part[2 * i] = low;
      part[2 * i + 1] = high - low;
    }
}

/* The slice's @part, faded towards its edges. */
static float *
cut_part (MsmVolume *self, const Slice *slice, const gsize part[4], GError **error)
{
  float *values = msm_try_new (float, part[1] * part[3], error);
  g_autofree float *fade = g_new (float, part[1] + part[3]);

  for (gsize i = 0; i < part[1] + part[3]; i++)
    {
      gsize n = i < part[1] ? part[1] : part[3], k = i < part[1] ? i : i - part[1];
      double at = ((double) MIN (k, n - 1 - k) + 0.5) / (FADE * (double) n);

      fade[i] = at >= 1 ? 1 : (float) (0.5 - 0.5 * cos (G_PI * at));
    }
  for (gsize r = 0; values != NULL && r < part[1]; r++)
    for (gsize c = 0; c < part[3]; c++)
      values[r * part[3] + c] =
          slice->values[(part[0] + r) * self->n_columns + part[2] + c] * fade[r] * fade[part[1] + c];
  return values;
}

MsmPicture *
msm_volume_picture (MsmVolume *self, gsize index, gsize fine_size, GError **error)
{
  const Slice *slice = NULL;
  gsize part[4], rows, columns;
  double object[2], factor;
  g_autofree float *values = NULL;
  MsmPicture *picture;

  for (gsize k = 0; k < self->slices->len; k++)
    if (g_array_index (self->slices, Slice, k).index == index)
      slice = &g_array_index (self->slices, Slice, k);
  if (slice == NULL || index < self->first || index > self->last)
    return NULL;
  choose_part (self, part);
  object[0] = (double) (self->box[1] + 1 - self->box[0]) * self->aspect;
  object[1] = (double) (self->box[3] + 1 - self->box[2]);
  factor = MIN (1, HIGHEST_FILL * (double) fine_size / MAX (object[0], object[1]));
  values = cut_part (self, slice, part, error);
  if (values == NULL)
    return NULL;
  rows = (gsize) ceil (factor * (double) part[1]);
  columns = (gsize) ceil (factor * (double) part[3]);
  if (factor < 1)
    {
      float *reduced = reduce (values, part[1], part[3], rows, columns, error);

      if (reduced == NULL)
        return NULL;
      g_free (values);
      values = reduced;
    }
  picture = g_new0 (MsmPicture, 1);
  picture->n_rows = rows;
  picture->n_columns = columns;
  picture->aspect = self->aspect * (double) part[1] / (double) rows * (double) columns / (double) part[3];
  picture->extent = MAX (object[0], object[1]) * (double) columns / (double) part[3];
  picture->centre[0] =
      (0.5 * (double) (self->box[0] + self->box[1]) - (double) part[0]) * (double) rows / (double) part[1];
  picture->centre[1] =
      (0.5 * (double) (self->box[2] + self->box[3]) - (double) part[2]) * (double) columns / (double) part[3];
  picture->pixels = g_new (guint16, rows * columns);
  for (gsize i = 0; i < rows * columns; i++)
    picture->pixels[i] = (guint16) CLAMP (values[i] / self->level * MSM_PICTURE_ONE + 0.5, 0, G_MAXUINT16);
  return picture;
}
