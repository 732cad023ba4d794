#pragma once

#include "app/commands/param-options.h"
#include "core/linop/operator.h"

G_BEGIN_DECLS

/**
 * msm_operator_from_flags:
 * @values: (out) (transfer full): defaults of the operator's parameters, joined to @options as
 *   `--operator-NAME`
 *
 * Returns: the operator of `--operator`, else "sampling"; or NULL with @error set
 */
const MsmOperatorClass *msm_operator_from_flags (MsmOptions *options, int argc, char **argv, MsmParams **values,
                                                 GError **error);

G_END_DECLS
