#include "config.h"

#include "ui/window/pane-grid.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/session/export.h"
#include "core/base/error.h"
#include "ui/window/pane.h"
#include "ui/window/source.h"

#define N_PANES 9

/* What is looked at, each with what was chosen for it: an operator has no k-space, generation no measurement. */
enum
{
  KIND_SAMPLING,
  KIND_OPERATOR,
  KIND_GENERATION,
  N_KINDS
};

/* "source" or "source:mode" */
static const struct
{
  const char *title;
  guint n_rows, n_columns;
  const char *sources[N_KINDS][N_PANES]; /* none: those of sampling */
} layouts[MSM_N_LAYOUTS] = {
  [MSM_LAYOUT_1X1] = { N_("One pane"), 1, 1, { { "estimate" } } },
  [MSM_LAYOUT_2X2] = { N_("Four panes"),
                       2,
                       2,
                       { { "zero-filled", "estimate", "reference", "error" },
                         [KIND_GENERATION] = { "z", "estimate", "coverage", "uncertainty" } } },
  [MSM_LAYOUT_2X3] = { N_("Six panes"),
                       2,
                       3,
                       { { "zero-filled", "estimate", "reference", "kspace", "estimate:phase", "error" },
                         { "zero-filled", "estimate", "reference", "z", "nullspace", "error" },
                         { "z", "estimate", "local-1", "coverage", "sample", "uncertainty" } } },
  [MSM_LAYOUT_3X3] = { N_("Nine panes"),
                       3,
                       3,
                       { { "zero-filled", "z", "estimate", "local-1", "local-2", "local-3", "reference", "error",
                           "uncertainty" } } },
  [MSM_LAYOUT_TRAJECTORY] = { N_("Trajectory"),
                              2,
                              4,
                              { { "z", "estimate", "error", "coverage", "local-1", "local-2", "local-3",
                                  "nullspace" } } },
  [MSM_LAYOUT_COMPARE] = { N_("Compare"), 1, 1, { { "estimate" } } },
};

struct _MsmPaneGrid
{
  GtkBox parent_instance;
  MsmSession *session;
  MsmViewportModel *model;
  GtkWidget *leader; /* never drawn: its picture's automatic window is everybody's */
  GtkWidget *grid;
  GtkWidget *panes[N_PANES];
  MsmPaneView views[N_KINDS][MSM_N_LAYOUTS][N_PANES];
  guint kind;
  guint selected;
  MsmLayout layout;
  MsmLayout layout_before; /* a pane was maximised */
};

G_DEFINE_FINAL_TYPE (MsmPaneGrid, msm_pane_grid, GTK_TYPE_BOX)

enum
{
  WINDOW_CHANGED,
  ROI_CHANGED,
  TOOL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static guint
n_shown (MsmPaneGrid *self)
{
  return layouts[self->layout].n_rows * layouts[self->layout].n_columns;
}

static MsmViewport *
viewport_at (MsmPaneGrid *self, guint place)
{
  return msm_pane_get_viewport (MSM_PANE (self->panes[place]));
}

static void
emit_roi (MsmPaneGrid *self)
{
  g_signal_emit (self, signals[ROI_CHANGED], 0);
}

static void
on_model_changed (MsmViewportModel *model, guint what, MsmPaneGrid *self)
{
  if ((what & (MSM_SYNC_ROI | MSM_SYNC_MODE)) != 0)
    emit_roi (self);
  if ((what & MSM_SYNC_TOOL) != 0)
    g_signal_emit (self, signals[TOOL_CHANGED], 0);
}

static void
select_pane (MsmPaneGrid *self, guint place)
{
  self->selected = MIN (place, n_shown (self) - 1);
  for (guint i = 0; i < N_PANES; i++)
    msm_pane_set_selected (MSM_PANE (self->panes[i]), i == self->selected && n_shown (self) > 1);
  g_signal_emit (self, signals[WINDOW_CHANGED], 0);
  emit_roi (self);
}

static void
arrange (MsmPaneGrid *self)
{
  const guint n_columns = layouts[self->layout].n_columns;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  /* A pane that is taken out gives the focus to some other: it follows the selection. */
  gboolean has_focus = focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self));

  for (guint i = 0; i < N_PANES; i++)
    if (gtk_widget_get_parent (self->panes[i]) != NULL)
      gtk_grid_remove (GTK_GRID (self->grid), self->panes[i]);
  for (guint i = 0; i < n_shown (self); i++)
    {
      gtk_grid_attach (GTK_GRID (self->grid), self->panes[i], (int) (i % n_columns), (int) (i / n_columns), 1, 1);
      msm_pane_set_view (MSM_PANE (self->panes[i]), &self->views[self->kind][self->layout][i]);
    }
  select_pane (self, self->selected);
  if (has_focus)
    msm_pane_grid_focus (self);
}

