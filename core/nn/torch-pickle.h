#pragma once

#include <glib.h>

#include "core/device/shape.h"

G_BEGIN_DECLS

/*
 * The pickle of a PyTorch checkpoint as a tree of plain values. Nothing is ever called: the few constructors
 * that weight files need (dictionaries, tensors, parameters) are recognised by name, those that harmless
 * files hold beside them (NumPy scalars, argparse.Namespace, …) become opaque values, and any other name is
 * an error. The bytes are untrusted.
 */
typedef enum
{
  MSM_PICKLE_NONE,
  MSM_PICKLE_BOOL,
  MSM_PICKLE_INT,
  MSM_PICKLE_FLOAT,
  MSM_PICKLE_TEXT,
  MSM_PICKLE_TUPLE,
  MSM_PICKLE_LIST,
  MSM_PICKLE_DICT,
  MSM_PICKLE_GLOBAL,
  MSM_PICKLE_STORAGE,
  MSM_PICKLE_TENSOR,
  MSM_PICKLE_OPAQUE,
  MSM_PICKLE_MARK
} MsmPickleType;

typedef struct _MsmPickleValue MsmPickleValue;

/* Owned by the pickle; may refer to itself, as Python's lists may. */
struct _MsmPickleValue
{
  MsmPickleType type;
  gint64 integer; /* BOOL, INT; TENSOR: offset in elements; STORAGE: number of elements */
  double number;
  char *text;              /* TEXT, bytes; GLOBAL: "module.name"; STORAGE: its key */
  const char *dtype;       /* STORAGE: "FloatStorage", … */
  GPtrArray *items;        /* TUPLE, LIST; DICT: key, value, key, value, … */
  MsmPickleValue *storage; /* TENSOR */
  int rank;                /* TENSOR */
  guint64 dim[MSM_MAX_RANK], stride[MSM_MAX_RANK];
};

typedef struct _MsmPickle MsmPickle;

/* @source: for messages. MSM_ERROR_FORMAT (damaged), MSM_ERROR_UNSUPPORTED (names a call that is refused). */
MsmPickle *msm_pickle_parse (const char *source, const guint8 *bytes, gsize n, GError **error);
void msm_pickle_free (MsmPickle *self);
const MsmPickleValue *msm_pickle_root (const MsmPickle *self);
/* The value of a text key; NULL when @dict is no dictionary or lacks it. */
const MsmPickleValue *msm_pickle_lookup (const MsmPickleValue *dict, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmPickle, msm_pickle_free)

G_END_DECLS
