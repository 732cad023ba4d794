#include "config.h"

#include "core/sampler/moments.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"

/* State: z, a = Σ Sᵀ ŝ so far, h = ẑ, l = ẑ of the step before; their means and the blocks of their covariance. */
typedef struct
{
  const MsmMomentsProblem *p;
  gsize m, n;
  double alpha_bar[1000];
  double *z, *a, *h;                   /* [m] */
  double *zz, *za, *zh, *aa, *ah, *hh; /* [m, m]: ⟨z zᵀ⟩, ⟨z aᵀ⟩, … */
  double *l, *zl, *hl, *ll;            /* ẑ of the step before, and its covariances */
  double *t;                           /* T [m, n] */
  double *x, *x0;                      /* x̂₀ = X z + x0: [n, m], [n] */
  double *ms, *cs, *mz, *cz;           /* ŝ = Ms z + cs; z ← Mz z + cz */
  double *count;                       /* [m] */
  double *w1, *w2, *w3;                /* [max (m, n)²] scratch */
} Recursion;

const char *
msm_planted_name (MsmPlanted planted)
{
  static const char *const names[] = { "none",  "weight",  "kappa", "eta",   "lambda",
                                       "order", "replace", "kept",  "index", "latest" };

  return planted < MSM_PLANTED_LAST ? names[planted] : "";
}

/* c [i, j] = a [i, k] b [k, j] */
static void
multiply (double *c, const double *a, const double *b, gsize ni, gsize nk, gsize nj)
{
  memset (c, 0, ni * nj * sizeof *c);
  for (gsize i = 0; i < ni; i++)
    for (gsize k = 0; k < nk; k++)
      {
        double f = a[i * nk + k];

        if (f != 0)
          for (gsize j = 0; j < nj; j++)
            c[i * nj + j] += f * b[k * nj + j];
      }
}

/* c [i, j] = a [i, k] b[j, k]ᵀ */
static void
multiply_t (double *c, const double *a, const double *b, gsize ni, gsize nk, gsize nj)
{
  for (gsize i = 0; i < ni; i++)
    for (gsize j = 0; j < nj; j++)
      {
        double sum = 0;

        for (gsize k = 0; k < nk; k++)
          sum += a[i * nk + k] * b[j * nk + k];
        c[i * nj + j] = sum;
      }
}

/* y = a [i, k] x + y */
static void
add_product (double *y, const double *a, const double *x, gsize ni, gsize nk)
{
  for (gsize i = 0; i < ni; i++)
    for (gsize k = 0; k < nk; k++)
      y[i] += a[i * nk + k] * x[k];
}

/* b [n, k] ← a⁻¹ b by Gauss elimination with pivots; a [n, n] is destroyed. */
static void
solve (double *a, double *b, gsize n, gsize k)
{
  for (gsize i = 0; i < n; i++)
    {
      gsize best = i;

      for (gsize r = i + 1; r < n; r++)
        if (fabs (a[r * n + i]) > fabs (a[best * n + i]))
          best = r;
      for (gsize j = 0; best != i && j < n; j++)
        {
          double swap = a[i * n + j];

          a[i * n + j] = a[best * n + j];
          a[best * n + j] = swap;
        }
      for (gsize j = 0; best != i && j < k; j++)
        {
          double swap = b[i * k + j];

          b[i * k + j] = b[best * k + j];
          b[best * k + j] = swap;
        }
      for (gsize r = 0; r < n; r++)
        {
          double f = r == i ? 0 : a[r * n + i] / a[i * n + i];

          if (f == 0)
            continue;
          for (gsize j = i; j < n; j++)
            a[r * n + j] -= f * a[i * n + j];
          for (gsize j = 0; j < k; j++)
            b[r * k + j] -= f * b[i * k + j];
        }
    }
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < k; j++)
      b[i * k + j] /= a[i * n + i];
}

/* β linear from 1e-4 to 0.02: ᾱ of the schedule, written out once more. */
static void
fill_schedule (Recursion *self)
{
  double product = 1;

  for (int i = 0; i < 1000; i++)
    {
      product *= 1 - (1e-4 + (0.02 - 1e-4) * i / 999);
      self->alpha_bar[i] = product;
    }
}

static double
kept (const Recursion *self, int k)
{
  if (k < 0)
    return 1;
  if (k < self->p->n_steps && self->p->levels != NULL)
    return self->p->levels[k];
  return k >= self->p->n_steps ? 0 : self->alpha_bar[k * (1000 / self->p->n_steps)];
}

