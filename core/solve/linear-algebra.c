#include "config.h"

#include "core/solve/linear-algebra.h"

#include <glib/gi18n-lib.h>

#include "core/base/error.h"

/* The Fortran symbols; hidden lengths of the text arguments are not read for single letters. */
extern void cherk_ (const char *uplo, const char *trans, const int *n, const int *k, const float *alpha,
                    const float complex *a, const int *lda, const float *beta, float complex *c, const int *ldc);
extern void cgemm_ (const char *transa, const char *transb, const int *m, const int *n, const int *k,
                    const float complex *alpha, const float complex *a, const int *lda, const float complex *b,
                    const int *ldb, const float complex *beta, float complex *c, const int *ldc);
extern void cheevd_ (const char *jobz, const char *uplo, const int *n, float complex *a, const int *lda, float *w,
                     float complex *work, const int *lwork, float *rwork, const int *lrwork, int *iwork,
                     const int *liwork, int *info);
extern void cpotrf_ (const char *uplo, const int *n, float complex *a, const int *lda, int *info);

static void
mirror (float complex *c, int n)
{
  for (int j = 0; j < n; j++)
    for (int i = j + 1; i < n; i++)
      c[(gsize) j * n + i] = conjf (c[(gsize) i * n + j]);
}

gboolean
msm_gram (const float complex *a, int n, int k, float complex *c, GError **error)
{
  const float one = 1, zero = 0;

  cherk_ ("U", "N", &n, &k, &one, a, &n, &zero, c, &n);
  mirror (c, n);
  return TRUE;
}

gboolean
msm_gram_inner (const float complex *a, int k, int n, float complex *c, GError **error)
{
  const float one = 1, zero = 0;

  cherk_ ("U", "C", &n, &k, &one, a, &k, &zero, c, &n);
  mirror (c, n);
  return TRUE;
}

gboolean
msm_eigen (float complex *a, int n, float *values, GError **error)
{
  float complex want;
  float rwant;
  int iwant, info = 0, ask = -1, lwork, lrwork, liwork;
  g_autofree float complex *work = NULL;
  g_autofree float *rwork = NULL;
  g_autofree int *iwork = NULL;

  cheevd_ ("V", "U", &n, a, &n, values, &want, &ask, &rwant, &ask, &iwant, &ask, &info);
  /* Sizes come back as floats: a little more, for those beyond 2^24. */
  lwork = (int) (crealf (want) * 1.0001f) + 1;
  lrwork = (int) (rwant * 1.0001f) + 1;
  liwork = iwant;
  work = g_try_new (float complex, lwork);
  rwork = g_try_new (float, lrwork);
  iwork = g_try_new (int, liwork);
  if (work == NULL || rwork == NULL || iwork == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("no memory for the eigenvectors of a %d × %d matrix"), n, n);
      return FALSE;
    }
  cheevd_ ("V", "U", &n, a, &n, values, work, &lwork, rwork, &lrwork, iwork, &liwork, &info);
  if (info != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the eigenvectors of a %d × %d matrix did not converge (cheevd: %d)"), n, n, info);
      return FALSE;
    }
  return TRUE;
}

void
msm_matrix_multiply (const float complex *a, const float complex *b, int m, int k, int n, float complex *c)
{
  const float complex one = 1, zero = 0;

  cgemm_ ("N", "N", &m, &n, &k, &one, a, &m, b, &k, &zero, c, &m);
}

gboolean
msm_cholesky_rows (float complex *a, int n, GError **error)
{
  int info = 0;

  /*
   * Row-major, LAPACK sees aᵀ; its upper factor aᵀ = Uᴴ U gives a = L Lᴴ with L = Uᵀ, which row-major is
   * the memory of U.
   */
  cpotrf_ ("U", &n, a, &n, &info);
  if (info != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("the noise covariance is not positive definite (coil %d)"),
                   info);
      return FALSE;
    }
  for (int i = 0; i < n; i++)
    for (int j = i + 1; j < n; j++)
      a[(gsize) i * n + j] = 0;
  return TRUE;
}
