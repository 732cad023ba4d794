#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>

#include "app/commands/bench-network.h"
#include "app/commands/command.h"
#include "app/commands/device-flags.h"
#include "app/setup/flags.h"
#include "core/device/device.h"
#include "core/linop/linop.h"
#include "core/phantom/phantom.h"
#include "core/render/render.h"

static const MsmParam bench_params[] = {
  { "size", MSM_PARAM_INT, .min = 16, .max = 4096, .def = 256, .help = N_("Rows and columns") },
  { "coils", MSM_PARAM_INT, .min = 1, .max = 128, .def = 8, .help = N_("Coils") },
  { "repeats", MSM_PARAM_INT, .min = 1, .max = 1000000, .def = 20, .help = N_("Repetitions of each") },
  { "network", MSM_PARAM_TEXT,
    .help = N_("Time a network instead: reference-128, reference-256, small-128, a weight file or a JSON "
                "configuration") },
  { "save-weights", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,
    .help = N_("Write the network, with the values a training begins with, to this .safetensors; with --network") },
  { "batch", MSM_PARAM_INT, .min = 1, .max = 1024, .def = 1, .help = N_("Images in one step of the network") },
  { "no-shapes", MSM_PARAM_BOOL, .help = N_("Leave out the single convolutions of the network") },
  { "json", MSM_PARAM_BOOL, .help = N_("Print JSON; with --network") },
  MSM_DEVICE_FLAGS,
  { NULL },
};

typedef struct
{
  MsmDevice *device;
  MsmTensor *image, *kspace, *other;
  MsmLinop *fft, *sens, *sense;
  guint8 *rgba;
  float *host;
  gsize size;
} Bench;

static void
bench_clear (Bench *self)
{
  g_clear_pointer (&self->fft, msm_linop_unref);
  g_clear_pointer (&self->sens, msm_linop_unref);
  g_clear_pointer (&self->sense, msm_linop_unref);
  g_clear_pointer (&self->image, msm_tensor_unref);
  g_clear_pointer (&self->kspace, msm_tensor_unref);
  g_clear_pointer (&self->other, msm_tensor_unref);
  g_clear_pointer (&self->device, msm_device_unref);
  g_clear_pointer (&self->rgba, g_free);
  g_clear_pointer (&self->host, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static void
run_fft (Bench *self)
{
  msm_linop_forward (self->fft, self->kspace, self->kspace);
}

static void
run_sens (Bench *self)
{
  msm_linop_forward (self->sens, self->image, self->kspace);
}

static void
run_combine (Bench *self)
{
  msm_linop_adjoint (self->sens, self->kspace, self->other);
}

static void
run_normal (Bench *self)
{
  msm_linop_normal (self->sense, self->image, self->other);
}

static void
run_render (Bench *self)
{
  MsmRenderOptions options = { .window_high = 1, .gamma = 1 };

  msm_render_plane (self->host, MSM_C64, self->size, self->size, &options, self->rgba, 4 * self->size);
}

/* The least time of all repetitions: what the machine can do when nothing else runs. */
static double
measure_ms (Bench *self, void (*function) (Bench *), int repeats)
{
  double least = G_MAXDOUBLE;

  for (int i = 0; i <= repeats; i++)
    {
      gint64 start = g_get_monotonic_time ();

      function (self);
      msm_device_synchronise (self->device);
      if (i > 0) /* the first one warms up */
        least = MIN (least, (g_get_monotonic_time () - start) / 1000.0);
    }
  return least;
}

static gboolean
prepare (Bench *self, MsmParams *params, GError **error)
{
  g_autoptr (MsmParams) phantom = msm_params_new (msm_phantom_params);
  g_autoptr (MsmTensor) host_kspace = NULL, host_sens = NULL, host_image = NULL, sens = NULL;
  gsize n = msm_params_get_int (params, "size");

  self->size = n;
  self->device = msm_device_from_flags (params, FALSE, error);
  if (self->device == NULL || !msm_params_set_number (phantom, "rows", n, error)
      || !msm_params_set_number (phantom, "columns", n, error)
      || !msm_params_set_number (phantom, "coils", msm_params_get_int (params, "coils"), error)
      || !msm_phantom_kspace (phantom, &host_kspace, &host_sens, &host_image, error))
    return FALSE;
  self->rgba = g_malloc_n (n * n, 4);
  self->host = g_memdup2 (msm_tensor_const_host (host_image), msm_tensor_bytes (host_image));
  self->image = msm_tensor_to (host_image, self->device, error);
  self->kspace = self->image != NULL ? msm_tensor_to (host_kspace, self->device, error) : NULL;
  sens = self->kspace != NULL ? msm_tensor_to (host_sens, self->device, error) : NULL;
  self->other = sens != NULL ? msm_tensor_new_like (self->image, error) : NULL;
  self->fft = self->other != NULL ? msm_linop_fft_new (self->device, msm_tensor_shape (self->kspace), error) : NULL;
  self->sens = self->fft != NULL ? msm_linop_sens_new (self->device, 1, sens, error) : NULL;
  self->sense = self->sens != NULL ? msm_linop_sense_new (self->device, 1, sens, NULL, error) : NULL;
  return self->sense != NULL;
}

static int
run (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*function) (Bench *);
  } rows[] = {
    { N_("FFT of all coils"), run_fft },       { N_("coil maps, forward"), run_sens },
    { N_("coil maps, adjoint"), run_combine }, { N_("SENSE normal operator (a CG step's work)"), run_normal },
    { N_("rendering one image"), run_render },
  };
  g_autoptr (MsmParams) params = msm_params_new (bench_params);
  g_autoptr (MsmOptions) options = msm_options_new ();
  g_auto (Bench) bench = { NULL };
  GError *error = NULL;
  int status;

  msm_options_add (options, _("Flags"), NULL, params);
  if (!msm_command_parse (&msm_command_bench, options, argc, argv, 0, 0, &status))
    return status;
  if (msm_params_get_text (params, "network")[0] != '\0')
    return msm_bench_network (params, &error) ? MSM_EXIT_OK : msm_command_failed (error);
  if (!prepare (&bench, params, &error))
    return msm_command_failed (error);
  printf (_("%s (%s), %d × %d, %d coils, least of %d\n"), msm_device_name (bench.device),
          msm_device_description (bench.device), (int) bench.size, (int) bench.size,
          msm_params_get_int (params, "coils"), msm_params_get_int (params, "repeats"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    printf ("%-44s %9.3f ms\n", _(rows[i].name),
            measure_ms (&bench, rows[i].function, msm_params_get_int (params, "repeats")));
  if (!msm_device_check (bench.device, &error))
    return msm_command_failed (error);
  return MSM_EXIT_OK;
}

const MsmCommand msm_command_bench = {
  "bench",
  "[flags]",
  N_("Time the operations that reconstructions are made of, or a network"),
  N_("With --network: the convolutions, forward, backward and training step of a network with random weights,\n"
      "and the peak memory of this process. GFLOP/s count the multiplications of the definition, so\n"
      "that an algorithm with fewer of them can exceed the floor, the rate of a large direct convolution."),
  run,
};
