#pragma once

#include "app/commands/param-options.h"
#include "core/mask/mask.h"

G_BEGIN_DECLS

/**
 * msm_pattern_from_flags:
 * @fallback: pattern when `--pattern` is not among @argv; NULL: none
 * @values: (out): defaults of the pattern's parameters, joined to @options; NULL when there is none
 *
 * Returns: the pattern of `--pattern`, or NULL: with @error unset when there is none
 */
const MsmMaskPattern *msm_pattern_from_flags (MsmOptions *options, int argc, char **argv,
                                              const char *fallback, MsmParams **values, GError **error);

G_END_DECLS
