#include "config.h"

#include "app/commands/bench-network.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "app/commands/device-flags.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/device/cpu-neural-dnnl.h"
#include "core/device/device.h"
#include "core/nn/adam.h"
#include "core/nn/unet-init.h"
#include "core/nn/unet.h"
#include "core/tensor/vector.h"

/* No measurement goes on for longer than this once it has repeated. */
#define ENOUGH_US 3000000

/* The convolution whose rate is the floor: large enough that nothing but its multiplications counts. */
static const MsmConvShape floor_shape = { 1, 64, 64, 256, 256, 3, 1 };
/* A GPU needs more to be busy. */
static const MsmConvShape floor_shape_gpu = { 32, 64, 64, 256, 256, 3, 1 };

static const struct
{
  const char *name;
  const char *json;
} named[] = {
  /* The reference's network for 128 × 128 colour images. */
  { "reference-128", "{\"image_size\": 128, \"in_channels\": 3, \"out_channels\": 3, \"num_channels\": 128, "
                     "\"num_res_blocks\": 2, \"channel_mult\": \"1,1,2,3,4\", \"attention_resolutions\": \"32,16,8\", "
                     "\"num_head_channels\": 64, \"use_scale_shift_norm\": true, \"resblock_updown\": true}" },
  /* The reference's network for 256 × 256 MR images; with v-prediction, so that a network that has learnt
     nothing can be sampled from. */
  { "reference-256",
    "{\"image_size\": 256, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 128, "
    "\"num_res_blocks\": 2, \"channel_mult\": \"1,1,2,2,4,4\", \"attention_resolutions\": \"32,16,8\", "
    "\"num_head_channels\": 64, \"use_scale_shift_norm\": true, \"resblock_updown\": true, "
    "\"prediction\": \"v\"}" },
  { "small-128", "{\"image_size\": 128, \"in_channels\": 2, \"out_channels\": 2, \"num_channels\": 32, "
                 "\"num_res_blocks\": 1, \"channel_mult\": \"1,2,2,4\", \"attention_resolutions\": \"16\", "
                 "\"num_head_channels\": 32, \"use_scale_shift_norm\": true, \"resblock_updown\": true, "
                 "\"norm_groups\": 8}" },
};

typedef struct
{
  double wall; /* ms, the least of all repetitions */
  double cpu;  /* ms of all threads together */
} Time;

typedef struct
{
  MsmDevice *device;
  MsmUnetConfig config;
  MsmUnet *unet;
  MsmAdam *adam;
  MsmTensor *x, *y;
  double *timestep;
  gsize batch;
  int repeats;
  gboolean again; /* after another precision, whose peak of memory was perhaps the larger one */
  /* of the convolution at hand */
  MsmConvShape shape;
  MsmConvPlan *plan;
  MsmDnnlConv *direct;
  MsmTensor *conv_x, *conv_y, *conv_w, *conv_b, *conv_dw, *conv_db;
} Bench;

static void
conv_clear (Bench *self)
{
  if (self->plan != NULL)
    msm_device_ops (self->device)->neural->conv_plan_free (msm_device_state (self->device), self->plan);
  self->plan = NULL;
  g_clear_pointer (&self->direct, msm_dnnl_conv_free);
  g_clear_pointer (&self->conv_x, msm_tensor_unref);
  g_clear_pointer (&self->conv_y, msm_tensor_unref);
  g_clear_pointer (&self->conv_w, msm_tensor_unref);
  g_clear_pointer (&self->conv_b, msm_tensor_unref);
  g_clear_pointer (&self->conv_dw, msm_tensor_unref);
  g_clear_pointer (&self->conv_db, msm_tensor_unref);
}

static void
network_clear (Bench *self)
{
  g_clear_pointer (&self->adam, msm_adam_free);
  g_clear_pointer (&self->unet, msm_unet_free);
  g_clear_pointer (&self->x, msm_tensor_unref);
  g_clear_pointer (&self->y, msm_tensor_unref);
}

