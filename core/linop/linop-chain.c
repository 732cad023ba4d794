#include "config.h"

#include "core/linop/linop-private.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  MsmLinop base;
  MsmLinop *outer;
  MsmLinop *inner;
  MsmTensor *between; /* inner's codomain */
} Chain;

/* y = outer (inner x) */
static void
chain_forward (MsmLinop *linop, const MsmTensor *x, MsmTensor *y)
{
  Chain *self = (Chain *) linop;

  msm_linop_forward (self->inner, x, self->between);
  msm_linop_forward (self->outer, self->between, y);
}

/* x = innerᴴ (outerᴴ y) */
static void
chain_adjoint (MsmLinop *linop, const MsmTensor *y, MsmTensor *x)
{
  Chain *self = (Chain *) linop;

  msm_linop_adjoint (self->outer, y, self->between);
  msm_linop_adjoint (self->inner, self->between, x);
}

static void
chain_dispose (MsmLinop *linop)
{
  Chain *self = (Chain *) linop;

  msm_linop_unref (self->outer);
  msm_linop_unref (self->inner);
  msm_tensor_unref (self->between);
}

static const MsmLinopClass chain_class = {
  .name = "chain",
  .forward = chain_forward,
  .adjoint = chain_adjoint,
  .dispose = chain_dispose,
};

MsmLinop *
msm_linop_chain (MsmLinop *outer, MsmLinop *inner, GError **error)
{
  g_return_val_if_fail (outer != NULL && inner != NULL, NULL);

  Chain *self;

  if (outer->device != inner->device || outer->dtype != inner->dtype
      || !msm_shape_equal (outer->domain, inner->codomain))
    {
      g_autofree char *a = msm_shape_format (inner->codomain);
      g_autofree char *b = msm_shape_format (outer->domain);

      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("operators do not fit: ‘%s’ gives %s, ‘%s’ takes %s"),
                   inner->klass->name, a, outer->klass->name, b);
      return NULL;
    }
  self = g_new0 (Chain, 1);
  self->outer = msm_linop_ref (outer);
  self->inner = msm_linop_ref (inner);
  if (!msm_linop_init (&self->base, &chain_class, inner->device, inner->dtype, inner->domain, outer->codomain, error)
      || (self->between = msm_tensor_new (inner->device, inner->dtype, inner->codomain, error)) == NULL)
    {
      msm_linop_unref (&self->base);
      return NULL;
    }
  return &self->base;
}
