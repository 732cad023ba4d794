#include "config.h"

#include "app/session/setup-model-private.h"

#include <glib/gi18n-lib.h>

#include "app/setup/prior.h"
#include "core/calib/calib.h"
#include "core/method/method.h"

/* What is chosen before anybody has: that the first click reconstructs something, in seconds on two cores. */

#define FIRST_METHOD "msm"
#define OTHERWISE    "cg-sense"

static const MsmParam coil_params[] = {
  { "coils", MSM_PARAM_INT, .min = 0, .max = 1024, .help = N_("Compress to this many virtual coils; 0 keeps all"),
    .title = N_("Virtual coils") },
  { NULL },
};

G_DEFINE_FINAL_TYPE (MsmSetupModel, msm_setup_model, G_TYPE_OBJECT)

enum
{
  PROP_METHOD = 1,
  PROP_OPERATOR,
  PROP_PATTERN,
  PROP_DEVICE,
  N_PROPS
};
static GParamSpec *props[N_PROPS];
enum
{
  CHANGED,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

void
msm_setup_model_emit_changed (MsmSetupModel *self, guint what)
{
  g_signal_emit (self, signals[CHANGED], 0, what);
}

void
msm_setup_model_fail (MsmSetupModel *self, const GError *error)
{
  g_signal_emit (self, signals[FAILED], 0, error->message);
}

gboolean
msm_setup_model_is_fully_sampled (MsmSetupModel *self)
{
  return self->scan != NULL && msm_scan_mask_is_full (self->own_mask);
}

/* The values of @table, made when first asked for and kept when another is chosen. */
static MsmParams *
params_of (MsmSetupModel *self, const MsmParam *table)
{
  MsmParams *params = g_hash_table_lookup (self->params, table);

  if (params == NULL)
    {
      params = msm_params_new (table);
      g_hash_table_insert (self->params, (gpointer) table, params);
    }
  return params;
}

const MsmSamplerClass *const *
msm_setup_model_methods (void)
{
  static const MsmSamplerClass *methods[32];
  static gsize once;

  if (g_once_init_enter (&once))
    {
      const MsmSamplerClass *const *tables[] = { msm_sampler_classes (), msm_sampler_generators () };
      guint n = 0;

      for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
        for (guint j = 0; tables[i][j] != NULL && n < G_N_ELEMENTS (methods) - 1; j++)
          methods[n++] = tables[i][j];
      g_once_init_leave (&once, 1);
    }
  return methods;
}

/* A shipped prior that fits what is open, where none was chosen. TRUE: it is another than the last. */
static gboolean
suggest_prior (MsmSetupModel *self)
{
  const MsmSamplerClass *const *methods = msm_setup_model_methods ();
  g_autofree char *prior = msm_prior_suggest_for (self->scan, msm_setup_model_is_sampling (self));

  if (prior == NULL)
    return FALSE;
  for (guint i = 0; methods[i] != NULL; i++)
    {
      MsmParams *params = params_of (self, methods[i]->params);
      const char *chosen = msm_params_get_prior (params);

      /* Not what somebody chose. */
      if (chosen != NULL && (chosen[0] == '\0' || g_strcmp0 (chosen, self->suggested) == 0))
        msm_params_set_text (params, msm_params_find_role (params, MSM_ROLE_PRIOR)->name, prior, NULL);
    }
  if (g_strcmp0 (prior, self->suggested) == 0)
    return FALSE;
  g_free (self->suggested);
  self->suggested = g_steal_pointer (&prior);
  return TRUE;
}

/* The method and its prior before anybody has chosen. */
static void
choose_first (MsmSetupModel *self)
{
  self->operator_class = msm_operator_classes ()[0];
  self->method = msm_sampler_class_find (FIRST_METHOD, NULL);
  suggest_prior (self);
  if (self->suggested == NULL)
    self->method = msm_sampler_class_find (OTHERWISE, NULL);
}

void
msm_setup_model_set_scan (MsmSetupModel *self, MsmScan *scan, const MsmMask *own_mask, gboolean is_same)
{
  MsmScan *before = self->scan;

  self->scan = msm_scan_ref (scan);
  g_clear_pointer (&before, msm_scan_unref);
  g_clear_pointer (&self->own_mask, msm_mask_unref);
  self->own_mask = own_mask != NULL ? msm_mask_copy (own_mask) : NULL;
  msm_setup_model_begin_mask (self, is_same && msm_setup_model_is_fully_sampled (self));
  /* On an undersampled scan no other can be simulated. */
  if (!msm_setup_model_is_fully_sampled (self))
    msm_setup_model_set_operator_named (self, "sampling");
  if (suggest_prior (self))
    msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_METHOD);
}

