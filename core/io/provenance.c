#include "config.h"

#include "core/io/provenance.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/input-file.h"
#include "core/io/cfl.h"
#include "core/io/dicom/dicom-probe.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/io/scan-private.h"

/* What a provenance begins with, and so does a text file that is one; no text is longer than this many bytes. */
#define MSM_PROVENANCE_START "MSM Studio"
#define MAX_PLAIN            (1 << 20)

static char *
read_hdf5 (const char *path)
{
  MsmH5 *file = msm_h5_open (path, NULL);
  g_autoptr (GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *text;
  char *copy;

  if (file == NULL)
    return NULL;
  msm_h5_attributes (file, fields);
  text = g_hash_table_lookup (fields, "provenance");
  copy = text != NULL ? g_strdup (text) : msm_h5_read_text (file, "provenance", NULL); /* where it is long */
  msm_h5_free (file);
  return copy;
}

static char *
read_cfl (const char *path)
{
  g_autofree char *header = NULL, *data = NULL, *text = NULL;
  const char *mark;

  msm_bart_names (path, &header, &data);
  if (!msm_input_check (header, NULL) || !g_file_get_contents (header, &text, NULL, NULL))
    return NULL;
  mark = strstr (text, MSM_CFL_PROVENANCE);
  return mark != NULL ? g_strdup (mark + strlen (MSM_CFL_PROVENANCE)) : NULL;
}

/* The caption of a figure. */
static char *
read_plain (const char *path)
{
  FILE *file = msm_input_open (path, NULL);
  char *text = g_malloc (MAX_PLAIN + 1);
  gsize n = file != NULL ? fread (text, 1, MAX_PLAIN, file) : 0;

  if (file != NULL)
    fclose (file);
  text[n] = '\0';
  return text;
}

static char *
read_text (const char *path, const guint8 *head, gsize n_head)
{
  if (n_head >= 8 && memcmp (head, "\211PNG", 4) == 0)
    return msm_png_read_provenance (path);
  if (n_head >= 8 && memcmp (head, "\211HDF", 4) == 0)
    return read_hdf5 (path);
  if (msm_dicom_is_head (head, n_head))
    return msm_dicom_read_provenance (path);
  if (n_head >= 8 && memcmp (head, MSM_PROVENANCE_START, 8) == 0)
    return read_plain (path);
  if (g_str_has_suffix (path, ".cfl") || g_str_has_suffix (path, ".hdr"))
    return read_cfl (path);
  return msm_nifti_read_provenance (path);
}

char *
msm_provenance_read (const char *path, GError **error)
{
  FILE *file = msm_input_open (path, error);
  guint8 head[256] = { 0 };
  gsize n_head = file != NULL ? fread (head, 1, sizeof head, file) : 0;
  g_autofree char *text = NULL;

  if (file == NULL)
    return NULL;
  fclose (file);
  text = read_text (path, head, n_head);
  if (text != NULL && g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: does not say where it comes from"), path);
  return NULL;
}

char *
msm_provenance_attach (const char *summary, const char *experiment)
{
  return experiment != NULL ? g_strdup_printf ("%s\n\n%s", summary, experiment) : g_strdup (summary);
}
