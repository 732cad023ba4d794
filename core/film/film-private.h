#pragma once

#include "core/film/film.h"

G_BEGIN_DECLS

extern const MsmFilmFormat msm_film_png;
extern const MsmFilmFormat msm_film_webp;
extern const MsmFilmFormat msm_film_gif;
extern const MsmFilmFormat msm_film_mp4;
extern const MsmFilmFormat msm_film_webm;

/* “x.webp: cannot write: …”; FALSE. */
gboolean msm_film_fail (const MsmFilm *self, const char *why, GError **error);
/* How long the picture @index stays, in units of which @per_second make a second, without drift. */
guint msm_film_duration (const MsmFilm *self, guint index, guint per_second);
/**
 * msm_palette_make:
 * @palette: (out): [256 · 3]
 * @indices: (out): [n]
 *
 * At most 256 colours for @n pixels: those there are, or by median cut. Returns: how many
 */
guint msm_palette_make (const guint8 *rgba, gsize n, guint8 *palette, guint8 *indices);

G_END_DECLS
