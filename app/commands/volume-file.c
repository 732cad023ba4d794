#include "config.h"

#include "app/commands/volume-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/commands/say.h"
#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/image-format.h"

struct _MsmVolumeFile
{
  char *path;
  const MsmImageFormat *format;
  MsmScan *scan;
  const GArray *slices;
  MsmTensor *volume; /* NULL before the first slice */
  char *provenance, *experiment;
};

MsmVolumeFile *
msm_volume_file_new (const char *path, MsmScan *scan, const GArray *slices, GError **error)
{
  const MsmImageFormat *format = msm_image_format_find (path, MSM_HOLDS_VOLUME, error);
  MsmVolumeFile *self = format != NULL ? g_new0 (MsmVolumeFile, 1) : NULL;

  if (self == NULL)
    return NULL;
  self->path = g_strdup (path);
  self->format = format;
  self->scan = scan;
  self->slices = slices;
  return self;
}

void
msm_volume_file_free (MsmVolumeFile *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->volume, msm_tensor_unref);
  g_free (self->path);
  g_free (self->provenance);
  g_free (self->experiment);
  g_free (self);
}

gboolean
msm_volume_file_put (MsmVolumeFile *self, guint place, MsmTensor *image, const char *provenance, const char *experiment,
                     GError **error)
{
  const gsize n_bytes = msm_tensor_bytes (image);
  MsmShape shape = msm_tensor_shape (image);

  shape.dim[0] = self->slices->len;
  if (self->volume == NULL)
    {
      self->volume = msm_tensor_new (msm_device_host (), msm_tensor_dtype (image), shape, error);
      if (self->volume == NULL)
        return FALSE;
      memset (msm_tensor_host (self->volume), 0, msm_tensor_bytes (self->volume));
      self->provenance = g_strdup (provenance);
      self->experiment = g_strdup (experiment);
    }
  if (!msm_shape_equal (shape, msm_tensor_shape (self->volume))
      || msm_tensor_dtype (image) != msm_tensor_dtype (self->volume))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: this slice has another size than those before it"),
                   self->path);
      return FALSE;
    }
  memcpy ((char *) msm_tensor_host (self->volume) + place * n_bytes, msm_tensor_const_host (image), n_bytes);
  return TRUE;
}

gboolean
msm_volume_file_write (MsmVolumeFile *self, const char *title, gboolean is_quiet, GError **error)
{
  const gsize n = self->slices->len;
  double spacing_mm[3];
  MsmImageNotes notes = { .provenance = self->provenance,
                          .experiment = self->experiment,
                          .spacing_mm = spacing_mm,
                          .geometry = msm_scan_geometry (self->scan, g_array_index (self->slices, gsize, 0)),
                          .title = title };
  g_autofree double (*centres)[3] = g_malloc (n * sizeof *centres);
  g_autoptr (GPtrArray) losses = NULL;

  if (self->volume == NULL)
    return TRUE;
  memcpy (spacing_mm, self->scan->spacing_mm, sizeof spacing_mm);
  for (gsize i = 0; i < n && notes.geometry.is_known; i++)
    {
      const MsmGeometry place = msm_scan_geometry (self->scan, g_array_index (self->slices, gsize, i));

      memcpy (centres[i], place.centre, sizeof place.centre);
    }
  if (notes.geometry.is_known)
    {
      notes.centres = (const double (*)[3]) centres;
      msm_geometry_span (&notes.geometry, notes.centres, n, &spacing_mm[2]);
    }
  losses = msm_image_format_losses (self->format, self->path, self->volume, &notes, error);
  if (losses == NULL)
    return FALSE;
  for (guint i = 0; i < losses->len && !is_quiet; i++)
    msm_say (_("Note: %s does not hold %s.\n"), _(self->format->title), (char *) losses->pdata[i]);
  if (!msm_image_format_write (self->path, self->volume, &notes, error))
    return FALSE;
  if (!is_quiet)
    msm_say (_("%s: %zu slices of %zu × %zu (%s)\n"), self->path, n, msm_tensor_dim (self->volume, 2),
             msm_tensor_dim (self->volume, 3), _(self->format->title));
  return TRUE;
}
