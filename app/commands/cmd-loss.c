#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>

#include "app/commands/command.h"
#include "app/commands/metrics-text.h"
#include "app/commands/network-file.h"
#include "core/diffusion/denoiser-unet.h"
#include "core/train/loss.h"
#include "core/tensor/tensor-math.h"

static const MsmParam loss_params[] = { MSM_NETWORK_PARAMS (N_("HDF5 file with image, mask, noise and coils"),
                                                            N_("Also the gradients of the loss")) };

/* What a file says, on the device. */
typedef struct
{
  MsmMeasure *measure;
  MsmBatch *batch;
  MsmTensor *image, *noise;
  double *step;
  double timestep;
} Inputs;

static void
inputs_clear (Inputs *self)
{
  g_clear_pointer (&self->batch, msm_batch_free);
  g_clear_pointer (&self->measure, msm_measure_free);
  g_clear_pointer (&self->image, msm_tensor_unref);
  g_clear_pointer (&self->noise, msm_tensor_unref);
  g_clear_pointer (&self->step, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inputs, inputs_clear)

static gboolean
read_measure (Inputs *self, MsmNetworkFile *file, MsmDevice *device, GError **error)
{
  gboolean mri = msm_h5_has (file->h5, "sens");
  MsmDtype dtype = mri ? MSM_C64 : MSM_F32;
  MsmShape image = mri ? msm_shape3 (0, 0, 0) : msm_shape4 (0, 0, 0, 0);
  MsmShape full;
  MsmShape mask;
  g_autoptr (MsmTensor) sens = NULL;

  self->image = msm_network_file_read (file, device, "image", dtype, &image, error);
  if (self->image == NULL)
    return FALSE;
  full = mri ? msm_shape4 (image.dim[0], 0, image.dim[1], image.dim[2]) : image;
  if (mri && (sens = msm_network_file_read (file, device, "sens", MSM_C64, &full, error)) == NULL)
    return FALSE;
  self->measure = msm_measure_new (device, mri ? MSM_MEASURE_MRI : MSM_MEASURE_IMAGE, full.dim[0], full.dim[1],
                                   full.dim[2], full.dim[3], error);
  if (self->measure == NULL || (self->batch = msm_batch_new (self->measure, error)) == NULL
      || (self->noise = msm_network_file_read (file, device, "noise", dtype, &full, error)) == NULL)
    return FALSE;
  mask = msm_shape4 (full.dim[0], 1, full.dim[2], full.dim[3]);
  msm_tensor_unref (self->batch->mask);
  self->batch->mask = msm_network_file_read (file, device, "mask", MSM_F32, &mask, error);
  if (self->batch->mask == NULL)
    return FALSE;
  msm_tensor_reshape (self->batch->mask, msm_shape3 (full.dim[0], full.dim[2], full.dim[3]));
  msm_tensor_reshape (self->image, msm_measure_image_shape (self->measure));
  if (mri)
    {
      msm_tensor_unref (self->batch->sens);
      self->batch->sens = g_steal_pointer (&sens);
      msm_measure_set_sens (self->measure, self->batch->sens);
    }
  return TRUE;
}

static gboolean
read_inputs (Inputs *self, MsmNetworkFile *file, MsmDevice *device, GError **error)
{
  gsize n;

  if (!read_measure (self, file, device, error))
    return FALSE;
  if (!msm_h5_number (file->h5, "/", "timestep", &self->timestep) || !(self->timestep >= 0)
      || !(self->timestep <= MSM_SCHEDULE_T - 1))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: expected an attribute “timestep” from 0 to %d"),
                   file->path, MSM_SCHEDULE_T - 1);
      return FALSE;
    }
  n = msm_tensor_dim (self->image, 0);
  self->step = g_new (double, n);
  for (gsize b = 0; b < n; b++)
    self->step[b] = self->timestep;
  msm_measure_forward (self->measure, self->image, self->batch->s);
  msm_measure_mask (self->measure, self->batch->s, self->batch->mask, self->batch->s);
  return TRUE;
}

/* An image as the files hold it: complex [batch, row, column], real [batch, channel, row, column]. */
static gboolean
answer_image (MsmNetworkFile *file, const char *name, MsmTensor *image, GError **error)
{
  MsmShape s = msm_tensor_shape (image);
  gboolean ok;

  if (msm_tensor_dtype (image) == MSM_C64)
    msm_tensor_reshape (image, msm_shape3 (s.dim[0], s.dim[2], s.dim[3]));
  ok = msm_network_file_answer (file, name, image, error);
  msm_tensor_reshape (image, s);
  return ok;
}

