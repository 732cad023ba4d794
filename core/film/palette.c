#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/film/film-private.h"

/* One colour of a picture, and how many pixels have it. */
typedef struct
{
  guint8 rgb[3];
  guint count;
} Colour;

/* Colours that are shown as one. */
typedef struct
{
  gsize first, n;
  guint64 count;
  int axis;    /* the widest */
  guint width; /* along it */
} Box;

static int sort_axis; /* of compare(), which has no room for it; under sort_lock */
static GMutex sort_lock;

static int
compare (const void *a, const void *b)
{
  return ((const Colour *) a)->rgb[sort_axis] - ((const Colour *) b)->rgb[sort_axis];
}

static void
measure (const Colour *colours, Box *box)
{
  box->count = 0;
  box->width = 0;
  box->axis = 0;
  for (int axis = 0; axis < 3; axis++)
    {
      guint low = 255, high = 0;

      for (gsize i = box->first; i < box->first + box->n; i++)
        {
          low = MIN (low, colours[i].rgb[axis]);
          high = MAX (high, colours[i].rgb[axis]);
          box->count += axis == 0 ? colours[i].count : 0;
        }
      if (high - low > box->width)
        {
          box->width = high - low;
          box->axis = axis;
        }
    }
}

/* Of those of several colours that with the most pixels, weighed by how far they lie apart. */
static Box *
find_to_split (Box *boxes, guint n)
{
  Box *best = NULL;
  guint64 most = 0;

  for (guint i = 0; i < n; i++)
    {
      guint64 weight = boxes[i].n > 1 ? boxes[i].count * boxes[i].width * boxes[i].width : 0;

      if (weight > most)
        {
          most = weight;
          best = &boxes[i];
        }
    }
  return best;
}

/* Half of the pixels on either side, and at least one colour. */
static void
split (Colour *colours, Box *box, Box *other)
{
  guint64 half = 0;
  gsize n = 0;

  g_mutex_lock (&sort_lock);
  sort_axis = box->axis;
  qsort (colours + box->first, box->n, sizeof *colours, compare);
  g_mutex_unlock (&sort_lock);
  do
    half += colours[box->first + n++].count;
  while (n < box->n - 1 && 2 * half < box->count);
  *other = (Box){ .first = box->first + n, .n = box->n - n };
  box->n = n;
  measure (colours, box);
  measure (colours, other);
}

static guint32
key_of (const guint8 *rgb)
{
  return (guint32) rgb[0] << 16 | (guint32) rgb[1] << 8 | rgb[2];
}

/* (element-type Colour): every colour once, in the order in which they appear; @places: where each is, plus 1 */
static GArray *
count_colours (const guint8 *rgba, gsize n, GHashTable *places)
{
  GArray *colours = g_array_new (FALSE, FALSE, sizeof (Colour));

  for (gsize i = 0; i < n; i++)
    {
      guint32 key = key_of (rgba + 4 * i);
      guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, GUINT_TO_POINTER (key)));

      if (place == 0)
        {
          Colour colour = { .count = 1 };

          memcpy (colour.rgb, rgba + 4 * i, 3);
          g_array_append_val (colours, colour);
          g_hash_table_insert (places, GUINT_TO_POINTER (key), GUINT_TO_POINTER (colours->len));
        }
      else
        g_array_index (colours, Colour, place - 1).count++;
    }
  return colours;
}

guint
msm_palette_make (const guint8 *rgba, gsize n, guint8 *palette, guint8 *indices)
{
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) colours = count_colours (rgba, n, places);
  Colour *all = (Colour *) (void *) colours->data;
  Box boxes[256] = { { .n = colours->len } };
  guint n_boxes = 1;
  Box *box;

  measure (all, boxes);
  while (n_boxes < 256 && (box = find_to_split (boxes, n_boxes)) != NULL)
    split (all, box, &boxes[n_boxes++]);
  g_hash_table_remove_all (places);
  for (guint i = 0; i < n_boxes; i++)
    {
      guint64 sum[3] = { 0 };

      for (gsize k = boxes[i].first; k < boxes[i].first + boxes[i].n; k++)
        {
          for (int c = 0; c < 3; c++)
            sum[c] += (guint64) all[k].rgb[c] * all[k].count;
          g_hash_table_insert (places, GUINT_TO_POINTER (key_of (all[k].rgb)), GUINT_TO_POINTER (i));
        }
      for (int c = 0; c < 3; c++)
        palette[3 * i + c] = (guint8) ((sum[c] + boxes[i].count / 2) / MAX (boxes[i].count, 1));
    }
  for (gsize i = 0; i < n; i++)
    indices[i] = (guint8) GPOINTER_TO_UINT (g_hash_table_lookup (places, GUINT_TO_POINTER (key_of (rgba + 4 * i))));
  return n_boxes;
}
