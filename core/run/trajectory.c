#include "config.h"

#include "core/run/trajectory.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/io/atomic-file.h"
#include "core/io/hdf5/io-hdf5-slots.h"

enum
{
  STEP,
  SIGMA,
  RESIDUAL,
  MS,
  METRICS, /* those that are followed over the steps, each at its place in the table */
  COUNT = METRICS + MSM_METRICS_MAX,
  N_SCALARS
};

struct _MsmTrajectory
{
  char *path, *temp, *text;
  int fd;
  int n_steps, every;
  gsize n_slots; /* frames there will be */
  gsize budget, bytes;
  gpointer count;    /* atomic: frames below it are complete */
  MsmFrame **frames; /* [n_slots] NULL: only in the file, or not kept */
  MsmFrame *layout;  /* the first frame: names, titles, shapes */
  MsmH5Slot scalars[N_SCALARS];
  MsmH5Slot images[MSM_FRAME_MAX_IMAGES];
  MsmH5Slot state; /* where frames have one, which is a whole number of floats */
};

MsmTrajectory *
msm_trajectory_new (const char *path, int n_steps, int every, gsize budget, const char *text)
{
  MsmTrajectory *self = g_new0 (MsmTrajectory, 1);

  self->path = g_strdup (path);
  self->text = g_strdup (text);
  self->fd = -1;
  self->n_steps = MAX (n_steps, 1);
  self->every = MAX (every, 1);
  self->n_slots = (gsize) (self->n_steps / self->every + (self->n_steps % self->every != 0));
  self->budget = budget;
  self->frames = g_new0 (MsmFrame *, self->n_slots);
  return self;
}

void
msm_trajectory_free (MsmTrajectory *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  if (self->temp != NULL)
    msm_atomic_abort (self->temp);
  for (gsize i = 0; i < self->n_slots; i++)
    msm_frame_unref (self->frames[i]);
  msm_frame_unref (self->layout);
  g_free (self->frames);
  g_free (self->path);
  g_free (self->temp);
  g_free (self->text);
  g_free (self);
}

gboolean
msm_trajectory_wants (const MsmTrajectory *self, int step)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return step % self->every == 0 || step == self->n_steps;
}

static gsize
frame_bytes (const MsmFrame *frame)
{
  gsize bytes = sizeof *frame + (frame->state != NULL ? g_bytes_get_size (frame->state) : 0);

  for (gsize i = 0; i < frame->n_images; i++)
    bytes += msm_tensor_bytes (frame->images[i].tensor);
  return bytes;
}

/* A slot for @n_slots of the image: [1, …] becomes [n_slots, …]. */
static MsmShape
stack (MsmShape shape, gsize n_slots)
{
  if (shape.rank > 1 && shape.dim[0] == 1)
    shape.dim[0] = n_slots;
  else
    {
      for (int i = shape.rank++; i > 0; i--)
        shape.dim[i] = shape.dim[i - 1];
      shape.dim[0] = n_slots;
    }
  return shape;
}

static gsize
state_floats (const MsmFrame *frame)
{
  return frame->state != NULL ? g_bytes_get_size (frame->state) / sizeof (float) : 0;
}

/* Its dataset; NULL: it is not kept. */
static const char *
scalar_name (int scalar)
{
  static const char *const names[N_SCALARS] = {
    [STEP] = "step", [SIGMA] = "sigma", [RESIDUAL] = "residual", [MS] = "ms", [COUNT] = "count"
  };
  const MsmMetric *metrics = msm_metric_classes ();

  for (int i = 0; metrics[i].name != NULL; i++)
    if (scalar == METRICS + i)
      return (metrics[i].flags & MSM_METRIC_STEPS) != 0 ? metrics[i].name : NULL;
  return names[scalar];
}

