#pragma once

#include "app/session/history.h"
#include "app/session/setup-model.h"

G_BEGIN_DECLS

/* Shared by setup-model.c and setup-model-mask.c. */
struct _MsmSetupModel
{
  GObject parent_instance;
  MsmScan *scan; /* (nullable) */
  const MsmMaskPattern *pattern;
  GHashTable *params; /* table → MsmParams: kept when another is chosen */
  MsmMask *own_mask;  /* (nullable): of the slice: what was acquired */
  MsmMask *mask;
  gboolean mask_is_drawn; /* it is as the pattern draws it, or the scan's own */
  MsmHistory *history;
  const MsmSamplerClass *method;
  const MsmOperatorClass *operator_class;
  char *device;    /* (nullable): "auto" */
  char *suggested; /* (nullable): the prior that was last put in by itself */
};

/* The mask begins anew: as the pattern draws it, or the scan's own where that fails. */
void msm_setup_model_begin_mask (MsmSetupModel *self, gboolean keeps_pattern);
void msm_setup_model_emit_changed (MsmSetupModel *self, guint what);
void msm_setup_model_fail (MsmSetupModel *self, const GError *error);
gboolean msm_setup_model_is_fully_sampled (MsmSetupModel *self);

G_END_DECLS
