#pragma once

#include <glib.h>

#include "core/device/device-ops.h"

G_BEGIN_DECLS

/*
 * A compute device: one table of operations and its state. Compute calls return void; the first failure
 * is stored (sticky, as in Cairo), later calls do nothing, and msm_device_check() reports it.
 */
typedef struct _MsmDevice MsmDevice;

/**
 * msm_device_open:
 * @name: "cpu", "ref", "cuda", "cuda:1", or "auto" (cuda when it is complete and a short
 * test of it computes what the cpu does, else cpu; msm_device_list() says why not)
 *
 * Every opener gets a device of its own: its sticky error and its precision are nobody else's.
 *
 * Returns: (transfer full): the device, or %NULL with MSM_ERROR_DEVICE and a plain sentence
 */
MsmDevice *msm_device_open (const char *name, GError **error);
MsmDevice *msm_device_ref (MsmDevice *self);
void msm_device_unref (MsmDevice *self);
/* The process-wide "cpu" device: where files are read to. What msm_device_open() returns is never this one.
 * (transfer none) */
MsmDevice *msm_device_host (void);
const char *msm_device_name (const MsmDevice *self);
/* "2 cores, AVX2" or "NVIDIA H100 80GB, 78.1 GiB free"; owned by the device. */
const char *msm_device_description (const MsmDevice *self);
/* TRUE when device pointers are host pointers. */
gboolean msm_device_is_host (const MsmDevice *self);
/* FALSE, with @error set, when a call failed since the device was opened or last cleared. */
gboolean msm_device_check (MsmDevice *self, GError **error);
void msm_device_clear_error (MsmDevice *self);
void msm_device_synchronise (MsmDevice *self);
const MsmDeviceOps *msm_device_ops (const MsmDevice *self);
MsmDeviceState *msm_device_state (const MsmDevice *self);
/* "auto", "f32", "tf32", "bf16", NULL: the choices of --precision. */
extern const char *const msm_device_precisions[];
/* Their places: of "auto", and of a MsmPrecision. */
#define MSM_DEVICE_PRECISION_AUTO          0
#define MSM_DEVICE_PRECISION_OF(precision) ((int) (precision) + 1)
/**
 * msm_device_set_precision:
 * @choice: index into msm_device_precisions; "auto" is TF32 on a GPU that has it, BF16 on a processor with
 * avx512_bf16 or AMX, else float32
 *
 * What convolutions and matrix products of networks planned from now on round their factors to.
 * Returns: %FALSE with MSM_ERROR_UNSUPPORTED: what this device lacks
 */
gboolean msm_device_set_precision (MsmDevice *self, int choice, GError **error);
const char *msm_device_precision (const MsmDevice *self);
/* Bytes that are free and all there are; FALSE where memory is the host's. */
gboolean msm_device_memory (MsmDevice *self, gsize *n_free, gsize *n_total);
/* ", 1.5 of 80.0 GB are free" (MB below ten), or "" where memory is the host's. (transfer full) */
char *msm_device_memory_text (MsmDevice *self);
/**
 * msm_device_begin, msm_device_end:
 * @replay: of the section, NULL at first; msm_device_forget() frees it
 *
 * A section of calls that a GPU records and launches as a whole; elsewhere they just run. The calls between must bear
 * to be made again, so they change nothing on the host:
 *
 *   do { msm_device_begin (device, &replay); …calls… } while (!msm_device_end (device, &replay));
 *
 * What may differ from one time to the next: see MsmReplayOps.
 */
void msm_device_begin (MsmDevice *self, MsmReplay **replay);
gboolean msm_device_end (MsmDevice *self, MsmReplay **replay);
void msm_device_forget (MsmDevice *self, MsmReplay **replay);
/**
 * msm_device_plan_fft:
 *
 * The plan of MsmFourierOps, to be freed with its plan_free.
 * Returns: (transfer full): or %NULL with MSM_ERROR_MEMORY: how much it needs and how much is free
 */
MsmFftPlan *msm_device_plan_fft (MsmDevice *self, gsize n_batch, gsize n_rows, gsize n_columns, GError **error);
/* Floats of scratch that attention wants on this device. */
gsize msm_device_attention_scratch (MsmDevice *self, const MsmAttentionShape *shape, gboolean backward);
/* Threads used by the host devices; 0 = all cores. Results do not depend on it. */
void msm_device_set_threads (int n_threads);
int msm_device_get_threads (void);

/* Lists what could be opened, for `msm devices` and the device menu. */
typedef struct
{
  char *name;        /* as msm_device_open() takes it */
  char *description; /* what it is, or why it cannot be used */
  char *precisions;  /* "f32, bf16"; "" when it cannot be used */
  gboolean usable;
} MsmDeviceInfo;

/* (element-type MsmDeviceInfo) (transfer full) */
GPtrArray *msm_device_list (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmDevice, msm_device_unref)

G_END_DECLS
