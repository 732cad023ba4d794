#include "config.h"

#include "ui/window/pane.h"

#include <glib/gi18n.h>

#include "ui/window/source.h"

struct _MsmPane
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *viewport;
  GtkWidget *button;
  GSimpleActionGroup *actions;
  MsmPaneView view;
  MsmTensor *shown, *shown_second; /* borrowed from the viewport: only compared */
};

G_DEFINE_FINAL_TYPE (MsmPane, msm_pane, GTK_TYPE_BOX)

enum
{
  VIEW_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
msm_pane_view_copy (const MsmPaneView *self, MsmPaneView *copy)
{
  *copy = *self;
  copy->source = g_strdup (self->source);
  copy->second = g_strdup (self->second);
}

void
msm_pane_view_clear (MsmPaneView *self)
{
  g_clear_pointer (&self->source, g_free);
  g_clear_pointer (&self->second, g_free);
}

static void
apply_style (MsmPane *self, const MsmSourceStyle *style)
{
  MsmViewport *viewport = MSM_VIEWPORT (self->viewport);
  int mode = self->view.mode >= 0 ? self->view.mode : style->has_mode ? (int) style->mode : -1;
  gboolean is_phase = mode == MSM_RENDER_PHASE;

  if (mode >= 0)
    msm_viewport_set_render_mode (viewport, (MsmRenderMode) mode);
  else
    msm_viewport_unset_render_mode (viewport);
  msm_viewport_set_colormap (viewport, is_phase ? MSM_COLORMAP_PHASE : style->colormap);
  msm_viewport_set_own_window (viewport, style->own_window || (self->view.mode >= 0 && !style->has_mode));
  msm_viewport_set_from_zero (viewport, style->from_zero);
  msm_viewport_set_nearest (viewport, style->nearest);
  if (is_phase)
    msm_viewport_set_window (viewport, -G_PI, G_PI);
}

static void
show_title (MsmPane *self, const char *title)
{
  g_autofree char *text = NULL;

  if (self->view.mode == MSM_RENDER_PHASE)
    /* Translators: the phase of an image */
    text = g_strdup_printf (_("%s: phase"), title);
  else
    text = g_strdup (title);
  if (g_strcmp0 (msm_viewport_get_title (MSM_VIEWPORT (self->viewport)), text) == 0)
    return; /* a new label would be laid out anew */
  msm_viewport_set_title (MSM_VIEWPORT (self->viewport), text);
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->button), text);
}

static void
show_metrics (MsmPane *self, const MsmSourceImage *image)
{
  g_autofree char *text = NULL;

  if (image->frame != NULL && image->frame->has_metrics && image->tensor == image->frame->images[0].tensor)
    text = msm_metrics_brief (&image->frame->metrics, MSM_METRIC_STEPS);
  msm_viewport_set_subtitle (MSM_VIEWPORT (self->viewport), text);
}

static void
show_second (MsmPane *self)
{
  g_auto (MsmSourceImage) image = { NULL };

  if (self->view.compare == MSM_COMPARE_NONE || self->view.second == NULL)
    {
      msm_viewport_set_compare (MSM_VIEWPORT (self->viewport), MSM_COMPARE_NONE);
      return;
    }
  msm_source_resolve (self->session, self->view.second, &image);
  if (image.tensor != self->shown_second)
    msm_viewport_set_second (MSM_VIEWPORT (self->viewport), image.tensor, 0, image.gain, image.title);
  self->shown_second = image.tensor;
  msm_viewport_set_compare (MSM_VIEWPORT (self->viewport),
                            image.tensor != NULL ? self->view.compare : MSM_COMPARE_NONE);
}