static void
bench_clear (Bench *self)
{
  if (self->device != NULL)
    conv_clear (self);
  network_clear (self);
  g_clear_pointer (&self->timestep, g_free);
  g_clear_pointer (&self->device, msm_device_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static double
cpu_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static double
peak_mb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024.0;
}

/*
 * What a rate is taken from: on a shared machine the CPU time of a thread, without the waiting for others,
 * is the better clock; waiting threads that spin make the wall clock the better one.
 */
static double
busy_ms (const Bench *self, Time t)
{
  return msm_device_ops (self->device)->is_host ? MIN (t.wall, t.cpu / msm_device_get_threads ()) : t.wall;
}

static Time
measure (Bench *self, void (*function) (Bench *))
{
  Time least = { G_MAXDOUBLE, G_MAXDOUBLE };
  gint64 begin = g_get_monotonic_time ();

  for (int i = 0; i <= self->repeats; i++)
    {
      gint64 start = g_get_monotonic_time ();
      double cpu = cpu_ms ();

      function (self);
      msm_device_synchronise (self->device);
      if (i == 0) /* it warms up */
        continue;
      least.wall = MIN (least.wall, (g_get_monotonic_time () - start) / 1000.0);
      least.cpu = MIN (least.cpu, cpu_ms () - cpu);
      if (g_get_monotonic_time () - begin > ENOUGH_US)
        break;
    }
  return least;
}

static void
run_forward (Bench *self)
{
  msm_unet_forward (self->unet, self->y, self->x, self->timestep);
}

static void
run_both (Bench *self)
{
  msm_unet_forward (self->unet, self->y, self->x, self->timestep);
  msm_unet_backward (self->unet, NULL, self->y);
}

/* A step that learns nothing, so that the values stay in range however often it repeats. */
static void
run_step (Bench *self)
{
  msm_weights_zero_gradients (msm_unet_weights (self->unet));
  run_both (self);
  msm_adam_step (self->adam, 0.0, 1.0, 0.0, NULL);
}

static void
run_conv_forward (Bench *self)
{
  msm_device_ops (self->device)
      ->neural->conv_forward (msm_device_state (self->device), self->plan, msm_tensor_data (self->conv_y),
                              msm_tensor_const_data (self->conv_x), msm_tensor_const_data (self->conv_w),
                              msm_tensor_const_data (self->conv_b), 0);
}

static void
run_conv_data (Bench *self)
{
  msm_device_ops (self->device)
      ->neural->conv_backward_data (msm_device_state (self->device), self->plan, msm_tensor_data (self->conv_x),
                                    msm_tensor_const_data (self->conv_y), msm_tensor_const_data (self->conv_w), 0);
}

static void
run_conv_weights (Bench *self)
{
  msm_device_ops (self->device)
      ->neural->conv_backward_weights (msm_device_state (self->device), self->plan, msm_tensor_data (self->conv_dw),
                                       msm_tensor_data (self->conv_db), msm_tensor_const_data (self->conv_x),
                                       msm_tensor_const_data (self->conv_y));
}

static void
run_direct (Bench *self)
{
  msm_dnnl_conv_forward (self->direct, msm_device_state (self->device), msm_tensor_data (self->conv_y),
                         msm_tensor_const_data (self->conv_x), msm_tensor_const_data (self->conv_w),
                         msm_tensor_const_data (self->conv_b), FALSE);
}

/* Two for each multiplication of the definition, whatever the algorithm. */
static double
conv_flop (const MsmConvShape *s)
{
  return 2.0 * s->n * ((s->h - 1) / s->stride + 1) * ((s->w - 1) / s->stride + 1) * s->kernel * s->kernel * s->c_in
         * s->c_out;
}

static MsmTensor *
noise (Bench *self, MsmShape shape, float scale, GError **error)
{
  MsmTensor *tensor = msm_tensor_new (self->device, MSM_F32, shape, error);

  if (tensor == NULL)
    return NULL;
  msm_vector_random_normal (self->device, msm_tensor_data (tensor), msm_tensor_size (tensor), 1, 0, 0, 0);
  msm_vector_scale (self->device, msm_tensor_data (tensor), scale, msm_tensor_const_data (tensor),
                    msm_tensor_size (tensor));
  return tensor;
}

static gboolean
conv_prepare (Bench *self, const MsmConvShape *s, GError **error)
{
  conv_clear (self);
  self->shape = *s;
  self->conv_x = noise (self, msm_shape4 (s->n, s->h, s->w, s->c_in), 1.0f, error);
  self->conv_y = self->conv_x == NULL
                     ? NULL
                     : noise (self, msm_shape4 (s->n, (s->h - 1) / s->stride + 1, (s->w - 1) / s->stride + 1, s->c_out),
                              1.0f, error);
  self->conv_w =
      self->conv_y == NULL ? NULL : noise (self, msm_shape4 (s->c_out, s->c_in, s->kernel, s->kernel), 0.03f, error);
  self->conv_b = self->conv_w == NULL ? NULL : noise (self, msm_shape1 (s->c_out), 1.0f, error);
  self->conv_dw = self->conv_b == NULL ? NULL : msm_tensor_new_like (self->conv_w, error);
  self->conv_db = self->conv_dw == NULL ? NULL : msm_tensor_new_like (self->conv_b, error);
  if (self->conv_db == NULL)
    return FALSE;
  self->plan = msm_device_ops (self->device)->neural->conv_plan_new (msm_device_state (self->device), s, TRUE);
  if (self->plan == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_DEVICE, _("the device cannot do the convolution"));
      return FALSE;
    }
  return TRUE;
}

