#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/metrics-text.h"
#include "app/commands/network-file.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

static const MsmParam unet_params[] = { MSM_NETWORK_PARAMS (N_("HDF5 file with “x” and “timestep”"),
                                                            N_("Also the gradients of the mean of y²")) };

/* dst [n, columns, rows] of src [n, rows, columns], both of the device */
static void
transpose (MsmDevice *device, MsmTensor *dst, const MsmTensor *src, gsize n, gsize rows, gsize columns)
{
  msm_vector_transpose (device, msm_tensor_data (dst), msm_tensor_const_data (src), n, rows, columns);
}

/* y = network (x, t), and with @grad the gradients of mean y², which @y turns into. */
static gboolean
evaluate (MsmNetworkFile *file, MsmUnet *unet, MsmDevice *device, gboolean grad, MsmShape *shape, GError **error)
{
  MsmShape times_shape = msm_shape1 (0);
  g_autoptr (MsmTensor) x = NULL;
  g_autoptr (MsmTensor) y = NULL;
  g_autoptr (MsmTensor) last_x = NULL;
  g_autoptr (MsmTensor) last_y = NULL;
  g_autoptr (MsmTensor) times = NULL;
  g_autofree double *timestep = NULL;
  gsize n;
  gsize channels = (gsize) msm_unet_config (unet)->out_channels;
  gsize hw;

  *shape = msm_shape4 (0, (gsize) msm_unet_config (unet)->in_channels, 0, 0);
  x = msm_network_file_read (file, device, "x", MSM_F32, shape, error);
  if (x == NULL)
    return FALSE;
  times_shape.dim[0] = n = shape->dim[0];
  hw = shape->dim[2] * shape->dim[3];
  times = msm_network_file_read (file, msm_device_host (), "timestep", MSM_F32, &times_shape, error);
  if (times == NULL || !msm_unet_plan (unet, n, shape->dim[2], shape->dim[3], grad, error)
      || (last_x = msm_tensor_new_like (x, error)) == NULL
      || (y = msm_tensor_new (device, MSM_F32, msm_shape4 (n, channels, shape->dim[2], shape->dim[3]), error)) == NULL
      || (last_y = msm_tensor_new_like (y, error)) == NULL)
    return FALSE;
  timestep = g_new (double, n);
  for (gsize b = 0; b < n; b++)
    timestep[b] = msm_tensor_const_host (times)[b];
  transpose (device, last_x, x, n, shape->dim[1], hw);
  msm_unet_forward (unet, last_y, last_x, timestep);
  transpose (device, y, last_y, n, hw, channels);
  if (!msm_device_check (device, error) || !msm_network_file_answer (file, "y", y, error))
    return FALSE;
  if (!grad)
    return TRUE;
  msm_network_file_number (
      file, "grad_of_mean_y2", "loss",
      msm_vector_dot (device, msm_tensor_const_data (y), msm_tensor_const_data (y), msm_tensor_size (y))
          / (double) msm_tensor_size (y));
  msm_vector_scale (device, msm_tensor_data (last_y), 2.0f / (float) msm_tensor_size (y),
                    msm_tensor_const_data (last_y), msm_tensor_size (y));
  msm_unet_backward (unet, NULL, last_y);
  return msm_device_check (device, error) && msm_network_file_gradients (file, unet, "grad_of_mean_y2", error);
}

static gboolean
run_unet (const MsmParams *params, MsmDevice *device, MsmNames names, GError **error)
{
  const char *prior = msm_params_get_text (params, "prior");
  const char *input = msm_params_get_text (params, "input");
  gboolean grad = msm_params_get_bool (params, "grad");
  g_autoptr (MsmUnet) unet = NULL;
  g_autoptr (MsmNetworkFile) file = NULL;
  g_autofree char *details = NULL;
  g_autofree char *text = NULL;
  g_autofree char *head = NULL;
  g_autofree char *size = NULL;
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char *base = g_path_get_basename (prior);
  MsmShape shape;

  unet = msm_unet_load (device, prior, grad, error);
  if (unet == NULL)
    return FALSE;
  file = msm_network_file_open (input, error);
  if (file == NULL || !evaluate (file, unet, device, grad, &shape, error))
    return FALSE;
  details = names == MSM_NAMES_NONE
                ? g_strdup_printf ("grad=%d; device=%s", grad, msm_device_name (device))
                : g_strdup_printf ("prior=%s grad=%d; device=%s", base, grad, msm_device_name (device));
  text = msm_command_provenance ("unet", names == MSM_NAMES_NONE ? NULL : input, details);
  if (!msm_network_file_write (file, msm_params_get_text (params, "out"), text, error))
    return FALSE;
  size = msm_shape_format (shape);
  head = g_strdup_printf (_("%s: %zu parameters; x %s; device %s"), base,
                          msm_weights_n_parameters (msm_unet_weights (unet)), size, msm_device_name (device));
  if (msm_params_get_bool (params, "json"))
    {
      json_builder_begin_object (b);
      msm_json_text (b, "prior", base);
      msm_json_int (b, "parameters", (gint64) msm_weights_n_parameters (msm_unet_weights (unet)));
      msm_json_text (b, "x", size);
      msm_json_text (b, "device", msm_device_name (device));
      msm_network_file_print_json (file, b);
    }
  else
    msm_network_file_print (file, head);
  return msm_network_file_accept (file, msm_params_get_number (params, "max-error"), error);
}

static int
run (int argc, char **argv)
{
  return msm_network_command (&msm_command_unet, unet_params, run_unet, argc, argv);
}

const MsmCommand msm_command_unet = {
  "unet",
  "--prior WEIGHTS --input FILE.h5 [flags]",
  N_("Run a network on the numbers of a file, and compare"),
  N_("The file holds “x” [batch, channel, row, column] and “timestep” [batch]. Where it also holds the answers (“y”,\n"
      "and with --grad the attributes of “grad_norms” and the datasets of “grad_of_mean_y2”, both of the mean of y²),\n"
      "relative errors of the 2-norm are printed: so a port of a network can be checked. Images of sizes that the\n"
      "network's down-sampling does not divide are mirrored at their last row and column, and the result is cropped."),
  run,
};