void
msm_pane_update (MsmPane *self)
{
  MsmScan *scan = msm_session_get_scan (self->session);
  MsmViewport *viewport = MSM_VIEWPORT (self->viewport);
  g_auto (MsmSourceImage) image = { NULL };

  if (self->view.source == NULL)
    return;
  msm_source_resolve (self->session, self->view.source, &image);
  show_title (self, image.title);
  show_metrics (self, &image);
  if (image.tensor == NULL)
    msm_viewport_set_empty_text (viewport, msm_source_empty_text (self->session, self->view.source));
  msm_viewport_set_gain (viewport, image.gain);
  if (image.tensor != self->shown)
    {
      /* What a prior makes lies nowhere in the scan that happens to be open. */
      gboolean is_placed = image.style->is_image && (image.run == NULL || !msm_run_item_is_generated (image.run));
      gboolean has_spacing = is_placed && scan != NULL && scan->spacing_mm[0] > 0;
      char edges[5];

      self->shown = image.tensor;
      msm_viewport_set_edges (viewport, is_placed && msm_session_get_edges (self->session, edges) ? edges : NULL);
      msm_viewport_set_image (viewport, image.tensor, 0, has_spacing ? scan->spacing_mm : NULL);
    }
  show_second (self);
}

/* ---- the menu ---- */

static void
append_choice (GMenu *menu, const char *label, const char *action, int value)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "i", value);
  g_menu_append_item (menu, item);
}

static void
create_menu (GtkMenuButton *button, gpointer data)
{
  MsmPane *self = data;
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) more = g_menu_new ();
  g_autoptr (GMenu) mode = g_menu_new ();
  g_autoptr (GMenu) compare = g_menu_new ();
  g_autoptr (GMenuModel) sources = msm_source_menu (self->session, "pane.source");
  g_autoptr (GMenuModel) seconds = msm_source_menu (self->session, "pane.second");

  append_choice (mode, _("As the window"), "pane.mode", -1);
  append_choice (mode, _("Magnitude"), "pane.mode", MSM_RENDER_MAGNITUDE);
  append_choice (mode, _("Phase"), "pane.mode", MSM_RENDER_PHASE);
  append_choice (mode, _("Real part"), "pane.mode", MSM_RENDER_REAL);
  append_choice (mode, _("Imaginary part"), "pane.mode", MSM_RENDER_IMAGINARY);
  append_choice (mode, _("Complex colour"), "pane.mode", MSM_RENDER_COMPLEX);
  append_choice (mode, _("Logarithm"), "pane.mode", MSM_RENDER_LOG);
  append_choice (compare, _("Not compared"), "pane.compare", MSM_COMPARE_NONE);
  append_choice (compare, _("Split (drag the divider)"), "pane.compare", MSM_COMPARE_SPLIT);
  append_choice (compare, _("In turn"), "pane.compare", MSM_COMPARE_FLICKER);
  append_choice (compare, _("Difference × 5"), "pane.compare", MSM_COMPARE_DIFFERENCE);
  g_menu_append_submenu (more, _("Shown as"), G_MENU_MODEL (mode));
  g_menu_append_submenu (more, _("Compare with"), seconds);
  g_menu_append_submenu (more, _("Compare by"), G_MENU_MODEL (compare));
  g_menu_append_section (menu, NULL, sources);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (more));
  /* Nested: sliding menus name their pages by the labels, and a run is listed for both pictures. */
  gtk_menu_button_set_popover (button,
                               gtk_popover_menu_new_from_model_full (G_MENU_MODEL (menu), GTK_POPOVER_MENU_NESTED));
}

static void
view_changed (MsmPane *self)
{
  GActionMap *map = G_ACTION_MAP (self->actions);

  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "source")),
                             g_variant_new_string (self->view.source));
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "second")),
                             g_variant_new_string (self->view.second != NULL ? self->view.second : ""));
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "mode")),
                             g_variant_new_int32 (self->view.mode));
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "compare")),
                             g_variant_new_int32 ((gint32) self->view.compare));
}

static void
choose (MsmPane *self, const MsmPaneView *view)
{
  msm_pane_set_view (self, view);
  g_signal_emit (self, signals[VIEW_CHANGED], 0);
}

