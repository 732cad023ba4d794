#include "config.h"

/*
 * cpu = ref, and cuda = ref where there is a GPU, slot by slot, on the same seeded input; and the cpu device gives the same bits for any number
 * of threads. Sizes exceed the length from which the cpu device works in parallel.
 */

#include <math.h>
#include <string.h>

#include "core/device/device.h"

#define N 40000

static MsmDevice *cpu, *ref;

typedef void (*SlotFunc) (MsmDevice *device, float *out);

static const MsmVectorOps *
vec (MsmDevice *device)
{
  return msm_device_ops (device)->vector;
}

static float *
noise (gsize n, guint stream)
{
  float *x = g_new (float, n);

  vec (ref)->random_normal (msm_device_state (ref), x, n, 11, stream, 0, 0);
  return x;
}

/* The same numbers as noise(), in memory of @device. */
static float *
device_noise (MsmDevice *device, gsize n, guint stream)
{
  g_autofree float *host = noise (n, stream);
  float *x = msm_device_ops (device)->memory->alloc (msm_device_state (device), n * sizeof (float));

  msm_device_ops (device)->memory->upload (msm_device_state (device), x, host, n * sizeof (float));
  return x;
}

static void
device_free (MsmDevice *device, float *x)
{
  msm_device_ops (device)->memory->free (msm_device_state (device), x);
}

/* @out is memory of the device; it holds y before the call. */
#define SLOT(name, call)                                                                                               \
  static void slot_##name (MsmDevice *device, float *out)                                                              \
  {                                                                                                                    \
    float *x = device_noise (device, N, 1), *y = device_noise (device, N, 2);                                          \
    float *s = device_noise (device, N, 3);                                                                            \
    const MsmVectorOps *v = vec (device);                                                                              \
    MsmDeviceState *st = msm_device_state (device);                                                                    \
    msm_device_ops (device)->memory->copy (st, out, y, N * sizeof (float));                                            \
    call;                                                                                                              \
    device_free (device, x);                                                                                           \
    device_free (device, y);                                                                                           \
    device_free (device, s);                                                                                           \
  }

/* The result of a reduction is a host number; it is put where the other slots put theirs. */
static void
put_doubles (MsmDevice *device, float *out, double first, double second)
{
  g_autofree float *host = g_new0 (float, N);

  host[0] = (float) first;
  host[1] = (float) second;
  msm_device_ops (device)->memory->upload (msm_device_state (device), out, host, N * sizeof (float));
}

#define put_double(out, value) put_doubles (device, out, value, 0)

SLOT (fill, v->fill (st, out, 1.5f, N))
SLOT (lincomb, v->lincomb (st, out, 0.3f, x, -1.7f, y, N))
SLOT (axpy, v->axpy (st, out, 0.7f, x, N))
SLOT (scale, v->scale (st, out, -0.3f, x, N))
SLOT (mul, v->mul (st, out, x, y, N))
SLOT (cmul, v->cmul (st, out, x, y, N / 2))
SLOT (cmulc, v->cmulc (st, out, x, y, N / 2))
SLOT (cabs, v->cabs (st, out, x, N / 2))
SLOT (dot, put_double (out, v->dot (st, x, y, N)))
SLOT (cdot, {
  double r[2];
  v->cdot (st, x, y, N / 2, r);
  put_doubles (device, out, r[0], r[1]);
})
SLOT (asum, put_double (out, v->asum (st, x, N)))
SLOT (casum, put_double (out, v->casum (st, x, N / 2)))
SLOT (max_abs, put_double (out, v->max_abs (st, x, N)))
SLOT (is_finite, put_double (out, v->is_finite (st, x, N)))
SLOT (mask, v->mask (st, out, s, x, 4, N / 8))
SLOT (coil_expand, v->coil_expand (st, out, s, x, 2, 2, 4, N / 16))
SLOT (coil_combine, v->coil_combine (st, out, s, x, 2, 2, 4, N / 16))
SLOT (rss, v->rss (st, out, x, 2, 4, N / 16))
SLOT (soft_threshold, v->soft_threshold (st, out, x, 0.8f, N / 2))

