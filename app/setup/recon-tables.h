#pragma once

#include "app/setup/experiment.h"
#include "core/linop/operator.h"
#include "core/mask/mask.h"
#include "core/sampler/sampler.h"

G_BEGIN_DECLS

/* The flags of `msm recon`, and with them the keys of an experiment's section [recon]. */
extern const MsmParam msm_recon_params[];

/*
 * All that a reconstruction depends on, as an experiment file has it: [recon], and the tables that its names choose:
 * [method], [pattern], [operator], [espirit]. The terminal and the window read and write the same.
 */
typedef struct
{
  MsmParams *params, *method, *pattern_values, *operator_values, *espirit;
  const MsmSamplerClass *klass;
  const MsmMaskPattern *pattern; /* NULL: none; then pattern_values is, too */
  const MsmOperatorClass *operator_class;
} MsmReconTables;

/**
 * msm_recon_tables_init:
 * @method, @pattern, @operator: (nullable): names; %NULL or "": cg-sense, none, sampling
 *
 * Fills @self with defaults. MSM_ERROR_VALUE: a name that there is not.
 */
gboolean msm_recon_tables_init (MsmReconTables *self, const char *method, const char *pattern,
                                const char *operator_name, GError **error);
void msm_recon_tables_clear (MsmReconTables *self);
/* The file's sections. (transfer full): it borrows the tables */
MsmExperiment *msm_recon_tables_make_experiment (const MsmReconTables *self);
/* The names in [recon], then all values of sections that were read from @path. As msm_experiment_load() fails. */
gboolean msm_recon_tables_load_sections (MsmReconTables *self, GKeyFile *sections, const char *path, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmReconTables, msm_recon_tables_clear)

G_END_DECLS
