#include "config.h"

#include "app/session/export.h"

#include <string.h>

#include "core/io/image-format.h"

gboolean
msm_export_png (const char *path, guint8 *argb, gsize n_rows, gsize n_columns, const char *text, GError **error)
{
  if (msm_image_format_find (path, MSM_HOLDS_SCREEN, error) == NULL)
    return FALSE;
  for (gsize i = 0; i < n_rows * n_columns; i++)
    {
      guint32 pixel;
      guint8 *to = argb + 4 * i;

      memcpy (&pixel, to, sizeof pixel);
      to[0] = (guint8) (pixel >> 16);
      to[1] = (guint8) (pixel >> 8);
      to[2] = (guint8) pixel;
      to[3] = 255;
    }
  return msm_png_write_rgba (path, argb, n_rows, n_columns, text, error);
}