gboolean
msm_setup_model_can_start (MsmSetupModel *self)
{
  return self->method != NULL && (msm_setup_model_is_generating (self) || (self->scan != NULL && self->mask != NULL));
}

MsmSetup *
msm_setup_model_make (MsmSetupModel *self, const MsmAddress *address)
{
  const MsmParams *operator_params = msm_setup_model_get_operator_params (self);
  MsmSetup *setup = msm_setup_new ();

  setup->device = g_strdup (self->device);
  setup->method = self->method;
  setup->params = msm_params_copy (msm_setup_model_get_method_params (self));
  if (msm_setup_model_is_generating (self))
    return setup;
  msm_address_copy (address, &setup->address);
  if (msm_setup_model_is_sampling (self)) /* another operator has no mask */
    {
      setup->mask = msm_mask_copy (self->mask);
      setup->mask_is_drawn = self->mask_is_drawn;
      setup->pattern = self->mask_is_drawn ? self->pattern : NULL;
      setup->pattern_params =
          setup->pattern != NULL ? msm_params_copy (msm_setup_model_get_pattern_params (self)) : NULL;
    }
  setup->espirit = msm_params_copy (msm_setup_model_get_espirit_params (self));
  setup->n_virtual = (gsize) msm_params_get_int (msm_setup_model_get_coil_params (self), "coils");
  setup->operator_class = self->operator_class;
  setup->operator_params = operator_params != NULL ? msm_params_copy (operator_params) : NULL;
  return setup;
}

gboolean
msm_setup_model_take (MsmSetupModel *self, const MsmSetup *setup, GError **error)
{
  MsmParams *operator_params, *pattern_params;

  self->method = setup->method;
  if (setup->operator_class != NULL)
    self->operator_class = setup->operator_class;
  if (setup->address.path != NULL)
    self->pattern = setup->pattern;
  operator_params = setup->operator_params != NULL ? msm_setup_model_get_operator_params (self) : NULL;
  pattern_params = setup->pattern_params != NULL ? msm_setup_model_get_pattern_params (self) : NULL;
  msm_setup_model_set_device (self, setup->device != NULL ? setup->device : "auto");
  return msm_params_assign (msm_setup_model_get_method_params (self), setup->params, error)
         && (setup->espirit == NULL
             || msm_params_assign (msm_setup_model_get_espirit_params (self), setup->espirit, error))
         && (operator_params == NULL || msm_params_assign (operator_params, setup->operator_params, error))
         && (pattern_params == NULL || msm_params_assign (pattern_params, setup->pattern_params, error))
         && (setup->address.path == NULL
             || msm_params_set_number (msm_setup_model_get_coil_params (self), "coils", (double) setup->n_virtual,
                                       error));
}

gboolean
msm_setup_model_take_all (MsmSetupModel *self, const MsmSetup *setup, GError **error)
{
  gboolean is_taken = msm_setup_model_take (self, setup, error);
  guint what = MSM_SETUP_CHANGED_METHOD | MSM_SETUP_CHANGED_OPERATOR | MSM_SETUP_CHANGED_VALUES;

  if (setup->address.path != NULL && setup->mask != NULL && self->mask != NULL)
    {
      msm_setup_model_take_mask (self, setup);
      what |= MSM_SETUP_CHANGED_MASK;
    }
  msm_setup_model_emit_changed (self, what);
  return is_taken;
}

const MsmSamplerClass *
msm_setup_model_get_method (MsmSetupModel *self)
{
  return self->method;
}

void
msm_setup_model_set_method (MsmSetupModel *self, const MsmSamplerClass *method)
{
  if (self->method == method)
    return;
  self->method = method;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_METHOD]);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_METHOD);
}

gboolean
msm_setup_model_is_generating (MsmSetupModel *self)
{
  return self->method != NULL && self->method->generates;
}

const MsmOperatorClass *
msm_setup_model_get_operator (MsmSetupModel *self)
{
  return self->operator_class;
}

void
msm_setup_model_set_operator (MsmSetupModel *self, const MsmOperatorClass *operator_class)
{
  if (self->operator_class == operator_class)
    return;
  self->operator_class = operator_class;
  suggest_prior (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OPERATOR]);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_METHOD | MSM_SETUP_CHANGED_OPERATOR);
}

gboolean
msm_setup_model_is_sampling (MsmSetupModel *self)
{
  return self->operator_class->make == NULL;
}

void
msm_setup_model_set_operator_named (MsmSetupModel *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  const MsmOperatorClass *operator_class = msm_operator_class_find (name, &error);

  if (operator_class == NULL)
    msm_setup_model_fail (self, error);
  else
    msm_setup_model_set_operator (self, operator_class);
}

