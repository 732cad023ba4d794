#pragma once

#include "app/commands/command.h"
#include "app/commands/device-flags.h"
#include "app/setup/flags.h"
#include "core/base/json.h"
#include "core/base/param.h"
#include "core/io/image-write.h"
#include "core/io/hdf5/io-hdf5.h"
#include "core/nn/unet.h"

G_BEGIN_DECLS

/*
 * What `msm unet` and `msm loss` share: files of a network's inputs that may hold its answers too, the
 * comparison with them, and the file that our answers are written to.
 */
typedef struct
{
  MsmH5 *h5;
  char *path;
  GString *text;     /* a line for each answer */
  JsonBuilder *json; /* an open object: the same as members */
  double worst;      /* relative error so far */
  GArray *tensors;   /* MsmNamedTensor, and */
  GArray *numbers;   /* MsmNamedNumber, of our file; tensors and names are owned */
} MsmNetworkFile;

MsmNetworkFile *msm_network_file_open (const char *path, GError **error);
void msm_network_file_free (MsmNetworkFile *self);
/**
 * msm_network_file_read:
 * @shape: what is expected; an axis of 0 may have any size and is filled in
 * @dtype: C64 is stored as complex numbers or as a last axis (re, im) that @shape does not count
 *
 * Returns: (transfer full): the tensor, or %NULL with MSM_ERROR_FORMAT, MSM_ERROR_SHAPE, or MSM_ERROR_VALUE when
 * it is not finite
 */
MsmTensor *msm_network_file_read (MsmNetworkFile *self, MsmDevice *device, const char *name, MsmDtype dtype,
                                  MsmShape *shape, GError **error);
/* Keeps an answer for our file, and compares it with the file's where it has one of that name. */
gboolean msm_network_file_answer (MsmNetworkFile *self, const char *name, MsmTensor *tensor, GError **error);
void msm_network_file_number (MsmNetworkFile *self, const char *group, const char *name, double value);
/* The gradients that the last backward pass left: `grad_norms`, and @group/NAME where the file has them. */
gboolean msm_network_file_gradients (MsmNetworkFile *self, MsmUnet *unet, const char *group, GError **error);
/* Our answers, in the layout of the file. @path "": nothing. */
gboolean msm_network_file_write (MsmNetworkFile *self, const char *path, const char *text, GError **error);
/* On stdout @head and a line for each answer, */
void msm_network_file_print (MsmNetworkFile *self, const char *head);
/* or the object that is open in @builder, whose first members it has, with the answers. Once. */
void msm_network_file_print_json (MsmNetworkFile *self, JsonBuilder *builder);
/* FALSE with MSM_ERROR_VALUE when an error was larger than @max. */
gboolean msm_network_file_accept (MsmNetworkFile *self, double max, GError **error);

/* The flags of both commands. */
#define MSM_NETWORK_PARAMS(input_help, grad_help)                                                                      \
  { "prior", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH, .help = N_("Weight file of the network (.safetensors)") },      \
      { "input", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH, .help = input_help },                                        \
      { "grad", MSM_PARAM_BOOL, .help = grad_help },                                                                   \
      { "out", MSM_PARAM_TEXT, .flags = MSM_PARAM_PATH | MSM_PARAM_OUTPUT, .help = N_("HDF5 file to write") },        \
      { "max-error", MSM_PARAM_FLOAT, .min = 0,                                                                        \
        .max = 1e9,  .def = 1e9,      .help = N_("Fail when a relative error is larger") },                           \
      { "json", MSM_PARAM_BOOL, .help = N_("Print JSON") }, MSM_DEVICE_FLAGS,                                         \
  {                                                                                                                    \
    NULL                                                                                                               \
  }

/* @names: how the names of its files are written */
typedef gboolean (*MsmNetworkFunc) (const MsmParams *params, MsmDevice *device, MsmNames names, GError **error);

/* Parses the flags of @table, needs --prior and --input, opens the device and calls @func. Returns: the exit code */
int msm_network_command (const MsmCommand *command, const MsmParam *table, MsmNetworkFunc func, int argc, char **argv);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmNetworkFile, msm_network_file_free)

G_END_DECLS
