#include "config.h"

#include "app/session/frame-store.h"

#include "core/run/trajectory.h"

typedef struct
{
  MsmFrame *frame; /* NULL: only in the file */
  int step;
  gsize bytes;
  gssize slot; /* of the file; −1: not given to it */
} Entry;

struct _MsmFrameBudget
{
  int ref_count;
  gsize max_bytes;
  GPtrArray *stores; /* borrowed, the oldest first */
};

struct _MsmFrameStore
{
  MsmFrameBudget *budget;
  GArray *entries;
  char *folder;
  gsize bytes, flying;   /* flying: being written, in memory until then */
  int gap;               /* steps between kept frames, at least */
  gboolean last_is_kept; /* FALSE: it is there only as the newest, the next one takes its place */
  MsmTrajectory *file;
  GThreadPool *writer; /* one thread */
  gssize n_slots;      /* given to the writer */
  gboolean has_failed; /* atomic: nothing more is written */
  MsmFrame *read;      /* the newest that was read back, from read_slot */
  gssize read_slot;
};

MsmFrameBudget *
msm_frame_budget_new (gsize max_bytes)
{
  MsmFrameBudget *self = g_new0 (MsmFrameBudget, 1);

  self->ref_count = 1;
  self->max_bytes = max_bytes;
  self->stores = g_ptr_array_new ();
  return self;
}

MsmFrameBudget *
msm_frame_budget_ref (MsmFrameBudget *self)
{
  self->ref_count++;
  return self;
}

void
msm_frame_budget_unref (MsmFrameBudget *self)
{
  if (self == NULL || --self->ref_count > 0)
    return;
  g_ptr_array_unref (self->stores);
  g_free (self);
}

gsize
msm_frame_budget_get_bytes (const MsmFrameBudget *self)
{
  gsize bytes = 0;

  for (guint i = 0; i < self->stores->len; i++)
    bytes += ((const MsmFrameStore *) self->stores->pdata[i])->bytes;
  return bytes;
}

gsize
msm_frame_budget_get_max (const MsmFrameBudget *self)
{
  return self->max_bytes;
}

/* What stays once all that is being written has reached its file. */
static gboolean
is_over (const MsmFrameBudget *self)
{
  gsize bytes = msm_frame_budget_get_bytes (self);

  for (guint i = 0; i < self->stores->len; i++)
    bytes -= ((const MsmFrameStore *) self->stores->pdata[i])->flying;
  return bytes > self->max_bytes;
}

static Entry *
entry_at (const MsmFrameStore *self, guint index)
{
  return &g_array_index (self->entries, Entry, index);
}

static void
entry_clear (gpointer data)
{
  msm_frame_unref (((Entry *) data)->frame);
}

MsmFrameStore *
msm_frame_store_new (MsmFrameBudget *budget, const char *folder)
{
  MsmFrameStore *self = g_new0 (MsmFrameStore, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);
  self->budget = msm_frame_budget_ref (budget);
  g_ptr_array_add (budget->stores, self);
  self->folder = g_strdup (folder);
  self->gap = 1;
  self->read_slot = -1;
  return self;
}

void
msm_frame_store_free (MsmFrameStore *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->has_failed, TRUE); /* what is queued is not worth writing */
  if (self->writer != NULL)
    g_thread_pool_free (self->writer, FALSE, TRUE);
  g_ptr_array_remove (self->budget->stores, self);
  msm_frame_budget_unref (self->budget);
  g_array_unref (self->entries);
  msm_trajectory_free (self->file);
  msm_frame_unref (self->read);
  g_free (self->folder);
  g_free (self);
}

static gsize
frame_bytes (const MsmFrame *frame)
{
  gsize bytes = sizeof *frame + (frame->state != NULL ? g_bytes_get_size (frame->state) : 0);

  for (gsize i = 0; i < frame->n_images; i++)
    bytes += msm_tensor_bytes (frame->images[i].tensor);
  return bytes;
}

/* In the writer's thread, one at a time and in order. */
static void
write_frame (gpointer data, gpointer user_data)
{
  MsmFrameStore *self = user_data;
  g_autoptr (MsmFrame) frame = data;
  gsize before = msm_trajectory_count (self->file);

  if (g_atomic_int_get (&self->has_failed))
    return;
  if (!msm_trajectory_add (self->file, frame, NULL) || msm_trajectory_count (self->file) == before)
    g_atomic_int_set (&self->has_failed, TRUE);
  else if (before == 0)
    msm_trajectory_unlink (self->file);
}

