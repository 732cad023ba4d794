#pragma once

#include "app/setup/recon-tables.h"
#include "app/setup/sample-tables.h"
#include "app/setup/setup.h"

G_BEGIN_DECLS

/*
 * Setups as experiment files have them, and as flags do: both are the tables of MsmReconTables and MsmSampleTables.
 */

/*
 * Of values that came from flags or a file; what only the scan can say is left to msm_setup_resolve(). (transfer full):
 * NULL with MSM_ERROR_VALUE
 */
MsmSetup *msm_setup_new_from_recon (const MsmReconTables *tables, GError **error);
/* Of a generation. (transfer full) */
MsmSetup *msm_setup_new_from_sample (const MsmSampleTables *tables);
/*
 * The setup that an experiment file or a result describes, of a branch with its parents. (transfer full): NULL as
 * msm_experiment_load() fails
 */
MsmSetup *msm_setup_load (const char *path, GError **error);
/*
 * What @path's last stage goes on from (nullable), and after which step: for whoever reads that stage along with flags.
 * FALSE as msm_experiment_load() fails. @parent: (out) (transfer full)
 */
gboolean msm_setup_load_parent (const char *path, MsmSetup **parent, int *start_step, GError **error);
/*
 * Masks drawn by hand go into FILE-mask.png beside @path, those of branches into FILE-mask-1.png, …; the setups then
 * name them, without a folder. Where a branch has its parent's mask, one file serves both.
 */
gboolean msm_setup_save_masks (MsmSetup *self, const char *path, GError **error);
/**
 * msm_setup_format:
 * @names: how names of files are written; without them (MSM_NAMES_NONE) whoever repeats it names the scan
 *
 * Returns: (transfer full): the text that msm_setup_load() reads back to an equal setup; or %NULL with MSM_ERROR_VALUE
 */
char *msm_setup_format (const MsmSetup *self, MsmNames names, GError **error);

/* That text, with whole names of files, as the file @path. MSM_ERROR_FILE. */
gboolean msm_setup_save (const MsmSetup *self, const char *path, GError **error);

G_END_DECLS
