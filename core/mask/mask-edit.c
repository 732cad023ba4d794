#include "config.h"

#include "core/mask/mask-edit.h"

#include <math.h>
#include <string.h>

typedef enum
{
  EDIT_LINES,
  EDIT_BRUSH,
  EDIT_RECTANGLE,
  EDIT_INVERT,
  EDIT_SYMMETRIC,
  EDIT_ACS,
  EDIT_RESTORE,
  EDIT_GROUP,
} EditKind;

/* Inside the plane: rows [r0, r1), phase lines [p0, p1). */
typedef struct
{
  gsize r0, r1, p0, p1;
} Region;

struct _MsmMaskEdit
{
  EditKind kind;
  gssize readout, phase;
  gsize n_readout, n_phase;
  double radius;
  gboolean sampled;
  /* EDIT_RESTORE: the bytes of a region, and the description of the mask at that time. */
  Region region;
  guint8 *points;
  gboolean is_columns;
  double nominal_accel;
  char *origin;
  GPtrArray *edits; /* EDIT_GROUP */
};

static MsmMaskEdit *
edit_new (EditKind kind)
{
  MsmMaskEdit *edit = g_new0 (MsmMaskEdit, 1);

  edit->kind = kind;
  return edit;
}

MsmMaskEdit *
msm_mask_edit_new_lines (gssize first, gsize n_lines, gboolean sampled)
{
  MsmMaskEdit *edit = edit_new (EDIT_LINES);

  edit->phase = first;
  edit->n_phase = n_lines;
  edit->sampled = sampled;
  return edit;
}

MsmMaskEdit *
msm_mask_edit_new_brush (gssize readout, gssize phase, double radius, gboolean sampled)
{
  MsmMaskEdit *edit = edit_new (EDIT_BRUSH);

  edit->readout = readout;
  edit->phase = phase;
  edit->radius = CLAMP (radius, 0, 1e6);
  edit->sampled = sampled;
  return edit;
}

MsmMaskEdit *
msm_mask_edit_new_rectangle (gssize readout, gssize phase, gsize n_readout, gsize n_phase, gboolean sampled)
{
  MsmMaskEdit *edit = edit_new (EDIT_RECTANGLE);

  edit->readout = readout;
  edit->phase = phase;
  edit->n_readout = n_readout;
  edit->n_phase = n_phase;
  edit->sampled = sampled;
  return edit;
}

MsmMaskEdit *
msm_mask_edit_new_invert (void)
{
  return edit_new (EDIT_INVERT);
}

MsmMaskEdit *
msm_mask_edit_new_symmetric (void)
{
  return edit_new (EDIT_SYMMETRIC);
}

MsmMaskEdit *
msm_mask_edit_new_acs (gsize acs_readout, gsize acs_phase)
{
  MsmMaskEdit *edit = edit_new (EDIT_ACS);

  edit->n_readout = acs_readout;
  edit->n_phase = acs_phase;
  return edit;
}

static MsmMaskEdit *
restore_new (const MsmMask *mask, Region region)
{
  MsmMaskEdit *edit = edit_new (EDIT_RESTORE);
  gsize width = region.p1 - region.p0;

  edit->region = region;
  edit->n_readout = mask->n_readout;
  edit->n_phase = mask->n_phase;
  edit->points = g_malloc (MAX ((region.r1 - region.r0) * width, 1));
  for (gsize r = region.r0; r < region.r1; r++)
    memcpy (edit->points + (r - region.r0) * width, mask->points + r * mask->n_phase + region.p0, width);
  edit->is_columns = mask->is_columns;
  edit->nominal_accel = mask->nominal_accel;
  edit->origin = g_strdup (mask->origin);
  return edit;
}

MsmMaskEdit *
msm_mask_edit_new_replace (const MsmMask *mask)
{
  g_return_val_if_fail (mask != NULL, NULL);
  return restore_new (mask, (Region){ 0, mask->n_readout, 0, mask->n_phase });
}

MsmMaskEdit *
msm_mask_edit_new_group (void)
{
  MsmMaskEdit *edit = edit_new (EDIT_GROUP);

  edit->edits = g_ptr_array_new_with_free_func ((GDestroyNotify) msm_mask_edit_free);
  return edit;
}

