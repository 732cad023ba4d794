#include "config.h"

#include "app/setup/setup-prepare.h"

#include <glib/gi18n-lib.h>

#include "app/setup/sens-file.h"
#include "core/base/error.h"
#include "core/comm/comm.h"
#include "core/io/mask-file.h"
#include "core/problem/problem-from-scan.h"

MsmDevice *
msm_setup_open_device (const MsmSetup *self, GError **error)
{
  const char *name = self->device != NULL ? self->device : "auto";
  g_autoptr (MsmDevice) device = NULL;

  if (self->threads > 0)
    msm_device_set_threads (self->threads);
  device = msm_comm_open_device (self->method->host_only && g_str_equal (name, "auto") ? "cpu" : name, error);
  if (device == NULL || !msm_device_set_precision (device, self->precision, error))
    return NULL;
  return g_steal_pointer (&device);
}

/* ---- what only files can say ---- */

static gboolean
lacks_mask (const MsmSetup *self)
{
  return self->address.path != NULL && self->mask == NULL && (self->mask_path != NULL || self->pattern != NULL);
}

static gboolean
is_resolved (const MsmSetup *self)
{
  return (self->address.path == NULL || !self->is_middle) && !lacks_mask (self)
         && (self->sens != NULL || self->sens_path == NULL) && (self->parent == NULL || is_resolved (self->parent));
}

static gboolean
resolve_mask (MsmSetup *self, MsmScan *scan, GError **error)
{
  if (!lacks_mask (self))
    return TRUE;
  self->mask = self->mask_path != NULL
                   ? msm_mask_load (self->mask_path, scan->n_readout, scan->n_phase, error)
                   : self->pattern->generate (self->pattern_params, scan->n_readout, scan->n_phase, error);
  return self->mask != NULL;
}

static gboolean
resolve_slice (MsmSetup *self, MsmScan *scan, GError **error)
{
  if (self->is_middle)
    self->address.slice = scan->n_slices / 2;
  self->is_middle = FALSE;
  if (self->address.slice < scan->n_slices)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: slice %zu was asked for, the last is %zu"),
               self->address.path, self->address.slice, scan->n_slices - 1);
  return FALSE;
}

gboolean
msm_setup_resolve (MsmSetup *self, MsmScan *scan, GError **error)
{
  g_autoptr (MsmScan) opened = NULL;
  MsmSetup *parent = self->parent;

  if (self->address.path != NULL && scan == NULL)
    {
      scan = opened = msm_address_open (&self->address, error);
      if (scan == NULL)
        return FALSE;
    }
  if (parent != NULL && !is_resolved (parent)
      && !msm_setup_resolve (parent, msm_address_same_scan (&parent->address, &self->address) ? scan : NULL, error))
    return FALSE;
  if (scan != NULL && (!resolve_mask (self, scan, error) || !resolve_slice (self, scan, error)))
    return FALSE;
  if (self->sens == NULL && self->sens_path != NULL)
    self->sens = msm_sens_load (self->sens_path, error);
  return self->sens != NULL || self->sens_path == NULL;
}

/* ---- the road ---- */

/* From the prior alone, which brings its own size; the samples are seen through its maps, if there are any. */
static MsmProblem *
make_free_problem (const MsmSetup *self, MsmDevice *device, GError **error)
{
  g_autoptr (MsmProblem) problem = g_new0 (MsmProblem, 1);

  problem->scale = 1;
  problem->device = msm_device_ref (device);
  if (self->sens != NULL && (problem->sens = msm_tensor_to (self->sens, device, error)) == NULL)
    return NULL;
  return g_steal_pointer (&problem);
}

