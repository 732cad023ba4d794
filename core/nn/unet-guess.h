#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Configurations of networks whose file has none, as texts by the keys of unet-config.h: from the
 * shapes of the parameters, from a text, one over the other, and as the object that
 * msm_unet_config_parse() takes.
 */

/**
 * msm_unet_guess:
 * @shapes: (utf8 → MsmShape): the parameters
 * @image_size: when it is known, else 0; attention_resolutions is relative to it
 * @assumed: (out) (transfer full): the keys that no shape tells, with what was taken, as a sentence
 *
 * Shapes tell the channels, levels, blocks, and where attention is. They do not tell image_size (taken from
 * the reference's table of channel_mult), the split of attention into heads (64 channels each, as the
 * reference, where that divides), the order of qkv (legacy) and the groups of GroupNorm (32).
 *
 * Returns: (transfer full) (utf8 → utf8): or %NULL with MSM_ERROR_SHAPE when they are no such network
 */
GHashTable *msm_unet_guess (const char *source, GHashTable *shapes, int image_size, char **assumed, GError **error);
/**
 * msm_unet_keys_read:
 * @text: a JSON object, or lines “key: value” as the reference's YAML files have them, at any indentation
 *
 * Sets the known keys in @keys; others are ignored, since such files hold more than the network.
 *
 * Returns: %FALSE with MSM_ERROR_FORMAT (no known key at all), or MSM_ERROR_VALUE (twice, with two values)
 */
gboolean msm_unet_keys_read (GHashTable *keys, const char *source, const char *text, GError **error);
/* One key from text; FALSE with MSM_ERROR_VALUE when it is unknown. */
gboolean msm_unet_keys_set (GHashTable *keys, const char *key, const char *value, GError **error);
/* (transfer full) */
char *msm_unet_keys_format (GHashTable *keys);

G_END_DECLS
