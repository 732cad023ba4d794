#include "config.h"

#include "core/diffusion/denoiser-gauss.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/solve/dense.h"

/*
 * Pictures observe elements directly, so Σ_oo + σ² I is factored. In MRI the observed are combinations of
 * all: with Σ = UᵀU and G = Tᴴ S T as a real matrix,
 *
 *   E[x | s] = μ + Uᵀ (σ² I + U G Uᵀ)⁻¹ U (Tᴴ s − G μ).
 *
 * Factors are kept from sample to sample while the mask and σ stay the same.
 */
typedef struct
{
  MsmDenoiser base;
  gsize n_components, channels, rows, columns, n;
  double *log_weights; /* [k] */
  double *means;       /* [k, n] */
  double *covs;        /* [k, n, n] */
  double *roots;       /* [k, n, n] U of Σ = UᵀU; MRI only */
  /* Of the plan: */
  float *z, *mask, *x0; /* host copies of a batch */
  double *factors;      /* [k, n, n] */
  double *log_det;      /* [k] */
  double *gram;         /* [n, n] G; MRI only */
  double *product;      /* [n, n] U G */
  double *kernel;       /* [rows · columns] complex: Fᴴ S F of a delta; MRI only */
  float *sens;          /* host copy of one sample's maps; MRI only */
  gsize *observed;      /* [n] */
  gsize n_observed;
  double *candidate;      /* [k, n] the components' posterior means */
  double *log_likelihood; /* [k] */
  double *vector[3];      /* [n] scratch */
} Gauss;

static void
free_plan (Gauss *self)
{
  g_clear_pointer (&self->z, g_free);
  g_clear_pointer (&self->mask, g_free);
  g_clear_pointer (&self->x0, g_free);
  g_clear_pointer (&self->factors, g_free);
  g_clear_pointer (&self->log_det, g_free);
  g_clear_pointer (&self->gram, g_free);
  g_clear_pointer (&self->product, g_free);
  g_clear_pointer (&self->kernel, g_free);
  g_clear_pointer (&self->sens, g_free);
  g_clear_pointer (&self->roots, g_free);
  g_clear_pointer (&self->observed, g_free);
  g_clear_pointer (&self->candidate, g_free);
  g_clear_pointer (&self->log_likelihood, g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (self->vector); i++)
    g_clear_pointer (&self->vector[i], g_free);
}

static gboolean
is_mri (const Gauss *self)
{
  return msm_measure_kind (self->base.measure) == MSM_MEASURE_MRI;
}

/* Σ = UᵀU of every component. */
static gboolean
take_roots (Gauss *self)
{
  gsize n = self->n;

  self->roots = g_try_new0 (double, self->n_components * n * n);
  if (self->roots == NULL)
    return FALSE;
  for (gsize k = 0; k < self->n_components; k++)
    {
      double *root = self->roots + k * n * n;
      double largest = 0;

      for (gsize i = 0; i < n; i++)
        largest = MAX (largest, self->covs[k * n * n + i * n + i]);
      for (gsize i = 0; i < n; i++)
        memcpy (root + i * n + i, self->covs + k * n * n + i * n + i, (n - i) * sizeof *root);
      /* It passed with this tolerance when the prior was made. */
      msm_dense_cholesky (root, n, 1e-6 * largest);
    }
  return TRUE;
}

static gboolean
gauss_plan (MsmDenoiser *denoiser, MsmMeasure *measure, gboolean backward, GError **error)
{
  Gauss *self = (Gauss *) denoiser;
  MsmShape image = msm_measure_image_shape (measure), full = msm_measure_shape (measure);
  gsize n = self->n, k = self->n_components, parts = msm_measure_dtype (measure) == MSM_C64 ? 2 : 1;
  gboolean ok = TRUE;

  if (msm_measure_channels (measure) != self->channels || image.dim[2] != self->rows || image.dim[3] != self->columns)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: the prior is of %zu × %zu × %zu [channel, row, column], the data are %zu × %zu × %zu"),
                   denoiser->name, self->channels, self->rows, self->columns, msm_measure_channels (measure),
                   image.dim[2], image.dim[3]);
      return FALSE;
    }
  if (backward)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: a closed-form prior cannot be trained"),
                   denoiser->name);
      return FALSE;
    }
  free_plan (self);
  denoiser->measure = measure;
  self->z = g_try_new0 (float, msm_shape_size (full) * parts);
  self->mask = g_try_new0 (float, full.dim[0] * full.dim[2] * full.dim[3]);
  self->x0 = g_try_new0 (float, msm_shape_size (image) * parts);
  self->factors = g_try_new0 (double, k * n * n);
  self->log_det = g_new0 (double, k);
  self->observed = g_new0 (gsize, n);
  self->candidate = g_try_new0 (double, k * n);
  self->log_likelihood = g_new0 (double, k);
  for (gsize i = 0; i < G_N_ELEMENTS (self->vector); i++)
    self->vector[i] = g_new0 (double, n);
  if (is_mri (self))
    {
      self->gram = g_try_new0 (double, n * n);
      self->product = g_try_new0 (double, n * n);
      self->kernel = g_new0 (double, 2 * self->rows * self->columns);
      self->sens = g_try_new0 (float, 2 * full.dim[1] * full.dim[2] * full.dim[3]);
      ok = self->gram != NULL && self->product != NULL && self->sens != NULL && take_roots (self);
    }
  if (!ok || self->z == NULL || self->mask == NULL || self->x0 == NULL || self->factors == NULL
      || self->candidate == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for %zu samples"), denoiser->name,
                   full.dim[0]);
      return FALSE;
    }
  return TRUE;
}

