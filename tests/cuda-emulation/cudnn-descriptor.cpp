/* cuDNN's backend descriptors: attributes with their types and counts, and what makes them complete. */

#include "tests/cuda-emulation/cudnn-descriptor.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <set>

namespace emulation
{
namespace
{

struct Row
{
  cudnnBackendDescriptorType_t owner;
  cudnnBackendAttributeName_t name;
  cudnnBackendAttributeType_t type;
  int64_t most; /* elements */
  bool is_required;
};

const ConvolutionNames convolutions[] = {
  { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA },
  { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA },
  { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA },
};

constexpr auto TENSOR = CUDNN_BACKEND_TENSOR_DESCRIPTOR;
constexpr auto CONVOLUTION = CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR;
constexpr auto POINTWISE = CUDNN_BACKEND_POINTWISE_DESCRIPTOR;
constexpr auto POINTWISE_OPERATION = CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR;
constexpr auto GRAPH = CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR;
constexpr auto HEURISTIC = CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR;
constexpr auto CONFIG = CUDNN_BACKEND_ENGINECFG_DESCRIPTOR;
constexpr auto ENGINE = CUDNN_BACKEND_ENGINE_DESCRIPTOR;
constexpr auto PLAN = CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR;
constexpr auto PACK = CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR;

const Row rows[] = {
  { TENSOR, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, true },
  { TENSOR, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 8, true },
  { TENSOR, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 8, true },
  { TENSOR, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, true },
  { TENSOR, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, true },
  { TENSOR, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, false },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, true },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, true },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, true },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 3, true },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 3, true },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 3, true },
  { CONVOLUTION, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 3, true },
  { POINTWISE, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, true },
  { POINTWISE, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, true },
  { POINTWISE_OPERATION, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true },
  { POINTWISE_OPERATION, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true },
  { POINTWISE_OPERATION, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true },
  { POINTWISE_OPERATION, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true },
  { POINTWISE_OPERATION, CUDNN_ATTR_OPERATION_POINTWISE_ALPHA1, CUDNN_TYPE_FLOAT, 1, false },
  { POINTWISE_OPERATION, CUDNN_ATTR_OPERATION_POINTWISE_ALPHA2, CUDNN_TYPE_FLOAT, 1, false },
  { GRAPH, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, true },
  { GRAPH, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 50, true },
  { HEURISTIC, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true },
  { HEURISTIC, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, true },
  { PLAN, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, true },
  { PLAN, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true },
  { PACK, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 64, true },
  { PACK, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 64, true },
  { PACK, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, true },
};

/* All rows, those of the three convolutions among them. */
const std::vector<Row> &
all_rows ()
{
  static std::vector<Row> all;

  if (!all.empty ())
    return all;
  all.assign (std::begin (rows), std::end (rows));
  for (const ConvolutionNames &names : convolutions)
    {
      for (auto name : { names.x, names.w, names.y, names.convolution })
        all.push_back ({ names.type, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, true });
      all.push_back ({ names.type, names.alpha, CUDNN_TYPE_FLOAT, 1, false });
      all.push_back ({ names.type, names.beta, CUDNN_TYPE_FLOAT, 1, false });
    }
  return all;
}

const Row *
row_of (cudnnBackendDescriptorType_t owner, cudnnBackendAttributeName_t name)
{
  for (const Row &row : all_rows ())
    if (row.owner == owner && row.name == name)
      return &row;
  return nullptr;
}

size_t
type_bytes (cudnnBackendAttributeType_t type)
{
  switch (type)
    {
    case CUDNN_TYPE_BOOLEAN:
      return sizeof (bool);
    case CUDNN_TYPE_INT64:
      return sizeof (int64_t);
    case CUDNN_TYPE_DOUBLE:
      return sizeof (double);
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
      return sizeof (void *);
    default: /* enums and floats */
      return sizeof (int);
    }
}

Shared &
shared (cudnnBackendDescriptor_t descriptor)
{
  return *static_cast<Shared *> (descriptor);
}