/* GFLOP/s of the large convolution in the device's precision; on the CPU computed directly, as the definition says. */
static gboolean
measure_floor (Bench *self, double *rate, GError **error)
{
  const gboolean is_host = msm_device_is_host (self->device);
  const MsmConvShape *shape = is_host ? &floor_shape : &floor_shape_gpu;
  const gboolean is_bf16 = g_str_equal (msm_device_precision (self->device), "bf16");

  if (!conv_prepare (self, shape, error))
    return FALSE;
  if (is_host)
    self->direct = msm_dnnl_conv_new (shape, is_bf16 ? MSM_PRECISION_BF16 : MSM_PRECISION_F32, MSM_DNNL_FORWARD);
  *rate =
      conv_flop (shape) / 1e6 / busy_ms (self, measure (self, self->direct != NULL ? run_direct : run_conv_forward));
  conv_clear (self);
  return msm_device_check (self->device, error);
}

static gboolean
read_config (MsmUnetConfig *config, const char *network, GError **error)
{
  g_autoptr (MsmSafetensors) weights = NULL;
  g_autofree char *json = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    if (g_str_equal (named[i].name, network))
      return msm_unet_config_parse (config, network, named[i].json, error);
  if (!g_str_has_suffix (network, ".safetensors"))
    {
      g_autoptr (GError) cause = NULL;

      if (g_file_get_contents (network, &json, NULL, &cause))
        return msm_unet_config_parse (config, network, json, error);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FILE,
                   _("%s: neither reference-128, reference-256, small-128, nor a file that can be read: %s"), network,
                   cause->message);
      return FALSE;
    }
  weights = msm_safetensors_open (network, error);
  if (weights == NULL)
    return FALSE;
  if (msm_safetensors_metadata (weights, "msm.config") == NULL)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: its metadata have no ‘msm.config’"), network);
      return FALSE;
    }
  return msm_unet_config_parse (config, network, msm_safetensors_metadata (weights, "msm.config"), error);
}

