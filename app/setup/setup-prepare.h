#pragma once

#include "app/setup/setup.h"
#include "core/base/cancel.h"

G_BEGIN_DECLS

/* What whoever prepares a setup has already, and wants to know meanwhile. All may be left out. */
typedef struct
{
  MsmScan *scan;     /* of the address's file, group and indices, for this thread alone; NULL: opened here */
  MsmDevice *device; /* of msm_setup_open_device(); NULL: opened here */
  MsmCancel *cancel;
  /*
   * The problem stands; the sampler comes next, which may take long (a network to load, buffers, plans). FALSE with
   * @error: it comes to nothing.
   */
  gboolean (*on_problem) (MsmProblem *problem, gpointer data, GError **error);
  /* Of a branch: how far @stage, which it goes on from, has come: 0 … 1. */
  void (*on_progress) (const MsmSetup *stage, double fraction, gpointer data);
  gpointer data;
} MsmPrepareOptions;

/* What it computes on: methods that cannot use a GPU are not given one unless it is named. (transfer full) */
MsmDevice *msm_setup_open_device (const MsmSetup *self, GError **error);
/**
 * msm_setup_resolve:
 * @scan: (nullable): of the address, where it is open already
 *
 * Puts in what only files can say, here and in what it goes on from: the number of the middle slice, the mask of a
 * pattern or a file, coil maps. What is there already stays, so that it is done once for many slices.
 * Returns: FALSE as opening and reading them fails, or MSM_ERROR_VALUE: there is no such slice
 */
gboolean msm_setup_resolve (MsmSetup *self, MsmScan *scan, GError **error);
/**
 * msm_setup_prepare:
 * @options: (nullable)
 *
 * The only road from a setup to a sampler: device, scan, mask, maps, problem, scale, network; and for a branch its
 * parent's run up to the step, unless that state is known. It is for any thread.
 * Returns: (transfer full): the sampler before its first step, which owns its problem; or %NULL as its parts fail:
 * MSM_ERROR_VALUE when the parent is not so long, or its method has no branches
 */
MsmSampler *msm_setup_prepare (const MsmSetup *self, const MsmPrepareOptions *options, GError **error);

G_END_DECLS
