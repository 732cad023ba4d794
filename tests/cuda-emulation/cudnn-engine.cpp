/*
 * The engines of the emulated cuDNN: loops over strides. Some are there to be passed over: the first gives other
 * results each time, the second loses digits in its sums, the third cannot be planned.
 */

#include "tests/cuda-emulation/cudnn-descriptor.h"

#include <cstring>

#include "tests/cuda-emulation/numbers.h"

namespace emulation
{
namespace
{

enum
{
  RANDOM,
  LOSSY,
  BROKEN,
  TENSOR_CORE,
  PLAIN
};

/* A tensor's elements, in memory or, when virtual, in one's own. */
struct View
{
  Tensor tensor;
  char *data;
  int bits; /* of mantissa that are read */

  float
  load (size_t at) const
  {
    float x;
    uint16_t narrow;

    if (tensor.type == CUDNN_DATA_FLOAT)
      memcpy (&x, data + 4 * at, sizeof x);
    else
      {
        memcpy (&narrow, data + 2 * at, sizeof narrow);
        x = from_bf16 (narrow);
      }
    return round_mantissa (x, bits);
  }
  void
  store (size_t at, double value) const
  {
    const float x = (float) value;
    const uint16_t narrow = to_bf16 (x);

    if (tensor.type == CUDNN_DATA_FLOAT)
      memcpy (data + 4 * at, &x, sizeof x);
    else
      memcpy (data + 2 * at, &narrow, sizeof narrow);
  }
};

struct Views
{
  const std::map<int64_t, void *> &pointers;
  std::map<int64_t, std::vector<char> > virtuals;

