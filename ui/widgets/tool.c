#include "config.h"

#include "ui/widgets/tool.h"

#include <string.h>

#include <glib/gi18n.h>

#include "ui/widgets/viewport-private.h"

static const MsmTool window_tool = {
  .name = "window",
  .title = N_("Window and level"),
  .help = N_("Right: less contrast; up: brighter (W)"),
  .icon = "msm-window-symbolic",
  .cursor = "default",
  .key = GDK_KEY_w,
  .drag = msm_viewport_drag_window,
};

static const MsmTool pan_tool = {
  .name = "pan",
  .title = N_("Move"),
  .help = N_("Drag the pictures; the middle button does it with every tool (T)"),
  .icon = "msm-pan-symbolic",
  .cursor = "grab",
  .key = GDK_KEY_t,
  .drag = msm_viewport_drag_pan,
};

static const MsmTool zoom_tool = {
  .name = "zoom",
  .title = N_("Zoom"),
  .help = N_("Up: larger; the right button does it with every tool (Z)"),
  .icon = "msm-zoom-symbolic",
  .cursor = "zoom-in",
  .key = GDK_KEY_z,
  .drag = msm_viewport_drag_zoom,
};

static const MsmTool rectangle_tool = {
  .name = "rectangle",
  .title = N_("Rectangle"),
  .help = N_("Measure in a rectangle (R, or Shift with any tool)"),
  .icon = "msm-rectangle-symbolic",
  .cursor = "crosshair",
  .key = GDK_KEY_r,
  .shape = MSM_ROI_RECTANGLE,
};

static const MsmTool ellipse_tool = {
  .name = "ellipse",
  .title = N_("Ellipse"),
  .help = N_("Measure in an ellipse (O)"),
  .icon = "msm-ellipse-symbolic",
  .cursor = "crosshair",
  .key = GDK_KEY_o,
  .shape = MSM_ROI_ELLIPSE,
};

static const MsmTool outline_tool = {
  .name = "outline",
  .title = N_("Outline"),
  .help = N_("Measure in an outline by free hand (F)"),
  .icon = "msm-outline-symbolic",
  .cursor = "crosshair",
  .key = GDK_KEY_f,
  .shape = MSM_ROI_FREEHAND,
};

static const MsmTool line_tool = {
  .name = "line",
  .title = N_("Length and profile"),
  .help = N_("Measure along a line (D)"),
  .icon = "msm-line-symbolic",
  .cursor = "crosshair",
  .key = GDK_KEY_d,
  .shape = MSM_ROI_LINE,
};

static const MsmTool *const tools[] = { &window_tool,  &pan_tool,     &zoom_tool, &rectangle_tool,
                                        &ellipse_tool, &outline_tool, &line_tool, NULL };

const MsmTool *const *
msm_tools (void)
{
  return tools;
}

const MsmTool *
msm_tool_find (const char *name)
{
  for (const MsmTool *const *tool = tools; *tool != NULL; tool++)
    if (strcmp ((*tool)->name, name) == 0)
      return *tool;
  return NULL;
}

const MsmTool *
msm_tool_of_key (guint key)
{
  for (const MsmTool *const *tool = tools; *tool != NULL; tool++)
    if ((*tool)->key == key)
      return *tool;
  return NULL;
}
