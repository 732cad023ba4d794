#include "config.h"

#include "app/session/export.h"

#include "core/io/image-write.h"

gboolean
msm_export_png (const char              *path,
                MsmTensor               *tensor,
                gsize                    plane,
                double                   gain,
                const MsmRenderOptions  *options,
                const char              *text,
                GError                 **error)
{
  MsmShape shape = msm_tensor_shape (tensor);
  gsize n_rows = shape.dim[shape.rank - 2];
  gsize n_columns = shape.dim[shape.rank - 1];
  gsize n_parts = msm_tensor_dtype (tensor) == MSM_C64 ? 2 : 1;
  gsize n = n_rows * n_columns * n_parts;
  const float *from = msm_tensor_const_host (tensor) + plane * n;
  g_autofree float *values = g_new (float, n);
  g_autofree guint8 *rgba = g_malloc (n_rows * n_columns * 4);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) (gain * from[i]);
  msm_render_plane (values, msm_tensor_dtype (tensor), n_rows, n_columns, options, rgba, n_columns * 4);
  return msm_png_write_rgba (path, rgba, n_rows, n_columns, text, error);
}
