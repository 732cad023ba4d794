#include "config.h"

#include "figure/svg-text.h"

#include <string.h>

static const char *
number (char *buffer, double value)
{
  return g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, "%.6g", value + 0.0);
}

static void
append_text (GString *svg, const MsmCanvasText *text, const char *family)
{
  const cairo_matrix_t *m = &text->matrix;
  const double values[] = { m->xx, m->yx, m->xy, m->yy, m->x0, m->y0 };
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *escaped = g_markup_escape_text (text->text, -1);

  g_string_append (svg, "<text transform=\"matrix(");
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    g_string_append_printf (svg, "%s%s", i > 0 ? " " : "", number (buffer, values[i]));
  g_string_append_printf (svg, ")\" font-family=\"%s\" font-size=\"%s\"", family, number (buffer, text->size));
  g_string_append_printf (svg, " textLength=\"%s\" lengthAdjust=\"spacingAndGlyphs\"%s", number (buffer, text->width),
                          text->bold ? " font-weight=\"bold\"" : "");
  g_string_append_printf (svg, " fill=\"#%02x%02x%02x\"", (guint) (255 * text->color.red + 0.5f),
                          (guint) (255 * text->color.green + 0.5f), (guint) (255 * text->color.blue + 0.5f));
  if (text->color.alpha < 1)
    g_string_append_printf (svg, " fill-opacity=\"%s\"", number (buffer, text->color.alpha));
  g_string_append_printf (svg, ">%s</text>\n", escaped);
}

static void
append_element (GString *svg, const char *name, const char *text)
{
  g_autofree char *escaped = text != NULL ? g_markup_escape_text (text, -1) : NULL;

  if (escaped != NULL)
    g_string_append_printf (svg, "<%s>%s</%s>\n", name, escaped, name);
}

/* Cairo counts what it names over the life of the program: the n-th name here becomes number n. */
static gboolean
renumber (const GMatchInfo *match, GString *out, gpointer data)
{
  GHashTable *numbers = data;
  g_autofree char *before = g_match_info_fetch (match, 1), *kind = g_match_info_fetch (match, 2);
  char *name = g_match_info_fetch (match, 0);
  const char *key = name + strlen (before);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, key));

  if (number == 0)
    {
      number = g_hash_table_size (numbers) + 1;
      g_hash_table_insert (numbers, g_strdup (key), GUINT_TO_POINTER (number));
    }
  g_string_append_printf (out, "%s%s%u", before, kind, number);
  g_free (name);
  return FALSE;
}

/* (transfer full) */
static char *
renumber_names (const char *svg, gsize n)
{
  g_autoptr (GRegex) names = g_regex_new ("(id=\"|#)([a-z]+)[0-9]+(?:-[0-9]+)*(?=[\")])", 0, 0, NULL);
  g_autoptr (GHashTable) numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return g_regex_replace_eval (names, svg, (gssize) n, 0, 0, renumber, numbers, NULL);
}

char *
msm_svg_add_texts (const char *svg, gsize n, const GPtrArray *texts, const char *font, gboolean has_sharp_pixels,
                   const char *title, const char *description)
{
  g_autofree char *renumbered = renumber_names (svg, n);
  GString *out = g_string_new (renumbered);
  g_autofree char *named = g_strdup_printf ("%s, DejaVu Sans, Arial, sans-serif", font);
  g_autofree char *family = g_markup_escape_text (named, -1);
  char *open = strstr (out->str, "<svg"), *inside = open != NULL ? strchr (open, '>') : NULL;
  GString *head = g_string_new ("\n");
  char *end;

  g_return_val_if_fail (inside != NULL, g_string_free (out, FALSE));
  append_element (head, "title", title);
  append_element (head, "desc", description);
  /* The first is for editors that know no other. */
  if (has_sharp_pixels)
    g_string_append (head, "<style>image { image-rendering: optimizeSpeed; image-rendering: pixelated; }</style>\n");
  g_string_insert (out, inside + 1 - out->str, head->str);
  g_string_free (head, TRUE);
  end = g_strrstr (out->str, "</svg>");
  g_string_truncate (out, (gsize) (end - out->str));
  for (guint i = 0; i < texts->len; i++)
    append_text (out, g_ptr_array_index (texts, i), family);
  g_string_append (out, "</svg>\n");
  return g_string_free (out, FALSE);
}
