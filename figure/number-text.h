#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A number for reading: four significant digits, a real minus sign. (transfer full) */
char *msm_text_number (double value);
/* With three significant digits, for scales. (transfer full) */
char *msm_text_number_short (double value);
/* With @digits behind the point. (transfer full) */
char *msm_text_fixed (double value, int digits);

G_END_DECLS
