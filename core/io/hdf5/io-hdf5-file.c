#include "config.h"

#include "core/io/hdf5/io-hdf5-file.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>

#include "core/base/error.h"
#include "core/io/hdf5/io-hdf5-outside.h"
#include "core/io/reader/reader-sandbox.h"

MsmH5File *
msm_h5_file_open (const char *path, GError **error)
{
  g_auto (MsmHid) access = H5I_INVALID_HID;
  GStatBuf info;
  MsmH5File *self;
  hid_t file;

  if (g_stat (path, &info) != 0 || g_access (path, R_OK) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be read"), path);
      return NULL;
    }
  if (H5Fis_hdf5 (path) <= 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: is not an HDF5 file, or its start is damaged"), path);
      return NULL;
    }
  if (!msm_h5_outside_init (path))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the HDF5 library does not let its links be checked"),
                   path);
      return NULL;
    }
  msm_reader_sandbox_enter ((const char *const[]){ msm_h5_outside_folder (), NULL });
  access = H5Pcreate (H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
  /* Reading must work on file systems without locks and beside another reader. */
  H5Pset_file_locking (access, 0, 1);
#endif
  H5Pset_fclose_degree (access, H5F_CLOSE_STRONG);
  /* Reads are long runs, and the sieve buffer trusts the layout of a damaged file. */
  H5Pset_sieve_buf_size (access, 0);
  file = H5Fopen (path, H5F_ACC_RDONLY, access);
  if (file < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: the HDF5 file is truncated or damaged (%" PRIu64 " bytes)"), path, (guint64) info.st_size);
      return NULL;
    }
  self = g_new0 (MsmH5File, 1);
  self->path = g_strdup (path);
  self->file = file;
  self->n_bytes = (gsize) info.st_size;
  return self;
}

void
msm_h5_file_free (MsmH5File *self)
{
  if (self == NULL)
    return;
  H5Fclose (self->file);
  g_free (self->path);
  g_free (self);
}

gboolean
msm_h5_file_has (MsmH5File *self, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  g_autoptr (GString) prefix = g_string_new (NULL);

  /* H5Lexists fails when an intermediate group is absent, so walk down. */
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (parts[i][0] == '\0')
        continue;
      g_string_append_printf (prefix, "/%s", parts[i]);
      msm_h5_outside_forget ();
      if (H5Lexists (self->file, prefix->str, H5P_DEFAULT) <= 0)
        return FALSE;
      /* A link that must not be followed is there all the same: opening it says why it is not read. */
      if (H5Oexists_by_name (self->file, prefix->str, H5P_DEFAULT) <= 0)
        return msm_h5_outside_refusal () != NULL;
    }
  return prefix->len > 0;
}

static herr_t
collect_name (hid_t group, const char *name, const H5L_info_t *info, void *user_data)
{
  GPtrArray *names = user_data;

  g_ptr_array_add (names, g_strdup (name));
  /* A damaged group may list without end. */
  return names->len < 10000 ? 0 : 1;
}

GPtrArray *
msm_h5_file_members (MsmH5File *self, const char *group)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_auto (MsmHid) id = H5Gopen2 (self->file, group, H5P_DEFAULT);

  if (id >= 0)
    H5Literate (id, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_name, names);
  return names;
}

/* Those that scans are found with, and the Debian package that reads them. */
static const struct
{
  H5Z_filter_t id;
  const char *name, *package;
} known_filters[] = {
  { 4, "szip", NULL },
  { 307, "bzip2", "hdf5-filter-plugin" },
  { 32000, "lzf", "hdf5-plugin-lzf" },
  { 32001, "blosc", "hdf5-filter-plugin-blosc-serial" },
  { 32004, "lz4", "hdf5-filter-plugin" },
  { 32008, "bitshuffle", "hdf5-filter-plugin" },
  { 32013, "zfp", "hdf5-filter-plugin-zfp-serial" },
  { 32015, "zstd", NULL },
  { 32026, "blosc2", NULL },
};

static gboolean
fail_filter (MsmH5File *self, const char *dataset, H5Z_filter_t id, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%d", id);
  const char *name = number, *package = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (known_filters); i++)
    if (known_filters[i].id == id)
      {
        name = known_filters[i].name;
        package = known_filters[i].package;
      }
  if (package != NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: dataset ‘%s’ is compressed by the HDF5 filter ‘%s’, which is not installed: Debian's and "
                    "Ubuntu's package %s has it"),
                 self->path, dataset, name, package);
  else
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: dataset ‘%s’ is compressed by the HDF5 filter ‘%s’, which is not installed: expected none or "
                    "deflate, as ‘h5repack -f GZIP=1 IN OUT’ writes where the filter is known"),
                 self->path, dataset, name);
  return FALSE;
}