void
msm_mask_edit_group_append (MsmMaskEdit *group, MsmMaskEdit *edit)
{
  g_return_if_fail (group != NULL && group->kind == EDIT_GROUP && edit != NULL && edit != group);
  g_ptr_array_add (group->edits, edit);
}

void
msm_mask_edit_group_prepend (MsmMaskEdit *group, MsmMaskEdit *edit)
{
  g_return_if_fail (group != NULL && group->kind == EDIT_GROUP && edit != NULL && edit != group);
  g_ptr_array_insert (group->edits, 0, edit);
}

void
msm_mask_edit_free (MsmMaskEdit *edit)
{
  if (edit == NULL)
    return;
  g_free (edit->points);
  g_free (edit->origin);
  g_clear_pointer (&edit->edits, g_ptr_array_unref);
  g_free (edit);
}

/* [first, first + length) within [0, n); first may be negative. */
static void
clip (gssize first, gsize length, gsize n, gsize *begin, gsize *end)
{
  gssize limit = (gssize) n;
  gssize last = length > n + (gsize) ABS (first) ? limit : first + (gssize) length;

  *begin = (gsize) CLAMP (first, 0, limit);
  *end = (gsize) CLAMP (last, (gssize) *begin, limit);
}

static Region
block_region (const MsmMask *mask, gsize acs_readout, gsize acs_phase)
{
  Region region;
  gsize ar = mask->is_columns ? mask->n_readout : MIN (acs_readout, mask->n_readout);
  gsize ap = MIN (acs_phase, mask->n_phase);

  region.r0 = mask->n_readout / 2 - ar / 2;
  region.r1 = region.r0 + ar;
  region.p0 = mask->n_phase / 2 - ap / 2;
  region.p1 = region.p0 + ap;
  return region;
}

/* What an edit can change: only this is kept for its inverse. */
static Region
edit_region (const MsmMask *mask, const MsmMaskEdit *edit)
{
  Region region = { 0, mask->n_readout, 0, mask->n_phase };
  gssize reach = (gssize) ceil (edit->radius);

  switch (edit->kind)
    {
    case EDIT_LINES:
      clip (edit->phase, edit->n_phase, mask->n_phase, &region.p0, &region.p1);
      break;
    case EDIT_BRUSH:
      clip (edit->phase - reach, 2 * reach + 1, mask->n_phase, &region.p0, &region.p1);
      if (!mask->is_columns)
        clip (edit->readout - reach, 2 * reach + 1, mask->n_readout, &region.r0, &region.r1);
      break;
    case EDIT_RECTANGLE:
      clip (edit->phase, edit->n_phase, mask->n_phase, &region.p0, &region.p1);
      if (!mask->is_columns)
        clip (edit->readout, edit->n_readout, mask->n_readout, &region.r0, &region.r1);
      break;
    case EDIT_RESTORE:
      if (edit->n_readout == mask->n_readout && edit->n_phase == mask->n_phase)
        region = edit->region;
      break;
    default:
      break;
    }
  return region;
}

static void
set_point (MsmMask *mask, gsize r, gsize p, gboolean sampled)
{
  mask->points[r * mask->n_phase + p] = sampled && mask->padded[p] == 0;
}

static void
set_region (MsmMask *mask, Region region, gboolean sampled)
{
  for (gsize r = region.r0; r < region.r1; r++)
    for (gsize p = region.p0; p < region.p1; p++)
      set_point (mask, r, p, sampled);
}

static void
apply_brush (MsmMask *mask, const MsmMaskEdit *edit, Region region)
{
  for (gsize r = region.r0; r < region.r1; r++)
    for (gsize p = region.p0; p < region.p1; p++)
      {
        double dr = mask->is_columns ? 0 : (double) r - (double) edit->readout;
        double dp = (double) p - (double) edit->phase;

        if (dr * dr + dp * dp <= edit->radius * edit->radius)
          set_point (mask, r, p, edit->sampled);
      }
}

