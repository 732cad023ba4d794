#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a file's first @n bytes look like DICOM: “DICM” behind a preamble, or a data set that begins at once. */
gboolean msm_dicom_is_head (const guint8 *head, gsize n);

G_END_DECLS
