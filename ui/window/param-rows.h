#pragma once

#include <gtk/gtk.h>

#include "core/base/param.h"

G_BEGIN_DECLS

#define MSM_TYPE_PARAM_ROWS (msm_param_rows_get_type ())
/**
 * MsmParamRows:
 *
 * One row per parameter of a table: label, editor, unit; advanced ones behind an expander. Signal:
 * "changed" after the user changed a value in the MsmParams.
 */
G_DECLARE_FINAL_TYPE (MsmParamRows, msm_param_rows, MSM, PARAM_ROWS, GtkBox)

GtkWidget *msm_param_rows_new (void);
/* A spin button for a panel that scrolls: the wheel over it scrolls the panel, its value stays. (transfer floating) */
GtkWidget *msm_param_spin_new (double min, double max, double step);
/* Why a parameter does nothing now, a translatable sentence; NULL: it counts. */
typedef const char *(*MsmParamIdleFunc) (const MsmParam *param, gpointer data);
/* Rows of what does nothing are grey, and say why. Asked at every change, and by msm_param_rows_update_use (). */
void msm_param_rows_set_idle_func (MsmParamRows *self, MsmParamIdleFunc idle, gpointer data);
void msm_param_rows_update_use (MsmParamRows *self);
/* @params: (nullable): borrowed; must live until the next call */
void msm_param_rows_set_params (MsmParamRows *self, MsmParams *params);

G_END_DECLS
