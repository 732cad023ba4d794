#include "config.h"

#include "app/session/frame-store.h"

struct _MsmFrameStore
{
  GPtrArray *frames;
  gsize      max_bytes, bytes;
  int        gap;          /* steps between kept frames, at least */
  gboolean   last_is_kept; /* FALSE: it is there only as the newest, the next one takes its place */
};

MsmFrameStore *
msm_frame_store_new (gsize max_bytes)
{
  MsmFrameStore *self = g_new0 (MsmFrameStore, 1);

  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_frame_unref);
  self->max_bytes = max_bytes;
  self->gap = 1;
  return self;
}

void
msm_frame_store_free (MsmFrameStore *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->frames);
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

static void
drop (MsmFrameStore *self,
      guint          index)
{
  self->bytes -= frame_bytes (g_ptr_array_index (self->frames, index));
  g_ptr_array_remove_index (self->frames, index);
}

/* Every second one goes, but neither the first nor the newest. */
static void
thin (MsmFrameStore *self)
{
  for (int i = (int) self->frames->len - 2; i > 0; i--)
    if (i % 2 == 1)
      drop (self, (guint) i);
  self->gap *= 2;
}

void
msm_frame_store_add (MsmFrameStore *self,
                     MsmFrame      *frame)
{
  guint n = self->frames->len;

  if (n > 0 && !self->last_is_kept)
    drop (self, --n);
  self->last_is_kept = n == 0
                       || frame->info.step - ((MsmFrame *) g_ptr_array_index (self->frames, n - 1))->info.step
                            >= self->gap;
  g_ptr_array_add (self->frames, msm_frame_ref (frame));
  self->bytes += frame_bytes (frame);
  while (self->bytes > self->max_bytes && self->frames->len > 2)
    thin (self);
}

guint
msm_frame_store_get_n (const MsmFrameStore *self)
{
  return self->frames->len;
}

MsmFrame *
msm_frame_store_get (const MsmFrameStore *self,
                     guint                index)
{
  return index < self->frames->len ? g_ptr_array_index (self->frames, index) : NULL;
}

int
msm_frame_store_find (const MsmFrameStore *self,
                      int                  step)
{
  int found = self->frames->len > 0 ? 0 : -1;

  for (guint i = 0; i < self->frames->len; i++)
    if (((MsmFrame *) g_ptr_array_index (self->frames, i))->info.step <= step)
      found = (int) i;
  return found;
}

gsize
msm_frame_store_get_bytes (const MsmFrameStore *self)
{
  return self->bytes;
}