/*
 * x̂₀ = μ + Σ Aᵀ (A Σ Aᵀ + σ² I)⁻¹ (S z/√ᾱ − A μ), A = S T. Rows that are not observed are zero on both sides, so
 * the inverse may be taken over all of them.
 */
static void
set_denoiser (Recursion *self, const float *mask, double alpha_bar)
{
  const MsmMomentsProblem *p = self->p;
  gsize m = self->m, n = self->n;
  double *a = self->w1, *sa = self->w2, *g = self->w3;

  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < n; j++)
      a[i * n + j] = mask[i] > 0 ? self->t[i * n + j] : 0;
  multiply (sa, a, p->cov, m, n, n); /* A Σ [m, n] */
  multiply_t (g, sa, a, m, n, m);    /* A Σ Aᵀ */
  for (gsize i = 0; i < m; i++)
    g[i * m + i] += (1 - alpha_bar) / alpha_bar;
  solve (g, sa, m, n); /* (A Σ Aᵀ + σ² I)⁻¹ A Σ */
  memcpy (self->x0, p->mean, n * sizeof (double));
  for (gsize i = 0; i < m; i++)
    {
      double am = 0;

      for (gsize j = 0; j < n; j++)
        am += a[i * n + j] * p->mean[j];
      for (gsize j = 0; j < n; j++)
        {
          self->x[j * m + i] = mask[i] > 0 ? sa[i * n + j] / sqrt (alpha_bar) : 0;
          self->x0[j] -= sa[i * n + j] * am;
        }
    }
}

/* ŝ and the new z_t as affine functions of z_t, for one mask. */
static void
set_maps (Recursion *self, const float *mask, int k, double lambda)
{
  const MsmMomentsProblem *p = self->p;
  gsize m = self->m, n = self->n;
  double alpha_bar = kept (self, k), next = kept (self, k + 1);
  double kappa2 = p->planted == MSM_PLANTED_KAPPA
                      ? 0
                      : p->ddim_eta * p->ddim_eta * (1 - alpha_bar) / (1 - next) * (1 - next / alpha_bar);
  double c = sqrt (MAX (1 - alpha_bar - kappa2, 0)) / sqrt (1 - alpha_bar);
  double *tt = self->w1;

  set_denoiser (self, mask, p->planted == MSM_PLANTED_INDEX && k + 1 < p->n_steps ? next : alpha_bar);
  multiply (self->ms, self->t, self->x, m, n, m);
  memset (self->cs, 0, m * sizeof (double));
  add_product (self->cs, self->t, self->x0, m, n);
  multiply_t (tt, self->t, self->t, m, n, m);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < m; j++)
      {
        double s = self->ms[i * m + j];

        /* S ε = S (z − √ᾱ T x̂₀) / √(1 − ᾱ), or, of the image, S (T Tᵀ S z − √ᾱ T x̂₀) / √(1 − ᾱ) */
        double own = !p->image_noise ? i == j : mask[j] > 0 ? tt[i * m + j] : 0;

        self->mz[i * m + j] = mask[i] > 0 ? c * (own - sqrt (alpha_bar) * s) : i == j;
      }
  for (gsize i = 0; i < m; i++)
    self->cz[i] = mask[i] > 0 ? -c * sqrt (alpha_bar) * self->cs[i] : 0;
  for (gsize i = 0; i < m; i++)
    {
      gboolean known = p->sampled != NULL && !p->sampled_after && p->sampled[i] > 0 && mask[i] > 0;
      gboolean late = p->planted == MSM_PLANTED_ORDER;
      double keep = mask[i] > 0 ? (known ? 1 - lambda : 1) : 0;
      double given = known ? lambda * p->y[i] : 0;

      if (mask[i] > 0)
        {
          for (gsize j = 0; j < m; j++)
            self->mz[i * m + j] += sqrt (alpha_bar) * keep * self->ms[i * m + j];
          self->cz[i] += sqrt (alpha_bar) * (keep * self->cs[i] + given);
        }
      if (late)
        keep = mask[i] > 0;
      for (gsize j = 0; j < m; j++)
        self->ms[i * m + j] *= keep;
      self->cs[i] = keep * self->cs[i] + (late ? 0 : given);
    }
  if (p->planted != MSM_PLANTED_REPLACE && !p->keeps_state)
    return;
  memset (self->mz, 0, m * m * sizeof (double));
  memset (self->cz, 0, m * sizeof (double));
  for (gsize i = 0; i < m; i++)
    self->mz[i * m + i] = 1;
}

static void
swap_blocks (double **a, double **b)
{
  double *keep = *a;

  *a = *b;
  *b = keep;
}