static guint
place_of (MsmPaneGrid *self, MsmPane *pane)
{
  for (guint i = 0; i < N_PANES; i++)
    if (self->panes[i] == GTK_WIDGET (pane))
      return i;
  return 0;
}

static void
on_focused (MsmPane *pane, MsmPaneGrid *self)
{
  select_pane (self, place_of (self, pane));
}

static void
on_maximise (MsmPane *pane, MsmPaneGrid *self)
{
  MsmLayout before = self->layout;

  if (before != MSM_LAYOUT_1X1)
    {
      MsmPaneView *alone = &self->views[self->kind][MSM_LAYOUT_1X1][0];

      msm_pane_view_clear (alone);
      msm_pane_view_copy (msm_pane_get_view (pane), alone);
      self->layout_before = before;
    }
  self->layout = before == MSM_LAYOUT_1X1 ? self->layout_before : MSM_LAYOUT_1X1;
  arrange (self);
}

static void
on_window_changed (MsmViewport *viewport, double low, double high, MsmPaneGrid *self)
{
  if (viewport_at (self, self->selected) == viewport)
    g_signal_emit (self, signals[WINDOW_CHANGED], 0);
}

static void
on_slice_step (MsmViewport *viewport, int step, MsmPaneGrid *self)
{
  gssize slice = (gssize) msm_session_get_slice (self->session) + step;

  if (slice >= 0)
    msm_session_set_slice (self->session, (gsize) slice);
}

/* What was chosen for a place is still there when the arrangement comes back. */
static void
on_view_changed (MsmPane *pane, MsmPaneGrid *self)
{
  MsmPaneView *view = &self->views[self->kind][self->layout][place_of (self, pane)];

  msm_pane_view_clear (view);
  msm_pane_view_copy (msm_pane_get_view (pane), view);
  g_signal_emit (self, signals[WINDOW_CHANGED], 0);
  emit_roi (self);
}

static void
update (MsmPaneGrid *self)
{
  for (guint i = 0; i < n_shown (self); i++)
    msm_pane_update (MSM_PANE (self->panes[i]));
  /* A window that follows its picture is another one now. */
  g_signal_emit (self, signals[WINDOW_CHANGED], 0);
  emit_roi (self);
}

/* The whole measurement's image sets the window, whatever the panes show; else what was measured of it. */
static void
show_leader (MsmPaneGrid *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);
  const char *source = run != NULL && msm_run_item_is_generated (run) ? "estimate"
                       : msm_session_is_fully_sampled (self->session) ? "reference"
                                                                      : "zero-filled";
  g_auto (MsmSourceImage) image = { NULL };
  gsize plane;

  msm_source_resolve (self->session, source, &image);
  msm_viewport_set_gain (MSM_VIEWPORT (self->leader), image.gain);
  if (image.tensor != msm_viewport_get_image (MSM_VIEWPORT (self->leader), &plane))
    msm_viewport_set_image (MSM_VIEWPORT (self->leader), image.tensor, 0, NULL);
}

