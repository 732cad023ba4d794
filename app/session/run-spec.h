#pragma once

#include "app/setup/address.h"
#include "core/device/device.h"
#include "core/linop/operator.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/* What is to be run: everything that its result depends on. Its strings, mask and parameters are its own. */
typedef struct _MsmRunSpec MsmRunSpec;
struct _MsmRunSpec
{
  MsmAddress address; /* without a file: the method generates */
  MsmMask *mask;      /* (nullable): the scan's own, or full */
  /* How the mask came about, for experiment files: as the pattern draws it (NULL: the scan's own), or by hand. */
  gboolean mask_is_drawn;
  const MsmMaskPattern *pattern; /* (nullable) */
  MsmParams *pattern_params;     /* (nullable) */
  const MsmSamplerClass *method;
  MsmParams *params;
  MsmParams *espirit;                     /* (nullable): defaults */
  gsize n_virtual;                        /* 0: no coil compression */
  MsmTensor *sens;                        /* (nullable): known maps, on the host */
  char *device;                           /* (nullable): as msm_device_open() takes it; "auto" */
  const MsmOperatorClass *operator_class; /* NULL: sampling */
  MsmParams *operator_params;             /* (nullable) */
  /* A branch goes on from what another run was after a step. */
  GBytes *start;      /* (nullable): of the sampler class's save() */
  MsmRunSpec *origin; /* (nullable): what the other run is of: with it experiment files repeat a branch */
  int parent;         /* the other run's number; 0: none */
  int start_step;
};

/* A deep copy; the mask is copied, tensors (sealed) are shared. */
void msm_run_spec_copy (const MsmRunSpec *self, MsmRunSpec *copy);
void msm_run_spec_clear (MsmRunSpec *self);
/*
 * Equal slices, coils, sampled centres and ESPIRiT settings have equal maps, to the last bit: what one estimated serves
 * the other. With simulated noise only equal measurements do.
 */
gboolean msm_run_spec_shares_sens (const MsmRunSpec *a, const MsmRunSpec *b);
/* What is measured, of what and by which operator, is the same; masks aside. */
gboolean msm_run_spec_shares_measurement (const MsmRunSpec *a, const MsmRunSpec *b);
/* Point by point. */
gboolean msm_run_spec_shares_mask (const MsmRunSpec *a, const MsmRunSpec *b);
/* The same to the last setting, wherever they begin. */
gboolean msm_run_spec_settings_equal (const MsmRunSpec *a, const MsmRunSpec *b);
/* The same run. Branches are never equal. */
gboolean msm_run_spec_equal (const MsmRunSpec *a, const MsmRunSpec *b);
/* What it computes on: methods that cannot use a GPU are not given one unless it is named. (transfer full) */
MsmDevice *msm_run_spec_open_device (const MsmRunSpec *self, GError **error);
/* Settings, one per line: what an exported picture carries. (transfer full) */
char *msm_run_spec_describe (const MsmRunSpec *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmRunSpec, msm_run_spec_clear)

G_END_DECLS
