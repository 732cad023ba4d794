#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/calib/calib.h"
#include "core/linop/linop.h"

/* Hann, so that the edge of the block does not ring: 1 at the centre n/2, 0 just outside of @width points. */
static float
taper (gsize i, gsize n, gsize width)
{
  double at = ((double) i - (double) (n / 2)) + (width % 2 == 0 ? 0.5 : 0);
  double half = 0.5 * ((double) width + 1);

  return fabs (at) < half ? (float) (0.5 * (1 + cos (G_PI * at / half))) : 0;
}

/* to = taper · from; FALSE when that leaves nothing. */
static gboolean
apply_taper (const float *from, float *to, gsize n_coil, gsize n_rows, gsize n_columns, gsize rows, gsize columns)
{
  gboolean any = FALSE;

  for (gsize c = 0; c < n_coil; c++)
    for (gsize i = 0; i < n_rows; i++)
      for (gsize j = 0; j < n_columns; j++)
        {
          gsize at = 2 * ((c * n_rows + i) * n_columns + j);
          float weight = taper (i, n_rows, rows) * taper (j, n_columns, columns);

          to[at] = weight * from[at];
          to[at + 1] = weight * from[at + 1];
          any = any || to[at] != 0 || to[at + 1] != 0;
        }
  return any;
}

/*
 * C_c = I_c / √Σ_e |I_e|², I = F⁻¹ (w y): the coil images of the tapered centre w y. The taper is as wide as the
 * fully sampled centre, at most @width; where the centre point is not sampled, @width; where that holds nothing,
 * all that is sampled counts, with the aliasing that it has.
 */
MsmTensor *
msm_low_resolution_sens (MsmTensor *kspace, const MsmMask *mask, gsize width, GError **error)
{
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_tensor_shape (kspace);
  gsize n_coil = shape.dim[1], n_plane = shape.dim[2] * shape.dim[3];
  gsize rows = shape.dim[2], columns = shape.dim[3];
  g_autoptr (MsmLinop) fft = msm_linop_fft_new (host, shape, error);
  g_autoptr (MsmTensor) sens = NULL;
  g_autofree float *rss = msm_try_new (float, n_plane, error);
  float *maps;

  if (fft == NULL || rss == NULL)
    return NULL;
  sens = msm_tensor_new (host, MSM_C64, shape, error);
  if (sens == NULL)
    return NULL;
  maps = msm_tensor_host (sens);
  if (mask != NULL)
    msm_mask_acs (mask, &rows, &columns);
  rows = rows > 0 ? MIN (rows, width) : width;
  columns = columns > 0 ? MIN (columns, width) : width;
  if (!apply_taper (msm_tensor_const_host (kspace), maps, n_coil, shape.dim[2], shape.dim[3], rows, columns))
    memcpy (maps, msm_tensor_const_host (kspace), msm_tensor_bytes (kspace));
  msm_linop_adjoint (fft, sens, sens);
  msm_device_ops (host)->vector->rss (msm_device_state (host), rss, maps, 1, n_coil, n_plane);
  for (gsize c = 0; c < n_coil; c++)
    for (gsize p = 0; p < n_plane; p++)
      {
        float factor = rss[p] > 0 ? 1 / rss[p] : 0;

        maps[2 * (c * n_plane + p)] *= factor;
        maps[2 * (c * n_plane + p) + 1] *= factor;
      }
  return msm_device_check (host, error) ? g_steal_pointer (&sens) : NULL;
}
