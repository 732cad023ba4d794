#include "config.h"

#include "core/io/image-format.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/npy.h"
#include "core/io/provenance.h"
#include "core/render/render.h"
#include "core/tensor/tensor-math.h"

#define PNG_WHITE_PERCENTILE 99.9
/* Slices that are nearer to where even spacing puts them are even. */
#define EVEN_MM              0.01

static const double unknown_mm[3] = { 0, 0, 0 };

MsmTensor *
msm_image_magnitude (MsmTensor *tensor, double scale, GError **error)
{
  const MsmShape shape = msm_tensor_shape (tensor);
  const gsize n_rows = shape.dim[shape.rank - 2], n_columns = shape.dim[shape.rank - 1];
  MsmTensor *magnitude = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape4 (1, 1, n_rows, n_columns), error);

  if (magnitude == NULL)
    return NULL;
  msm_tensor_root_of_squares (tensor, 0, msm_shape_size (shape) / (n_rows * n_columns), n_rows * n_columns,
                              msm_tensor_host (magnitude));
  if (scale != 1)
    msm_tensor_lincomb (magnitude, scale, magnitude, 0, magnitude);
  return magnitude;
}

static gboolean
is_colour (MsmTensor *image)
{
  return msm_tensor_dtype (image) == MSM_F32 && msm_tensor_shape (image).rank == 4 && msm_tensor_dim (image, 1) == 3;
}

MsmTensor *
msm_image_real (MsmTensor *image, GError **error)
{
  MsmShape shape = msm_tensor_shape (image);
  MsmTensor *real;
  gsize n, n_planes;

  if (shape.rank != 4)
    return msm_image_magnitude (image, 1, error);
  if (msm_tensor_dtype (image) == MSM_F32 && (shape.dim[1] == 1 || shape.dim[1] == 3))
    return msm_tensor_new_from (msm_device_host (), MSM_F32, shape, msm_tensor_const_data (image), error);
  n_planes = shape.dim[1];
  shape.dim[1] = 1;
  n = shape.dim[2] * shape.dim[3];
  real = msm_tensor_new (msm_device_host (), MSM_F32, shape, error);
  for (gsize s = 0; real != NULL && s < shape.dim[0]; s++)
    msm_tensor_root_of_squares (image, s * n_planes, n_planes, n, msm_tensor_host (real) + s * n);
  return real;
}

/* ---- the formats ---- */

static gboolean
write_hdf5 (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  g_autoptr (MsmTensor) real = msm_image_real (image, error);
  g_autoptr (MsmTensor) mask = NULL;
  MsmNamedTensor named[16];
  MsmShape shape;
  gsize n = 0;

  g_return_val_if_fail (notes->n_more + 3 <= G_N_ELEMENTS (named), FALSE);

  if (real == NULL)
    return FALSE;
  shape = msm_tensor_shape (real);
  if (shape.dim[1] == 1)
    msm_tensor_reshape (real, msm_shape3 (shape.dim[0], shape.dim[2], shape.dim[3])); /* as fastMRI submissions */
  named[n++] = (MsmNamedTensor){ "reconstruction", real };
  if (msm_tensor_dtype (image) == MSM_C64)
    named[n++] = (MsmNamedTensor){ "image", image };
  if (notes->mask != NULL)
    {
      mask = msm_mask_to_tensor (notes->mask, msm_device_host (), error);
      if (mask == NULL)
        return FALSE;
      named[n++] = (MsmNamedTensor){ "mask", mask };
    }
  for (gsize i = 0; i < notes->n_more; i++)
    named[n++] = notes->more[i];
  return msm_hdf5_write (path, named, n, text, error);
}

static gboolean
write_hdf5_array (const char *path, const char *name, MsmTensor *array, const char *text, GError **error)
{
  const MsmNamedTensor named = { name, array };

  return msm_hdf5_write (path, &named, 1, text, error);
}

static gboolean
write_cfl_array (const char *path, const char *name, MsmTensor *array, const char *text, GError **error)
{
  return msm_cfl_write (path, array, text, error);
}

static gboolean
write_cfl (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  return msm_cfl_write (path, image, text, error);
}

