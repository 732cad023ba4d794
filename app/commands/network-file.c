#include "config.h"

#include "app/commands/network-file.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/say.h"
#include "core/base/error.h"
#include "core/device/device.h"

/*
 * A gradient whose norm is this much smaller than the largest is rounding (a bias before a GroupNorm of one
 * channel a group has none): its error is taken relative to the largest.
 */
#define ROUNDING 1e-6

static void
clear_tensor (gpointer data)
{
  MsmNamedTensor *named = data;

  g_free ((char *) named->name);
  msm_tensor_unref (named->tensor);
}

static void
clear_number (gpointer data)
{
  MsmNamedNumber *number = data;

  g_free ((char *) number->group);
  g_free ((char *) number->name);
}

MsmNetworkFile *
msm_network_file_open (const char *path, GError **error)
{
  MsmH5 *h5 = msm_h5_open (path, error);
  MsmNetworkFile *self;

  if (h5 == NULL)
    return NULL;
  self = g_new0 (MsmNetworkFile, 1);
  self->h5 = h5;
  self->path = g_strdup (path);
  self->text = g_string_new (NULL);
  self->json = json_builder_new ();
  json_builder_begin_object (self->json);
  self->tensors = g_array_new (FALSE, TRUE, sizeof (MsmNamedTensor));
  self->numbers = g_array_new (FALSE, TRUE, sizeof (MsmNamedNumber));
  g_array_set_clear_func (self->tensors, clear_tensor);
  g_array_set_clear_func (self->numbers, clear_number);
  return self;
}

void
msm_network_file_free (MsmNetworkFile *self)
{
  if (self == NULL)
    return;
  msm_h5_free (self->h5);
  g_string_free (self->text, TRUE);
  g_object_unref (self->json);
  g_array_unref (self->tensors);
  g_array_unref (self->numbers);
  g_free (self->path);
  g_free (self);
}

/* "[2, any, 64, 64]" */
static char *
expected_text (MsmShape shape)
{
  GString *text = g_string_new ("[");

  for (int i = 0; i < shape.rank; i++)
    if (shape.dim[i] == 0)
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", _("any"));
    else
      g_string_append_printf (text, "%s%zu", i > 0 ? ", " : "", shape.dim[i]);
  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

MsmTensor *
msm_network_file_read (MsmNetworkFile *self, MsmDevice *device, const char *name, MsmDtype dtype, MsmShape *shape,
                       GError **error)
{
  g_autofree char *expected = expected_text (*shape);
  g_autofree float *values = NULL;
  gsize start[MSM_H5_MAX_RANK] = { 0 };
  gsize n;
  MsmH5Info info;
  gboolean pairs;
  gboolean fits;

  if (!msm_h5_info (self->h5, name, &info, error))
    return NULL;
  pairs = dtype == MSM_C64 && info.kind == MSM_H5_NUMBER;
  fits = info.kind == (dtype == MSM_C64 && !pairs ? MSM_H5_COMPLEX : MSM_H5_NUMBER)
         && info.rank == shape->rank + (pairs ? 1 : 0) && (!pairs || info.dim[info.rank - 1] == 2);
  for (int i = 0; fits && i < shape->rank; i++)
    {
      fits = shape->dim[i] == 0 ? info.dim[i] > 0 : shape->dim[i] == info.dim[i];
      shape->dim[i] = info.dim[i];
    }
  if (!fits)
    {
      g_autoptr (GString) found = g_string_new (NULL);

      for (int i = 0; i < info.rank; i++)
        g_string_append_printf (found, "%s%zu", i > 0 ? ", " : "", info.dim[i]);
      g_set_error (error, MSM_ERROR, MSM_ERROR_SHAPE, _("%s: dataset “%s” is [%s], expected %s %s"), self->path, name,
                   found->str, expected, dtype == MSM_C64 ? _("complex, or with a last axis (re, im)") : _("real"));
      return NULL;
    }
  n = msm_shape_size (*shape) * msm_dtype_size (dtype) / sizeof (float);
  values = g_try_new (float, n);
  if (values == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_MEMORY, _("%s: no memory for “%s”"), self->path, name);
      return NULL;
    }
  if (!msm_h5_read_block (self->h5, name, start, info.dim, values, error))
    return NULL;
  for (gsize i = 0; i < n; i++)
    if (!isfinite (values[i]))
      {
        g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: dataset “%s” holds a NaN or an infinity"), self->path,
                     name);
        return NULL;
      }
  return msm_tensor_new_from (device, dtype, *shape, values, error);
}

