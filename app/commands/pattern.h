#pragma once

#include "app/commands/param-options.h"
#include "core/mask/mask.h"

G_BEGIN_DECLS

/* What is meant where nothing is said. */
#define MSM_PATTERN_DEFAULT "random"

/* The flags of all patterns, for the message about one that the pattern chosen lacks. */
void msm_pattern_add_choices (MsmOptions *options);
/**
 * msm_pattern_from_flags:
 * @values: (out): defaults of the pattern's parameters, joined to @options
 *
 * Returns: the pattern of `--pattern`, MSM_PATTERN_DEFAULT without it, or NULL: there is none of that name
 */
const MsmMaskPattern *msm_pattern_from_flags (MsmOptions *options, int argc, char **argv, MsmParams **values,
                                              GError **error);

G_END_DECLS
