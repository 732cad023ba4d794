#pragma once

#include "core/base/param.h"
#include "core/linop/linop.h"

G_BEGIN_DECLS

/*
 * The forward operators of docs/method.md §7 on images, each declared once: the command line, the window's
 * chooser and the tests make them from this table. Images are [batch, channel or set, row, column], F32
 * or C64; operators on C64 are the same real operators on both parts, but for random projection.
 */
typedef struct
{
  const char *name;       /* "blur" */
  const char *title;      /* "Gaussian blur" */
  const char *help;       /* one translatable sentence */
  const MsmParam *params; /* its own, and "noise" and "seed" */
  /* NULL: y = M F C x, which only a scan's k-space makes (core/calib). */
  MsmLinop *(*make) (MsmDevice *device, MsmDtype dtype, MsmShape image, const MsmParams *params, GError **error);
  gboolean is_masked; /* A Aᴴ is a 0/1 mask of y: what is not measured is zero, without noise */
} MsmOperatorClass;

/* In the order in which menus show them, "sampling" first; ended by NULL. */
const MsmOperatorClass *const *msm_operator_classes (void);
/* MSM_ERROR_VALUE lists the names there are. */
const MsmOperatorClass *msm_operator_class_find (const char *name, GError **error);
/**
 * msm_operator_new:
 * @image: rank 4, [batch, channel, row, column]
 * @params: values of @klass's table, or NULL: defaults
 *
 * Returns: (transfer full): the operator; or NULL with MSM_ERROR_SHAPE or MSM_ERROR_VALUE when it cannot
 * act on such images, MSM_ERROR_MEMORY, or MSM_ERROR_UNSUPPORTED for "sampling"
 */
MsmLinop *msm_operator_new (const MsmOperatorClass *klass, MsmDevice *device, MsmDtype dtype, MsmShape image,
                            const MsmParams *params, GError **error);
/* Standard deviation of the noise that operators add, of images with a maximum near 1; 0 without @params (nullable). */
double msm_operator_noise (const MsmParams *params);
/**
 * msm_operator_measure:
 * @x: the true image
 * @unit: what counts as 1: the noise has the standard deviation unit · noise per real component
 *
 * y = A x + e with the noise of @params ("noise", "seed"): the same numbers on every device.
 * Returns: (transfer full): y in A's codomain; or NULL with MSM_ERROR_MEMORY
 */
MsmTensor *msm_operator_measure (const MsmOperatorClass *klass, MsmLinop *op, const MsmTensor *x, double unit,
                                 const MsmParams *params, GError **error);
/* y += std · n(seed), n standard normal per real component, the same numbers on every device. */
gboolean msm_operator_add_noise (MsmTensor *y, double std, guint64 seed, GError **error);
/* "blur taps=61 std=3 noise=0.01 seed=1" for a result's provenance. (transfer full) */
char *msm_operator_describe (const MsmOperatorClass *klass, const MsmParams *params);

G_END_DECLS