/* a ← a + Ms z + cs;  z ← Mz z + cz + κ S n */
static void
run_mask (Recursion *self, const float *mask, int k, double kappa2)
{
  gsize m = self->m;
  double *mean = self->w3;

  /* ⟨a aᵀ⟩ += Ms ⟨z aᵀ⟩ + (…)ᵀ + Ms ⟨z zᵀ⟩ Msᵀ */
  multiply (self->w1, self->ms, self->za, m, m, m);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < m; j++)
      self->aa[i * m + j] += self->w1[i * m + j] + self->w1[j * m + i];
  multiply_t (self->w1, self->zz, self->ms, m, m, m); /* ⟨z zᵀ⟩ Msᵀ */
  multiply (self->w2, self->ms, self->w1, m, m, m);
  for (gsize i = 0; i < m * m; i++)
    {
      self->aa[i] += self->w2[i];
      self->za[i] += self->w1[i];
    }
  multiply (self->w1, self->ms, self->zh, m, m, m);
  for (gsize i = 0; i < m * m; i++)
    self->ah[i] += self->w1[i];
  add_product (self->a, self->ms, self->z, m, m);
  for (gsize i = 0; i < m; i++)
    self->a[i] += self->cs[i];
  multiply (self->w1, self->mz, self->za, m, m, m);
  swap_blocks (&self->za, &self->w1);
  multiply (self->w1, self->mz, self->zh, m, m, m);
  swap_blocks (&self->zh, &self->w1);
  multiply (self->w1, self->mz, self->zz, m, m, m);
  multiply_t (self->zz, self->w1, self->mz, m, m, m);
  memcpy (mean, self->cz, m * sizeof (double));
  add_product (mean, self->mz, self->z, m, m);
  memcpy (self->z, mean, m * sizeof (double));
  for (gsize i = 0; i < m; i++)
    if (mask[i] > 0)
      self->zz[i * m + i] += kappa2;
}

/* ẑ ← a / count where something was seen, else as it was. */
static void
aggregate (Recursion *self)
{
  gsize m = self->m;
  double kept_part = self->p->planted == MSM_PLANTED_KEPT ? 0 : 1;
  double *w = self->w1, *u = self->w2;

  for (gsize i = 0; i < m; i++)
    {
      double count = self->p->planted == MSM_PLANTED_WEIGHT ? self->p->n_partials : self->count[i];

      w[i] = self->count[i] > 0 ? 1 / count : 0;
      u[i] = self->count[i] > 0 ? 0 : kept_part;
    }
  /* What was ẑ becomes the step before's. */
  memcpy (self->l, self->h, m * sizeof (double));
  memcpy (self->ll, self->hh, m * m * sizeof (double));
  memcpy (self->zl, self->zh, m * m * sizeof (double));
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < m; j++)
      self->hl[i * m + j] = w[i] * self->ah[i * m + j] + u[i] * self->hh[i * m + j];
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < m; j++)
      {
        gsize ij = i * m + j, ji = j * m + i;

        /* Each (i, j) of hh reads ah (i, j) and (j, i): these are left alone here. */
        self->hh[ij] = w[i] * w[j] * self->aa[ij] + u[i] * u[j] * self->hh[ij] + w[i] * u[j] * self->ah[ij]
                       + u[i] * w[j] * self->ah[ji];
        self->zh[ij] = self->za[ij] * w[j] + self->zh[ij] * u[j];
      }
  for (gsize i = 0; i < m; i++)
    self->h[i] = w[i] * self->a[i] + u[i] * self->h[i];
}

/* ẑ ← B ẑ + b: its mean and covariances. B is in w1, b in w2 (first m). */
static void
map_estimate (Recursion *self)
{
  gsize m = self->m;
  double *result = self->w3;

  memcpy (result, self->w2, m * sizeof (double));
  add_product (result, self->w1, self->h, m, m);
  memcpy (self->h, result, m * sizeof (double));
  multiply (self->w3, self->w1, self->hh, m, m, m);
  multiply_t (self->hh, self->w3, self->w1, m, m, m);
  multiply_t (self->w3, self->zh, self->w1, m, m, m);
  swap_blocks (&self->zh, &self->w3);
  multiply (self->w3, self->w1, self->hl, m, m, m);
  swap_blocks (&self->hl, &self->w3);
}

