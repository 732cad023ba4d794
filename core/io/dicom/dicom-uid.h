#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A new identifier that needs no registered root: “2.25.” and a random UUID as a decimal number. (transfer full) */
char *msm_dicom_uid_new (void);

G_END_DECLS
