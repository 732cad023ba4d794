#include "config.h"

/*
 * cpu = ref, slot by slot, on the same seeded input; and the cpu device gives the same bits for any number
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

#define SLOT(name, call) \
  static void slot_##name (MsmDevice *device, float *out) \
  { \
    g_autofree float *x = noise (N, 1), *y = noise (N, 2), *s = noise (N, 3); \
    const MsmVectorOps *v = vec (device); \
    MsmDeviceState *st = msm_device_state (device); \
    (void) y; (void) s; \
    memcpy (out, y, N * sizeof (float)); \
    call; \
  }

static void
put_double (float *out, double value)
{
  memset (out, 0, N * sizeof (float));
  out[0] = (float) value;
}

SLOT (fill, v->fill (st, out, 1.5f, N))
SLOT (lincomb, v->lincomb (st, out, 0.3f, x, -1.7f, y, N))
SLOT (axpy, v->axpy (st, out, 0.7f, x, N))
SLOT (scale, v->scale (st, out, -0.3f, x, N))
SLOT (mul, v->mul (st, out, x, y, N))
SLOT (cmul, v->cmul (st, out, x, y, N / 2))
SLOT (cmulc, v->cmulc (st, out, x, y, N / 2))
SLOT (cabs, v->cabs (st, out, x, N / 2))
SLOT (dot, put_double (out, v->dot (st, x, y, N)))
SLOT (cdot, { double r[2]; v->cdot (st, x, y, N / 2, r); put_double (out, r[0]); out[1] = (float) r[1]; })
SLOT (asum, put_double (out, v->asum (st, x, N)))
SLOT (casum, put_double (out, v->casum (st, x, N / 2)))
SLOT (max_abs, put_double (out, v->max_abs (st, x, N)))
SLOT (is_finite, put_double (out, v->is_finite (st, x, N)))
SLOT (mask, v->mask (st, out, s, x, 4, N / 8))
SLOT (coil_expand, v->coil_expand (st, out, s, x, 2, 2, 4, N / 16))
SLOT (coil_combine, v->coil_combine (st, out, s, x, 2, 2, 4, N / 16))
SLOT (rss, v->rss (st, out, x, 2, 4, N / 16))
SLOT (soft_threshold, v->soft_threshold (st, out, x, 0.8f, N / 2))
SLOT (random_normal, v->random_normal (st, out, N - 3, 99, 5, 7, 3))
SLOT (random_uniform, v->random_uniform (st, out, N - 3, 99, 5, 7, 3))

static void
fft (MsmDevice *device, float *out, gsize batch, gsize rows, gsize columns, int inverse)
{
  g_autofree float *x = noise (2 * batch * rows * columns, 4);
  const MsmFourierOps *f = msm_device_ops (device)->fourier;
  MsmFftPlan *plan = f->plan_new (msm_device_state (device), batch, rows, columns);

  memset (out, 0, N * sizeof (float));
  f->execute (msm_device_state (device), plan, out, x, inverse);
  f->plan_free (msm_device_state (device), plan);
}

static void slot_fft_even (MsmDevice *d, float *out) { fft (d, out, 5, 48, 32, 0); }
static void slot_fft_odd (MsmDevice *d, float *out) { fft (d, out, 3, 45, 27, 0); }
static void slot_fft_mixed (MsmDevice *d, float *out) { fft (d, out, 2, 30, 49, 1); }
static void slot_ifft_even (MsmDevice *d, float *out) { fft (d, out, 4, 34, 36, 1); }

typedef struct
{
  const char *name;
  SlotFunc    func;
  gboolean    exact; /* the same bits, not only close */
} Slot;

#define ROW(name) { #name, slot_##name, FALSE }

static const Slot slots[] = {
  ROW (fill), ROW (lincomb), ROW (axpy), ROW (scale), ROW (mul), ROW (cmul), ROW (cmulc), ROW (cabs),
  ROW (dot), ROW (cdot), ROW (asum), ROW (casum), ROW (max_abs), ROW (is_finite), ROW (mask),
  ROW (coil_expand), ROW (coil_combine), ROW (rss), ROW (soft_threshold),
  { "random_normal", slot_random_normal, TRUE }, { "random_uniform", slot_random_uniform, TRUE },
  ROW (fft_even), ROW (fft_odd), ROW (fft_mixed), ROW (ifft_even),
};

static void
test_slot (gconstpointer data)
{
  const Slot *slot = data;
  g_autofree float *a = g_new0 (float, N), *b = g_new0 (float, N), *one = g_new0 (float, N);
  double difference = 0, norm = 0;

  msm_device_set_threads (3);
  slot->func (cpu, a);
  msm_device_set_threads (1);
  slot->func (cpu, one);
  msm_device_set_threads (0);
  g_assert_cmpmem (a, N * sizeof (float), one, N * sizeof (float));

  slot->func (ref, b);
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
  g_assert_true (msm_device_check (cpu, NULL));
}

/* Every slot of the vector table stands in the list above: a new slot without a row fails here. */
static void
test_all_slots (void)
{
  gsize n_fourier_rows = 4;

  g_assert_cmpuint (sizeof (MsmVectorOps) / sizeof (void (*) (void)), ==, G_N_ELEMENTS (slots) - n_fourier_rows);
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

      g_test_add_data_func (path, &slots[i], test_slot);
    }
  g_test_add_func ("/parity/all-slots", test_all_slots);
  g_test_add_func ("/parity/normal", test_normal);
  return g_test_run ();
}
