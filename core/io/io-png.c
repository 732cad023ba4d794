#include "config.h"

#include "core/io/scan.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/device/device.h"
#include "core/io/atomic-file.h"
#include "core/io/image-write.h"
#include "core/io/scan-private.h"

/* libpng reports errors by a jump; the message is kept for the GError. */
typedef struct
{
  char message[128];
} PngFailure;

static void
png_fail (png_structp png, png_const_charp message)
{
  PngFailure *failure = png_get_error_ptr (png);

  g_strlcpy (failure->message, message, sizeof failure->message);
  png_longjmp (png, 1);
}

static void
png_be_silent (png_structp png, png_const_charp message)
{
}

/* Everything that must survive the jump lives here, not in registers. */
typedef struct
{
  FILE *file;
  png_structp png;
  png_infop info;
  guint8 *pixels;
  png_bytep *rows;
  PngFailure failure;
  guint32 n_rows, n_columns;
  int n_channels, bit_depth, color_type;
} PngReader;

static void
reader_clear (PngReader *self)
{
  if (self->png != NULL)
    png_destroy_read_struct (&self->png, &self->info, NULL);
  g_clear_pointer (&self->pixels, g_free);
  g_clear_pointer (&self->rows, g_free);
  if (self->file != NULL)
    fclose (self->file);
  self->file = NULL;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PngReader, reader_clear)

typedef enum
{
  READ_HEADER,
  READ_PIXELS,
  READ_ALL, /* the transparency too: four channels, or grey and alpha */
} PngWish;

static gboolean
reader_run (PngReader *self, PngWish wish)
{
  gsize stride;

  self->png = png_create_read_struct (PNG_LIBPNG_VER_STRING, &self->failure, png_fail, png_be_silent);
  self->info = self->png != NULL ? png_create_info_struct (self->png) : NULL;
  if (self->info == NULL)
    return FALSE;
  if (setjmp (png_jmpbuf (self->png)) != 0)
    return FALSE;
  png_set_user_limits (self->png, 32768, 32768);
  png_init_io (self->png, self->file);
  png_read_info (self->png, self->info);
  self->n_columns = png_get_image_width (self->png, self->info);
  self->n_rows = png_get_image_height (self->png, self->info);
  self->color_type = png_get_color_type (self->png, self->info);
  self->bit_depth = png_get_bit_depth (self->png, self->info);
  png_set_expand (self->png);
  if (wish != READ_ALL)
    png_set_strip_alpha (self->png);
  if (self->bit_depth == 16)
    png_set_swap (self->png); /* to little-endian */
  png_set_interlace_handling (self->png);
  png_read_update_info (self->png, self->info);
  self->n_channels = png_get_channels (self->png, self->info);
  if (wish == READ_HEADER)
    return TRUE;
  stride = png_get_rowbytes (self->png, self->info);
  if (stride != (gsize) self->n_columns * self->n_channels * (self->bit_depth == 16 ? 2 : 1))
    png_error (self->png, "unexpected row length");
  self->pixels = g_try_malloc (stride * self->n_rows);
  self->rows = g_try_new (png_bytep, self->n_rows);
  if (self->pixels == NULL || self->rows == NULL)
    png_error (self->png, "not enough memory");
  for (guint32 r = 0; r < self->n_rows; r++)
    self->rows[r] = self->pixels + r * stride;
  png_read_image (self->png, self->rows);
  png_read_end (self->png, NULL);
  return TRUE;
}

static gboolean
reader_open (PngReader *self, const char *path, PngWish wish, GError **error)
{
  GStatBuf info;

  self->file = g_fopen (path, "rb");
  if (self->file == NULL || g_stat (path, &info) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be opened: %s"), path, g_strerror (errno));
      return FALSE;
    }
  if (!reader_run (self, wish))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the PNG is truncated or damaged: %s"), path,
                   self->failure.message);
      return FALSE;
    }
  /* Deflate packs at most 1032 : 1; 1-bit pictures unpack to bytes. */
  if ((double) self->n_rows * self->n_columns > 8.0 * 1100 * (double) info.st_size + 4096)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE,
                   _("%s: claims %u × %u pixels, more than a file of %" PRIu64 " bytes can hold"), path,
                   self->n_columns, self->n_rows, (guint64) info.st_size);
      return FALSE;
    }
  return TRUE;
}

/* Key of the text that says where a picture comes from. */
#define PROVENANCE "Provenance"

char *
msm_png_read_provenance (const char *path)
{
  g_auto (PngReader) reader = { 0 };
  png_textp texts = NULL;
  int n_texts;

  if (!reader_open (&reader, path, READ_HEADER, NULL))
    return NULL;
  n_texts = png_get_text (reader.png, reader.info, &texts, NULL);
  for (int i = 0; i < n_texts; i++)
    if (g_str_equal (texts[i].key, PROVENANCE))
      return g_strdup (texts[i].text);
  return NULL;
}

