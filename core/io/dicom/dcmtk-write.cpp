#include "config.h"

#include "core/io/dicom/dcmtk-write.h"

#include <dcmtk/config/osconfig.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <dcmtk/dcmdata/dctk.h>
#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/io/dicom/dicom-private.h"
#include "core/io/dicom/dicom-uid.h"

namespace
{

const char *const maker = "MSM Studio Project";
const char *const product = "MSM Studio";
const char *const warning = "NOT FOR DIAGNOSTIC USE";

/* Writes into a data set or an item; what fails is remembered, and said once at the end. */
class Writer
{
public:
  explicit Writer (DcmItem *item, OFCondition &state) : item (item), state (state)
  {
  }

  void
  text (const DcmTagKey &tag, const std::string &value)
  {
    note (value.empty () ? item->insertEmptyElement (tag) : item->putAndInsertString (tag, value.c_str ()));
  }
  void
  word (const DcmTagKey &tag, guint value)
  {
    note (item->putAndInsertUint16 (tag, (Uint16) value));
  }
  void
  number (const DcmTagKey &tag, double value)
  {
    note (item->putAndInsertFloat64 (tag, value));
  }
  /* Decimal strings of at most 16 characters. */
  void
  decimals (const DcmTagKey &tag, const double *values, gsize n)
  {
    std::string all;

    for (gsize i = 0; i < n; i++)
      all += (i > 0 ? "\\" : "") + decimal (values[i]);
    text (tag, all);
  }
  void
  code (const DcmTagKey &sequence, const char *value, const char *scheme, const char *meaning)
  {
    Writer one = this->item_of (sequence);

    one.text (DCM_CodeValue, value);
    one.text (DCM_CodingSchemeDesignator, scheme);
    one.text (DCM_CodeMeaning, meaning);
  }
  /* A new item at the end of a sequence. */
  Writer
  item_of (const DcmTagKey &sequence)
  {
    DcmItem *made = NULL;

    note (item->findOrCreateSequenceItem (sequence, made, -2));
    return Writer (made != NULL ? made : &spare, state);
  }
  void
  empty_sequence (const DcmTagKey &sequence)
  {
    note (item->insertEmptyElement (sequence));
  }
  void
  note (const OFCondition &status)
  {
    if (state.good ())
      state = status;
  }
  static std::string
  decimal (double value)
  {
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    for (int digits = 10; digits > 5; digits--)
      {
        char format[8];

        g_snprintf (format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd (buffer, sizeof buffer, format, value);
        if (strlen (buffer) <= 16)
          break;
      }
    return buffer;
  }

  DcmItem *const item;

private:
  OFCondition &state;
  DcmItem spare; /* takes what has no place after a failure */
};

/* UTF-8 cut to a VR's most characters. */
std::string
cut (const std::string &text, glong most)
{
  if (g_utf8_strlen (text.c_str (), -1) <= most)
    return text;
  return text.substr (0, (gsize) (g_utf8_offset_to_pointer (text.c_str (), most) - text.c_str ()));
}

std::string
version ()
{
  return MSM_VERSION;
}

std::string
find_identity (const MsmDcmtkOut *out, const char *keyword)
{
  for (gsize i = 0; out->identity != NULL && out->identity[i] != NULL && out->identity[i + 1] != NULL; i += 2)
    if (strcmp (out->identity[i], keyword) == 0)
      return out->identity[i + 1];
  return "";
}

/* Body parts that are two: whoever knows neither side writes it empty. */
bool
is_paired (const std::string &body_part)
{
  static const char *const paired[] = { "ANKLE", "ARM",  "BREAST",   "CLAVICLE", "EAR",     "ELBOW",  "EYE",
                                        "FEMUR", "FOOT", "HAND",     "HIP",      "HUMERUS", "KIDNEY", "KNEE",
                                        "LEG",   "LUNG", "SHOULDER", "THIGH",    "TIBIA",   "WRIST" };

  for (const char *part : paired)
    if (body_part == part)
      return true;
  return false;
}

std::string
either (const std::string &text, const char *otherwise)
{
  return text.empty () ? otherwise : text;
}

/* Patient and study: the template's, else nobody's. */
void
put_subject (Writer &set, const MsmDcmtkOut *out)
{
  const bool is_known = out->identity != NULL;

  set.text (DCM_PatientName, is_known ? find_identity (out, "PatientName") : "Anonymous^");
  set.text (DCM_PatientID, is_known ? find_identity (out, "PatientID") : "ANONYMOUS");
  set.text (DCM_PatientBirthDate, find_identity (out, "PatientBirthDate"));
  set.text (DCM_PatientSex, find_identity (out, "PatientSex"));
  for (const char *keyword : { "IssuerOfPatientID", "PatientAge", "PatientSize", "PatientWeight", "StudyDescription" })
    {
      std::string value = find_identity (out, keyword);
      DcmTag tag;

      if (!value.empty () && DcmTag::findTagFromName (keyword, tag).good ())
        set.text (tag, value);
    }
  if (!is_known)
    {
      set.text (DCM_PatientIdentityRemoved, "YES");
      set.text (DCM_DeidentificationMethod, "Never copied; source file's name may be in Image Comments");
    }
  set.text (DCM_StudyInstanceUID, out->study_uid);
  set.text (DCM_StudyID, is_known ? find_identity (out, "StudyID") : "1");
  set.text (DCM_StudyDate, either (find_identity (out, "StudyDate"), is_known ? "" : out->date));
  set.text (DCM_StudyTime, either (find_identity (out, "StudyTime"), is_known ? "" : out->time));
  set.text (DCM_AccessionNumber, find_identity (out, "AccessionNumber"));
  set.text (DCM_ReferringPhysicianName, find_identity (out, "ReferringPhysicianName"));
}

/* What every object of ours says of itself. */
void
put_common (Writer &set, const MsmDcmtkOut *out, const char *sop_class, gsize index)
{
  std::string source = find_identity (out, "SOPInstanceUID"), source_class = find_identity (out, "SOPClassUID");
  std::string body_part = find_identity (out, "BodyPartExamined");
  g_autofree char *uid = msm_dicom_uid_new ();

  set.text (DCM_SpecificCharacterSet, "ISO_IR 192");
  set.text (DCM_SOPClassUID, sop_class);
  set.text (DCM_SOPInstanceUID, uid);
  put_subject (set, out);
  set.text (DCM_SeriesInstanceUID, out->series_uid);
  set.text (DCM_SeriesNumber, std::to_string (out->series_number));
  set.text (DCM_SeriesDate, out->date);
  set.text (DCM_SeriesTime, out->time);
  set.text (DCM_ContentDate, out->date);
  set.text (DCM_ContentTime, out->time);
  set.text (DCM_InstanceCreationDate, out->date);
  set.text (DCM_InstanceCreationTime, out->time);
  set.text (DCM_SeriesDescription, cut (out->description, 64 - 3 - (glong) strlen (warning)) + " - " + warning);
  set.text (DCM_InstanceNumber, std::to_string (index + 1));
  set.text (DCM_Manufacturer, maker);
  set.text (DCM_ManufacturerModelName, product);
  set.text (DCM_DeviceSerialNumber, "0");
  set.text (DCM_SoftwareVersions, version ());
  set.text (DCM_BodyPartExamined, body_part.empty () ? "WHOLEBODY" : body_part);
  if (!find_identity (out, "Laterality").empty () || is_paired (body_part))
    set.text (DCM_Laterality, find_identity (out, "Laterality"));
  set.text (DCM_DerivationDescription, cut (out->derivation, 1024));
  /* What repeats it, for whoever reads the header and for our own reader; nothing rather than a part of it. */
  set.text (DCM_ImageComments, out->provenance != NULL && g_utf8_strlen (out->provenance, -1) < MSM_DICOM_MAX_COMMENT
                                   ? std::string (MSM_DICOM_COMMENT_HEAD) + out->provenance
                                   : warning);
  if (!source.empty () && !source_class.empty ())
    {
      Writer image = set.item_of (DCM_SourceImageSequence);

      image.text (DCM_ReferencedSOPClassUID, source_class);
      image.text (DCM_ReferencedSOPInstanceUID, source);
      image.code (DCM_PurposeOfReferenceCodeSequence, "121322", "DCM", "Source image for image processing operation");
    }
  Writer equipment = set.item_of (DCM_ContributingEquipmentSequence);
  equipment.code (DCM_PurposeOfReferenceCodeSequence, "109102", "DCM", "Processing Equipment");
  equipment.text (DCM_Manufacturer, maker);
  equipment.text (DCM_ManufacturerModelName, product);
  equipment.text (DCM_SoftwareVersions, version ());
  equipment.text (DCM_ContributionDateTime, std::string (out->date) + out->time);
  equipment.text (DCM_ContributionDescription, cut (out->derivation, 1024));
}

void
put_pixels (Writer &set, const MsmDcmtkOut *out, guint samples, guint bits)
{
  set.word (DCM_SamplesPerPixel, samples);
  set.text (DCM_PhotometricInterpretation, samples == 3 ? "RGB" : "MONOCHROME2");
  if (samples == 3)
    set.word (DCM_PlanarConfiguration, 0);
  set.word (DCM_Rows, (guint) out->n_rows);
  set.word (DCM_Columns, (guint) out->n_columns);
  set.word (DCM_BitsAllocated, bits);
  if (bits == 32)
    return;
  set.word (DCM_BitsStored, bits);
  set.word (DCM_HighBit, bits - 1);
  set.word (DCM_PixelRepresentation, 0);
}

void
put_mapping (Writer &set, const MsmDcmtkOut *out, guint first, guint last, bool is_float)
{
  Writer mapping = set.item_of (DCM_RealWorldValueMappingSequence);

  mapping.text (DCM_LUTExplanation, "true values");
  mapping.code (DCM_MeasurementUnitsCodeSequence, "1", "UCUM", "no units");
  mapping.text (DCM_LUTLabel, "VALUE");
  if (is_float)
    {
      mapping.number (DCM_DoubleFloatRealWorldValueFirstValueMapped, -3.4e38);
      mapping.number (DCM_DoubleFloatRealWorldValueLastValueMapped, 3.4e38);
    }
  else
    {
      mapping.word (DCM_RealWorldValueFirstValueMapped, first);
      mapping.word (DCM_RealWorldValueLastValueMapped, last);
    }
  mapping.number (DCM_RealWorldValueIntercept, is_float ? 0 : out->intercept);
  mapping.number (DCM_RealWorldValueSlope, is_float ? 1 : out->slope);
}

void
put_orientation (Writer &set, const MsmDcmtkOut *out)
{
  double both[6];

  memcpy (both, out->across, sizeof out->across);
  memcpy (both + 3, out->down, sizeof out->down);
  set.decimals (DCM_ImageOrientationPatient, both, 6);
}

gboolean
save (DcmFileFormat &file, const OFCondition &state, const char *path, GError **error)
{
  OFCondition status = state;

  if (status.good ())
    status = file.saveFile (path, EXS_LittleEndianExplicit, EET_ExplicitLength, EGL_recalcGL, EPD_noChange);
  if (status.good ())
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write DICOM (%s): is the disk full?"), path,
               status.text ());
  return FALSE;
}

} // namespace

