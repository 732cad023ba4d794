#include "config.h"

#include "core/io/scan.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/json.h"

static GList *
sorted_keys (GHashTable *table)
{
  return g_list_sort (g_hash_table_get_keys (table), (GCompareFunc) g_strcmp0);
}

static gboolean
is_same (const MsmMask *a, const MsmMask *b)
{
  if (msm_scan_mask_is_full (a) || msm_scan_mask_is_full (b))
    return msm_scan_mask_is_full (a) == msm_scan_mask_is_full (b);
  return memcmp (a->points, b->points, a->n_readout * a->n_phase) == 0;
}

/* What there is to know of the sampling without reading: of guessed masks the one that opening saw. */
typedef struct
{
  MsmMask *mask; /* (nullable): of the middle slice, or of the nearest that lacks something */
  gboolean differs;
} Sampling;

static Sampling
describe_sampling (MsmScan *self)
{
  const gsize middle = self->n_slices / 2;
  Sampling sampling = { msm_scan_peek_mask (self, middle), FALSE };

  for (gsize i = 0; i < self->n_slices && !self->guesses_masks && self->format->find_mask != NULL; i++)
    {
      g_autoptr (MsmMask) other = self->format->find_mask (self, i);

      if (is_same (sampling.mask, other))
        continue;
      sampling.differs = TRUE;
      if (msm_scan_mask_is_full (sampling.mask))
        {
          g_clear_pointer (&sampling.mask, msm_mask_unref);
          sampling.mask = g_steal_pointer (&other);
        }
    }
  return sampling;
}

static char *
describe_json (MsmScan *self)
{
  Sampling sampling = describe_sampling (self);
  g_autoptr (MsmMask) mask = sampling.mask;
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (GList) fields = sorted_keys (self->fields);
  g_autoptr (GList) axes = sorted_keys (self->axes);
  g_autofree char *orientation = msm_geometry_describe (&self->geometry);

  json_builder_begin_object (b);
  msm_json_text (b, "path", self->path);
  msm_json_text (b, "format", self->format->name);
  msm_json_text (b, "kind", self->kind == MSM_SCAN_KSPACE ? "kspace" : "image");
  msm_json_int (b, "slices", self->n_slices);
  msm_json_int (b, self->kind == MSM_SCAN_KSPACE ? "coils" : "channels", self->n_channels);
  msm_json_int (b, "readout", self->n_readout);
  msm_json_int (b, "phase", self->n_phase);
  msm_json_int (b, "crop_readout", self->crop_readout);
  msm_json_int (b, "crop_phase", self->crop_phase);
  json_builder_set_member_name (b, "spacing_mm");
  json_builder_begin_array (b);
  for (int i = 0; i < 3; i++)
    json_builder_add_double_value (b, self->spacing_mm[i]);
  json_builder_end_array (b);
  msm_json_text (b, "orientation", orientation);
  if (self->group != NULL)
    msm_json_text (b, "group", self->group);
  if (mask != NULL)
    {
      double accel = msm_mask_effective_accel (mask);
      gsize acs_readout, acs_phase, n_padded = 0;

      msm_mask_acs (mask, &acs_readout, &acs_phase);
      for (gsize p = 0; p < mask->n_phase; p++)
        n_padded += mask->padded[p];
      msm_json_open (b, "mask");
      msm_json_text (b, "origin", mask->origin != NULL ? mask->origin : "");
      msm_json_bool (b, "columns", mask->is_columns);
      msm_json_int (b, "sampled_points", msm_mask_count (mask));
      if (isfinite (accel))
        msm_json_real (b, "effective_acceleration", accel);
      msm_json_int (b, "acs_readout", acs_readout);
      msm_json_int (b, "acs_phase", acs_phase);
      msm_json_int (b, "padded_lines", n_padded);
      msm_json_bool (b, "differs_between_slices", sampling.differs);
      json_builder_end_object (b);
    }
  msm_json_bool (b, "fully_sampled", msm_scan_mask_is_full (mask));
  msm_json_bool (b, "noise_covariance", self->noise_covariance != NULL);
  msm_json_bool (b, "reference", self->has_reference);
  msm_json_bool (b, "reference_is_truth", self->reference_is_truth);
  msm_json_bool (b, "simulated", self->is_simulated);
  msm_json_open (b, "axes");
  for (GList *l = axes; l != NULL; l = l->next)
    msm_json_int (b, l->data, (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (self->axes, l->data)));
  json_builder_end_object (b);
  json_builder_set_member_name (b, "notes");
  json_builder_begin_array (b);
  for (guint i = 0; i < self->notes->len; i++)
    json_builder_add_string_value (b, self->notes->pdata[i]);
  json_builder_end_array (b);
  msm_json_open (b, "fields");
  for (GList *l = fields; l != NULL; l = l->next)
    msm_json_text (b, l->data, g_hash_table_lookup (self->fields, l->data));
  json_builder_end_object (b);
  json_builder_end_object (b);
  return msm_json_format (b, TRUE);
}

