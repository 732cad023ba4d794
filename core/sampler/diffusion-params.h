#pragma once

#include "core/base/param.h"
#include "core/mask/mask-cover.h"
#include "core/sampler/update.h"

G_BEGIN_DECLS

/*
 * Rows that the tables of diffusion methods share, and the choices among them. Each row is read by the step that
 * declares it (MsmDiffusionStepClass), or by msm_diffusion_prepare(): prior, samples, batch.
 */
typedef enum
{
  MSM_DIFFUSION_SPACING_UNIFORM,
  MSM_DIFFUSION_SPACING_LOG
} MsmDiffusionSpacing;

extern const char *const msm_diffusion_spacings[];
extern const char *const msm_diffusion_likelihoods[];
extern const char *const msm_diffusion_lik_schedules[];
extern const char *const msm_diffusion_lik_places[];
extern const char *const msm_diffusion_renoise[];

#define MSM_DIFFUSION_PARAM_ETA                                                                                        \
  {                                                                                                                    \
    "ddim-eta", MSM_PARAM_FLOAT, .min = 0, .max = 1, .def = 1, .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,           \
                                 .help = N_("Part of every step's noise that is new"), .title = N_("New noise η")    \
  }

/* The same where the sampler can choose. */
#define MSM_DIFFUSION_PARAM_OPEN_ETA                                                                                   \
  {                                                                                                                    \
    "ddim-eta", MSM_PARAM_FLOAT,                                                                                       \
        .min = 0, .max = 1, .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                             \
        .help = N_("Part of every step's noise that is new; auto is 0.85, and beside a proximal step what keeps "     \
                    "(σ falls by this factor)⁵ of the old noise"),                                                     \
        .title = N_("New noise η")                                                                                    \
  }

#define MSM_DIFFUSION_PARAMS_FIRST(steps, partials)                                                                    \
  { "prior",                                                                                                           \
    MSM_PARAM_TEXT,                                                                                                    \
    .flags = MSM_PARAM_PATH | MSM_PARAM_SHIPPED,                                                                       \
    .help = N_("Prior: the name of a shipped one, a weight file, or a closed form (.h5)"),                            \
    .role = MSM_ROLE_PRIOR,                                                                                            \
    .title = N_("Prior") },                                                                                           \
      { "steps",                                                                                                       \
        MSM_PARAM_INT,                                                                                                 \
        .min = 1,                                                                                                      \
        .max = 1000,                                                                                                   \
        .def = (steps),                                                                                                \
        .help = N_("Diffusion steps K; divides 1000 where they are uniform"),                                         \
        .role = MSM_ROLE_STEPS,                                                                                        \
        .title = N_("Quality: steps K") },                                                                            \
  {                                                                                                                    \
    "partials", MSM_PARAM_INT, .min = 1, .max = 64, .def = (partials), .flags = MSM_PARAM_ADVANCED | MSM_PARAM_LIVE,   \
                               .help = N_("Random partial masks w of each step"), .title = N_("Masks per step w")    \
  }

#define MSM_DIFFUSION_PARAM_UPDATE                                                                                     \
  {                                                                                                                    \
    N_("update"), MSM_PARAM_CHOICE, .choices = msm_update_names, .flags = MSM_PARAM_AUTO,                             \
                                     .help = N_("How a step moves: mixed and ddim, as the paper has it with and "     \
                                                 "without a measurement (auto), or exponential, of second order, "     \
                                                 "which keeps the spread of the samples with few steps"),              \
                                     .title = N_("Update of a step")                                                  \
  }

#define MSM_DIFFUSION_PARAMS_SPACING                                                                                   \
  { "spacing",                                                                                                         \
    MSM_PARAM_CHOICE,                                                                                                  \
    .choices = msm_diffusion_spacings,                                                                                 \
    .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                      \
    .help = N_("Noise levels of the steps: uniform in time, as the paper has it, or log, equally spaced in log σ; "  \
                "auto is log beside a proximal step, except for sampled k-space with a prior that has no "             \
                "spectrum"),                                                                                           \
    .title = N_("Noise levels") },                                                                                    \
  {                                                                                                                    \
    "sigma-start", MSM_PARAM_FLOAT,                                                                                    \
        .min = 0.02, .max = 157, .flags = MSM_PARAM_ADVANCED | MSM_PARAM_LOG | MSM_PARAM_AUTO,                         \
        .help = N_("First noise level of the log spacing beside a proximal step: sampling begins with what the data " \
                    "say, and this noise; auto is 0.5, and 3 for other operators"),                                    \
        .title = N_("First noise level σ")                                                                            \
  }

