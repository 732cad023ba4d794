/*
 * cuBLASLt: products of matrices stored by columns. Of its algorithms some are there to be passed over: the first two cut
 * sums into parts, the third takes more workspace than most, the fourth is one that cannot be run.
 */

#include <cublasLt.h>

#include <cstring>
#include <map>
#include <vector>

#include "tests/cuda-emulation/emulation.h"
#include "tests/cuda-emulation/numbers.h"

struct cublasLtContext
{
};

namespace
{

using namespace emulation;

enum Algorithm
{
  SPLIT_IN_PLACE,
  SPLIT,
  HUNGRY,
  BROKEN,
  TENSOR_CORE,
  PLAIN
};

/* Attributes by number, with their sizes. */
struct Attributes
{
  std::map<int, size_t> sizes;
  std::map<int, std::vector<char> > values;

  cublasStatus_t
  set (int name, const void *value, size_t bytes)
  {
    if (value == nullptr || sizes.count (name) == 0 || sizes[name] != bytes)
      return CUBLAS_STATUS_INVALID_VALUE;
    values[name].assign (static_cast<const char *> (value), static_cast<const char *> (value) + bytes);
    return CUBLAS_STATUS_SUCCESS;
  }

  template <typename T>
  T
  get (int name, T otherwise) const
  {
    if (values.count (name) == 0)
      return otherwise;
    memcpy (&otherwise, values.at (name).data (), sizeof otherwise);
    return otherwise;
  }
};

struct Operation : Attributes
{
  cublasComputeType_t type;
};

struct Layout : Attributes
{
  cudaDataType_t type;
  uint64_t rows, columns;
  int64_t ld;

