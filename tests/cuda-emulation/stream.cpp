/* Streams, events, and graphs recorded from a stream. */

#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "tests/cuda-emulation/emulation.h"

namespace
{

struct Graph
{
  std::vector<emulation::Work> nodes;
};

struct Stream
{
  std::deque<emulation::Work> waiting;
  uint64_t n_queued = 0, n_done = 0;
  std::shared_ptr<Graph> recording;
  bool is_spoilt = false; /* a call that cannot be recorded was made */
};

std::set<Stream *> all_streams;

}

struct CUstream_st
{
  std::shared_ptr<Stream> own = std::make_shared<Stream> ();
};

/* Reached when the stream has done so much. */
struct CUevent_st
{
  std::shared_ptr<Stream> stream;
  uint64_t at = 0;
};

struct CUgraph_st
{
  std::shared_ptr<Graph> own;
};

struct CUgraphExec_st
{
  std::shared_ptr<const Graph> own;
};

namespace emulation
{
namespace
{

/* Queued work beyond this runs all the same. */
constexpr size_t LATEST = 4096;

thread_local int n_recordings;

void
run_until (Stream &stream, uint64_t at)
{
  while (stream.n_done < at)
    {
      Work work = std::move (stream.waiting.front ());

      stream.waiting.pop_front ();
      work ();
      stream.n_done++;
    }
}

bool
is_late ()
{
  static const char *const streams = setting ("MSM_EMULATION_STREAMS", "late");

  if (strcmp (streams, "late") != 0 && strcmp (streams, "eager") != 0)
    die ("MSM_EMULATION_STREAMS: neither late nor eager");
  return streams[0] == 'l';
}

Stream &
stream_of (cudaStream_t stream)
{
  if (stream == nullptr)
    die ("the default stream is not used");
  return *stream->own;
}

/* A call that waits, in a stream that is being recorded. */
cudaError_t
spoil (Stream &stream)
{
  stream.is_spoilt = true;
  return failed (cudaErrorStreamCaptureUnsupported);
}

}

bool
is_recording ()
{
  return n_recordings > 0;
}

cudaError_t
queue (cudaStream_t handle, Work work)
{
  Stream &stream = stream_of (handle);

  if (stream.recording != nullptr)
    {
      stream.recording->nodes.push_back (std::move (work));
      return cudaSuccess;
    }
  stream.waiting.push_back (std::move (work));
  stream.n_queued++;
  if (!is_late ())
    run_until (stream, stream.n_queued);
  else if (stream.waiting.size () > LATEST)
    run_until (stream, stream.n_queued - LATEST / 2);
  return cudaSuccess;
}

void
run_everything ()
{
  for (Stream *stream : all_streams)
    run_until (*stream, stream->n_queued);
}

}

using namespace emulation;

cudaError_t
cudaStreamCreateWithFlags (cudaStream_t *stream, unsigned)
{
  Guard guard (mutex ());

  *stream = new CUstream_st;
  all_streams.insert ((*stream)->own.get ());
  return cudaSuccess;
}

cudaError_t
cudaStreamDestroy (cudaStream_t stream)
{
  Guard guard (mutex ());

  run_until (stream_of (stream), stream_of (stream).n_queued);
  all_streams.erase (stream->own.get ());
  delete stream;
  return cudaSuccess;
}

cudaError_t
cudaStreamSynchronize (cudaStream_t handle)
{
  Guard guard (mutex ());
  Stream &stream = stream_of (handle);

  if (stream.recording != nullptr)
    return spoil (stream);
  run_until (stream, stream.n_queued);
  return cudaSuccess;
}

cudaError_t
cudaEventCreateWithFlags (cudaEvent_t *event, unsigned)
{
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t
cudaEventDestroy (cudaEvent_t event)
{
  delete event;
  return cudaSuccess;
}

cudaError_t
cudaEventRecord (cudaEvent_t event, cudaStream_t handle)
{
  Guard guard (mutex ());
  Stream &stream = stream_of (handle);

  if (stream.recording != nullptr) /* it could be, but nothing here wants it */
    return spoil (stream);
  event->stream = handle->own;
  event->at = stream.n_queued;
  return cudaSuccess;
}

cudaError_t
cudaEventSynchronize (cudaEvent_t event)
{
  Guard guard (mutex ());

  if (is_recording ())
    return failed (cudaErrorStreamCaptureUnsupported);
  if (event->stream != nullptr)
    run_until (*event->stream, event->at);
  return cudaSuccess;
}

cudaError_t
cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned)
{
  Guard guard (mutex ());
  std::shared_ptr<Stream> other = event->stream;
  uint64_t at = event->at;

  if (other == nullptr)
    return cudaSuccess;
  return queue (stream, [other, at] { run_until (*other, at); });
}

cudaError_t
cudaStreamBeginCapture (cudaStream_t handle, cudaStreamCaptureMode mode)
{
  Guard guard (mutex ());
  Stream &stream = stream_of (handle);

  if (stream.recording != nullptr || mode != cudaStreamCaptureModeThreadLocal)
    return failed (cudaErrorIllegalState);
  stream.recording = std::make_shared<Graph> ();
  stream.is_spoilt = false;
  n_recordings++;
  return cudaSuccess;
}

cudaError_t
cudaStreamEndCapture (cudaStream_t handle, cudaGraph_t *graph)
{
  Guard guard (mutex ());
  Stream &stream = stream_of (handle);

  *graph = nullptr;
  if (stream.recording == nullptr)
    return failed (cudaErrorIllegalState);
  n_recordings--;
  if (!stream.is_spoilt)
    *graph = new CUgraph_st{ stream.recording };
  stream.recording = nullptr;
  return *graph != nullptr ? cudaSuccess : failed (cudaErrorStreamCaptureInvalidated);
}

cudaError_t
cudaGraphInstantiate (cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
  Guard guard (mutex ());

  *exec = new CUgraphExec_st{ graph->own };
  return cudaSuccess;
}

cudaError_t
cudaGraphDestroy (cudaGraph_t graph)
{
  delete graph;
  return cudaSuccess;
}

cudaError_t
cudaGraphExecDestroy (cudaGraphExec_t exec)
{
  delete exec;
  return cudaSuccess;
}

cudaError_t
cudaGraphLaunch (cudaGraphExec_t exec, cudaStream_t stream)
{
  Guard guard (mutex ());
  std::shared_ptr<const Graph> graph = exec->own;

  if (stream_of (stream).recording != nullptr)
    return spoil (stream_of (stream));
  count (Count::Graph);
  return queue (stream, [graph] {
    for (const Work &node : graph->nodes)
      node ();
  });
}