#define MSM_DIFFUSION_PARAMS_MASKS                                                                                     \
  { "masks",                                                                                                           \
    MSM_PARAM_CHOICE,                                                                                                  \
    .choices = msm_mask_cover_names,                                                                                   \
    .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                      \
    .help = N_("Pattern of the partial masks; auto is what the prior was trained with, else boxes for pictures and "  \
                "random lines for MRI"),                                                                               \
    .title = N_("Mask pattern") },                                                                                    \
      { "masks-accel",                                                                                                 \
        MSM_PARAM_FLOAT,                                                                                               \
        .min = 1,                                                                                                      \
        .max = 64,                                                                                                     \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help = N_("Nominal acceleration of the partial masks (lines); auto is the training's, else 4; for sampled "  \
                    "k-space, the proximal step and a prior with a spectrum 2"),                                       \
        .title = N_("Mask acceleration") },                                                                           \
      { "masks-acs",                                                                                                   \
        MSM_PARAM_INT,                                                                                                 \
        .min = 0,                                                                                                      \
        .max = 8192,                                                                                                   \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help = N_("Centre lines that every partial mask has; auto is the training's part of k-space, else 20, but "  \
                    "at most a sixth of all"),                                                                         \
        .title = N_("Mask calibration lines") },                                                                      \
      { "masks-grid",                                                                                                  \
        MSM_PARAM_INT,                                                                                                 \
        .min = 1,                                                                                                      \
        .max = 64,                                                                                                     \
        .def = 4,                                                                                                      \
        .flags = MSM_PARAM_ADVANCED,                                                                                   \
        .help = N_("Cells along each side (box)"),                                                                    \
        .title = N_("Mask cells per side") },                                                                         \
      { "masks-fraction",                                                                                              \
        MSM_PARAM_FLOAT,                                                                                               \
        .min = 0,                                                                                                      \
        .max = 0.95,                                                                                                   \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help = N_("Dropped part of the cells or pixels (box, pixels); auto is the training's, else 0.4"),            \
        .title = N_("Mask dropped part") },                                                                           \
  {                                                                                                                    \
    "shared-masks", MSM_PARAM_BOOL, .flags = MSM_PARAM_ADVANCED,                                                       \
                                    .help = N_("All samples use the same sequence of partial masks"),                 \
                                    .title = N_("Samples share masks")                                                \
  }

#define MSM_DIFFUSION_PARAMS_LAST                                                                                      \
  { "renoise",                                                                                                         \
    MSM_PARAM_CHOICE,                                                                                                  \
    .choices = msm_diffusion_renoise,                                                                                  \
    .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,                                                                      \
    .help = N_("The noise that stays when a mask's result is put back: the measurement's own, or that of the image, " \
                "as the paper has it, of which several coils lose a part each time"),                                  \
    .title = N_("Noise put back") },                                                                                  \
      { "clip-denoised", MSM_PARAM_BOOL, .flags = MSM_PARAM_ADVANCED,                                                  \
        .help = N_("Keep the network's images in [−1, 1], as the paper's program does"),                              \
        .title = N_("Keep images in [−1, 1]") },                                                                      \
      { "samples",                                                                                                     \
        MSM_PARAM_INT,                                                                                                 \
        .min = 1,                                                                                                      \
        .max = 100000,                                                                                                 \
        .def = 1,                                                                                                      \
        .help = N_("Samples; the estimate is their mean"),                                                            \
        .title = N_("Samples") },                                                                                     \
      { "batch",                                                                                                       \
        MSM_PARAM_INT,                                                                                                 \
        .min = 1,                                                                                                      \
        .max = 100000,                                                                                                 \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help = N_("Samples computed at once"),                                                                       \
        .title = N_("Samples at once") },                                                                             \
  {                                                                                                                    \
    "seed", MSM_PARAM_INT, .min = 0, .max = G_MAXINT, .def = 1,                                                        \
                           .help = N_("Seed of noise and masks: the same number gives the same pixels"),              \
                           .role = MSM_ROLE_SEED, .title = N_("Seed")                                                 \
  }

#define MSM_DIFFUSION_PARAMS_LIKELIHOOD                                                                                \
  { "lik-step",                                                                                                        \
    MSM_PARAM_FLOAT,                                                                                                   \
    .min = 0,                                                                                                          \
    .max = 1e4,                                                                                                        \
    .def = 2,                                                                                                          \
    .flags = MSM_PARAM_LIVE,                                                                                           \
    .help = N_("Likelihood step λ, in units of 1/‖HᵀH‖ (gradient, pseudo-inverse)"),                                  \
    .title = N_("Data weight λ") },                                                                                   \
      { "likelihood",                                                                                                  \
        MSM_PARAM_CHOICE,                                                                                              \
        .choices = msm_diffusion_likelihoods,                                                                          \
        .flags = MSM_PARAM_ADVANCED | MSM_PARAM_AUTO,                                                                  \
        .help =                                                                                                        \
            N_("How the measurement is used: gradient, a pseudo-inverse, a proximal step by CG; auto is proximal"),   \
        .title = N_("How data are used") },                                                                           \
      { "lik-schedule",                                                                                                \
        MSM_PARAM_CHOICE,                                                                                              \
        .choices = msm_diffusion_lik_schedules,                                                                        \
        .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,                                                                  \
        .help = N_("How λ changes: constant, λ √(1 − ᾱ), or λ √ᾱ"),                                                   \
        .title = N_("Course of λ") },                                                                                 \
      { "lik-place",                                                                                                   \
        MSM_PARAM_CHOICE,                                                                                              \
        .choices = msm_diffusion_lik_places,                                                                           \
        .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,                                                                  \
        .help =                                                                                                        \
            N_("Where sampled k-space acts by gradient: in every mask, or on the estimate of them all, as in the "    \
                "paper's algorithm"),                                                                                  \
        .title = N_("Where data act") },                                                                              \
      { "prox-weight",                                                                                                 \
        MSM_PARAM_FLOAT,                                                                                               \
        .min = 0,                                                                                                      \
        .max = 1e6,                                                                                                    \
        .def = 0.1,                                                                                                    \
        .flags = MSM_PARAM_LIVE | MSM_PARAM_LOG,                                                                       \
        .help = N_("Weight of the estimate against the data (proximal)"),                                             \
        .title = N_("Prior against data") },                                                                          \
  {                                                                                                                    \
    "prox-iterations", MSM_PARAM_INT, .min = 1, .max = 200, .def = 10, .flags = MSM_PARAM_LIVE | MSM_PARAM_ADVANCED,   \
                                      .help = N_("CG iterations (proximal)"), .title = N_("Inner iterations")        \
  }

G_END_DECLS
