#include "config.h"

#include "core/io/dicom/dcmtk-read.h"

#include <dcmtk/config/osconfig.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <sys/stat.h>

#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmimgle/dcmimage.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/io/dicom/dicom-private.h"

namespace
{

/* Longer values (pixels, spectra) stay in the file until they are asked for. */
const Uint32 max_in_memory = 4096;
const guint32 max_frames = 200000;

std::string
get_text (DcmItem *item, const DcmTagKey &tag, unsigned long index = 0)
{
  OFString text;

  if (item == NULL || item->findAndGetOFString (tag, text, index).bad ())
    return "";
  return std::string (text.c_str ());
}

/* All values of an attribute, with backslashes between. */
std::string
get_texts (DcmItem *item, const DcmTagKey &tag)
{
  OFString text;

  if (item == NULL || item->findAndGetOFStringArray (tag, text).bad ())
    return "";
  return std::string (text.c_str ());
}

bool
get_double (DcmItem *item, const DcmTagKey &tag, double &value, unsigned long index = 0)
{
  Float64 found;

  if (item == NULL || item->findAndGetFloat64 (tag, found, index).bad () || !std::isfinite (found))
    return false;
  value = found;
  return true;
}

bool
get_doubles (DcmItem *item, const DcmTagKey &tag, double *values, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    if (!get_double (item, tag, values[i], i))
      return false;
  return true;
}

long
get_long (DcmItem *item, const DcmTagKey &tag, long otherwise)
{
  Sint32 whole;
  Uint16 small;

  if (item != NULL && item->findAndGetSint32 (tag, whole).good ())
    return whole;
  if (item != NULL && item->findAndGetUint16 (tag, small).good ())
    return small;
  return otherwise;
}

/* The first item of a sequence, or NULL. */
DcmItem *
get_item (DcmItem *item, const DcmTagKey &sequence)
{
  DcmItem *found = NULL;

  return item != NULL && item->findAndGetSequenceItem (sequence, found, 0).good () ? found : NULL;
}

/* Where the attributes of one frame are: its own group, the group that all frames share, or the data set itself. */
struct FrameGroups
{
  DcmItem *own, *shared, *dataset;

  DcmItem *
  find (const DcmTagKey &sequence) const
  {
    DcmItem *found = get_item (own, sequence);

    return found != NULL ? found : get_item (shared, sequence);
  }
  /* The same, else the data set of a classic object. */
  DcmItem *
  find_or_top (const DcmTagKey &sequence) const
  {
    DcmItem *found = find (sequence);

    return found != NULL ? found : dataset;
  }
};

DcmItem *
nth_item (DcmItem *dataset, const DcmTagKey &sequence, guint32 index)
{
  DcmItem *found = NULL;

  return dataset->findAndGetSequenceItem (sequence, found, (signed long) index).good () ? found : NULL;
}

bool
normalise (double v[3])
{
  double length = std::sqrt (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);

  if (!(length > 0.5) || !(length < 2))
    return false;
  for (int i = 0; i < 3; i++)
    v[i] /= length;
  return true;
}

guint64
hash_text (const std::string &text, guint64 seed)
{
  guint64 hash = 14695981039346656037ull ^ seed;

  for (char c : text)
    hash = (hash ^ (guint8) c) * 1099511628211ull;
  return hash;
}

int
get_component (const FrameGroups &groups)
{
  std::string enhanced = get_text (groups.find (DCM_MRImageFrameTypeSequence), DCM_ComplexImageComponent);
  std::string third = get_text (groups.dataset, DCM_ImageType, 2);

  if (enhanced.empty ())
    enhanced = get_text (groups.dataset, DCM_ComplexImageComponent);
  if (enhanced == "MAGNITUDE" || enhanced == "PHASE" || enhanced == "REAL" || enhanced == "IMAGINARY")
    return enhanced[0];
  if (third == "M" || third == "P" || third == "R" || third == "I" || third == "PHASE" || third == "REAL"
      || third == "IMAGINARY")
    return third[0];
  return 0;
}

/* A scale of stored values: rescale, else one linear real-world value mapping. */
struct Scale
{
  double slope = 1, intercept = 0;
  bool is_mapped = false;

