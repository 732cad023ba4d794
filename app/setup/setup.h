#pragma once

#include "app/setup/address.h"
#include "core/device/device.h"
#include "core/linop/operator.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/*
 * What is being reconstructed: all that a run's result depends on, and the run that it goes on from, if it is a branch.
 * A value: strings, mask, parameters and parent are its own, tensors are sealed and shared. The terminal makes it of
 * its flags, the window of what is chosen, both of experiment files; msm_setup_prepare() makes a sampler of it.
 */
typedef struct _MsmSetup MsmSetup;
struct _MsmSetup
{
  MsmAddress address; /* without a file: the method generates */
  gboolean is_middle; /* the slice is the scan's middle one: msm_setup_resolve() says which that is */

  /* What is sampled: what @pattern draws (NULL: what the scan has), or @mask, or what the file @mask_path says. */
  MsmMask *mask;                 /* (nullable): not resolved yet, or the scan's own */
  gboolean mask_is_drawn;        /* as the pattern draws it */
  const MsmMaskPattern *pattern; /* (nullable) */
  MsmParams *pattern_params;     /* (nullable) */
  char *mask_path;               /* (nullable) */

  const MsmOperatorClass *operator_class; /* NULL: sampling */
  MsmParams *operator_params;             /* (nullable) */
  const MsmSamplerClass *method;
  MsmParams *params;
  MsmParams *espirit; /* (nullable): defaults */
  gsize n_virtual;    /* 0: no coil compression */
  char *sens_path;    /* (nullable): a file of coil maps, instead of ESPIRiT's */
  MsmTensor *sens;    /* (nullable): the maps, on the host, where they are known: of the file, or of an equal run */

  char *device;  /* (nullable): as msm_device_open() takes it; "auto" */
  int precision; /* index into msm_device_precisions */
  int threads;   /* of the CPU; 0: what the program is set to. No result depends on it */

  /* A branch goes on from what its parent was after a step. */
  MsmSetup *parent; /* (nullable) */
  int start_step;
  GBytes *start;     /* (nullable): what the parent was then, of the sampler class's save(), where it is known */
  int parent_number; /* the parent's number among the runs of a session, for people; 0: none */
};

/* Of nothing: generation by no method. */
MsmSetup *msm_setup_new (void);
MsmSetup *msm_setup_copy (const MsmSetup *self);
void msm_setup_free (MsmSetup *self);
/* Its scan, and that of all it goes on from, is @path; or its slice @slice. */
void msm_setup_set_path (MsmSetup *self, const char *path);
void msm_setup_set_slice (MsmSetup *self, gsize slice);
/* How many others it goes on from, one after the other. */
int msm_setup_count_parents (const MsmSetup *self);
/* Settings, one per line: what an exported picture carries. (transfer full) */
char *msm_setup_describe (const MsmSetup *self);

/*
 * The same pixels come out: equal in every setting, wherever they begin, and branches of equal parents at the same
 * step. What only says how it was found (known maps, threads, numbers) does not count.
 */
gboolean msm_setup_equal (const MsmSetup *a, const MsmSetup *b);
/* Equal setups have equal hashes. */
guint msm_setup_hash (const MsmSetup *self);
/*
 * Of slices of one scan: the same was done to both. A mask that a pattern drew, or a hand, is the same one; what a
 * slice was acquired with is its own. Branches are alike to nothing.
 */
gboolean msm_setup_is_alike (const MsmSetup *a, const MsmSetup *b);
/* The same to the last setting, whatever they go on from. */
gboolean msm_setup_settings_equal (const MsmSetup *a, const MsmSetup *b);
/*
 * Equal slices, coils, sampled centres and ESPIRiT settings have equal maps, to the last bit: what one estimated serves
 * the other. With simulated noise only equal measurements do.
 */
gboolean msm_setup_shares_sens (const MsmSetup *a, const MsmSetup *b);
/* What is measured, of what and by which operator, is the same; masks aside. */
gboolean msm_setup_shares_measurement (const MsmSetup *a, const MsmSetup *b);
/* Point by point; of masks that are not resolved, where they come from. */
gboolean msm_setup_shares_mask (const MsmSetup *a, const MsmSetup *b);
/* The same name, precision and threads: one MsmDevice serves both. */
gboolean msm_setup_same_device (const MsmSetup *a, const MsmSetup *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmSetup, msm_setup_free)

G_END_DECLS
