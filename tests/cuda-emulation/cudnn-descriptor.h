#pragma once

/* Descriptors of the emulated cuDNN: what they were given, checked as cuDNN's documentation demands. */

#include <cudnn.h>

#include <map>
#include <memory>
#include <vector>

#include "tests/cuda-emulation/emulation.h"

struct cudnnContext
{
  cudaStream_t stream = nullptr;
};

namespace emulation
{

struct Descriptor;
using Shared = std::shared_ptr<Descriptor>;

struct Value
{
  std::vector<char> bytes;
  std::vector<Shared> descriptors;
};

struct Descriptor
{
  cudnnBackendDescriptorType_t type;
  bool is_final = false;
  std::map<cudnnBackendAttributeName_t, Value> values;
  int engine = -1; /* of engines, their configurations and plans */

  bool
  has (cudnnBackendAttributeName_t name) const
  {
    return values.count (name) != 0;
  }
  const Shared &
  child (cudnnBackendAttributeName_t name, size_t i = 0) const
  {
    return values.at (name).descriptors.at (i);
  }

  template <typename T>
  std::vector<T>
  all (cudnnBackendAttributeName_t name) const
  {
    const std::vector<char> &bytes = values.at (name).bytes;
    const T *first = reinterpret_cast<const T *> (bytes.data ());

    return std::vector<T> (first, first + bytes.size () / sizeof (T));
  }

  template <typename T>
  T
  one (cudnnBackendAttributeName_t name, T otherwise) const
  {
    return has (name) ? all<T> (name)[0] : otherwise;
  }
};

/* A tensor in words of its own. */
struct Tensor
{
  cudnnDataType_t type;
  std::vector<int64_t> dims, strides;
  int64_t uid, alignment;
  bool is_virtual;

  explicit Tensor (const Descriptor &descriptor);
  size_t size () const; /* elements from the first to the last */
  size_t bytes () const;
};

size_t element_bytes (cudnnDataType_t type);
/* x, w and y of a convolution, whichever of them it writes. */
struct ConvolutionNames
{
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t x, w, y, convolution, alpha, beta;
};
/* NULL for other operations. */
const ConvolutionNames *convolution_names (cudnnBackendDescriptorType_t type);
/* Says what is wrong, as cuDNN's log would. */
cudnnStatus_t refuse (cudnnStatus_t status, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* Of a descriptor whose required attributes are there. */
cudnnStatus_t check_final (const Descriptor &descriptor);

/* cudnn-engine.cpp */
std::vector<int> engines_of (const Descriptor &graph, cudnnBackendHeurMode_t mode);
std::vector<cudnnBackendNumericalNote_t> notes_of (int engine);
cudnnStatus_t plan_status (int engine);
int64_t workspace_of (int engine);
void execute (const Descriptor &graph, int engine, const std::map<int64_t, void *> &pointers);

}
