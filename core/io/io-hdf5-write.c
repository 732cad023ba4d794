#include "config.h"

#include "core/io/image-write.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"
#include "core/io/hdf5/io-hdf5-private.h"

GMutex *
msm_h5_write_mutex (void)
{
  static GMutex mutex;

  return &mutex;
}

gboolean
msm_h5_write_text (hid_t file, const char *text)
{
  g_auto (MsmHid) type = H5Tcopy (H5T_C_S1);
  g_auto (MsmHid) space = H5Screate (H5S_SCALAR);
  g_auto (MsmHid) attribute = H5I_INVALID_HID;

  H5Tset_size (type, MAX (strlen (text), 1));
  H5Tset_cset (type, H5T_CSET_UTF8);
  /* Attributes hold at most 64 KiB; the provenance can be longer, so it is a dataset. */
  if (strlen (text) > 60000)
    attribute = H5Dcreate2 (file, "provenance", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  else
    attribute = H5Acreate2 (file, "provenance", type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0)
    return FALSE;
  return (strlen (text) > 60000 ? H5Dwrite (attribute, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text)
                                : H5Awrite (attribute, type, text))
         >= 0;
}

static gboolean
write_tensor (hid_t file, const MsmNamedTensor *named, GError **error)
{
  g_autoptr (MsmTensor) host = msm_tensor_to (named->tensor, msm_device_host (), error);
  g_auto (MsmHid) type = H5I_INVALID_HID;
  g_auto (MsmHid) space = H5I_INVALID_HID;
  g_auto (MsmHid) links = H5Pcreate (H5P_LINK_CREATE);
  g_auto (MsmHid) creation = H5Pcreate (H5P_DATASET_CREATE);
  g_auto (MsmHid) id = H5I_INVALID_HID;
  hsize_t dims[MSM_MAX_RANK];
  MsmShape shape;

  if (host == NULL)
    return FALSE;
  shape = msm_tensor_shape (host);
  for (int i = 0; i < shape.rank; i++)
    dims[i] = shape.dim[i];
  type = msm_tensor_dtype (host) == MSM_C64 ? msm_h5_complex_type ("r", "i") : H5Tcopy (H5T_NATIVE_FLOAT);
  space = H5Screate_simple (shape.rank, dims, NULL);
  H5Pset_create_intermediate_group (links, 1);
  /* No dates: the same values give the same bytes. */
  H5Pset_obj_track_times (creation, 0);
  id = H5Dcreate2 (file, named->name, type, space, links, creation, H5P_DEFAULT);
  return id >= 0 && H5Dwrite (id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, msm_tensor_const_host (host)) >= 0;
}

/* The bytes of the open file, or NULL. */
static guint8 *
file_image (hid_t file, gsize *size)
{
  gssize n = H5Fget_file_image (file, NULL, 0);
  guint8 *bytes = n > 0 ? g_try_malloc (n) : NULL;

  if (bytes == NULL || H5Fget_file_image (file, bytes, n) != n)
    {
      g_free (bytes);
      return NULL;
    }
  *size = n;
  return bytes;
}

static gboolean
write_bytes (const char *path, const guint8 *bytes, gsize size)
{
  FILE *stream = fopen (path, "wb");
  gboolean ok;

  if (stream == NULL)
    return FALSE;
  ok = fwrite (bytes, 1, size, stream) == size;
  return fclose (stream) == 0 && ok;
}

gboolean
msm_h5_write_file (const char *path, MsmH5FillFunc fill, gpointer data, GError **error)
{
  g_autofree char *temp = msm_atomic_begin (path, error);
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GError) local = NULL;
  gsize size = 0;

  if (temp == NULL)
    return FALSE;
  {
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (msm_h5_write_mutex ());
    g_auto (MsmHid) access = H5Pcreate (H5P_FILE_ACCESS);
    g_auto (MsmHid) file = H5I_INVALID_HID;

    H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
    H5Pset_fapl_core (access, 1 << 20, 0);
    file = H5Fcreate (temp, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file >= 0 && fill (file, data, &local) && H5Fflush (file, H5F_SCOPE_GLOBAL) >= 0)
      bytes = file_image (file, &size);
  }
  if (bytes == NULL || !write_bytes (temp, bytes, size))
    {
      msm_atomic_abort (temp);
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      else
        g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write HDF5: is the disk full?"), path);
      return FALSE;
    }
  return msm_atomic_commit (temp, path, error);
}