  int32_t
  batch () const
  {
    return get<int32_t> (CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 1);
  }
  int64_t
  stride () const
  {
    return get<int64_t> (CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 0);
  }
  size_t
  element () const
  {
    return type == CUDA_R_16BF ? 2 : 4;
  }
  /* From the first element to the last of all. */
  size_t
  bytes () const
  {
    return element () * (size_t) ((batch () - 1) * stride () + (int64_t) (columns - 1) * ld + (int64_t) rows);
  }
};

/* What a product was asked for with, which must be what it is run with. */
struct Shape
{
  size_t epilogue, m, n, k;
  int64_t ta, tb, batch, type, types[3], ld[3], stride[3];
  size_t alignment[4]; /* promised: of A, B, C and the bias */
};

struct Chosen
{
  int algorithm;
  Shape shape;
};

std::vector<Chosen> &
all_chosen ()
{
  static std::vector<Chosen> all;

  return all;
}

Operation *
of (cublasLtMatmulDesc_t d)
{
  return reinterpret_cast<Operation *> (d);
}

Layout *
of (cublasLtMatrixLayout_t d)
{
  return reinterpret_cast<Layout *> (d);
}

Attributes *
of (cublasLtMatmulPreference_t d)
{
  return reinterpret_cast<Attributes *> (d);
}

size_t
alignment_of (const void *pointer)
{
  const uintptr_t bits = reinterpret_cast<uintptr_t> (pointer) | 256;

  return bits & -bits;
}

/* Mantissa of the factors. */
int
bits_of (int64_t type)
{
  switch (type)
    {
    case CUBLAS_COMPUTE_32F:
      return 23;
    case CUBLAS_COMPUTE_32F_FAST_TF32:
      return 10;
    case CUBLAS_COMPUTE_32F_FAST_16BF:
      return 7;
    default:
      die ("products of type %ld are not emulated", (long) type);
    }
}

bool
has_room (const Layout &layout)
{
  return layout.rows > 0 && layout.columns > 0 && layout.ld >= (int64_t) layout.rows && layout.batch () > 0
         && (layout.batch () == 1 || layout.stride () != 0);
}

/* false: the descriptors do not fit together. */
bool
shape_of (Shape &shape, const Operation &operation, const Layout &a, const Layout &b, const Layout &c, const Layout &d)
{
  memset (&shape, 0, sizeof shape);
  shape.ta = operation.get<int32_t> (CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_N);
  shape.tb = operation.get<int32_t> (CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N);
  shape.epilogue = operation.get<uint32_t> (CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_DEFAULT);
  shape.type = operation.type;
  shape.m = d.rows;
  shape.n = d.columns;
  shape.k = shape.ta == CUBLAS_OP_N ? a.columns : a.rows;
  shape.batch = d.batch ();
  const Layout *const layouts[3] = { &a, &b, &d };

  for (int i = 0; i < 3; i++)
    {
      shape.ld[i] = layouts[i]->ld;
      shape.stride[i] = layouts[i]->stride ();
      shape.types[i] = layouts[i]->type;
      if (!has_room (*layouts[i]) || layouts[i]->batch () != shape.batch)
        return false;
    }
  return c.rows == d.rows && c.columns == d.columns && c.ld == d.ld && c.type == d.type && c.stride () == d.stride ()
         && (shape.ta == CUBLAS_OP_N ? a.rows : a.columns) == shape.m
         && (shape.tb == CUBLAS_OP_N ? b.rows : b.columns) == shape.k
         && (shape.tb == CUBLAS_OP_N ? b.columns : b.rows) == shape.n
         && (shape.epilogue == CUBLASLT_EPILOGUE_DEFAULT
             || (shape.epilogue == CUBLASLT_EPILOGUE_BIAS && shape.batch == 1
                 && operation.get<int32_t> (CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, -1) == CUDA_R_32F));
}

/* Types that cuBLASLt's documentation has. */
bool
is_known (const Shape &shape)
{
  if (shape.types[0] != shape.types[1] || shape.types[2] != CUDA_R_32F)
    return false;
  return shape.types[0] == CUDA_R_32F || (shape.types[0] == CUDA_R_16BF && shape.type == CUBLAS_COMPUTE_32F);
}

bool
is_refused (const Shape &shape)
{
  static const char *const what = setting ("MSM_EMULATION_PRODUCTS", "all");

  return strcmp (what, "none") == 0
         || (strcmp (what, "plain") == 0
             && (shape.epilogue != CUBLASLT_EPILOGUE_DEFAULT || shape.type != CUBLAS_COMPUTE_32F
                 || shape.types[0] != CUDA_R_32F));
}

size_t
workspace_of (int algorithm)
{
  switch (algorithm)
    {
    case HUNGRY:
      return (size_t) 64 << 20;
    case PLAIN:
      return 0;
    default:
      return 1000 + (size_t) algorithm;
    }
}

uint32_t
reduction_of (int algorithm)
{
  return algorithm == SPLIT_IN_PLACE ? CUBLASLT_REDUCTION_SCHEME_INPLACE
         : algorithm == SPLIT        ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE
                                     : CUBLASLT_REDUCTION_SCHEME_NONE;
}

/* Tensor cores take rows of whole 16 bytes. */
bool
is_able (int algorithm, const Shape &shape)
{
  const int64_t per_line = shape.types[0] == CUDA_R_16BF ? 8 : 4;

  return algorithm != TENSOR_CORE
         || (shape.alignment[0] % 16 == 0 && shape.alignment[1] % 16 == 0 && shape.alignment[2] % 16 == 0
             && shape.ld[0] % per_line == 0 && shape.ld[1] % per_line == 0
             && (shape.types[0] == CUDA_R_16BF || shape.type != CUBLAS_COMPUTE_32F));
}

void
expect (const char *name, const void *pointer, size_t bytes, size_t alignment)
{
  if (!is_device (pointer, bytes))
    die ("a product's %s of %zu bytes is no memory of the device", name, bytes);
  if (alignment_of (pointer) < alignment)
    die ("a product's %s is less aligned than was promised", name);
}

float
load (const void *x, int64_t type, size_t at, int bits)
{
  return type == CUDA_R_16BF ? from_bf16 (static_cast<const uint16_t *> (x)[at])
                             : round_mantissa (static_cast<const float *> (x)[at], bits);
}

/* The factor [rows, k] with its rows side by side: op (A), or the transpose of op (B). */
std::vector<float>
dense (const void *x, int64_t type, size_t first, size_t rows, size_t k, int64_t ld, bool is_turned, int bits)
{
  std::vector<float> y (rows * k);

  for (size_t l = 0; l < k; l++)
    for (size_t i = 0; i < rows; i++)
      y[l * rows + i] = load (x, type, first + (is_turned ? i * (size_t) ld + l : l * (size_t) ld + i), bits);
  return y;
}

}

