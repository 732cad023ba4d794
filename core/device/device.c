#include "config.h"

#include <glib/gi18n-lib.h>
#include <omp.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/device/device-loader.h"
#include "core/device/device-prove.h"
#include "core/device/host-state.h"

struct _MsmDevice
{
  gatomicrefcount ref_count;
  const MsmDeviceOps *ops;
  MsmDeviceState *state;
  char *name;
  char *description;
  MsmPrecision precision;
  const MsmReplayOps *replay; /* NULL: sections just run */
};

static int n_threads; /* atomic; 0 = all */

static const MsmDeviceOps *const host_ops[] = { &msm_cpu_ops, &msm_ref_ops, NULL };

void
msm_device_set_threads (int n)
{
  g_atomic_int_set (&n_threads, MAX (n, 0));
}

int
msm_device_get_threads (void)
{
  int n = g_atomic_int_get (&n_threads);

  return n > 0 ? n : omp_get_num_procs ();
}

static MsmDevice *
open_index (const MsmDeviceOps *ops, int index, const char *name, GError **error)
{
  char message[256] = "", text[256] = "";
  MsmDeviceState *state = ops->open (index, message, sizeof message);
  MsmDevice *self;

  if (state == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, "%s: %s", name, message);
      return NULL;
    }
  ops->describe (index, text, sizeof text);
  self = g_new0 (MsmDevice, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->ops = ops;
  self->state = state;
  self->name = g_strdup (name);
  self->description = g_strdup (text);
  /* To compare what is replayed with what is run. */
  self->replay = g_strcmp0 (g_getenv ("MSM_REPLAY"), "0") != 0 ? ops->replay : NULL;
  return self;
}

MsmDevice *
msm_device_host (void)
{
  static gsize host;

  if (g_once_init_enter (&host))
    g_once_init_leave (&host, (gsize) open_index (&msm_cpu_ops, 0, "cpu", NULL));
  return (MsmDevice *) host;
}

/* "cuda" or "cuda:N" */
static MsmDevice *
open_cuda (const char *name, GError **error)
{
  const MsmDeviceOps *ops = msm_device_module_load (error);
  char message[256] = "";
  guint64 index = 0;
  int n;

  if (ops == NULL)
    return NULL;
  if (name[4] == ':' && !g_ascii_string_to_unsigned (name + 5, 10, 0, 1023, &index, NULL))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s: expected the number of a GPU after the colon"), name);
      return NULL;
    }
  n = ops->count (message, sizeof message);
  if ((int) index >= n)
    {
      if (n == 0)
        g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, "%s: %s", name, message);
      else if (n == 1)
        g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s: there is only one GPU, cuda:0"), name);
      else
        g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("%s: there are %d GPUs, from cuda:0 to cuda:%d"), name, n,
                     n - 1);
      return NULL;
    }
  return open_index (ops, (int) index, name, error);
}

/* The first GPU when it has everything and computes as the processor does, tried once in a process; else NULL. */
static MsmDevice *
open_proven (GError **error)
{
  static int proven; /* atomic */
  g_autoptr (MsmDevice) gpu = open_cuda ("cuda", error);

  if (gpu == NULL)
    return NULL;
  /* A module without the network's slots would fail in mid-run: it has to be asked for by name. */
  if (gpu->ops->neural == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("cuda: it cannot compute networks"));
      return NULL;
    }
  if (g_atomic_int_get (&proven) == 0)
    {
      if (!msm_device_prove (gpu, error))
        return NULL;
      g_atomic_int_set (&proven, 1);
    }
  return g_steal_pointer (&gpu);
}

MsmDevice *
msm_device_open (const char *name, GError **error)
{
  g_return_val_if_fail (name != NULL, NULL);

  if (g_str_equal (name, "auto"))
    {
      MsmDevice *gpu = open_proven (NULL);

      return gpu != NULL ? gpu : open_index (&msm_cpu_ops, 0, "cpu", error);
    }
  if (g_str_equal (name, "cuda") || g_str_has_prefix (name, "cuda:"))
    return open_cuda (name, error);
  for (int i = 0; host_ops[i] != NULL; i++)
    if (g_str_equal (host_ops[i]->name, name))
      return open_index (host_ops[i], 0, name, error);
  g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("there is no device ‘%s’; `msm devices` lists them"), name);
  return NULL;
}

MsmDevice *
msm_device_ref (MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
msm_device_unref (MsmDevice *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  self->ops->close (self->state);
  g_free (self->name);
  g_free (self->description);
  g_free (self);
}

const char *
msm_device_name (const MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->name;
}

const char *
msm_device_description (const MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->description;
}

gboolean
msm_device_is_host (const MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->ops->is_host != 0;
}

gboolean
msm_device_check (MsmDevice *self, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  const char *message = self->ops->get_error (self->state);

  if (message == NULL)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, "%s: %s", self->name, message);
  return FALSE;
}

void
msm_device_clear_error (MsmDevice *self)
{
  g_return_if_fail (self != NULL);
  self->ops->clear_error (self->state);
}

void
msm_device_synchronise (MsmDevice *self)
{
  g_return_if_fail (self != NULL);
  self->ops->synchronise (self->state);
}

void
msm_device_begin (MsmDevice *self, MsmReplay **replay)
{
  if (self->replay != NULL)
    self->replay->begin (self->state, replay);
}

gboolean
msm_device_end (MsmDevice *self, MsmReplay **replay)
{
  return self->replay == NULL || self->replay->end (self->state, replay);
}

void
msm_device_forget (MsmDevice *self, MsmReplay **replay)
{
  if (*replay != NULL)
    self->replay->free (self->state, *replay);
  *replay = NULL;
}

