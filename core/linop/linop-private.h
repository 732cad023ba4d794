#pragma once

#include "core/base/error.h"
#include "core/linop/linop.h"

G_BEGIN_DECLS

/* Fills the base of a new operator; the default normal takes its scratch here. On failure unref @self. */
gboolean msm_linop_init (MsmLinop *self, const MsmLinopClass *klass, MsmDevice *device, MsmDtype dtype, MsmShape domain,
                         MsmShape codomain, GError **error);

G_END_DECLS
