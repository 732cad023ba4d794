#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Between the program and msm-reader, the process that holds the HDF5 library: over one socket, a frame is
 * a 32-bit length and a serialised GVariant. A request is (operation, name, start[], count[]), a reply
 * (error, message, numbers[], texts[]); error 0 is none, else 1 + MsmErrorCode. Raw data may follow a reply
 * as the operation says. Both ends are of one build and one machine; the hello checks that.
 */
typedef enum
{
  MSM_H5_OP_OPEN = 1,    /* name: the path; start: { MSM_H5_WIRE_VERSION } */
  MSM_H5_OP_HAS,         /* → numbers { 0 or 1 } */
  MSM_H5_OP_MEMBERS,     /* → texts */
  MSM_H5_OP_INFO,        /* → numbers { kind, dim… } */
  MSM_H5_OP_READ_BLOCK,  /* → numbers { bytes }, then the bytes */
  MSM_H5_OP_READ_TEXT,   /* → texts { text } */
  MSM_H5_OP_ATTRIBUTES,  /* → texts { key, value, … } */
  MSM_H5_OP_NUMBER,      /* name: "object\nattribute" → numbers { 0 or 1, the bits of the double } */
  MSM_H5_OP_MRD_HEADERS, /* start { first }, count { n } → numbers { bytes }, then MsmMrdHeader[n] */
  MSM_H5_OP_MRD_DATA,    /* start { first }, count { n } → n times: 64-bit number of floats, the floats */
} MsmH5Op;

#define MSM_H5_WIRE_VERSION  2
#define MSM_H5_WIRE_REQUEST  "(uayatat)"
#define MSM_H5_WIRE_REPLY    "(uayataay)"
/* Most acquisitions of one request, and most floats of one: 65535 samples of 65535 coils do not occur. */
#define MSM_H5_WIRE_MAX_ROWS 65536
#define MSM_H5_WIRE_MAX_ROW  ((guint64) 1 << 29)

/* Consumes @frame when it is floating. */
gboolean msm_h5_wire_put (int socket, GVariant *frame);
/* A well-formed frame of @type. NULL: the other end @is_gone, or it sent something else. (transfer full) */
GVariant *msm_h5_wire_get (int socket, const char *type, gboolean *is_gone);

G_END_DECLS
