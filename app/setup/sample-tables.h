#pragma once

#include "app/setup/experiment.h"

G_BEGIN_DECLS

/* The flags of `msm sample` that are not its sampler's, and with them the keys of an experiment's section [run]. */
extern const MsmParam msm_sample_params[];

/* The section of the sampler's: its presence says that a file is an experiment of generation. */
#define MSM_SAMPLE_SECTION "sample"

/*
 * All that a generation depends on, as an experiment file has it: [sample], what the sampler does, and [run], its coil
 * maps and device. The terminal and the window read and write the same.
 */
typedef struct
{
  MsmParams *method, *params;
} MsmSampleTables;

/* Fills @self with defaults. */
void msm_sample_tables_init (MsmSampleTables *self);
void msm_sample_tables_clear (MsmSampleTables *self);
/* The file's sections. (transfer full): it borrows the tables */
MsmExperiment *msm_sample_tables_make_experiment (const MsmSampleTables *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmSampleTables, msm_sample_tables_clear)

G_END_DECLS
