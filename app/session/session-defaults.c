#include "config.h"

#include "app/session/session-private.h"

#include "app/session/prior.h"
#include "core/method/method.h"

/* What is chosen before anybody has: that the first click reconstructs something, in seconds on two cores. */

#define FIRST_METHOD "msm"
#define FIRST_STEPS  "20"
#define OTHERWISE    "cg-sense"

/* Of complex images: real and imaginary part. */
#define MRI_CHANNELS 2
#define MRI_SIZE     256

void
msm_session_suggest_prior (MsmSession *self)
{
  const MsmSamplerClass *const *methods = msm_session_get_methods ();
  gboolean is_picture = self->scan != NULL && self->scan->kind == MSM_SCAN_IMAGE && !msm_session_is_sampling (self);
  gsize size = self->scan != NULL ? MAX (self->scan->n_readout, self->scan->n_phase) : MRI_SIZE;
  g_autofree char *prior = msm_prior_suggest (is_picture ? (int) self->scan->n_channels : MRI_CHANNELS, size);

  if (prior == NULL)
    return;
  for (guint i = 0; methods[i] != NULL; i++)
    {
      MsmParams *params = msm_session_params_of (self, methods[i]->params);
      const char *chosen = msm_params_has (params, "prior") ? msm_params_get_text (params, "prior") : NULL;

      /* Not what somebody chose. */
      if (chosen != NULL && (chosen[0] == '\0' || g_strcmp0 (chosen, self->suggested) == 0))
        msm_params_set_text (params, "prior", prior, NULL);
    }
  if (g_strcmp0 (prior, self->suggested) == 0)
    return;
  g_free (self->suggested);
  self->suggested = g_steal_pointer (&prior);
  g_signal_emit (self, msm_session_signals[MSM_SESSION_METHOD_CHANGED], 0);
}

void
msm_session_choose_first (MsmSession *self)
{
  self->method = msm_sampler_class_find (FIRST_METHOD, NULL);
  msm_session_suggest_prior (self);
  if (self->suggested != NULL)
    msm_params_set_text (msm_session_get_method_params (self), "steps", FIRST_STEPS, NULL);
  else
    self->method = msm_sampler_class_find (OTHERWISE, NULL);
}
