#include "config.h"

/* Every classical method on every operator, on colour and on complex images. */

#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/linop/operator.h"
#include "core/method/method.h"
#include "core/sampler/sampler.h"

#define SIDE 32

/* A smooth ground with two squares, other colours in each channel; complex images get a phase. */
static MsmTensor *
make_image (MsmDtype dtype, gsize n_channels)
{
  MsmTensor *image = msm_tensor_new (msm_device_host (), dtype, msm_shape4 (1, n_channels, SIDE, SIDE), NULL);
  float *to = msm_tensor_host (image);

  for (gsize c = 0; c < n_channels; c++)
    for (gsize i = 0; i < SIDE; i++)
      for (gsize j = 0; j < SIDE; j++)
        {
          double v = 0.2 + 0.1 * c + 0.3 * (i > 8 && i < 20 && j > 6 && j < 16) + 0.2 * (i > 14 && j > 18);

          *to++ = (float) v;
          if (dtype == MSM_C64)
            *to++ = (float) (0.3 * v);
        }
  return image;
}

static MsmProblem *
make_problem (const MsmOperatorClass *klass, MsmTensor *image)
{
  MsmProblem *self = g_new0 (MsmProblem, 1);
  g_autoptr (MsmParams) params = msm_params_new (klass->params);
  g_autoptr (GError) error = NULL;

  self->device = msm_device_ref (msm_device_host ());
  self->kind = msm_tensor_dtype (image) == MSM_C64 ? MSM_MEASURE_MRI : MSM_MEASURE_IMAGE;
  self->n_channels = msm_tensor_dim (image, 1);
  self->scale = 1;
  self->operator_name = g_strdup (klass->name);
  self->op = msm_operator_new (klass, self->device, msm_tensor_dtype (image), msm_tensor_shape (image), params, &error);
  g_assert_no_error (error);
  self->y = msm_operator_measure (klass, self->op, image, 1, params, &error);
  g_assert_no_error (error);
  return self;
}

/* NRMSE of the method with its defaults. */
static double
run (const MsmSamplerClass *method, const MsmOperatorClass *klass, MsmTensor *image)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsmSampler) sampler = msm_sampler_new (method, make_problem (klass, image), NULL, &error);
  MsmSamplerOutput outputs[MSM_SAMPLER_MAX_OUTPUTS];
  MsmStepInfo info;
  double difference = 0, norm = 0;

  g_assert_no_error (error);
  while (msm_sampler_step (sampler, &info))
    ;
  g_assert_true (isfinite (info.residual));
  g_assert_cmpuint (msm_sampler_get_outputs (sampler, outputs), ==, 3);
  g_assert_cmpstr (outputs[2].name, ==, "residual");
  g_assert_true (msm_shape_equal (msm_tensor_shape (outputs[0].tensor), msm_tensor_shape (image)));
  for (gsize i = 0; i < msm_tensor_bytes (image) / sizeof (float); i++)
    {
      double want = msm_tensor_const_host (image)[i], is = msm_tensor_const_host (outputs[0].tensor)[i];

      difference += (is - want) * (is - want);
      norm += want * want;
    }
  return sqrt (difference / norm);
}

typedef struct
{
  const char *name;
  double tv; /* NRMSE of total variation at most this part of what the pseudo-inverse leaves */
} Row;

/*
 * Measured, the larger of colour and complex: 0.41, 0.14, 0.65, 0.75, 0.69, 0.04 and 0.99. Colour cannot come
 * back from grey without a prior that knows colours.
 */
static const Row rows[] = {
  { "inpaint-box", 0.5 }, { "inpaint-random", 0.2 },     { "super-resolution", 0.8 }, { "blur", 0.85 },
  { "motion-blur", 0.8 }, { "random-projection", 0.06 }, { "colourise", 1.05 },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  const MsmOperatorClass *klass = msm_operator_class_find (row->name, NULL);
  const MsmSamplerClass *zero_filled = msm_sampler_class_find ("zero-filled", NULL);
  const char *const methods[] = { "cg-sense", "l1-wavelet", "tv" };

  for (int kind = 0; kind < 2; kind++)
    {
      gboolean three = kind == 0 || strcmp (row->name, "colourise") == 0;
      g_autoptr (MsmTensor) image = make_image (kind == 0 ? MSM_F32 : MSM_C64, three ? 3 : 1);
      double plain = run (zero_filled, klass, image), error = 0;

      for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
        {
          error = run (msm_sampler_class_find (methods[i], NULL), klass, image);
          g_test_message ("%s %s %s: %.4f, pseudo-inverse %.4f", row->name, kind == 0 ? "colour" : "mr", methods[i],
                          error, plain);
          g_assert_cmpfloat (error, <, 1);
        }
      g_assert_cmpfloat (error, <, row->tv * plain); /* the last one: total variation */
    }
}

static void
test_rss (void)
{
  const MsmOperatorClass *klass = msm_operator_class_find ("blur", NULL);
  g_autoptr (MsmTensor) image = make_image (MSM_C64, 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_sampler_new (msm_sampler_class_find ("rss", NULL), make_problem (klass, image), NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "k-space"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  msm_device_set_threads (1); /* images are small: a team of threads costs more than it saves */
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/baseline/operator/%s", rows[i].name);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/baseline/operator/rss", test_rss);
  return g_test_run ();
}
