#include "config.h"

/*
 * The module's descriptors of products in the real cuBLASLt: attributes that it has, of the sizes that it wants. With a
 * GPU it is asked for algorithms too; without one it makes no handle. Nothing is run.
 */

#include <glib.h>

#include "cuda/cublaslt-plan.c"

static void
test_product (gconstpointer data)
{
  const MsmCudaProduct *product = data;
  const int with_bias = product->bias != NULL;
  const cudaDataType_t type = product->narrow ? CUDA_R_16BF : CUDA_R_32F;
  cublasLtHandle_t handle = NULL;

  if (cublasLtCreate (&handle) != CUBLAS_STATUS_SUCCESS)
    handle = NULL;
  for (int precision = MSM_PRECISION_F32; precision <= MSM_PRECISION_BF16; precision++)
    {
      cublasLtMatmulPreference_t preference = NULL;
      cublasLtMatmulDesc_t operation = make_operation (product, (MsmPrecision) precision, with_bias);
      cublasLtMatrixLayout_t layout = make_layout (type, product->n, product->k, &product->b, product->batch);
      MsmCublasltPlan plan = { NULL };

      g_assert_nonnull (operation);
      g_assert_nonnull (layout);
      g_assert_cmpint (cublasLtMatmulPreferenceCreate (&preference), ==, CUBLAS_STATUS_SUCCESS);
      g_assert_true (set_preference (preference, product));
      cublasLtMatmulPreferenceDestroy (preference);
      cublasLtMatmulDescDestroy (operation);
      cublasLtMatrixLayoutDestroy (layout);
      if (handle == NULL)
        continue;
      /* The module has something to fall back on in the other precisions. */
      if (!msm_cublaslt_plan_init (&plan, handle, product, (MsmPrecision) precision, with_bias))
        {
          g_test_message ("no algorithm in precision %d", precision);
          g_assert_cmpint (precision, !=, MSM_PRECISION_F32);
        }
      msm_cublaslt_plan_clear (&plan);
    }
  if (handle != NULL)
    cublasLtDestroy (handle);
}

/* An address so aligned is all that is read of it. */
#define AT (const void *) 256

/* A projection of attention at 32 × 32, the same of bfloat16, a layer of the time embedding, scores of four heads. */
static const MsmCudaProduct products[] = {
  { { AT, 256, 0 }, { AT, 256, 0 }, { AT, 768, 0 }, 0, 1, 1024, 768, 256, 1, 1, 0, AT, 0 },
  { { AT, 256, 0 }, { AT, 256, 0 }, { AT, 768, 0 }, 0, 1, 1024, 768, 256, 1, 1, 0, AT, 1 },
  { { AT, 512, 0 }, { AT, 512, 0 }, { AT, 1024, 0 }, 0, 1, 1, 1024, 512, 1, 1, 0, AT, 0 },
  { { AT, 768, 64 }, { AT, 768, 64 }, { AT, 1024, 1048576 }, 0, 1, 1024, 1024, 64, 4, 0.125, 0, NULL, 0 },
};

int
main (int argc, char *argv[])
{
  static const char *const names[] = { "projection", "narrow", "embedding", "scores" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (products); i++)
    {
      g_autofree char *path = g_strconcat ("/cublaslt-descriptors/", names[i], NULL);

      g_test_add_data_func (path, &products[i], test_product);
    }
  return g_test_run ();
}