void
msm_setup_model_set_method_named (MsmSetupModel *self, const char *name)
{
  const MsmSamplerClass *const *methods = msm_setup_model_methods ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; methods[i] != NULL; i++)
    if (g_str_equal (methods[i]->name, name))
      {
        msm_setup_model_set_method (self, methods[i]);
        return;
      }
  msm_sampler_class_find (name, &error); /* it says which there are */
  msm_setup_model_fail (self, error);
}

void
msm_setup_model_set_method_param (MsmSetupModel *self, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!msm_params_set_text (msm_setup_model_get_method_params (self), name, text, &error))
    msm_setup_model_fail (self, error);
  else
    msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_METHOD);
}

MsmParams *
msm_setup_model_get_method_params (MsmSetupModel *self)
{
  return self->method != NULL ? params_of (self, self->method->params) : NULL;
}

MsmParams *
msm_setup_model_get_operator_params (MsmSetupModel *self)
{
  return self->operator_class->params != NULL ? params_of (self, self->operator_class->params) : NULL;
}

MsmParams *
msm_setup_model_get_pattern_params (MsmSetupModel *self)
{
  return self->pattern != NULL ? params_of (self, self->pattern->params) : NULL;
}

MsmParams *
msm_setup_model_get_espirit_params (MsmSetupModel *self)
{
  return params_of (self, msm_coil_map_params);
}

MsmParams *
msm_setup_model_get_coil_params (MsmSetupModel *self)
{
  return params_of (self, coil_params);
}

void
msm_setup_model_values_changed (MsmSetupModel *self)
{
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_VALUES);
}

const char *
msm_setup_model_get_device (MsmSetupModel *self)
{
  return self->device != NULL ? self->device : "auto";
}

void
msm_setup_model_set_device (MsmSetupModel *self, const char *name)
{
  if (g_str_equal (msm_setup_model_get_device (self), name))
    return;
  g_free (self->device);
  self->device = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DEVICE]);
  msm_setup_model_emit_changed (self, MSM_SETUP_CHANGED_VALUES);
}

/* ---- the object ---- */

static void
msm_setup_model_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsmSetupModel *self = MSM_SETUP_MODEL (object);

  switch (id)
    {
    case PROP_METHOD:
      g_value_set_pointer (value, (gpointer) self->method);
      break;
    case PROP_OPERATOR:
      g_value_set_pointer (value, (gpointer) self->operator_class);
      break;
    case PROP_PATTERN:
      g_value_set_pointer (value, (gpointer) self->pattern);
      break;
    case PROP_DEVICE:
      g_value_set_string (value, msm_setup_model_get_device (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
msm_setup_model_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MsmSetupModel *self = MSM_SETUP_MODEL (object);

  switch (id)
    {
    case PROP_METHOD:
      msm_setup_model_set_method (self, g_value_get_pointer (value));
      break;
    case PROP_OPERATOR:
      msm_setup_model_set_operator (self, g_value_get_pointer (value));
      break;
    case PROP_PATTERN:
      msm_setup_model_set_pattern (self, g_value_get_pointer (value));
      break;
    case PROP_DEVICE:
      msm_setup_model_set_device (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
msm_setup_model_finalize (GObject *object)
{
  MsmSetupModel *self = MSM_SETUP_MODEL (object);

  g_clear_pointer (&self->scan, msm_scan_unref);
  g_clear_pointer (&self->own_mask, msm_mask_unref);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->history, msm_history_free);
  g_hash_table_unref (self->params);
  g_free (self->suggested);
  g_free (self->device);
  G_OBJECT_CLASS (msm_setup_model_parent_class)->finalize (object);
}

static void
msm_setup_model_class_init (MsmSetupModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = msm_setup_model_get_property;
  object_class->set_property = msm_setup_model_set_property;
  object_class->finalize = msm_setup_model_finalize;
  props[PROP_METHOD] = g_param_spec_pointer ("method", NULL, NULL, flags);
  props[PROP_OPERATOR] = g_param_spec_pointer ("operator", NULL, NULL, flags);
  props[PROP_PATTERN] = g_param_spec_pointer ("pattern", NULL, NULL, flags);
  props[PROP_DEVICE] = g_param_spec_string ("device", NULL, NULL, "auto", flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[CHANGED] = g_signal_new ("changed", MSM_TYPE_SETUP_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                   1, G_TYPE_UINT);
  signals[FAILED] = g_signal_new ("failed", MSM_TYPE_SETUP_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_STRING);
}

static void
msm_setup_model_init (MsmSetupModel *self)
{
  self->params = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) msm_params_free);
  self->history = msm_history_new ();
  choose_first (self);
}

MsmSetupModel *
msm_setup_model_new (void)
{
  return g_object_new (MSM_TYPE_SETUP_MODEL, NULL);
}
