#pragma once

#include <gtk/gtk.h>

#include "core/mask/mask-edit.h"

G_BEGIN_DECLS

typedef enum
{
  MSM_MASK_TOOL_DRAW, /* sample lines (of a column mask) or points */
  MSM_MASK_TOOL_ERASE,
  MSM_MASK_TOOL_ACS,       /* drag sideways: the width of the centre block */
  MSM_MASK_TOOL_RECTANGLE, /* sample a rectangle (Ctrl: erase it) */
} MsmMaskTool;

#define MSM_TYPE_MASK_EDITOR (msm_mask_editor_get_type ())
/**
 * MsmMaskEditor:
 *
 * Shows a mask and turns drags into edits; it owns no mask: whoever listens applies the edit and hands
 * the changed mask back with msm_mask_editor_set_mask().
 *
 * Signals: "edit-begin" (); "edit" (gpointer: const MsmMaskEdit *, valid during the emission);
 * "edit-end" (): all edits between the two are one stroke, one step of undo.
 * "hover" (int row, int column): −1, −1 when the pointer leaves.
 */
G_DECLARE_FINAL_TYPE (MsmMaskEditor, msm_mask_editor, MSM, MASK_EDITOR, GtkWidget)

GtkWidget *msm_mask_editor_new (void);
/* Keeps a reference and redraws; call it after every change, also one in place. */
void msm_mask_editor_set_mask (MsmMaskEditor *self, MsmMask *mask);
void msm_mask_editor_set_tool (MsmMaskEditor *self, MsmMaskTool tool);
MsmMaskTool msm_mask_editor_get_tool (MsmMaskEditor *self);
/* Radius of the point brush in points; 0 is one point. */
void msm_mask_editor_set_brush (MsmMaskEditor *self, guint radius);

G_END_DECLS
