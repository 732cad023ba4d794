#pragma once

/* What our writer leaves and our reader finds: a private block with the provenance, as its owner's name says. */
#define MSM_DICOM_PRIVATE_GROUP      0x0099
#define MSM_DICOM_PRIVATE_CREATOR    "MSM STUDIO"
#define MSM_DICOM_PRIVATE_PROVENANCE 0x1001

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
  "PatientPosition",
  "SOPClassUID",
  "SOPInstanceUID",
};
