#include "config.h"

#include "core/base/error.h"

G_DEFINE_QUARK (msm - error - quark, msm_error)
