#include "config.h"

#include "ui/window/pane-grid.h"

#include <glib/gi18n.h>

#include "app/session/export.h"
#include "core/base/error.h"
#include "ui/widgets/viewport.h"

#define ERROR_GAIN 5.0

struct _MsmPaneGrid
{
  GtkBox            parent_instance;
  MsmSession       *session;
  MsmViewportModel *model;
  GtkWidget        *grid;
  GtkWidget        *panes[MSM_N_PANES];
  MsmFrame         *shown; /* whose images the panes show */
  MsmPane           selected;
  MsmLayout         layout;
  MsmLayout         layout_before; /* a pane was maximised */
};

G_DEFINE_FINAL_TYPE (MsmPaneGrid, msm_pane_grid, GTK_TYPE_BOX)

enum { WINDOW_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static const struct
{
  const char *name;
  const char *title;
} pane_info[MSM_N_PANES] = {
  { "zero-filled", N_("Zero-filled") }, { "estimate", N_("Estimate") },
  { "reference", N_("Reference") },     { "error", N_("Error × 5") },
  { "kspace", N_("k-space (log)") },    { "phase", N_("Phase of the estimate") },
};

static void
arrange (MsmPaneGrid *self)
{
  static const MsmPane four[4] = { MSM_PANE_ZERO_FILLED, MSM_PANE_ESTIMATE, MSM_PANE_REFERENCE,
                                   MSM_PANE_ERROR };
  static const MsmPane six[6] = { MSM_PANE_ZERO_FILLED, MSM_PANE_ESTIMATE, MSM_PANE_REFERENCE,
                                  MSM_PANE_KSPACE,      MSM_PANE_PHASE,    MSM_PANE_ERROR };
  const MsmPane *shown = self->layout == MSM_LAYOUT_1X1   ? &self->selected
                         : self->layout == MSM_LAYOUT_2X2 ? four
                                                          : six;
  int n = self->layout == MSM_LAYOUT_1X1 ? 1 : self->layout == MSM_LAYOUT_2X2 ? 4 : 6;
  int n_columns = n == 1 ? 1 : n / 2;

  for (int i = 0; i < MSM_N_PANES; i++)
    if (gtk_widget_get_parent (self->panes[i]) != NULL)
      gtk_grid_remove (GTK_GRID (self->grid), self->panes[i]);
  for (int i = 0; i < n; i++)
    gtk_grid_attach (GTK_GRID (self->grid), self->panes[shown[i]], i % n_columns, i / n_columns, 1, 1);
  if (gtk_widget_get_parent (self->panes[MSM_PANE_PHASE]) != NULL)
    msm_viewport_set_image (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]),
                            self->shown != NULL && self->shown->n_images > 0 ? self->shown->images[0].tensor
                                                                             : NULL,
                            0, NULL);
}

static void
select_pane (MsmPaneGrid *self,
             MsmPane      pane)
{
  self->selected = pane;
  for (int i = 0; i < MSM_N_PANES; i++)
    msm_viewport_set_selected (MSM_VIEWPORT (self->panes[i]), i == (int) pane);
  g_signal_emit (self, signals[WINDOW_CHANGED], 0);
}

static MsmPane
pane_of (MsmPaneGrid *self,
         GtkWidget   *viewport)
{
  for (int i = 0; i < MSM_N_PANES; i++)
    if (self->panes[i] == viewport)
      return (MsmPane) i;
  return MSM_PANE_ESTIMATE;
}

static void
on_focused (MsmViewport *viewport,
            MsmPaneGrid *self)
{
  select_pane (self, pane_of (self, GTK_WIDGET (viewport)));
}

static void
on_maximise (MsmViewport *viewport,
             MsmPaneGrid *self)
{
  MsmLayout before = self->layout;

  select_pane (self, pane_of (self, GTK_WIDGET (viewport)));
  self->layout = before == MSM_LAYOUT_1X1 ? self->layout_before : MSM_LAYOUT_1X1;
  if (before != MSM_LAYOUT_1X1)
    self->layout_before = before;
  arrange (self);
}

