#include "config.h"

#include "core/phantom/simulate.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/hdf5/io-hdf5-private.h"

#define DEFLATE_LEVEL 6

/*
 * Rounds to @bits of mantissa (23: as it is): the zeros at the end of each number are what packs.
 */
static void
round_mantissa (float *dst, const float *src, gsize n, int bits)
{
  guint32 drop = 23 - bits, half = drop > 0 ? 1u << (drop - 1) : 0, keep = ~((1u << drop) - 1);

  for (gsize i = 0; i < n; i++)
    {
      guint32 word;

      memcpy (&word, src + i, sizeof word);
      word = (word + half) & keep;
      memcpy (dst + i, &word, sizeof word);
    }
}

/* One chunk per plane, so that a slice is read without unpacking the others. */
static hid_t
create_dataset (hid_t file, const char *name, hid_t type, int rank, const hsize_t *dims)
{
  hid_t space = H5Screate_simple (rank, dims, NULL);
  hid_t options = H5Pcreate (H5P_DATASET_CREATE);
  hid_t dataset;
  hsize_t chunk[4];

  for (int i = 0; i < rank; i++)
    chunk[i] = i < rank - 2 ? 1 : dims[i];
  H5Pset_chunk (options, rank, chunk);
  H5Pset_shuffle (options);
  H5Pset_deflate (options, DEFLATE_LEVEL);
  H5Pset_obj_track_times (options, 0); /* no dates: the same values give the same bytes */
  dataset = H5Dcreate2 (file, name, type, space, H5P_DEFAULT, options, H5P_DEFAULT);
  H5Pclose (options);
  H5Sclose (space);
  return dataset;
}

static gboolean
write_kspace (hid_t file, const MsmSimulatedFile *content)
{
  const hsize_t dims[4] = { content->n_slices, content->n_coils, content->n_readout, content->n_phase };
  gsize n_plane = content->n_readout * content->n_phase;
  g_autofree float *plane = msm_try_new (float, 2 * n_plane, NULL);
  hid_t type = H5Tcreate (H5T_COMPOUND, 2 * sizeof (float));
  hid_t dataset, memory, space;
  gboolean ok;

  H5Tinsert (type, "r", 0, H5T_IEEE_F32LE);
  H5Tinsert (type, "i", sizeof (float), H5T_IEEE_F32LE);
  dataset = create_dataset (file, "kspace", type, 4, dims);
  space = H5Screate_simple (4, dims, NULL);
  memory = H5Screate_simple (4, (const hsize_t[]){ 1, 1, dims[2], dims[3] }, NULL);
  ok = dataset >= 0 && plane != NULL;
  for (gsize i = 0; ok && i < content->n_slices * content->n_coils; i++)
    {
      const hsize_t start[4] = { i / content->n_coils, i % content->n_coils, 0, 0 };
      const hsize_t count[4] = { 1, 1, dims[2], dims[3] };

      round_mantissa (plane, content->kspace + 2 * i * n_plane, 2 * n_plane, content->precision);
      ok = H5Sselect_hyperslab (space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0
           && H5Dwrite (dataset, type, memory, space, H5P_DEFAULT, plane) >= 0;
    }
  H5Sclose (memory);
  H5Sclose (space);
  H5Tclose (type);
  return dataset >= 0 && H5Dclose (dataset) >= 0 && ok;
}

static gboolean
write_truth (hid_t file, const MsmSimulatedFile *content)
{
  const hsize_t dims[3] = { content->n_slices, content->n_readout, content->n_phase };
  hid_t dataset = create_dataset (file, "reconstruction_rss", H5T_IEEE_F32LE, 3, dims);
  gboolean ok =
      dataset >= 0 && H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, content->truth) >= 0;

  return dataset >= 0 && H5Dclose (dataset) >= 0 && ok;
}