/* Memory of what has reached the file is given back; what will not reach it stays. */
static void
collect (MsmFrameStore *self)
{
  gssize n_written = self->file != NULL ? (gssize) msm_trajectory_count (self->file) : 0;
  gboolean has_failed = g_atomic_int_get (&self->has_failed);

  for (guint i = 0; self->flying > 0 && i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);

      if (entry->frame == NULL || entry->slot < 0 || (entry->slot >= n_written && !has_failed))
        continue;
      self->flying -= entry->bytes;
      if (entry->slot >= n_written)
        {
          entry->slot = -1;
          continue;
        }
      self->bytes -= entry->bytes;
      g_clear_pointer (&entry->frame, msm_frame_unref);
    }
}

static gboolean
open_file (MsmFrameStore *self, const MsmFrame *first)
{
  g_autofree char *path = NULL;

  if (self->file != NULL)
    return TRUE;
  if (self->folder == NULL || g_mkdir_with_parents (self->folder, 0700) != 0)
    return FALSE;
  path = g_build_filename (self->folder, "trajectory.h5", NULL);
  self->file = msm_trajectory_new (path, first->info.n_steps, 1, 0, NULL);
  self->writer = g_thread_pool_new (write_frame, self, 1, FALSE, NULL);
  return TRUE;
}

/* The earliest frames go to the writer, until what remains of all runs fits. The newest stays: it is being shown. */
static void
spill (MsmFrameStore *self)
{
  for (guint i = 0; i + 1 < self->entries->len && is_over (self->budget); i++)
    {
      Entry *entry = entry_at (self, i);

      if (entry->frame == NULL || entry->slot >= 0)
        continue;
      if (!open_file (self, entry->frame))
        {
          self->has_failed = TRUE;
          return;
        }
      entry->slot = self->n_slots++;
      self->flying += entry->bytes;
      g_thread_pool_push (self->writer, msm_frame_ref (entry->frame), NULL);
    }
}

static void
drop (MsmFrameStore *self, guint index)
{
  if (entry_at (self, index)->frame != NULL)
    self->bytes -= entry_at (self, index)->bytes;
  g_array_remove_index (self->entries, index);
}

/* Every second one goes, but neither the first nor the newest, nor what is in the file. */
static gboolean
thin (MsmFrameStore *self)
{
  gboolean found = FALSE;

  for (int i = (int) self->entries->len - 2; i > 0; i--)
    if (i % 2 == 1 && entry_at (self, (guint) i)->slot < 0)
      {
        drop (self, (guint) i);
        found = TRUE;
      }
  self->gap *= 2;
  return found;
}

/* The oldest run first: into its file, or, where it has none, thinned until nothing more of it can go. */
static void
make_room (MsmFrameBudget *self)
{
  for (guint i = 0; i < self->stores->len; i++)
    collect (self->stores->pdata[i]);
  for (guint i = 0; i < self->stores->len && is_over (self); i++)
    {
      MsmFrameStore *store = self->stores->pdata[i];

      if (!g_atomic_int_get (&store->has_failed))
        spill (store);
      collect (store);
      while (g_atomic_int_get (&store->has_failed) && is_over (self) && thin (store))
        ;
    }
}

void
msm_frame_store_add (MsmFrameStore *self, MsmFrame *frame)
{
  Entry entry = { msm_frame_ref (frame), frame->info.step, frame_bytes (frame), -1 };
  guint n = self->entries->len;

  collect (self);
  if (n > 0 && !self->last_is_kept)
    drop (self, --n);
  self->last_is_kept = n == 0 || entry.step - entry_at (self, n - 1)->step >= self->gap;
  g_array_append_val (self->entries, entry);
  self->bytes += entry.bytes;
  make_room (self->budget);
}

guint
msm_frame_store_get_n (const MsmFrameStore *self)
{
  return self->entries->len;
}

int
msm_frame_store_get_step (const MsmFrameStore *self, guint index)
{
  return index < self->entries->len ? entry_at (self, index)->step : 0;
}

MsmFrame *
msm_frame_store_get (MsmFrameStore *self, guint index)
{
  Entry *entry;

  if (index >= self->entries->len)
    return NULL;
  collect (self);
  entry = entry_at (self, index);
  if (entry->frame != NULL)
    return entry->frame;
  if (self->read_slot != entry->slot)
    {
      g_clear_pointer (&self->read, msm_frame_unref);
      self->read = msm_trajectory_get (self->file, (gsize) entry->slot, NULL);
      self->read_slot = self->read != NULL ? entry->slot : -1;
    }
  return self->read;
}

int
msm_frame_store_find (const MsmFrameStore *self, int step)
{
  int found = self->entries->len > 0 ? 0 : -1;

  for (guint i = 0; i < self->entries->len; i++)
    if (entry_at (self, i)->step <= step)
      found = (int) i;
  return found;
}

gsize
msm_frame_store_get_bytes (MsmFrameStore *self)
{
  collect (self);
  return self->bytes;
}
