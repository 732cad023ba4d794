#include "config.h"

#include "app/session/run-spec.h"

#include <string.h>

static gboolean
params_equal (const MsmParams *a, const MsmParams *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (msm_params_get_table (a) != msm_params_get_table (b))
    return FALSE;
  for (const MsmParam *param = msm_params_get_table (a); param->name != NULL; param++)
    {
      g_autofree char *x = msm_params_format (a, param->name);
      g_autofree char *y = msm_params_format (b, param->name);

      if (!g_str_equal (x, y))
        return FALSE;
    }
  return TRUE;
}

void
msm_run_spec_copy (const MsmRunSpec *self, MsmRunSpec *copy)
{
  *copy = *self;
  msm_address_copy (&self->address, &copy->address);
  copy->mask = self->mask != NULL ? msm_mask_copy (self->mask) : NULL;
  copy->pattern_params = self->pattern_params != NULL ? msm_params_copy (self->pattern_params) : NULL;
  copy->params = self->params != NULL ? msm_params_copy (self->params) : NULL;
  copy->espirit = self->espirit != NULL ? msm_params_copy (self->espirit) : NULL;
  copy->sens = self->sens != NULL ? msm_tensor_ref (self->sens) : NULL;
  copy->operator_params = self->operator_params != NULL ? msm_params_copy (self->operator_params) : NULL;
  copy->device = g_strdup (self->device);
  copy->start = self->start != NULL ? g_bytes_ref (self->start) : NULL;
  if (self->origin != NULL)
    {
      copy->origin = g_new (MsmRunSpec, 1);
      msm_run_spec_copy (self->origin, copy->origin);
    }
}

void
msm_run_spec_clear (MsmRunSpec *self)
{
  msm_address_clear (&self->address);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->pattern_params, msm_params_free);
  g_clear_pointer (&self->params, msm_params_free);
  g_clear_pointer (&self->espirit, msm_params_free);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_clear_pointer (&self->operator_params, msm_params_free);
  g_clear_pointer (&self->device, g_free);
  g_clear_pointer (&self->start, g_bytes_unref);
  if (self->origin != NULL)
    msm_run_spec_clear (self->origin);
  g_clear_pointer (&self->origin, g_free);
}

static const char *
device_name (const MsmRunSpec *self)
{
  return self->device != NULL ? self->device : "auto";
}

MsmDevice *
msm_run_spec_open_device (const MsmRunSpec *self, GError **error)
{
  const char *name = device_name (self);

  return msm_device_open (self->method->host_only && g_str_equal (name, "auto") ? "cpu" : name, error);
}

static gboolean
masks_equal (const MsmMask *a, const MsmMask *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->n_readout == b->n_readout && a->n_phase == b->n_phase
         && memcmp (a->points, b->points, a->n_readout * a->n_phase) == 0;
}

/* The measurement is simulated with noise, from which maps are then estimated. */
static gboolean
is_noisy (const MsmRunSpec *self)
{
  return self->operator_params != NULL && msm_params_has (self->operator_params, "noise")
         && msm_params_get_number (self->operator_params, "noise") > 0;
}

/* Their maps are made of the same numbers: of the noisy whole, or of a sampled centre that ESPIRiT takes. */
static gboolean
centres_equal (const MsmRunSpec *a, const MsmRunSpec *b)
{
  gsize a_readout, a_phase, b_readout, b_phase, kernel;

  if (is_noisy (a) || is_noisy (b))
    return masks_equal (a->mask, b->mask) && params_equal (a->operator_params, b->operator_params);
  if (masks_equal (a->mask, b->mask))
    return TRUE;
  if (a->mask == NULL || b->mask == NULL || a->espirit == NULL || !a->mask->is_columns || !b->mask->is_columns)
    return FALSE;
  kernel = (gsize) msm_params_get_int (a->espirit, "kernel");
  msm_mask_acs (a->mask, &a_readout, &a_phase);
  msm_mask_acs (b->mask, &b_readout, &b_phase);
  return a_readout == b_readout && a_phase == b_phase && MIN (a_readout, a_phase) >= kernel;
}

gboolean
msm_run_spec_shares_sens (const MsmRunSpec *a, const MsmRunSpec *b)
{
  return msm_address_equal (&a->address, &b->address) && a->n_virtual == b->n_virtual
         && a->operator_class == b->operator_class && params_equal (a->espirit, b->espirit) && centres_equal (a, b);
}

gboolean
msm_run_spec_shares_measurement (const MsmRunSpec *a, const MsmRunSpec *b)
{
  return msm_run_spec_shares_sens (a, b) && params_equal (a->operator_params, b->operator_params);
}

gboolean
msm_run_spec_shares_mask (const MsmRunSpec *a, const MsmRunSpec *b)
{
  return masks_equal (a->mask, b->mask);
}

gboolean
msm_run_spec_settings_equal (const MsmRunSpec *a, const MsmRunSpec *b)
{
  return a->method == b->method && params_equal (a->params, b->params) && masks_equal (a->mask, b->mask)
         && g_str_equal (device_name (a), device_name (b)) && msm_run_spec_shares_measurement (a, b);
}

gboolean
msm_run_spec_equal (const MsmRunSpec *a, const MsmRunSpec *b)
{
  return a->start == NULL && b->start == NULL && msm_run_spec_settings_equal (a, b);
}

static void
describe_params (GString *text, const MsmParams *params, const char *prefix)
{
  if (params == NULL)
    return;
  for (const MsmParam *param = msm_params_get_table (params); param != NULL && param->name != NULL; param++)
    {
      g_autofree char *value = msm_params_format (params, param->name);

      g_string_append_printf (text, "%s%s = %s\n", prefix, param->name, value);
    }
}

char *
msm_run_spec_describe (const MsmRunSpec *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *name = self->address.path != NULL ? g_path_get_basename (self->address.path) : g_strdup ("none");
  GHashTableIter iter;
  gpointer axis, index;

  g_string_append_printf (text, "msm-studio %s\nfile = %s\nslice = %zu\nmethod = %s\n", MSM_VERSION, name,
                          self->address.slice, self->method->name);
  if (self->address.group != NULL)
    g_string_append_printf (text, "group = %s\n", self->address.group);
  if (self->address.indices != NULL)
    {
      g_hash_table_iter_init (&iter, self->address.indices);
      while (g_hash_table_iter_next (&iter, &axis, &index))
        g_string_append_printf (text, "%s = %zu\n", (const char *) axis, GPOINTER_TO_SIZE (index));
    }
  if (self->mask != NULL)
    g_string_append_printf (text, "mask = %s\neffective-accel = %.4f\n",
                            self->mask->origin != NULL ? self->mask->origin : "",
                            msm_mask_effective_accel (self->mask));
  if (self->operator_class != NULL && self->operator_class->make != NULL)
    {
      g_string_append_printf (text, "operator = %s\n", self->operator_class->name);
      describe_params (text, self->operator_params, "operator-");
    }
  if (self->start != NULL)
    g_string_append_printf (text, "branch-of = run %d at step %d\n", self->parent, self->start_step);
  if (!g_str_equal (device_name (self), "auto"))
    g_string_append_printf (text, "device = %s\n", self->device);
  if (self->n_virtual > 0)
    g_string_append_printf (text, "coils = %zu\n", self->n_virtual);
  describe_params (text, self->params, "");
  describe_params (text, self->espirit, "espirit-");
  return g_string_free (text, FALSE);
}