cublasStatus_t
cublasLtCreate (cublasLtHandle_t *handle)
{
  if (is_recording ())
    return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = new cublasLtContext;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtDestroy (cublasLtHandle_t handle)
{
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatrixLayoutCreate (cublasLtMatrixLayout_t *layout, cudaDataType type, uint64_t rows, uint64_t columns,
                            int64_t ld)
{
  Layout *made = new Layout;

  made->sizes = { { CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 4 }, { CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, 8 } };
  made->type = type;
  made->rows = rows;
  made->columns = columns;
  made->ld = ld;
  *layout = reinterpret_cast<cublasLtMatrixLayout_t> (made);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatrixLayoutDestroy (cublasLtMatrixLayout_t layout)
{
  delete of (layout);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatrixLayoutSetAttribute (cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t name,
                                  const void *value, size_t bytes)
{
  return of (layout)->set (name, value, bytes);
}

cublasStatus_t
cublasLtMatmulDescCreate (cublasLtMatmulDesc_t *operation, cublasComputeType_t type, cudaDataType_t scale)
{
  Operation *made;

  if (scale != CUDA_R_32F)
    return CUBLAS_STATUS_INVALID_VALUE;
  made = new Operation;
  made->sizes = { { CUBLASLT_MATMUL_DESC_TRANSA, 4 },
                  { CUBLASLT_MATMUL_DESC_TRANSB, 4 },
                  { CUBLASLT_MATMUL_DESC_EPILOGUE, 4 },
                  { CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, 4 },
                  { CUBLASLT_MATMUL_DESC_BIAS_POINTER, 8 } };
  made->type = type;
  *operation = reinterpret_cast<cublasLtMatmulDesc_t> (made);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatmulDescDestroy (cublasLtMatmulDesc_t operation)
{
  delete of (operation);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatmulDescSetAttribute (cublasLtMatmulDesc_t operation, cublasLtMatmulDescAttributes_t name, const void *value,
                                size_t bytes)
{
  return of (operation)->set (name, value, bytes);
}

cublasStatus_t
cublasLtMatmulPreferenceCreate (cublasLtMatmulPreference_t *preference)
{
  Attributes *made = new Attributes;

  made->sizes = {
    { CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 8 },   { CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, 4 },
    { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, 4 }, { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, 4 },
    { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, 4 }, { CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, 4 }
  };
  *preference = reinterpret_cast<cublasLtMatmulPreference_t> (made);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatmulPreferenceDestroy (cublasLtMatmulPreference_t preference)
{
  delete of (preference);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatmulPreferenceSetAttribute (cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t name,
                                      const void *value, size_t bytes)
{
  return of (preference)->set (name, value, bytes);
}

cublasStatus_t
cublasLtMatmulAlgoGetHeuristic (cublasLtHandle_t, cublasLtMatmulDesc_t operation, cublasLtMatrixLayout_t a,
                                cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                cublasLtMatmulPreference_t preference, int wanted,
                                cublasLtMatmulHeuristicResult_t *results, int *n)
{
  Guard guard (mutex ());
  const Attributes &p = *of (preference);
  const uint64_t most = p.get<uint64_t> (CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 0);
  const uint32_t mask = p.get<uint32_t> (CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, CUBLASLT_REDUCTION_SCHEME_MASK);
  const uint32_t of_d = p.get<uint32_t> (CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, 256);
  Shape shape;

  *n = 0;
  if (is_recording () || strcmp (setting ("MSM_EMULATION_PLANNED", "0"), "0") != 0)
    die ("an algorithm for a product is looked for after planning");
  if (!shape_of (shape, *of (operation), *of (a), *of (b), *of (c), *of (d)))
    return CUBLAS_STATUS_INVALID_VALUE;
  shape.alignment[0] = p.get<uint32_t> (CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, 256);
  shape.alignment[1] = p.get<uint32_t> (CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, 256);
  shape.alignment[2] = p.get<uint32_t> (CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, 256);
  if (of_d < shape.alignment[2])
    shape.alignment[2] = of_d;
  shape.alignment[3] = alignment_of (of (operation)->get<const void *> (CUBLASLT_MATMUL_DESC_BIAS_POINTER, nullptr));
  if (!is_known (shape) || is_refused (shape))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  for (int algorithm = SPLIT_IN_PLACE; algorithm <= PLAIN && *n < wanted; algorithm++)
    {
      cublasLtMatmulHeuristicResult_t &result = results[*n];
      const uint64_t number = all_chosen ().size ();

      if ((reduction_of (algorithm) & ~mask) != 0 || workspace_of (algorithm) > most || !is_able (algorithm, shape))
        continue;
      memset (&result, 0, sizeof result);
      result.algo.data[0] = number;
      result.workspaceSize = workspace_of (algorithm);
      result.state = algorithm == BROKEN ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_SUCCESS;
      all_chosen ().push_back ({ algorithm, shape });
      ++*n;
    }
  return *n > 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t
cublasLtMatmul (cublasLtHandle_t, cublasLtMatmulDesc_t operation, const void *alpha_at, const void *a,
                cublasLtMatrixLayout_t a_layout, const void *b, cublasLtMatrixLayout_t b_layout, const void *beta_at,
                const void *c, cublasLtMatrixLayout_t c_layout, void *d, cublasLtMatrixLayout_t d_layout,
                const cublasLtMatmulAlgo_t *algo, void *workspace, size_t workspace_bytes, cudaStream_t stream)
{
  Guard guard (mutex ());
  const float alpha = *static_cast<const float *> (alpha_at), beta = *static_cast<const float *> (beta_at);
  const void *bias = of (operation)->get<const void *> (CUBLASLT_MATMUL_DESC_BIAS_POINTER, nullptr);
  Shape shape;

  if (algo == nullptr || algo->data[0] >= all_chosen ().size ())
    die ("a product is run by an algorithm that nobody has chosen");
  const Chosen chosen = all_chosen ()[algo->data[0]];

  if (!shape_of (shape, *of (operation), *of (a_layout), *of (b_layout), *of (c_layout), *of (d_layout)))
    return CUBLAS_STATUS_INVALID_VALUE;
  memcpy (shape.alignment, chosen.shape.alignment, sizeof shape.alignment);
  if (memcmp (&shape, &chosen.shape, sizeof shape) != 0)
    die ("a product is run by another one's algorithm");
  if (reduction_of (chosen.algorithm) != CUBLASLT_REDUCTION_SCHEME_NONE || chosen.algorithm == BROKEN)
    die ("a product's algorithm was taken that is not deterministic, or cannot be run");
  if (c != d && beta != 0)
    expect ("summand", c, of (c_layout)->bytes (), shape.alignment[2]);
  expect ("first factor", a, of (a_layout)->bytes (), shape.alignment[0]);
  expect ("second factor", b, of (b_layout)->bytes (), shape.alignment[1]);
  expect ("result", d, of (d_layout)->bytes (), shape.alignment[2]);
  const bool has_bias = shape.epilogue == CUBLASLT_EPILOGUE_BIAS;

  if (has_bias)
    expect ("bias", bias, 4 * shape.m, shape.alignment[3]);
  if (workspace_bytes < workspace_of (chosen.algorithm))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (workspace_bytes > 0 && (!is_device (workspace, workspace_bytes) || alignment_of (workspace) < 256))
    die ("a product's workspace of %zu bytes is no memory of the device, or crooked", workspace_bytes);
  const int bits = bits_of (shape.type);

  count (Count::Product);
  return queue (stream,
                [=] {
                  Access access;

                  if (workspace_bytes > 0) /* whoever else keeps something there finds it lost */
                    poison (workspace, workspace_bytes);
                  for (int z = 0; z < shape.batch; z++)
                    {
                      const std::vector<float> u = dense (a, shape.types[0], (size_t) (z * shape.stride[0]), shape.m,
                                                          shape.k, shape.ld[0], shape.ta != CUBLAS_OP_N, bits);
                      const std::vector<float> v = dense (b, shape.types[1], (size_t) (z * shape.stride[1]), shape.n,
                                                          shape.k, shape.ld[1], shape.tb == CUBLAS_OP_N, bits);
                      std::vector<double> sum (shape.m);

                      for (size_t j = 0; j < shape.n; j++)
                        {
                          const size_t first = (size_t) (z * shape.stride[2]) + j * (size_t) shape.ld[2];
                          float *column = static_cast<float *> (d) + first;
                          const float *added = static_cast<const float *> (c) + first;

                          sum.assign (shape.m, 0);
                          for (size_t l = 0; l < shape.k; l++)
                            for (size_t i = 0; i < shape.m; i++)
                              sum[i] += (double) u[l * shape.m + i] * v[l * shape.n + j];
                          for (size_t i = 0; i < shape.m; i++)
                            column[i] = (float) (alpha * sum[i] + (beta != 0 ? beta * added[i] : 0.0)
                                                 + (has_bias ? static_cast<const float *> (bias)[i] : 0.0f));
                        }
                    }
                })
                 == cudaSuccess
             ? CUBLAS_STATUS_SUCCESS
             : CUBLAS_STATUS_EXECUTION_FAILED;
}

const char *
cublasLtGetStatusString (cublasStatus_t status)
{
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "an error of the emulated cuBLASLt";
}
