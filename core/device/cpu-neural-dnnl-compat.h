#pragma once

#include <dnnl.h>

/*
 * oneDNN 2 (Debian 12) and 3 (Ubuntu 24.04) differ in memory descriptors, which were structs and are handles, and
 * in how a convolution's primitive descriptor is made: in two steps, or in one. This is the one place that knows.
 */
typedef struct
{
  const dnnl_dim_t *strides, *padding, *padding_right;
} MsmDnnlWindow;

#if DNNL_VERSION_MAJOR >= 3

typedef dnnl_memory_desc_t MsmDnnlMd;            /* owned */
typedef const_dnnl_memory_desc_t MsmDnnlConstMd; /* borrowed */

static const dnnl_dims_t msm_dnnl_no_dilation = { 0 };

static inline MsmDnnlConstMd
msm_dnnl_md (const MsmDnnlMd *self)
{
  return *self;
}

static inline int
msm_dnnl_md_init (MsmDnnlMd *self, int n_dims, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag)
{
  return dnnl_memory_desc_create_with_tag (self, n_dims, dims, type, tag) == dnnl_success;
}

static inline void
msm_dnnl_md_clear (MsmDnnlMd *self)
{
  if (*self != NULL)
    dnnl_memory_desc_destroy (*self);
  *self = NULL;
}

static inline dnnl_status_t
msm_dnnl_append_sum (dnnl_post_ops_t ops)
{
  return dnnl_post_ops_append_sum (ops, 1.0f, 0, dnnl_data_type_undef);
}

static inline dnnl_status_t
msm_dnnl_forward_pd (dnnl_primitive_desc_t *pd, dnnl_engine_t engine, MsmDnnlConstMd x, MsmDnnlConstMd w,
                     MsmDnnlConstMd b, MsmDnnlConstMd y, const MsmDnnlWindow *window, dnnl_primitive_attr_t attr)
{
  return dnnl_convolution_forward_primitive_desc_create (pd, engine, dnnl_forward_training, dnnl_convolution_direct, x,
                                                         w, b, y, window->strides, msm_dnnl_no_dilation,
                                                         window->padding, window->padding_right, attr);
}

static inline dnnl_status_t
msm_dnnl_backward_data_pd (dnnl_primitive_desc_t *pd, dnnl_engine_t engine, MsmDnnlConstMd dx, MsmDnnlConstMd w,
                           MsmDnnlConstMd dy, const MsmDnnlWindow *window, dnnl_primitive_desc_t hint,
                           dnnl_primitive_attr_t attr)
{
  return dnnl_convolution_backward_data_primitive_desc_create (pd, engine, dnnl_convolution_direct, dx, w, dy,
                                                               window->strides, msm_dnnl_no_dilation, window->padding,
                                                               window->padding_right, hint, attr);
}

static inline dnnl_status_t
msm_dnnl_backward_weights_pd (dnnl_primitive_desc_t *pd, dnnl_engine_t engine, MsmDnnlConstMd x, MsmDnnlConstMd dw,
                              MsmDnnlConstMd db, MsmDnnlConstMd dy, const MsmDnnlWindow *window,
                              dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attr)
{
  return dnnl_convolution_backward_weights_primitive_desc_create (pd, engine, dnnl_convolution_direct, x, dw, db, dy,
                                                                  window->strides, msm_dnnl_no_dilation,
                                                                  window->padding, window->padding_right, hint, attr);
}

#else

typedef dnnl_memory_desc_t MsmDnnlMd;
typedef const dnnl_memory_desc_t *MsmDnnlConstMd;

static inline MsmDnnlConstMd
msm_dnnl_md (const MsmDnnlMd *self)
{
  return self;
}

static inline int
msm_dnnl_md_init (MsmDnnlMd *self, int n_dims, const dnnl_dims_t dims, dnnl_data_type_t type, dnnl_format_tag_t tag)
{
  return dnnl_memory_desc_init_by_tag (self, n_dims, dims, type, tag) == dnnl_success;
}

static inline void
msm_dnnl_md_clear (MsmDnnlMd *self)
{
}

static inline dnnl_status_t
msm_dnnl_append_sum (dnnl_post_ops_t ops)
{
  return dnnl_post_ops_append_sum (ops, 1.0f);
}

static inline dnnl_status_t
msm_dnnl_forward_pd (dnnl_primitive_desc_t *pd, dnnl_engine_t engine, MsmDnnlConstMd x, MsmDnnlConstMd w,
                     MsmDnnlConstMd b, MsmDnnlConstMd y, const MsmDnnlWindow *window, dnnl_primitive_attr_t attr)
{
  dnnl_convolution_desc_t desc;
  dnnl_status_t status =
      dnnl_convolution_forward_desc_init (&desc, dnnl_forward_training, dnnl_convolution_direct, x, w, b, y,
                                          window->strides, window->padding, window->padding_right);

  return status == dnnl_success ? dnnl_primitive_desc_create (pd, &desc, attr, engine, NULL) : status;
}

static inline dnnl_status_t
msm_dnnl_backward_data_pd (dnnl_primitive_desc_t *pd, dnnl_engine_t engine, MsmDnnlConstMd dx, MsmDnnlConstMd w,
                           MsmDnnlConstMd dy, const MsmDnnlWindow *window, dnnl_primitive_desc_t hint,
                           dnnl_primitive_attr_t attr)
{
  dnnl_convolution_desc_t desc;
  dnnl_status_t status = dnnl_convolution_backward_data_desc_init (
      &desc, dnnl_convolution_direct, dx, w, dy, window->strides, window->padding, window->padding_right);

  return status == dnnl_success ? dnnl_primitive_desc_create (pd, &desc, attr, engine, hint) : status;
}

static inline dnnl_status_t
msm_dnnl_backward_weights_pd (dnnl_primitive_desc_t *pd, dnnl_engine_t engine, MsmDnnlConstMd x, MsmDnnlConstMd dw,
                              MsmDnnlConstMd db, MsmDnnlConstMd dy, const MsmDnnlWindow *window,
                              dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attr)
{
  dnnl_convolution_desc_t desc;
  dnnl_status_t status = dnnl_convolution_backward_weights_desc_init (
      &desc, dnnl_convolution_direct, x, dw, db, dy, window->strides, window->padding, window->padding_right);

  return status == dnnl_success ? dnnl_primitive_desc_create (pd, &desc, attr, engine, hint) : status;
}

#endif
