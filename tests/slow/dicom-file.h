#pragma once

#include <glib.h>

/*
 * A small DICOM file, element by element in rising order, explicit little-endian: made by hand, so that what the reader
 * sees owes nothing to the library that it uses. Ended by test_dicom_write(), which frees it.
 */
GByteArray *test_dicom_begin (const char *sop_class, const char *transfer_syntax);
/* Text (any VR of texts), padded to an even length. */
void test_dicom_text (GByteArray *self, guint32 tag, const char *vr, const char *text);
void test_dicom_number (GByteArray *self, guint32 tag, guint16 value);
void test_dicom_double (GByteArray *self, guint32 tag, double value);
void test_dicom_words (GByteArray *self, guint32 tag, const guint16 *words, gsize n);
/* A sequence (or the pixels') of items, each open until it is ended. */
void test_dicom_sequence (GByteArray *self, guint32 tag);
void test_dicom_item (GByteArray *self);
void test_dicom_end_item (GByteArray *self);
void test_dicom_end_sequence (GByteArray *self);
gboolean test_dicom_write (GByteArray *self, const char *path);

/* One slice of an MR series; what is 0 or NULL has the default said. */
typedef struct
{
  const char *syntax;      /* explicit little-endian */
  const char *series;      /* UID: "1.2.3" */
  const char *number;      /* "7" */
  const char *description; /* "T1" */
  const char *orientation; /* "1\0\0\0\1\0" */
  const char *position;    /* "0\0\0"; "": none */
  const char *echo;        /* "" */
  const char *photometric; /* "MONOCHROME2" */
  int instance;            /* 1 */
  gsize n_rows, n_columns; /* 4 × 3 */
  gboolean is_signed;
  const char *slope, *intercept; /* none */
  const char *windows[3];        /* centres, widths, names; none */
  gsize n_words;                 /* of pixels that are written; all */
} TestDicomSlice;

/* The stored value of a pixel. */
guint16 test_dicom_stored (int instance, gsize pixel);
gboolean test_dicom_write_slice (const char *path, const TestDicomSlice *slice);