/* u and x̂₀, which the loss itself does not show. */
static gboolean
answer_images (Inputs *self, MsmNetworkFile *file, MsmDenoiser *denoiser, double alpha, GError **error)
{
  g_autoptr (MsmTensor) z = msm_tensor_new_like (self->noise, error);
  g_autoptr (MsmTensor) x = msm_tensor_new_like (self->image, error);

  if (z == NULL || x == NULL)
    return FALSE;
  msm_tensor_lincomb (z, sqrt (alpha), self->batch->s, sqrt (1 - alpha), self->noise);
  msm_measure_mask (self->measure, z, self->batch->mask, z);
  msm_measure_adjoint (self->measure, z, x);
  if (!answer_image (file, "net_in", x, error))
    return FALSE;
  msm_denoiser_predict (denoiser, x, x, z, self->batch->mask, self->step);
  return answer_image (file, "x0", x, error);
}

static gboolean
evaluate (Inputs *self, MsmNetworkFile *file, MsmDenoiser *denoiser, gboolean grad, double *value, GError **error)
{
  MsmUnet *unet = msm_denoiser_unet_network (denoiser);
  double alpha = msm_schedule_alpha_bar (&denoiser->schedule, self->timestep);
  MsmLossReport report;
  g_autoptr (MsmLoss) loss = msm_loss_new ("msm", denoiser, self->measure, MSM_SCHEDULE_T, NULL, error);

  if (loss == NULL)
    return FALSE;
  msm_network_file_number (file, "/", "alpha_bar", alpha);
  msm_network_file_number (file, "/", "sigma", sqrt ((1 - alpha) / alpha));
  if (!answer_images (self, file, denoiser, alpha, error))
    return FALSE;
  msm_loss_set_noise (loss, self->noise);
  msm_loss_evaluate (loss, self->batch, 0, 0, self->step, grad, &report);
  if (!msm_device_check (denoiser->device, error))
    return FALSE;
  *value = report.loss;
  msm_network_file_number (file, "/", "loss", report.loss);
  return !grad || msm_network_file_gradients (file, unet, "grad_of_loss", error);
}

static gboolean
run_loss (const MsmParams *params, MsmDevice *device, MsmNames names, GError **error)
{
  const char *prior = msm_params_get_text (params, "prior");
  const char *input = msm_params_get_text (params, "input");
  gboolean grad = msm_params_get_bool (params, "grad");
  g_autoptr (MsmDenoiser) denoiser = NULL;
  g_autoptr (MsmNetworkFile) file = NULL;
  g_auto (Inputs) inputs = { 0 };
  g_autofree char *details = NULL;
  g_autofree char *text = NULL;
  g_autofree char *head = NULL;
  g_autoptr (JsonBuilder) b = json_builder_new ();
  double value = 0;

  /* A loss is planned with its backward pass. */
  denoiser = msm_denoiser_unet_load (device, prior, TRUE, error);
  if (denoiser == NULL)
    return FALSE;
  file = msm_network_file_open (input, error);
  if (file == NULL || !read_inputs (&inputs, file, device, error)
      || !evaluate (&inputs, file, denoiser, grad, &value, error))
    return FALSE;
  details = names == MSM_NAMES_NONE
                ? g_strdup_printf ("grad=%d; device=%s", grad, msm_device_name (device))
                : g_strdup_printf ("prior=%s grad=%d; device=%s", denoiser->name, grad, msm_device_name (device));
  text = msm_command_provenance ("loss", names == MSM_NAMES_NONE ? NULL : input, details);
  if (!msm_network_file_write (file, msm_params_get_text (params, "out"), text, error))
    return FALSE;
  head = g_strdup_printf (_("%s: loss %.7g at step %g (σ %.5g); device %s"), denoiser->name, value, inputs.timestep,
                          msm_schedule_sigma (&denoiser->schedule, inputs.timestep), msm_device_name (device));
  if (msm_params_get_bool (params, "json"))
    {
      json_builder_begin_object (b);
      msm_json_text (b, "prior", denoiser->name);
      msm_json_real (b, "loss", value);
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
  return msm_network_command (&msm_command_loss, loss_params, run_loss, argc, argv);
}

const MsmCommand msm_command_loss = {
  "loss",
  "--prior WEIGHTS --input FILE.h5 [flags]",
  N_("The training loss of clean measurements on the numbers of a file, and compare"),
  N_("The file holds “image” [batch, row, column], “sens” and “noise” [batch, coil, row, column], all\n"
      "complex or with a last axis (re, im), “mask” [batch, 1, row, column] and an attribute “timestep”.\n"
      "Without “sens” image and noise are real, [batch, channel, row, column]. Where the file also holds\n"
      "the answers (“net_in”, “x0”, the attribute “loss”, and with --grad the attributes of “grad_norms”),\n"
      "relative errors are printed. The network mirrors images of sizes that its down-sampling does not divide,\n"
      "and crops its result."),
  run,
};