/* A scalar UTF-8 text of fixed length: as a dataset, or as an attribute of the root. */
static gboolean
write_text (hid_t file, const char *name, const char *text, gboolean is_attribute)
{
  hid_t space = H5Screate (H5S_SCALAR);
  hid_t type = H5Tcopy (H5T_C_S1);
  hid_t object;
  gboolean ok = FALSE;

  H5Tset_size (type, MAX (strlen (text), 1));
  H5Tset_strpad (type, H5T_STR_NULLPAD);
  H5Tset_cset (type, H5T_CSET_UTF8);
  if (is_attribute)
    {
      object = H5Acreate2 (file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
      ok = object >= 0 && H5Awrite (object, type, text) >= 0;
      ok = object >= 0 && H5Aclose (object) >= 0 && ok;
    }
  else
    {
      hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

      H5Pset_obj_track_times (creation, 0);
      object = H5Dcreate2 (file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
      H5Pclose (creation);
      ok = object >= 0 && H5Dwrite (object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
      ok = object >= 0 && H5Dclose (object) >= 0 && ok;
    }
  H5Tclose (type);
  H5Sclose (space);
  return ok;
}

static gboolean
write_number (hid_t file, const char *name, double value)
{
  hid_t space = H5Screate (H5S_SCALAR);
  hid_t attribute = H5Acreate2 (file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  gboolean ok = attribute >= 0 && H5Awrite (attribute, H5T_NATIVE_DOUBLE, &value) >= 0;

  H5Sclose (space);
  return attribute >= 0 && H5Aclose (attribute) >= 0 && ok;
}

/*
 * (transfer full): the ISMRMRD header: sizes, field of view and k-space centre, and that it is
 * simulated.
 */
static char *
make_header (const MsmSimulatedFile *file)
{
  g_autofree char *description = g_markup_escape_text (file->description, -1);
  g_autofree char *source = g_markup_escape_text (file->source, -1);
  g_autofree char *space = NULL;
  char fov[3][G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < 3; i++)
    g_ascii_formatd (fov[i], sizeof fov[i], "%.4f", file->fov_mm[i] > 0 ? file->fov_mm[i] : i < 2 ? 1 : 0);
  space = g_strdup_printf ("<matrixSize><x>%zu</x><y>%zu</y><z>1</z></matrixSize>"
                           "<fieldOfView_mm><x>%s</x><y>%s</y><z>%s</z></fieldOfView_mm>",
                           file->n_readout, file->n_phase, fov[0], fov[1], fov[2]);
  return g_strdup_printf (
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<ismrmrdHeader xmlns=\"http://www.ismrm.org/ISMRMRD\">\n"
      "<acquisitionSystemInformation><systemVendor>simulated</systemVendor>"
      "<receiverChannels>%zu</receiverChannels></acquisitionSystemInformation>\n"
      "<experimentalConditions><H1resonanceFrequency_Hz>0</H1resonanceFrequency_Hz></"
      "experimentalConditions>\n"
      "<encoding>\n<encodedSpace>%s</encodedSpace>\n<reconSpace>%s</reconSpace>\n"
      "<encodingLimits><kspace_encoding_step_1><minimum>0</minimum><maximum>%zu</maximum>"
      "<center>%zu</center></kspace_encoding_step_1><slice><minimum>0</minimum><maximum>%zu</maximum>"
      "<center>0</center></slice></encodingLimits>\n<trajectory>cartesian</trajectory>\n</encoding>\n"
      "<userParameters><userParameterString><name>simulated</name><value>%s</value></"
      "userParameterString>"
      "<userParameterString><name>source</name><value>%s</value></userParameterString></"
      "userParameters>\n"
      "</ismrmrdHeader>\n",
      file->n_coils, space, space, file->n_phase - 1, file->n_phase / 2, file->n_slices - 1, description, source);
}

static gboolean
fill (hid_t file, gpointer data, GError **error)
{
  const MsmSimulatedFile *content = data;
  g_autofree char *header = make_header (content);
  gsize n = content->n_slices * content->n_readout * content->n_phase;
  double highest = 0, power = 0;

  for (gsize i = 0; i < n; i++)
    {
      highest = MAX (highest, (double) content->truth[i]);
      power += (double) content->truth[i] * content->truth[i];
    }
  return write_kspace (file, content) && write_truth (file, content)
         && write_text (file, "ismrmrd_header", header, FALSE) && write_text (file, "acquisition", "SIMULATED", TRUE)
         && write_text (file, "simulated", content->description, TRUE)
         && write_text (file, "reference", MSM_REFERENCE_TRUTH, TRUE)
         && write_text (file, "source", content->source, TRUE) && write_text (file, "licence", content->licence, TRUE)
         && write_text (file, "patient_id", "simulated", TRUE) && write_number (file, "max", highest)
         && write_number (file, "norm", sqrt (power));
}

gboolean
msm_simulated_file_write (const MsmSimulatedFile *file, const char *path, GError **error)
{
  g_return_val_if_fail (file != NULL && path != NULL, FALSE);
  g_return_val_if_fail (file->precision >= 1 && file->precision <= 23, FALSE);

  return msm_h5_write_file (path, fill, (gpointer) file, error);
}