extern "C" gboolean
msm_dcmtk_write_mr (const char *path, const MsmDcmtkOut *out, gsize index, const double position[3],
                    const guint16 *stored, GError **error)
{
  const gsize n = out->n_rows * out->n_columns;
  guint16 smallest = 0xffff, largest = 0;
  OFCondition state = EC_Normal;
  DcmFileFormat file;
  Writer set (file.getDataset (), state);

  for (gsize i = 0; i < n; i++)
    {
      smallest = MIN (smallest, stored[i]);
      largest = MAX (largest, stored[i]);
    }
  put_common (set, out, UID_MRImageStorage, index);
  set.text (DCM_ImageType, "DERIVED\\SECONDARY\\OTHER");
  set.text (DCM_Modality, "MR");
  set.text (DCM_ScanningSequence, "RM");
  set.text (DCM_SequenceVariant, "NONE");
  set.text (DCM_ScanOptions, "");
  set.text (DCM_MRAcquisitionType, out->n_slices > 1 ? "3D" : "2D");
  set.decimals (DCM_SliceThickness, &out->thickness, 1);
  if (out->n_slices > 1)
    set.decimals (DCM_SpacingBetweenSlices, &out->gap, 1);
  set.text (DCM_RepetitionTime, "");
  set.text (DCM_EchoTime, "");
  set.text (DCM_EchoTrainLength, "");
  set.text (DCM_PatientPosition, either (find_identity (out, "PatientPosition"), "HFS"));
  set.decimals (DCM_ImagePositionPatient, position, 3);
  put_orientation (set, out);
  set.text (DCM_FrameOfReferenceUID, out->frame_uid);
  set.text (DCM_PositionReferenceIndicator, find_identity (out, "PositionReferenceIndicator"));
  put_pixels (set, out, 1, 16);
  set.decimals (DCM_PixelSpacing, out->spacing, 2);
  set.word (DCM_SmallestImagePixelValue, smallest);
  set.word (DCM_LargestImagePixelValue, largest);
  set.text (DCM_BurnedInAnnotation, "NO");
  set.decimals (DCM_WindowCenter, &out->centre, 1);
  set.decimals (DCM_WindowWidth, &out->width, 1);
  set.text (DCM_LossyImageCompression, "00");
  put_mapping (set, out, 0, 0xffff, false);
  set.note (file.getDataset ()->putAndInsertUint16Array (DCM_PixelData, stored, (unsigned long) n));
  return save (file, state, path, error);
}

