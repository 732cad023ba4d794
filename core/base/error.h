#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MSM_ERROR:
 *
 * The error domain of everything in core/. Messages name the file, what was expected and what was
 * found: “scan.h5: dataset ‘kspace’ has 3 axes, expected 4 [slice, coil, readout, phase]”.
 */
#define MSM_ERROR (msm_error_quark ())

typedef enum
{
  MSM_ERROR_FORMAT,      /* the file is not what it claims to be, or is damaged */
  MSM_ERROR_UNSUPPORTED, /* understood, but this program does not do it */
  MSM_ERROR_SHAPE,       /* sizes that do not fit together */
  MSM_ERROR_VALUE,       /* a value out of range, NaN, or an unknown name */
  MSM_ERROR_MEMORY,      /* not enough memory */
  MSM_ERROR_DEVICE,      /* a compute device failed or is absent */
  MSM_ERROR_VERSION,     /* written by a newer version */
  MSM_ERROR_CANCELLED,   /* stopped on request */
  MSM_ERROR_FILE,        /* the operating system refused to open, read, write or rename */
} MsmErrorCode;

GQuark msm_error_quark (void);

G_END_DECLS
