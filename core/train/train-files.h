#pragma once

#include "core/train/train.h"

G_BEGIN_DECLS

/*
 * The text files of a training. The log has one row for every so many steps; a resumed training drops the
 * rows behind its checkpoint, since it writes them again.
 */
gboolean msm_train_log_begin (const char *path, guint64 step, /* of the checkpoint; 0: a new log */
                              GError **error);
gboolean msm_train_log_append (const char *path, const MsmTrainInfo *info, GError **error);
/**
 * msm_train_save_prior:
 *
 * Writes the parameters with "msm.config" and where they come from: steps, images, seed, data, licence,
 * the validation table and the experiment.
 */
gboolean msm_train_save_prior (const MsmTrainSetup *setup, const char *path, const MsmTrainInfo *info, GError **error);

G_END_DECLS
