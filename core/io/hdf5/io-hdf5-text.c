#include "config.h"

#include "core/io/hdf5/io-hdf5-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"

/* Text of a string dataset or attribute; @read wraps H5Dread or H5Aread. */
static char *
read_text (hid_t id, gboolean is_attribute)
{
  g_auto (MsmHid) type = is_attribute ? H5Aget_type (id) : H5Dget_type (id);
  g_auto (MsmHid) space = is_attribute ? H5Aget_space (id) : H5Dget_space (id);
  hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints (space) : 0;
  gsize size = type >= 0 ? H5Tget_size (type) : 0;
  char *text = NULL;

  /* Headers are some kilobytes: anything huge is damage. */
  if (n < 1 || n > 64 || size == 0 || size > 64 * 1024 * 1024 || H5Tget_class (type) != H5T_STRING)
    return NULL;
  if (H5Tis_variable_str (type) > 0)
    {
      g_auto (MsmHid) memory = H5Tcopy (H5T_C_S1);
      g_autofree char **strings = g_new0 (char *, n);
      herr_t status;

      H5Tset_size (memory, H5T_VARIABLE);
      H5Tset_cset (memory, H5Tget_cset (type));
      status =
          is_attribute ? H5Aread (id, memory, strings) : H5Dread (id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, strings);
      if (status >= 0)
        {
          if (strings[0] != NULL)
            text = g_strdup (strings[0]);
          H5Dvlen_reclaim (memory, space, H5P_DEFAULT, strings);
        }
    }
  else
    {
      g_autofree char *buffer = g_try_malloc0 (size * (gsize) n + 1);
      herr_t status = -1;

      if (buffer != NULL)
        status = is_attribute ? H5Aread (id, type, buffer) : H5Dread (id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
      if (status >= 0)
        text = g_strndup (buffer, size);
    }
  if (text != NULL && !g_utf8_validate (text, -1, NULL))
    {
      char *valid = g_utf8_make_valid (text, -1);

      g_free (text);
      text = valid;
    }
  return text;
}

char *
msm_h5_file_read_text (MsmH5File *self, const char *name, GError **error)
{
  g_auto (MsmHid) id = msm_h5_file_dataset (self, name, error);
  char *text;

  if (id < 0)
    return NULL;
  text = read_text (id, FALSE);
  if (text == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: dataset ‘%s’ is not a readable text"), self->path, name);
  return text;
}

/*
 * What the formats read here put at a file's root. Asked for by name: walking over all attributes
 * (H5Aiterate) overruns libhdf5 1.10's own table on a damaged file, which fuzzing found.
 */
static const char *const known_attributes[] = {
  "acquisition", "max",     "norm",    "acceleration", "num_low_frequency", "patient_id", "simulated",  "reference",
  "source",      "licence", "license", "attribution",  "command",           "spacing_mm", "provenance", NULL,
};

static void
collect_attribute (hid_t location, const char *name, GHashTable *fields)
{
  g_auto (MsmHid) id = H5Aexists (location, name) > 0 ? H5Aopen (location, name, H5P_DEFAULT) : H5I_INVALID_HID;
  g_auto (MsmHid) type = id >= 0 ? H5Aget_type (id) : H5I_INVALID_HID;
  g_auto (MsmHid) space = id >= 0 ? H5Aget_space (id) : H5I_INVALID_HID;

  if (type < 0 || space < 0 || H5Sget_simple_extent_npoints (space) != 1)
    return;
  if (msm_h5_type_kind (type) == MSM_H5_TEXT)
    {
      char *text = read_text (id, TRUE);

      if (text != NULL)
        g_hash_table_insert (fields, g_strdup (name), text);
    }
  else if (msm_h5_type_kind (type) == MSM_H5_NUMBER)
    {
      double value = 0;
      char text[G_ASCII_DTOSTR_BUF_SIZE];

      if (H5Aread (id, H5T_NATIVE_DOUBLE, &value) >= 0)
        g_hash_table_insert (fields, g_strdup (name), g_strdup (g_ascii_formatd (text, sizeof text, "%.9g", value)));
    }
}

void
msm_h5_file_attributes (MsmH5File *self, GHashTable *fields)
{
  for (int i = 0; known_attributes[i] != NULL; i++)
    collect_attribute (self->file, known_attributes[i], fields);
}

gboolean
msm_h5_file_number (MsmH5File *self, const char *object, const char *attribute, double *value)
{
  g_auto (MsmHid) location = H5Oopen (self->file, object, H5P_DEFAULT);
  g_auto (MsmHid) id = location >= 0 && H5Aexists (location, attribute) > 0 ? H5Aopen (location, attribute, H5P_DEFAULT)
                                                                            : H5I_INVALID_HID;
  g_auto (MsmHid) type = id >= 0 ? H5Aget_type (id) : H5I_INVALID_HID;
  g_auto (MsmHid) space = id >= 0 ? H5Aget_space (id) : H5I_INVALID_HID;

  return type >= 0 && space >= 0 && H5Sget_simple_extent_npoints (space) == 1
         && msm_h5_type_kind (type) == MSM_H5_NUMBER && H5Aread (id, H5T_NATIVE_DOUBLE, value) >= 0;
}

gboolean
msm_h5_file_has_attribute (MsmH5File *self, const char *object, const char *attribute)
{
  g_auto (MsmHid) location = H5Oopen (self->file, object, H5P_DEFAULT);

  return location >= 0 && H5Aexists (location, attribute) > 0;
}