static void
on_window_changed (MsmViewport *viewport,
                   double       low,
                   double       high,
                   MsmPaneGrid *self)
{
  if (self->panes[self->selected] == GTK_WIDGET (viewport))
    g_signal_emit (self, signals[WINDOW_CHANGED], 0);
}

static void
on_slice_step (MsmViewport *viewport,
               int          step,
               MsmPaneGrid *self)
{
  gssize slice = (gssize) msm_session_get_slice (self->session) + step;

  if (slice >= 0)
    msm_session_set_slice (self->session, (gsize) slice);
}

static void
set_image (MsmPaneGrid *self,
           MsmPane      pane,
           MsmTensor   *tensor,
           double       gain)
{
  MsmScan *scan = msm_session_get_scan (self->session);
  gboolean has_spacing = scan != NULL && scan->spacing_mm[0] > 0 && pane != MSM_PANE_KSPACE;

  msm_viewport_set_gain (MSM_VIEWPORT (self->panes[pane]), gain);
  msm_viewport_set_image (MSM_VIEWPORT (self->panes[pane]), tensor, 0,
                          has_spacing ? scan->spacing_mm : NULL);
}

/* The run belongs to what is looked at: another slice's estimate beside this reference would mislead. */
static MsmRunItem *
shown_run (MsmPaneGrid *self)
{
  MsmRunItem *run = msm_session_get_run (self->session);

  return run != NULL && msm_run_item_get_spec (run)->slice == msm_session_get_slice (self->session) ? run : NULL;
}

static void
show_run (MsmPaneGrid *self)
{
  MsmRunItem *run = shown_run (self);
  MsmFrame *frame = run != NULL ? msm_run_item_get_frame (run) : NULL;
  MsmTensor *estimate = frame != NULL && frame->n_images > 0 ? frame->images[0].tensor : NULL;
  MsmTensor *difference = frame != NULL ? msm_frame_find (frame, "error") : NULL;
  double scale = frame != NULL ? frame->scale : 1;

  if (frame == self->shown)
    return; /* a step without a frame */
  if (frame != NULL)
    msm_frame_ref (frame);
  g_clear_pointer (&self->shown, msm_frame_unref);
  self->shown = frame;
  set_image (self, MSM_PANE_ESTIMATE, estimate, scale);
  /* The phase costs the most to render: not while nobody sees it. */
  set_image (self, MSM_PANE_PHASE, gtk_widget_get_parent (self->panes[MSM_PANE_PHASE]) != NULL ? estimate : NULL, 1);
  set_image (self, MSM_PANE_ERROR, difference, ERROR_GAIN * scale);
  if (frame != NULL && frame->has_metrics)
    {
      g_autofree char *text = g_strdup_printf (_("%.2f dB · SSIM %.4f · NMSE %.4f"), frame->metrics.psnr,
                                               frame->metrics.ssim, frame->metrics.nmse);

      msm_viewport_set_subtitle (MSM_VIEWPORT (self->panes[MSM_PANE_ESTIMATE]), text);
    }
  else
    msm_viewport_set_subtitle (MSM_VIEWPORT (self->panes[MSM_PANE_ESTIMATE]), NULL);
}

static void
show_preview (MsmPaneGrid *self)
{
  const MsmPreview *preview = msm_session_get_preview (self->session);

  set_image (self, MSM_PANE_ZERO_FILLED, preview != NULL ? preview->zero_filled : NULL, 1);
  set_image (self, MSM_PANE_KSPACE, preview != NULL ? preview->kspace : NULL, 1);
  set_image (self, MSM_PANE_REFERENCE, preview != NULL ? preview->reference : NULL, 1);
}

static void
show_empty_texts (MsmPaneGrid *self)
{
  gboolean is_full = msm_session_is_fully_sampled (self->session);
  gboolean is_open = msm_session_get_scan (self->session) != NULL;
  const char *wait = is_open ? _("Loading…") : _("Open a file, or drop one here");
  const char *none = is_open && !is_full ? _("No reference: the scan is undersampled") : wait;
  const char *run = is_open ? _("Reconstruct to see it (Ctrl+R)") : wait;

  msm_viewport_set_empty_text (MSM_VIEWPORT (self->panes[MSM_PANE_ZERO_FILLED]), wait);
  msm_viewport_set_empty_text (MSM_VIEWPORT (self->panes[MSM_PANE_KSPACE]), wait);
  msm_viewport_set_empty_text (MSM_VIEWPORT (self->panes[MSM_PANE_ESTIMATE]), run);
  msm_viewport_set_empty_text (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]), run);
  msm_viewport_set_empty_text (MSM_VIEWPORT (self->panes[MSM_PANE_REFERENCE]), none);
  msm_viewport_set_empty_text (MSM_VIEWPORT (self->panes[MSM_PANE_ERROR]), is_full ? run : none);
}

