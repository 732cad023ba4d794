#include "config.h"

#include "core/io/hdf5/io-hdf5-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"

/* Acquisitions hold at most 65535 samples × coils; more than this in one batch is a damaged length. */
#define VLEN_BUDGET ((gsize) 2 << 30)

/* In the order of the counters in MsmMrdHeader, from `line` on. */
static const char *const counter_names[] = { "kspace_encode_step_1",
                                             "kspace_encode_step_2",
                                             "average",
                                             "slice",
                                             "contrast",
                                             "phase",
                                             "repetition",
                                             "set",
                                             "segment" };

typedef struct
{
  gsize left;
} VlenBudget;

/* The library's allocator for variable-length data, bounded so that a damaged length cannot eat the machine. */
static void *
vlen_alloc (size_t n_bytes, void *user_data)
{
  VlenBudget *budget = user_data;

  if (n_bytes > budget->left)
    return NULL;
  budget->left -= n_bytes;
  return g_try_malloc (n_bytes);
}

static void
vlen_free (void *memory, void *user_data)
{
  g_free (memory);
}

static hid_t
open_rows (MsmH5File *self, const char *name, gsize first, gsize n, MsmHid *file_space, MsmHid *memory_space,
           GError **error)
{
  hsize_t offset = first, count = n;
  hid_t id = msm_h5_file_dataset (self, name, error);

  if (id < 0)
    return id;
  *file_space = H5Dget_space (id);
  *memory_space = H5Screate_simple (1, &count, NULL);
  if (*file_space < 0 || *memory_space < 0
      || H5Sselect_hyperslab (*file_space, H5S_SELECT_SET, &offset, NULL, &count, NULL) < 0
      || H5Sselect_valid (*file_space) <= 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: dataset ‘%s’ is missing or damaged"), self->path, name);
      msm_hid_close (&id);
    }
  return id;
}

static gboolean
fail_read (MsmH5File *self, const char *name, gsize first, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
               _("%s: dataset ‘%s’: acquisition %zu or later cannot be read: expected ISMRMRD {head, traj, data}, or "
                  "the file is truncated or damaged"),
               self->path, name, first);
  return FALSE;
}

gboolean
msm_h5_file_mrd_headers (MsmH5File *self, const char *name, gsize first, gsize n, MsmMrdHeader *out, GError **error)
{
  g_auto (MsmHid) file_space = H5I_INVALID_HID;
  g_auto (MsmHid) memory_space = H5I_INVALID_HID;
  g_auto (MsmHid) id = open_rows (self, name, first, n, &file_space, &memory_space, error);
  g_auto (MsmHid) type = H5Tcreate (H5T_COMPOUND, sizeof (MsmMrdHeader));
  g_auto (MsmHid) head = H5Tcreate (H5T_COMPOUND, sizeof (MsmMrdHeader));
  g_auto (MsmHid) counters = H5Tcreate (H5T_COMPOUND, 9 * sizeof (guint16));
  g_auto (MsmHid) vector = H5I_INVALID_HID;
  hsize_t three = 3;

  if (id < 0)
    return FALSE;
  vector = H5Tarray_create2 (H5T_NATIVE_FLOAT, 1, &three);
  H5Tinsert (head, "flags", HOFFSET (MsmMrdHeader, flags), H5T_NATIVE_UINT64);
  H5Tinsert (head, "number_of_samples", HOFFSET (MsmMrdHeader, n_samples), H5T_NATIVE_UINT16);
  H5Tinsert (head, "active_channels", HOFFSET (MsmMrdHeader, n_coils), H5T_NATIVE_UINT16);
  H5Tinsert (head, "discard_pre", HOFFSET (MsmMrdHeader, discard_pre), H5T_NATIVE_UINT16);
  H5Tinsert (head, "discard_post", HOFFSET (MsmMrdHeader, discard_post), H5T_NATIVE_UINT16);
  H5Tinsert (head, "center_sample", HOFFSET (MsmMrdHeader, center_sample), H5T_NATIVE_UINT16);
  H5Tinsert (head, "encoding_space_ref", HOFFSET (MsmMrdHeader, encoding), H5T_NATIVE_UINT16);
  H5Tinsert (head, "trajectory_dimensions", HOFFSET (MsmMrdHeader, trajectory_dims), H5T_NATIVE_UINT16);
  H5Tinsert (head, "position", HOFFSET (MsmMrdHeader, position), vector);
  H5Tinsert (head, "read_dir", HOFFSET (MsmMrdHeader, read_dir), vector);
  H5Tinsert (head, "phase_dir", HOFFSET (MsmMrdHeader, phase_dir), vector);
  H5Tinsert (head, "slice_dir", HOFFSET (MsmMrdHeader, slice_dir), vector);
  for (gsize i = 0; i < G_N_ELEMENTS (counter_names); i++)
    H5Tinsert (counters, counter_names[i], i * sizeof (guint16), H5T_NATIVE_UINT16);
  H5Tinsert (head, "idx", HOFFSET (MsmMrdHeader, line), counters);
  memset (out, 0, n * sizeof *out);
  if (H5Tinsert (type, "head", 0, head) < 0 || H5Dread (id, type, memory_space, file_space, H5P_DEFAULT, out) < 0)
    return fail_read (self, name, first, error);
  return TRUE;
}

gboolean
msm_h5_file_mrd_data (MsmH5File *self, const char *name, gsize first, gsize n, hvl_t *rows, GError **error)
{
  g_auto (MsmHid) file_space = H5I_INVALID_HID;
  g_auto (MsmHid) memory_space = H5I_INVALID_HID;
  g_auto (MsmHid) id = open_rows (self, name, first, n, &file_space, &memory_space, error);
  g_auto (MsmHid) type = H5Tcreate (H5T_COMPOUND, sizeof (hvl_t));
  g_auto (MsmHid) floats = H5Tvlen_create (H5T_NATIVE_FLOAT);
  g_auto (MsmHid) transfer = H5Pcreate (H5P_DATASET_XFER);
  VlenBudget budget = { VLEN_BUDGET };

  memset (rows, 0, n * sizeof *rows);
  if (id < 0)
    return FALSE;
  H5Pset_vlen_mem_manager (transfer, vlen_alloc, &budget, vlen_free, NULL);
  if (H5Tinsert (type, "data", 0, floats) < 0 || H5Dread (id, type, memory_space, file_space, transfer, rows) < 0)
    return fail_read (self, name, first, error);
  return TRUE;
}