/* The library says no more of a missing filter than that reading failed. */
static gboolean
check_filters (MsmH5File *self, hid_t dataset, const char *name, GError **error)
{
  g_auto (MsmHid) creation = H5Dget_create_plist (dataset);
  const int n = creation >= 0 ? H5Pget_nfilters (creation) : 0;

  for (int i = 0; i < n && i < H5Z_MAX_NFILTERS; i++)
    {
      unsigned flags, config;
      size_t n_values = 0;
      H5Z_filter_t id = H5Pget_filter2 (creation, (unsigned) i, &flags, &n_values, NULL, 0, NULL, &config);

      if (id > 0 && H5Zfilter_avail (id) <= 0)
        return fail_filter (self, name, id, error);
    }
  return TRUE;
}

hid_t
msm_h5_file_dataset (MsmH5File *self, const char *name, GError **error)
{
  hid_t id = msm_h5_file_has (self, name) ? H5Dopen2 (self->file, name, H5P_DEFAULT) : H5I_INVALID_HID;

  if (id < 0 && msm_h5_outside_refusal () != NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: dataset ‘%s’: %s"), self->path, name,
                 msm_h5_outside_refusal ());
  else if (id < 0)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: dataset ‘%s’ is missing or damaged"), self->path, name);
  else if (!msm_h5_outside_check (id, self->path, error) || !check_filters (self, id, name, error))
    {
      H5Dclose (id);
      return H5I_INVALID_HID;
    }
  return id;
}

/* Two plain floats or integers that lie inside the compound: the library's conversion trusts a damaged type. */
static gboolean
is_complex (hid_t type)
{
  gsize size = H5Tget_size (type), start[2], length[2];

  if (H5Tget_nmembers (type) != 2)
    return FALSE;
  for (unsigned i = 0; i < 2; i++)
    {
      g_auto (MsmHid) member = H5Tget_member_type (type, i);

      if (member < 0 || (H5Tget_class (member) != H5T_FLOAT && H5Tget_class (member) != H5T_INTEGER))
        return FALSE;
      start[i] = H5Tget_member_offset (type, i);
      length[i] = H5Tget_size (member);
      if (length[i] < 1 || length[i] > 16 || length[i] > size || start[i] > size - length[i])
        return FALSE;
    }
  return size <= 64 && (start[0] + length[0] <= start[1] || start[1] + length[1] <= start[0]);
}

MsmH5Kind
msm_h5_type_kind (hid_t type)
{
  switch (H5Tget_class (type))
    {
    case H5T_INTEGER:
    case H5T_FLOAT:
    case H5T_ENUM:
      return H5Tget_size (type) <= 16 ? MSM_H5_NUMBER : MSM_H5_OTHER;
    case H5T_STRING:
      return MSM_H5_TEXT;
    case H5T_COMPOUND:
      return is_complex (type) ? MSM_H5_COMPLEX : MSM_H5_COMPOUND;
    default:
      return MSM_H5_OTHER;
    }
}

/* Of contiguous data the library takes on trust that the layout and the extent agree. */
static gboolean
layout_fits (hid_t id, double n_bytes)
{
  g_autofree char *name = msm_h5_outside_file (id);
  GStatBuf info;
  g_auto (MsmHid) list = H5Dget_create_plist (id);
  haddr_t offset;
  hsize_t size;

  if (list < 0)
    return FALSE;
  if (H5Pget_layout (list) == H5D_CHUNKED || H5Pget_layout (list) == H5D_VIRTUAL)
    return TRUE;
  size = H5Dget_storage_size (id);
  if (H5Pget_layout (list) == H5D_CONTIGUOUS)
    {
      offset = H5Dget_offset (id);
      /* Never written: all fill values. */
      if (offset == HADDR_UNDEF)
        return TRUE;
      if (g_stat (name, &info) != 0 || size > (hsize_t) info.st_size || offset > (hsize_t) info.st_size - size)
        return FALSE;
    }
  return (double) size >= n_bytes;
}

