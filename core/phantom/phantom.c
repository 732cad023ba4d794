#include "config.h"

#include "core/phantom/phantom.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/device/device.h"
#include "core/phantom/acquire.h"
#include "core/phantom/coils.h"

enum
{
  OBJECT_SHEPP_LOGAN,
  OBJECT_DISCS
};

static const char *const objects[] = { "shepp-logan", "discs", NULL };

const MsmParam msm_phantom_params[] = {
  { "object", MSM_PARAM_CHOICE, 0, 0, OBJECT_SHEPP_LOGAN, NULL, objects, NULL, N_("What is in the scanner") },
  { "rows", MSM_PARAM_INT, 2, 4096, 256, NULL, NULL, NULL, N_("Readout points") },
  { "columns", MSM_PARAM_INT, 2, 4096, 256, NULL, NULL, NULL, N_("Phase-encode lines") },
  { "coils", MSM_PARAM_INT, 1, 128, 8, NULL, NULL, NULL, N_("Receive coils") },
  { "coil-model", MSM_PARAM_CHOICE, 0, 0, MSM_COILS_BIOT_SAVART, NULL, msm_coil_models, NULL,
    N_("How the coils' sensitivities are computed") },
  { "phase", MSM_PARAM_FLOAT, 0, 20, 0, NULL, NULL, "rad", N_("Largest value of the object's smooth phase") },
  { "noise", MSM_PARAM_FLOAT, 0, 10, 0, NULL, NULL, NULL,
    N_("Standard deviation of the noise, as a part of the image's maximum") },
  { "seed", MSM_PARAM_INT, 0, G_MAXINT, 1, NULL, NULL, NULL, N_("Seed of phase and noise") },
  { NULL },
};

/* The ten ellipses of Shepp and Logan (1974), with Toft's densities (contrast one can see). */
static const MsmEllipse shepp_logan[] = {
  { 1.0, 0.69, 0.92, 0, 0, 0 },          { -0.8, 0.6624, 0.874, 0, 0.0184, 0 },  { -0.2, 0.11, 0.31, 0.22, 0, 18 },
  { -0.2, 0.16, 0.41, -0.22, 0, -18 },   { 0.1, 0.21, 0.25, 0, -0.35, 0 },       { 0.1, 0.046, 0.046, 0, -0.1, 0 },
  { 0.1, 0.046, 0.046, 0, 0.1, 0 },      { 0.1, 0.046, 0.023, -0.08, 0.605, 0 }, { 0.1, 0.023, 0.023, 0, 0.606, 0 },
  { 0.1, 0.023, 0.046, 0.06, 0.605, 0 },
};

/* A disc of discs whose diameters halve: resolution and contrast in one picture. */
static const MsmEllipse discs[] = {
  { 0.5, 0.85, 0.85, 0, 0, 0 },       { 0.5, 0.2, 0.2, -0.45, -0.35, 0 },    { 0.5, 0.1, 0.1, -0.05, -0.35, 0 },
  { 0.5, 0.05, 0.05, 0.2, -0.35, 0 }, { 0.5, 0.025, 0.025, 0.35, -0.35, 0 }, { -0.25, 0.2, 0.2, -0.45, 0.25, 0 },
  { 0.25, 0.2, 0.2, 0, 0.3, 0 },      { 0.1, 0.2, 0.2, 0.45, 0.25, 0 },
};

void
msm_ellipse_kspace (const MsmEllipse *ellipse, double kx, double ky, double value[2])
{
  double angle = ellipse->angle * G_PI / 180;
  double u = ellipse->a * (kx * cos (angle) + ky * sin (angle));
  double v = ellipse->b * (ky * cos (angle) - kx * sin (angle));
  double k = sqrt (u * u + v * v);
  /* J₁ (2πk)/k → π; below 1e-8 the next term of the series is beyond double's precision. */
  double shape = k < 1e-8 ? G_PI : j1 (2 * G_PI * k) / k;
  double magnitude = ellipse->density * ellipse->a * ellipse->b * shape;
  double phase = -2 * G_PI * (kx * ellipse->x + ky * ellipse->y);

  value[0] += magnitude * cos (phase);
  value[1] += magnitude * sin (phase);
}

/*
 * Line m of the orthonormal DFT over n × n' points of a field of view of area 4 approximates
 * √(n n')/4 · F (m/2, m'/2).
 */
static void
object_kspace (int object, gsize n_readout, gsize n_phase, float *kspace)
{
  const MsmEllipse *ellipses = object == OBJECT_DISCS ? discs : shepp_logan;
  gsize n = object == OBJECT_DISCS ? G_N_ELEMENTS (discs) : G_N_ELEMENTS (shepp_logan);
  double scale = sqrt ((double) (n_readout * n_phase)) / 4;

  for (gsize r = 0; r < n_readout; r++)
    for (gsize p = 0; p < n_phase; p++)
      {
        double value[2] = { 0, 0 };

        for (gsize i = 0; i < n; i++)
          msm_ellipse_kspace (ellipses + i, ((double) p - (double) (n_phase / 2)) / 2,
                              ((double) r - (double) (n_readout / 2)) / 2, value);
        kspace[2 * (r * n_phase + p)] = (float) (scale * value[0]);
        kspace[2 * (r * n_phase + p) + 1] = (float) (scale * value[1]);
      }
}

gboolean
msm_phantom_kspace (const MsmParams *params, MsmTensor **kspace, MsmTensor **sens, MsmTensor **image, GError **error)
{
  gsize n_readout, n_phase;
  MsmAcquisition acquisition = { 0 };
  g_autoptr (MsmTensor) x = NULL;

  g_return_val_if_fail (params != NULL && kspace != NULL, FALSE);
  n_readout = msm_params_get_int (params, "rows");
  n_phase = msm_params_get_int (params, "columns");
  x = msm_tensor_new (msm_device_host (), MSM_C64, msm_shape4 (1, 1, n_readout, n_phase), error);
  if (x == NULL)
    return FALSE;
  object_kspace (msm_params_get_choice (params, "object"), n_readout, n_phase, msm_tensor_host (x));
  if (!msm_acquire_dft (x, TRUE, error))
    return FALSE;

  acquisition.n_coils = msm_params_get_int (params, "coils");
  acquisition.coil_model = msm_params_get_choice (params, "coil-model");
  acquisition.phase = msm_params_get_number (params, "phase");
  acquisition.noise = msm_params_get_number (params, "noise");
  acquisition.seed = (guint64) msm_params_get_number (params, "seed");
  return msm_acquire (x, &acquisition, kspace, sens, image, error);
}