static MsmProblem *
make_problem (const MsmSetup *self, const MsmPrepareOptions *options, MsmDevice *device, GBytes *start, GError **error)
{
  MsmProblemOptions problem_options = { .slice = self->address.slice,
                                        .mask = self->mask,
                                        .sens = self->sens,
                                        .espirit = self->espirit,
                                        .n_virtual = self->n_virtual,
                                        .operator_class = self->operator_class,
                                        .operator_params = self->operator_params,
                                        .scale = msm_sampler_state_scale (self->method, start),
                                        .without_sens = self->method->without_sens };
  g_autoptr (MsmScan) scan = NULL;

  if (self->address.path == NULL)
    return make_free_problem (self, device, error);
  scan = options->scan != NULL ? msm_scan_ref (options->scan) : msm_address_open (&self->address, error);
  return scan != NULL ? msm_problem_new_from_scan (scan, &problem_options, device, options->cancel, error) : NULL;
}

/* Steps up to the end of step @step, for what @self's sampler was then. */
static GBytes *
run_to (const MsmSetup *self, MsmSampler *sampler, int step, const MsmPrepareOptions *options, GError **error)
{
  MsmStepInfo info = { 0 };
  gboolean more = TRUE;
  GBytes *state = NULL;

  while (more && info.step < step)
    {
      if (msm_cancel_check (options->cancel, error))
        return NULL;
      more = msm_sampler_step (sampler, &info);
      if (options->on_progress != NULL)
        options->on_progress (self, (double) info.step / step, options->data);
      if (!msm_device_check (sampler->problem->device, error))
        return NULL;
      if (info.failure != NULL)
        {
          g_set_error_literal (error, MSM_ERROR, MSM_ERROR_VALUE, info.failure);
          return NULL;
        }
    }
  if (info.step == step)
    state = msm_sampler_save (sampler);
  if (state == NULL)
    g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s has no step %d that a branch could go on from"),
                 self->method->title, step);
  return state;
}

/* What a branch begins with. (transfer full) */
static GBytes *
find_start (const MsmSetup *self, const MsmPrepareOptions *options, GError **error)
{
  const MsmSetup *parent = self->parent;
  MsmPrepareOptions own = *options;
  MsmSampler *sampler;
  GBytes *state;

  if (self->start != NULL)
    return g_bytes_ref (self->start);
  own.on_problem = NULL;
  if (!msm_address_same_scan (&self->address, &parent->address))
    own.scan = NULL;
  if (!msm_setup_same_device (self, parent))
    own.device = NULL;
  sampler = msm_setup_prepare (parent, &own, error);
  state = sampler != NULL ? run_to (parent, sampler, self->start_step, options, error) : NULL;
  g_clear_pointer (&sampler, msm_sampler_free);
  return state;
}

/* Of a resolved setup. */
static MsmSampler *
prepare (const MsmSetup *self, const MsmPrepareOptions *options, GError **error)
{
  g_autoptr (GBytes) start = NULL;
  g_autoptr (MsmDevice) device = NULL;
  g_autoptr (MsmProblem) problem = NULL;
  g_autoptr (MsmSampler) sampler = NULL;

  if (self->parent != NULL && (start = find_start (self, options, error)) == NULL)
    return NULL;
  device = options->device != NULL ? msm_device_ref (options->device) : msm_setup_open_device (self, error);
  problem = device != NULL ? make_problem (self, options, device, start, error) : NULL;
  if (problem == NULL || (options->on_problem != NULL && !options->on_problem (problem, options->data, error))
      || msm_cancel_check (options->cancel, error))
    return NULL;
  sampler = msm_sampler_new (self->method, g_steal_pointer (&problem), msm_params_copy (self->params), error);
  if (sampler == NULL || (start != NULL && !msm_sampler_restore (sampler, start, error))
      || msm_cancel_check (options->cancel, error))
    return NULL;
  return g_steal_pointer (&sampler);
}

MsmSampler *
msm_setup_prepare (const MsmSetup *self, const MsmPrepareOptions *options, GError **error)
{
  static const MsmPrepareOptions none = { 0 };
  g_autoptr (MsmSetup) resolved = NULL;

  if (options == NULL)
    options = &none;
  if (msm_cancel_check (options->cancel, error))
    return NULL;
  if (!is_resolved (self))
    {
      resolved = msm_setup_copy (self);
      if (!msm_setup_resolve (resolved, options->scan, error))
        return NULL;
    }
  return prepare (resolved != NULL ? resolved : self, options, error);
}
