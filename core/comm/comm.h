#pragma once

#include "core/base/cancel.h"
#include "core/tensor/tensor.h"

G_BEGIN_DECLS

/*
 * Several processes that train one network: sums over all of them, in the order of their ranks, so that everyone has
 * the same bits. They were started by mpirun or srun, which number them in the environment; they meet in a folder that
 * all see, where the first one leaves its address, and talk over TCP. Devices that form a group of their own (GPUs with
 * NCCL) add up arrays without the host.
 */
typedef struct _MsmComm MsmComm;

/* What mpirun (Open MPI, MPICH), srun or msm --processes says. FALSE: this process is alone. */
gboolean msm_comm_environment (int *rank, int *size, int *local_rank);
/* msm_device_open(); of several processes on one machine each takes a GPU of its own, where it sees as many. */
MsmDevice *msm_comm_open_device (const char *name, GError **error);
/**
 * msm_comm_new:
 * @folder: (nullable): of the meeting; it may be made while the others wait
 * @device: whose group is tried; %NULL: none
 * @cancel: (nullable): ends the waiting
 *
 * Waits until all @size processes are there, five minutes at most.
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_DEVICE: who is missing; MSM_ERROR_CANCELLED
 */
MsmComm *msm_comm_new (int rank, int size, const char *folder, MsmDevice *device, MsmCancel *cancel, GError **error);
void msm_comm_free (MsmComm *self);
int msm_comm_rank (const MsmComm *self);
int msm_comm_size (const MsmComm *self);
/* "2 processes, sums over TCP (this device has no group)". (transfer none) */
const char *msm_comm_description (const MsmComm *self);
/* @x ← Σ over all. FALSE with MSM_ERROR_DEVICE when one of them is gone; the numbers are then undefined. */
gboolean msm_comm_sum_doubles (MsmComm *self, double *x, gsize n, GError **error);
/* The same of a float32 array on any device. */
gboolean msm_comm_sum (MsmComm *self, MsmTensor *x, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmComm, msm_comm_free)

G_END_DECLS