/* Pictures: the factor of Σ_oo + σ² I of every component. */
static void
factor_observed (Gauss *self, const float *mask, double variance)
{
  gsize n = self->n, plane = self->rows * self->columns, m = 0;

  for (gsize i = 0; i < n; i++)
    if (mask[i % plane] > 0)
      self->observed[m++] = i;
  self->n_observed = m;
  for (gsize k = 0; k < self->n_components; k++)
    {
      const double *cov = self->covs + k * n * n;
      double *u = self->factors + k * n * n;

      for (gsize i = 0; i < m; i++)
        {
          for (gsize j = i; j < m; j++)
            u[i * m + j] = cov[self->observed[i] * n + self->observed[j]];
          u[i * m + i] += variance;
        }
      msm_dense_cholesky (u, m, 0);
      self->log_det[k] = msm_dense_log_det (u, m);
    }
}

/* Pictures: candidate = μ + Σ_·o (Σ_oo + σ² I)⁻¹ (s − μ_o), and the likelihood of s, for every component. */
static void
condition_observed (Gauss *self, const float *z, double scale)
{
  gsize n = self->n, m = self->n_observed;
  double *r = self->vector[0], *alpha = self->vector[1];

  for (gsize k = 0; k < self->n_components; k++)
    {
      const double *cov = self->covs + k * n * n, *mean = self->means + k * n;
      double *x = self->candidate + k * n;
      double square = 0;

      for (gsize i = 0; i < m; i++)
        alpha[i] = r[i] = z[self->observed[i]] * scale - mean[self->observed[i]];
      msm_dense_solve (self->factors + k * n * n, m, alpha);
      for (gsize i = 0; i < m; i++)
        square += r[i] * alpha[i];
      memcpy (x, mean, n * sizeof *x);
      for (gsize i = 0; i < m; i++)
        {
          const double *row = cov + self->observed[i] * n; /* symmetric: the row is the column */

          for (gsize j = 0; j < n; j++)
            x[j] += row[j] * alpha[i];
        }
      self->log_likelihood[k] = self->log_weights[k] - 0.5 * (square + self->log_det[k]);
    }
}

/*
 * MRI: kernel (d) = (1/N) Σ_k S(k) e^{2πi k·d/n}: the circular convolution that Fᴴ S F is; index n/2 of the
 * mask is k = 0.
 */
static void
transform_mask (Gauss *self, const float *mask)
{
  gsize h = self->rows, w = self->columns;

  memset (self->kernel, 0, 2 * h * w * sizeof *self->kernel);
  for (gsize dr = 0; dr < h; dr++)
    for (gsize dc = 0; dc < w; dc++)
      for (gsize r = 0; r < h; r++)
        for (gsize c = 0; c < w; c++)
          {
            double kr = (double) r - (double) (h / 2), kc = (double) c - (double) (w / 2), angle;

            if (!(mask[r * w + c] > 0))
              continue;
            angle = 2 * G_PI * (kr * (double) dr / (double) h + kc * (double) dc / (double) w);
            self->kernel[2 * (dr * w + dc)] += cos (angle) / (double) (h * w);
            self->kernel[2 * (dr * w + dc) + 1] += sin (angle) / (double) (h * w);
          }
}

