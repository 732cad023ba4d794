#include "config.h"

#include "core/dataset/photo.h"

#include <math.h>
#include <string.h>

/* Points of the picture that are averaged for one of the view, along a side. */
#define N_POINTS 3

/* The mean of every two by two pixels. */
static void
halve (MsmPhoto *self, gsize level)
{
  gsize rows = self->n_rows[level - 1] / 2, columns = self->n_columns[level - 1] / 2;
  gsize stride = self->n_columns[level - 1], plane = self->n_rows[level - 1] * stride;
  const guint8 *from = self->pixels[level - 1];
  guint8 *to = g_new (guint8, self->n_channels * rows * columns);

  for (gsize c = 0; c < self->n_channels; c++)
    for (gsize i = 0; i < rows; i++)
      for (gsize j = 0; j < columns; j++)
        {
          const guint8 *at = from + c * plane + 2 * i * stride + 2 * j;

          to[(c * rows + i) * columns + j] = (guint8) ((at[0] + at[1] + at[stride] + at[stride + 1] + 2) / 4);
        }
  self->n_rows[level] = rows;
  self->n_columns[level] = columns;
  self->pixels[level] = to;
}

MsmPhoto *
msm_photo_new (MsmTensor *picture, double highest, gsize n_channels)
{
  static const float luma[3] = { 0.299f, 0.587f, 0.114f };
  g_autoptr (MsmPhoto) self = g_new0 (MsmPhoto, 1);
  const float *from = msm_tensor_const_host (picture);
  gsize channels = msm_tensor_dim (picture, 1);
  gsize rows = msm_tensor_dim (picture, 2), columns = msm_tensor_dim (picture, 3), n = rows * columns;
  float scale = (float) (255 / highest);
  guint8 *to, low = G_MAXUINT8, high = 0;

  self->n_channels = n_channels;
  self->n_levels = 1;
  self->n_rows[0] = rows;
  self->n_columns[0] = columns;
  self->pixels[0] = to = g_new (guint8, n_channels * n);
  for (gsize c = 0; c < n_channels; c++)
    for (gsize i = 0; i < n; i++)
      {
        float value = 0;

        if (channels >= 3 && n_channels == 1)
          for (gsize k = 0; k < 3; k++)
            value += luma[k] * from[k * n + i];
        else
          value = from[(channels >= 3 ? c : 0) * n + i];
        to[c * n + i] = (guint8) CLAMP (scale * value + 0.5f, 0, 255);
        low = MIN (low, to[c * n + i]);
        high = MAX (high, to[c * n + i]);
      }
  if (low >= high)
    return NULL;
  for (; self->n_levels < G_N_ELEMENTS (self->pixels) && MIN (rows, columns) >> self->n_levels >= 8; self->n_levels++)
    halve (self, self->n_levels);
  return g_steal_pointer (&self);
}

void
msm_photo_free (MsmPhoto *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (self->pixels); i++)
    g_free (self->pixels[i]);
  g_free (self);
}

MsmCrop
msm_crop_draw (const MsmPhoto *photo, guint64 key, gsize size, gboolean mirror)
{
  MsmDraw draw = msm_draw_new (key, MSM_DRAW_GEOMETRY);
  double largest = (double) MIN (photo->n_rows[0], photo->n_columns[0]);
  double smallest = MIN (2.0 * (double) size, largest);
  MsmCrop crop;

  crop.side = smallest * pow (largest / smallest, msm_draw_uniform (&draw, 0, 1));
  crop.row = msm_draw_uniform (&draw, 0, (double) photo->n_rows[0] - crop.side);
  crop.column = msm_draw_uniform (&draw, 0, (double) photo->n_columns[0] - crop.side);
  crop.is_mirrored = mirror && msm_draw_uniform (&draw, 0, 1) < 0.5;
  return crop;
}

/* Linear interpolation between the four pixels around (y, x), pixel centres at whole numbers. */
static float
sample (const guint8 *plane, gsize rows, gsize columns, double y, double x)
{
  double fy = CLAMP (y, 0, (double) rows - 1), fx = CLAMP (x, 0, (double) columns - 1);
  gsize r = MIN ((gsize) fy, rows - 2), c = MIN ((gsize) fx, columns - 2);
  float ty = (float) (fy - (double) r), tx = (float) (fx - (double) c);
  const guint8 *at = plane + r * columns + c;

  return (1 - ty) * ((1 - tx) * at[0] + tx * at[1]) + ty * ((1 - tx) * at[columns] + tx * at[columns + 1]);
}

void
msm_photo_view (const MsmPhoto *self, const MsmCrop *crop, float *out, gsize size)
{
  double ratio = crop->side / (double) size, zoom;
  gsize level = 0, rows, columns;

  /* One pixel of the view covers between one and two of the level. */
  while (level + 1 < self->n_levels && ratio >= (double) (2 << level))
    level++;
  zoom = 1 / (double) (1 << level);
  rows = self->n_rows[level];
  columns = self->n_columns[level];
  for (gsize c = 0; c < self->n_channels; c++)
    for (gsize r = 0; r < size; r++)
      for (gsize k = 0; k < size; k++)
        {
          gsize column = crop->is_mirrored ? size - 1 - k : k;
          float sum = 0;

          for (int i = 0; i < N_POINTS; i++)
            for (int j = 0; j < N_POINTS; j++)
              {
                double y = crop->row + ((double) r + (i + 0.5) / N_POINTS) * ratio;
                double x = crop->column + ((double) column + (j + 0.5) / N_POINTS) * ratio;

                sum += sample (self->pixels[level] + c * rows * columns, rows, columns, y * zoom - 0.5, x * zoom - 0.5);
              }
          out[(c * size + r) * size + k] = sum / (127.5f * N_POINTS * N_POINTS) - 1;
        }
}
