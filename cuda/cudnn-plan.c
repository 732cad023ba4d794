/* cuDNN's graph API through its C backend descriptors. */

#include "cuda/cudnn-plan.h"

#include <stdbool.h>
#include <stdint.h>

#define UID_X       'x'
#define UID_W       'w'
#define UID_Y       'y'
#define UID_B       'b'
#define UID_SUM     's'
#define MAX_ENGINES 32
#define MAX_NOTES   16

typedef cudnnBackendDescriptor_t Descriptor;

static int
set (Descriptor d, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
     const void *values)
{
  return cudnnBackendSetAttribute (d, name, type, count, (void *) values) == CUDNN_STATUS_SUCCESS;
}

static int
set_descriptor (Descriptor d, cudnnBackendAttributeName_t name, Descriptor value)
{
  return set (d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value);
}

static Descriptor
make (cudnnBackendDescriptorType_t type)
{
  Descriptor d = NULL;

  return cudnnBackendCreateDescriptor (type, &d) == CUDNN_STATUS_SUCCESS ? d : NULL;
}

static void
drop (Descriptor d)
{
  if (d != NULL)
    cudnnBackendDestroyDescriptor (d);
}

static int
finish (Descriptor d, int ok)
{
  return ok && cudnnBackendFinalize (d) == CUDNN_STATUS_SUCCESS;
}

/* [a, c, h, w] in cuDNN's words, stored [a, h, w, c]; a virtual one is never in memory. */
static Descriptor
make_tensor (int64_t uid, cudnnDataType_t type, size_t a, size_t c, size_t h, size_t w, bool is_virtual)
{
  const int64_t dims[4] = { (int64_t) a, (int64_t) c, (int64_t) h, (int64_t) w };
  const int64_t strides[4] = { (int64_t) (h * w * c), 1, (int64_t) (w * c), (int64_t) c };
  const int64_t alignment = 16;
  Descriptor d = make (CUDNN_BACKEND_TENSOR_DESCRIPTOR);

  if (d != NULL
      && !finish (d, set (d, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type)
                         && set (d, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dims)
                         && set (d, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides)
                         && set (d, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid)
                         && set (d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment)
                         && set (d, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual)))
    {
      drop (d);
      return NULL;
    }
  return d;
}

/*
 * Padded by k / 2 on every side: with a stride of 2 and an even size the last column of it is not read, but
 * most of cuDNN's engines refuse paddings that differ. Sums are float32 whatever the factors are.
 */
static Descriptor
make_convolution (const MsmConvShape *s)
{
  const int64_t stride = (int64_t) s->stride;
  const int64_t pad[2] = { (int64_t) s->kernel / 2, (int64_t) s->kernel / 2 };
  const int64_t strides[2] = { stride, stride }, dilations[2] = { 1, 1 }, n_dims = 2;
  const cudnnDataType_t type = CUDNN_DATA_FLOAT;
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  Descriptor d = make (CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);

  if (d != NULL
      && !finish (d, set (d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &n_dims)
                         && set (d, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type)
                         && set (d, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode)
                         && set (d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, pad)
                         && set (d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, pad)
                         && set (d, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilations)
                         && set (d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, strides)))
    {
      drop (d);
      return NULL;
    }
  return d;
}

/* The names of one kind of operation. */
typedef struct
{
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t x, w, y, convolution, alpha, beta;
} OperationNames;

static const OperationNames operation_names[] = {
  [MSM_CUDNN_FORWARD] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                          CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA },
  [MSM_CUDNN_BACKWARD_DATA] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA },
  [MSM_CUDNN_BACKWARD_FILTER] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA },
};

static Descriptor
make_operation (MsmCudnnKind kind, Descriptor x, Descriptor w, Descriptor y, Descriptor convolution)
{
  const OperationNames *names = &operation_names[kind == MSM_CUDNN_FORWARD_BIAS ? MSM_CUDNN_FORWARD : kind];
  const float one = 1, zero = 0;
  Descriptor d = make (names->type);

  if (d != NULL
      && !finish (d, set_descriptor (d, names->x, x) && set_descriptor (d, names->w, w)
                         && set_descriptor (d, names->y, y) && set_descriptor (d, names->convolution, convolution)
                         && set (d, names->alpha, CUDNN_TYPE_FLOAT, 1, &one)
                         && set (d, names->beta, CUDNN_TYPE_FLOAT, 1, &zero)))
    {
      drop (d);
      return NULL;
    }
  return d;
}

