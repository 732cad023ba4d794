#include "config.h"

#include "core/io/dicom/dicom-uid.h"

#include <string.h>

char *
msm_dicom_uid_new (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  guint8 digits[40] = { 0 }; /* decimal, the last first: 2¹²⁸ has 39 */
  gsize n = 1;
  GString *text = g_string_new ("2.25.");

  for (const char *c = uuid; *c != '\0'; c++)
    {
      guint carry;

      if (!g_ascii_isxdigit (*c))
        continue;
      carry = (guint) g_ascii_xdigit_value (*c);
      for (gsize i = 0; i < n; i++)
        {
          carry += 16u * digits[i];
          digits[i] = (guint8) (carry % 10);
          carry /= 10;
        }
      for (; carry > 0; carry /= 10)
        digits[n++] = (guint8) (carry % 10);
    }
  while (n > 0)
    g_string_append_c (text, (char) ('0' + digits[--n]));
  return g_string_free (text, FALSE);
}
