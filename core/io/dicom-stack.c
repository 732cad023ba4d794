#include "config.h"

#include "core/io/dicom-stack.h"

#include <math.h>
#include <string.h>

/* mm between positions that are the same: writers round to some digits. */
#define SAME_POSITION  0.01
/* Of a direction's component, and of a spacing as a part of it. */
#define SAME_DIRECTION 1e-3

typedef struct
{
  guint index; /* in the frames */
  const MsmDicomFrame *frame;
  double along; /* mm along the normal */
  gsize place;  /* number of its position */
} Picture;

void
msm_dicom_stack_free (MsmDicomStack *self)
{
  if (self == NULL)
    return;
  g_free (self->order);
  g_free (self);
}

static int
compare_doubles (double a, double b)
{
  return (a > b) - (a < b);
}

/* Which volume a picture is of, as far as the header tells. */
static int
compare_keys (const MsmDicomFrame *a, const MsmDicomFrame *b)
{
  if (a->component != b->component)
    return (a->component > b->component) - (a->component < b->component);
  if (fabs (a->echo_ms - b->echo_ms) > 1e-4)
    return compare_doubles (a->echo_ms, b->echo_ms);
  return (a->temporal > b->temporal) - (a->temporal < b->temporal);
}

static int
compare_numbers (const MsmDicomFrame *a, const MsmDicomFrame *b)
{
  if (a->instance != b->instance)
    return a->instance < b->instance ? -1 : 1;
  if (a->file != b->file)
    return a->file < b->file ? -1 : 1;
  return (a->frame > b->frame) - (a->frame < b->frame);
}

static int
by_number (gconstpointer a, gconstpointer b)
{
  return compare_numbers (((const Picture *) a)->frame, ((const Picture *) b)->frame);
}

static int
by_position (gconstpointer a, gconstpointer b)
{
  return compare_doubles (((const Picture *) a)->along, ((const Picture *) b)->along);
}

static int
by_place_and_volume (gconstpointer a, gconstpointer b)
{
  const Picture *first = a, *second = b;
  int order = (first->place > second->place) - (first->place < second->place);

  if (order == 0)
    order = compare_keys (first->frame, second->frame);
  return order != 0 ? order : compare_numbers (first->frame, second->frame);
}

static int
by_key (gconstpointer a, gconstpointer b)
{
  return compare_keys (*(const MsmDicomFrame *const *) a, *(const MsmDicomFrame *const *) b);
}

static gboolean
is_same_plane (const MsmDicomFrame *a, const MsmDicomFrame *b)
{
  const guint32 known = MSM_DICOM_HAS_POSITION | MSM_DICOM_HAS_ORIENTATION | MSM_DICOM_HAS_SPACING;

  if (a->n_rows != b->n_rows || a->n_columns != b->n_columns || a->n_channels != b->n_channels
      || (a->has & known) != (b->has & known))
    return FALSE;
  for (int i = 0; i < 3; i++)
    if (fabs (a->across[i] - b->across[i]) > SAME_DIRECTION || fabs (a->down[i] - b->down[i]) > SAME_DIRECTION)
      return FALSE;
  for (int i = 0; i < 2; i++)
    if (fabs (a->spacing[i] - b->spacing[i]) > SAME_DIRECTION * fabs (a->spacing[i]))
      return FALSE;
  return TRUE;
}

