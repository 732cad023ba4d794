#include "config.h"

#include "core/io/hdf5/io-hdf5-slots.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/io/hdf5/io-hdf5-private.h"

static gboolean
create_slot (hid_t file, MsmH5Slot *slot)
{
  g_auto (MsmHid) type = slot->dtype == MSM_C64 ? msm_h5_complex_type ("r", "i") : H5Tcopy (H5T_NATIVE_FLOAT);
  g_auto (MsmHid) creation = H5Pcreate (H5P_DATASET_CREATE);
  g_auto (MsmHid) space = H5I_INVALID_HID;
  g_auto (MsmHid) id = H5I_INVALID_HID;
  hsize_t dims[MSM_MAX_RANK];
  haddr_t offset;

  for (int i = 0; i < slot->shape.rank; i++)
    dims[i] = slot->shape.dim[i];
  space = H5Screate_simple (slot->shape.rank, dims, NULL);
  H5Pset_obj_track_times (creation, 0);
  H5Pset_layout (creation, H5D_CONTIGUOUS);
  H5Pset_alloc_time (creation, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time (creation, H5D_FILL_TIME_NEVER);
  id = H5Dcreate2 (file, slot->name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  if (id < 0)
    return FALSE;
  offset = H5Dget_offset (id);
  slot->offset = offset;
  return offset != HADDR_UNDEF;
}

/* Takes @size bytes on the disk for the file; an errno. */
static int
reserve (const char *path, guint64 size)
{
  int fd = open (path, O_WRONLY | O_CREAT, 0666);
  int failure = fd >= 0 ? posix_fallocate (fd, 0, (off_t) size) : errno;

  if (fd >= 0)
    close (fd);
  return failure;
}

gboolean
msm_h5_create_slots (const char *path, MsmH5Slot *slots, gsize n_slots, const char *text, GError **error)
{
  gboolean ok;
  guint64 end = 1 << 16; /* what the library needs for itself, amply */
  int failure;

  for (gsize i = 0; i < n_slots; i++)
    end += msm_shape_size (slots[i].shape) * msm_dtype_size (slots[i].dtype);
  /* A full disk shows here: the library would crash at the program's end on a file that it cannot flush. */
  failure = reserve (path, end);
  ok = failure == 0;
  if (ok)
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (msm_h5_write_mutex ());
      g_auto (MsmHid) file = H5I_INVALID_HID;

      H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
      file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
      ok = file >= 0;
      for (gsize i = 0; ok && i < n_slots; i++)
        ok = create_slot (file, &slots[i]);
      ok = ok && (text == NULL || msm_h5_write_text (file, text)) && H5Fflush (file, H5F_SCOPE_GLOBAL) >= 0;
    }
  for (gsize i = 0; ok && i < n_slots; i++)
    end = MAX (end, slots[i].offset + msm_shape_size (slots[i].shape) * msm_dtype_size (slots[i].dtype));
  if (ok)
    failure = reserve (path, end);
  if (ok && failure == 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: no room for %.0f MB of HDF5%s%s"), path, (double) end / 1e6,
               failure != 0 ? ": " : "", failure != 0 ? g_strerror (failure) : "");
  return FALSE;
}
