#include "config.h"

#include "ui/widgets/mask-editor-private.h"

#include <glib/gi18n.h>

guint msm_mask_editor_signals[MSM_MASK_EDITOR_N_SIGNALS];

G_DEFINE_TYPE (MsmMaskEditor, msm_mask_editor, GTK_TYPE_WIDGET)

static void
msm_mask_editor_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  *minimum = 120;
  *natural = 220;
}

static void
msm_mask_editor_dispose (GObject *object)
{
  MsmMaskEditor *self = MSM_MASK_EDITOR (object);

  g_clear_object (&self->texture);
  g_clear_pointer (&self->mask, msm_mask_unref);
  G_OBJECT_CLASS (msm_mask_editor_parent_class)->dispose (object);
}

static void
msm_mask_editor_class_init (MsmMaskEditorClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = msm_mask_editor_dispose;
  widget_class->snapshot = msm_mask_editor_snapshot;
  widget_class->measure = msm_mask_editor_measure;
  gtk_widget_class_set_css_name (widget_class, "maskeditor");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_BEGIN] =
      g_signal_new ("edit-begin", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT] =
      g_signal_new ("edit", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  msm_mask_editor_signals[MSM_MASK_EDITOR_EDIT_END] =
      g_signal_new ("edit-end", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  msm_mask_editor_signals[MSM_MASK_EDITOR_HOVER] =
      g_signal_new ("hover", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
}

static void
msm_mask_editor_init (MsmMaskEditor *self)
{
  self->hover_row = self->hover_column = -1;
  self->brush = 2;
  msm_mask_editor_add_controllers (self);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Sampling mask"), -1);
}

GtkWidget *
msm_mask_editor_new (void)
{
  return g_object_new (MSM_TYPE_MASK_EDITOR, NULL);
}

void
msm_mask_editor_set_mask (MsmMaskEditor *self, MsmMask *mask)
{
  if (mask != NULL)
    msm_mask_ref (mask);
  g_clear_pointer (&self->mask, msm_mask_unref);
  self->mask = mask;
  /* The place under the pointer may lie outside a smaller mask. */
  if (mask == NULL || self->hover_row >= (int) mask->n_readout || self->hover_column >= (int) mask->n_phase)
    self->hover_row = self->hover_column = -1;
  g_clear_object (&self->texture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
msm_mask_editor_set_tool (MsmMaskEditor *self, MsmMaskTool tool)
{
  self->tool = tool;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

MsmMaskTool
msm_mask_editor_get_tool (MsmMaskEditor *self)
{
  return self->tool;
}

void
msm_mask_editor_set_brush (MsmMaskEditor *self, guint radius)
{
  self->brush = radius;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