  explicit Scale (const FrameGroups &groups)
  {
    DcmItem *transformation = groups.find_or_top (DCM_PixelValueTransformationSequence);
    DcmItem *mapping = groups.find (DCM_RealWorldValueMappingSequence);

    if (get_double (transformation, DCM_RescaleSlope, slope) && slope != 0)
      {
        get_double (transformation, DCM_RescaleIntercept, intercept);
        return;
      }
    slope = 1;
    if (mapping == NULL)
      mapping = get_item (groups.dataset, DCM_RealWorldValueMappingSequence);
    if (get_double (mapping, DCM_RealWorldValueSlope, slope) && slope != 0
        && get_double (mapping, DCM_RealWorldValueIntercept, intercept))
      is_mapped = slope != 1 || intercept != 0;
    else
      {
        slope = 1;
        intercept = 0;
      }
  }
};

void
fill_geometry (const FrameGroups &groups, MsmDicomFrame *frame)
{
  DcmItem *plane = groups.find_or_top (DCM_PlanePositionSequence);
  DcmItem *orientation = groups.find_or_top (DCM_PlaneOrientationSequence);
  DcmItem *measures = groups.find_or_top (DCM_PixelMeasuresSequence);
  double directions[6], spacing[2];

  if (get_doubles (plane, DCM_ImagePositionPatient, frame->position, 3))
    frame->has |= MSM_DICOM_HAS_POSITION;
  if (get_doubles (orientation, DCM_ImageOrientationPatient, directions, 6))
    {
      memcpy (frame->across, directions, sizeof frame->across);
      memcpy (frame->down, directions + 3, sizeof frame->down);
      if (normalise (frame->across) && normalise (frame->down))
        frame->has |= MSM_DICOM_HAS_ORIENTATION;
    }
  if (get_doubles (measures, DCM_PixelSpacing, spacing, 2) && spacing[0] > 0 && spacing[1] > 0)
    {
      memcpy (frame->spacing, spacing, sizeof frame->spacing);
      frame->has |= MSM_DICOM_HAS_SPACING;
    }
  if (get_double (measures, DCM_SpacingBetweenSlices, frame->thickness) && frame->thickness > 0)
    frame->has |= MSM_DICOM_HAS_THICKNESS;
  else if (get_double (measures, DCM_SliceThickness, frame->thickness) && frame->thickness > 0)
    frame->has |= MSM_DICOM_HAS_THICKNESS;
}

bool
is_colour (DcmItem *dataset)
{
  return get_long (dataset, DCM_SamplesPerPixel, 1) == 3
         || get_text (dataset, DCM_PhotometricInterpretation) == "PALETTE COLOR";
}

gboolean
fail (GError **error, MsmErrorCode code, const char *path, const char *text)
{
  g_set_error (error, MSM_ERROR, code, "%s: %s", path, text);
  return FALSE;
}

gboolean
check_kind (DcmFileFormat &file, const char *path, GError **error)
{
  DcmDataset *dataset = file.getDataset ();
  std::string uid = get_text (dataset, DCM_SOPClassUID);
  const char *name;
  DcmXfer syntax (dataset->getOriginalXfer ());
  long samples = get_long (dataset, DCM_SamplesPerPixel, 1), bits = get_long (dataset, DCM_BitsAllocated, 0);

  if (uid.empty ())
    uid = get_text (file.getMetaInfo (), DCM_MediaStorageSOPClassUID);
  if (uid == UID_MediaStorageDirectoryStorage)
    return fail (error, MSM_ERROR_UNSUPPORTED, path,
                 _("is the index of a medium (DICOMDIR); open the folder that it lies in"));
  name = dcmFindNameOfUID (uid.c_str (), uid.empty () ? _("of no known kind") : uid.c_str ());
  if (get_long (dataset, DCM_Rows, 0) < 1 || get_long (dataset, DCM_Columns, 0) < 1)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: DICOM without a picture (%s), expected images"),
                   path, name);
      return FALSE;
    }
  if (syntax.isEncapsulated ()
      && !DcmCodecList::canChangeCoding (dataset->getOriginalXfer (), EXS_LittleEndianExplicit))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: pixels in “%s” cannot be unpacked here, expected uncompressed, RLE, JPEG or JPEG-LS; "
                      "`gdcmconv --raw IN OUT` unpacks it"),
                   path, syntax.getXferName ());
      return FALSE;
    }
  if ((samples != 1 && samples != 3) || (bits != 8 && bits != 16 && bits != 32 && bits != 64))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: %ld values of %ld bits in each pixel (%s), expected 1 or 3 of 8, 16 or 32"), path, samples,
                   bits, name);
      return FALSE;
    }
  if (dataset->tagExists (DCM_ModalityLUTSequence))
    return fail (error, MSM_ERROR_UNSUPPORTED, path,
                 _("values by a modality look-up table are not supported, expected a rescale slope and intercept"));
  return TRUE;
}