static void
change_source (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmPane *self = data;
  MsmPaneView view = self->view;

  view.source = (char *) g_variant_get_string (value, NULL);
  view.mode = -1;
  choose (self, &view);
}

static void
change_second (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmPane *self = data;
  MsmPaneView view = self->view;

  view.second = (char *) g_variant_get_string (value, NULL);
  if (view.compare == MSM_COMPARE_NONE)
    view.compare = MSM_COMPARE_SPLIT;
  choose (self, &view);
}

static void
change_mode (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmPane *self = data;
  MsmPaneView view = self->view;

  view.mode = CLAMP (g_variant_get_int32 (value), -1, MSM_RENDER_LOG);
  choose (self, &view);
}

static void
change_compare (GSimpleAction *action, GVariant *value, gpointer data)
{
  MsmPane *self = data;
  MsmPaneView view = self->view;

  view.compare = (MsmCompare) CLAMP (g_variant_get_int32 (value), MSM_COMPARE_NONE, MSM_COMPARE_DIFFERENCE);
  if (view.second == NULL)
    view.second = (char *) (msm_session_is_fully_sampled (self->session) ? "reference" : "zero-filled");
  choose (self, &view);
}

/* ---- the object ---- */

static void
msm_pane_dispose (GObject *object)
{
  MsmPane *self = MSM_PANE (object);

  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (msm_pane_parent_class)->dispose (object);
}

static void
msm_pane_finalize (GObject *object)
{
  msm_pane_view_clear (&MSM_PANE (object)->view);
  G_OBJECT_CLASS (msm_pane_parent_class)->finalize (object);
}

static void
msm_pane_class_init (MsmPaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = msm_pane_finalize;
  signals[VIEW_CHANGED] =
      g_signal_new ("view-changed", MSM_TYPE_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
msm_pane_init (MsmPane *self)
{
  static const GActionEntry entries[] = {
    { "source", NULL, "s", "''", change_source },
    { "second", NULL, "s", "''", change_second },
    { "mode", NULL, "i", "-1", change_mode },
    { "compare", NULL, "i", "0", change_compare },
  };

  self->view.mode = -1;
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "pane", G_ACTION_GROUP (self->actions));
}

GtkWidget *
msm_pane_new (MsmSession *session, MsmViewportModel *model)
{
  MsmPane *self = g_object_new (MSM_TYPE_PANE, NULL);
  GtkWidget *overlay = gtk_overlay_new ();

  self->session = g_object_ref (session);
  self->viewport = msm_viewport_new (model);
  msm_viewport_set_hide_title (MSM_VIEWPORT (self->viewport), TRUE);
  self->button = gtk_menu_button_new ();
  gtk_widget_set_halign (self->button, GTK_ALIGN_START);
  gtk_widget_set_valign (self->button, GTK_ALIGN_START);
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_add_css_class (self->button, "msm-pane-title");
  gtk_widget_set_tooltip_text (self->button, _("What this pane shows, how, and against what"));
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (self->button), create_menu, self, NULL);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), self->viewport);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->button);
  gtk_widget_set_hexpand (overlay, TRUE);
  gtk_widget_set_vexpand (overlay, TRUE);
  gtk_box_append (GTK_BOX (self), overlay);
  return GTK_WIDGET (self);
}

MsmViewport *
msm_pane_get_viewport (MsmPane *self)
{
  return MSM_VIEWPORT (self->viewport);
}

const MsmPaneView *
msm_pane_get_view (MsmPane *self)
{
  return &self->view;
}

void
msm_pane_set_view (MsmPane *self, const MsmPaneView *view)
{
  g_auto (MsmSourceImage) image = { NULL };
  MsmPaneView copy;

  msm_pane_view_copy (view, &copy); /* it may be this pane's own */
  msm_pane_view_clear (&self->view);
  self->view = copy;
  msm_source_resolve (self->session, self->view.source, &image);
  apply_style (self, image.style);
  view_changed (self);
  msm_pane_update (self);
}
