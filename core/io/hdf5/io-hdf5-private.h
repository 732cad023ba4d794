#pragma once

#include <hdf5.h>

#include "core/io/hdf5/io-hdf5.h"

G_BEGIN_DECLS

/* HDF5 identifiers closed at the end of their block. */
typedef hid_t MsmHid;

static inline void
msm_hid_close (MsmHid *id)
{
  if (*id >= 0)
    {
      switch (H5Iget_type (*id))
        {
        case H5I_FILE:
          H5Fclose (*id);
          break;
        case H5I_GROUP:
          H5Gclose (*id);
          break;
        case H5I_DATATYPE:
          H5Tclose (*id);
          break;
        case H5I_DATASPACE:
          H5Sclose (*id);
          break;
        case H5I_DATASET:
          H5Dclose (*id);
          break;
        case H5I_ATTR:
          H5Aclose (*id);
          break;
        case H5I_GENPROP_LST:
          H5Pclose (*id);
          break;
        default:
          break;
        }
    }
  *id = H5I_INVALID_HID;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmHid, msm_hid_close)

/* Memory type of interleaved float32 pairs whose members are called @re and @im. */
static inline hid_t
msm_h5_complex_type (const char *re, const char *im)
{
  hid_t type = H5Tcreate (H5T_COMPOUND, 2 * sizeof (float));

  if (type >= 0
      && (H5Tinsert (type, re, 0, H5T_NATIVE_FLOAT) < 0 || H5Tinsert (type, im, sizeof (float), H5T_NATIVE_FLOAT) < 0))
    msm_hid_close (&type);
  return type;
}

/* Fills a new file; FALSE: @error set, or left for the caller's general message. */
typedef gboolean (*MsmH5FillFunc) (hid_t file, gpointer data, GError **error);

/**
 * msm_h5_write_file:
 *
 * Makes an HDF5 file in memory with @fill, then writes it to a temporary name and renames it to @path.
 * HDF5 1.10 cannot close a file on disk that it fails to flush, and crashes on it when the program ends.
 * Returns: %TRUE, or %FALSE with MSM_ERROR_FILE (or @fill's error) and nothing left behind
 */
gboolean msm_h5_write_file (const char *path, MsmH5FillFunc fill, gpointer data, GError **error);
/* Held by writers: the library may be built without thread safety. */
GMutex *msm_h5_write_mutex (void);
/* The provenance, as an attribute of the root (a dataset when it is long). */
gboolean msm_h5_write_text (hid_t file, const char *text);

G_END_DECLS
