#include "config.h"

#include <string.h>

#include "core/io/atomic-file.h"
#include "figure/report-private.h"

static const char style[] =
    "body { font: 15px/1.45 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; color: #111; }\n"
    "h1 { font-size: 1.5em; margin-bottom: 0; } h2 { font-size: 1.1em; margin-top: 1.8em; }\n"
    "figure { margin: 1.5em 0; } figure svg { width: 100%; height: auto; }\n"
    "figcaption, .note { color: #444; font-size: 0.9em; }\n"
    "table { border-collapse: collapse; } th, td { padding: 0.25em 0.9em; text-align: right; }\n"
    "th { border-bottom: 1px solid #111; } th:first-child, td:first-child { text-align: left; padding-left: 0; }\n"
    "pre { font-size: 0.8em; white-space: pre-wrap; background: #f4f4f4; padding: 0.8em; }\n";

static void
append (GString *html, const char *open, const char *text, const char *close)
{
  g_autofree char *escaped = text != NULL ? g_markup_escape_text (text, -1) : NULL;

  if (escaped != NULL)
    g_string_append_printf (html, "%s%s%s\n", open, escaped, close);
}

static void
append_table (GString *html, const GPtrArray *rows)
{
  g_string_append (html, "<table>\n");
  for (guint i = 0; i < rows->len; i++)
    {
      char **cells = g_ptr_array_index (rows, i);

      g_string_append (html, "<tr>");
      for (int k = 0; cells[k] != NULL; k++)
        append (html, i == 0 ? "<th>" : "<td>", cells[k], i == 0 ? "</th>" : "</td>");
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table>\n");
}

static void
append_section (GString *html, const MsmReportSection *section)
{
  g_auto (GStrv) paragraphs = g_strsplit (section->text, "\n", -1);

  append (html, "<h2>", section->heading, "</h2>");
  if (section->is_code)
    {
      append (html, "<pre>", section->text, "</pre>");
      return;
    }
  for (int i = 0; paragraphs[i] != NULL; i++)
    if (paragraphs[i][0] != '\0')
      append (html, "<p>", paragraphs[i], "</p>");
}

gboolean
msm_report_write_html (const MsmReport *self, const char *path, const char *text, GError **error)
{
  g_autofree char *svg = msm_figure_format_svg (self->figure, path, NULL, error);
  g_autoptr (GString) html = g_string_new ("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n");
  const char *picture;

  if (svg == NULL)
    return FALSE;
  append (html, "<title>", self->title, "</title>");
  g_string_append_printf (html, "<meta name=\"generator\" content=\"MSM Studio %s\">\n", MSM_VERSION);
  g_string_append_printf (html, "<style>\n%s</style>\n</head><body>\n", style);
  append (html, "<h1>", self->title, "</h1>");
  append (html, "<p>", self->subtitle, "</p>");
  /* Without the line that only a file of its own has. */
  picture = strstr (svg, "<svg");
  g_string_append_printf (html, "<figure>\n%s", picture != NULL ? picture : "");
  append (html, "<figcaption>", self->caption, "</figcaption>\n</figure>");
  append_table (html, self->rows);
  append (html, "<p class=\"note\">", self->table_note, "</p>");
  for (guint i = 0; i < self->sections->len; i++)
    append_section (html, g_ptr_array_index (self->sections, i));
  g_string_append (html, "</body></html>\n");
  return msm_atomic_write (path, html->str, html->len, error);
}