static void
row (MsmNetworkFile *self, const char *name, double error, const char *detail)
{
  /* Not MAX: a NaN must count as the worst. */
  if (!(error <= self->worst))
    self->worst = error;
  g_string_append_printf (self->text, _("%-12s relative error %.3g%s%s\n"), name, error, detail[0] != '\0' ? ", " : "",
                          detail);
  msm_json_real (self->json, name, error);
}

static double
relative_error (const float *a, const float *b, gsize n)
{
  double error = 0;
  double norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      error += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
      norm += (double) b[i] * b[i];
    }
  return norm > 0 ? sqrt (error / norm) : sqrt (error);
}

gboolean
msm_network_file_answer (MsmNetworkFile *self, const char *name, MsmTensor *tensor, GError **error)
{
  g_autoptr (MsmTensor) ours = msm_tensor_to (tensor, msm_device_host (), error);
  g_autoptr (MsmTensor) answer = NULL;
  MsmNamedTensor named = { NULL, NULL };
  MsmShape shape;

  if (ours == NULL)
    return FALSE;
  shape = msm_tensor_shape (ours);
  /* A copy: callers use their tensors again. */
  named.tensor =
      msm_tensor_new_from (msm_device_host (), msm_tensor_dtype (ours), shape, msm_tensor_const_host (ours), error);
  if (named.tensor == NULL)
    return FALSE;
  named.name = g_strdup (name);
  g_array_append_val (self->tensors, named);
  if (!msm_h5_has (self->h5, name))
    return TRUE;
  answer = msm_network_file_read (self, msm_device_host (), name, msm_tensor_dtype (ours), &shape, error);
  if (answer == NULL)
    return FALSE;
  row (self, name,
       relative_error (msm_tensor_const_host (ours), msm_tensor_const_host (answer),
                       msm_tensor_bytes (ours) / sizeof (float)),
       "");
  return TRUE;
}

void
msm_network_file_number (MsmNetworkFile *self, const char *group, const char *name, double value)
{
  MsmNamedNumber number = { g_strdup (group), g_strdup (name), value };
  double expected;

  g_array_append_val (self->numbers, number);
  if (msm_h5_number (self->h5, group, name, &expected))
    row (self, name, fabs (value - expected) / (expected != 0 ? fabs (expected) : 1), "");
}

/* The norms of all parameters' gradients against the file's, which may lack some. */
static void
compare_norms (MsmNetworkFile *self, MsmWeights *weights, const float *gradients)
{
  double worst = 0;
  double largest = 0;
  guint n = 0;
  const char *where = "";

  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < msm_weights_count (weights); i++)
      {
        const MsmWeight *weight = msm_weights_get (weights, i);
        double sum = 0;
        double expected;
        double error;

        if (!msm_h5_number (self->h5, "grad_norms", weight->name, &expected))
          continue;
        if (pass == 0)
          {
            largest = MAX (largest, expected);
            n++;
            continue;
          }
        for (gsize k = 0; k < weight->size; k++)
          sum += (double) gradients[weight->offset + k] * gradients[weight->offset + k];
        error = fabs (sqrt (sum) - expected) / (expected > ROUNDING * largest ? expected : MAX (largest, 1e-30));
        if (!(error <= worst))
          {
            worst = error;
            where = weight->name;
          }
      }
  if (n > 0)
    {
      g_autofree char *detail = g_strdup_printf (_("the worst of %u parameters (%s)"), n, where);

      row (self, "grad_norms", worst, detail);
    }
}

