#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What msm-reader, the process that holds the HDF5 library, is asked for (core/io/reader/reader-wire.h). */
typedef enum
{
  MSM_H5_OP_OPEN = 1,      /* name: the path; start: { MSM_H5_WIRE_VERSION } */
  MSM_H5_OP_HAS,           /* → numbers { 0 or 1 } */
  MSM_H5_OP_MEMBERS,       /* → texts */
  MSM_H5_OP_INFO,          /* → numbers { kind, dim… } */
  MSM_H5_OP_READ_BLOCK,    /* → numbers { bytes }, then the bytes */
  MSM_H5_OP_READ_TEXT,     /* → texts { text } */
  MSM_H5_OP_ATTRIBUTES,    /* → texts { key, value, … } */
  MSM_H5_OP_NUMBER,        /* name: "object\nattribute" → numbers { 0 or 1, the bits of the double } */
  MSM_H5_OP_HAS_ATTRIBUTE, /* name: "object\nattribute" → numbers { 0 or 1 } */
  MSM_H5_OP_MRD_HEADERS,   /* start { first }, count { n } → numbers { bytes }, then MsmMrdHeader[n] */
  MSM_H5_OP_MRD_DATA,      /* start { first }, count { n } → n times: 64-bit number of floats, the floats */
} MsmH5Op;

#define MSM_H5_WIRE_VERSION  3
/* Most acquisitions of one request, and most floats of one: 65535 samples of 65535 coils do not occur. */
#define MSM_H5_WIRE_MAX_ROWS 65536
#define MSM_H5_WIRE_MAX_ROW  ((guint64) 1 << 29)

G_END_DECLS
