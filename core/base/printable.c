#include "config.h"

#include "core/base/printable.h"

#include <string.h>

/* Longer words are cut in their middle. A path may be long; a name of a megabyte is an attack. */
#define WORD_MAX       1000
#define WORD_HEAD      600
#define WORD_TAIL      200
#define LINE_MAX_BYTES 4000

/* It would be obeyed, or change how the rest is read. */
static gboolean
is_unsafe (gunichar c, MsmPrintable how)
{
  if (c == '\n' || c == '\t')
    return how == MSM_PRINTABLE_LINE;
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)
         || c == 0x2028 || c == 0x2029;
}

static void
write_out (GString *out, gunichar c, MsmPrintable how)
{
  if (c == '\n' || c == '\t')
    g_string_append (out, c == '\n' ? "\\n" : "\\t");
  else if (c < 0x100 && how != MSM_PRINTABLE_JSON)
    g_string_append_printf (out, "\\x%02x", c);
  else
    g_string_append_printf (out, "\\u%04x", c);
}

static GString *
escape (const char *text, MsmPrintable how)
{
  GString *out = g_string_new (NULL);
  const char *end = text + strlen (text);

  for (const char *c = text; c < end;)
    {
      gunichar code = g_utf8_get_char_validated (c, end - c);

      if (code == (gunichar) -1 || code == (gunichar) -2)
        {
          write_out (out, (guchar) *c, how);
          c++;
          continue;
        }
      if (is_unsafe (code, how))
        write_out (out, code, how);
      else
        g_string_append_unichar (out, code);
      c = g_utf8_next_char (c);
    }
  return out;
}

/* The first @head bytes and the last @tail, both to whole characters. */
static void
append_cut (GString *out, const char *text, gsize n, gsize head, gsize tail)
{
  const char *last = text + n - tail;

  while (head > 0 && ((guchar) text[head] & 0xc0) == 0x80)
    head--;
  while (last < text + n && ((guchar) *last & 0xc0) == 0x80)
    last++;
  g_string_append_len (out, text, (gssize) head);
  g_string_append (out, "…");
  g_string_append_len (out, last, text + n - last);
}

static char *
cut_words (const char *text)
{
  GString *out = g_string_new (NULL);

  while (*text != '\0')
    {
      gsize n = strcspn (text, " \t\n");

      if (n > WORD_MAX)
        append_cut (out, text, n, WORD_HEAD, WORD_TAIL);
      else
        g_string_append_len (out, text, (gssize) n);
      text += n;
      n = strspn (text, " \t\n");
      g_string_append_len (out, text, (gssize) n);
      text += n;
    }
  return g_string_free (out, FALSE);
}

char *
msm_printable (const char *text, MsmPrintable how)
{
  GString *escaped = escape (text, how), *line = NULL;
  g_autofree char *cut = NULL;

  if (how == MSM_PRINTABLE_JSON)
    return g_string_free (escaped, FALSE);
  cut = cut_words (escaped->str);
  g_string_free (escaped, TRUE);
  if (how == MSM_PRINTABLE_TEXT || strlen (cut) <= LINE_MAX_BYTES)
    return g_steal_pointer (&cut);
  line = g_string_new (NULL);
  append_cut (line, cut, strlen (cut), LINE_MAX_BYTES - WORD_TAIL, WORD_TAIL);
  return g_string_free (line, FALSE);
}