MsmFftPlan *
msm_device_plan_fft (MsmDevice *self, gsize n_batch, gsize n_rows, gsize n_columns, GError **error)
{
  MsmFftPlan *plan = self->ops->fourier->plan_new (self->state, n_batch, n_rows, n_columns);

  if (plan == NULL)
    {
      g_autofree char *left = msm_device_memory_text (self);

      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY,
                   _("not enough memory on %s for %zu Fourier transforms of %zu × %zu (at least %.1f MB%s)"),
                   self->name, n_batch, n_rows, n_columns,
                   8e-6 * (double) n_batch * (double) n_rows * (double) n_columns, left);
    }
  return plan;
}

gsize
msm_device_attention_scratch (MsmDevice *self, const MsmAttentionShape *shape, gboolean backward)
{
  const MsmNeuralOps *neural = self->ops->neural;

  return neural->attention_scratch != NULL ? neural->attention_scratch (self->state, shape, backward)
                                           : (backward ? 2 : 1) * shape->t * shape->t;
}

const char *const msm_device_precisions[] = { "auto", "f32", "tf32", "bf16", NULL };

gboolean
msm_device_set_precision (MsmDevice *self, int choice, GError **error)
{
  MsmPrecision precision = (MsmPrecision) (choice - MSM_DEVICE_PRECISION_OF (0));
  char reason[256] = "";

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (choice >= 0 && choice < 4, FALSE);
  if (choice == MSM_DEVICE_PRECISION_AUTO)
    precision = self->ops->best_precision != NULL ? self->ops->best_precision (self->state) : MSM_PRECISION_F32;
  if (self->ops->set_precision != NULL ? self->ops->set_precision (self->state, precision, reason, sizeof reason)
                                       : precision == MSM_PRECISION_F32)
    {
      self->precision = precision;
      return TRUE;
    }
  g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED, _("the device %s (%s) does not compute networks in %s%s%s"),
               self->name, self->description, msm_device_precisions[MSM_DEVICE_PRECISION_OF (precision)],
               reason[0] != '\0' ? ": " : "", reason);
  return FALSE;
}

/* "f32, bf16": all that @self can be set to; it is left in one of them. */
static char *
precisions_text (MsmDevice *self)
{
  GString *text = g_string_new (NULL);

  for (int choice = 1; msm_device_precisions[choice] != NULL; choice++)
    if (msm_device_set_precision (self, choice, NULL))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", msm_device_precisions[choice]);
  return g_string_free (text, FALSE);
}

const char *
msm_device_precision (const MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return msm_device_precisions[MSM_DEVICE_PRECISION_OF (self->precision)];
}

gboolean
msm_device_memory (MsmDevice *self, gsize *n_free, gsize *n_total)
{
  g_return_val_if_fail (self != NULL, FALSE);
  if (self->ops->memory_info == NULL)
    return FALSE;
  self->ops->memory_info (self->state, n_free, n_total);
  return *n_total > 0;
}

char *
msm_device_memory_text (MsmDevice *self)
{
  gsize n_free = 0, n_total = 0;

  if (!msm_device_memory (self, &n_free, &n_total))
    return g_strdup ("");
  return n_total < 10000000000 ? g_strdup_printf (", %.1f of %.1f MB are free", n_free / 1e6, n_total / 1e6)
                               : g_strdup_printf (", %.1f of %.1f GB are free", n_free / 1e9, n_total / 1e9);
}

const MsmDeviceOps *
msm_device_ops (const MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->ops;
}

MsmDeviceState *
msm_device_state (const MsmDevice *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->state;
}

static void
info_free (gpointer data)
{
  MsmDeviceInfo *info = data;

  g_free (info->name);
  g_free (info->description);
  g_free (info->precisions);
  g_free (info);
}

/* @device: that row's, of which nothing is kept; NULL: it cannot be used. */
static void
add_info (GPtrArray *list, char *name_take, const char *description, MsmDevice *device)
{
  MsmDeviceInfo *info = g_new0 (MsmDeviceInfo, 1);

  info->name = name_take;
  info->description = g_strdup (description);
  info->usable = device != NULL;
  info->precisions = device != NULL ? precisions_text (device) : g_strdup ("");
  g_ptr_array_add (list, info);
}

/* One row a GPU, or one row with the reason why there is none. */
static void
list_cuda (GPtrArray *list)
{
  g_autoptr (GError) error = NULL;
  const MsmDeviceOps *ops = msm_device_module_load (&error);
  char text[512] = "";
  int n = ops != NULL ? ops->count (text, sizeof text) : 0;

  if (n == 0)
    add_info (list, g_strdup ("cuda"), error != NULL ? error->message : text, NULL);
  for (int i = 0; i < n; i++)
    {
      g_autofree char *name = i == 0 ? g_strdup ("cuda") : g_strdup_printf ("cuda:%d", i);
      g_autoptr (GError) refused = NULL;
      g_autoptr (MsmDevice) device = open_cuda (name, &refused);
      g_autofree char *description = NULL;

      ops->describe (i, text, sizeof text);
      if (device != NULL && i == 0)
        msm_device_unref (open_proven (&refused));
      description = refused == NULL  ? g_strdup (text)
                    : device == NULL ? g_strdup_printf ("%s (%s)", text, refused->message)
                                     : g_strdup_printf ("%s (“auto” does not take it: %s)", text, refused->message);
      add_info (list, g_strdup (name), description, device);
    }
}

GPtrArray *
msm_device_list (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (info_free);

  for (int i = 0; host_ops[i] != NULL; i++)
    {
      g_autoptr (MsmDevice) device = open_index (host_ops[i], 0, host_ops[i]->name, NULL);

      add_info (list, g_strdup (device->name), device->description, device);
    }
  list_cuda (list);
  return list;
}