/* The gradient (I − γ T HᵀH Tᵀ/‖HᵀH‖, …), or the proximal point T (HᵀH + μ I)⁻¹ (μ Tᵀ ẑ + Hᵀ y). */
static void
apply_likelihood (Recursion *self, double alpha_bar, double lambda)
{
  const MsmMomentsProblem *p = self->p;
  gsize m = self->m, n = self->n, q = p->q;
  gboolean prox = p->prox_mu_noise > 0;
  double mu = p->prox_mu_noise * (alpha_bar / (1 - alpha_bar) + p->prox_mu_power);
  g_autofree double *hh = g_new0 (double, n * n);
  g_autofree double *right = g_new0 (double, n * (m + 1)); /* columns: Tᵀ ẑ (m), y (1) */
  double *b = self->w1, *c = self->w2;

  if (p->sampled != NULL && p->sampled_after)
    {
      memset (b, 0, m * m * sizeof (double));
      for (gsize i = 0; i < m; i++)
        {
          b[i * m + i] = 1 - lambda * p->sampled[i];
          c[i] = lambda * p->sampled[i] * p->y[i];
        }
      map_estimate (self);
    }
  if (p->h == NULL)
    return;
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      for (gsize r = 0; r < q; r++)
        hh[i * n + j] += p->h[r * n + i] * p->h[r * n + j];
  for (gsize i = 0; i < n; i++)
    {
      for (gsize r = 0; r < q; r++)
        right[i * (m + 1) + m] += p->h[r * n + i] * p->y[r];
      for (gsize j = 0; j < m; j++)
        if (prox)
          right[i * (m + 1) + j] = mu * self->t[j * n + i];
        else
          for (gsize l = 0; l < n; l++)
            right[i * (m + 1) + j] -= hh[i * n + l] * self->t[j * n + l];
    }
  for (gsize i = 0; prox && i < n; i++)
    hh[i * n + i] += mu;
  if (prox)
    solve (hh, right, n, m + 1);
  memset (c, 0, m * sizeof (double));
  for (gsize i = 0; i < m; i++)
    {
      double factor = prox ? 1 : lambda / p->norm2;

      for (gsize j = 0; j < m; j++)
        {
          b[i * m + j] = !prox && i == j;
          for (gsize l = 0; l < n; l++)
            b[i * m + j] += factor * self->t[i * n + l] * right[l * (m + 1) + j];
        }
      for (gsize l = 0; l < n; l++)
        c[i] += factor * self->t[i * n + l] * right[l * (m + 1) + m];
    }
  map_estimate (self);
}

/* The factors of z ← d z + e ẑ + f (ẑ of the step before) + √noise2 n. */
static void
find_factors (const Recursion *self, int k, double *d, double *e, double *f, double *noise2)
{
  const MsmMomentsProblem *p = self->p;
  double alpha_bar = kept (self, k), prev = kept (self, k - 1);
  double eta = p->ddim_eta * (p->planted == MSM_PLANTED_ETA ? 0.9 : 1);
  double snr = alpha_bar / (1 - alpha_bar), h, further = 0;

  *f = 0;
  if (p->rule != MSM_MOMENTS_EXPONENTIAL)
    {
      *noise2 = p->rule == MSM_MOMENTS_DDIM ? eta * eta * (1 - prev) / (1 - alpha_bar) * (1 - alpha_bar / prev)
                                            : eta * eta * (1 - prev);
      *d = sqrt (MAX (1 - prev - *noise2, 0)) / sqrt (1 - alpha_bar);
      *e = sqrt (prev) - *d * sqrt (alpha_bar);
      return;
    }
  if (k == 0)
    {
      *d = *noise2 = 0;
      *e = 1;
      return;
    }
  h = 0.5 * log (prev / (1 - prev) / snr);
  if (k + 1 < p->n_steps && p->planted != MSM_PLANTED_LATEST)
    further = 0.5 * fmin (1, h / (0.5 * log (snr * (1 - kept (self, k + 1)) / kept (self, k + 1))));
  *d = exp (-eta * eta * h) * sqrt ((1 - prev) / (1 - alpha_bar));
  *e = sqrt (prev) * (1 - exp (-(1 + eta * eta) * h)) * (1 + further);
  *f = -*e * further / (1 + further);
  *noise2 = (1 - prev) * (1 - exp (-2 * eta * eta * h));
}

/* The update of the last line. */
static void
update (Recursion *self, int k)
{
  gsize m = self->m;
  double d, e, f, noise2;

  find_factors (self, k, &d, &e, &f, &noise2);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < m; j++)
      {
        gsize ij = i * m + j, ji = j * m + i;

        self->zz[ij] = e * e * self->hh[ij] + d * d * self->zz[ij] + e * d * (self->zh[ij] + self->zh[ji])
                       + f * f * self->ll[ij] + f * d * (self->zl[ij] + self->zl[ji])
                       + f * e * (self->hl[ij] + self->hl[ji]) + (i == j ? noise2 : 0);
      }
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < m; j++)
      self->zh[i * m + j] = e * self->hh[i * m + j] + d * self->zh[i * m + j] + f * self->hl[j * m + i];
  for (gsize i = 0; i < m; i++)
    self->z[i] = e * self->h[i] + d * self->z[i] + f * self->l[i];
}