/* A matrix [20, 10] with rows of 0 to 6 entries in any order, some columns twice. */
static void
sparse (MsmDevice *device, const MsmVectorOps *v, float *out, const float *x, gsize n_outer, gsize n_inner)
{
  const MsmMemoryOps *memory = msm_device_ops (device)->memory;
  MsmDeviceState *st = msm_device_state (device);
  g_autofree float *value = noise (64, 6);
  guint32 start[21] = { 0 }, column[64], n = 0;
  guint32 *device_start, *device_column;
  float *device_value;

  for (guint32 i = 0; i < 20; i++)
    {
      for (guint32 t = 0; t < i % 7; t++)
        column[n++] = (3 * i + 7 * t) % 10;
      start[i + 1] = n;
    }
  device_start = memory->alloc (st, sizeof start);
  device_column = memory->alloc (st, n * sizeof *column);
  device_value = memory->alloc (st, n * sizeof *value);
  memory->upload (st, device_start, start, sizeof start);
  memory->upload (st, device_column, column, n * sizeof *column);
  memory->upload (st, device_value, value, n * sizeof *value);
  v->sparse (st, out, device_start, device_column, device_value, x, n_outer, 20, 10, n_inner);
  memory->free (st, device_start);
  memory->free (st, device_column);
  memory->free (st, device_value);
}

SLOT (sparse, sparse (device, v, out, x, 20, 100))
SLOT (sparse_columns, sparse (device, v, out, x, 2000, 1))
SLOT (random_normal, v->random_normal (st, out, N - 3, 99, 5, 7, 3))
SLOT (random_uniform, v->random_uniform (st, out, N - 3, 99, 5, 7, 3))
SLOT (transpose, v->transpose (st, out, x, 4, 5, N / 20))

/*
 * A few iterations on three systems diag (1 + s²) x = y of 10000 unknowns; the second has nothing to solve and stays
 * at zero. m = weight · r with the weights of cg_weights. @out receives x, p and r.
 */
static void
conjugate_gradients (MsmDevice *device, const MsmVectorOps *v, float *out, const float *x, const float *s)
{
  enum
  {
    BATCH = 3,
    SIZE = 10000
  };
  const MsmMemoryOps *memory = msm_device_ops (device)->memory;
  MsmDeviceState *st = msm_device_state (device);
  double *rr = memory->alloc (st, BATCH * sizeof (double));
  float *r = memory->alloc (st, BATCH * SIZE * sizeof (float));
  float *p = memory->alloc (st, BATCH * SIZE * sizeof (float));
  float *q = memory->alloc (st, BATCH * SIZE * sizeof (float));
  float *m = memory->alloc (st, BATCH * SIZE * sizeof (float));
  float *diagonal = memory->alloc (st, BATCH * SIZE * sizeof (float));

  memory->zero (st, out, N * sizeof (float));
  memory->copy (st, r, x, BATCH * SIZE * sizeof (float));
  memory->zero (st, r + SIZE, SIZE * sizeof (float));
  v->mul (st, diagonal, s, s, BATCH * SIZE);
  v->fill (st, q, 1, BATCH * SIZE);
  v->axpy (st, diagonal, 1, q, BATCH * SIZE);
  v->mul (st, m, diagonal, r, BATCH * SIZE);
  v->cg_begin (st, rr, p, r, m, BATCH, SIZE);
  for (int k = 0; k < 4; k++)
    {
      v->mul (st, q, diagonal, p, BATCH * SIZE);
      v->cg_advance (st, rr, out, r, p, q, BATCH, SIZE);
      v->mul (st, m, diagonal, r, BATCH * SIZE);
      v->cg_turn (st, rr, p, r, m, BATCH, SIZE);
    }
  memory->copy (st, out + BATCH * SIZE, r, SIZE / 2 * sizeof (float));
  memory->copy (st, out + BATCH * SIZE + SIZE / 2, p, SIZE / 2 * sizeof (float));
  memory->free (st, rr);
  memory->free (st, r);
  memory->free (st, p);
  memory->free (st, q);
  memory->free (st, m);
  memory->free (st, diagonal);
}

