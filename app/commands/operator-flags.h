#pragma once

#include "app/commands/param-options.h"
#include "core/linop/operator.h"

G_BEGIN_DECLS

/* The row of a command's flags that chooses the operator. */
#define MSM_OPERATOR_FLAG                                                                                              \
  {                                                                                                                    \
    "operator", MSM_PARAM_TEXT, .def_text = "sampling", .help = N_("What is measured; see below")                      \
  }

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