/* The file that was read last: pictures of one multi-frame file follow each other. */
struct
{
  std::unique_ptr<DcmFileFormat> file;
  std::string path;
} open_file;

DcmFileFormat *
load (const char *path, GError **error)
{
  OFCondition status;

  if (open_file.file && open_file.path == path)
    return open_file.file.get ();
  open_file.file.reset (new DcmFileFormat);
  open_file.path = path;
  status = open_file.file->loadFile (path, EXS_Unknown, EGL_noChange, max_in_memory, ERM_autoDetect);
  if (status.good ())
    return open_file.file.get ();
  open_file.file.reset ();
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: damaged or cut off as DICOM (%s)"), path, status.text ());
  return NULL;
}

gboolean
load_header (DcmFileFormat &file, const char *path, GError **error)
{
  /* Up to the pixels, of whatever type. */
  OFCondition status = file.loadFileUntilTag (path, EXS_Unknown, EGL_noChange, max_in_memory, ERM_autoDetect,
                                              DcmTagKey (0x7fe0, 0x0008));

  if (status.bad ())
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: damaged or cut off as DICOM (%s)"), path,
                   status.text ());
      return FALSE;
    }
  if (get_text (file.getDataset (), DCM_SpecificCharacterSet).length () > 0)
    file.getDataset ()->convertToUTF8 ();
  return TRUE;
}

/* Stored integers of @bits with @stored of them used, up to bit @high, to floats. */
struct Unpack
{
  unsigned bits, stored, high;
  bool is_signed, is_inverted;

  double
  value (guint32 raw) const
  {
    guint32 mask = stored >= 32 ? 0xffffffffu : (1u << stored) - 1;
    guint32 v = (raw >> (high + 1 - stored)) & mask;
    double value = v;

    if (is_signed && (v >> (stored - 1)) != 0)
      value -= std::ldexp (1.0, (int) stored);
    if (is_inverted)
      value = (is_signed ? -1 : std::ldexp (1.0, (int) stored) - 1) - value;
    return value;
  }
};

