#include "config.h"

#include <string.h>

#include "core/base/printable.h"

/* What of a file's text reaches a terminal. */

static void
check (const char *text, MsmPrintable how, const char *expected)
{
  g_autofree char *printable = msm_printable (text, how);

  g_assert_cmpstr (printable, ==, expected);
}

static void
test_escapes (void)
{
  check ("Schädel × 2, 頭", MSM_PRINTABLE_LINE, "Schädel × 2, 頭");
  check ("\033]0;owned\007\033[2J", MSM_PRINTABLE_LINE, "\\x1b]0;owned\\x07\\x1b[2J");
  check ("a\302\2332J", MSM_PRINTABLE_LINE, "a\\x9b2J"); /* CSI in one character */
  check ("a\xff\xc3", MSM_PRINTABLE_LINE, "a\\xff\\xc3");
  check ("gnp\xe2\x80\xae.exe", MSM_PRINTABLE_LINE, "gnp\\u202e.exe");
  check ("one\r\ntwo\t3\177", MSM_PRINTABLE_LINE, "one\\x0d\\ntwo\\t3\\x7f");
  check ("one\r\ntwo\t3", MSM_PRINTABLE_TEXT, "one\\x0d\ntwo\t3");
  check ("\"\033\302\233\"\n", MSM_PRINTABLE_JSON, "\"\\u001b\\u009b\"\n");
  check ("", MSM_PRINTABLE_LINE, "");
}

/* A name of megabytes says its two ends; the words around it stay. */
static void
test_cut (void)
{
  g_autofree char *name = g_strnfill (5 << 20, 'a'), *text = NULL, *printable = NULL, *json = NULL;

  memcpy (name, "ä", 2);
  text = g_strdup_printf ("scan.h5: no dataset %s! was expected", name);
  printable = msm_printable (text, MSM_PRINTABLE_TEXT);
  g_assert_cmpuint (strlen (printable), <, 1000);
  g_assert_true (g_str_has_prefix (printable, "scan.h5: no dataset äa"));
  g_assert_true (g_str_has_suffix (printable, "aa! was expected"));
  g_assert_true (g_utf8_validate (printable, -1, NULL));
  json = msm_printable (name, MSM_PRINTABLE_JSON);
  g_assert_cmpstr (json, ==, name);
}

/* Nor do many words make a line that fills the screen; characters stay whole. */
static void
test_long_line (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *printable = NULL;

  for (int i = 0; i < 10000; i++)
    g_string_append (text, "ä頭 ");
  printable = msm_printable (text->str, MSM_PRINTABLE_LINE);
  g_assert_cmpuint (strlen (printable), <=, 4010);
  g_assert_true (g_utf8_validate (printable, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/printable/escapes", test_escapes);
  g_test_add_func ("/base/printable/cut", test_cut);
  g_test_add_func ("/base/printable/long-line", test_long_line);
  return g_test_run ();
}
