#include "config.h"

#include <cgif.h>
#include <errno.h>

#include "core/base/memory.h"
#include "core/film/film-private.h"

/* GIF: 256 colours of its own for every picture, times in hundredths of a second. */
typedef struct
{
  MsmFilm parent;
  CGIF *gif;
  guint8 *indices;
} GifFilm;

static gboolean
film_open (MsmFilm *film, GError **error)
{
  GifFilm *self = (GifFilm *) film;
  CGIF_Config config = { .path = film->temp,
                         .attrFlags = CGIF_ATTR_IS_ANIMATED | CGIF_ATTR_NO_GLOBAL_TABLE,
                         .width = (uint16_t) film->n_columns,
                         .height = (uint16_t) film->n_rows,
                         .numLoops = CGIF_INFINITE_LOOP };

  self->indices = msm_try_new (guint8, film->n_rows * film->n_columns, error);
  if (self->indices == NULL)
    return FALSE;
  self->gif = cgif_newgif (&config);
  return self->gif != NULL || msm_film_fail (film, g_strerror (errno), error);
}

static gboolean
film_add (MsmFilm *film, const guint8 *rgba, GError **error)
{
  GifFilm *self = (GifFilm *) film;
  guint8 palette[3 * 256];
  CGIF_FrameConfig frame = { .pLocalPalette = palette,
                             .pImageData = self->indices,
                             .attrFlags = CGIF_FRAME_ATTR_USE_LOCAL_TABLE,
                             .delay = (uint16_t) MIN (msm_film_duration (film, film->n_frames, 100), G_MAXUINT16) };

  frame.numLocalPaletteEntries =
      (uint16_t) msm_palette_make (rgba, film->n_rows * film->n_columns, palette, self->indices);
  return cgif_addframe (self->gif, &frame) == CGIF_OK || msm_film_fail (film, "libcgif", error);
}

static gboolean
film_finish (MsmFilm *film, GError **error)
{
  return cgif_close (g_steal_pointer (&((GifFilm *) film)->gif)) == CGIF_OK
         || msm_film_fail (film, g_strerror (errno), error);
}

static void
film_dispose (MsmFilm *film)
{
  GifFilm *self = (GifFilm *) film;

  if (self->gif != NULL)
    cgif_close (self->gif);
  g_free (self->indices);
}

const MsmFilmFormat msm_film_gif = { ".gif", sizeof (GifFilm), film_open, film_add, film_finish, film_dispose };
