#include "config.h"

#include "ui/window/mask-panel.h"

#include <math.h>

#include <glib/gi18n.h>

#include "core/mask/mask-density.h"
#include "ui/widgets/plot.h"
#include "ui/window/mask-canvas.h"
#include "ui/window/param-rows.h"

struct _MsmMaskPanel
{
  GtkBox parent_instance;
  MsmSession *session;
  GtkWidget *operator;
  GtkWidget *operator_help;
  GtkWidget *operator_rows;
  GtkWidget *sampling; /* all that belongs to the mask */
  GtkWidget *pattern;
  GtkWidget *rows;
  GtkWidget *by_hand; /* what the fields above do not say */
  GtkWidget *density;
  GtkWidget *psf;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (MsmMaskPanel, msm_mask_panel, GTK_TYPE_BOX)

/* "Drawn: R 1.48, 135 calibration lines": where the fields are of another mask than the one that is used. */
static void
show_by_hand (MsmMaskPanel *self, const MsmMask *mask)
{
  gboolean is_by_hand = mask != NULL && !msm_session_is_mask_drawn (self->session);
  g_autofree char *text = NULL;
  gsize acs_readout, acs_phase;

  gtk_widget_set_visible (self->by_hand, is_by_hand);
  if (!is_by_hand)
    return;
  msm_mask_acs (mask, &acs_readout, &acs_phase);
  if (msm_mask_count (mask) == 0)
    text = g_strdup (_("Drawn: nothing is sampled"));
  else
    text = g_strdup_printf (_("Drawn: R %.2f, %zu calibration lines"), msm_mask_effective_accel (mask), acs_phase);
  gtk_label_set_text (GTK_LABEL (self->by_hand), text);
}

static void
show_mask (MsmMaskPanel *self)
{
  MsmMask *mask = msm_session_get_mask (self->session);
  g_autofree double *x = NULL;
  g_autofree double *density = NULL;
  gsize n = 0;

  show_by_hand (self, mask);
  if (mask != NULL)
    {
      x = g_new (double, MAX (mask->n_readout, mask->n_phase));
      density = g_new (double, MAX (mask->n_readout, mask->n_phase));
      n = msm_mask_density (mask, x, density);
    }
  msm_plot_set_series (MSM_PLOT (self->density), _("density"), x, density, n);
}

/* The point spread along the undersampled direction through the peak, in decibels: 0 is the point itself. */
static void
show_psf (MsmMaskPanel *self)
{
  const MsmPreview *preview = msm_session_get_preview (self->session);
  MsmTensor *psf = preview != NULL ? preview->psf : NULL;
  gsize n_rows = psf != NULL ? msm_tensor_dim (psf, 2) : 0, n = psf != NULL ? msm_tensor_dim (psf, 3) : 0;
  g_autofree double *x = g_new (double, MAX (n, 1));
  g_autofree double *db = g_new (double, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    {
      x[i] = (double) i - (double) (n / 2);
      /* Below 60 dB it is float32's rounding, or an exact zero. */
      db[i] = MAX (20 * log10 (MAX (msm_tensor_const_host (psf)[n_rows / 2 * n + i], 1e-9)), -60);
    }
  msm_plot_set_series (MSM_PLOT (self->psf), _("PSF"), x, db, n);
}

static void
on_preview_changed (MsmSession *session, MsmMaskPanel *self)
{
  show_psf (self);
}

/* Index 0 is the scan's own sampling; then the table's order. */
static void
show_pattern (MsmMaskPanel *self)
{
  const MsmMaskPattern *pattern = msm_session_get_pattern (self->session);
  const MsmMaskPattern *patterns = msm_mask_patterns ();
  guint index = 0;

  for (guint i = 0; pattern != NULL && patterns[i].name != NULL; i++)
    if (&patterns[i] == pattern)
      index = i + 1;
  self->updating = TRUE;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->pattern), index);
  self->updating = FALSE;
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->rows), msm_session_get_pattern_params (self->session));
}

static void
on_pattern (GtkDropDown *drop_down, GParamSpec *pspec, MsmMaskPanel *self)
{
  guint index = gtk_drop_down_get_selected (drop_down);

  if (self->updating)
    return;
  msm_session_set_pattern (self->session, index == 0 ? NULL : &msm_mask_patterns ()[index - 1]);
  show_pattern (self);
}

static void
show_operator (MsmMaskPanel *self)
{
  const MsmOperatorClass *operator_class = msm_session_get_operator (self->session);
  const MsmOperatorClass *const *classes = msm_operator_classes ();
  gboolean is_sampling = msm_session_is_sampling (self->session);

  self->updating = TRUE;
  for (guint i = 0; classes[i] != NULL; i++)
    if (classes[i] == operator_class)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->operator), i);
  self->updating = FALSE;
  gtk_label_set_text (GTK_LABEL (self->operator_help), _(operator_class->help));
  gtk_widget_set_visible (self->operator_help, !is_sampling);
  gtk_widget_set_visible (self->operator_rows, !is_sampling);
  gtk_widget_set_visible (self->sampling, is_sampling);
  msm_param_rows_set_params (MSM_PARAM_ROWS (self->operator_rows),
                             is_sampling ? NULL : msm_session_get_operator_params (self->session));
}

static void
on_operator (GtkDropDown *drop_down, GParamSpec *pspec, MsmMaskPanel *self)
{
  if (self->updating)
    return;
  msm_session_set_operator (self->session, msm_operator_classes ()[gtk_drop_down_get_selected (drop_down)]);
  show_operator (self);
}