static gboolean
network_prepare (Bench *self, gboolean training, GError **error)
{
  const MsmUnetConfig *c = &self->config;
  const gsize side = (gsize) c->image_size;
  const MsmAdamParams adam = { .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8 };
  MsmTensor *values;

  network_clear (self);
  self->unet = msm_unet_new (self->device, c, training, error);
  if (self->unet == NULL)
    return FALSE;
  values = msm_weights_values (msm_unet_weights (self->unet));
  msm_vector_random_normal (self->device, msm_tensor_data (values), msm_tensor_size (values), 2, 0, 0, 0);
  msm_vector_scale (self->device, msm_tensor_data (values), 0.03f, msm_tensor_const_data (values),
                    msm_tensor_size (values));
  self->x = noise (self, msm_shape4 (self->batch, side, side, (gsize) c->in_channels), 1.0f, error);
  if (self->x == NULL)
    return FALSE;
  self->y =
      msm_tensor_new (self->device, MSM_F32, msm_shape4 (self->batch, side, side, (gsize) c->out_channels), error);
  if (self->y == NULL)
    return FALSE;
  if (training)
    {
      self->adam = msm_adam_new (msm_unet_weights (self->unet), &adam, error);
      if (self->adam == NULL)
        return FALSE;
    }
  return msm_unet_plan (self->unet, self->batch, side, side, training, error);
}

typedef struct
{
  Time forward, both, step;
  double forward_mb, step_mb;
  double flop; /* of the forward's convolutions */
  double floor;
  gsize parameters;
} Results;

static gboolean
measure_network (Bench *self, Results *r, GArray **shapes, GError **error)
{
  if (!network_prepare (self, FALSE, error))
    return FALSE;
  r->parameters = msm_weights_n_parameters (msm_unet_weights (self->unet));
  r->forward = measure (self, run_forward);
  r->forward_mb = self->again ? 0 : peak_mb ();
  if (!network_prepare (self, TRUE, error))
    return FALSE;
  r->step = measure (self, run_step);
  r->step_mb = self->again ? 0 : peak_mb ();
  r->both = measure (self, run_both);
  *shapes = msm_unet_conv_shapes (self->unet);
  for (guint i = 0; i < (*shapes)->len; i++)
    r->flop += conv_flop (&g_array_index (*shapes, MsmConvShape, i));
  network_clear (self);
  return msm_device_check (self->device, error);
}

/* How many of @shapes are as the @i-th, 0 when an earlier one is. */
static guint
multiplicity (const GArray *shapes, guint i)
{
  const MsmConvShape *s = &g_array_index (shapes, MsmConvShape, i);
  guint n = 0;

  for (guint j = 0; j < shapes->len; j++)
    if (memcmp (s, &g_array_index (shapes, MsmConvShape, j), sizeof *s) == 0)
      {
        if (j < i)
          return 0;
        n++;
      }
  return n;
}

static void
add_conv (JsonBuilder *json, const MsmConvShape *s, guint count, const double speed[3])
{
  json_builder_begin_object (json);
  msm_json_int (json, "n", (gint64) s->n);
  msm_json_int (json, "h", (gint64) s->h);
  msm_json_int (json, "w", (gint64) s->w);
  msm_json_int (json, "c_in", (gint64) s->c_in);
  msm_json_int (json, "c_out", (gint64) s->c_out);
  msm_json_int (json, "kernel", (gint64) s->kernel);
  msm_json_int (json, "stride", (gint64) s->stride);
  msm_json_int (json, "count", count);
  msm_json_real (json, "forward_gflops", speed[0]);
  msm_json_real (json, "data_gflops", speed[1]);
  msm_json_real (json, "weights_gflops", speed[2]);
  json_builder_end_object (json);
}

/*
 * One row for each shape, into the array that is open in @json where there is one; GFLOP/s by the definition's count,
 * so that fewer multiplications read as faster.
 */