SLOT (cg, conjugate_gradients (device, v, out, x, s))
/* Any numbers do for the mask, of which the mean counts. */
SLOT (cg_weights, {
  v->mul (st, y, y, y, N);
  v->cg_weights (st, out, out + N / 2, x, y, 0.3, 1.7, N / 2);
})

static void
fft (MsmDevice *device, float *out, gsize batch, gsize rows, gsize columns, int inverse)
{
  float *x = device_noise (device, 2 * batch * rows * columns, 4);
  const MsmFourierOps *f = msm_device_ops (device)->fourier;
  MsmFftPlan *plan = f->plan_new (msm_device_state (device), batch, rows, columns);

  msm_device_ops (device)->memory->zero (msm_device_state (device), out, N * sizeof (float));
  f->execute (msm_device_state (device), plan, out, x, inverse);
  f->plan_free (msm_device_state (device), plan);
  device_free (device, x);
}

static void
slot_fft_even (MsmDevice *d, float *out)
{
  fft (d, out, 5, 48, 32, 0);
}
static void
slot_fft_odd (MsmDevice *d, float *out)
{
  fft (d, out, 3, 45, 27, 0);
}
static void
slot_fft_mixed (MsmDevice *d, float *out)
{
  fft (d, out, 2, 30, 49, 1);
}
/* One plane, which all threads share. */
static void
slot_fft_one (MsmDevice *d, float *out)
{
  fft (d, out, 1, 98, 100, 0);
}
static void
slot_fft_one_odd (MsmDevice *d, float *out)
{
  fft (d, out, 1, 101, 99, 1);
}
static void
slot_ifft_even (MsmDevice *d, float *out)
{
  fft (d, out, 4, 34, 36, 1);
}

typedef struct
{
  const char *name;
  SlotFunc func;
  gboolean exact; /* the same bits, not only close */
} Slot;

#define ROW(name)                                                                                                      \
  {                                                                                                                    \
#name, slot_##name, FALSE                                                                                          \
  }

static const Slot slots[] = {
  ROW (fill),
  ROW (lincomb),
  ROW (axpy),
  ROW (scale),
  ROW (mul),
  ROW (cmul),
  ROW (cmulc),
  ROW (cabs),
  ROW (dot),
  ROW (cdot),
  ROW (asum),
  ROW (casum),
  ROW (max_abs),
  ROW (is_finite),
  ROW (mask),
  ROW (coil_expand),
  ROW (coil_combine),
  ROW (rss),
  ROW (soft_threshold),
  ROW (sparse),
  ROW (sparse_columns),
  { "random_normal", slot_random_normal, TRUE },
  { "random_uniform", slot_random_uniform, TRUE },
  { "transpose", slot_transpose, TRUE },
  ROW (cg),
  ROW (cg_weights),
  ROW (fft_even),
  ROW (fft_odd),
  ROW (fft_mixed),
  ROW (fft_one),
  ROW (fft_one_odd),
  ROW (ifft_even),
};

/* What the slot leaves in memory of @device, on the host. */
static void
run_slot (const Slot *slot, MsmDevice *device, float *host)
{
  const MsmMemoryOps *memory = msm_device_ops (device)->memory;
  float *out = memory->alloc (msm_device_state (device), N * sizeof (float));

  slot->func (device, out);
  memory->download (msm_device_state (device), host, out, N * sizeof (float));
  memory->free (msm_device_state (device), out);
}

static void
compare (const Slot *slot, MsmDevice *device, const float *a)
{
  g_autofree float *b = g_new0 (float, N);
  g_autoptr (GError) error = NULL;
  double difference = 0, norm = 0;

  run_slot (slot, ref, b);
  if (slot->exact)
    g_assert_cmpmem (a, N * sizeof (float), b, N * sizeof (float));
  for (int i = 0; i < N; i++)
    {
      difference += pow ((double) a[i] - b[i], 2);
      norm += pow (b[i], 2);
    }
  /* float32 rounding gives an NMSE near 1e-14; a wrong term gives 1e-4 or more. */
  g_assert_cmpfloat (norm, >, 0);
  g_assert_cmpfloat (difference, <=, 1e-10 * norm);
  msm_device_check (device, &error);
  g_assert_no_error (error);
}