/* G = Tᴴ S T = Σ_c conj(C_c) (Fᴴ S F) C_c over (re, im). */
static void
fill_gram (Gauss *self, gsize n_coil)
{
  gsize h = self->rows, w = self->columns, plane = h * w, n = self->n;

  for (gsize p = 0; p < plane; p++)
    for (gsize q = 0; q < plane; q++)
      {
        gsize d = (p / w + h - q / w) % h * w + (p % w + w - q % w) % w;
        double re = 0, im = 0, gr, gi;

        for (gsize c = 0; c < n_coil; c++)
          {
            const float *a = self->sens + 2 * (c * plane + p), *b = self->sens + 2 * (c * plane + q);

            re += (double) a[0] * b[0] + (double) a[1] * b[1];
            im += (double) a[0] * b[1] - (double) a[1] * b[0];
          }
        gr = re * self->kernel[2 * d] - im * self->kernel[2 * d + 1];
        gi = re * self->kernel[2 * d + 1] + im * self->kernel[2 * d];
        self->gram[p * n + q] = gr;
        self->gram[p * n + plane + q] = -gi;
        self->gram[(plane + p) * n + q] = gi;
        self->gram[(plane + p) * n + plane + q] = gr;
      }
}

/* MRI: the factor of σ² I + U G Uᵀ of every component. */
static void
factor_gram (Gauss *self, const float *mask, gsize n_coil, double variance)
{
  gsize n = self->n;

  transform_mask (self, mask);
  fill_gram (self, n_coil);
  for (gsize k = 0; k < self->n_components; k++)
    {
      const double *u = self->roots + k * n * n;
      double *m = self->factors + k * n * n;

      memset (self->product, 0, n * n * sizeof (double));
      for (gsize i = 0; i < n; i++)
        for (gsize l = i; l < n; l++)
          if (u[i * n + l] != 0)
            for (gsize j = 0; j < n; j++)
              self->product[i * n + j] += u[i * n + l] * self->gram[l * n + j];
      for (gsize i = 0; i < n; i++)
        {
          for (gsize j = i; j < n; j++)
            {
              double sum = 0;

              for (gsize l = j; l < n; l++)
                sum += self->product[i * n + l] * u[j * n + l];
              m[i * n + j] = sum;
            }
          m[i * n + i] += variance;
        }
      msm_dense_cholesky (m, n, 0);
      self->log_det[k] = msm_dense_log_det (m, n);
    }
}

/* MRI: candidate = μ + Uᵀ M⁻¹ U (Tᴴ s − G μ); @b = Tᴴ s over (re, im), @power = ‖s‖². */
static void
condition_gram (Gauss *self, const double *b, double power, double variance)
{
  gsize n = self->n;
  double *r = self->vector[1], *v = self->vector[2];

  for (gsize k = 0; k < self->n_components; k++)
    {
      const double *u = self->roots + k * n * n, *mean = self->means + k * n;
      double *x = self->candidate + k * n;
      double residual = power, explained = 0;

      for (gsize i = 0; i < n; i++)
        {
          double g = 0;

          for (gsize j = 0; j < n; j++)
            g += self->gram[i * n + j] * mean[j];
          r[i] = b[i] - g;
          residual += mean[i] * (g - 2 * b[i]);
        }
      for (gsize i = 0; i < n; i++)
        {
          v[i] = 0;
          for (gsize j = i; j < n; j++)
            v[i] += u[i * n + j] * r[j];
        }
      memcpy (r, v, n * sizeof *v);
      msm_dense_solve (self->factors + k * n * n, n, v);
      for (gsize i = 0; i < n; i++)
        explained += r[i] * v[i];
      memcpy (x, mean, n * sizeof *x);
      for (gsize i = 0; i < n; i++)
        for (gsize j = i; j < n; j++)
          x[j] += u[i * n + j] * v[i];
      self->log_likelihood[k] = self->log_weights[k] - 0.5 * ((residual - explained) / variance + self->log_det[k]);
    }
}

/* Σ_k r_k candidate_k into candidate 0. */
static const double *
mix (Gauss *self)
{
  gsize n = self->n;
  double largest = -INFINITY, sum = 0;

  if (self->n_components == 1)
    return self->candidate;
  for (gsize k = 0; k < self->n_components; k++)
    largest = MAX (largest, self->log_likelihood[k]);
  for (gsize k = 0; k < self->n_components; k++)
    sum += exp (self->log_likelihood[k] - largest);
  for (gsize k = 0; k < self->n_components; k++)
    {
      double part = exp (self->log_likelihood[k] - largest) / sum;
      const double *x = self->candidate + k * n;

      for (gsize i = 0; i < n; i++)
        self->candidate[i] = k == 0 ? part * x[i] : self->candidate[i] + part * x[i];
    }
  return self->candidate;
}

