#include "config.h"

#include "core/io/hdf5/io-hdf5-outside.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/error.h"

/* Virtual datasets whose sources are virtual, and links to links: no honest file has more. */
#define MAX_DEPTH   8
/* Sources of one virtual dataset that are looked at. */
#define MAX_SOURCES 100000

static char *folder;  /* resolved */
static char *refusal; /* NULL: none */
static int depth;

static void
refuse (const char *format, const char *name)
{
  g_free (refusal);
  refusal = g_strdup_printf (format, name);
}

/*
 * @name as a file @from names it: where it lies, when that is a file in the scan's folder; else NULL, and the refusal
 * says so. (transfer full)
 */
static char *
inside (const char *name, const char *from)
{
  g_autofree char *beside = g_path_get_dirname (from);
  g_autofree char *full = g_path_is_absolute (name) ? g_strdup (name) : g_build_filename (beside, name, NULL);
  char *resolved = realpath (full, NULL);
  gsize n = strlen (folder);
  struct stat info;
  char *result = NULL;

  if (resolved != NULL && strncmp (resolved, folder, n) == 0 && (n == 1 || resolved[n] == '/')
      && stat (resolved, &info) == 0 && S_ISREG (info.st_mode))
    result = g_strdup (resolved);
  else if (resolved == NULL)
    refuse (_("it refers to the file ‘%s’, which is missing; expected it in the scan's folder"), name);
  else
    refuse (_("it refers to ‘%s’, which is no file in the scan's folder; copy that file beside the scan"), name);
  free (resolved);
  return result;
}

char *
msm_h5_outside_file (hid_t object)
{
  gssize n = H5Fget_name (object, NULL, 0);
  char *name = g_new0 (char, MAX (n, 0) + 1);

  if (n > 0)
    H5Fget_name (object, name, (size_t) n + 1);
  return name;
}

/* In place of the library's own: a link's value is a byte of flags, then the file's name and the object's. */
static hid_t
follow (const char *link, hid_t group, const void *value, size_t size, hid_t access, hid_t transfer)
{
  const char *name = (const char *) value + 1, *object;
  g_autofree char *from = msm_h5_outside_file (group);
  g_autofree char *target = NULL;
  hid_t file, found = H5I_INVALID_HID;

  if (size < 4 || memchr (name, '\0', size - 1) == NULL)
    return H5I_INVALID_HID;
  object = name + strlen (name) + 1;
  if (object >= (const char *) value + size
      || memchr (object, '\0', (gsize) ((const char *) value + size - object)) == NULL)
    return H5I_INVALID_HID;
  if (depth >= MAX_DEPTH)
    {
      refuse (_("its links lead from file to file without end, the last one to ‘%s’"), name);
      return H5I_INVALID_HID;
    }
  target = inside (name, from);
  if (target == NULL)
    return H5I_INVALID_HID;
  depth++;
  file = H5Fopen (target, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0)
    refuse (_("it refers to ‘%s’, which is no readable HDF5 file"), name);
  else
    {
      /* What is open keeps its file open. */
      found = H5Oopen (file, object, H5P_DEFAULT);
      if (found < 0)
        refuse (_("it refers to an object that is missing from ‘%s’"), name);
      H5Fclose (file);
    }
  depth--;
  return found;
}

gboolean
msm_h5_outside_init (const char *path)
{
  const H5L_class_t links = {
    .version = H5L_LINK_CLASS_T_VERS, .id = H5L_TYPE_EXTERNAL, .comment = "external", .trav_func = follow
  };
  char *resolved = realpath (path, NULL);

  if (resolved == NULL)
    return FALSE;
  g_free (folder);
  folder = g_path_get_dirname (resolved);
  free (resolved);
  return H5Lregister (&links) >= 0;
}

const char *
msm_h5_outside_folder (void)
{
  return folder;
}

static gboolean
fail (const char *path, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, "%s: %s", path, refusal);
  return FALSE;
}

/* The source @index of the virtual @dataset, which the file @from holds. */
static gboolean
check_source (hid_t dataset, hid_t creation, size_t index, const char *from, const char *path, GError **error)
{
  gssize n_name = H5Pget_virtual_filename (creation, index, NULL, 0);
  gssize n_object = H5Pget_virtual_dsetname (creation, index, NULL, 0);
  g_autofree char *name = NULL, *object = NULL, *target = NULL;
  hid_t file = H5I_INVALID_HID, source;
  gboolean ok;

  if (n_name < 0 || n_object < 0 || n_name > 65536 || n_object > 65536)
    {
      refuse ("%s", _("a virtual dataset of it is damaged"));
      return fail (path, error);
    }
  name = g_new0 (char, n_name + 1);
  object = g_new0 (char, n_object + 1);
  H5Pget_virtual_filename (creation, index, name, (size_t) n_name + 1);
  H5Pget_virtual_dsetname (creation, index, object, (size_t) n_object + 1);
  /* A pattern stands for files that could not be looked at one by one. */
  if (strchr (name, '%') != NULL || strchr (object, '%') != NULL)
    {
      refuse (_("its virtual dataset names its sources by a pattern, ‘%s’; expected one name for each"), name);
      return fail (path, error);
    }
  if (g_str_equal (name, "."))
    file = H5Iget_file_id (dataset);
  else
    {
      target = inside (name, from);
      if (target == NULL)
        return fail (path, error);
      file = H5Fopen (target, H5F_ACC_RDONLY, H5P_DEFAULT);
    }
  source = file >= 0 ? H5Dopen2 (file, object, H5P_DEFAULT) : H5I_INVALID_HID;
  ok = source >= 0 && msm_h5_outside_check (source, path, error);
  if (source < 0)
    {
      if (refusal == NULL)
        refuse (_("the source ‘%s’ of its virtual dataset is missing or damaged"), name);
      fail (path, error);
    }
  else
    H5Dclose (source);
  if (file >= 0)
    H5Fclose (file);
  return ok;
}

gboolean
msm_h5_outside_check (hid_t dataset, const char *path, GError **error)
{
  hid_t creation = H5Dget_create_plist (dataset);
  g_autofree char *from = msm_h5_outside_file (dataset);
  gboolean ok = creation >= 0;
  size_t n = 0;

  if (!ok)
    refuse ("%s", _("a dataset of it is damaged"));
  else if (H5Pget_external_count (creation) != 0)
    {
      char name[1024] = "";

      H5Pget_external (creation, 0, sizeof name - 1, name, NULL, NULL);
      refuse (_("a dataset keeps its values in another file, ‘%s’; expected them in the HDF5 file itself"), name);
      ok = FALSE;
    }
  else if (H5Pget_layout (creation) == H5D_VIRTUAL
           && (depth >= MAX_DEPTH || H5Pget_virtual_count (creation, &n) < 0 || n > MAX_SOURCES))
    {
      refuse ("%s", _("a virtual dataset of it has too many sources, or sources of sources"));
      ok = FALSE;
    }
  if (!ok)
    fail (path, error);
  depth++;
  for (size_t i = 0; ok && i < n; i++)
    ok = check_source (dataset, creation, i, from, path, error);
  depth--;
  if (creation >= 0)
    H5Pclose (creation);
  return ok;
}

const char *
msm_h5_outside_refusal (void)
{
  return refusal;
}

void
msm_h5_outside_forget (void)
{
  g_clear_pointer (&refusal, g_free);
}