static void
test_slot (gconstpointer data)
{
  const Slot *slot = data;
  g_autofree float *many = g_new0 (float, N), *one = g_new0 (float, N);

  msm_device_set_threads (3);
  run_slot (slot, cpu, many);
  msm_device_set_threads (1);
  run_slot (slot, cpu, one);
  msm_device_set_threads (0);
  g_assert_cmpmem (many, N * sizeof (float), one, N * sizeof (float));
  compare (slot, cpu, many);
}

/* The same walk on the first GPU, where there is one; twice, because a GPU's results must repeat too. */
static void
test_slot_cuda (gconstpointer data)
{
  const Slot *slot = data;
  g_autofree float *first = g_new0 (float, N), *second = g_new0 (float, N);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmDevice) cuda = msm_device_open ("cuda", &error);

  if (cuda == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  run_slot (slot, cuda, first);
  run_slot (slot, cuda, second);
  g_assert_cmpmem (first, N * sizeof (float), second, N * sizeof (float));
  compare (slot, cuda, first);
}

/* Every slot of the vector table stands in the list above: a new slot without a row fails here. */
static void
test_all_slots (void)
{
  gsize n_fourier_rows = 6, n_second_rows = 1; /* sparse has two */
  gsize n_shared = 2;                          /* cg tries three slots */

  g_assert_cmpuint (sizeof (MsmVectorOps) / sizeof (void (*) (void)), ==,
                    G_N_ELEMENTS (slots) - n_fourier_rows - n_second_rows + n_shared);
}

/* Moments of 1e6 normals: mean within 4/√n, variance within 4√(2/n), fourth moment 3 within 4√(96/n). */
static void
test_normal (void)
{
  gsize n = 1000000;
  g_autofree float *x = g_new (float, n);
  g_autofree float *part = g_new (float, 1000);
  double m1 = 0, m2 = 0, m4 = 0;

  vec (cpu)->random_normal (msm_device_state (cpu), x, n, 1, 0, 0, 0);
  for (gsize i = 0; i < n; i++)
    {
      m1 += x[i];
      m2 += pow (x[i], 2);
      m4 += pow (x[i], 4);
    }
  g_assert_cmpfloat (fabs (m1 / n), <, 4 / sqrt (n));
  g_assert_cmpfloat (fabs (m2 / n - 1), <, 4 * sqrt (2.0 / n));
  g_assert_cmpfloat (fabs (m4 / n - 3), <, 4 * sqrt (96.0 / n));
  /* Any part is the same numbers as the whole. */
  vec (cpu)->random_normal (msm_device_state (cpu), part, 1000, 1, 0, 0, 123457);
  g_assert_cmpmem (part, 4000, x + 123457, 4000);
  /* Other seeds, streams and steps are other numbers. */
  for (int k = 0; k < 3; k++)
    {
      vec (cpu)->random_normal (msm_device_state (cpu), part, 1000, 1 + (k == 0), k == 1, k == 2, 0);
      g_assert_cmpint (memcmp (part, x, 4000), !=, 0);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  cpu = msm_device_open ("cpu", NULL);
  ref = msm_device_open ("ref", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      g_autofree char *path = g_strdup_printf ("/parity/%s", slots[i].name);
      g_autofree char *path_cuda = g_strdup_printf ("/parity-cuda/%s", slots[i].name);

      g_test_add_data_func (path, &slots[i], test_slot);
      g_test_add_data_func (path_cuda, &slots[i], test_slot_cuda);
    }
  g_test_add_func ("/parity/all-slots", test_all_slots);
  g_test_add_func ("/parity/normal", test_normal);
  return g_test_run ();
}