gboolean
msm_network_file_gradients (MsmNetworkFile *self, MsmUnet *unet, const char *group, GError **error)
{
  MsmWeights *weights = msm_unet_weights (unet);
  g_autoptr (MsmTensor) host = msm_tensor_to (msm_weights_gradients (weights), msm_device_host (), error);
  const float *gradients;

  if (host == NULL)
    return FALSE;
  gradients = msm_tensor_const_host (host);
  for (guint i = 0; i < msm_weights_count (weights); i++)
    {
      const MsmWeight *weight = msm_weights_get (weights, i);
      g_autofree char *name = g_strconcat (group, "/", weight->name, NULL);
      g_autoptr (MsmTensor) gradient = NULL;
      double sum = 0;
      MsmNamedNumber number;

      for (gsize k = 0; k < weight->size; k++)
        sum += (double) gradients[weight->offset + k] * gradients[weight->offset + k];
      number = (MsmNamedNumber){ g_strdup ("grad_norms"), g_strdup (weight->name), sqrt (sum) };
      g_array_append_val (self->numbers, number);
      if (!msm_h5_has (self->h5, name))
        continue;
      gradient = msm_tensor_new_from (msm_device_host (), MSM_F32, weight->shape, gradients + weight->offset, error);
      if (gradient == NULL || !msm_network_file_answer (self, name, gradient, error))
        return FALSE;
    }
  compare_norms (self, weights, gradients);
  return TRUE;
}

gboolean
msm_network_file_write (MsmNetworkFile *self, const char *path, const char *text, GError **error)
{
  if (path[0] == '\0')
    return TRUE;
  return msm_hdf5_write_numbers (path, (const MsmNamedTensor *) (gpointer) self->tensors->data, self->tensors->len,
                                 (const MsmNamedNumber *) (gpointer) self->numbers->data, self->numbers->len, text,
                                 error);
}

void
msm_network_file_print (MsmNetworkFile *self, const char *head)
{
  if (self->text->len > 0)
    msm_say ("%s\n%s", head, self->text->str);
  else
    msm_say (_("%s\nThe file holds no answers to compare with.\n"), head);
}

void
msm_network_file_print_json (MsmNetworkFile *self, JsonBuilder *builder)
{
  json_builder_end_object (self->json);
  msm_json_real (builder, "worst", self->worst);
  json_builder_set_member_name (builder, "relative_error");
  json_builder_add_value (builder, json_builder_get_root (self->json));
  json_builder_end_object (builder);
  msm_json_print (builder, FALSE);
}

gboolean
msm_network_file_accept (MsmNetworkFile *self, double max, GError **error)
{
  if (self->worst <= max)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("%s: relative error %.3g, at most %.3g allowed"), self->path,
               self->worst, max);
  return FALSE;
}

static gboolean
open_and_run (const MsmParams *params, MsmNetworkFunc func, MsmNames names, GError **error)
{
  g_autoptr (MsmDevice) device = msm_device_from_flags (params, FALSE, error);

  return device != NULL && func (params, device, names, error);
}

int
msm_network_command (const MsmCommand *command, const MsmParam *table, MsmNetworkFunc func, int argc, char **argv)
{
  g_autoptr (MsmParams) params = msm_params_new (table);
  g_autoptr (MsmOptions) options = msm_options_new ();
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (command, options, argc, argv, 0, 0, &status))
    return status;
  if (msm_params_get_text (params, "prior")[0] == '\0' || msm_params_get_text (params, "input")[0] == '\0')
    return msm_command_usage (command, g_error_new (MSM_ERROR, MSM_ERROR_VALUE, _("--prior and --input are needed")));
  return open_and_run (params, func, msm_options_names (options), &error) ? MSM_EXIT_OK : msm_command_failed (error);
}