static guint
nifti_holds (MsmTensor *image, const MsmImageNotes *notes)
{
  return MSM_HOLDS_FLOAT | MSM_HOLDS_VOLUME | MSM_HOLDS_PLACE | (notes->with_phase ? MSM_HOLDS_COMPLEX : 0);
}

static gboolean
write_nifti (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  const gboolean has_phase = notes->with_phase && msm_tensor_dtype (image) == MSM_C64;
  g_autoptr (MsmTensor) real = has_phase ? msm_tensor_ref (image) : msm_image_real (image, error);

  return real != NULL
         && msm_nifti_write (path, real, notes->spacing_mm != NULL ? notes->spacing_mm : unknown_mm, &notes->geometry,
                             text, error);
}

static MsmDicomKind
dicom_kind (MsmTensor *image, const MsmImageNotes *notes)
{
  return notes->object != NULL ? *notes->object : is_colour (image) ? MSM_DICOM_CAPTURES : MSM_DICOM_SERIES;
}

static guint
dicom_holds (MsmTensor *image, const MsmImageNotes *notes)
{
  switch (dicom_kind (image, notes))
    {
    case MSM_DICOM_CAPTURES:
      return MSM_HOLDS_VOLUME | MSM_HOLDS_COLOUR; /* or greys, through the window */
    case MSM_DICOM_MAP:
      return MSM_HOLDS_VOLUME | MSM_HOLDS_FLOAT | MSM_HOLDS_PLACE | MSM_HOLDS_UNEVEN;
    default:
      return MSM_HOLDS_VOLUME | MSM_HOLDS_PLACE | MSM_HOLDS_UNEVEN;
    }
}

/* The program, and how: what stands behind the program and the input, whose name is perhaps somebody's. */
static char *
derivation_of (const char *provenance)
{
  const gsize length = provenance != NULL ? strcspn (provenance, "\r\n") : 0;
  g_autofree char *line = g_strndup (provenance, length);
  const char *input = line != NULL ? strstr (line, "; ") : NULL;
  const char *details = input != NULL ? strstr (input + 2, "; ") : NULL;

  return g_strdup_printf ("MSM Studio %s%s", MSM_VERSION, details != NULL ? details : "");
}

static gboolean
write_dicom (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  g_autoptr (MsmTensor) real = msm_image_real (image, error);
  g_autofree char *derivation = derivation_of (notes->provenance);
  MsmDicomImages images = { .kind = dicom_kind (image, notes),
                            .tensor = real,
                            .geometry = &notes->geometry,
                            .centres = notes->centres,
                            .description = notes->title != NULL ? notes->title : "MSM Studio",
                            .derivation = derivation,
                            .provenance = text,
                            .template_path = notes->template_path,
                            .cancel = notes->cancel };

  if (real == NULL)
    return FALSE;
  memcpy (images.spacing_mm, notes->spacing_mm != NULL ? notes->spacing_mm : unknown_mm, sizeof images.spacing_mm);
  return msm_dicom_write (path, &images, error);
}

static gboolean
write_npy (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  return msm_npy_write (path, image, error);
}

static gboolean
write_png (const char *path, MsmTensor *image, const MsmImageNotes *notes, const char *text, GError **error)
{
  g_autoptr (MsmTensor) real = msm_image_real (image, error);
  g_autofree char *summary = NULL, *with_white = NULL;
  double low, high = notes->white;

  if (real == NULL)
    return FALSE;
  if (!(high > 0))
    msm_render_auto_window (msm_tensor_const_host (real), MSM_F32, msm_tensor_size (real), MSM_RENDER_MAGNITUDE, 0,
                            PNG_WHITE_PERCENTILE, &low, &high);
  if (!(high > 0))
    high = 1;
  msm_tensor_lincomb (real, 1 / high, real, 0, real);
  summary = g_strdup_printf ("%s; white = %.9g", notes->provenance != NULL ? notes->provenance : "", high);
  with_white = msm_provenance_attach (summary, notes->experiment);
  return msm_png_write_16 (path, msm_tensor_const_host (real), msm_tensor_dim (real, 1), msm_tensor_dim (real, 2),
                           msm_tensor_dim (real, 3), with_white, error);
}