float *
read_integers (DcmDataset *dataset, const char *path, guint32 frame, gsize n, GError **error)
{
  FrameGroups groups = { nth_item (dataset, DCM_PerFrameFunctionalGroupsSequence, frame),
                         get_item (dataset, DCM_SharedFunctionalGroupsSequence), dataset };
  Scale scale (groups);
  Unpack unpack;
  DcmElement *element = NULL;
  DcmPixelData *pixels = NULL;
  Uint32 size = 0, fragment = 0;
  OFString model;
  OFCondition status;
  guint8 *raw;
  float *out;

  unpack.bits = (unsigned) get_long (dataset, DCM_BitsAllocated, 0);
  unpack.stored = (unsigned) get_long (dataset, DCM_BitsStored, unpack.bits);
  unpack.high = (unsigned) get_long (dataset, DCM_HighBit, unpack.stored - 1);
  unpack.is_signed = get_long (dataset, DCM_PixelRepresentation, 0) == 1;
  unpack.is_inverted = get_text (dataset, DCM_PhotometricInterpretation) == "MONOCHROME1";
  if (unpack.bits > 32 || unpack.stored < 1 || unpack.stored > unpack.bits || unpack.high >= unpack.bits
      || unpack.high + 1 < unpack.stored)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: %u bits up to bit %u in pixels of %u bits are nonsense"),
                   path, unpack.stored, unpack.high, unpack.bits);
      return NULL;
    }
  if (dataset->findAndGetElement (DCM_PixelData, element).bad ()
      || (pixels = dynamic_cast<DcmPixelData *> (element)) == NULL)
    {
      fail (error, MSM_ERROR_FORMAT, path, _("has no pixels"));
      return NULL;
    }
  if (pixels->getUncompressedFrameSize (dataset, size).bad () || size < n * unpack.bits / 8)
    {
      fail (error, MSM_ERROR_FORMAT, path, _("its pixels are damaged or cut off"));
      return NULL;
    }
  raw = (guint8 *) g_try_malloc ((gsize) size + 8);
  out = raw != NULL ? (float *) g_try_malloc (n * sizeof (float)) : NULL;
  if (out == NULL)
    {
      g_free (raw);
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no room for a picture of %zu pixels"), path, n);
      return NULL;
    }
  status = pixels->getUncompressedFrame (dataset, frame, fragment, raw, size, model);
  if (status.bad ())
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: its pixels are damaged or cut off (%s)"), path,
                   status.text ());
      g_free (raw);
      g_free (out);
      return NULL;
    }
  for (gsize i = 0; i < n; i++)
    {
      guint32 stored = 0;

      memcpy (&stored, raw + i * unpack.bits / 8, unpack.bits / 8); /* little-endian machines only, as all of ours */
      out[i] = (float) (unpack.value (stored) * scale.slope + scale.intercept);
    }
  g_free (raw);
  return out;
}

/* Of a colour picture: red, green, blue in 0 … 1. */
float *
read_colours (DcmDataset *dataset, const char *path, guint32 frame, gsize n, GError **error)
{
  DicomImage image (dataset, dataset->getOriginalXfer (), CIF_UsePartialAccessToPixelData, frame, 1);
  const int bits = get_long (dataset, DCM_BitsAllocated, 8) > 8 ? 16 : 8;
  const void *planes = NULL;
  float *out;

  if (image.getStatus () == EIS_Normal && (gsize) image.getWidth () * image.getHeight () == n && !image.isMonochrome ())
    planes = image.getOutputData (bits, 0, 1);
  if (planes == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: its pixels are damaged or cut off (%s)"), path,
                   DicomImage::getString (image.getStatus ()));
      return NULL;
    }
  out = (float *) g_try_malloc (3 * n * sizeof (float));
  for (gsize i = 0; out != NULL && i < 3 * n; i++)
    out[i] = bits == 8 ? ((const guint8 *) planes)[i] / 255.0f : ((const guint16 *) planes)[i] / 65535.0f;
  if (out == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no room for a picture of %zu pixels"), path, n);
  return out;
}

/* Parametric maps hold their values as they are. */
float *
read_floats (DcmDataset *dataset, const char *path, guint32 frame, gsize n, GError **error)
{
  const Float32 *singles = NULL;
  const Float64 *doubles = NULL;
  unsigned long count = 0;
  float *out = NULL;

  if (dataset->findAndGetFloat32Array (DCM_FloatPixelData, singles, &count).bad ())
    dataset->findAndGetFloat64Array (DCM_DoubleFloatPixelData, doubles, &count);
  if ((gsize) count / n > frame)
    out = (float *) g_try_malloc (n * sizeof (float));
  else
    {
      fail (error, MSM_ERROR_FORMAT, path, _("its pixels are damaged or cut off"));
      return NULL;
    }
  if (out == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no room for a picture of %zu pixels"), path, n);
      return NULL;
    }
  for (gsize i = 0; i < n; i++)
    out[i] = singles != NULL ? singles[frame * n + i] : (float) doubles[frame * n + i];
  return out;
}

void
add (GPtrArray *texts, const char *key, const std::string &value)
{
  if (value.empty ())
    return;
  g_ptr_array_add (texts, g_strdup (key));
  g_ptr_array_add (texts, g_utf8_make_valid (value.c_str (), (gssize) value.length ()));
}