/* A prior alone measures nothing. */
static void
show_use (MsmMaskPanel *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self),
                            msm_session_get_scan (self->session) != NULL && !msm_session_is_generating (self->session));
}

/* Chosen elsewhere, by an action. */
static void
on_method_changed (MsmSession *session, MsmMaskPanel *self)
{
  guint shown = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->operator));

  if (msm_operator_classes ()[shown] != msm_session_get_operator (session))
    show_operator (self);
  show_use (self);
}

static void
on_params (MsmParamRows *rows, MsmMaskPanel *self)
{
  msm_session_pattern_params_changed (self->session);
}

static void
on_mask_changed (MsmSession *session, MsmMaskPanel *self)
{
  show_mask (self);
}

static void
on_scan_changed (MsmSession *session, MsmMaskPanel *self)
{
  show_use (self);
  show_operator (self);
  show_pattern (self);
  show_mask (self);
}

static GtkWidget *
pattern_new (void)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  gtk_string_list_append (names, _("As scanned"));
  for (const MsmMaskPattern *pattern = msm_mask_patterns (); pattern->name != NULL; pattern++)
    gtk_string_list_append (names, _(pattern->title));
  return gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
}

static GtkWidget *
operator_new (void)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (const MsmOperatorClass *const *klass = msm_operator_classes (); *klass != NULL; klass++)
    gtk_string_list_append (names, _((*klass)->title));
  return gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL);
}

static void
msm_mask_panel_dispose (GObject *object)
{
  MsmMaskPanel *self = MSM_MASK_PANEL (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->rows != NULL)
    {
      msm_param_rows_set_params (MSM_PARAM_ROWS (self->rows), NULL);
      msm_param_rows_set_params (MSM_PARAM_ROWS (self->operator_rows), NULL);
    }
  self->rows = NULL;
  g_clear_object (&self->session);
  G_OBJECT_CLASS (msm_mask_panel_parent_class)->dispose (object);
}

static void
msm_mask_panel_class_init (MsmMaskPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = msm_mask_panel_dispose;
}

static void
msm_mask_panel_init (MsmMaskPanel *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->operator= operator_new ();
  gtk_widget_set_tooltip_text (self->operator, _("What is measured of the image"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->operator), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("What is measured of the image"), -1);
  self->operator_help = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->operator_help), 0);
  gtk_label_set_wrap (GTK_LABEL (self->operator_help), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (self->operator_help), 34);
  gtk_widget_add_css_class (self->operator_help, "msm-notes");
  self->operator_rows = msm_param_rows_new ();
  self->sampling = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_box_append (GTK_BOX (self), self->operator);
  gtk_box_append (GTK_BOX (self), self->operator_help);
  gtk_box_append (GTK_BOX (self), self->operator_rows);
  gtk_box_append (GTK_BOX (self), self->sampling);
  self->pattern = pattern_new ();
  gtk_widget_set_tooltip_text (self->pattern, _("Sampling pattern"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pattern), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Sampling pattern"),
                                  -1);
  self->rows = msm_param_rows_new ();
  gtk_box_append (GTK_BOX (self->sampling), self->pattern);
  gtk_box_append (GTK_BOX (self->sampling), self->rows);
  self->by_hand = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->by_hand), 0);
  gtk_widget_add_css_class (self->by_hand, "msm-by-hand");
  gtk_widget_set_tooltip_text (self->by_hand, _("Changed by hand: the pattern and its fields draw another mask"));
  gtk_box_append (GTK_BOX (self->sampling), self->by_hand);
  self->density = msm_plot_new (_("Sampling density"), NULL);
  gtk_widget_set_tooltip_text (self->density, _("Part of the lines (or points at that distance from the centre of "
                                                 "k-space) that is sampled"));
  self->psf = msm_plot_new (_("Point spread (dB)"), _("px"));
  gtk_widget_set_tooltip_text (self->psf, _("What zero-filling makes of one point, along the phase-encode direction; "
                                             "a pane can show all of it"));
  gtk_widget_set_size_request (self->density, 250, 84);
  gtk_widget_set_size_request (self->psf, 250, 100);
  gtk_box_append (GTK_BOX (self->sampling), self->density);
  gtk_box_append (GTK_BOX (self->sampling), self->psf);
  g_signal_connect (self->operator, "notify::selected", G_CALLBACK (on_operator), self);
  g_signal_connect (self->pattern, "notify::selected", G_CALLBACK (on_pattern), self);
  g_signal_connect (self->rows, "changed", G_CALLBACK (on_params), self);
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
}

GtkWidget *
msm_mask_panel_new (MsmSession *session)
{
  MsmMaskPanel *self = g_object_new (MSM_TYPE_MASK_PANEL, NULL);

  GtkWidget *canvas = msm_mask_canvas_new (session);

  self->session = g_object_ref (session);
  gtk_widget_set_size_request (canvas, 250, 284);
  gtk_box_insert_child_after (GTK_BOX (self->sampling), canvas, self->by_hand);
  show_operator (self);
  g_signal_connect_swapped (self->operator_rows, "changed", G_CALLBACK (msm_session_params_changed), session);
  g_signal_connect (session, "scan-changed", G_CALLBACK (on_scan_changed), self);
  g_signal_connect (session, "mask-changed", G_CALLBACK (on_mask_changed), self);
  g_signal_connect (session, "method-changed", G_CALLBACK (on_method_changed), self);
  g_signal_connect (session, "preview-changed", G_CALLBACK (on_preview_changed), self);
  return GTK_WIDGET (self);
}
