#include "config.h"

#include "core/io/dicom/dicom-probe.h"

#include <string.h>

/* A data set without preamble begins with group 2 or 8: a small element, then a VR's letters or a small length. */
gboolean
msm_dicom_is_head (const guint8 *head, gsize n)
{
  gboolean is_little, is_big, is_explicit;

  if (n >= 132 && memcmp (head + 128, "DICM", 4) == 0)
    return TRUE;
  if (n < 64)
    return FALSE;
  is_little = (head[0] == 2 || head[0] == 8) && head[1] == 0 && head[2] <= 0x20 && head[3] == 0;
  is_big = head[0] == 0 && (head[1] == 2 || head[1] == 8) && head[2] == 0 && head[3] <= 0x20;
  is_explicit = g_ascii_isupper (head[4]) && g_ascii_isupper (head[5]);
  return (is_explicit && (is_little || is_big)) || (is_little && head[5] <= 1 && head[6] == 0 && head[7] == 0);
}