extern "C" gboolean
msm_dcmtk_write_capture (const char *path, const MsmDcmtkOut *out, gsize index, const guint8 *rgb, GError **error)
{
  OFCondition state = EC_Normal;
  DcmFileFormat file;
  Writer set (file.getDataset (), state);

  put_common (set, out, UID_SecondaryCaptureImageStorage, index);
  set.text (DCM_ImageType, "DERIVED\\SECONDARY");
  set.text (DCM_Modality, "MR");
  set.text (DCM_ConversionType, "WSD");
  set.text (DCM_SecondaryCaptureDeviceManufacturer, maker);
  set.text (DCM_SecondaryCaptureDeviceManufacturerModelName, product);
  set.text (DCM_SecondaryCaptureDeviceSoftwareVersions, version ());
  set.text (DCM_PatientOrientation, "");
  put_pixels (set, out, 3, 8);
  set.text (DCM_BurnedInAnnotation, "YES");
  set.note (file.getDataset ()->putAndInsertUint8Array (DCM_PixelData, rgb,
                                                        (unsigned long) (3 * out->n_rows * out->n_columns)));
  return save (file, state, path, error);
}

extern "C" gboolean
msm_dcmtk_write_map (const char *path, const MsmDcmtkOut *out, const double *positions, const float *values,
                     GError **error)
{
  const gsize n = out->n_rows * out->n_columns * out->n_slices;
  g_autofree char *organization = msm_dicom_uid_new ();
  OFCondition state = EC_Normal;
  DcmFileFormat file;
  Writer set (file.getDataset (), state);

  put_common (set, out, UID_ParametricMapStorage, 0);
  set.text (DCM_ImageType, "DERIVED\\PRIMARY\\VOLUME\\NONE");
  set.text (DCM_Modality, "MR");
  set.text (DCM_ContentLabel, "MAP");
  set.text (DCM_ContentDescription, cut (out->description, 64));
  set.text (DCM_ContentCreatorName, "");
  set.text (DCM_ContentQualification, "RESEARCH");
  set.text (DCM_BurnedInAnnotation, "NO");
  set.text (DCM_RecognizableVisualFeatures, "NO");
  set.text (DCM_LossyImageCompression, "00");
  set.text (DCM_PresentationLUTShape, "IDENTITY");
  set.text (DCM_FrameOfReferenceUID, out->frame_uid);
  set.text (DCM_PositionReferenceIndicator, find_identity (out, "PositionReferenceIndicator"));
  set.text (DCM_NumberOfFrames, std::to_string (out->n_slices));
  put_pixels (set, out, 1, 32);
  set.empty_sequence (DCM_AcquisitionContextSequence);
  set.item_of (DCM_DimensionOrganizationSequence).text (DCM_DimensionOrganizationUID, organization);
  {
    Writer dimension = set.item_of (DCM_DimensionIndexSequence);

    dimension.text (DCM_DimensionOrganizationUID, organization);
    set.note (dimension.item->putAndInsertTagKey (DCM_DimensionIndexPointer, DCM_ImagePositionPatient));
    set.note (dimension.item->putAndInsertTagKey (DCM_FunctionalGroupPointer, DCM_PlanePositionSequence));
    dimension.text (DCM_DimensionDescriptionLabel, "Position");
  }
  {
    Writer shared = set.item_of (DCM_SharedFunctionalGroupsSequence);
    Writer measures = shared.item_of (DCM_PixelMeasuresSequence);
    Writer orientation = shared.item_of (DCM_PlaneOrientationSequence);
    Writer window = shared.item_of (DCM_FrameVOILUTSequence);
    Writer anatomy = shared.item_of (DCM_FrameAnatomySequence);
    Writer identity = shared.item_of (DCM_PixelValueTransformationSequence);
    Writer type = shared.item_of (DCM_ParametricMapFrameTypeSequence);

    measures.decimals (DCM_PixelSpacing, out->spacing, 2);
    measures.decimals (DCM_SliceThickness, &out->thickness, 1);
    if (out->n_slices > 1)
      measures.decimals (DCM_SpacingBetweenSlices, &out->gap, 1);
    put_orientation (orientation, out);
    window.decimals (DCM_WindowCenter, &out->centre, 1);
    window.decimals (DCM_WindowWidth, &out->width, 1);
    /* Of floats, which need not be wider than 1: LINEAR counts stored steps. */
    window.text (DCM_VOILUTFunction, "LINEAR_EXACT");
    anatomy.text (DCM_FrameLaterality, "U");
    anatomy.code (DCM_AnatomicRegionSequence, "38266002", "SCT", "Entire body");
    identity.text (DCM_RescaleIntercept, "0");
    identity.text (DCM_RescaleSlope, "1");
    identity.text (DCM_RescaleType, "US");
    type.text (DCM_FrameType, "DERIVED\\PRIMARY\\VOLUME\\NONE");
    put_mapping (shared, out, 0, 0, true);
  }
  for (gsize s = 0; s < out->n_slices; s++)
    {
      Writer frame = set.item_of (DCM_PerFrameFunctionalGroupsSequence);
      Writer content = frame.item_of (DCM_FrameContentSequence);
      const Uint32 dimension = (Uint32) s + 1;

      set.note (content.item->putAndInsertUint32 (DCM_DimensionIndexValues, dimension));
      frame.item_of (DCM_PlanePositionSequence).decimals (DCM_ImagePositionPatient, positions + 3 * s, 3);
    }
  set.note (file.getDataset ()->putAndInsertFloat32Array (DCM_FloatPixelData, values, (unsigned long) n));
  return save (file, state, path, error);
}
