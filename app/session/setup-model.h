#pragma once

#include <gio/gio.h>

#include "app/setup/setup.h"
#include "core/mask/mask-edit.h"

G_BEGIN_DECLS

/* What a change is of: bits of the signal's argument. */
typedef enum
{
  MSM_SETUP_CHANGED_METHOD = 1 << 0,   /* another method or operator, or values that nobody typed */
  MSM_SETUP_CHANGED_OPERATOR = 1 << 1, /* what is measured, beside it */
  MSM_SETUP_CHANGED_VALUES = 1 << 2,   /* a parameter, or the device */
  MSM_SETUP_CHANGED_MASK = 1 << 3,     /* points of the mask */
  MSM_SETUP_CHANGED_STROKE = 1 << 4,   /* a stroke of the hand has ended: there is something to undo */
} MsmSetupChange;

#define MSM_TYPE_SETUP_MODEL (msm_setup_model_get_type ())
/**
 * MsmSetupModel:
 *
 * What is chosen: mask, operator, method, their parameters, device. It makes the setup of it. The values of what is not
 * chosen now are kept. Main thread. Properties: "method", "operator", "pattern" (pointers to their classes), "device".
 * Signals: "changed" (guint: MsmSetupChange), the only one for all of them. "failed" (char *message).
 */
G_DECLARE_FINAL_TYPE (MsmSetupModel, msm_setup_model, MSM, SETUP_MODEL, GObject)

MsmSetupModel *msm_setup_model_new (void);
/*
 * Another scan: its own sampling, or the pattern, which stays where @is_same (another part of the same file). Nothing
 * is said of the mask: it is another's.
 */
void msm_setup_model_set_scan (MsmSetupModel *self, MsmScan *scan, const MsmMask *own_mask, gboolean is_same);
/*
 * What was acquired of the slice that is open now; NULL: everything. Where that differs from the slice before, a mask
 * that was drawn by its pattern is drawn again, and one that was drawn by hand keeps what this slice has.
 */
void msm_setup_model_set_own_mask (MsmSetupModel *self, const MsmMask *own_mask);
/* A scan, or none is needed: there is something to run. */
gboolean msm_setup_model_can_start (MsmSetupModel *self);
/* All that is chosen, of @address, where msm_setup_model_can_start() holds. (transfer full) */
MsmSetup *msm_setup_model_make (MsmSetupModel *self, const MsmAddress *address);
/* Chooses what @setup has, its mask aside. FALSE with MSM_ERROR_VALUE. */
gboolean msm_setup_model_take (MsmSetupModel *self, const MsmSetup *setup, GError **error);
/* Both, where the scan of set_scan() is @setup's, and says so. */
gboolean msm_setup_model_take_all (MsmSetupModel *self, const MsmSetup *setup, GError **error);
/* Its mask, where the scan of set_scan() is its own: nothing to be undone. */
void msm_setup_model_take_mask (MsmSetupModel *self, const MsmSetup *setup);

/* Methods that reconstruct, and generation. Ended by NULL. */
const MsmSamplerClass *const *msm_setup_model_methods (void);
const MsmSamplerClass *msm_setup_model_get_method (MsmSetupModel *self);
void msm_setup_model_set_method (MsmSetupModel *self, const MsmSamplerClass *method);
/* The method draws from its prior; nothing is measured. */
gboolean msm_setup_model_is_generating (MsmSetupModel *self);
const MsmOperatorClass *msm_setup_model_get_operator (MsmSetupModel *self);
void msm_setup_model_set_operator (MsmSetupModel *self, const MsmOperatorClass *operator_class);
gboolean msm_setup_model_is_sampling (MsmSetupModel *self);
/* By name; what is wrong with it is said by "failed". */
void msm_setup_model_set_method_named (MsmSetupModel *self, const char *name);
void msm_setup_model_set_operator_named (MsmSetupModel *self, const char *name);
void msm_setup_model_set_method_param (MsmSetupModel *self, const char *name, const char *text);
/* Values may be changed in place; msm_setup_model_values_changed() then tells of it. NULL: there are none. */
MsmParams *msm_setup_model_get_method_params (MsmSetupModel *self);
MsmParams *msm_setup_model_get_operator_params (MsmSetupModel *self);
MsmParams *msm_setup_model_get_pattern_params (MsmSetupModel *self);
MsmParams *msm_setup_model_get_espirit_params (MsmSetupModel *self);
MsmParams *msm_setup_model_get_coil_params (MsmSetupModel *self);
void msm_setup_model_values_changed (MsmSetupModel *self);
/* Of the pattern: draws the mask again. */
void msm_setup_model_pattern_values_changed (MsmSetupModel *self);
const char *msm_setup_model_get_device (MsmSetupModel *self);
void msm_setup_model_set_device (MsmSetupModel *self, const char *name);

/* ---- the mask: setup-model-mask.c ---- */

/* NULL: the scan's own sampling */
const MsmMaskPattern *msm_setup_model_get_pattern (MsmSetupModel *self);
void msm_setup_model_set_pattern (MsmSetupModel *self, const MsmMaskPattern *pattern);
/* The mask is what the pattern and its values draw, or the scan's own: no hand has changed it. */
gboolean msm_setup_model_is_mask_drawn (MsmSetupModel *self);
/* (nullable) (transfer none) */
MsmMask *msm_setup_model_get_mask (MsmSetupModel *self);
void msm_setup_model_begin_stroke (MsmSetupModel *self);
void msm_setup_model_edit_mask (MsmSetupModel *self, const MsmMaskEdit *edit);
void msm_setup_model_end_stroke (MsmSetupModel *self);
gboolean msm_setup_model_can_undo (MsmSetupModel *self);
gboolean msm_setup_model_can_redo (MsmSetupModel *self);
void msm_setup_model_undo (MsmSetupModel *self);
void msm_setup_model_redo (MsmSetupModel *self);
void msm_setup_model_load_mask (MsmSetupModel *self, const char *path);
void msm_setup_model_save_mask (MsmSetupModel *self, const char *path);

G_END_DECLS