static gboolean
print_convs (Bench *self, const GArray *shapes, double rate, JsonBuilder *json, GError **error)
{
  if (json == NULL)
    printf (_("\nConvolutions, GFLOP/s (%% of the floor)\n%-34s %4s %17s %17s %17s\n"), "", "×", _("forward"),
            _("to the input"), _("to the weights"));
  for (guint i = 0; i < shapes->len; i++)
    {
      const MsmConvShape *s = &g_array_index (shapes, MsmConvShape, i);
      guint n = multiplicity (shapes, i);
      double gflop = conv_flop (s) / 1e6;
      double speed[3];

      if (n == 0)
        continue;
      if (!conv_prepare (self, s, error))
        return FALSE;
      speed[0] = gflop / busy_ms (self, measure (self, run_conv_forward));
      speed[1] = gflop / busy_ms (self, measure (self, run_conv_data));
      speed[2] = gflop / busy_ms (self, measure (self, run_conv_weights));
      if (json != NULL)
        add_conv (json, s, n, speed);
      else
        {
          g_autofree char *name =
              g_strdup_printf ("%d×%d%s %4d to %4d, %d × %d", (int) s->kernel, (int) s->kernel,
                               s->stride == 2 ? "/2" : "", (int) s->c_in, (int) s->c_out, (int) s->h, (int) s->w);

          printf ("%-34s %4u %8.1f (%4.0f %%) %8.1f (%4.0f %%) %8.1f (%4.0f %%)\n", name, n, speed[0],
                  100 * speed[0] / rate, speed[1], 100 * speed[1] / rate, speed[2], 100 * speed[2] / rate);
        }
    }
  conv_clear (self);
  return msm_device_check (self->device, error);
}

static void
print_time (const Bench *self, const char *what, Time t, double flop, const Results *r, double mb)
{
  const double rate = flop / 1e6 / busy_ms (self, t);

  printf ("%-34s %9.1f ms %9.1f ms CPU %7.1f GFLOP/s (%3.0f %%)", what, t.wall, t.cpu, rate, 100 * rate / r->floor);
  if (mb > 0)
    printf (_(", peak memory %.0f MB"), mb);
  printf ("\n");
}

static void
add_time (JsonBuilder *json, const char *what, Time t)
{
  g_autofree char *wall = g_strconcat (what, "_ms", NULL), *cpu = g_strconcat (what, "_cpu_ms", NULL);

  msm_json_real (json, wall, t.wall);
  msm_json_real (json, cpu, t.cpu);
}

static void
add_network (Bench *self, const char *network, const Results *r, JsonBuilder *json)
{
  g_autofree char *config = msm_unet_config_format (&self->config);

  json_builder_set_member_name (json, "config");
  json_builder_add_value (json, json_from_string (config, NULL));
  msm_json_text (json, "network", network);
  msm_json_text (json, "device", msm_device_name (self->device));
  msm_json_int (json, "threads", msm_device_get_threads ());
  msm_json_int (json, "batch", (gint64) self->batch);
  msm_json_int (json, "image_size", self->config.image_size);
  msm_json_int (json, "parameters", (gint64) r->parameters);
  msm_json_text (json, "precision", msm_device_precision (self->device));
  msm_json_real (json, "forward_gflop", r->flop / 1e9);
  msm_json_real (json, "floor_gflops", r->floor);
  add_time (json, "forward", r->forward);
  add_time (json, "forward_backward", r->both);
  add_time (json, "training_step", r->step);
  msm_json_real (json, "forward_peak_mb", r->forward_mb);
  msm_json_real (json, "training_peak_mb", r->step_mb);
}

