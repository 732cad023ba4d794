#include "config.h"

#include <string.h>

#include "app/setup/setup.h"

static gboolean
params_equal (const MsmParams *a, const MsmParams *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  if (msm_params_get_table (a) != msm_params_get_table (b))
    return FALSE;
  for (const MsmParam *param = msm_params_get_table (a); param != NULL && param->name != NULL; param++)
    {
      g_autofree char *x = msm_params_format (a, param->name);
      g_autofree char *y = msm_params_format (b, param->name);

      if (!g_str_equal (x, y))
        return FALSE;
    }
  return TRUE;
}

gboolean
msm_setup_shares_mask (const MsmSetup *a, const MsmSetup *b)
{
  if (a->mask == NULL && b->mask == NULL)
    return g_strcmp0 (a->mask_path, b->mask_path) == 0 && a->pattern == b->pattern
           && params_equal (a->pattern_params, b->pattern_params);
  if (a->mask == NULL || b->mask == NULL)
    return FALSE;
  return a->mask->n_readout == b->mask->n_readout && a->mask->n_phase == b->mask->n_phase
         && memcmp (a->mask->points, b->mask->points, a->mask->n_readout * a->mask->n_phase) == 0;
}

static const char *
device_name (const MsmSetup *self)
{
  return self->device != NULL ? self->device : "auto";
}

gboolean
msm_setup_same_device (const MsmSetup *a, const MsmSetup *b)
{
  return g_str_equal (device_name (a), device_name (b)) && a->precision == b->precision && a->threads == b->threads
         && a->method->host_only == b->method->host_only;
}

/* The measurement is simulated with noise, from which maps are then estimated. */
static gboolean
is_noisy (const MsmSetup *self)
{
  return msm_operator_noise (self->operator_params) > 0;
}

/* Their maps are made of the same numbers: of the noisy whole, or of a sampled centre that ESPIRiT takes. */
static gboolean
centres_equal (const MsmSetup *a, const MsmSetup *b)
{
  gsize a_readout, a_phase, b_readout, b_phase, kernel;

  if (is_noisy (a) || is_noisy (b))
    return msm_setup_shares_mask (a, b) && params_equal (a->operator_params, b->operator_params);
  if (msm_setup_shares_mask (a, b))
    return TRUE;
  if (a->mask == NULL || b->mask == NULL || a->espirit == NULL || !a->mask->is_columns || !b->mask->is_columns)
    return FALSE;
  kernel = (gsize) msm_params_get_int (a->espirit, "kernel");
  msm_mask_acs (a->mask, &a_readout, &a_phase);
  msm_mask_acs (b->mask, &b_readout, &b_phase);
  return a_readout == b_readout && a_phase == b_phase && MIN (a_readout, a_phase) >= kernel;
}

gboolean
msm_setup_shares_sens (const MsmSetup *a, const MsmSetup *b)
{
  return msm_address_equal (&a->address, &b->address) && a->is_middle == b->is_middle && a->n_virtual == b->n_virtual
         && g_strcmp0 (a->sens_path, b->sens_path) == 0 && a->operator_class == b->operator_class
         && params_equal (a->espirit, b->espirit) && centres_equal (a, b);
}

gboolean
msm_setup_shares_measurement (const MsmSetup *a, const MsmSetup *b)
{
  return msm_setup_shares_sens (a, b) && params_equal (a->operator_params, b->operator_params);
}

gboolean
msm_setup_settings_equal (const MsmSetup *a, const MsmSetup *b)
{
  return a->method == b->method && params_equal (a->params, b->params) && msm_setup_shares_mask (a, b)
         && g_str_equal (device_name (a), device_name (b)) && a->precision == b->precision
         && msm_setup_shares_measurement (a, b);
}

gboolean
msm_setup_equal (const MsmSetup *a, const MsmSetup *b)
{
  if (a->parent == NULL || b->parent == NULL)
    return a->parent == b->parent && msm_setup_settings_equal (a, b);
  return a->start_step == b->start_step && msm_setup_settings_equal (a, b) && msm_setup_equal (a->parent, b->parent);
}

/* It is what the slice was acquired with. */
static gboolean
has_own_mask (const MsmSetup *self)
{
  return self->mask == NULL || (self->mask_is_drawn && self->pattern == NULL);
}

gboolean
msm_setup_is_alike (const MsmSetup *a, const MsmSetup *b)
{
  return a->parent == NULL && b->parent == NULL && a->address.path != NULL && b->address.path != NULL
         && msm_address_same_scan (&a->address, &b->address) && a->method == b->method
         && params_equal (a->params, b->params) && a->operator_class == b->operator_class
         && params_equal (a->operator_params, b->operator_params) && params_equal (a->espirit, b->espirit)
         && a->n_virtual == b->n_virtual && ((has_own_mask (a) && has_own_mask (b)) || msm_setup_shares_mask (a, b));
}

static guint
hash_text (guint hash, const char *text)
{
  return hash * 31 + (text != NULL ? g_str_hash (text) : 0);
}

static guint
hash_params (guint hash, const MsmParams *params)
{
  const MsmParam *table = params != NULL ? msm_params_get_table (params) : NULL;

  for (const MsmParam *param = table; param != NULL && param->name != NULL; param++)
    {
      g_autofree char *text = msm_params_format (params, param->name);

      hash = hash_text (hash, text);
    }
  return hash;
}

static guint
hash_mask (guint hash, const MsmSetup *self)
{
  gsize n = self->mask != NULL ? self->mask->n_readout * self->mask->n_phase : 0;

  if (self->mask == NULL)
    return hash_params (
        hash_text (hash_text (hash, self->mask_path), self->pattern != NULL ? self->pattern->name : NULL),
        self->pattern_params);
  for (gsize i = 0; i < n; i++)
    hash = hash * 31 + self->mask->points[i];
  return hash;
}

guint
msm_setup_hash (const MsmSetup *self)
{
  guint hash = msm_address_hash (&self->address);

  hash = hash_params (hash_text (hash, self->method != NULL ? self->method->name : NULL), self->params);
  hash = hash_params (hash_text (hash, self->operator_class != NULL ? self->operator_class->name : NULL),
                      self->operator_params);
  hash = hash_params (hash_text (hash_mask (hash, self), self->sens_path), self->espirit);
  hash = hash_text (hash * 31 + (guint) self->n_virtual, device_name (self)) * 31 + (guint) self->precision;
  return self->parent != NULL ? (hash * 31 + (guint) self->start_step) * 31 + msm_setup_hash (self->parent) : hash;
}