static const MsmImageFormat hdf5_format = {
  .name = "hdf5",
  .title = N_("HDF5, as fastMRI submissions"),
  .suffixes = (const char *const[]){ ".h5", ".hdf5", NULL },
  .holds =
      MSM_HOLDS_COMPLEX | MSM_HOLDS_FLOAT | MSM_HOLDS_COLOUR | MSM_HOLDS_VOLUME | MSM_HOLDS_ARRAYS | MSM_HOLDS_KSPACE,
  .write = write_hdf5,
  .write_array = write_hdf5_array,
};

static const MsmImageFormat cfl_format = {
  .name = "cfl",
  .title = N_("cfl, BART's pair of files"),
  .suffixes = (const char *const[]){ ".cfl", NULL },
  .holds = MSM_HOLDS_COMPLEX | MSM_HOLDS_FLOAT | MSM_HOLDS_COLOUR | MSM_HOLDS_KSPACE,
  .write = write_cfl,
  .write_array = write_cfl_array,
};

static const MsmImageFormat nifti_format = {
  .name = "nifti",
  .title = N_("NIfTI"),
  .suffixes = (const char *const[]){ ".nii", ".nii.gz", NULL },
  .holds = MSM_HOLDS_COMPLEX | MSM_HOLDS_FLOAT | MSM_HOLDS_VOLUME | MSM_HOLDS_PLACE,
  .holds_with = nifti_holds,
  .write = write_nifti,
};

static const MsmImageFormat dicom_format = {
  .name = "dicom",
  .title = N_("DICOM"),
  .suffixes = (const char *const[]){ ".dcm", NULL },
  .holds = MSM_HOLDS_FLOAT | MSM_HOLDS_COLOUR | MSM_HOLDS_VOLUME | MSM_HOLDS_PLACE | MSM_HOLDS_UNEVEN,
  .holds_with = dicom_holds,
  .write = write_dicom,
};

static const MsmImageFormat npy_format = {
  .name = "npy",
  .title = N_("NumPy array"),
  .suffixes = (const char *const[]){ ".npy", NULL },
  .holds = MSM_HOLDS_COMPLEX | MSM_HOLDS_FLOAT | MSM_HOLDS_COLOUR | MSM_HOLDS_VOLUME,
  .write = write_npy,
};

static const MsmImageFormat png_format = {
  .name = "png",
  .title = N_("PNG picture"),
  .suffixes = (const char *const[]){ ".png", NULL },
  .holds = MSM_HOLDS_COLOUR | MSM_HOLDS_SCREEN,
  .write = write_png,
};

static const MsmImageFormat *const formats[] = { &hdf5_format, &cfl_format, &nifti_format, &dicom_format,
                                                 &npy_format,  &png_format, NULL };

/* ---- what all of them can do ---- */

const MsmImageFormat *const *
msm_image_formats (void)
{
  return formats;
}

char *
msm_image_format_suffixes (guint needs)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; formats[i] != NULL; i++)
    for (gsize k = 0; (formats[i]->holds & needs) == needs && formats[i]->suffixes[k] != NULL; k++)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", formats[i]->suffixes[k]);
  return g_string_free (text, FALSE);
}

