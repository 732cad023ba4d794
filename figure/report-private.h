#pragma once

#include "figure/figure-private.h"
#include "figure/report.h"

G_BEGIN_DECLS

gboolean msm_report_write_pdf (const MsmReport *self, const char *path, const char *text, GError **error);
gboolean msm_report_write_html (const MsmReport *self, const char *path, const char *text, GError **error);

G_END_DECLS
