#pragma once

#include "core/io/scan.h"

G_BEGIN_DECLS

/*
 * Which of all the images on the disks is meant: one slice of one group and one entry along each further axis
 * (repetition, contrast, volume, …) of one file. A value: its strings and table are its own.
 */
typedef struct
{
  char *path;          /* as it was opened; NULL: no file, nothing is measured */
  char *group;         /* (nullable): the file's first */
  GHashTable *indices; /* (nullable): as in MsmScanOptions; an axis that is not named has index 0 */
  gsize slice;
} MsmAddress;

/* A deep copy into @copy, whose old values are not freed. */
void msm_address_copy (const MsmAddress *self, MsmAddress *copy);
/* Frees what it holds; it is then an address without a file. */
void msm_address_clear (MsmAddress *self);
/* The same slice of the same volume, group and file. Without a file there is no slice: such addresses are equal. */
gboolean msm_address_equal (const MsmAddress *a, const MsmAddress *b);
/* The same of file, group and indices, whichever slice: one MsmScan serves both. */
gboolean msm_address_same_scan (const MsmAddress *a, const MsmAddress *b);
/* Equal addresses have equal hashes. */
guint msm_address_hash (const MsmAddress *self);
/* Opens the file at this group and these indices: as msm_scan_open() fails. (transfer full) */
MsmScan *msm_address_open (const MsmAddress *self, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmAddress, msm_address_clear)

/* Tables of indices, as MsmScanOptions and MsmAddress have them. (transfer full) (nullable): of NULL */
GHashTable *msm_indices_copy (GHashTable *indices);
/* An index that is not named is 0. */
gboolean msm_indices_equal (GHashTable *a, GHashTable *b);

G_END_DECLS