static void
on_scan_changed (MsmSession  *session,
                 MsmPaneGrid *self)
{
  /* An undersampled scan has nothing to show as a reference: its zero-filled image leads the window. */
  gboolean is_full = msm_session_is_fully_sampled (session);

  msm_viewport_model_reset (self->model);
  msm_viewport_set_window_leader (MSM_VIEWPORT (self->panes[MSM_PANE_REFERENCE]), is_full);
  msm_viewport_set_window_leader (MSM_VIEWPORT (self->panes[MSM_PANE_ZERO_FILLED]), !is_full);
  show_empty_texts (self);
  show_preview (self);
  show_run (self);
}

static void
on_preview_changed (MsmSession  *session,
                    MsmPaneGrid *self)
{
  show_preview (self);
}

static void
on_run (MsmSession  *session,
        MsmPaneGrid *self)
{
  show_run (self);
}

static void
msm_pane_grid_dispose (GObject *object)
{
  MsmPaneGrid *self = MSM_PANE_GRID (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  for (int i = 0; i < MSM_N_PANES; i++)
    if (self->panes[i] != NULL)
      g_signal_handlers_disconnect_by_data (self->panes[i], self);
  for (int i = 0; i < MSM_N_PANES; i++)
    g_clear_object (&self->panes[i]);
  g_clear_pointer (&self->shown, msm_frame_unref);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (msm_pane_grid_parent_class)->dispose (object);
}

static void
msm_pane_grid_class_init (MsmPaneGridClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_pane_grid_dispose;
  signals[WINDOW_CHANGED] = g_signal_new ("window-changed", MSM_TYPE_PANE_GRID, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
msm_pane_grid_init (MsmPaneGrid *self)
{
  self->model = msm_viewport_model_new ();
  self->layout = MSM_LAYOUT_2X3;
  self->layout_before = MSM_LAYOUT_2X3;
  self->grid = gtk_grid_new ();
  gtk_grid_set_row_homogeneous (GTK_GRID (self->grid), TRUE);
  gtk_grid_set_column_homogeneous (GTK_GRID (self->grid), TRUE);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 2);
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 2);
  gtk_widget_set_hexpand (self->grid, TRUE);
  gtk_widget_set_vexpand (self->grid, TRUE);
  for (int i = 0; i < MSM_N_PANES; i++)
    {
      GtkWidget *pane = msm_viewport_new (self->model);

      self->panes[i] = g_object_ref_sink (pane);
      msm_viewport_set_title (MSM_VIEWPORT (pane), _(pane_info[i].title));
      gtk_widget_set_hexpand (pane, TRUE);
      gtk_widget_set_vexpand (pane, TRUE);
      gtk_accessible_update_property (GTK_ACCESSIBLE (pane), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _(pane_info[i].title), -1);
      g_signal_connect (pane, "focused", G_CALLBACK (on_focused), self);
      g_signal_connect (pane, "maximise", G_CALLBACK (on_maximise), self);
      g_signal_connect (pane, "window-changed", G_CALLBACK (on_window_changed), self);
      g_signal_connect (pane, "slice-step", G_CALLBACK (on_slice_step), self);
    }
  msm_viewport_set_render_mode (MSM_VIEWPORT (self->panes[MSM_PANE_KSPACE]), MSM_RENDER_LOG);
  msm_viewport_set_own_window (MSM_VIEWPORT (self->panes[MSM_PANE_KSPACE]), TRUE);
  msm_viewport_set_render_mode (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]), MSM_RENDER_PHASE);
  msm_viewport_set_own_window (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]), TRUE);
  msm_viewport_set_window (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]), -G_PI, G_PI);
  msm_viewport_set_colormap (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]), MSM_COLORMAP_PHASE);
  msm_viewport_set_show_color_bar (MSM_VIEWPORT (self->panes[MSM_PANE_PHASE]), TRUE);
  /* |error| × 5 on the scale of the images, so that its brightness means the same as theirs. */
  msm_viewport_set_render_mode (MSM_VIEWPORT (self->panes[MSM_PANE_ERROR]), MSM_RENDER_MAGNITUDE);
  msm_viewport_set_colormap (MSM_VIEWPORT (self->panes[MSM_PANE_ERROR]), MSM_COLORMAP_INFERNO);
  msm_viewport_set_show_color_bar (MSM_VIEWPORT (self->panes[MSM_PANE_ERROR]), TRUE);
  msm_viewport_set_window_leader (MSM_VIEWPORT (self->panes[MSM_PANE_REFERENCE]), TRUE);
  select_pane (self, MSM_PANE_ESTIMATE);
  gtk_box_append (GTK_BOX (self), self->grid);
  arrange (self);
}

