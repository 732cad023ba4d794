/*
 * Matrix products: a plan of cuBLASLt for each shape, in the state's precision or the next better one that has an
 * algorithm. Finding one takes longer than many products run, so that it is kept; networks do it at planning.
 */

#include <stdlib.h>
#include <string.h>

#include "cuda/cublaslt-plan.h"

typedef struct KnownProduct
{
  struct KnownProduct *next;
  MsmPrecision wanted;  /* which may be less than it has */
  MsmCudaProduct shape; /* alignments for addresses */
  MsmCublasltPlan plan;
} KnownProduct;

void
msm_cuda_product_free (MsmDeviceState *state)
{
  for (KnownProduct *known = (KnownProduct *) state->products, *next; known != NULL; known = next)
    {
      next = known->next;
      msm_cublaslt_plan_clear (&known->plan);
      free (known);
    }
  state->products = NULL;
  if (state->cublaslt != NULL)
    cublasLtDestroy ((cublasLtHandle_t) state->cublaslt);
  state->cublaslt = NULL;
}

/* All that an algorithm may depend on. */
static MsmCudaProduct
shape_of (const MsmCudaProduct *product)
{
  MsmCudaProduct shape = *product;

  shape.a.data = (const void *) msm_cublaslt_alignment (product->a.data);
  shape.b.data = (const void *) msm_cublaslt_alignment (product->b.data);
  shape.c.data = (const void *) msm_cublaslt_alignment (product->c.data);
  if (product->bias != NULL)
    shape.bias = (const float *) msm_cublaslt_alignment (product->bias);
  shape.alpha = 1;
  shape.accumulate = 0;
  return shape;
}

/* With the bias in the product's own kernel before without it, but the precision before either. */
static void
search (MsmDeviceState *state, KnownProduct *known)
{
  cublasLtHandle_t handle = (cublasLtHandle_t) state->cublaslt;

  for (int precision = state->precision; precision >= MSM_PRECISION_F32; precision--)
    for (int with_bias = known->shape.bias != NULL; with_bias >= 0; with_bias--)
      {
        if (msm_cublaslt_plan_init (&known->plan, handle, &known->shape, (MsmPrecision) precision, with_bias))
          return;
        if (known->shape.narrow && with_bias == 0)
          return;
      }
}

/* NULL: cuBLASLt has no algorithm. */
static const MsmCublasltPlan *
find (MsmDeviceState *state, const MsmCudaProduct *product)
{
  const MsmCudaProduct shape = shape_of (product);
  KnownProduct *known = (KnownProduct *) state->products;

  while (known != NULL && (known->wanted != state->precision || memcmp (&known->shape, &shape, sizeof shape) != 0))
    known = known->next;
  if (known != NULL)
    return known->plan.operation != NULL ? &known->plan : NULL;
  if (state->cublaslt == NULL && cublasLtCreate ((cublasLtHandle_t *) &state->cublaslt) != CUBLAS_STATUS_SUCCESS)
    {
      state->cublaslt = NULL;
      return NULL;
    }
  known = (KnownProduct *) calloc (1, sizeof *known);
  if (known == NULL)
    return NULL;
  known->wanted = state->precision;
  known->shape = shape;
  search (state, known);
  known->next = (KnownProduct *) state->products;
  state->products = known;
  return known->plan.operation != NULL ? &known->plan : NULL;
}

int
msm_cuda_product_find (MsmDeviceState *state, const MsmCudaProduct *product, size_t *workspace_bytes)
{
  const MsmCublasltPlan *plan = find (state, product);

  if (plan == NULL)
    return 0;
  *workspace_bytes = plan->workspace_bytes;
  return 1;
}

void
msm_cuda_product_run (MsmDeviceState *state, const MsmCudaProduct *product, void *workspace)
{
  const MsmCublasltPlan *plan = find (state, product);
  cublasStatus_t status;

  msm_cuda_note (state, &workspace, sizeof workspace);
  if (!msm_cuda_call (state, "matrix product", product, sizeof *product) || plan == NULL)
    return;
  status = msm_cublaslt_plan_run (plan, (cublasLtHandle_t) state->cublaslt, product, workspace, state->stream);
  if (status != CUBLAS_STATUS_SUCCESS)
    msm_cuda_fail (state, "matrix product", cublasLtGetStatusString (status));
  else if (product->bias != NULL && !plan->with_bias)
    msm_cuda_add_bias (state, (float *) product->c.data, product->c.data, product->bias, product->m, product->n, 0, 0);
}

int
msm_cuda_multiply (MsmDeviceState *state, const MsmCudaProduct *product)
{
  size_t bytes;

  if (!msm_cuda_product_find (state, product, &bytes))
    return 0;
  msm_cuda_product_run (state, product, msm_cuda_workspace (state, bytes));
  return 1;
}
