#include "config.h"

#include "core/film/film.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/base/error.h"
#include "core/film/film-private.h"
#include "core/io/atomic-file.h"

/* What every format can hold. */
#define MAX_SIDE 16383

static const MsmFilmFormat *const formats[] = {
  &msm_film_webp, &msm_film_png, &msm_film_gif, &msm_film_mp4, &msm_film_webm,
};

gboolean
msm_film_fail (const MsmFilm *self, const char *why, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write: %s"), self->path, why);
  return FALSE;
}

guint
msm_film_duration (const MsmFilm *self, guint index, guint per_second)
{
  double unit = per_second / self->rate;

  return MAX ((guint) (rint ((index + 1) * unit) - rint (index * unit)), 1);
}

static const MsmFilmFormat *
find_format (const char *path, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *program = NULL;

      if (!g_str_has_suffix (lower, formats[i]->suffix))
        continue;
      if ((formats[i] != &msm_film_mp4 && formats[i] != &msm_film_webm)
          || (program = g_find_program_in_path ("ffmpeg")) != NULL)
        return formats[i];
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                   _("%s: is made by the program ffmpeg, which is not installed; .webp, .png and .gif need none"),
                   path);
      return NULL;
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("%s: a film is a .webp, .png, .gif, .mp4 or .webm"), path);
  return NULL;
}

gboolean
msm_film_can_write (const char *path, GError **error)
{
  return find_format (path, error) != NULL;
}

MsmFilm *
msm_film_new (const char *path, gsize n_rows, gsize n_columns, guint n_frames, double rate, const char *text,
              GError **error)
{
  const MsmFilmFormat *format = find_format (path, error);
  g_autoptr (MsmFilm) self = NULL;

  if (format == NULL)
    return NULL;
  if (n_rows > MAX_SIDE || n_columns > MAX_SIDE)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: %zu × %zu pixels are too many for a film"), path, n_rows,
                   n_columns);
      return NULL;
    }
  self = g_malloc0 (format->instance_size);
  self->format = format;
  self->path = g_strdup (path);
  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->n_total = n_frames;
  self->rate = rate;
  self->text = g_strdup (text);
  self->temp = msm_atomic_begin (path, error);
  self->is_open = self->temp != NULL;
  return self->is_open && format->open (self, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
msm_film_add (MsmFilm *self, const guint8 *rgba, GError **error)
{
  g_return_val_if_fail (self->n_frames < self->n_total, FALSE);
  if (!self->format->add (self, rgba, error))
    return FALSE;
  self->n_frames++;
  return TRUE;
}

gboolean
msm_film_finish (MsmFilm *self, GError **error)
{
  g_autofree char *temp = NULL;

  g_return_val_if_fail (self->n_frames == self->n_total, FALSE);
  if (!self->format->finish (self, error))
    return FALSE;
  temp = g_steal_pointer (&self->temp);
  return msm_atomic_commit (temp, self->path, error);
}

void
msm_film_free (MsmFilm *self)
{
  if (self == NULL)
    return;
  if (self->is_open)
    self->format->dispose (self);
  if (self->temp != NULL)
    msm_atomic_abort (self->temp);
  g_free (self->temp);
  g_free (self->path);
  g_free (self->text);
  g_free (self);
}
