#pragma once

#include <glib/gi18n-lib.h>

#include "core/base/param.h"
#include "core/device/device.h"

G_BEGIN_DECLS

/* Rows that the tables of several commands share. */

/* The rows of a command's table that say what it computes on. */
#define MSM_DEVICE_FLAGS                                                                                               \
  { "device", MSM_PARAM_TEXT, .def_text = "auto", .help = N_("auto, cpu, ref, cuda, cuda:1, …") },                    \
      { "precision", MSM_PARAM_CHOICE, .choices = msm_device_precisions,                                               \
        .help = N_("What the network's products round their factors to; sums are float32") },                         \
  {                                                                                                                    \
    "threads", MSM_PARAM_INT, .min = 0, .max = 4096, .help = N_("Threads of the CPU device; 0 is all cores")          \
  }

/* Flag of commands that share their work out over processes. */
#define MSM_PROCESSES_FLAG                                                                                             \
  {                                                                                                                    \
    "processes", MSM_PARAM_INT, .min = 1, .max = 1024, .def = 1,                                                       \
                                .help = N_("Share the work out over so many processes, each with a GPU of its own")   \
  }

/* The row of a command's flags that chooses the operator. */
#define MSM_OPERATOR_FLAG                                                                                              \
  {                                                                                                                    \
    "operator", MSM_PARAM_TEXT, .def_text = "sampling", .help = N_("What is measured; see below")                     \
  }

/* Flags of commands that run diffusion samplers. */
#define MSM_SAMPLES_FLAGS                                                                                              \
  { "keep-samples", MSM_PARAM_BOOL, .help = N_("Write every sample (dataset samples; only .h5)") },                   \
      { "trajectory", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,                                      \
        .help = N_("Write the images of the steps to this .h5") },                                                    \
      { "trajectory-every", MSM_PARAM_INT, .min = 1,                                                                   \
        .max = 100000,      .def = 1,      .help = N_("Keep every so many steps of the trajectory") },                \
      { "experiment", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH,                                                         \
        .help = N_("Take the settings from this file; flags go before it") },                                         \
      { "preset", MSM_PARAM_TEXT,                                                                                      \
        .help =                                                                                                        \
            N_("Settings that come with the program, before which flags go: paper, the algorithm to the letter") },   \
  {                                                                                                                    \
    "save-experiment", MSM_PARAM_TEXT,                                                                                 \
        .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT,                                                                    \
        .help = N_("Write all settings to this file, to be repeated with --experiment")                               \
  }

G_END_DECLS
