#include "config.h"

#include "core/linop/sparse.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"
#include "core/tensor/vector.h"

typedef struct
{
  gsize n_out, n_in;
  uint32_t *start, *column; /* device memory */
  float *value;
} Rows;

struct _MsmSparse
{
  MsmDevice *device;
  Rows forward, transposed;
};

/* A copy of host memory on the device, or NULL. */
static void *
upload (MsmDevice *device, GArray *from)
{
  const MsmMemoryOps *memory = msm_device_ops (device)->memory;
  gsize bytes = MAX (from->len, 1) * g_array_get_element_size (from);
  void *to = memory->alloc (msm_device_state (device), bytes);

  if (to != NULL && from->len > 0)
    memory->upload (msm_device_state (device), to, from->data, bytes);
  return to;
}

/* Element (i, j) of the matrix is dense[i · row_step + j · column_step]. */
static gboolean
rows_init (Rows *self, MsmDevice *device, const double *dense, gsize n_out, gsize n_in, gsize row_step,
           gsize column_step)
{
  g_autoptr (GArray) start = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_autoptr (GArray) column = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_autoptr (GArray) value = g_array_new (FALSE, FALSE, sizeof (float));
  uint32_t first = 0;

  g_array_append_val (start, first);
  for (gsize i = 0; i < n_out; i++)
    {
      for (gsize j = 0; j < n_in; j++)
        {
          float v = (float) dense[i * row_step + j * column_step];
          uint32_t at = (uint32_t) j;

          if (v == 0)
            continue;
          g_array_append_val (column, at);
          g_array_append_val (value, v);
        }
      first = column->len;
      g_array_append_val (start, first);
    }
  self->n_out = n_out;
  self->n_in = n_in;
  self->start = upload (device, start);
  self->column = upload (device, column);
  self->value = upload (device, value);
  return self->start != NULL && self->column != NULL && self->value != NULL;
}

static void
rows_clear (Rows *self, MsmDevice *device)
{
  void *all[] = { self->start, self->column, self->value };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != NULL)
      msm_device_ops (device)->memory->free (msm_device_state (device), all[i]);
}

static void
rows_apply (const Rows *self, MsmDevice *device, const float *x, float *y, gsize n_outer, gsize n_inner)
{
  msm_vector_sparse (device, y, self->start, self->column, self->value, x, n_outer, self->n_out, self->n_in, n_inner);
}

MsmSparse *
msm_sparse_new (MsmDevice *device, const double *dense, gsize n_out, gsize n_in, GError **error)
{
  g_return_val_if_fail (device != NULL && dense != NULL && n_out > 0 && n_in > 0, NULL);

  MsmSparse *self = g_new0 (MsmSparse, 1);

  self->device = msm_device_ref (device);
  if (!rows_init (&self->forward, device, dense, n_out, n_in, n_in, 1)
      || !rows_init (&self->transposed, device, dense, n_in, n_out, 1, n_in))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a matrix of %zu × %zu"), n_out, n_in);
      msm_sparse_free (self);
      return NULL;
    }
  return self;
}

void
msm_sparse_free (MsmSparse *self)
{
  if (self == NULL)
    return;
  rows_clear (&self->forward, self->device);
  rows_clear (&self->transposed, self->device);
  msm_device_unref (self->device);
  g_free (self);
}

void
msm_sparse_apply (MsmSparse *self, const float *x, float *y, gsize n_outer, gsize n_inner)
{
  rows_apply (&self->forward, self->device, x, y, n_outer, n_inner);
}

void
msm_sparse_apply_transposed (MsmSparse *self, const float *y, float *x, gsize n_outer, gsize n_inner)
{
  rows_apply (&self->transposed, self->device, y, x, n_outer, n_inner);
}
