#pragma once

#include "core/io/dicom/dicom-wire.h"
#include "core/io/geometry.h"

G_BEGIN_DECLS

/*
 * Pictures of one series that make one volume, or several of the same place (echoes, times, magnitude and phase):
 * of one size, orientation and pixel spacing. A localiser's three planes are three stacks.
 */
typedef struct
{
  gsize n_slices, n_volumes;
  guint *order;         /* [volume][slice] → index of the frame */
  MsmGeometry geometry; /* of a volume */
  double spacing_mm[3]; /* between rows, columns, slices; 0 unknown */
  double gap_mm[2];     /* the smallest and the largest distance between slices */
  gboolean is_ordered;  /* by position; else by instance numbers, since positions are not known */
  gsize n_left_out;     /* pictures of volumes that are not complete */
} MsmDicomStack;

void msm_dicom_stack_free (MsmDicomStack *self);
/**
 * msm_dicom_stacks:
 * @frames: (element-type MsmDicomFrame): of one series, in any order
 * @n_twice: (out): pictures that came a second time and are left out
 *
 * Slices go along the normal: across × down, the smallest position first. Volumes are told apart by echo time,
 * component, temporal position, or else by instance number.
 *
 * Returns: (transfer full) (element-type MsmDicomStack): the largest first
 */
GPtrArray *msm_dicom_stacks (const GArray *frames, gsize *n_twice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmDicomStack, msm_dicom_stack_free)

G_END_DECLS
