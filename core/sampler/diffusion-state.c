#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"
#include "core/sampler/sampler-diffusion.h"
#include "core/tensor/tensor-math.h"

/*
 * What the steps to come depend on: z_t, ẑ, the index k, and how many partial masks have been drawn. Noise and masks
 * are functions of (seed, step or number of the draw); a rule of second order also has ẑ of the step before. So a
 * branch with nothing changed repeats its parent, and one with another seed has new noise and masks from here on.
 */
typedef struct
{
  char magic[8];
  gint32 k, n_steps;
  guint32 n_drawn;
  guint32 n_batch;
  double sigma_start;
  double scale;     /* of the problem: z and ẑ are in its units */
  guint64 n_floats; /* of z, and of ẑ */
} State;

static const char magic[8] = "msmstate";

GBytes *
msm_diffusion_save (MsmSampler *sampler, MsmTensor **parts, gsize *n_parts)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;
  MsmDiffusionStep *step = self->step;
  State state = { .k = self->k,
                  .n_steps = step->schedule.n_steps,
                  .n_batch = (guint32) self->n_batch,
                  .sigma_start = step->schedule.sigma_start,
                  .scale = sampler->problem->scale };

  /* Later rounds also need the samples of the earlier ones; after the last step there is nothing to come. */
  if (self->round > 0 || self->k < 0)
    return NULL;
  memcpy (state.magic, magic, sizeof magic);
  state.n_drawn = step->klass->get_n_drawn != NULL ? step->klass->get_n_drawn (step) : 0;
  state.n_floats = msm_tensor_floats (step->z);
  parts[0] = step->z;
  parts[1] = step->z_hat;
  *n_parts = 2;
  if (step->last != NULL && step->last_k == self->k + 1)
    parts[(*n_parts)++] = step->last;
  return g_bytes_new (&state, sizeof state);
}

double
msm_diffusion_state_scale (GBytes *saved)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (saved, &size);
  State state;

  if (size < sizeof state || memcmp (data, magic, sizeof magic) != 0)
    return 0;
  memcpy (&state, data, sizeof state);
  return state.scale;
}

gboolean
msm_diffusion_restore (MsmSampler *sampler, GBytes *saved, GError **error)
{
  MsmDiffusion *self = (MsmDiffusion *) sampler;
  MsmDiffusionStep *step = self->step;
  gsize size, bytes = msm_tensor_floats (step->z) * sizeof (float);
  const guint8 *data = g_bytes_get_data (saved, &size);
  State state;

  if (size < sizeof state || memcmp (data, magic, sizeof magic) != 0)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, _("not the state of a diffusion sampler"));
      return FALSE;
    }
  memcpy (&state, data, sizeof state);
  if (state.n_steps != step->schedule.n_steps || state.sigma_start != step->schedule.sigma_start
      || state.n_batch != self->n_batch || (size != sizeof state + 2 * bytes && size != sizeof state + 3 * bytes)
      || state.k < 0 || state.k >= state.n_steps)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("a branch keeps the image's size, the prior's channels, and the steps, their spacing and the "
                      "samples of its parent: %d steps, batches of %u; found %d, %zu"),
                   state.n_steps, state.n_batch, step->schedule.n_steps, self->n_batch);
      return FALSE;
    }
  if (state.scale != sampler->problem->scale)
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("a branch keeps the scale of its parent's image: %g, found %g"), state.scale,
                   sampler->problem->scale);
      return FALSE;
    }
  msm_tensor_upload (step->z, data + sizeof state);
  msm_tensor_upload (step->z_hat, data + sizeof state + bytes);
  step->last_k = -1;
  if (step->last != NULL && size == sizeof state + 3 * bytes)
    {
      msm_tensor_upload (step->last, data + sizeof state + 2 * bytes);
      step->last_k = state.k + 1;
    }
  if (step->klass->draw_again != NULL)
    step->klass->draw_again (step, state.n_drawn);
  self->k = state.k;
  return TRUE;
}