static gboolean
png_probe (const char *path, const guint8 *head, gsize n_head, MsmH5 *h5)
{
  return n_head >= 8 && png_sig_cmp (head, 0, 8) == 0;
}

static gboolean
png_scan_open (MsmScan *scan, GError **error)
{
  g_auto (PngReader) reader = { 0 };

  if (!reader_open (&reader, scan->path, READ_HEADER, error))
    return FALSE;
  scan->kind = MSM_SCAN_IMAGE;
  scan->n_slices = 1;
  scan->n_channels = reader.n_channels;
  scan->n_readout = reader.n_rows;
  scan->n_phase = reader.n_columns;
  if (!msm_scan_check_size (scan, 1, scan->n_channels, scan->n_readout, scan->n_phase, error))
    return FALSE;
  msm_scan_note (scan, _("%d-bit %s; values are scaled to 0 … 1."), reader.bit_depth,
                 reader.n_channels == 3 ? _("colour") : _("grey"));
  if ((reader.color_type & PNG_COLOR_MASK_ALPHA) != 0)
    msm_scan_note (scan, _("The transparency is left out."));
  msm_scan_note (scan, _("A picture, not raw data: k-space made of it is synthetic."));
  return TRUE;
}

static MsmTensor *
png_scan_read (MsmScan *scan, gsize slice, MsmCancel *cancel, GError **error)
{
  g_auto (PngReader) reader = { 0 };
  g_autoptr (MsmTensor) tensor = NULL;
  gsize n_points = scan->n_readout * scan->n_phase;
  float *out;

  if (!reader_open (&reader, scan->path, READ_PIXELS, error))
    return NULL;
  if (reader.n_rows != scan->n_readout || reader.n_columns != scan->n_phase
      || (gsize) reader.n_channels != scan->n_channels)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: has changed since it was opened"), scan->path);
      return NULL;
    }
  tensor = msm_tensor_new (msm_device_host (), MSM_F32,
                           msm_shape4 (1, scan->n_channels, scan->n_readout, scan->n_phase), error);
  if (tensor == NULL)
    return NULL;
  out = msm_tensor_host (tensor);
  for (gsize c = 0; c < scan->n_channels; c++)
    for (gsize i = 0; i < n_points; i++)
      {
        gsize j = i * scan->n_channels + c;
        guint16 deep;

        if (reader.bit_depth == 16)
          {
            memcpy (&deep, reader.pixels + 2 * j, 2);
            out[c * n_points + i] = deep / 65535.0f;
          }
        else
          out[c * n_points + i] = reader.pixels[j] / 255.0f;
      }
  return g_steal_pointer (&tensor);
}

/* Channel @c of pixel @i, 0 … 1. */
static float
level_at (const PngReader *reader, gsize i, int c)
{
  const gsize j = i * (gsize) reader->n_channels + (gsize) c;
  guint16 deep;

  if (reader->bit_depth != 16)
    return reader->pixels[j] / 255.0f;
  memcpy (&deep, reader->pixels + 2 * j, 2);
  return deep / 65535.0f;
}

/* The brightest and the darkest colour of a pixel, and how opaque it is. */
typedef struct
{
  float high, low, alpha;
} Pixel;

static Pixel
pixel_at (const PngReader *reader, gsize i)
{
  const gboolean has_alpha = reader->n_channels % 2 == 0;
  const int n_colours = reader->n_channels - has_alpha;
  Pixel pixel = { 0, 1, has_alpha ? level_at (reader, i, n_colours) : 1 };

  for (int c = 0; c < n_colours; c++)
    {
      pixel.high = MAX (pixel.high, level_at (reader, i, c));
      pixel.low = MIN (pixel.low, level_at (reader, i, c));
    }
  return pixel;
}

MsmTensor *
msm_png_read_levels (const char *path, GError **error)
{
  g_auto (PngReader) reader = { 0 };
  g_autoptr (MsmTensor) tensor = NULL;
  gboolean has_colour = FALSE, has_white = FALSE, has_light = FALSE, has_gaps = FALSE;
  gsize n;
  float *out;

  if (!reader_open (&reader, path, READ_ALL, error))
    return NULL;
  n = (gsize) reader.n_rows * reader.n_columns;
  tensor = msm_tensor_new (msm_device_host (), MSM_F32, msm_shape2 (reader.n_rows, reader.n_columns), error);
  if (tensor == NULL)
    return NULL;
  out = msm_tensor_host (tensor);
  for (gsize i = 0; i < n; i++)
    {
      const Pixel pixel = pixel_at (&reader, i);
      const gboolean is_colour = pixel.high - pixel.low > 0.1f;

      has_colour = has_colour || (pixel.alpha > 0.5f && is_colour);
      has_white = has_white || (pixel.alpha > 0.5f && !is_colour && pixel.high > 0.5f);
      has_gaps = has_gaps || pixel.alpha < 0.5f;
      has_light = has_light || (pixel.alpha > 0 && pixel.high > 0);
      out[i] = pixel.high * pixel.alpha;
    }
  if (has_colour && has_white)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: the mask has both colours and white: which of them is sampled? Expected white, or one "
                      "colour, on black or on nothing (transparent)"),
                   path);
      return NULL;
    }
  /* Black strokes on nothing. */
  for (gsize i = 0; has_gaps && !has_light && i < n; i++)
    out[i] = pixel_at (&reader, i).alpha;
  return g_steal_pointer (&tensor);
}

