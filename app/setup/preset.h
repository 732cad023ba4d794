#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a preset is for: each has a file of its own. */
typedef enum
{
  MSM_PRESET_MRI,      /* reconstruction of sampled k-space */
  MSM_PRESET_PICTURES, /* of what another operator measured */
  MSM_PRESET_SAMPLE,   /* generation */
} MsmPresetUse;

/**
 * msm_preset_find:
 * @name: "paper"
 *
 * The experiment file of settings that come with the program, data/experiments/NAME-USE.ini.
 * Returns: (transfer full): or %NULL with MSM_ERROR_VALUE: there is no such preset; the message has those there are
 */
char *msm_preset_find (const char *name, MsmPresetUse use, GError **error);

G_END_DECLS