static gboolean
dataset_info (MsmH5File *self, hid_t id, const char *name, MsmH5Info *info, GError **error)
{
  g_auto (MsmHid) type = H5Dget_type (id);
  g_auto (MsmHid) space = H5Dget_space (id);
  hsize_t dims[H5S_MAX_RANK];
  int rank = space >= 0 ? H5Sget_simple_extent_ndims (space) : -1;
  double n_bytes = type >= 0 ? (double) H5Tget_size (type) : 0;

  if (rank < 0 || type < 0 || n_bytes <= 0 || H5Sget_simple_extent_dims (space, dims, NULL) < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: dataset ‘%s’ is damaged"), self->path, name);
      return FALSE;
    }
  if (rank > MSM_H5_MAX_RANK)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: dataset ‘%s’ has %d axes, expected at most %d"),
                   self->path, name, rank, MSM_H5_MAX_RANK);
      return FALSE;
    }
  info->kind = msm_h5_type_kind (type);
  info->rank = rank;
  for (int i = 0; i < rank; i++)
    {
      info->dim[i] = dims[i];
      n_bytes *= (double) dims[i];
    }
  /* Deflate packs at most 1032 : 1, so a larger claim is damage and not a reason to ask for memory. */
  if (n_bytes > 1100.0 * (double) self->n_bytes + 4096.0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: dataset ‘%s’ claims %.3g bytes, more than a file of %zu bytes can hold"), self->path, name,
                   n_bytes, self->n_bytes);
      return FALSE;
    }
  if (!layout_fits (id, n_bytes))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: dataset ‘%s’ is damaged: its place in the file does not hold its %.3g bytes"), self->path,
                   name, n_bytes);
      return FALSE;
    }
  return TRUE;
}

gboolean
msm_h5_file_info (MsmH5File *self, const char *name, MsmH5Info *info, GError **error)
{
  g_auto (MsmHid) id = msm_h5_file_dataset (self, name, error);

  return id >= 0 && dataset_info (self, id, name, info, error);
}

static hid_t
memory_type (hid_t id, MsmH5Kind kind)
{
  if (kind == MSM_H5_COMPLEX)
    {
      g_auto (MsmHid) type = H5Dget_type (id);
      char *re = H5Tget_member_name (type, 0);
      char *im = H5Tget_member_name (type, 1);
      hid_t memory = H5I_INVALID_HID;

      /* By name, since a compound's members may stand in any order: the imaginary part's begins with i everywhere. */
      if (re != NULL && im != NULL)
        memory = g_ascii_tolower (re[0]) == 'i' && g_ascii_tolower (im[0]) != 'i' ? msm_h5_complex_type (im, re)
                                                                                  : msm_h5_complex_type (re, im);
      H5free_memory (re);
      H5free_memory (im);
      return memory;
    }
  return H5Tcopy (H5T_NATIVE_FLOAT);
}

float *
msm_h5_file_read_block (MsmH5File *self, const char *name, const gsize *start, const gsize *count, gsize *n_floats,
                        GError **error)
{
  g_auto (MsmHid) id = msm_h5_file_dataset (self, name, error);
  g_auto (MsmHid) file_space = H5I_INVALID_HID;
  g_auto (MsmHid) memory_space = H5I_INVALID_HID;
  g_auto (MsmHid) type = H5I_INVALID_HID;
  g_autofree float *out = NULL;
  hsize_t offset[MSM_H5_MAX_RANK], size[MSM_H5_MAX_RANK];
  MsmH5Info info = { 0 };
  gsize n = 1;
  herr_t status;

  if (id < 0 || !dataset_info (self, id, name, &info, error))
    return NULL;
  if (info.kind != MSM_H5_NUMBER && info.kind != MSM_H5_COMPLEX)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: dataset ‘%s’ holds no numbers"), self->path, name);
      return NULL;
    }
  for (int i = 0; i < info.rank; i++)
    {
      offset[i] = start[i];
      size[i] = count[i];
      if (start[i] > info.dim[i] || count[i] > info.dim[i] - start[i])
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                       _("%s: dataset ‘%s’ has %zu entries along axis %d, asked for more"), self->path, name,
                       info.dim[i], i);
          return NULL;
        }
      n *= count[i]; /* cannot overflow: the extent was checked against the file's size */
    }
  n *= info.kind == MSM_H5_COMPLEX ? 2 : 1;
  out = g_try_new (float, MAX (n, 1));
  if (out == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: not enough memory for %zu numbers of dataset ‘%s’"),
                   self->path, n, name);
      return NULL;
    }
  type = memory_type (id, info.kind);
  file_space = H5Dget_space (id);
  if (info.rank == 0)
    {
      memory_space = H5Screate (H5S_SCALAR);
      status = H5Dread (id, type, memory_space, file_space, H5P_DEFAULT, out);
    }
  else
    {
      memory_space = H5Screate_simple (info.rank, size, NULL);
      status = H5Sselect_hyperslab (file_space, H5S_SELECT_SET, offset, NULL, size, NULL);
      if (status >= 0)
        status = H5Dread (id, type, memory_space, file_space, H5P_DEFAULT, out);
    }
  if (status < 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT,
                   _("%s: dataset ‘%s’ cannot be read: the file is truncated or damaged"), self->path, name);
      return NULL;
    }
  *n_floats = n;
  return g_steal_pointer (&out);
}
