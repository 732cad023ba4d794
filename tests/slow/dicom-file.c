#include "config.h"

#include "tests/slow/dicom-file.h"

#include <string.h>

#define EXPLICIT_LITTLE "1.2.840.10008.1.2.1"
#define MR_IMAGE        "1.2.840.10008.5.1.4.1.1.4"

static void
put_16 (GByteArray *self, guint16 value)
{
  const guint8 bytes[2] = { value & 0xff, value >> 8 };

  g_byte_array_append (self, bytes, 2);
}

static void
put_32 (GByteArray *self, guint32 value)
{
  put_16 (self, value & 0xffff);
  put_16 (self, value >> 16);
}

static void
put_tag (GByteArray *self, guint32 tag)
{
  put_16 (self, tag >> 16);
  put_16 (self, tag & 0xffff);
}

static void
put_element (GByteArray *self, guint32 tag, const char *vr, const void *value, gsize n)
{
  put_tag (self, tag);
  g_byte_array_append (self, (const guint8 *) vr, 2);
  if (strstr ("OB OW SQ UT", vr) != NULL)
    {
      put_16 (self, 0);
      put_32 (self, (guint32) n);
    }
  else
    put_16 (self, (guint16) n);
  g_byte_array_append (self, value, (guint) n);
}

void
test_dicom_text (GByteArray *self, guint32 tag, const char *vr, const char *text)
{
  g_autofree char *padded = g_strdup_printf ("%s ", text);
  gsize n = strlen (text) + strlen (text) % 2;

  if (strcmp (vr, "UI") == 0)
    padded[strlen (text)] = '\0';
  put_element (self, tag, vr, padded, n);
}

void
test_dicom_number (GByteArray *self, guint32 tag, guint16 value)
{
  const guint8 bytes[2] = { value & 0xff, value >> 8 };

  put_element (self, tag, "US", bytes, 2);
}

void
test_dicom_double (GByteArray *self, guint32 tag, double value)
{
  put_element (self, tag, "FD", &value, 8);
}

void
test_dicom_words (GByteArray *self, guint32 tag, const guint16 *words, gsize n)
{
  put_element (self, tag, "OW", words, 2 * n);
}

void
test_dicom_sequence (GByteArray *self, guint32 tag)
{
  put_tag (self, tag);
  g_byte_array_append (self, (const guint8 *) "SQ\0\0", 4);
  put_32 (self, 0xffffffff);
}

void
test_dicom_item (GByteArray *self)
{
  put_tag (self, 0xfffee000);
  put_32 (self, 0xffffffff);
}

void
test_dicom_end_item (GByteArray *self)
{
  put_tag (self, 0xfffee00d);
  put_32 (self, 0);
}

void
test_dicom_end_sequence (GByteArray *self)
{
  put_tag (self, 0xfffee0dd);
  put_32 (self, 0);
}

GByteArray *
test_dicom_begin (const char *sop_class, const char *transfer_syntax)
{
  GByteArray *self = g_byte_array_new ();
  g_autoptr (GByteArray) meta = g_byte_array_new ();
  static const guint8 preamble[128] = { 0 };
  guint8 length[4];

  test_dicom_text (meta, 0x00020002, "UI", sop_class);
  test_dicom_text (meta, 0x00020003, "UI", "1.2.3.4");
  test_dicom_text (meta, 0x00020010, "UI", transfer_syntax != NULL ? transfer_syntax : EXPLICIT_LITTLE);
  for (int i = 0; i < 4; i++)
    length[i] = (guint8) (meta->len >> 8 * i);
  g_byte_array_append (self, preamble, sizeof preamble);
  g_byte_array_append (self, (const guint8 *) "DICM", 4);
  put_element (self, 0x00020000, "UL", length, 4);
  g_byte_array_append (self, meta->data, meta->len);
  return self;
}

gboolean
test_dicom_write (GByteArray *self, const char *path)
{
  gboolean ok =
      g_file_set_contents_full (path, (const char *) self->data, self->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL);

  g_byte_array_unref (self);
  return ok;
}