static void
print_network (Bench *self, const char *network, const Results *r)
{
  /* Of each convolution: forward, to the input, to the weights. */
  const double training = 3 * r->flop;

  printf (_("%s on %s (%s): %zu parameters, %d × %d, batch %d, %s, least of up to %d\n"), network,
          msm_device_name (self->device), msm_device_description (self->device), r->parameters, self->config.image_size,
          self->config.image_size, (int) self->batch, msm_device_precision (self->device), self->repeats);
  printf (
      _("floor: a direct 3 × 3 convolution of 256 channels, %.1f GFLOP/s; %% are of it. Rates are by the least of\n"
         "wall clock and CPU time per thread\n"),
      r->floor);
  print_time (self, _("forward"), r->forward, r->flop, r, r->forward_mb);
  print_time (self, _("forward and backward"), r->both, training, r, 0);
  print_time (self, _("training step"), r->step, training, r, r->step_mb);
}

static gboolean
save_weights (Bench *self, const char *path, GError **error)
{
  g_autoptr (MsmUnet) unet = msm_unet_new (self->device, &self->config, FALSE, error);
  g_autofree char *json = msm_unet_config_format (&self->config);
  const char *const metadata[] = { "msm.config", json, NULL };

  return unet != NULL && msm_unet_init_weights (msm_unet_weights (unet), 1, error)
         && msm_weights_save (msm_unet_weights (unet), path, MSM_BF16, metadata, error);
}

/* All rows of the network in the precision that the device is set to. */
static gboolean
measure_and_print (Bench *self, MsmParams *params, GError **error)
{
  const char *network = msm_params_get_text (params, "network");
  gboolean with_shapes = !msm_params_get_bool (params, "no-shapes");
  g_autoptr (JsonBuilder) json = msm_params_get_bool (params, "json") ? json_builder_new () : NULL;
  g_autoptr (GArray) shapes = NULL;
  Results results = { 0 };

  if (!measure_network (self, &results, &shapes, error) || !measure_floor (self, &results.floor, error))
    return FALSE;
  if (json == NULL)
    {
      print_network (self, network, &results);
      return !with_shapes || print_convs (self, shapes, results.floor, NULL, error);
    }
  json_builder_begin_object (json);
  add_network (self, network, &results, json);
  json_builder_set_member_name (json, "convolutions");
  json_builder_begin_array (json);
  if (with_shapes && !print_convs (self, shapes, results.floor, json, error))
    return FALSE;
  json_builder_end_array (json);
  json_builder_end_object (json);
  msm_json_print (json, TRUE);
  return TRUE;
}

/* In float32 and in bfloat16, or why not in that. */
static gboolean
measure_both (Bench *self, MsmParams *params, GError **error)
{
  g_autoptr (GError) refused = NULL;

  if (!msm_device_set_precision (self->device, MSM_DEVICE_PRECISION_OF (MSM_PRECISION_F32), error)
      || !measure_and_print (self, params, error))
    return FALSE;
  self->again = TRUE;
  printf ("\n");
  if (msm_device_set_precision (self->device, MSM_DEVICE_PRECISION_OF (MSM_PRECISION_BF16), &refused))
    return measure_and_print (self, params, error);
  printf (_("bf16 is not available: %s\n"), refused->message);
  return TRUE;
}

gboolean
msm_bench_network (MsmParams *params, GError **error)
{
  const char *network = msm_params_get_text (params, "network");
  const char *save_to = msm_params_get_text (params, "save-weights");
  g_auto (Bench) bench = { NULL };

  bench.device = msm_device_from_flags (params, FALSE, error);
  if (bench.device == NULL || !read_config (&bench.config, network, error))
    return FALSE;
  if (save_to[0] != '\0')
    return save_weights (&bench, save_to, error);
  bench.batch = (gsize) msm_params_get_int (params, "batch");
  bench.repeats = msm_params_get_int (params, "repeats");
  bench.timestep = g_new0 (double, bench.batch);
  for (gsize i = 0; i < bench.batch; i++)
    bench.timestep[i] = 10.0 * (double) i;
  if (msm_params_get_choice (params, "precision") == MSM_DEVICE_PRECISION_AUTO && !msm_params_get_bool (params, "json")
      && msm_device_is_host (bench.device))
    return measure_both (&bench, params, error);
  return measure_and_print (&bench, params, error);
}
