#include "config.h"

/*
 * The module's own search for execution plans, in the real cuDNN: it plans for a GPU that is described to it, without
 * one. So its descriptors are what cuDNN takes, and the shapes in use have engines of every precision. Nothing runs.
 */

#include <cudnn.h>
#include <glib.h>
#include <string.h>

/* Where the module names a handle, the description stands. */
static cudnnBackendDescriptor_t described;

static cudnnStatus_t
set_attribute (cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
               int64_t count, const void *values)
{
  if (type == CUDNN_TYPE_HANDLE && name != CUDNN_ATTR_EXECUTION_PLAN_HANDLE) /* a graph needs none */
    return CUDNN_STATUS_SUCCESS;
  if (name == CUDNN_ATTR_EXECUTION_PLAN_HANDLE)
    return cudnnBackendSetAttribute (d, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                     &described);
  if (name == CUDNN_ATTR_ENGINEHEUR_MODE)
    cudnnBackendSetAttribute (d, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &described);
  return cudnnBackendSetAttribute (d, name, type, count, values);
}

#define cudnnBackendSetAttribute set_attribute
#include "cuda/cudnn-plan.c"
#undef cudnnBackendSetAttribute

/* What running a plan would call. */
int
msm_cuda_call (MsmDeviceState *state, const char *what, const void *arguments, size_t bytes)
{
  g_assert_not_reached ();
}

void
msm_cuda_fail (MsmDeviceState *state, const char *what, const char *reason)
{
  g_assert_not_reached ();
}

typedef struct
{
  const char *name;
  int capability, n_multiprocessors, shared, cache, clock, memory_clock;
  gint64 memory;
} Gpu;

static const Gpu gpus[] = {
  { "NVIDIA A100-SXM4-80GB", 800, 108, 166912, 41943040, 1410000, 1593000, 85000000000 },
  { "NVIDIA H100 80GB HBM3", 900, 132, 232448, 52428800, 1980000, 2619000, 85000000000 },
};

static gboolean
describe (const Gpu *gpu)
{
  g_autofree char *json = g_strdup_printf (
      "{\"version\": 1, \"cudaDeviceId\": 0, \"deviceName\": \"%s\", \"deviceVer\": %d, \"driverVer\": 13000, "
      "\"isTccDriver\": 0, \"l2CacheSize\": %d, \"maxCtasPerSM\": 32, \"maxRegistersPerSM\": 65536, "
      "\"maxSharedMemoryPerBlock\": 49152, \"maxSharedMemoryPerBlockOptin\": %d, \"maxThreadsPerBlock\": 1024, "
      "\"maxThreadsPerSM\": 2048, \"memClockRateKHz\": %d, \"multiProcessorCount\": %d, \"pciDeviceId\": 0, "
      "\"regsPerBlock\": 65536, \"reservedSharedMemoryPerBlock\": 1024, \"smClockRateKHz\": %d, "
      "\"supportCoopLaunch\": 1, \"totalGlobalMem\": %" G_GINT64_FORMAT ", \"warpSize\": 32, "
      "\"maxGridSize\": [2147483647, 65535, 65535], \"maxBlockSize\": [1024, 1024, 64]}",
      gpu->name, gpu->capability, gpu->cache, gpu->shared, gpu->memory_clock, gpu->n_multiprocessors, gpu->clock,
      gpu->memory);

  described = make (CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  return described != NULL
         && finish (described, set (described, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
                                    (int64_t) strlen (json) + 1, json));
}

/* The reference network's at 256 × 256 and the shipped prior's kind, strides, few and odd channels, one picture or
   a training's batch. */
static const MsmConvShape shapes[] = {
  { 1, 256, 256, 2, 128, 3, 1 },   { 1, 256, 256, 128, 128, 3, 1 }, { 1, 256, 256, 128, 2, 3, 1 },
  { 1, 256, 256, 256, 128, 1, 1 }, { 1, 64, 64, 512, 256, 3, 1 },   { 1, 8, 8, 1024, 512, 3, 1 },
  { 3, 256, 256, 64, 64, 3, 1 },   { 4, 128, 128, 64, 128, 3, 2 },  { 1, 32, 32, 256, 768, 1, 1 },
  { 1, 320, 328, 32, 32, 3, 1 },   { 1, 17, 15, 3, 5, 3, 1 },       { 2, 11, 12, 8, 8, 3, 2 },
};

static void
test_plans (gconstpointer data)
{
  if (!describe (data))
    {
      g_test_skip ("this cuDNN does not plan for a GPU that is not there");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (int kind = MSM_CUDNN_FORWARD; kind <= MSM_CUDNN_BACKWARD_FILTER; kind++)
      for (int precision = MSM_PRECISION_F32; precision <= MSM_PRECISION_BF16; precision++)
        {
          MsmCudnnPlan plan;

          if (kind == MSM_CUDNN_FORWARD_BIAS && precision == MSM_PRECISION_BF16)
            continue; /* which the module does not ask for */
          if (!msm_cudnn_plan_init (&plan, NULL, kind, &shapes[i], precision))
            g_error ("shape %u, kind %d, precision %d: no engine", i, kind, precision);
          g_test_message ("shape %u, kind %d, precision %d: %.1f MiB of workspace", i, kind, precision,
                          (double) plan.workspace_bytes / 1048576.0);
          msm_cudnn_plan_clear (&plan);
        }
  drop (described);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cudnn-plans/a100", &gpus[0], test_plans);
  g_test_add_data_func ("/cudnn-plans/h100", &gpus[1], test_plans);
  return g_test_run ();
}