guint16
test_dicom_stored (int instance, gsize pixel)
{
  return (guint16) (100 * instance + 7 * pixel);
}

static const char *
either (const char *text, const char *otherwise)
{
  return text != NULL ? text : otherwise;
}

gboolean
test_dicom_write_slice (const char *path, const TestDicomSlice *slice)
{
  const int instance = slice->instance != 0 ? slice->instance : 1;
  const gsize n_rows = slice->n_rows != 0 ? slice->n_rows : 4, n_columns = slice->n_columns != 0 ? slice->n_columns : 3;
  const gsize n = slice->n_words != 0 ? slice->n_words : n_rows * n_columns;
  g_autofree guint16 *words = g_new (guint16, n);
  g_autofree char *number = g_strdup_printf ("%d", instance);
  g_autofree char *uid =
      g_strdup_printf ("%s.%d.%s", either (slice->series, "1.2.3"), instance, either (slice->echo, "0"));
  GByteArray *file = test_dicom_begin (MR_IMAGE, slice->syntax);

  test_dicom_text (file, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\M");
  test_dicom_text (file, 0x00080016, "UI", MR_IMAGE);
  test_dicom_text (file, 0x00080018, "UI", uid);
  test_dicom_text (file, 0x00080020, "DA", "20200229");
  test_dicom_text (file, 0x00080030, "TM", "101112");
  test_dicom_text (file, 0x00080060, "CS", "MR");
  test_dicom_text (file, 0x0008103e, "LO", either (slice->description, "T1"));
  test_dicom_text (file, 0x00100010, "PN", "Nobody^At^All");
  test_dicom_text (file, 0x00100020, "LO", "N0");
  test_dicom_text (file, 0x00180050, "DS", "2.5");
  test_dicom_text (file, 0x00180081, "DS", either (slice->echo, ""));
  test_dicom_text (file, 0x0020000d, "UI", "1.2");
  test_dicom_text (file, 0x0020000e, "UI", either (slice->series, "1.2.3"));
  test_dicom_text (file, 0x00200010, "SH", "S0");
  test_dicom_text (file, 0x00200011, "IS", either (slice->number, "7"));
  test_dicom_text (file, 0x00200013, "IS", number);
  if (slice->position == NULL || slice->position[0] != '\0')
    {
      test_dicom_text (file, 0x00200032, "DS", either (slice->position, "0\\0\\0"));
      test_dicom_text (file, 0x00200037, "DS", either (slice->orientation, "1\\0\\0\\0\\1\\0"));
    }
  test_dicom_number (file, 0x00280002, 1);
  test_dicom_text (file, 0x00280004, "CS", either (slice->photometric, "MONOCHROME2"));
  test_dicom_number (file, 0x00280010, (guint16) n_rows);
  test_dicom_number (file, 0x00280011, (guint16) n_columns);
  test_dicom_text (file, 0x00280030, "DS", "1.5\\0.75");
  test_dicom_number (file, 0x00280100, 16);
  test_dicom_number (file, 0x00280101, 12);
  test_dicom_number (file, 0x00280102, 11);
  test_dicom_number (file, 0x00280103, slice->is_signed);
  if (slice->windows[0] != NULL)
    {
      test_dicom_text (file, 0x00281050, "DS", slice->windows[0]);
      test_dicom_text (file, 0x00281051, "DS", slice->windows[1]);
      test_dicom_text (file, 0x00281055, "LO", slice->windows[2]);
    }
  if (slice->slope != NULL)
    {
      test_dicom_text (file, 0x00281052, "DS", slice->intercept);
      test_dicom_text (file, 0x00281053, "DS", slice->slope);
    }
  for (gsize i = 0; i < n; i++)
    words[i] = test_dicom_stored (instance, i) & 0xfff;
  test_dicom_words (file, 0x7fe00010, words, n);
  return test_dicom_write (file, path);
}
