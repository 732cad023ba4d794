/* cuFFT: the discrete Fourier transform by its definition, rows after columns, in the layout of the plan. */

#include <cufft.h>

#include <cmath>
#include <complex>
#include <map>
#include <vector>

#include "tests/cuda-emulation/emulation.h"

namespace
{

using Complex = std::complex<double>;

struct Layout
{
  long long stride, row, batch; /* from one column, row, transform to the next */

  long long
  at (long long b, long long i, long long j) const
  {
    return b * batch + i * row + j * stride;
  }
};

struct Plan
{
  long long n_batch, n_rows, n_columns;
  Layout in, out;
  cudaStream_t stream = nullptr;
};

std::map<cufftHandle, Plan> plans;

/* x, @n values @stride apart, becomes Σ x_j exp (±2πi jk/n). */
void
transform (Complex *x, long long n, long long stride, const std::vector<Complex> &roots)
{
  std::vector<Complex> y (n);

  for (long long k = 0; k < n; k++)
    for (long long j = 0; j < n; j++)
      y[k] += x[j * stride] * roots[j * k % n];
  for (long long k = 0; k < n; k++)
    x[k * stride] = y[k];
}

std::vector<Complex>
roots_of (long long n, int direction)
{
  std::vector<Complex> roots (n);

  for (long long k = 0; k < n; k++)
    roots[k] = std::polar (1.0, direction * 2 * M_PI * (double) k / (double) n);
  return roots;
}

void
execute (const Plan &p, const cufftComplex *src, cufftComplex *dst, int direction)
{
  const std::vector<Complex> along_row = roots_of (p.n_columns, direction),
                             along_column = roots_of (p.n_rows, direction);
  std::vector<Complex> plane (p.n_rows * p.n_columns);

  for (long long b = 0; b < p.n_batch; b++)
    {
      for (long long i = 0; i < p.n_rows; i++)
        for (long long j = 0; j < p.n_columns; j++)
          plane[i * p.n_columns + j] = { src[p.in.at (b, i, j)].x, src[p.in.at (b, i, j)].y };
      for (long long i = 0; i < p.n_rows; i++)
        transform (&plane[i * p.n_columns], p.n_columns, 1, along_row);
      for (long long j = 0; j < p.n_columns; j++)
        transform (&plane[j], p.n_rows, p.n_columns, along_column);
      for (long long i = 0; i < p.n_rows; i++)
        for (long long j = 0; j < p.n_columns; j++)
          dst[p.out.at (b, i, j)] = { (float) plane[i * p.n_columns + j].real (),
                                      (float) plane[i * p.n_columns + j].imag () };
    }
}

/* Without @embed the numbers lie one after another, and stride and distance say nothing. */
Layout
layout_of (const int *n, const int *embed, int stride, int distance)
{
  if (embed == nullptr)
    return { 1, n[1], (long long) n[0] * n[1] };
  return { stride, (long long) embed[1] * stride, distance };
}

size_t
bytes_of (const Plan &p, const Layout &layout)
{
  return (size_t) (layout.at (p.n_batch - 1, p.n_rows - 1, p.n_columns - 1) + 1) * sizeof (cufftComplex);
}

}

using namespace emulation;

cufftResult
cufftPlanMany (cufftHandle *handle, int rank, int *n, int *inembed, int istride, int idist, int *onembed, int ostride,
               int odist, cufftType type, int batch)
{
  static cufftHandle next = 1;
  Guard guard (mutex ());

  if (rank != 2 || type != CUFFT_C2C)
    die ("transforms of rank %d, type %d are not emulated", rank, type);
  if (is_recording ())
    return CUFFT_EXEC_FAILED;
  if (n[0] < 1 || n[1] < 1 || batch < 1)
    return CUFFT_INVALID_SIZE;
  plans[next] = { batch, n[0], n[1], layout_of (n, inembed, istride, idist), layout_of (n, onembed, ostride, odist) };
  *handle = next++;
  return CUFFT_SUCCESS;
}

cufftResult
cufftSetStream (cufftHandle handle, cudaStream_t stream)
{
  Guard guard (mutex ());

  if (plans.count (handle) == 0)
    return CUFFT_INVALID_PLAN;
  plans[handle].stream = stream;
  return CUFFT_SUCCESS;
}

cufftResult
cufftExecC2C (cufftHandle handle, cufftComplex *src, cufftComplex *dst, int direction)
{
  Guard guard (mutex ());

  if (plans.count (handle) == 0)
    return CUFFT_INVALID_PLAN;
  if (direction != CUFFT_FORWARD && direction != CUFFT_INVERSE)
    return CUFFT_INVALID_VALUE;
  const Plan plan = plans[handle];

  if (!is_device (src, bytes_of (plan, plan.in)) || !is_device (dst, bytes_of (plan, plan.out)))
    die ("cuFFT was given %s that is no memory of the device", is_device (dst, 1) ? "a source" : "a destination");
  return queue (plan.stream,
                [=] {
                  Access access;

                  execute (plan, src, dst, direction);
                })
                 == cudaSuccess
             ? CUFFT_SUCCESS
             : CUFFT_EXEC_FAILED;
}

cufftResult
cufftDestroy (cufftHandle handle)
{
  Guard guard (mutex ());

  return plans.erase (handle) == 1 ? CUFFT_SUCCESS : CUFFT_INVALID_PLAN;
}