/* "window.N" → “centre\twidth\tname”. */
void
add_windows (GPtrArray *texts, DcmItem *item)
{
  double centre, width;

  for (unsigned i = 0;
       i < 32 && get_double (item, DCM_WindowCenter, centre, i) && get_double (item, DCM_WindowWidth, width, i); i++)
    if (width > 0)
      {
        char key[32], numbers[2][G_ASCII_DTOSTR_BUF_SIZE];

        g_snprintf (key, sizeof key, "window.%u", i);
        g_ascii_formatd (numbers[0], sizeof numbers[0], "%.9g", centre);
        g_ascii_formatd (numbers[1], sizeof numbers[1], "%.9g", width);
        add (texts, key,
             std::string (numbers[0]) + "\t" + numbers[1] + "\t"
                 + get_text (item, DCM_WindowCenterWidthExplanation, i));
      }
}

} // namespace

extern "C" void
msm_dcmtk_init (void)
{
  OFLog::configure (OFLogger::OFF_LOG_LEVEL);
  DcmRLEDecoderRegistration::registerCodecs ();
  DJDecoderRegistration::registerCodecs ();
  DJLSDecoderRegistration::registerCodecs ();
  /* Loaded by the first look: before the sandbox, which may not see it. */
  dcmDataDict.rdlock ();
  dcmDataDict.rdunlock ();
}

extern "C" void
msm_dcmtk_series_clear (MsmDcmtkSeries *self)
{
  g_free (self->series_uid);
  g_free (self->series_number);
  g_free (self->description);
  g_free (self->modality);
  memset (self, 0, sizeof *self);
}

extern "C" gboolean
msm_dcmtk_index (const char *path, guint32 file_index, MsmDcmtkSeries *series, GArray *frames, GError **error)
{
  DcmFileFormat file;
  DcmDataset *dataset = file.getDataset ();
  DcmSequenceOfItems *per_frame = NULL;
  DcmItem *own = NULL;
  std::string uid;
  struct stat info;
  long n_frames;

  if (!load_header (file, path, error) || !check_kind (file, path, error))
    return FALSE;
  n_frames = get_long (dataset, DCM_NumberOfFrames, 1);
  dataset->findAndGetSequence (DCM_PerFrameFunctionalGroupsSequence, per_frame);
  if (n_frames < 1 || (guint64) n_frames > max_frames || stat (path, &info) != 0 || n_frames > info.st_size
      || (per_frame != NULL && per_frame->card () < (unsigned long) n_frames))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: claims %ld frames, and does not hold them"), path,
                   n_frames);
      return FALSE;
    }
  uid = get_text (dataset, DCM_SOPInstanceUID);
  series->series_uid = g_strdup (get_text (dataset, DCM_SeriesInstanceUID).c_str ());
  series->series_number = g_strdup (get_text (dataset, DCM_SeriesNumber).c_str ());
  series->description = g_strdup (get_text (dataset, DCM_SeriesDescription).c_str ());
  series->modality = g_strdup (get_text (dataset, DCM_Modality).c_str ());
  for (guint32 i = 0; i < (guint32) n_frames; i++)
    {
      MsmDicomFrame frame;

      memset (&frame, 0, sizeof frame);
      if (per_frame != NULL)
        own = (DcmItem *) per_frame->nextInContainer (own);
      FrameGroups groups = { own, get_item (dataset, DCM_SharedFunctionalGroupsSequence), dataset };

      frame.file = file_index;
      frame.frame = i;
      frame.n_rows = (guint32) get_long (dataset, DCM_Rows, 0);
      frame.n_columns = (guint32) get_long (dataset, DCM_Columns, 0);
      frame.n_channels = is_colour (dataset) ? 3 : 1;
      frame.instance = (gint32) get_long (dataset, DCM_InstanceNumber, 0);
      frame.temporal = (gint32) get_long (groups.find (DCM_FrameContentSequence), DCM_TemporalPositionIndex,
                                          get_long (dataset, DCM_TemporalPositionIdentifier, 0));
      frame.component = get_component (groups);
      frame.uid_hash = hash_text (uid, i);
      if (!get_double (groups.find (DCM_MREchoSequence), DCM_EffectiveEchoTime, frame.echo_ms))
        get_double (dataset, DCM_EchoTime, frame.echo_ms);
      if (get_text (dataset, DCM_LossyImageCompression) == "01")
        frame.has |= MSM_DICOM_IS_LOSSY;
      if (get_text (dataset, DCM_PhotometricInterpretation) == "MONOCHROME1")
        frame.has |= MSM_DICOM_IS_INVERTED;
      if (Scale (groups).is_mapped)
        frame.has |= MSM_DICOM_IS_MAPPED;
      fill_geometry (groups, &frame);
      g_array_append_val (frames, frame);
    }
  return TRUE;
}

