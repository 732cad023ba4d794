#include "config.h"

#include "core/diffusion/padding.h"

#include "core/base/error.h"
#include "core/linop/sparse.h"

struct _MsmPadding
{
  MsmTensor *scratch;    /* one axis done */
  MsmSparse *extend[2];  /* of rows, of columns: [big, small] */
  MsmSparse *crop[2];    /* [small, big] */
  gsize      n, c;
  gsize      small[2], big[2];
};

/* The matrices of one axis. */
static gboolean
make_axis (MsmPadding *self, MsmDevice *device, int axis, GError **error)
{
  gsize small = self->small[axis];
  gsize big = self->big[axis];
  gsize before = (big - small) / 2;
  g_autofree double *extend = g_new0 (double, big * small);
  g_autofree double *crop = g_new0 (double, big * small);

  if (big - small - before >= small)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   "a side of %" G_GSIZE_FORMAT " is too short for the network, which needs %" G_GSIZE_FORMAT, small,
                   big);
      return FALSE;
    }
  for (gsize i = 0; i < big; i++)
    {
      gssize at = (gssize) i - (gssize) before;

      at = at < 0 ? -at : at;
      at = at >= (gssize) small ? 2 * ((gssize) small - 1) - at : at;
      extend[i * small + (gsize) at] = 1;
    }
  for (gsize i = 0; i < small; i++)
    crop[i * big + before + i] = 1;
  self->extend[axis] = msm_sparse_new (device, extend, big, small, error);
  if (self->extend[axis] == NULL)
    return FALSE;
  self->crop[axis] = msm_sparse_new (device, crop, small, big, error);
  return self->crop[axis] != NULL;
}

MsmPadding *
msm_padding_new (MsmDevice *device, MsmShape small, gsize big_h, gsize big_w, GError **error)
{
  g_autoptr (MsmPadding) self = g_new0 (MsmPadding, 1);

  self->n = small.dim[0];
  self->c = small.dim[3];
  self->small[0] = small.dim[1];
  self->small[1] = small.dim[2];
  self->big[0] = big_h;
  self->big[1] = big_w;
  if (!make_axis (self, device, 0, error) || !make_axis (self, device, 1, error))
    return NULL;
  self->scratch = msm_tensor_new (device, MSM_F32, msm_shape4 (self->n, big_h, big_w, self->c), error);
  return self->scratch == NULL ? NULL : g_steal_pointer (&self);
}

void
msm_padding_free (MsmPadding *self)
{
  if (self == NULL)
    return;
  msm_tensor_unref (self->scratch);
  for (int axis = 0; axis < 2; axis++)
    {
      msm_sparse_free (self->extend[axis]);
      msm_sparse_free (self->crop[axis]);
    }
  g_free (self);
}

/* Rows first: [n, a, w, c] → [n, b, w, c] → [n, b, v, c] */
static void
apply (MsmPadding *self, MsmSparse *const matrices[2], const gsize to[2], gsize from_w, MsmTensor *y,
       const MsmTensor *x)
{
  msm_sparse_apply (matrices[0], msm_tensor_const_data (x), msm_tensor_data (self->scratch), self->n,
                    from_w * self->c);
  msm_sparse_apply (matrices[1], msm_tensor_const_data (self->scratch), msm_tensor_data (y), self->n * to[0], self->c);
}

static void
apply_transposed (MsmPadding *self, MsmSparse *const matrices[2], const gsize to[2], gsize from_w, MsmTensor *x,
                  const MsmTensor *y)
{
  msm_sparse_apply_transposed (matrices[0], msm_tensor_const_data (y), msm_tensor_data (self->scratch), self->n,
                               from_w * self->c);
  msm_sparse_apply_transposed (matrices[1], msm_tensor_const_data (self->scratch), msm_tensor_data (x),
                               self->n * to[0], self->c);
}

void
msm_padding_extend (MsmPadding *self, MsmTensor *big, const MsmTensor *small)
{
  apply (self, self->extend, self->big, self->small[1], big, small);
}

void
msm_padding_extend_adjoint (MsmPadding *self, MsmTensor *small, const MsmTensor *big)
{
  apply_transposed (self, self->extend, self->small, self->big[1], small, big);
}

void
msm_padding_crop (MsmPadding *self, MsmTensor *small, const MsmTensor *big)
{
  apply (self, self->crop, self->small, self->big[1], small, big);
}

void
msm_padding_crop_adjoint (MsmPadding *self, MsmTensor *big, const MsmTensor *small)
{
  apply_transposed (self, self->crop, self->big, self->small[1], big, small);
}
