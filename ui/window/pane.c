#include "config.h"

#include "ui/window/pane.h"

#include <glib/gi18n.h>

#define MAX_KINDS 8

struct _MsmPane
{
  GtkBox parent_instance;
  MsmSession *session;
  MsmViewportModel *model;
  GtkWidget *stack;
  GtkWidget *contents[MAX_KINDS]; /* at the places of msm_pane_kinds (); NULL: not needed so far */
  guint kind;
  guint picture; /* the kind whose content is the viewport */
  GtkWidget *button;
  char *title;
  GSimpleActionGroup *actions;
  MsmPaneView view;
};

G_DEFINE_FINAL_TYPE (MsmPane, msm_pane, GTK_TYPE_BOX)

enum
{
  VIEW_CHANGED,
  FOCUSED,
  MAXIMISE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static const MsmPaneKind *
kind_now (MsmPane *self)
{
  return msm_pane_kinds ()[self->kind];
}

static GtkWidget *
content_of (MsmPane *self, guint kind)
{
  const MsmPaneKind *klass = msm_pane_kinds ()[kind];

  if (self->contents[kind] == NULL)
    {
      self->contents[kind] = klass->create (self->session, self->model);
      gtk_stack_add_named (GTK_STACK (self->stack), self->contents[kind], klass->name);
    }
  return self->contents[kind];
}

static void
show_title (MsmPane *self)
{
  g_autofree char *title = kind_now (self)->title (self->session, &self->view);

  if (g_strcmp0 (self->title, title) == 0)
    return; /* a new label would be laid out anew */
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->button), title);
  g_free (self->title);
  self->title = g_steal_pointer (&title);
}

void
msm_pane_update (MsmPane *self)
{
  if (self->view.source == NULL)
    return;
  show_title (self);
  if (kind_now (self)->update != NULL)
    kind_now (self)->update (content_of (self, self->kind), self->session, &self->view);
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
  g_autoptr (GMenu) seconds = g_menu_new ();

  for (const MsmPaneKind *const *kind = msm_pane_kinds (); *kind != NULL; kind++)
    {
      (*kind)->append_sources (self->session, menu, "pane.source");
      if (((*kind)->flags & MSM_PANE_COMPARES) != 0)
        (*kind)->append_sources (self->session, seconds, "pane.second");
    }
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
  g_menu_append_submenu (more, _("Compare with"), G_MENU_MODEL (seconds));
  g_menu_append_submenu (more, _("Compare by"), G_MENU_MODEL (compare));
  if ((kind_now (self)->flags & MSM_PANE_COMPARES) != 0)
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
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, MsmPane *self)
{
  g_signal_emit (self, signals[FOCUSED], 0);
  if (n_press == 2 && (kind_now (self)->flags & MSM_PANE_MAXIMISES) != 0)
    g_signal_emit (self, signals[MAXIMISE], 0);
}

static void
on_viewport_maximise (MsmViewport *viewport, MsmPane *self)
{
  g_signal_emit (self, signals[MAXIMISE], 0);
}

static void
msm_pane_dispose (GObject *object)
{
  MsmPane *self = MSM_PANE (object);

  g_clear_object (&self->session);
  g_clear_object (&self->model);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (msm_pane_parent_class)->dispose (object);
}

static void
msm_pane_finalize (GObject *object)
{
  msm_pane_view_clear (&MSM_PANE (object)->view);
  g_free (MSM_PANE (object)->title);
  G_OBJECT_CLASS (msm_pane_parent_class)->finalize (object);
}

static void
msm_pane_class_init (MsmPaneClass *klass)
{
  static const char *const names[N_SIGNALS] = { "view-changed", "focused", "maximise" };

  G_OBJECT_CLASS (klass)->dispose = msm_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = msm_pane_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], MSM_TYPE_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
  GtkGesture *click = gtk_gesture_click_new ();

  self->session = g_object_ref (session);
  self->model = g_object_ref (model);
  self->stack = gtk_stack_new ();
  for (self->picture = 0; msm_pane_kinds ()[self->picture + 1] != NULL;)
    self->picture++;
  g_assert (self->picture < MAX_KINDS);
  self->kind = self->picture;
  g_signal_connect (content_of (self, self->picture), "maximise", G_CALLBACK (on_viewport_maximise), self);
  self->button = gtk_menu_button_new ();
  gtk_widget_set_halign (self->button, GTK_ALIGN_START);
  gtk_widget_set_valign (self->button, GTK_ALIGN_START);
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_add_css_class (self->button, "msm-pane-title");
  gtk_widget_set_tooltip_text (self->button, _("What this pane shows, how, and against what"));
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (self->button), create_menu, self, NULL);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), self->stack);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->button);
  gtk_widget_add_css_class (overlay, "msm-pane");
  gtk_widget_set_hexpand (overlay, TRUE);
  gtk_widget_set_vexpand (overlay, TRUE);
  gtk_box_append (GTK_BOX (self), overlay);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  return GTK_WIDGET (self);
}

MsmViewport *
msm_pane_get_viewport (MsmPane *self)
{
  return MSM_VIEWPORT (self->contents[self->picture]);
}

const MsmPaneView *
msm_pane_get_view (MsmPane *self)
{
  return &self->view;
}

void
msm_pane_set_view (MsmPane *self, const MsmPaneView *view)
{
  MsmPaneView copy;
  GtkWidget *content;

  msm_pane_view_copy (view, &copy); /* it may be this pane's own */
  msm_pane_view_clear (&self->view);
  self->view = copy;
  self->kind = msm_pane_kind_of (self->view.source);
  content = content_of (self, self->kind);
  gtk_stack_set_visible_child (GTK_STACK (self->stack), content);
  if (self->kind != self->picture)
    msm_viewport_set_image (msm_pane_get_viewport (self), NULL, 0, NULL);
  if (kind_now (self)->set_view != NULL)
    kind_now (self)->set_view (content, self->session, &self->view);
  view_changed (self);
  msm_pane_update (self);
}

void
msm_pane_set_selected (MsmPane *self, gboolean selected)
{
  GtkWidget *overlay = gtk_widget_get_first_child (GTK_WIDGET (self));

  msm_viewport_set_selected (msm_pane_get_viewport (self), selected);
  if (selected)
    gtk_widget_add_css_class (overlay, "msm-selected");
  else
    gtk_widget_remove_css_class (overlay, "msm-selected");
}

void
msm_pane_focus (MsmPane *self)
{
  GtkWidget *content = content_of (self, self->kind);

  if (!gtk_widget_grab_focus (content))
    gtk_widget_child_focus (content, GTK_DIR_TAB_FORWARD);
}