GtkWidget *
msm_pane_grid_new (MsmSession *session)
{
  MsmPaneGrid *self = g_object_new (MSM_TYPE_PANE_GRID, NULL);

  self->session = g_object_ref (session);
  show_empty_texts (self);
  g_signal_connect (session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  g_signal_connect (session, "preview-changed", G_CALLBACK (on_preview_changed), self);
  g_signal_connect (session, "slice-changed", G_CALLBACK (on_run), self);
  g_signal_connect (session, "run-changed", G_CALLBACK (on_run), self);
  g_signal_connect (session, "run-updated", G_CALLBACK (on_run), self);
  return GTK_WIDGET (self);
}

void
msm_pane_grid_set_layout (MsmPaneGrid *self,
                          MsmLayout    layout)
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
msm_pane_grid_set_mode (MsmPaneGrid   *self,
                        MsmRenderMode  mode)
{
  msm_viewport_model_set_mode (self->model, mode);
}

void
msm_pane_grid_auto_window (MsmPaneGrid *self)
{
  for (int i = 0; i < MSM_N_PANES; i++)
    if (i != MSM_PANE_PHASE)
      msm_viewport_auto_window (MSM_VIEWPORT (self->panes[i]));
}

void
msm_pane_grid_reset_view (MsmPaneGrid *self)
{
  msm_viewport_model_reset (self->model);
}

void
msm_pane_grid_get_window (MsmPaneGrid *self,
                          double      *low,
                          double      *high)
{
  msm_viewport_get_window (MSM_VIEWPORT (self->panes[self->selected]), low, high);
}

void
msm_pane_grid_set_window (MsmPaneGrid *self,
                          double       low,
                          double       high)
{
  msm_viewport_set_window (MSM_VIEWPORT (self->panes[self->selected]), low, high);
}

void
msm_pane_grid_focus (MsmPaneGrid *self)
{
  gtk_widget_grab_focus (self->panes[self->selected]);
}

void
msm_pane_grid_next (MsmPaneGrid *self)
{
  select_pane (self, (MsmPane) ((self->selected + 1) % MSM_N_PANES));
  if (self->layout == MSM_LAYOUT_1X1)
    arrange (self);
}

const char *
msm_pane_grid_selected_name (MsmPaneGrid *self)
{
  return pane_info[self->selected].name;
}

gboolean
msm_pane_grid_export (MsmPaneGrid  *self,
                      const char   *path,
                      GError      **error)
{
  MsmViewport *pane = MSM_VIEWPORT (self->panes[self->selected]);
  MsmRunItem *run = shown_run (self);
  g_autofree char *text = NULL;
  gsize plane;
  MsmTensor *image = msm_viewport_get_image (pane, &plane);
  MsmRenderOptions options;

  if (image == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the pane “%s” shows nothing to export"),
                   _(pane_info[self->selected].title));
      return FALSE;
    }
  /* The pane's own gain included: k-space has a scale that only the pane knows. */
  msm_viewport_get_render_options (pane, &options);
  if (run != NULL)
    text = msm_run_spec_describe (msm_run_item_get_spec (run));
  return msm_export_png (path, image, plane, 1, &options, text, error);
}
