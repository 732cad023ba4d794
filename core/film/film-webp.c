#include "config.h"

#include <errno.h>
#include <math.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "core/film/film-private.h"
#include "core/io/atomic-file.h"

/* Animated WebP, lossless. */
typedef struct
{
  MsmFilm parent;
  WebPAnimEncoder *encoder;
} WebpFilm;

static gboolean
film_open (MsmFilm *film, GError **error)
{
  WebpFilm *self = (WebpFilm *) film;
  WebPAnimEncoderOptions options;

  if (!WebPAnimEncoderOptionsInit (&options))
    return msm_film_fail (film, "libwebp", error);
  self->encoder = WebPAnimEncoderNew ((int) film->n_columns, (int) film->n_rows, &options);
  return self->encoder != NULL || msm_film_fail (film, g_strerror (ENOMEM), error);
}

static int
time_of (const MsmFilm *film, guint index)
{
  return (int) rint (index * 1000.0 / film->rate);
}

static gboolean
film_add (MsmFilm *film, const guint8 *rgba, GError **error)
{
  WebpFilm *self = (WebpFilm *) film;
  WebPConfig config;
  WebPPicture picture;
  gboolean ok;

  if (!WebPConfigInit (&config) || !WebPConfigLosslessPreset (&config, 3) || !WebPPictureInit (&picture))
    return msm_film_fail (film, "libwebp", error);
  picture.use_argb = 1;
  picture.width = (int) film->n_columns;
  picture.height = (int) film->n_rows;
  ok = WebPPictureImportRGBX (&picture, rgba, (int) (4 * film->n_columns))
       && WebPAnimEncoderAdd (self->encoder, &picture, time_of (film, film->n_frames), &config);
  WebPPictureFree (&picture);
  return ok || msm_film_fail (film, WebPAnimEncoderGetError (self->encoder), error);
}

static gboolean
film_finish (MsmFilm *film, GError **error)
{
  WebpFilm *self = (WebpFilm *) film;
  WebPData data;
  gboolean ok;

  WebPDataInit (&data);
  /* The last time is when the last picture ends. */
  if (!WebPAnimEncoderAdd (self->encoder, NULL, time_of (film, film->n_frames), NULL)
      || !WebPAnimEncoderAssemble (self->encoder, &data))
    return msm_film_fail (film, WebPAnimEncoderGetError (self->encoder), error);
  ok = msm_atomic_write (film->temp, data.bytes, data.size, error);
  WebPDataClear (&data);
  return ok;
}

static void
film_dispose (MsmFilm *film)
{
  WebPAnimEncoderDelete (((WebpFilm *) film)->encoder);
}

const MsmFilmFormat msm_film_webp = { ".webp", sizeof (WebpFilm), film_open, film_add, film_finish, film_dispose };
