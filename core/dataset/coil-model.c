#include "config.h"

#include "core/dataset/coil-model.h"

#include <math.h>
#include <string.h>

/* Coarse intervals over the field of view; one more point on either side feeds the splines. */
#define N_COARSE 24
#define N_GRID   (N_COARSE + 3)

struct _MsmCoilArray
{
  gsize n_coils, size;
  double grid[N_GRID]; /* positions */
  double *field;       /* [N_GRID, N_GRID] complex */
  float *rows;         /* [N_GRID, size] complex: interpolated along x only */
  guint8 *cell;        /* [size] first of the four points around each position */
  float *weight;       /* [size, 4] */
};

MsmCoilArray *
msm_coil_array_new (gsize n_coils, gsize size)
{
  MsmCoilArray *self = g_new0 (MsmCoilArray, 1);
  double step = 2.0 / N_COARSE;

  self->n_coils = n_coils;
  self->size = size;
  for (gsize i = 0; i < N_GRID; i++)
    self->grid[i] = -1 + ((double) i - 1) * step;
  self->field = g_new (double, 2 * N_GRID * N_GRID);
  self->rows = g_new (float, 2 * N_GRID * size);
  self->cell = g_new (guint8, size);
  self->weight = g_new (float, 4 * size);
  for (gsize i = 0; i < size; i++)
    {
      double at = ((double) i / (double) size) * N_COARSE, t;
      float *w = self->weight + 4 * i;

      self->cell[i] = (guint8) at;
      t = at - floor (at);
      w[0] = (float) (t * (-0.5 + t * (1 - 0.5 * t)));
      w[1] = (float) (1 + t * t * (-2.5 + 1.5 * t));
      w[2] = (float) (t * (0.5 + t * (2 - 1.5 * t)));
      w[3] = (float) (t * t * (-0.5 + 0.5 * t));
    }
  return self;
}

void
msm_coil_array_free (MsmCoilArray *self)
{
  if (self == NULL)
    return;
  g_free (self->field);
  g_free (self->rows);
  g_free (self->cell);
  g_free (self->weight);
  g_free (self);
}

static MsmCoil
draw_coil (MsmDraw *draw, MsmCoilModel model, double turn, gsize index, gsize n_coils)
{
  double spacing = 2 * G_PI / (double) n_coils;
  double gain = msm_draw_uniform (draw, 0.7, 1.3), phase = msm_draw_uniform (draw, 0, 2 * G_PI);
  MsmCoil coil = { .model = model };

  coil.angle = turn + spacing * ((double) index + msm_draw_uniform (draw, -0.3, 0.3));
  if (model == MSM_COILS_BIOT_SAVART)
    {
      /* No wire comes nearer to the centre than the corners of the field of view. */
      coil.distance = msm_draw_uniform (draw, 1.45, 1.9);
      coil.radius = msm_draw_uniform (draw, 0.4, 0.8);
      coil.height = msm_draw_uniform (draw, -0.4, 0.4);
    }
  else
    {
      coil.distance = msm_draw_uniform (draw, 0.9, 1.4);
      coil.radius = msm_draw_uniform (draw, 0.6, 1.1);
    }
  coil.gain[0] = gain * cos (phase);
  coil.gain[1] = gain * sin (phase);
  return coil;
}

static void
interpolate (MsmCoilArray *self, float *plane)
{
  gsize size = self->size;

  for (gsize r = 0; r < N_GRID; r++)
    for (gsize i = 0; i < size; i++)
      {
        const double *from = self->field + 2 * (r * N_GRID + self->cell[i]);
        const float *w = self->weight + 4 * i;
        float *to = self->rows + 2 * (r * size + i);

        for (int part = 0; part < 2; part++)
          to[part] = w[0] * (float) from[part] + w[1] * (float) from[2 + part] + w[2] * (float) from[4 + part]
                     + w[3] * (float) from[6 + part];
      }
  for (gsize i = 0; i < size; i++)
    {
      const float *from = self->rows + 2 * self->cell[i] * size;
      const float *w = self->weight + 4 * i;
      float *to = plane + 2 * i * size;

      for (gsize j = 0; j < 2 * size; j++)
        to[j] = w[0] * from[j] + w[1] * from[2 * size + j] + w[2] * from[4 * size + j] + w[3] * from[6 * size + j];
    }
}

void
msm_coil_array_draw (MsmCoilArray *self, guint64 key, float *sens, float *shading)
{
  gsize n_plane = self->size * self->size;
  MsmDraw draw = msm_draw_new (key, MSM_DRAW_COILS);
  MsmCoilModel model = msm_draw_uniform (&draw, 0, 1) < 0.5 ? MSM_COILS_BIOT_SAVART : MSM_COILS_GAUSSIAN;
  double turn = msm_draw_uniform (&draw, 0, 2 * G_PI), sum = 0;

  memset (shading, 0, n_plane * sizeof *shading);
  for (gsize c = 0; c < self->n_coils; c++)
    {
      MsmCoil coil = draw_coil (&draw, model, turn, c, self->n_coils);
      float *plane = sens + 2 * c * n_plane;

      msm_coil_field (&coil, self->grid, N_GRID, self->grid, N_GRID, self->field);
      interpolate (self, plane);
      for (gsize i = 0; i < n_plane; i++)
        shading[i] += plane[2 * i] * plane[2 * i] + plane[2 * i + 1] * plane[2 * i + 1];
    }
  for (gsize i = 0; i < n_plane; i++)
    {
      shading[i] = sqrtf (shading[i]);
      sum += shading[i];
    }
  for (gsize c = 0; c < self->n_coils; c++)
    for (gsize i = 0; i < n_plane; i++)
      {
        float scale = 1 / shading[i];

        sens[2 * (c * n_plane + i)] *= scale;
        sens[2 * (c * n_plane + i) + 1] *= scale;
      }
  for (gsize i = 0; i < n_plane; i++)
    shading[i] *= (float) ((double) n_plane / sum);
}
