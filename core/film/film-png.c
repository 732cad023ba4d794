#include "config.h"

/*
 * Animated PNG: a PNG of the first picture with the chunks acTL (how many), and before each picture fcTL (how long);
 * the later pictures' data are chunks fdAT. libpng writes each picture, and its chunks are taken from that.
 */

#include <errno.h>
#include <glib/gstdio.h>
#include <png.h>
#include <string.h>
#include <zlib.h>

#include "core/film/film-private.h"

typedef struct
{
  MsmFilm parent;
  FILE *file;
  guint32 sequence;
} PngFilm;

static void
put32 (guint8 *to, guint32 value)
{
  for (int i = 0; i < 4; i++)
    to[i] = (guint8) (value >> (24 - 8 * i));
}

static gboolean
write_chunk (PngFilm *self, const char *type, const guint8 *before, gsize n_before, const guint8 *data, gsize n,
             GError **error)
{
  guint8 head[8], tail[4];
  uLong crc;

  put32 (head, (guint32) (n_before + n));
  memcpy (head + 4, type, 4);
  crc = crc32 (0, head + 4, 4);
  crc = n_before > 0 ? crc32 (crc, before, (uInt) n_before) : crc;
  crc = n > 0 ? crc32 (crc, data, (uInt) n) : crc;
  put32 (tail, (guint32) crc);
  if (fwrite (head, 1, 8, self->file) == 8 && (n_before == 0 || fwrite (before, 1, n_before, self->file) == n_before)
      && (n == 0 || fwrite (data, 1, n, self->file) == n) && fwrite (tail, 1, 4, self->file) == 4)
    return TRUE;
  return msm_film_fail (&self->parent, g_strerror (errno), error);
}

static gboolean
film_open (MsmFilm *film, GError **error)
{
  PngFilm *self = (PngFilm *) film;
  guint8 header[13] = { 0 }, control[8] = { 0 };
  GString *text = g_string_new (NULL);
  gboolean ok;

  self->file = g_fopen (film->temp, "wb");
  if (self->file == NULL || fwrite ("\211PNG\r\n\032\n", 1, 8, self->file) != 8)
    {
      g_string_free (text, TRUE);
      return msm_film_fail (film, g_strerror (errno), error);
    }
  put32 (header, (guint32) film->n_columns);
  put32 (header + 4, (guint32) film->n_rows);
  header[8] = 8;
  header[9] = PNG_COLOR_TYPE_RGB;
  put32 (control, film->n_total); /* then 0: for ever */
  ok = write_chunk (self, "IHDR", NULL, 0, header, sizeof header, error)
       && write_chunk (self, "acTL", NULL, 0, control, sizeof control, error);
  if (ok && film->text != NULL)
    {
      /* Keyword, not compressed, no language. */
      g_string_append_len (text, "Provenance\0\0\0\0\0", 15);
      g_string_append (text, film->text);
      ok = write_chunk (self, "iTXt", NULL, 0, (const guint8 *) text->str, text->len, error);
    }
  g_string_free (text, TRUE);
  return ok;
}

static void
append (png_structp png, png_bytep data, png_size_t n)
{
  g_byte_array_append (png_get_io_ptr (png), data, (guint) n);
}

static void
flush (png_structp png)
{
}

/* The picture as a PNG of its own. FALSE without memory. */
static gboolean
encode (const MsmFilm *film, const guint8 *rgba, GByteArray *out)
{
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;

  if (info == NULL || setjmp (png_jmpbuf (png)) != 0)
    {
      png_destroy_write_struct (&png, &info);
      return FALSE;
    }
  png_set_write_fn (png, out, append, flush);
  png_set_IHDR (png, info, (png_uint_32) film->n_columns, (png_uint_32) film->n_rows, 8, PNG_COLOR_TYPE_RGB,
                PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info (png, info);
  png_set_filler (png, 0, PNG_FILLER_AFTER);
  for (gsize row = 0; row < film->n_rows; row++)
    png_write_row (png, rgba + 4 * row * film->n_columns);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  return TRUE;
}

static gboolean
film_add (MsmFilm *film, const guint8 *rgba, GError **error)
{
  PngFilm *self = (PngFilm *) film;
  g_autoptr (GByteArray) png = g_byte_array_new ();
  guint8 control[26] = { 0 };

  if (!encode (film, rgba, png))
    return msm_film_fail (film, g_strerror (ENOMEM), error);
  put32 (control, self->sequence++);
  put32 (control + 4, (guint32) film->n_columns);
  put32 (control + 8, (guint32) film->n_rows);
  control[20] = (guint8) (msm_film_duration (film, film->n_frames, 1000) >> 8);
  control[21] = (guint8) msm_film_duration (film, film->n_frames, 1000);
  control[22] = 1000 >> 8;
  control[23] = 1000 & 0xff;
  if (!write_chunk (self, "fcTL", NULL, 0, control, sizeof control, error))
    return FALSE;
  for (gsize at = 8; at + 12 <= png->len;)
    {
      const guint8 *chunk = png->data + at;
      gsize n = (gsize) chunk[0] << 24 | (gsize) chunk[1] << 16 | (gsize) chunk[2] << 8 | chunk[3];
      guint8 number[4];

      at += 12 + n;
      if (memcmp (chunk + 4, "IDAT", 4) != 0)
        continue;
      if (film->n_frames > 0)
        put32 (number, self->sequence++);
      if (!(film->n_frames == 0 ? write_chunk (self, "IDAT", NULL, 0, chunk + 8, n, error)
                                : write_chunk (self, "fdAT", number, 4, chunk + 8, n, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
film_finish (MsmFilm *film, GError **error)
{
  PngFilm *self = (PngFilm *) film;

  if (!write_chunk (self, "IEND", NULL, 0, NULL, 0, error))
    return FALSE;
  if (fclose (g_steal_pointer (&self->file)) == 0)
    return TRUE;
  return msm_film_fail (film, g_strerror (errno), error);
}

static void
film_dispose (MsmFilm *film)
{
  PngFilm *self = (PngFilm *) film;

  if (self->file != NULL)
    fclose (self->file);
}

const MsmFilmFormat msm_film_png = { ".png", sizeof (PngFilm), film_open, film_add, film_finish, film_dispose };
