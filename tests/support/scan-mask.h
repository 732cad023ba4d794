#pragma once

#include "core/io/scan.h"

/* What the file's headers, mask or zeros say was acquired of a slice; NULL: everything. (transfer full) */
static inline MsmMask *
test_mask_of (MsmScan *scan, gsize slice)
{
  g_autoptr (GError) error = NULL;
  MsmMask *mask = NULL;

  g_assert_true (msm_scan_find_mask (scan, slice, &mask, &error));
  g_assert_no_error (error);
  return mask;
}