/* The first of @needs that @holds lacks, in words; NULL: none. */
static const char *
missing (guint holds, guint needs)
{
  static const struct
  {
    guint what;
    const char *words;
  } names[] = {
    { MSM_HOLDS_COMPLEX, N_("complex values") },
    { MSM_HOLDS_FLOAT, N_("values as they are") },
    { MSM_HOLDS_COLOUR, N_("colours") },
    { MSM_HOLDS_VOLUME, N_("several slices") },
    { MSM_HOLDS_ARRAYS, N_("several arrays by name") },
    { MSM_HOLDS_KSPACE, N_("k-space") },
    { MSM_HOLDS_PLACE, N_("where pictures lie") },
    { MSM_HOLDS_UNEVEN, N_("uneven distances between slices") },
    { MSM_HOLDS_SCREEN, N_("a picture as it is on the screen") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if ((names[i].what & needs & ~holds) != 0)
      return _(names[i].words);
  return NULL;
}

static gboolean
fail_missing (const MsmImageFormat *self, const char *path, guint holds, guint needs, GError **error)
{
  const char *what = missing (holds, needs);
  g_autofree char *others = msm_image_format_suffixes (needs);

  if (what == NULL)
    return FALSE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: %s cannot hold %s here, but these can: %s"), path,
               _(self->title), what, others);
  return TRUE;
}

const MsmImageFormat *
msm_image_format_find (const char *path, guint needs, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  g_autofree char *accepted = NULL;

  for (gsize i = 0; formats[i] != NULL; i++)
    for (gsize k = 0; formats[i]->suffixes[k] != NULL; k++)
      if (g_str_has_suffix (lower, formats[i]->suffixes[k]))
        return fail_missing (formats[i], path, formats[i]->holds, needs, error) ? NULL : formats[i];
  accepted = msm_image_format_suffixes (needs);
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: unknown extension, expected one of %s"), path,
               accepted);
  return NULL;
}

gboolean
msm_image_format_can (const char *path, guint needs)
{
  return msm_image_format_find (path, needs, NULL) != NULL;
}

static gboolean
is_even (MsmTensor *image, const MsmImageNotes *notes)
{
  const gsize n = msm_tensor_dim (image, 0);

  for (gsize s = 0; notes->centres != NULL && notes->spacing_mm != NULL && s < n; s++)
    {
      const MsmGeometry even = msm_geometry_of_slice (&notes->geometry, s, notes->spacing_mm[2]);

      for (int i = 0; i < 3; i++)
        if (fabs (even.centre[i] - notes->centres[s][i]) > EVEN_MM)
          return FALSE;
    }
  return TRUE;
}

/* What no format may leave out: another picture would be written. */
static guint
needs_of (MsmTensor *image, const MsmImageNotes *notes)
{
  return (is_colour (image) ? MSM_HOLDS_COLOUR : 0) | (msm_tensor_dim (image, 0) > 1 ? MSM_HOLDS_VOLUME : 0)
         | (notes->n_more > 0 ? MSM_HOLDS_ARRAYS : 0);
}

GPtrArray *
msm_image_format_losses (const MsmImageFormat *self, const char *path, MsmTensor *image, const MsmImageNotes *notes,
                         GError **error)
{
  const guint holds = self->holds_with != NULL ? self->holds_with (image, notes) : self->holds;
  g_autoptr (GPtrArray) losses = g_ptr_array_new ();

  if (fail_missing (self, path, holds, needs_of (image, notes), error))
    return NULL;
  if (msm_tensor_dtype (image) == MSM_C64 && (holds & MSM_HOLDS_COMPLEX) == 0)
    g_ptr_array_add (losses, (gpointer) _("the phase: magnitudes are written"));
  if ((holds & MSM_HOLDS_FLOAT) == 0)
    g_ptr_array_add (losses, (gpointer) _("values finer than steps of their range"));
  if (notes->geometry.is_known && (holds & MSM_HOLDS_PLACE) == 0)
    g_ptr_array_add (losses, (gpointer) _("where the pictures lie"));
  else if (notes->geometry.is_known && (holds & MSM_HOLDS_UNEVEN) == 0 && !is_even (image, notes))
    g_ptr_array_add (losses, (gpointer) _("uneven distances between slices: their mean is written"));
  return g_steal_pointer (&losses);
}

gboolean
msm_image_format_write (const char *path, MsmTensor *image, const MsmImageNotes *notes, GError **error)
{
  const MsmImageFormat *format = msm_image_format_find (path, needs_of (image, notes), error);
  g_autofree char *text =
      notes->provenance != NULL ? msm_provenance_attach (notes->provenance, notes->experiment) : NULL;

  return format != NULL && format->write (path, image, notes, text, error);
}

gboolean
msm_image_format_write_array (const char *path, const char *name, MsmTensor *array, const char *text, GError **error)
{
  const MsmImageFormat *format = msm_image_format_find (path, MSM_HOLDS_KSPACE, error);

  return format != NULL && format->write_array (path, name, array, text, error);
}
