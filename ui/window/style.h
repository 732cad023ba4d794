#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As in the setting "style". */
typedef enum
{
  MSM_STYLE_DARK,
  MSM_STYLE_LIGHT,
  MSM_STYLE_DESKTOP, /* what the desktop asks for */
} MsmStyle;

/* Of every window of the display, at once. */
void msm_style_set (MsmStyle style);

G_END_DECLS
