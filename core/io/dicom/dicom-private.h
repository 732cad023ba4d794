#pragma once

/* What our writer leaves and our reader finds: the provenance, as an image comment (LT: at most 10240 characters). */
#define MSM_DICOM_COMMENT_HEAD  "NOT FOR DIAGNOSTIC USE\r\nMSM STUDIO\r\n"
/* At the end of the derivation of a picture whose place and orientation are made up. */
#define MSM_DICOM_PLACE_UNKNOWN "; orientation unknown"
#define MSM_DICOM_MAX_COMMENT   10100

/* What a derived series takes over from the picture that the user names: whose it is, and where it lies. */
static const char *const msm_dicom_template_keys[] = {
  "PatientName",
  "PatientID",
  "IssuerOfPatientID",
  "PatientBirthDate",
  "PatientSex",
  "PatientAge",
  "PatientSize",
  "PatientWeight",
  "StudyInstanceUID",
  "StudyID",
  "StudyDate",
  "StudyTime",
  "StudyDescription",
  "AccessionNumber",
  "ReferringPhysicianName",
  "FrameOfReferenceUID",
  "PositionReferenceIndicator",
  "BodyPartExamined",
  "Laterality",
  "PatientPosition",
  "SOPClassUID",
  "SOPInstanceUID",
};
