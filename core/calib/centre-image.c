#include "config.h"

#include "core/calib/centre-image.h"

#include <math.h>
#include <string.h>

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

MsmTensor *
msm_centre_image (MsmTensor *kspace, const MsmMask *mask, gsize width, GError **error)
{
  MsmDevice *host = msm_device_host ();
  MsmShape shape = msm_tensor_shape (kspace);
  gsize rows = shape.dim[2], columns = shape.dim[3];
  g_autoptr (MsmLinop) fft = msm_linop_fft_new (host, shape, error);
  g_autoptr (MsmTensor) coils = fft != NULL ? msm_tensor_new (host, MSM_C64, shape, error) : NULL;

  if (coils == NULL)
    return NULL;
  if (mask != NULL)
    msm_mask_acs (mask, &rows, &columns);
  rows = rows > 0 ? MIN (rows, width) : width;
  columns = columns > 0 ? MIN (columns, width) : width;
  if (!apply_taper (msm_tensor_const_host (kspace), msm_tensor_host (coils), shape.dim[1], shape.dim[2], shape.dim[3],
                    rows, columns))
    memcpy (msm_tensor_host (coils), msm_tensor_const_host (kspace), msm_tensor_bytes (kspace));
  msm_linop_adjoint (fft, coils, coils);
  return msm_device_check (host, error) ? g_steal_pointer (&coils) : NULL;
}
