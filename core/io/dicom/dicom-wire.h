#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What msm-reader-dicom, the process that holds DCMTK for reading, is asked for (core/io/reader/reader-wire.h). */
typedef enum
{
  MSM_DICOM_OP_OPEN = 1, /* name: a file or folder; start: { MSM_DICOM_WIRE_VERSION } → numbers { files } */
  MSM_DICOM_OP_INDEX,    /* start { first }, count { n } files: their headers → nothing */
  MSM_DICOM_OP_SERIES, /* → texts { uid, number, description, modality } of each series; numbers { frames of each } */
  MSM_DICOM_OP_FRAMES, /* start { series } → numbers { bytes }, then MsmDicomFrame[] */
  MSM_DICOM_OP_SKIPPED,  /* → texts { why, a few }; numbers { DICOM files skipped, other files } */
  MSM_DICOM_OP_FIELDS,   /* start { file } → texts { key, value, … }: msm_dcmtk_fields() */
  MSM_DICOM_OP_TEMPLATE, /* start { file } → texts { key, value, … }: msm_dcmtk_template() */
  MSM_DICOM_OP_READ,     /* start { file, frame } → numbers { bytes }, then floats [channel, row, column] */
} MsmDicomOp;

#define MSM_DICOM_WIRE_VERSION 1
/* Files of one MSM_DICOM_OP_INDEX: some tenths of a second. */
#define MSM_DICOM_WIRE_BATCH   100

/* Of one picture; which fields are known says `has`. Lengths in mm, directions and positions in DICOM's LPS. */
typedef enum
{
  MSM_DICOM_HAS_POSITION = 1 << 0,
  MSM_DICOM_HAS_ORIENTATION = 1 << 1,
  MSM_DICOM_HAS_SPACING = 1 << 2,
  MSM_DICOM_HAS_THICKNESS = 1 << 3,
  MSM_DICOM_IS_LOSSY = 1 << 4,
  MSM_DICOM_IS_INVERTED = 1 << 5, /* MONOCHROME1: white is small; read() turns it round */
  MSM_DICOM_IS_MAPPED = 1 << 6,   /* values by a real-world value mapping, since there is no rescale */
} MsmDicomFrameFlags;

typedef struct
{
  guint32 file, frame; /* frame: within the file, from 0 */
  guint32 has;         /* MsmDicomFrameFlags */
  guint32 n_rows, n_columns, n_channels;
  gint32 instance;  /* InstanceNumber, or the frame's place in its file */
  gint32 temporal;  /* TemporalPositionIndex or -Identifier; 0 unknown */
  gint32 component; /* 'M', 'P', 'R', 'I' of ImageType or ComplexImageComponent; 0 unknown */
  guint64 uid_hash; /* of the SOP instance's UID and the frame */
  double echo_ms;
  double position[3]; /* centre of the first pixel */
  double across[3];   /* unit vector along increasing column index */
  double down[3];     /* along increasing row index */
  double spacing[2];  /* between rows, between columns */
  double thickness;   /* SpacingBetweenSlices, else SliceThickness */
} MsmDicomFrame;

G_END_DECLS
