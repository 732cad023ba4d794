#include "config.h"

#include "core/phantom/coils.h"

#include <math.h>

#include "core/device/device.h"

#define N_PIECES 48
#define LOOP_RADIUS 0.7
#define LOOP_DISTANCE 1.6
#define GAUSSIAN_WIDTH 0.9
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

/* The loop around the axis that points from its middle, at angle @theta, to the centre. */
static void
make_loop (double theta, Piece *pieces)
{
  for (int i = 0; i < N_PIECES; i++)
    {
      double phi = 2 * G_PI * (i + 0.5) / N_PIECES;

      /* In the loop's plane: t = (−sin θ, cos θ, 0) and z. */
      pieces[i].x = LOOP_DISTANCE * cos (theta) - LOOP_RADIUS * cos (phi) * sin (theta);
      pieces[i].y = LOOP_DISTANCE * sin (theta) + LOOP_RADIUS * cos (phi) * cos (theta);
      pieces[i].z = LOOP_RADIUS * sin (phi);
      pieces[i].dx = sin (phi) * sin (theta);
      pieces[i].dy = -sin (phi) * cos (theta);
      pieces[i].dz = cos (phi);
    }
}

/* B_x and B_y ∝ ∮ dl × r / |r|³ at (x, y, 0). */
static void
loop_field (const Piece *pieces, double x, double y, double field[2])
{
  field[0] = field[1] = 0;
  for (int i = 0; i < N_PIECES; i++)
    {
      double rx = x - pieces[i].x, ry = y - pieces[i].y, rz = -pieces[i].z;
      double square = rx * rx + ry * ry + rz * rz;
      double weight = 1 / (square * sqrt (square));

      field[0] += (pieces[i].dy * rz - pieces[i].dz * ry) * weight;
      field[1] += (pieces[i].dz * rx - pieces[i].dx * rz) * weight;
    }
}

static void
coil_value (MsmCoilModel model, double theta, const Piece *pieces, double x, double y,
            double value[2])
{
  double dx, dy, magnitude;

  switch (model)
    {
    case MSM_COILS_BIOT_SAVART:
      loop_field (pieces, x, y, value);
      value[1] = -value[1];
      break;
    case MSM_COILS_GAUSSIAN:
      dx = x - GAUSSIAN_DISTANCE * cos (theta);
      dy = y - GAUSSIAN_DISTANCE * sin (theta);
      magnitude = exp (-(dx * dx + dy * dy) / (2 * GAUSSIAN_WIDTH * GAUSSIAN_WIDTH));
      value[0] = magnitude * cos (theta);
      value[1] = magnitude * sin (theta);
      break;
    case MSM_COILS_UNIFORM:
    default:
      value[0] = 1;
      value[1] = 0;
      break;
    }
}

void
msm_coils_make (MsmCoilModel model, gsize n_coils, gsize n_readout, gsize n_phase, float *sens)
{
  gsize              n_plane = n_readout * n_phase;
  g_autofree double *values = g_new (double, 2 * n_coils);
  g_autofree Piece  *pieces = g_new (Piece, n_coils * N_PIECES);

  g_return_if_fail (n_coils > 0 && sens != NULL);
  for (gsize c = 0; c < n_coils; c++)
    make_loop (2 * G_PI * (double) c / (double) n_coils, pieces + c * N_PIECES);
  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      {
        double y = position (r, n_readout), x = position (p, n_phase), power = 0;

        for (gsize c = 0; c < n_coils; c++)
          {
            double *value = values + 2 * c;

            coil_value (model, 2 * G_PI * (double) c / (double) n_coils, pieces + c * N_PIECES, x,
                        y, value);
            power += value[0] * value[0] + value[1] * value[1];
          }
        for (gsize c = 0; c < n_coils; c++)
          {
            float *at = sens + 2 * (c * n_plane + r * n_phase + p);

            at[0] = (float) (values[2 * c] / sqrt (power));
            at[1] = (float) (values[2 * c + 1] / sqrt (power));
          }
      }
}

void
msm_smooth_phase (guint64 seed, double amplitude, gsize n_readout, gsize n_phase, float *phase)
{
  MsmDevice *host = msm_device_host ();
  float      a[9];
  double     highest = 0;

  g_return_if_fail (phase != NULL);
  msm_device_ops (host)->vector->random_normal (msm_device_state (host), a, G_N_ELEMENTS (a), seed,
                                                21, 0, 0);
  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      {
        double y = position (r, n_readout), x = position (p, n_phase);
        double value = a[0] * x + a[1] * y + a[2] * x * x + a[3] * x * y + a[4] * y * y
                       + 0.5
                           * (a[5] * cos (G_PI * x) + a[6] * cos (G_PI * y)
                              + a[7] * cos (G_PI * (x + y)) + a[8] * sin (G_PI * (x - y)));

        phase[r * n_phase + p] = (float) value;
        highest = MAX (highest, fabs (value));
      }
  for (gsize i = 0; i < n_readout * n_phase; i++)
    phase[i] = highest > 0 ? (float) (phase[i] * amplitude / highest) : 0;
}