  View
  of (const Descriptor &descriptor, int bits)
  {
    Tensor t (descriptor);

    if (!t.is_virtual)
      return { t, static_cast<char *> (pointers.at (t.uid)), bits };
    virtuals[t.uid].resize (t.bytes ());
    return { t, virtuals[t.uid].data (), bits };
  }
};

/* Where a tap of the filter meets a position of the output: offsets of the first channel in x, w and y. */
template <typename F>
void
each_tap (const Tensor &x, const Tensor &w, const Tensor &y, const Descriptor &convolution, F f)
{
  const auto pad = convolution.all<int64_t> (CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS);
  const auto dilation = convolution.all<int64_t> (CUDNN_ATTR_CONVOLUTION_DILATIONS);
  const auto stride = convolution.all<int64_t> (CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES);

  if (x.dims.size () != 4 || x.strides[1] != 1 || w.strides[1] != 1 || y.strides[1] != 1)
    die ("convolutions are emulated of images alone, channels last");
  for (int64_t n = 0; n < y.dims[0]; n++)
    for (int64_t p = 0; p < y.dims[2]; p++)
      for (int64_t q = 0; q < y.dims[3]; q++)
        for (int64_t r = 0; r < w.dims[2]; r++)
          for (int64_t s = 0; s < w.dims[3]; s++)
            {
              const int64_t i = p * stride[0] - pad[0] + r * dilation[0], j = q * stride[1] - pad[1] + s * dilation[1];

              if (i >= 0 && i < x.dims[2] && j >= 0 && j < x.dims[3])
                f ((size_t) (n * x.strides[0] + i * x.strides[2] + j * x.strides[3]),
                   (size_t) (r * w.strides[2] + s * w.strides[3]),
                   (size_t) (n * y.strides[0] + p * y.strides[2] + q * y.strides[3]));
            }
}

/* sum += a b, in double: the products of float32 are exact. */
void
add_products (double *sum, float a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    sum[i] += (double) a * b[i];
}

std::vector<float>
load_all (const View &view)
{
  std::vector<float> values (view.tensor.size ());

  for (size_t i = 0; i < values.size (); i++)
    values[i] = view.load (i);
  return values;
}

/* Of tensors without gaps, which ours are. */
void
store_all (const View &view, const std::vector<double> &values, float alpha, float beta)
{
  size_t n = 1;

  for (int64_t d : view.tensor.dims)
    n *= (size_t) d;
  if (n != values.size ())
    die ("cuDNN: tensors with gaps are not emulated");
  for (size_t i = 0; i < n; i++)
    view.store (i, alpha * values[i] + (beta != 0 ? beta * view.load (i) : 0.0));
}

void
run_convolution (const Descriptor &d, const ConvolutionNames &names, Views &views, int bits)
{
  const Descriptor &convolution = *d.child (names.convolution);
  const float alpha = d.one (names.alpha, 1.0f), beta = d.one (names.beta, 0.0f);
  const View x = views.of (*d.child (names.x), bits), w = views.of (*d.child (names.w), bits),
             y = views.of (*d.child (names.y), bits);

  if (convolution.one (CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CONVOLUTION) != CUDNN_CROSS_CORRELATION)
    die ("convolutions that turn the filter are not emulated");
  const size_t c_in = (size_t) x.tensor.dims[1], c_out = (size_t) y.tensor.dims[1];
  const size_t next = (size_t) w.tensor.strides[0]; /* from one filter to the next */

  if (names.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR)
    {
      const std::vector<float> a = load_all (x), b = load_all (w);
      std::vector<float> turned (c_in * c_out * (size_t) (w.tensor.dims[2] * w.tensor.dims[3]));
      std::vector<double> sum (y.tensor.size ());

      for (size_t k = 0; k < c_out; k++)
        for (size_t rest = 0; rest < turned.size () / c_out; rest++)
          turned[rest * c_out + k] = b[k * next + rest];
      each_tap (x.tensor, w.tensor, y.tensor, convolution, [&] (size_t i, size_t j, size_t o) {
        for (size_t c = 0; c < c_in; c++)
          add_products (&sum[o], a[i + c], &turned[(j + c) * c_out], c_out);
      });
      store_all (y, sum, alpha, beta);
    }
  else if (names.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR)
    {
      const std::vector<float> a = load_all (w), b = load_all (y);
      std::vector<double> sum (x.tensor.size ());

      each_tap (x.tensor, w.tensor, y.tensor, convolution, [&] (size_t i, size_t j, size_t o) {
        for (size_t k = 0; k < c_out; k++)
          add_products (&sum[i], b[o + k], &a[j + k * next], c_in);
      });
      store_all (x, sum, alpha, beta);
    }
  else
    {
      const std::vector<float> a = load_all (x), b = load_all (y);
      std::vector<double> sum (w.tensor.size ());

      each_tap (x.tensor, w.tensor, y.tensor, convolution, [&] (size_t i, size_t j, size_t o) {
        for (size_t k = 0; k < c_out; k++)
          add_products (&sum[j + k * next], b[o + k], &a[i], c_in);
      });
      store_all (w, sum, alpha, beta);
    }
}

void
run_pointwise (const Descriptor &d, Views &views)
{
  const View x = views.of (*d.child (CUDNN_ATTR_OPERATION_POINTWISE_XDESC), 23);
  const View b = views.of (*d.child (CUDNN_ATTR_OPERATION_POINTWISE_BDESC), 23);
  const View y = views.of (*d.child (CUDNN_ATTR_OPERATION_POINTWISE_YDESC), 23);
  const float alpha1 = d.one (CUDNN_ATTR_OPERATION_POINTWISE_ALPHA1, 1.0f);
  const float alpha2 = d.one (CUDNN_ATTR_OPERATION_POINTWISE_ALPHA2, 1.0f);
  size_t total = 1;

  if (d.child (CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR)->one (CUDNN_ATTR_POINTWISE_MODE, CUDNN_POINTWISE_MUL)
      != CUDNN_POINTWISE_ADD)
    die ("pointwise operations other than sums are not emulated");
  for (int64_t n : y.tensor.dims)
    total *= (size_t) n;
  for (size_t i = 0; i < total; i++)
    {
      size_t at[3] = { 0, 0, 0 }, rest = i;

      for (size_t k = y.tensor.dims.size (); k-- > 0;)
        {
          const size_t index = rest % (size_t) y.tensor.dims[k];

          rest /= (size_t) y.tensor.dims[k];
          at[0] += x.tensor.dims[k] > 1 ? index * (size_t) x.tensor.strides[k] : 0;
          at[1] += b.tensor.dims[k] > 1 ? index * (size_t) b.tensor.strides[k] : 0;
          at[2] += index * (size_t) y.tensor.strides[k];
        }
      y.store (at[2], alpha1 * x.load (at[0]) + alpha2 * b.load (at[1]));
    }
}

}

/*
 * What the real one was found to have engines for, asked without a GPU: the convolution, then a bias of the same type as
 * its other tensors; not one of float32 beside bfloat16.
 */
static bool
is_fusion (const std::vector<Shared> &operations, cudnnDataType_t type)
{
  const Descriptor &add = *operations[1];

  if (operations.size () != 2 || add.type != CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
    return false;
  const Tensor sum (*add.child (CUDNN_ATTR_OPERATION_POINTWISE_XDESC)),
      b (*add.child (CUDNN_ATTR_OPERATION_POINTWISE_BDESC)), y (*add.child (CUDNN_ATTR_OPERATION_POINTWISE_YDESC));

  return sum.is_virtual && sum.type == CUDNN_DATA_FLOAT && b.type == type && y.type == type
         && b.dims == std::vector<int64_t>{ 1, y.dims[1], 1, 1 };
}

std::vector<int>
engines_of (const Descriptor &graph, cudnnBackendHeurMode_t mode)
{
  static const char *const what = setting ("MSM_EMULATION_ENGINES", "all");
  const auto &operations = graph.values.at (CUDNN_ATTR_OPERATIONGRAPH_OPS).descriptors;
  const ConvolutionNames *names = convolution_names (operations[0]->type);
  const bool is_fused = operations.size () > 1;

  if (strcmp (setting ("MSM_EMULATION_PLANNED", "0"), "0") != 0)
    die ("cuDNN: an engine is looked for after planning");
  if (strcmp (what, "none") == 0 || (is_fused && strcmp (what, "unfused") == 0) || names == nullptr)
    return {};
  const Tensor x (*operations[0]->child (names->x)), y (*operations[0]->child (names->y));
  const bool is_narrow = x.type == CUDNN_DATA_BFLOAT16;

  if (is_fused && !is_fusion (operations, x.type))
    return {};

  /* Odd numbers of channels have no tensor cores, so that there is something to fall back from. */
  if ((is_narrow || is_fused) && (x.dims[1] % 2 != 0 || y.dims[1] % 2 != 0))
    return {};
  if (is_narrow)
    return mode == CUDNN_HEUR_MODE_FALLBACK ? std::vector<int>{ TENSOR_CORE }
                                            : std::vector<int>{ RANDOM, LOSSY, BROKEN, TENSOR_CORE };
  return mode == CUDNN_HEUR_MODE_FALLBACK ? std::vector<int>{ PLAIN }
                                          : std::vector<int>{ RANDOM, LOSSY, BROKEN, TENSOR_CORE, PLAIN };
}

std::vector<cudnnBackendNumericalNote_t>
notes_of (int engine)
{
  switch (engine)
    {
    case RANDOM:
      return { CUDNN_NUMERICAL_NOTE_TENSOR_CORE, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC };
    case LOSSY:
      return { CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION };
    case TENSOR_CORE:
      return { CUDNN_NUMERICAL_NOTE_TENSOR_CORE };
    default:
      return {};
    }
}

cudnnStatus_t
plan_status (int engine)
{
  return engine == BROKEN ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
}

/* Never a multiple of any alignment. */
int64_t
workspace_of (int engine)
{
  return 1000 + engine;
}

void
execute (const Descriptor &graph, int engine, const std::map<int64_t, void *> &pointers)
{
  Views views{ pointers, {} };
  const int bits = engine == TENSOR_CORE ? 10 : 23;

  if (engine == RANDOM || engine == LOSSY)
    die ("cuDNN: an engine was taken that is not deterministic, or whose sums are not float32");
  for (const Shared &operation : graph.values.at (CUDNN_ATTR_OPERATIONGRAPH_OPS).descriptors)
    {
      const ConvolutionNames *names = convolution_names (operation->type);

      if (names != nullptr)
        run_convolution (*operation, *names, views, bits);
      else
        run_pointwise (*operation, views);
    }
}

}