/* Downloads the maps of sample @b when they are not those of the sample before. TRUE: they are new. */
static gboolean
take_sens (Gauss *self, gsize b)
{
  MsmTensor *sens = msm_measure_sens (self->base.measure);
  gsize n = 2 * msm_tensor_dim (sens, 1) * self->rows * self->columns;
  const float *from = msm_tensor_const_data (sens);

  if (b > 0 && msm_tensor_dim (sens, 0) == 1)
    return FALSE;
  msm_device_ops (self->base.device)
      ->memory->download (msm_device_state (self->base.device), self->sens, from + b * n, n * sizeof (float));
  return TRUE;
}

static void
predict_picture (Gauss *self, gsize b, gboolean is_new, double alpha_bar)
{
  gsize plane = self->rows * self->columns;
  const double *x;

  if (is_new)
    factor_observed (self, self->mask + b * plane, (1 - alpha_bar) / alpha_bar);
  condition_observed (self, self->z + b * self->n, 1 / sqrt (alpha_bar));
  x = mix (self);
  for (gsize i = 0; i < self->n; i++)
    self->x0[b * self->n + i] = (float) x[i];
}

/* x0 holds Tᴴ z of the batch on entry. */
static void
predict_mri (Gauss *self, gsize b, gboolean is_new, double alpha_bar)
{
  gsize plane = self->rows * self->columns, n_coil = msm_measure_shape (self->base.measure).dim[1];
  double scale = 1 / sqrt (alpha_bar), variance = (1 - alpha_bar) / alpha_bar, power = 0;
  const float *z = self->z + 2 * b * n_coil * plane;
  float *image = self->x0 + 2 * b * plane;
  double *adjoint = self->vector[0];
  const double *x;

  is_new = take_sens (self, b) || is_new;
  if (is_new)
    factor_gram (self, self->mask + b * plane, n_coil, variance);
  for (gsize i = 0; i < 2 * n_coil * plane; i++)
    power += (double) z[i] * z[i] * scale * scale;
  for (gsize p = 0; p < plane; p++)
    {
      adjoint[p] = image[2 * p] * scale;
      adjoint[plane + p] = image[2 * p + 1] * scale;
    }
  condition_gram (self, adjoint, power, variance);
  x = mix (self);
  for (gsize p = 0; p < plane; p++)
    {
      image[2 * p] = (float) x[p];
      image[2 * p + 1] = (float) x[plane + p];
    }
}

static void
gauss_predict (MsmDenoiser *denoiser, MsmTensor *x0, const MsmTensor *u, const MsmTensor *z, const MsmTensor *mask,
               const double *step)
{
  Gauss *self = (Gauss *) denoiser;
  gsize plane = self->rows * self->columns, n_batch = msm_tensor_dim (x0, 0);

  msm_tensor_download (z, self->z);
  msm_tensor_download (mask, self->mask);
  if (is_mri (self))
    msm_tensor_download (u, self->x0);
  for (gsize b = 0; b < n_batch; b++)
    {
      gboolean is_new = b == 0 || step[b] != step[b - 1]
                        || memcmp (self->mask + b * plane, self->mask + (b - 1) * plane, plane * sizeof (float)) != 0;
      double alpha_bar = msm_schedule_alpha_bar (&denoiser->schedule, step[b]);

      if (is_mri (self))
        predict_mri (self, b, is_new, alpha_bar);
      else
        predict_picture (self, b, is_new, alpha_bar);
    }
  msm_tensor_upload (x0, self->x0);
}

static void
gauss_dispose (MsmDenoiser *denoiser)
{
  Gauss *self = (Gauss *) denoiser;

  free_plan (self);
  g_free (self->log_weights);
  g_free (self->means);
  g_free (self->covs);
}

static const MsmDenoiserClass gaussian_class = {
  .name = "gaussian",
  .plan = gauss_plan,
  .predict = gauss_predict,
  .dispose = gauss_dispose,
};

static const MsmDenoiserClass mixture_class = {
  .name = "mixture",
  .plan = gauss_plan,
  .predict = gauss_predict,
  .dispose = gauss_dispose,
};

