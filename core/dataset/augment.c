#include "config.h"

#include <math.h>

#include "core/dataset/picture.h"

#define FILL      0.85
#define FILL_LOW  0.70
#define FILL_HIGH 0.95

void
msm_picture_free (MsmPicture *self)
{
  if (self == NULL)
    return;
  g_free (self->pixels);
  g_free (self);
}

MsmView
msm_view_draw (const MsmPicture *picture, guint64 key, double strength, double variety)
{
  MsmDraw geometry = msm_draw_new (key, MSM_DRAW_GEOMETRY);
  MsmDraw contrast = msm_draw_new (key, MSM_DRAW_CONTRAST);
  double s = strength;
  double fill = FILL + s * (msm_draw_uniform (&geometry, FILL_LOW, FILL_HIGH) - FILL);
  double angle = s * msm_draw_uniform (&geometry, -15, 15) * G_PI / 180;
  double stretch = exp (s * msm_draw_uniform (&geometry, -0.05, 0.05));
  double row_sign = msm_draw_uniform (&geometry, 0, 1) < 0.25 * s ? -1 : 1;
  double column_sign = msm_draw_uniform (&geometry, 0, 1) < 0.5 * s ? -1 : 1;
  double shift[2], scale, c, sn;
  MsmView view = { .variety = msm_variety_draw (key, variety) };

  if (msm_draw_uniform (&geometry, 0, 1) < 0.3 * s)
    angle += msm_draw_uniform (&geometry, 0, 1) < 0.5 ? G_PI / 2 : -G_PI / 2;
  /* What the object leaves free, at most, on either side. */
  for (int i = 0; i < 2; i++)
    shift[i] = s * msm_draw_uniform (&geometry, -0.5, 0.5) * (1 - fill);

  /* A point (y, x) of the field of view, half side 1, in widths of a pixel from the object's centre. */
  angle += view.variety.angle;
  scale = picture->extent / (2 * fill * view.variety.zoom);
  c = cos (angle) * scale;
  sn = sin (angle) * scale;
  view.matrix[0] = row_sign * stretch * c / picture->aspect;
  view.matrix[1] = row_sign * stretch * sn / picture->aspect;
  view.matrix[2] = -column_sign * sn / stretch;
  view.matrix[3] = column_sign * c / stretch;
  for (int i = 0; i < 2; i++)
    view.offset[i] = picture->centre[i] + view.matrix[2 * i] * shift[0] + view.matrix[2 * i + 1] * shift[1];
  view.gamma = exp (s * msm_draw_uniform (&contrast, -0.35, 0.35));
  return view;
}

static inline void
spline_weights (float t, float w[4])
{
  w[0] = t * (-0.5f + t * (1 - 0.5f * t));
  w[1] = 1 + t * t * (-2.5f + 1.5f * t);
  w[2] = t * (0.5f + t * (2 - 1.5f * t));
  w[3] = t * t * (-0.5f + 0.5f * t);
}

static float
sample (const MsmPicture *self, float y, float x)
{
  float fy = floorf (y), fx = floorf (x), wy[4], wx[4], sum = 0;
  gssize r = (gssize) fy - 1, c = (gssize) fx - 1;

  spline_weights (y - fy, wy);
  spline_weights (x - fx, wx);
  if (r >= 0 && c >= 0 && r + 3 < (gssize) self->n_rows && c + 3 < (gssize) self->n_columns)
    {
      const guint16 *at = self->pixels + (gsize) r * self->n_columns + (gsize) c;

      for (int i = 0; i < 4; i++, at += self->n_columns)
        sum += wy[i] * (wx[0] * at[0] + wx[1] * at[1] + wx[2] * at[2] + wx[3] * at[3]);
    }
  else if (r > -4 && c > -4 && r < (gssize) self->n_rows && c < (gssize) self->n_columns)
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < 4; j++)
        {
          gssize row = r + i, column = c + j;

          if (row >= 0 && column >= 0 && row < (gssize) self->n_rows && column < (gssize) self->n_columns)
            sum += wy[i] * wx[j] * self->pixels[(gsize) row * self->n_columns + (gsize) column];
        }
  return sum > 0 ? sum : 0;
}

void
msm_picture_view (const MsmPicture *self, const MsmView *view, float *out, gsize size)
{
  double step = 2.0 / (double) size;
  float bend[513];
  const gsize n_bend = G_N_ELEMENTS (bend) - 1;
  float to_bend = (float) ((double) n_bend / 2 / MSM_PICTURE_ONE);

  /* The curve of grey values up to 2 in a table: a power for every pixel would take longer than the rest. */
  for (gsize i = 0; i <= n_bend; i++)
    bend[i] = msm_variety_bend (&view->variety, (float) pow (2.0 * (double) i / (double) n_bend, view->gamma));
  for (gsize r = 0; r < size; r++)
    for (gsize c = 0; c < size; c++)
      {
        double y = (double) r * step - 1, x = (double) c * step - 1;
        float value = sample (self, (float) (view->offset[0] + view->matrix[0] * y + view->matrix[1] * x),
                              (float) (view->offset[1] + view->matrix[2] * y + view->matrix[3] * x));
        float at = MIN (value * to_bend, (float) n_bend - 0.001f);
        gsize i = (gsize) at;

        out[r * size + c] = bend[i] + (at - (float) i) * (bend[i + 1] - bend[i]);
      }
}