/*
 * The same bits every time, and float32 as it is: tensor cores round its factors to TF32 where that is asked for, but
 * what converts its inputs may make float16 of them, which overflows, and large tiles of Winograd's lose digits.
 */
static int
engine_is_wanted (Descriptor config, MsmPrecision precision)
{
  cudnnBackendNumericalNote_t notes[MAX_NOTES];
  Descriptor engine = make (CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  int64_t count = 0;
  int wanted;

  wanted = engine != NULL
           && cudnnBackendGetAttribute (config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count,
                                        &engine)
                  == CUDNN_STATUS_SUCCESS
           && cudnnBackendGetAttribute (engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, MAX_NOTES,
                                        &count, notes)
                  == CUDNN_STATUS_SUCCESS;
  for (int64_t i = 0; wanted && i < count && i < MAX_NOTES; i++)
    if (notes[i] == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC
        || notes[i] == CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION
        || notes[i] == CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6 || notes[i] == CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13
        || (notes[i] == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS && precision != MSM_PRECISION_BF16)
        || (notes[i] == CUDNN_NUMERICAL_NOTE_TENSOR_CORE && precision == MSM_PRECISION_F32))
      wanted = 0;
  drop (engine);
  return wanted;
}

static int
try_config (MsmCudnnPlan *self, cudnnHandle_t handle, Descriptor config)
{
  Descriptor plan = make (CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  int64_t bytes = 0, count = 0;

  if (plan != NULL
      && finish (plan, set (plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle)
                           && set_descriptor (plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config))
      && cudnnBackendGetAttribute (plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1, &count, &bytes)
             == CUDNN_STATUS_SUCCESS)
    {
      self->plan = plan;
      self->config = config;
      self->workspace_bytes = (size_t) bytes;
      return 1;
    }
  drop (plan);
  return 0;
}

static int
choose (MsmCudnnPlan *self, cudnnHandle_t handle, Descriptor graph, cudnnBackendHeurMode_t mode, MsmPrecision precision)
{
  Descriptor heuristic = make (CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  Descriptor configs[MAX_ENGINES] = { NULL };
  int64_t count = 0;
  int ok;

  ok = heuristic != NULL
       && finish (heuristic, set_descriptor (heuristic, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph)
                                 && set (heuristic, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode));
  for (int i = 0; ok && i < MAX_ENGINES; i++)
    ok = (configs[i] = make (CUDNN_BACKEND_ENGINECFG_DESCRIPTOR)) != NULL;
  ok = ok
       && cudnnBackendGetAttribute (heuristic, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                    MAX_ENGINES, &count, configs)
              == CUDNN_STATUS_SUCCESS;
  for (int64_t i = 0; ok && self->plan == NULL && i < count && i < MAX_ENGINES; i++)
    if (engine_is_wanted (configs[i], precision))
      try_config (self, handle, configs[i]);
  for (int i = 0; i < MAX_ENGINES; i++)
    if (configs[i] != self->config) /* the plan's own lives as long as the plan */
      drop (configs[i]);
  drop (heuristic);
  return self->plan != NULL;
}

/* y = sum + b */
static Descriptor
make_addition (Descriptor sum, Descriptor b, Descriptor y)
{
  const cudnnPointwiseMode_t mode = CUDNN_POINTWISE_ADD;
  const cudnnDataType_t type = CUDNN_DATA_FLOAT;
  Descriptor add = make (CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  Descriptor d = make (CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);

  if (add == NULL || d == NULL
      || !finish (add, set (add, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode)
                           && set (add, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &type))
      || !finish (d, set_descriptor (d, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, add)
                         && set_descriptor (d, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, sum)
                         && set_descriptor (d, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, b)
                         && set_descriptor (d, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y)))
    {
      drop (d);
      d = NULL;
    }
  drop (add);
  return d;
}

/* The operations of @kind; 0: they cannot be described. */
static int
make_operations (Descriptor operations[2], const MsmConvShape *s, MsmCudnnKind kind, MsmPrecision precision)
{
  const size_t h_out = (s->h - 1) / s->stride + 1, w_out = (s->w - 1) / s->stride + 1;
  const cudnnDataType_t type = precision == MSM_PRECISION_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  const int with_bias = kind == MSM_CUDNN_FORWARD_BIAS;
  Descriptor x = make_tensor (UID_X, type, s->n, s->c_in, s->h, s->w, false);
  Descriptor w = make_tensor (UID_W, type, s->c_out, s->c_in, s->kernel, s->kernel, false);
  Descriptor y = make_tensor (UID_Y, type, s->n, s->c_out, h_out, w_out, false);
  Descriptor convolution = make_convolution (s);
  Descriptor sum = NULL, b = NULL;
  int ok = x != NULL && w != NULL && y != NULL && convolution != NULL;

  if (with_bias)
    {
      sum = make_tensor (UID_SUM, CUDNN_DATA_FLOAT, s->n, s->c_out, h_out, w_out, true);
      b = make_tensor (UID_B, type, 1, s->c_out, 1, 1, false);
      ok = ok && sum != NULL && b != NULL;
    }
  ok = ok && (operations[0] = make_operation (kind, x, w, with_bias ? sum : y, convolution)) != NULL
       && (!with_bias || (operations[1] = make_addition (sum, b, y)) != NULL);
  drop (b);
  drop (sum);
  drop (convolution);
  drop (y);
  drop (w);
  drop (x);
  return ok;
}

int
msm_cudnn_plan_init (MsmCudnnPlan *self, cudnnHandle_t handle, MsmCudnnKind kind, const MsmConvShape *s,
                     MsmPrecision precision)
{
  const int64_t n_operations = kind == MSM_CUDNN_FORWARD_BIAS ? 2 : 1;
  Descriptor operations[2] = { NULL, NULL }, graph = NULL;
  int ok;

  self->plan = NULL;
  self->config = NULL;
  self->workspace_bytes = 0;
  self->kind = kind;
  self->precision = precision;
  ok = make_operations (operations, s, kind, precision)
       && (graph = make (CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR)) != NULL
       && finish (graph, set (graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle)
                             && set (graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, n_operations,
                                     operations))
       && (choose (self, handle, graph, CUDNN_HEUR_MODE_A, precision)
           || choose (self, handle, graph, CUDNN_HEUR_MODE_FALLBACK, precision));
  drop (graph);
  drop (operations[1]);
  drop (operations[0]);
  return ok;
}

void
msm_cudnn_plan_clear (MsmCudnnPlan *self)
{
  drop (self->plan);
  drop (self->config);
  self->plan = NULL;
  self->config = NULL;
}

void
msm_cudnn_plan_run (MsmDeviceState *state, const MsmCudnnPlan *self, const void *x, const void *w, const void *y,
                    const void *b, void *workspace)
{
  const int64_t uids[4] = { UID_X, UID_W, UID_Y, UID_B };
  const void *pointers[4] = { x, w, y, b };
  const int64_t count = self->kind == MSM_CUDNN_FORWARD_BIAS ? 4 : 3;
  const void *arguments[] = { self->plan, x, w, y, b, workspace };
  Descriptor pack;
  cudnnStatus_t status = CUDNN_STATUS_ALLOC_FAILED;

  if (!msm_cuda_call (state, "convolution", arguments, sizeof arguments))
    return;
  pack = make (CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  if (pack != NULL
      && finish (pack, set (pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, uids)
                           && set (pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count, pointers)
                           && set (pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace)))
    status = cudnnBackendExecute ((cudnnHandle_t) state->cudnn, self->plan, pack);
  drop (pack);
  if (status != CUDNN_STATUS_SUCCESS)
    msm_cuda_fail (state, "convolution", cudnnGetErrorString (status));
}