static void
set_compare (MsmPaneGrid *self, const char *first, const char *second)
{
  for (guint kind = 0; kind < N_KINDS; kind++)
    {
      MsmPaneView *view = &self->views[kind][MSM_LAYOUT_COMPARE][0];

      g_free (view->source);
      g_free (view->second);
      view->source = g_strdup (first);
      view->second = g_strdup (second);
      view->compare = MSM_COMPARE_SPLIT;
    }
}

/* Against what there is: an undersampled scan has no reference. */
static void
reset_compare (MsmPaneGrid *self)
{
  set_compare (self, "estimate", msm_session_is_fully_sampled (self->session) ? "reference" : "zero-filled");
}

static void
on_scan_changed (MsmSession *session, MsmPaneGrid *self)
{
  msm_viewport_model_reset (self->model);
  msm_viewport_model_set_roi (self->model, &(MsmRoi){ MSM_ROI_NONE });
  reset_compare (self);
  show_leader (self);
  arrange (self);
}

static void
on_preview_changed (MsmSession *session, MsmPaneGrid *self)
{
  guint kind = msm_session_is_generating (session) ? KIND_GENERATION
               : msm_session_is_sampling (session) ? KIND_SAMPLING
                                                   : KIND_OPERATOR;

  show_leader (self);
  if (kind == self->kind)
    update (self);
  else
    {
      self->kind = kind;
      arrange (self);
    }
}

static void
on_run (MsmSession *session, MsmPaneGrid *self)
{
  show_leader (self);
  update (self);
}

static void
parse_view (const char *text, MsmPaneView *view)
{
  const char *colon = strchr (text, ':');
  MsmRenderMode mode;

  *view = (MsmPaneView){ .mode = -1 };
  view->source = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  if (colon != NULL && msm_render_mode_from_name (colon + 1, &mode))
    view->mode = (int) mode;
}

static void
msm_pane_grid_dispose (GObject *object)
{
  MsmPaneGrid *self = MSM_PANE_GRID (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  for (guint i = 0; i < N_PANES; i++)
    if (self->panes[i] != NULL)
      {
        g_signal_handlers_disconnect_by_data (self->panes[i], self);
        g_signal_handlers_disconnect_by_data (viewport_at (self, i), self);
      }
  for (guint i = 0; i < N_PANES; i++)
    g_clear_object (&self->panes[i]);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->leader);
  g_clear_object (&self->session);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (msm_pane_grid_parent_class)->dispose (object);
}

static void
msm_pane_grid_finalize (GObject *object)
{
  MsmPaneGrid *self = MSM_PANE_GRID (object);

  for (guint kind = 0; kind < N_KINDS; kind++)
    for (guint l = 0; l < MSM_N_LAYOUTS; l++)
      for (guint i = 0; i < N_PANES; i++)
        msm_pane_view_clear (&self->views[kind][l][i]);
  G_OBJECT_CLASS (msm_pane_grid_parent_class)->finalize (object);
}

