#pragma once

#include "figure/figure.h"

G_BEGIN_DECLS

/* A heading and what stands under it. */
typedef struct
{
  char *heading;
  char *text;       /* paragraphs, ended by line feeds */
  gboolean is_code; /* settings: as they are, in letters of one width */
} MsmReportSection;

/* A figure with a table and texts, as pages of paper (PDF) or as one file for browsers (HTML). */
typedef struct
{
  char *title, *subtitle;
  MsmFigure *figure;   /* owned */
  char *caption;       /* under it */
  GPtrArray *rows;     /* (element-type GStrv): the table; the first is its head, and all have as many cells */
  char *table_note;    /* (nullable): under the table */
  GPtrArray *sections; /* MsmReportSection */
} MsmReport;

MsmReport *msm_report_new (void);
void msm_report_free (MsmReport *self);
/* (transfer full) of both texts */
void msm_report_add_section (MsmReport *self, const char *heading, char *text_take, gboolean is_code);
/* By the suffix: .pdf, .html, .htm. MSM_ERROR_UNSUPPORTED. */
gboolean msm_report_can_write (const char *path, GError **error);
/**
 * msm_report_write:
 * @text: (nullable): provenance, for the file's own data
 *
 * The same report gives the same bytes; neither names nor dates are added. Fails as msm_figure_write().
 */
gboolean msm_report_write (const MsmReport *self, const char *path, const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmReport, msm_report_free)

G_END_DECLS