static char *
describe_text (MsmScan *self)
{
  Sampling sampling = describe_sampling (self);
  g_autoptr (MsmMask) mask = sampling.mask;
  GString *s = g_string_new (NULL);
  g_autoptr (GList) fields = sorted_keys (self->fields);
  const char *what = self->kind == MSM_SCAN_KSPACE ? _("coils") : _("channels");

  g_string_append_printf (s, _("%s\n  Format    %s%s\n"), self->path, _(self->format->title),
                          self->is_simulated ? _(" (simulated acquisition)") : "");
  if (self->group != NULL)
    g_string_append_printf (s, _("  Group     %s\n"), self->group);
  g_string_append_printf (s, _("  Size      %zu slices, %zu %s, %zu × %zu (readout × phase)\n"), self->n_slices,
                          self->n_channels, what, self->n_readout, self->n_phase);
  if (self->crop_readout > 0 && self->crop_phase > 0)
    g_string_append_printf (s, _("  Shown     %zu × %zu, cropped in image space\n"), self->crop_readout,
                            self->crop_phase);
  if (self->spacing_mm[0] > 0)
    g_string_append_printf (s, _("  Spacing   %.4g × %.4g × %.4g mm\n"), self->spacing_mm[0], self->spacing_mm[1],
                            self->spacing_mm[2]);
  if (self->geometry.is_known)
    {
      g_autofree char *orientation = msm_geometry_describe (&self->geometry);

      g_string_append_printf (s, _("  Plane     %s\n"), orientation);
    }
  if (!msm_scan_mask_is_full (mask))
    {
      gsize acs_readout, acs_phase;

      msm_mask_acs (mask, &acs_readout, &acs_phase);
      g_string_append_printf (s, _("  Sampling  R = %.3g, %s, centre block %zu × %zu, %s%s\n"),
                              msm_mask_effective_accel (mask), mask->is_columns ? _("whole lines") : _("points"),
                              acs_readout, acs_phase, mask->origin != NULL ? mask->origin : _("from the file"),
                              sampling.differs ? _("; each slice has its own") : "");
    }
  else if (self->kind == MSM_SCAN_KSPACE)
    g_string_append (s, _("  Sampling  full\n"));
  if (self->noise_covariance != NULL)
    g_string_append (s, _("  Noise     covariance from noise scans\n"));
  if (self->has_reference)
    g_string_append (s, self->reference_is_truth ? _("  Reference in the file: the object without noise\n")
                                                 : _("  Reference in the file\n"));
  for (guint i = 0; i < self->notes->len; i++)
    g_string_append_printf (s, "  %s %s\n", i == 0 ? _("Notes    ") : "         ", (char *) self->notes->pdata[i]);
  for (GList *l = fields; l != NULL; l = l->next)
    g_string_append_printf (s, "  %s %s = %s\n", l == fields ? _("Fields   ") : "         ", (char *) l->data,
                            (char *) g_hash_table_lookup (self->fields, l->data));
  return g_string_free (s, FALSE);
}

char *
msm_scan_describe (MsmScan *self, gboolean json)
{
  return json ? describe_json (self) : describe_text (self);
}