/* Symmetric up to the rounding of float32, and positive semi-definite. */
static gboolean
check_cov (const double *cov, gsize n, const char *name, gsize component, GError **error)
{
  g_autofree double *copy = g_try_new (double, n * n);
  double largest = 0;

  if (copy == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for a %zu × %zu covariance"), name, n, n);
      return FALSE;
    }
  for (gsize i = 0; i < n * n; i++)
    if (!isfinite (cov[i]))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                     _("%s: the covariance of component %zu holds NaN or infinity at [%zu, %zu]"), name, component,
                     i / n, i % n);
        return FALSE;
      }
  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, cov[i * n + i]);
  for (gsize i = 0; i < n; i++)
    for (gsize j = i + 1; j < n; j++)
      if (!(fabs (cov[i * n + j] - cov[j * n + i]) <= 1e-5 * largest))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("%s: the covariance of component %zu is not symmetric: [%zu, %zu] is %g, [%zu, %zu] is %g"),
                       name, component, i, j, cov[i * n + j], j, i, cov[j * n + i]);
          return FALSE;
        }
  memcpy (copy, cov, n * n * sizeof *copy);
  if (largest > 0 && msm_dense_cholesky (copy, n, 1e-6 * largest))
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("%s: the covariance of component %zu is not positive semi-definite"), name, component);
  return FALSE;
}

static double *
to_double (const float *values, gsize n)
{
  double *copy = g_try_new (double, n);

  for (gsize i = 0; copy != NULL && i < n; i++)
    copy[i] = values[i];
  return copy;
}

static gboolean
take_weights (Gauss *self, const float *weights, GError **error)
{
  double sum = 0;

  for (gsize k = 0; k < self->n_components; k++)
    {
      if (!(weights[k] > 0) || !isfinite (weights[k]))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: weight %zu is %g, expected a positive number"),
                       self->base.name, k, weights[k]);
          return FALSE;
        }
      sum += weights[k];
    }
  self->log_weights = g_new (double, self->n_components);
  for (gsize k = 0; k < self->n_components; k++)
    self->log_weights[k] = log (weights[k] / sum);
  return TRUE;
}

MsmDenoiser *
msm_denoiser_gauss_new (MsmDevice *device, const char *name, gsize n_components, gsize channels, gsize rows,
                        gsize columns, const float *weights, const float *means, const float *covs, GError **error)
{
  g_autoptr (MsmDenoiser) denoiser = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n = channels * rows * columns;
  Gauss *self;

  g_return_val_if_fail (device != NULL && n_components > 0 && n > 0, NULL);
  if (rows > MSM_GAUSS_MAX_SIDE || columns > MSM_GAUSS_MAX_SIDE || channels > 4)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: a closed-form prior of %zu × %zu × %zu [channel, row, column] is too large: at most %d "
                      "rows and columns and 4 channels"),
                   name, channels, rows, columns, MSM_GAUSS_MAX_SIDE);
      return NULL;
    }
  self = g_new0 (Gauss, 1);
  denoiser = &self->base;
  msm_denoiser_init (denoiser, n_components == 1 ? &gaussian_class : &mixture_class, device, name);
  self->n_components = n_components;
  self->channels = channels;
  self->rows = rows;
  self->columns = columns;
  self->n = n;
  if (!take_weights (self, weights, error))
    return NULL;
  self->means = to_double (means, n_components * n);
  self->covs = to_double (covs, n_components * n * n);
  if (self->means == NULL || self->covs == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for %zu components"), name, n_components);
      return NULL;
    }
  for (gsize i = 0; i < n_components * n; i++)
    if (!isfinite (means[i]))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: the mean holds NaN or infinity"), name);
        return NULL;
      }
  for (gsize k = 0; k < n_components; k++)
    if (!check_cov (self->covs + k * n * n, n, name, k, error))
      return NULL;
  g_checksum_update (checksum, (const guchar *) weights, n_components * sizeof (float));
  g_checksum_update (checksum, (const guchar *) means, n_components * n * sizeof (float));
  g_checksum_update (checksum, (const guchar *) covs, n_components * n * n * sizeof (float));
  denoiser->hash = g_strdup (g_checksum_get_string (checksum));
  return g_steal_pointer (&denoiser);
}

gboolean
msm_denoiser_gauss_size (const MsmDenoiser *denoiser, gsize *channels, gsize *rows, gsize *columns)
{
  const Gauss *self = (const Gauss *) denoiser;

  g_return_val_if_fail (denoiser != NULL, FALSE);
  if (denoiser->klass != &gaussian_class && denoiser->klass != &mixture_class)
    return FALSE;
  *channels = self->channels;
  *rows = self->rows;
  *columns = self->columns;
  return TRUE;
}