typedef struct
{
  const MsmNamedTensor *tensors;
  gsize n_tensors;
  const MsmNamedNumber *numbers;
  gsize n_numbers;
  const char *text;
} Content;

static gboolean
write_number (hid_t file, const MsmNamedNumber *number)
{
  g_auto (MsmHid) creation = H5Pcreate (H5P_GROUP_CREATE);
  g_auto (MsmHid) space = H5Screate (H5S_SCALAR);
  g_auto (MsmHid) group = H5I_INVALID_HID;
  g_auto (MsmHid) attribute = H5I_INVALID_HID;

  H5Pset_obj_track_times (creation, 0);
  group = g_str_equal (number->group, "/") || H5Lexists (file, number->group, H5P_DEFAULT) > 0
              ? H5Gopen2 (file, number->group, H5P_DEFAULT)
              : H5Gcreate2 (file, number->group, H5P_DEFAULT, creation, H5P_DEFAULT);
  attribute = H5Acreate2 (group, number->name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
  return attribute >= 0 && H5Awrite (attribute, H5T_NATIVE_DOUBLE, &number->value) >= 0;
}

static gboolean
fill_tensors (hid_t file, gpointer data, GError **error)
{
  const Content *content = data;

  for (gsize i = 0; i < content->n_tensors; i++)
    if (!write_tensor (file, &content->tensors[i], error))
      return FALSE;
  for (gsize i = 0; i < content->n_numbers; i++)
    if (!write_number (file, &content->numbers[i]))
      return FALSE;
  return content->text == NULL || msm_h5_write_text (file, content->text);
}

gboolean
msm_hdf5_write (const char *path, const MsmNamedTensor *tensors, gsize n_tensors, const char *text, GError **error)
{
  return msm_hdf5_write_numbers (path, tensors, n_tensors, NULL, 0, text, error);
}

gboolean
msm_hdf5_write_numbers (const char *path, const MsmNamedTensor *tensors, gsize n_tensors, const MsmNamedNumber *numbers,
                        gsize n_numbers, const char *text, GError **error)
{
  Content content = { tensors, n_tensors, numbers, n_numbers, text };

  return msm_h5_write_file (path, fill_tensors, &content, error);
}

MsmTensor *
msm_hdf5_read (const char *path, const char *dataset, GError **error)
{
  g_autoptr (MsmH5) h5 = msm_h5_open (path, error);
  g_autoptr (MsmTensor) tensor = NULL;
  MsmH5Info info = { 0 };
  gsize start[MSM_H5_MAX_RANK] = { 0 };
  MsmShape shape;

  if (h5 == NULL || !msm_h5_info (h5, dataset, &info, error))
    return NULL;
  if (info.kind != MSM_H5_NUMBER && info.kind != MSM_H5_COMPLEX)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: dataset ‘%s’ holds no numbers"), path, dataset);
      return NULL;
    }
  if (info.rank > MSM_MAX_RANK)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: dataset ‘%s’ has %d axes, expected at most %d"), path,
                   dataset, info.rank, MSM_MAX_RANK);
      return NULL;
    }
  shape.rank = MAX (info.rank, 1);
  shape.dim[0] = 1;
  for (int i = 0; i < info.rank; i++)
    shape.dim[i] = info.dim[i];
  tensor = msm_tensor_new (msm_device_host (), info.kind == MSM_H5_COMPLEX ? MSM_C64 : MSM_F32, shape, error);
  if (tensor == NULL || !msm_h5_read_block (h5, dataset, start, info.dim, msm_tensor_host (tensor), error))
    return NULL;
  return g_steal_pointer (&tensor);
}