extern "C" GPtrArray *
msm_dcmtk_fields (const char *path, GError **error)
{
  static const struct
  {
    const char *key;
    DcmTagKey tag;
  } rows[] = {
    { "modality", DCM_Modality },
    { "series_description", DCM_SeriesDescription },
    { "image_type", DCM_ImageType },
    { "manufacturer", DCM_Manufacturer },
    { "model", DCM_ManufacturerModelName },
    { "sequence", DCM_ScanningSequence },
    { "field_strength_T", DCM_MagneticFieldStrength },
    { "TR_ms", DCM_RepetitionTime },
    { "TE_ms", DCM_EchoTime },
    { "flip_angle_deg", DCM_FlipAngle },
    { "body_part", DCM_BodyPartExamined },
    { "derivation", DCM_DerivationDescription },
    { "patient_position", DCM_PatientPosition },
  };
  DcmFileFormat file;
  DcmDataset *dataset = file.getDataset ();
  GPtrArray *texts;
  std::string comment;

  if (!load_header (file, path, error))
    return NULL;
  texts = g_ptr_array_new_with_free_func (g_free);
  for (const auto &row : rows)
    add (texts, row.key, get_texts (dataset, row.tag));
  add (texts, "transfer_syntax", DcmXfer (dataset->getOriginalXfer ()).getXferName ());
  add (texts, "object", dcmFindNameOfUID (get_text (dataset, DCM_SOPClassUID).c_str (), "unknown"));
  FrameGroups groups = { nth_item (dataset, DCM_PerFrameFunctionalGroupsSequence, 0),
                         get_item (dataset, DCM_SharedFunctionalGroupsSequence), dataset };
  add_windows (texts, groups.find_or_top (DCM_FrameVOILUTSequence));
  comment = get_texts (dataset, DCM_ImageComments);
  if (comment.compare (0, strlen (MSM_DICOM_COMMENT_HEAD), MSM_DICOM_COMMENT_HEAD) == 0)
    add (texts, "provenance", comment.substr (strlen (MSM_DICOM_COMMENT_HEAD)));
  return texts;
}

extern "C" GPtrArray *
msm_dcmtk_template (const char *path, GError **error)
{
  DcmFileFormat file;
  GPtrArray *texts;

  if (!load_header (file, path, error))
    return NULL;
  texts = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (msm_dicom_template_keys); i++)
    {
      DcmTag tag;

      if (DcmTag::findTagFromName (msm_dicom_template_keys[i], tag).good ())
        add (texts, msm_dicom_template_keys[i], get_texts (file.getDataset (), tag));
    }
  return texts;
}

extern "C" float *
msm_dcmtk_read (const char *path, guint32 frame, gsize *n_floats, GError **error)
{
  DcmFileFormat *file = load (path, error);
  DcmDataset *dataset = file != NULL ? file->getDataset () : NULL;
  gsize n;

  if (dataset == NULL || !check_kind (*file, path, error))
    return NULL;
  n = (gsize) get_long (dataset, DCM_Rows, 0) * (gsize) get_long (dataset, DCM_Columns, 0);
  *n_floats = n;
  if ((long) frame >= get_long (dataset, DCM_NumberOfFrames, 1))
    {
      fail (error, MSM_ERROR_FORMAT, path, _("changed while it was open"));
      return NULL;
    }
  if (dataset->tagExists (DCM_FloatPixelData) || dataset->tagExists (DCM_DoubleFloatPixelData))
    return read_floats (dataset, path, frame, n, error);
  if (!is_colour (dataset))
    return read_integers (dataset, path, frame, n, error);
  *n_floats = 3 * n;
  return read_colours (dataset, path, frame, n, error);
}