static void
cross (const double a[3], const double b[3], double out[3])
{
  for (int i = 0; i < 3; i++)
    out[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

static gboolean
is_placed (const MsmDicomFrame *frame)
{
  const guint32 needed = MSM_DICOM_HAS_POSITION | MSM_DICOM_HAS_ORIENTATION;

  return (frame->has & needed) == needed;
}

/* Numbers the positions along the normal. Returns how many there are. */
static gsize
find_places (GArray *pictures)
{
  Picture *p = (Picture *) (void *) pictures->data;
  double normal[3];
  gsize n = 0;

  if (!is_placed (p[0].frame))
    {
      g_array_sort (pictures, by_number);
      for (guint i = 0; i < pictures->len; i++)
        p[i].place = i;
      return pictures->len;
    }
  cross (p[0].frame->across, p[0].frame->down, normal);
  for (guint i = 0; i < pictures->len; i++)
    {
      p[i].along = 0;
      for (int axis = 0; axis < 3; axis++)
        p[i].along += p[i].frame->position[axis] * normal[axis];
    }
  g_array_sort (pictures, by_position);
  for (guint i = 0; i < pictures->len; i++)
    {
      if (i > 0 && p[i].along - p[i - 1].along > SAME_POSITION)
        n++;
      p[i].place = n;
    }
  return n + 1;
}

/*
 * The volumes by what the headers tell: each key that every position has exactly once. FALSE: the headers do not tell
 * them apart. @pictures by place and volume.
 */
static gboolean
take_keyed_volumes (MsmDicomStack *self, const GArray *pictures)
{
  const Picture *p = (const Picture *) (const void *) pictures->data;
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autofree guint *order = NULL;
  gsize n_volumes = 0;

  for (guint i = 0; i < pictures->len; i++)
    {
      if (i > 0 && p[i].place == p[i - 1].place && compare_keys (p[i].frame, p[i - 1].frame) == 0)
        return FALSE;
      g_ptr_array_add (keys, (gpointer) p[i].frame);
    }
  g_ptr_array_sort (keys, by_key);
  order = g_new (guint, pictures->len);
  for (guint first = 0, next; first < keys->len; first = next)
    {
      for (next = first; next < keys->len && compare_keys (keys->pdata[next], keys->pdata[first]) == 0; next++)
        ;
      if (next - first != self->n_slices)
        continue;
      for (guint i = 0; i < pictures->len; i++)
        if (compare_keys (p[i].frame, keys->pdata[first]) == 0)
          order[n_volumes * self->n_slices + p[i].place] = p[i].index;
      n_volumes++;
    }
  if (n_volumes == 0)
    return FALSE;
  self->n_volumes = n_volumes;
  self->order = g_steal_pointer (&order);
  return TRUE;
}

/* The k-th picture of each position is of volume k; as many volumes as every position has pictures. */
static void
take_counted_volumes (MsmDicomStack *self, const GArray *pictures)
{
  const Picture *p = (const Picture *) (const void *) pictures->data;
  g_autofree gsize *n_seen = g_new0 (gsize, self->n_slices);

  for (guint i = 0; i < pictures->len; i++)
    n_seen[p[i].place]++;
  self->n_volumes = G_MAXSIZE;
  for (gsize s = 0; s < self->n_slices; s++)
    {
      self->n_volumes = MIN (self->n_volumes, n_seen[s]);
      n_seen[s] = 0;
    }
  self->order = g_new0 (guint, self->n_volumes * self->n_slices);
  for (guint i = 0; i < pictures->len; i++)
    {
      gsize volume = n_seen[p[i].place]++;

      if (volume < self->n_volumes)
        self->order[volume * self->n_slices + p[i].place] = p[i].index;
    }
}

static void
set_geometry (MsmDicomStack *self, const GArray *pictures)
{
  const Picture *p = (const Picture *) (const void *) pictures->data;
  const Picture *last = p + pictures->len - 1;
  const MsmDicomFrame *first = p[0].frame;
  MsmGeometry *g = &self->geometry;
  double previous = p[0].along, length = 0;

  self->spacing_mm[0] = first->spacing[0];
  self->spacing_mm[1] = first->spacing[1];
  self->spacing_mm[2] = (first->has & MSM_DICOM_HAS_THICKNESS) != 0 ? first->thickness : 0;
  self->is_ordered = is_placed (first);
  if (!self->is_ordered)
    return;
  memcpy (g->row, first->down, sizeof g->row);
  memcpy (g->column, first->across, sizeof g->column);
  cross (first->across, first->down, g->slice);
  if (self->n_slices > 1)
    {
      /* Towards the last slice, which of a sheared stack is not the normal. */
      for (int i = 0; i < 3; i++)
        {
          g->slice[i] = last->frame->position[i] - first->position[i];
          length += g->slice[i] * g->slice[i];
        }
      length = sqrt (length);
      for (int i = 0; i < 3; i++)
        g->slice[i] /= length;
      self->spacing_mm[2] = length / (double) (self->n_slices - 1);
      self->gap_mm[0] = INFINITY;
      for (guint i = 1; i < pictures->len; i++)
        if (p[i].place != p[i - 1].place)
          {
            self->gap_mm[0] = MIN (self->gap_mm[0], p[i].along - previous);
            self->gap_mm[1] = MAX (self->gap_mm[1], p[i].along - previous);
            previous = p[i].along;
          }
    }
  for (int i = 0; i < 3; i++)
    g->centre[i] = first->position[i] + (double) (first->n_rows / 2) * first->spacing[0] * first->down[i]
                   + (double) (first->n_columns / 2) * first->spacing[1] * first->across[i];
  if ((first->has & MSM_DICOM_HAS_SPACING) == 0)
    memset (g, 0, sizeof *g);
  else
    msm_geometry_check (g);
}

static MsmDicomStack *
make_stack (GArray *pictures)
{
  MsmDicomStack *self = g_new0 (MsmDicomStack, 1);

  self->n_slices = find_places (pictures);
  g_array_sort (pictures, by_place_and_volume);
  if (!take_keyed_volumes (self, pictures))
    take_counted_volumes (self, pictures);
  self->n_left_out = pictures->len - self->n_volumes * self->n_slices;
  set_geometry (self, pictures);
  return self;
}

static int
larger_first (gconstpointer a, gconstpointer b)
{
  const MsmDicomStack *first = *(MsmDicomStack *const *) a, *second = *(MsmDicomStack *const *) b;
  gsize x = first->n_slices * first->n_volumes, y = second->n_slices * second->n_volumes;

  return (x < y) - (x > y);
}

GPtrArray *
msm_dicom_stacks (const GArray *frames, gsize *n_twice)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Picture));
  GPtrArray *stacks = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_dicom_stack_free);

  *n_twice = 0;
  for (guint i = 0; i < frames->len; i++)
    {
      const MsmDicomFrame *frame = &g_array_index (frames, MsmDicomFrame, i);
      const Picture picture = { .index = i, .frame = frame };

      if (g_hash_table_add (seen, (gpointer) &frame->uid_hash))
        g_array_append_val (all, picture);
      else
        (*n_twice)++;
    }
  /* So that stacks of one size keep the order in which they were measured. */
  g_array_sort (all, by_number);
  for (guint i = 0; i < all->len; i++)
    {
      const Picture *picture = &g_array_index (all, Picture, i);
      GArray *group = NULL;

      for (guint j = 0; j < groups->len && group == NULL; j++)
        if (is_same_plane (g_array_index ((GArray *) groups->pdata[j], Picture, 0).frame, picture->frame))
          group = groups->pdata[j];
      if (group == NULL)
        {
          group = g_array_new (FALSE, FALSE, sizeof (Picture));
          g_ptr_array_add (groups, group);
        }
      g_array_append_vals (group, picture, 1);
    }
  for (guint j = 0; j < groups->len; j++)
    g_ptr_array_add (stacks, make_stack (groups->pdata[j]));
  g_ptr_array_sort (stacks, larger_first);
  return stacks;
}