static void
apply_symmetric (MsmMask *mask)
{
  g_autofree guint8 *before = g_memdup2 (mask->points, mask->n_readout * mask->n_phase);

  for (gsize r = 0; r < mask->n_readout; r++)
    for (gsize p = 0; p < mask->n_phase; p++)
      {
        /* −k of index i is 2 (n/2) − i, taken periodically. */
        gsize mr = mask->is_columns ? r : (2 * (mask->n_readout / 2) + mask->n_readout - r) % mask->n_readout;
        gsize mp = (2 * (mask->n_phase / 2) + mask->n_phase - p) % mask->n_phase;

        if (before[r * mask->n_phase + p] != 0)
          set_point (mask, mr, mp, TRUE);
      }
}

static void
apply_acs (MsmMask *mask, const MsmMaskEdit *edit)
{
  gsize ar, ap;

  msm_mask_acs (mask, &ar, &ap);
  if (ar > 0 && ap > 0)
    set_region (mask, block_region (mask, ar, ap), FALSE);
  set_region (mask, block_region (mask, edit->n_readout, edit->n_phase), TRUE);
  /* A sampled line touching the block would make it larger than asked for. */
  if (mask->is_columns && edit->n_phase > 0 && edit->n_phase < mask->n_phase)
    {
      Region block = block_region (mask, 0, edit->n_phase);

      if (edit->n_phase % 2 == 0 && block.p1 < mask->n_phase)
        set_region (mask, (Region){ 0, mask->n_readout, block.p1, block.p1 + 1 }, FALSE);
      else if (edit->n_phase % 2 == 1 && block.p0 > 0)
        set_region (mask, (Region){ 0, mask->n_readout, block.p0 - 1, block.p0 }, FALSE);
    }
}

static void
apply_restore (MsmMask *mask, const MsmMaskEdit *edit)
{
  gsize width = edit->region.p1 - edit->region.p0;

  /* A mask of other sizes cannot take these points: the edit does nothing. */
  if (edit->n_readout != mask->n_readout || edit->n_phase != mask->n_phase)
    return;
  for (gsize r = edit->region.r0; r < edit->region.r1; r++)
    for (gsize p = edit->region.p0; p < edit->region.p1; p++)
      set_point (mask, r, p, edit->points[(r - edit->region.r0) * width + p - edit->region.p0] != 0);
  mask->is_columns = edit->is_columns;
  mask->nominal_accel = edit->nominal_accel;
  g_free (mask->origin);
  mask->origin = g_strdup (edit->origin);
}

MsmMaskEdit *
msm_mask_edit_apply (MsmMask *mask, const MsmMaskEdit *edit)
{
  MsmMaskEdit *inverse;
  Region region;

  g_return_val_if_fail (mask != NULL && edit != NULL, NULL);
  if (edit->kind == EDIT_GROUP)
    {
      inverse = msm_mask_edit_new_group ();
      for (guint i = 0; i < edit->edits->len; i++)
        msm_mask_edit_group_prepend (inverse, msm_mask_edit_apply (mask, edit->edits->pdata[i]));
      return inverse;
    }

  region = edit_region (mask, edit);
  inverse = restore_new (mask, region);
  switch (edit->kind)
    {
    case EDIT_LINES:
    case EDIT_RECTANGLE:
      set_region (mask, region, edit->sampled);
      break;
    case EDIT_BRUSH:
      apply_brush (mask, edit, region);
      break;
    case EDIT_INVERT:
      for (gsize r = 0; r < mask->n_readout; r++)
        for (gsize p = 0; p < mask->n_phase; p++)
          set_point (mask, r, p, mask->points[r * mask->n_phase + p] == 0);
      break;
    case EDIT_SYMMETRIC:
      apply_symmetric (mask);
      break;
    case EDIT_ACS:
      apply_acs (mask, edit);
      break;
    case EDIT_RESTORE:
      apply_restore (mask, edit);
      return inverse;
    case EDIT_GROUP:
      break;
    }
  mask->nominal_accel = 0;
  g_free (mask->origin);
  mask->origin = g_strdup ("edited");
  return inverse;
}