static void
msm_pane_grid_class_init (MsmPaneGridClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_pane_grid_dispose;
  G_OBJECT_CLASS (klass)->finalize = msm_pane_grid_finalize;
  signals[WINDOW_CHANGED] =
      g_signal_new ("window-changed", MSM_TYPE_PANE_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[ROI_CHANGED] =
      g_signal_new ("roi-changed", MSM_TYPE_PANE_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TOOL_CHANGED] =
      g_signal_new ("tool-changed", MSM_TYPE_PANE_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
msm_pane_grid_init (MsmPaneGrid *self)
{
  self->model = msm_viewport_model_new ();
  self->layout = self->layout_before = MSM_LAYOUT_2X3;
  self->selected = 1;
  self->leader = g_object_ref_sink (msm_viewport_new (self->model));
  msm_viewport_set_window_leader (MSM_VIEWPORT (self->leader), TRUE);
  self->grid = gtk_grid_new ();
  gtk_grid_set_row_homogeneous (GTK_GRID (self->grid), TRUE);
  gtk_grid_set_column_homogeneous (GTK_GRID (self->grid), TRUE);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 2);
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 2);
  gtk_widget_set_hexpand (self->grid, TRUE);
  gtk_widget_set_vexpand (self->grid, TRUE);
  gtk_box_append (GTK_BOX (self), self->grid);
}

GtkWidget *
msm_pane_grid_new (MsmSession *session)
{
  MsmPaneGrid *self = g_object_new (MSM_TYPE_PANE_GRID, NULL);

  self->session = g_object_ref (session);
  for (guint i = 0; i < N_PANES; i++)
    {
      MsmViewport *viewport;

      self->panes[i] = g_object_ref_sink (msm_pane_new (session, self->model));
      viewport = viewport_at (self, i);
      g_signal_connect (self->panes[i], "focused", G_CALLBACK (on_focused), self);
      g_signal_connect (self->panes[i], "maximise", G_CALLBACK (on_maximise), self);
      g_signal_connect (viewport, "window-changed", G_CALLBACK (on_window_changed), self);
      g_signal_connect (viewport, "slice-step", G_CALLBACK (on_slice_step), self);
      g_signal_connect (self->panes[i], "view-changed", G_CALLBACK (on_view_changed), self);
    }
  for (guint l = 0; l < MSM_N_LAYOUTS; l++)
    for (guint i = 0; i < layouts[l].n_rows * layouts[l].n_columns; i++)
      for (guint kind = 0; kind < N_KINDS; kind++)
        {
          const char *source = layouts[l].sources[kind][i];

          parse_view (source != NULL ? source : layouts[l].sources[KIND_SAMPLING][i], &self->views[kind][l][i]);
        }
  reset_compare (self);
  arrange (self);
  g_signal_connect (self->model, "changed", G_CALLBACK (on_model_changed), self);
  g_signal_connect (session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  g_signal_connect (session, "preview-changed", G_CALLBACK (on_preview_changed), self);
  g_signal_connect (session, "slice-changed", G_CALLBACK (on_preview_changed), self);
  g_signal_connect (session, "method-changed", G_CALLBACK (on_preview_changed), self);
  g_signal_connect (session, "busy-changed", G_CALLBACK (on_preview_changed), self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run), self);
  g_signal_connect (session, "position-changed", G_CALLBACK (on_run), self);
  return GTK_WIDGET (self);
}

const char *
msm_layout_title (MsmLayout layout)
{
  return _(layouts[layout].title);
}

void
msm_pane_grid_set_layout (MsmPaneGrid *self, MsmLayout layout)
{
  self->layout = layout;
  if (layout != MSM_LAYOUT_1X1)
    self->layout_before = layout;
  arrange (self);
}

MsmLayout
msm_pane_grid_get_layout (MsmPaneGrid *self)
{
  return self->layout;
}

void
msm_pane_grid_set_mode (MsmPaneGrid *self, MsmRenderMode mode)
{
  msm_viewport_model_set_mode (self->model, mode);
}

void
msm_pane_grid_set_sync (MsmPaneGrid *self, MsmSyncFlags sync)
{
  msm_viewport_model_set_sync (self->model, sync);
}

MsmSyncFlags
msm_pane_grid_get_sync (MsmPaneGrid *self)
{
  return msm_viewport_model_get_sync (self->model);
}

void
msm_pane_grid_set_tool (MsmPaneGrid *self, const MsmTool *tool)
{
  msm_viewport_model_set_tool (self->model, tool);
}

const MsmTool *
msm_pane_grid_get_tool (MsmPaneGrid *self)
{
  return msm_viewport_model_get_tool (self->model);
}

void
msm_pane_grid_compare (MsmPaneGrid *self, const char *first, const char *second)
{
  set_compare (self, first, second);
  arrange (self);
}

const MsmRoi *
msm_pane_grid_get_roi (MsmPaneGrid *self)
{
  return msm_viewport_model_get_roi (self->model);
}

void
msm_pane_grid_show_layer (MsmPaneGrid *self, guint layer, gboolean show)
{
  guint hidden = msm_viewport_model_get_hidden_layers (self->model);

  msm_viewport_model_set_hidden_layers (self->model, show ? hidden & ~(1u << layer) : hidden | 1u << layer);
}

gboolean
msm_pane_grid_hides_layer (MsmPaneGrid *self, guint layer)
{
  return (msm_viewport_model_get_hidden_layers (self->model) & 1u << layer) != 0;
}

void
msm_pane_grid_auto_window (MsmPaneGrid *self)
{
  for (guint i = 0; i < n_shown (self); i++)
    if (msm_viewport_get_render_mode (viewport_at (self, i)) != MSM_RENDER_PHASE)
      msm_viewport_auto_window (viewport_at (self, i));
}

void
msm_pane_grid_reset_view (MsmPaneGrid *self)
{
  msm_viewport_model_reset (self->model);
  msm_viewport_model_set_roi (self->model, &(MsmRoi){ MSM_ROI_NONE });
}

void
msm_pane_grid_get_window (MsmPaneGrid *self, double *low, double *high)
{
  msm_viewport_get_window (viewport_at (self, self->selected), low, high);
}

void
msm_pane_grid_set_window (MsmPaneGrid *self, double low, double high)
{
  msm_viewport_set_window (viewport_at (self, self->selected), low, high);
}

void
msm_pane_grid_focus (MsmPaneGrid *self)
{
  msm_pane_focus (MSM_PANE (self->panes[self->selected]));
}

void
msm_pane_grid_next (MsmPaneGrid *self)
{
  select_pane (self, (self->selected + 1) % n_shown (self));
  msm_pane_grid_focus (self);
}

MsmViewport *
msm_pane_grid_get_viewport (MsmPaneGrid *self, guint place)
{
  return place < n_shown (self) ? viewport_at (self, place) : NULL;
}

MsmViewport *
msm_pane_grid_get_selected (MsmPaneGrid *self)
{
  return viewport_at (self, self->selected);
}

void
msm_pane_grid_activate (MsmPaneGrid *self, const char *action, GVariant *value)
{
  g_autofree char *name = g_strconcat ("pane.", action, NULL);

  gtk_widget_activate_action_variant (self->panes[self->selected], name, value);
}

char *
msm_pane_grid_selected_name (MsmPaneGrid *self)
{
  const MsmPaneView *view = msm_pane_get_view (MSM_PANE (self->panes[self->selected]));

  return g_strdelimit (g_strdup (view->source), "@", '-');
}

gboolean
msm_pane_grid_export (MsmPaneGrid *self, const char *path, GError **error)
{
  const MsmPaneView *view = msm_pane_get_view (MSM_PANE (self->panes[self->selected]));
  MsmViewport *viewport = viewport_at (self, self->selected);
  g_auto (MsmSourceImage) image = { NULL };
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree guint8 *pixels = NULL;
  g_autofree char *text = NULL;
  gsize plane, n_rows, n_columns;

  msm_source_resolve (self->session, view->source, &image);
  if (msm_viewport_get_image (viewport, &plane) == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the pane “%s” shows nothing to export"), image.title);
      return FALSE;
    }
  /* The pane's own pixels: its window, colours, gain and comparison included. */
  texture = msm_viewport_get_texture (viewport);
  n_rows = (gsize) gdk_texture_get_height (texture);
  n_columns = (gsize) gdk_texture_get_width (texture);
  pixels = g_malloc (4 * n_rows * n_columns);
  gdk_texture_download (texture, pixels, 4 * n_columns);
  if (image.frame != NULL && (text = msm_session_describe_run (image.run, image.frame->info.step, path, error)) == NULL)
    return FALSE;
  return msm_export_png (path, pixels, n_rows, n_columns, text, error);
}