static gboolean
create_file (MsmTrajectory *self, GError **error)
{
  MsmH5Slot slots[N_SCALARS + MSM_FRAME_MAX_IMAGES + 1];
  gsize n = 0, n_scalars, state = state_floats (self->layout);

  self->temp = msm_atomic_begin (self->path, error);
  if (self->temp == NULL)
    return FALSE;
  for (int i = 0; i < N_SCALARS; i++)
    if (scalar_name (i) != NULL)
      slots[n++] = (MsmH5Slot){ scalar_name (i), MSM_F32, msm_shape1 (i == COUNT ? 1 : self->n_slots), 0 };
  n_scalars = n;
  for (gsize i = 0; i < self->layout->n_images; i++)
    slots[n++] = (MsmH5Slot){ self->layout->images[i].name, msm_tensor_dtype (self->layout->images[i].tensor),
                              stack (msm_tensor_shape (self->layout->images[i].tensor), self->n_slots), 0 };
  if (state > 0)
    slots[n++] = (MsmH5Slot){ "state", MSM_F32, msm_shape2 (self->n_slots, state), 0 };
  if (!msm_h5_create_slots (self->temp, slots, n, self->text, error))
    {
      g_prefix_error (error, "%s: ", self->path);
      return FALSE;
    }
  for (int i = 0, from = 0; i < N_SCALARS; i++)
    if (scalar_name (i) != NULL)
      self->scalars[i] = slots[from++];
  memcpy (self->images, slots + n_scalars, self->layout->n_images * sizeof *slots);
  if (state > 0)
    self->state = slots[n - 1];
  self->fd = open (self->temp, O_RDWR);
  if (self->fd >= 0)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, "%s: %s", self->path, g_strerror (errno));
  return FALSE;
}

static gboolean
write_all (MsmTrajectory *self, const void *data, gsize size, guint64 offset, GError **error)
{
  const guint8 *from = data;

  while (size > 0)
    {
      gssize written = pwrite (self->fd, from, size, (off_t) offset);

      if (written <= 0 && errno != EINTR)
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, "%s: %s", self->path, g_strerror (errno));
          return FALSE;
        }
      from += MAX (written, 0);
      offset += (guint64) MAX (written, 0);
      size -= (gsize) MAX (written, 0);
    }
  return TRUE;
}

static gboolean
same_layout (const MsmFrame *a, const MsmFrame *b)
{
  gboolean same = a->n_images == b->n_images;

  for (gsize i = 0; same && i < a->n_images; i++)
    same = g_str_equal (a->images[i].name, b->images[i].name)
           && msm_tensor_dtype (a->images[i].tensor) == msm_tensor_dtype (b->images[i].tensor)
           && msm_shape_equal (msm_tensor_shape (a->images[i].tensor), msm_tensor_shape (b->images[i].tensor));
  return same;
}

/* A frame without one, as the last of a run, has zeros. */
static gboolean
write_state (MsmTrajectory *self, gsize index, const MsmFrame *frame, GError **error)
{
  gsize bytes = state_floats (self->layout) * sizeof (float), size = 0;
  gconstpointer data = frame->state != NULL ? g_bytes_get_data (frame->state, &size) : NULL;

  return size == 0 || size != bytes || write_all (self, data, bytes, self->state.offset + index * bytes, error);
}

static gboolean
write_frame (MsmTrajectory *self, gsize index, const MsmFrame *frame, GError **error)
{
  float values[N_SCALARS] = {
    [STEP] = (float) frame->info.step, [SIGMA] = (float) frame->info.sigma, [RESIDUAL] = (float) frame->info.residual,
    [MS] = (float) frame->ms,          [COUNT] = (float) (index + 1),
  };

  for (int i = 0; i < MSM_METRICS_MAX; i++)
    values[METRICS + i] = frame->has_metrics ? (float) frame->metrics.values[i] : NAN;
  for (gsize i = 0; i < frame->n_images; i++)
    {
      gsize bytes = msm_tensor_bytes (frame->images[i].tensor);

      if (!write_all (self, msm_tensor_const_data (frame->images[i].tensor), bytes,
                      self->images[i].offset + index * bytes, error))
        return FALSE;
    }
  if (!write_state (self, index, frame, error))
    return FALSE;
  for (int i = 0; i < N_SCALARS; i++)
    if (scalar_name (i) != NULL
        && !write_all (self, &values[i], sizeof (float),
                       self->scalars[i].offset + (i == COUNT ? 0 : index) * sizeof (float), error))
      return FALSE;
  return TRUE;
}

gboolean
msm_trajectory_add (MsmTrajectory *self, MsmFrame *frame, GError **error)
{
  gsize index, bytes;

  g_return_val_if_fail (self != NULL && frame != NULL, FALSE);
  index = GPOINTER_TO_SIZE (g_atomic_pointer_get (&self->count));
  if (index == self->n_slots)
    return TRUE;
  if (self->layout == NULL)
    {
      self->layout = msm_frame_ref (frame);
      if (self->path != NULL && !create_file (self, error))
        return FALSE;
    }
  if (!same_layout (self->layout, frame))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("the run's images changed after step %d"), frame->info.step);
      return FALSE;
    }
  if (self->path != NULL && !write_frame (self, index, frame, error))
    return FALSE;
  bytes = frame_bytes (frame);
  if (self->bytes + bytes <= self->budget)
    {
      self->frames[index] = msm_frame_ref (frame);
      self->bytes += bytes;
    }
  else if (self->path == NULL)
    return TRUE;
  g_atomic_pointer_set (&self->count, GSIZE_TO_POINTER (index + 1));
  return TRUE;
}