static void
run_step (Recursion *self, int k)
{
  const MsmMomentsProblem *p = self->p;
  gsize m = self->m;
  const float *masks = p->masks + (gsize) (p->n_steps - 1 - k) * (gsize) p->n_partials * m;
  double alpha_bar = kept (self, k), next = kept (self, k + 1);
  double kappa2 = p->ddim_eta * p->ddim_eta * (1 - alpha_bar) / (1 - next) * (1 - next / alpha_bar);
  double lambda = p->lik_step * (p->planted == MSM_PLANTED_LAMBDA ? 0.9 : 1);

  if (p->planted == MSM_PLANTED_KAPPA || p->planted == MSM_PLANTED_REPLACE || p->keeps_state)
    kappa2 = 0;
  memset (self->a, 0, m * sizeof (double));
  memset (self->aa, 0, m * m * sizeof (double));
  memset (self->za, 0, m * m * sizeof (double));
  memset (self->ah, 0, m * m * sizeof (double));
  memset (self->count, 0, m * sizeof (double));
  for (int i = 0; i < p->n_partials; i++)
    {
      const float *mask = masks + (gsize) i * m;

      set_maps (self, mask, k, lambda);
      run_mask (self, mask, k, kappa2);
      for (gsize j = 0; j < m; j++)
        self->count[j] += mask[j];
    }
  aggregate (self);
  if (p->planted != MSM_PLANTED_ORDER)
    apply_likelihood (self, alpha_bar, lambda);
  update (self, k);
  if (p->planted == MSM_PLANTED_ORDER)
    apply_likelihood (self, alpha_bar, lambda);
}

static gboolean
allocate (Recursion *self)
{
  gsize side = MAX (self->m, self->n), square = side * side;
  double **vectors[] = { &self->z, &self->a, &self->h, &self->x0, &self->cs, &self->cz, &self->count, &self->l };
  double **matrices[] = { &self->zz, &self->za, &self->zh, &self->aa, &self->ah, &self->hh, &self->t,  &self->x,
                          &self->ms, &self->mz, &self->w1, &self->w2, &self->w3, &self->zl, &self->hl, &self->ll };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    if ((*vectors[i] = g_try_new0 (double, side)) == NULL)
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (matrices); i++)
    if ((*matrices[i] = g_try_new0 (double, square)) == NULL)
      return FALSE;
  return TRUE;
}

static void
recursion_clear (Recursion *self)
{
  double *all[] = { self->z,  self->a,  self->h,  self->x0, self->cs, self->cz, self->count, self->zz,
                    self->za, self->zh, self->aa, self->ah, self->hh, self->t,  self->x,     self->ms,
                    self->mz, self->w1, self->w2, self->w3, self->l,  self->zl, self->hl,    self->ll };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Recursion, recursion_clear)

MsmMoments *
msm_moments_run (const MsmMomentsProblem *problem, int n_run, GError **error)
{
  g_auto (Recursion) self = { .p = problem, .m = problem->m, .n = problem->n };
  MsmMoments *result;

  if (problem->n_steps < 1 || (problem->levels == NULL && 1000 % problem->n_steps != 0) || n_run > problem->n_steps)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%d of %d steps: a divisor of 1000 is needed"), n_run,
                   problem->n_steps);
      return NULL;
    }
  if (!allocate (&self))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for a recursion of %zu elements"), self.m);
      return NULL;
    }
  fill_schedule (&self);
  for (gsize i = 0; i < self.m; i++)
    {
      self.zz[i * self.m + i] = 1;
      for (gsize j = 0; j < self.n; j++)
        self.t[i * self.n + j] = problem->t != NULL ? problem->t[i * self.n + j] : i == j;
    }
  for (int i = 0; i < n_run; i++)
    run_step (&self, problem->n_steps - 1 - i);
  result = g_new0 (MsmMoments, 1);
  result->m = self.m;
  result->z_mean = g_steal_pointer (&self.z);
  result->z_cov = g_steal_pointer (&self.zz);
  result->hat_mean = g_steal_pointer (&self.h);
  result->hat_cov = g_steal_pointer (&self.hh);
  return result;
}

void
msm_moments_free (MsmMoments *self)
{
  if (self == NULL)
    return;
  g_free (self->z_mean);
  g_free (self->z_cov);
  g_free (self->hat_mean);
  g_free (self->hat_cov);
  g_free (self);
}