const MsmScanFormat msm_scan_png = {
  .name = "png",
  .title = N_("PNG picture"),
  .probe = png_probe,
  .open = png_scan_open,
  .read = png_scan_read,
  .white = 1,
};

typedef struct
{
  FILE *file;
  png_structp png;
  png_infop info;
  PngFailure failure;
} PngWriter;

static gboolean
writer_run (PngWriter *self, const guint8 *pixels, gsize n_rows, gsize n_columns, int color_type, int bit_depth,
            double dpi, const char *text)
{
  gsize n_channels = color_type == PNG_COLOR_TYPE_RGBA ? 4 : color_type == PNG_COLOR_TYPE_RGB ? 3 : 1;
  gsize stride = n_columns * n_channels * (bit_depth / 8);
  png_text item = { 0 };

  self->png = png_create_write_struct (PNG_LIBPNG_VER_STRING, &self->failure, png_fail, png_be_silent);
  self->info = self->png != NULL ? png_create_info_struct (self->png) : NULL;
  if (self->info == NULL || setjmp (png_jmpbuf (self->png)) != 0)
    return FALSE;
  png_init_io (self->png, self->file);
  png_set_IHDR (self->png, self->info, n_columns, n_rows, bit_depth, color_type, PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (dpi > 0)
    png_set_pHYs (self->png, self->info, (png_uint_32) (dpi / 0.0254 + 0.5), (png_uint_32) (dpi / 0.0254 + 0.5),
                  PNG_RESOLUTION_METER);
  if (text != NULL)
    {
      item.compression = PNG_ITXT_COMPRESSION_NONE;
      item.key = (char *) PROVENANCE;
      item.text = (char *) text;
      item.itxt_length = strlen (text);
      item.lang = (char *) "en";
      item.lang_key = (char *) PROVENANCE;
      png_set_text (self->png, self->info, &item, 1);
    }
  png_write_info (self->png, self->info);
  if (bit_depth == 16)
    png_set_swap (self->png);
  for (gsize r = 0; r < n_rows; r++)
    png_write_row (self->png, pixels + r * stride);
  png_write_end (self->png, self->info);
  return TRUE;
}

static gboolean
write_png (const char *path, const guint8 *pixels, gsize n_rows, gsize n_columns, int color_type, int bit_depth,
           double dpi, const char *text, GError **error)
{
  g_autofree char *temp = msm_atomic_begin (path, error);
  PngWriter writer = { 0 };
  gboolean ok;

  if (temp == NULL)
    return FALSE;
  writer.file = g_fopen (temp, "wb");
  ok = writer.file != NULL && writer_run (&writer, pixels, n_rows, n_columns, color_type, bit_depth, dpi, text);
  if (writer.png != NULL)
    png_destroy_write_struct (&writer.png, &writer.info);
  if (writer.file != NULL && fclose (writer.file) != 0)
    ok = FALSE;
  if (!ok)
    {
      int saved = errno;

      msm_atomic_abort (temp);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot write PNG: %s"), path,
                   writer.failure.message[0] != '\0' ? writer.failure.message : g_strerror (saved));
      return FALSE;
    }
  return msm_atomic_commit (temp, path, error);
}

gboolean
msm_png_write_rgba (const char *path, const guint8 *rgba, gsize n_rows, gsize n_columns, const char *text,
                    GError **error)
{
  return write_png (path, rgba, n_rows, n_columns, PNG_COLOR_TYPE_RGBA, 8, 0, text, error);
}

gboolean
msm_png_write_page (const char *path, const guint8 *rgba, gsize n_rows, gsize n_columns, double dpi, const char *text,
                    GError **error)
{
  return write_png (path, rgba, n_rows, n_columns, PNG_COLOR_TYPE_RGBA, 8, dpi, text, error);
}

gboolean
msm_png_write_16 (const char *path, const float *v, gsize n_channels, gsize n_rows, gsize n_columns, const char *text,
                  GError **error)
{
  gsize n = n_rows * n_columns;
  g_autofree guint16 *deep = msm_try_new (guint16, n_channels * n, error);

  g_return_val_if_fail (n_channels == 1 || n_channels == 3, FALSE);
  if (deep == NULL)
    return FALSE;
  for (gsize c = 0; c < n_channels; c++)
    for (gsize i = 0; i < n; i++)
      deep[n_channels * i + c] = v[c * n + i] > 0 ? (guint16) (MIN (v[c * n + i], 1.0f) * 65535.0f + 0.5f) : 0;
  return write_png (path, (const guint8 *) deep, n_rows, n_columns,
                    n_channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, 16, 0, text, error);
}