gsize
msm_trajectory_count (MsmTrajectory *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return GPOINTER_TO_SIZE (g_atomic_pointer_get (&self->count));
}

gsize
msm_trajectory_bytes (MsmTrajectory *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->bytes;
}

static gboolean
read_all (MsmTrajectory *self, void *data, gsize size, guint64 offset, GError **error)
{
  if (pread (self->fd, data, size, (off_t) offset) == (gssize) size)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: a frame cannot be read back: %s"), self->path,
               g_strerror (errno));
  return FALSE;
}

/* @state: (out) (transfer full): NULL where the frame had none */
static gboolean
read_state (MsmTrajectory *self, gsize index, GBytes **state, GError **error)
{
  gsize bytes = state_floats (self->layout) * sizeof (float);
  g_autofree guint8 *data = bytes > 0 ? g_try_malloc (bytes) : NULL;
  gboolean has_any = FALSE;

  if (data == NULL)
    return TRUE;
  if (!read_all (self, data, bytes, self->state.offset + index * bytes, error))
    return FALSE;
  for (gsize i = 0; i < MIN (bytes, 64); i++)
    has_any = has_any || data[i] != 0;
  if (has_any)
    *state = g_bytes_new_take (g_steal_pointer (&data), bytes);
  return TRUE;
}

static MsmFrame *
read_frame (MsmTrajectory *self, gsize index, GError **error)
{
  g_autoptr (MsmFrame) frame = g_new0 (MsmFrame, 1);
  float values[N_SCALARS];

  g_atomic_ref_count_init (&frame->ref_count);
  for (gsize i = 0; i < self->layout->n_images; i++)
    {
      MsmTensor *like = self->layout->images[i].tensor;
      MsmTensor *tensor = msm_tensor_new (msm_device_host (), msm_tensor_dtype (like), msm_tensor_shape (like), error);

      if (tensor == NULL)
        return NULL;
      frame->images[i].name = self->layout->images[i].name;
      frame->images[i].title = self->layout->images[i].title;
      frame->images[i].tensor = tensor;
      frame->n_images = i + 1;
      if (!read_all (self, msm_tensor_data (tensor), msm_tensor_bytes (tensor),
                     self->images[i].offset + index * msm_tensor_bytes (tensor), error))
        return NULL;
      msm_tensor_seal (tensor);
    }
  for (int i = 0; i < COUNT; i++)
    {
      values[i] = NAN;
      if (scalar_name (i) != NULL
          && !read_all (self, &values[i], sizeof (float), self->scalars[i].offset + index * sizeof (float), error))
        return NULL;
    }
  frame->info = (MsmStepInfo){ .step = (int) values[STEP],
                               .n_steps = self->n_steps,
                               .sigma = values[SIGMA],
                               .residual = values[RESIDUAL],
                               .cost = NAN };
  if (!read_state (self, index, &frame->state, error))
    return NULL;
  frame->ms = values[MS];
  frame->note = self->layout->note;
  frame->scale = self->layout->scale;
  frame->has_metrics = self->layout->has_metrics;
  for (int i = 0; i < MSM_METRICS_MAX; i++)
    frame->metrics.values[i] = values[METRICS + i];
  return g_steal_pointer (&frame);
}

MsmFrame *
msm_trajectory_get (MsmTrajectory *self, gsize index, GError **error)
{
  g_return_val_if_fail (self != NULL && index < msm_trajectory_count (self), NULL);
  if (self->frames[index] != NULL)
    return msm_frame_ref (self->frames[index]);
  return read_frame (self, index, error);
}

void
msm_trajectory_unlink (MsmTrajectory *self)
{
  g_return_if_fail (self != NULL);
  if (self->temp != NULL)
    msm_atomic_abort (self->temp);
  g_clear_pointer (&self->temp, g_free);
}

gboolean
msm_trajectory_finish (MsmTrajectory *self, GError **error)
{
  g_autofree char *temp = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  if (self->temp == NULL)
    return TRUE;
  temp = g_steal_pointer (&self->temp);
  return msm_atomic_commit (temp, self->path, error);
}
