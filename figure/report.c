#include "config.h"

#include "figure/report.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "figure/report-private.h"

static void
section_free (gpointer data)
{
  MsmReportSection *section = data;

  g_free (section->heading);
  g_free (section->text);
  g_free (section);
}

static void
row_free (gpointer data)
{
  g_strfreev (data);
}

MsmReport *
msm_report_new (void)
{
  MsmReport *self = g_new0 (MsmReport, 1);

  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->sections = g_ptr_array_new_with_free_func (section_free);
  return self;
}

void
msm_report_free (MsmReport *self)
{
  if (self == NULL)
    return;
  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->caption);
  g_free (self->table_note);
  msm_figure_free (self->figure);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->sections);
  g_free (self);
}

void
msm_report_add_section (MsmReport *self, const char *heading, char *text_take, gboolean is_code)
{
  MsmReportSection *section = g_new0 (MsmReportSection, 1);

  section->heading = g_strdup (heading);
  section->text = text_take;
  section->is_code = is_code;
  g_ptr_array_add (self->sections, section);
}

static gboolean
is_html (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".html") || g_str_has_suffix (lower, ".htm");
}

gboolean
msm_report_can_write (const char *path, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  if (is_html (path) || g_str_has_suffix (lower, ".pdf"))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: a report is a .pdf or .html"), path);
  return FALSE;
}

gboolean
msm_report_write (const MsmReport *self, const char *path, const char *text, GError **error)
{
  return msm_report_can_write (path, error)
         && (is_html (path) ? msm_report_write_html (self, path, text, error)
                            : msm_report_write_pdf (self, path, text, error));
}