cudnnStatus_t
check_tensor (const Descriptor &d)
{
  const Tensor t (d);

  if (t.dims.size () != t.strides.size () || t.dims.size () < 3)
    return refuse (CUDNN_STATUS_BAD_PARAM, "a tensor of %zu dimensions with %zu strides", t.dims.size (),
                   t.strides.size ());
  for (size_t i = 0; i < t.dims.size (); i++)
    if (t.dims[i] < 1 || t.strides[i] < 1)
      return refuse (CUDNN_STATUS_BAD_PARAM, "a tensor's dimension %zu is %ld, stride %ld", i, (long) t.dims[i],
                     (long) t.strides[i]);
  if (t.alignment < (int64_t) element_bytes (t.type) || (t.alignment & (t.alignment - 1)) != 0)
    return refuse (CUDNN_STATUS_BAD_PARAM, "a tensor's alignment is %ld", (long) t.alignment);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
check_convolution (const Descriptor &d)
{
  const size_t n = (size_t) d.one<int64_t> (CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 0);

  for (auto name : { CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS,
                     CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES })
    {
      const auto values = d.all<int64_t> (name);

      if (values.size () != n)
        return refuse (CUDNN_STATUS_BAD_PARAM, "a convolution's attribute %d has %zu elements, not %zu", name,
                       values.size (), n);
      for (int64_t v : values)
        if (v < (name == CUDNN_ATTR_CONVOLUTION_DILATIONS || name == CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES ? 1 : 0))
          return refuse (CUDNN_STATUS_BAD_PARAM, "a convolution's attribute %d is %ld", name, (long) v);
    }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
check_convolution_operation (const Descriptor &d, const ConvolutionNames &names)
{
  const Tensor x (*d.child (names.x)), w (*d.child (names.w)), y (*d.child (names.y));
  const Descriptor &c = *d.child (names.convolution);
  const auto before = c.all<int64_t> (CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS);
  const auto after = c.all<int64_t> (CUDNN_ATTR_CONVOLUTION_POST_PADDINGS);
  const auto dilations = c.all<int64_t> (CUDNN_ATTR_CONVOLUTION_DILATIONS);
  const auto strides = c.all<int64_t> (CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES);
  const size_t rank = before.size () + 2;

  if (x.dims.size () != rank || w.dims.size () != rank || y.dims.size () != rank)
    return refuse (CUDNN_STATUS_BAD_PARAM, "a convolution of tensors of other ranks");
  if (x.dims[0] != y.dims[0] || x.dims[1] != w.dims[1] || w.dims[0] != y.dims[1])
    return refuse (CUDNN_STATUS_BAD_PARAM, "a convolution's batches or channels differ");
  for (size_t i = 2; i < rank; i++)
    {
      const int64_t span = dilations[i - 2] * (w.dims[i] - 1) + 1,
                    room = x.dims[i] + before[i - 2] + after[i - 2] - span;

      if (room < 0 || y.dims[i] != room / strides[i - 2] + 1)
        return refuse (CUDNN_STATUS_BAD_PARAM, "a convolution's output is %ld, not %ld", (long) y.dims[i],
                       (long) (room / strides[i - 2] + 1));
    }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
check_pointwise_operation (const Descriptor &d)
{
  const Tensor x (*d.child (CUDNN_ATTR_OPERATION_POINTWISE_XDESC)), b (*d.child (CUDNN_ATTR_OPERATION_POINTWISE_BDESC)),
      y (*d.child (CUDNN_ATTR_OPERATION_POINTWISE_YDESC));

  if (x.dims.size () != y.dims.size () || b.dims.size () != y.dims.size ())
    return refuse (CUDNN_STATUS_BAD_PARAM, "a pointwise operation of tensors of different ranks");
  for (size_t i = 0; i < y.dims.size (); i++)
    if ((x.dims[i] != y.dims[i] && x.dims[i] != 1) || (b.dims[i] != y.dims[i] && b.dims[i] != 1))
      return refuse (CUDNN_STATUS_BAD_PARAM, "a pointwise operation's dimension %zu does not fit", i);
  return CUDNN_STATUS_SUCCESS;
}

/* One number, one tensor; what is virtual is made before it is used. */
cudnnStatus_t
check_graph (const Descriptor &d)
{
  std::map<int64_t, const Descriptor *> tensors;
  std::set<int64_t> made;

  for (const Shared &operation : d.values.at (CUDNN_ATTR_OPERATIONGRAPH_OPS).descriptors)
    {
      const ConvolutionNames *names = convolution_names (operation->type);
      const auto written = names == nullptr ? CUDNN_ATTR_OPERATION_POINTWISE_YDESC
                           : names->type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR       ? names->y
                           : names->type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR ? names->x
                                                                                                         : names->w;

      for (const auto &[name, value] : operation->values)
        for (const Shared &child : value.descriptors)
          if (child->type == TENSOR)
            {
              const Tensor t (*child);

              if (tensors.count (t.uid) != 0 && tensors[t.uid] != child.get ())
                return refuse (CUDNN_STATUS_BAD_PARAM, "two tensors of a graph have the number %ld", (long) t.uid);
              tensors[t.uid] = child.get ();
              if (name != written && t.is_virtual && made.count (t.uid) == 0)
                return refuse (CUDNN_STATUS_BAD_PARAM, "the virtual tensor %ld is used before it is made",
                               (long) t.uid);
            }
      made.insert (Tensor (*operation->child (written)).uid);
    }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
check_pack (const Descriptor &d)
{
  const auto uids = d.all<int64_t> (CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);

  if (std::set<int64_t> (uids.begin (), uids.end ()).size () != uids.size ()
      || d.all<void *> (CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS).size () != uids.size ())
    return refuse (CUDNN_STATUS_BAD_PARAM, "a pack's numbers and pointers do not fit");
  return CUDNN_STATUS_SUCCESS;
}

/* What is got from a descriptor that cuDNN has made. */
cudnnStatus_t
give_descriptors (const Descriptor &d, cudnnBackendAttributeName_t name, int64_t wanted, int64_t *n, void *array)
{
  cudnnBackendDescriptor_t *out = static_cast<cudnnBackendDescriptor_t *> (array);
  std::vector<int> engines;
  cudnnBackendDescriptorType_t type;

  if (d.type == HEURISTIC && name == CUDNN_ATTR_ENGINEHEUR_RESULTS)
    {
      type = CONFIG;
      engines = engines_of (*d.child (CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH),
                            d.one (CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_HEUR_MODE_A));
    }
  else if (d.type == CONFIG && name == CUDNN_ATTR_ENGINECFG_ENGINE)
    {
      type = ENGINE;
      engines = { d.engine };
    }
  else
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "attribute %d cannot be got", name);
  for (*n = 0; *n < (int64_t) engines.size () && *n < wanted; ++*n)
    {
      Descriptor &to = *shared (out[*n]);

      if (to.type != type || to.is_final)
        return refuse (CUDNN_STATUS_BAD_PARAM, "the descriptor to be filled is of type %d", to.type);
      to.engine = engines[*n];
      to.is_final = true;
      to.values[CUDNN_ATTR_ENGINE_OPERATION_GRAPH].descriptors = { d.type == HEURISTIC
                                                                       ? d.child (CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH)
                                                                       : d.child (CUDNN_ATTR_ENGINE_OPERATION_GRAPH) };
    }
  return CUDNN_STATUS_SUCCESS;
}

}

cudnnStatus_t
refuse (cudnnStatus_t status, const char *format, ...)
{
  va_list arguments;

  fputs ("emulated cuDNN: ", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  return status;
}

size_t
element_bytes (cudnnDataType_t type)
{
  if (type != CUDNN_DATA_FLOAT && type != CUDNN_DATA_BFLOAT16)
    die ("tensors of type %d are not emulated", type);
  return type == CUDNN_DATA_FLOAT ? 4 : 2;
}

Tensor::Tensor (const Descriptor &d)
{
  type = d.one (CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_DATA_FLOAT);
  dims = d.all<int64_t> (CUDNN_ATTR_TENSOR_DIMENSIONS);
  strides = d.all<int64_t> (CUDNN_ATTR_TENSOR_STRIDES);
  uid = d.one<int64_t> (CUDNN_ATTR_TENSOR_UNIQUE_ID, 0);
  alignment = d.one<int64_t> (CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 0);
  is_virtual = d.one (CUDNN_ATTR_TENSOR_IS_VIRTUAL, false);
}

size_t
Tensor::size () const
{
  size_t last = 0;

  for (size_t i = 0; i < dims.size (); i++)
    last += (size_t) ((dims[i] - 1) * strides[i]);
  return last + 1;
}

size_t
Tensor::bytes () const
{
  return size () * element_bytes (type);
}

const ConvolutionNames *
convolution_names (cudnnBackendDescriptorType_t type)
{
  for (const ConvolutionNames &names : convolutions)
    if (names.type == type)
      return &names;
  return nullptr;
}

cudnnStatus_t
check_final (const Descriptor &d)
{
  const ConvolutionNames *names = convolution_names (d.type);

  for (const Row &row : all_rows ())
    if (row.owner == d.type && row.is_required && !d.has (row.name))
      return refuse (CUDNN_STATUS_BAD_PARAM, "a descriptor of type %d lacks attribute %d", d.type, row.name);
  if (names != nullptr)
    return check_convolution_operation (d, *names);
  switch (d.type)
    {
    case TENSOR:
      return check_tensor (d);
    case CONVOLUTION:
      return check_convolution (d);
    case POINTWISE_OPERATION:
      return check_pointwise_operation (d);
    case GRAPH:
      return check_graph (d);
    case PLAN:
      return plan_status (d.child (CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)->engine);
    case PACK:
      return check_pack (d);
    default:
      return CUDNN_STATUS_SUCCESS;
    }
}

}

using namespace emulation;

cudnnStatus_t
cudnnBackendCreateDescriptor (cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *descriptor)
{
  Shared *made = new Shared (std::make_shared<Descriptor> ());

  (*made)->type = type;
  *descriptor = made;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendDestroyDescriptor (cudnnBackendDescriptor_t descriptor)
{
  delete static_cast<Shared *> (descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendSetAttribute (cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                          cudnnBackendAttributeType_t type, int64_t n, const void *array)
{
  Descriptor &d = *shared (descriptor);
  const Row *row = row_of (d.type, name);
  const size_t size = type_bytes (type);
  Value value;

  if (d.is_final)
    return refuse (CUDNN_STATUS_NOT_INITIALIZED, "attribute %d is set of a final descriptor", name);
  if (row == nullptr)
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "a descriptor of type %d has no attribute %d", d.type, name);
  if (row->type != type || n < 1 || n > row->most || array == nullptr)
    return refuse (CUDNN_STATUS_BAD_PARAM, "attribute %d is set to %ld elements of type %d", name, (long) n, type);
  value.bytes.assign (static_cast<const char *> (array), static_cast<const char *> (array) + (size_t) n * size);
  for (int64_t i = 0; type == CUDNN_TYPE_BACKEND_DESCRIPTOR && i < n; i++)
    {
      const Shared &child = shared (static_cast<cudnnBackendDescriptor_t const *> (array)[i]);

      if (!child->is_final)
        return refuse (CUDNN_STATUS_BAD_PARAM, "attribute %d is set to a descriptor that is not final", name);
      value.descriptors.push_back (child);
    }
  d.values[name] = value;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendFinalize (cudnnBackendDescriptor_t descriptor)
{
  Descriptor &d = *shared (descriptor);
  cudnnStatus_t status = check_final (d);

  if (status != CUDNN_STATUS_SUCCESS)
    return status;
  if (d.type == PLAN)
    d.engine = d.child (CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)->engine;
  d.is_final = true;
  return status;
}

cudnnStatus_t
cudnnBackendGetAttribute (cudnnBackendDescriptor_t const descriptor, cudnnBackendAttributeName_t name,
                          cudnnBackendAttributeType_t type, int64_t wanted, int64_t *n, void *array)
{
  const Descriptor &d = *shared (descriptor);

  if (!d.is_final)
    return refuse (CUDNN_STATUS_NOT_INITIALIZED, "attribute %d is got of a descriptor that is not final", name);
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR)
    return give_descriptors (d, name, wanted, n, array);
  if (d.type == ENGINE && name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE && type == CUDNN_TYPE_NUMERICAL_NOTE)
    {
      const auto notes = notes_of (d.engine);

      *n = (int64_t) notes.size () < wanted ? (int64_t) notes.size () : wanted;
      std::copy (notes.begin (), notes.begin () + *n, static_cast<cudnnBackendNumericalNote_t *> (array));
      return CUDNN_STATUS_SUCCESS;
    }
  if (d.type == PLAN && name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE && type == CUDNN_TYPE_INT64 && wanted >= 1)
    {
      *n = 1;
      *static_cast<int64_t *> (array) = workspace_of (d.engine);
      return CUDNN_STATUS_SUCCESS;
    }
  return refuse (CUDNN_STATUS_NOT_SUPPORTED, "attribute %d of a descriptor of type %d cannot be got", name, d.type);
}

cudnnStatus_t
cudnnBackendExecute (cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack)
{
  Guard guard (mutex ());
  const Descriptor &p = *shared (plan), &v = *shared (pack);
  std::map<int64_t, void *> pointers;
  std::set<int64_t> used;

  if (!p.is_final || p.type != PLAN || !v.is_final || v.type != PACK)
    return refuse (CUDNN_STATUS_BAD_PARAM, "a plan or a pack is not final");
  const Shared graph = p.child (CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)->child (CUDNN_ATTR_ENGINE_OPERATION_GRAPH);
  const auto uids = v.all<int64_t> (CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto addresses = v.all<void *> (CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  void *const workspace = v.one<void *> (CUDNN_ATTR_VARIANT_PACK_WORKSPACE, nullptr);
  const int engine = p.engine;
  const int64_t workspace_bytes = workspace_of (engine);

  for (size_t i = 0; i < uids.size (); i++)
    pointers[uids[i]] = addresses[i];
  for (const Shared &operation : graph->values.at (CUDNN_ATTR_OPERATIONGRAPH_OPS).descriptors)
    for (const auto &entry : operation->values)
      for (const Shared &child : entry.second.descriptors)
        if (child->type == TENSOR && !Tensor (*child).is_virtual)
          {
            const Tensor t (*child);

            used.insert (t.uid);
            if (pointers.count (t.uid) == 0)
              return refuse (CUDNN_STATUS_BAD_PARAM, "tensor %ld has no pointer", (long) t.uid);
            if (!is_device (pointers[t.uid], t.bytes ()) || (uintptr_t) pointers[t.uid] % (size_t) t.alignment != 0)
              die ("cuDNN: tensor %ld of %zu bytes at %p lies outside the device's memory, or crooked", (long) t.uid,
                   t.bytes (), pointers[t.uid]);
          }
  if (used.size () != pointers.size ())
    return refuse (CUDNN_STATUS_BAD_PARAM, "a pack has pointers that no tensor of the graph has");
  if (workspace_bytes > 0 && (!is_device (workspace, (size_t) workspace_bytes) || (uintptr_t) workspace % 16 != 0))
    die ("cuDNN: the workspace of %ld bytes is no memory of the device", (long) workspace_bytes);
  count (graph->values.at (CUDNN_ATTR_OPERATIONGRAPH_OPS).descriptors.size () > 1 ? Count::Fused : Count::Convolution);
  return queue (handle->stream,
                [=] {
                  Access access;

                  poison (workspace, (size_t) workspace_bytes);
                  execute (*graph, engine, pointers);
                })
                 == cudaSuccess
             ? CUDNN_STATUS_SUCCESS
             : CUDNN_STATUS_EXECUTION_FAILED;
}

cudnnStatus_t
cudnnCreate (cudnnHandle_t *handle)
{
  if (is_recording ())
    return refuse (CUDNN_STATUS_NOT_SUPPORTED, "a handle is made in a recording");
  *handle = new cudnnContext;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnDestroy (cudnnHandle_t handle)
{
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetStream (cudnnHandle_t handle, cudaStream_t stream)
{
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

size_t
cudnnGetVersion (void)
{
  return CUDNN_VERSION;
}

const char *
cudnnGetErrorString (cudnnStatus_t status)
{
  return status == CUDNN_STATUS_SUCCESS ? "success" : "an error of the emulated cuDNN";
}
