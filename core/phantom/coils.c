#include "config.h"

#include "core/phantom/coils.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

#define N_PIECES          48
#define LOOP_RADIUS       0.7
#define LOOP_DISTANCE     1.6
#define GAUSSIAN_WIDTH    0.9
#define GAUSSIAN_DISTANCE 1.1

const char *const msm_coil_models[] = { "biot-savart", "gaussian", "uniform", NULL };

/* Position of index i on an axis of n points: [−1, 1), 0 at n/2. */
static double
position (gsize i, gsize n)
{
  return 2 * ((double) i - (double) (n / 2)) / (double) n;
}

/* A straight piece of a loop: where its middle is, and along what it points. */
typedef struct
{
  double x, y, z, dx, dy, dz;
} Piece;

/* The loop around the axis that points from its middle towards the centre. */
static void
make_loop (const MsmCoil *coil, Piece *pieces)
{
  double c = cos (coil->angle), s = sin (coil->angle);

  for (int i = 0; i < N_PIECES; i++)
    {
      double phi = 2 * G_PI * (i + 0.5) / N_PIECES;

      /* In the loop's plane: t = (−sin θ, cos θ, 0) and z. */
      pieces[i].x = coil->distance * c - coil->radius * cos (phi) * s;
      pieces[i].y = coil->distance * s + coil->radius * cos (phi) * c;
      pieces[i].z = coil->height + coil->radius * sin (phi);
      pieces[i].dx = sin (phi) * s;
      pieces[i].dy = -sin (phi) * c;
      pieces[i].dz = cos (phi);
    }
}

/* Adds a piece's B_x and −B_y ∝ dl × r / |r|³ along one row (z = 0). */
static void
add_piece (const Piece *piece, const double *x, gsize n_x, double y, double *field)
{
  double ry = y - piece->y, rz = -piece->z;

  for (gsize i = 0; i < n_x; i++)
    {
      double rx = x[i] - piece->x;
      double square = rx * rx + ry * ry + rz * rz;
      double weight = 1 / (square * sqrt (square));

      field[2 * i] += (piece->dy * rz - piece->dz * ry) * weight;
      field[2 * i + 1] -= (piece->dz * rx - piece->dx * rz) * weight;
    }
}

static void
gaussian_row (const MsmCoil *coil, const double *x, gsize n_x, double y, double *field)
{
  double c = cos (coil->angle), s = sin (coil->angle);
  double dy = y - coil->distance * s;

  for (gsize i = 0; i < n_x; i++)
    {
      double dx = x[i] - coil->distance * c;
      double magnitude = exp (-(dx * dx + dy * dy) / (2 * coil->radius * coil->radius));

      field[2 * i] = magnitude * c;
      field[2 * i + 1] = magnitude * s;
    }
}

MsmCoil
msm_coil_regular (MsmCoilModel model, gsize index, gsize n_coils)
{
  MsmCoil coil = { .model = model, .gain = { 1, 0 } };
  gboolean is_loop = model == MSM_COILS_BIOT_SAVART;

  coil.angle = 2 * G_PI * (double) index / (double) n_coils;
  coil.distance = is_loop ? LOOP_DISTANCE : GAUSSIAN_DISTANCE;
  coil.radius = is_loop ? LOOP_RADIUS : GAUSSIAN_WIDTH;
  return coil;
}

void
msm_coil_field (const MsmCoil *coil, const double *x, gsize n_x, const double *y, gsize n_y, double *field)
{
  Piece pieces[N_PIECES];

  g_return_if_fail (coil != NULL && x != NULL && y != NULL && field != NULL);
  make_loop (coil, pieces);
  for (gsize r = 0; r < n_y; r++)
    {
      double *row = field + 2 * r * n_x;

      switch (coil->model)
        {
        case MSM_COILS_BIOT_SAVART:
          memset (row, 0, 2 * n_x * sizeof *row);
          for (int i = 0; i < N_PIECES; i++)
            add_piece (&pieces[i], x, n_x, y[r], row);
          break;
        case MSM_COILS_GAUSSIAN:
          gaussian_row (coil, x, n_x, y[r], row);
          break;
        case MSM_COILS_UNIFORM:
        default:
          for (gsize i = 0; i < n_x; i++)
            {
              row[2 * i] = 1;
              row[2 * i + 1] = 0;
            }
          break;
        }
      for (gsize i = 0; i < n_x; i++)
        {
          double re = row[2 * i], im = row[2 * i + 1];

          row[2 * i] = re * coil->gain[0] - im * coil->gain[1];
          row[2 * i + 1] = re * coil->gain[1] + im * coil->gain[0];
        }
    }
}

gboolean
msm_coils_make (MsmCoilModel model, gsize n_coils, gsize n_readout, gsize n_phase, float *sens, GError **error)
{
  gsize n_plane = n_readout * n_phase;
  g_autofree double *fields = NULL, *x = NULL, *y = NULL;

  g_return_val_if_fail (n_coils > 0 && sens != NULL, FALSE);
  if ((fields = msm_try_new (double, 2 * n_coils * n_plane, error)) == NULL
      || (x = msm_try_new (double, n_phase, error)) == NULL || (y = msm_try_new (double, n_readout, error)) == NULL)
    return FALSE;
  for (gsize p = 0; p < n_phase; p++)
    x[p] = position (p, n_phase);
  for (gsize r = 0; r < n_readout; r++)
    y[r] = position (r, n_readout);
  for (gsize c = 0; c < n_coils; c++)
    {
      MsmCoil coil = msm_coil_regular (model, c, n_coils);

      msm_coil_field (&coil, x, n_phase, y, n_readout, fields + 2 * c * n_plane);
    }
  for (gsize i = 0; i < n_plane; i++)
    {
      double power = 0;

      for (gsize c = 0; c < n_coils; c++)
        {
          const double *value = fields + 2 * (c * n_plane + i);

          power += value[0] * value[0] + value[1] * value[1];
        }
      for (gsize c = 0; c < n_coils; c++)
        for (int part = 0; part < 2; part++)
          {
            gsize at = 2 * (c * n_plane + i) + (gsize) part;

            sens[at] = (float) (fields[at] / sqrt (power));
          }
    }
  return TRUE;
}

void
msm_smooth_phase (guint64 seed, double amplitude, gsize n_readout, gsize n_phase, float *phase)
{
  MsmDevice *host = msm_device_host ();
  float a[9];
  double highest = 0;

  g_return_if_fail (phase != NULL);
  msm_vector_random_normal (host, a, G_N_ELEMENTS (a), seed, 21, 0, 0);
  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      {
        double y = position (r, n_readout), x = position (p, n_phase);
        double value = a[0] * x + a[1] * y + a[2] * x * x + a[3] * x * y + a[4] * y * y
                       + 0.5
                             * (a[5] * cos (G_PI * x) + a[6] * cos (G_PI * y) + a[7] * cos (G_PI * (x + y))
                                + a[8] * sin (G_PI * (x - y)));

        phase[r * n_phase + p] = (float) value;
        highest = MAX (highest, fabs (value));
      }
  for (gsize i = 0; i < n_readout * n_phase; i++)
    phase[i] = highest > 0 ? (float) (phase[i] * amplitude / highest) : 0;
}
