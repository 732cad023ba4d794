#include "config.h"

#include "core/mask/mask-cover.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/device/device.h"
#include "core/tensor/vector.h"

/* Stream of the masks' numbers; samplers' noise has others (core/sampler/msm-step.h). */
#define STREAM         16
/* How much rarer a covered unit is drawn than an uncovered one. */
#define COVERED_WEIGHT 0.1

const char *const msm_mask_cover_names[] = { N_("random"), N_("equispaced"), N_("box"),
                                             N_("pixels"), N_("full"),       NULL };

struct _MsmMaskCover
{
  MsmMaskCoverOptions options;
  gsize n_readout, n_phase, n_points;
  guint64 seed;
  guint32 sequence, n_drawn;
  gsize n_units;   /* what a draw chooses from */
  guint8 *covered; /* [n_points], or [n_phase] for lines */
  gsize n_covered;
  gsize n_coverable;
  float *uniform;   /* [2 n_units + 2] */
  double *keys;     /* [n_units] */
  gsize *order;     /* [n_units] */
  guint8 *chosen;   /* [n_units] */
  gsize *uncovered; /* [n_units]: points of the unit that are not covered */
};

static gboolean
has_lines (const MsmMaskCover *self)
{
  return self->options.kind == MSM_MASK_COVER_RANDOM || self->options.kind == MSM_MASK_COVER_EQUISPACED;
}

static gboolean
check_options (const MsmMaskCoverOptions *options, gsize n_readout, gsize n_phase, GError **error)
{
  switch (options->kind)
    {
    case MSM_MASK_COVER_RANDOM:
    case MSM_MASK_COVER_EQUISPACED:
      if (options->acs <= n_phase && options->accel >= 1)
        return TRUE;
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the partial masks want %zu centre lines and R %g; there are %zu lines, and R is at least 1"),
                   options->acs, options->accel, n_phase);
      return FALSE;
    case MSM_MASK_COVER_BOX:
      if (options->grid < 1 || options->grid > MIN (n_readout, n_phase))
        {
          g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                       _("the partial masks want %zu cells along each side of a %zu × %zu image"), options->grid,
                       n_readout, n_phase);
          return FALSE;
        }
      /* fall through */
    case MSM_MASK_COVER_PIXELS:
      if (options->fraction >= 0 && options->fraction < 1)
        return TRUE;
      g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
                   _("the partial masks would drop the part %g of the image: from 0 to below 1 can be dropped"),
                   options->fraction);
      return FALSE;
    case MSM_MASK_COVER_FULL:
    default:
      return TRUE;
    }
}

static gsize
count_units (const MsmMaskCover *self)
{
  switch (self->options.kind)
    {
    case MSM_MASK_COVER_RANDOM:
      return self->n_phase;
    case MSM_MASK_COVER_EQUISPACED:
      return (gsize) ceil (MIN (self->options.accel, (double) self->n_phase));
    case MSM_MASK_COVER_BOX:
      return self->options.grid * self->options.grid;
    case MSM_MASK_COVER_PIXELS:
      return self->n_points;
    case MSM_MASK_COVER_FULL:
    default:
      return 1;
    }
}

MsmMaskCover *
msm_mask_cover_new (const MsmMaskCoverOptions *options, gsize n_readout, gsize n_phase, guint64 seed, guint32 sequence,
                    GError **error)
{
  MsmMaskCover *self;

  g_return_val_if_fail (options != NULL && n_readout > 0 && n_phase > 0, NULL);
  if (!check_options (options, n_readout, n_phase, error))
    return NULL;
  self = g_new0 (MsmMaskCover, 1);
  self->options = *options;
  self->n_readout = n_readout;
  self->n_phase = n_phase;
  self->n_points = n_readout * n_phase;
  self->seed = seed;
  self->sequence = sequence;
  self->n_units = count_units (self);
  self->n_coverable = has_lines (self) ? n_phase : self->n_points;
  self->covered = g_malloc0 (self->n_coverable);
  self->uniform = g_new0 (float, 2 * self->n_units + 2);
  self->keys = g_new0 (double, self->n_units);
  self->order = g_new0 (gsize, self->n_units);
  self->chosen = g_malloc0 (self->n_units);
  self->uncovered = g_new0 (gsize, self->n_units);
  return self;
}

void
msm_mask_cover_free (MsmMaskCover *self)
{
  if (self == NULL)
    return;
  g_free (self->covered);
  g_free (self->uniform);
  g_free (self->keys);
  g_free (self->order);
  g_free (self->chosen);
  g_free (self->uncovered);
  g_free (self);
}

static gboolean
is_acs (const MsmMaskCover *self, gsize line)
{
  gsize first = self->n_phase / 2 - self->options.acs / 2;

  return line >= first && line < first + self->options.acs;
}

static gboolean
before (const MsmMaskCover *self, gsize a, gsize b)
{
  return self->keys[a] < self->keys[b] || (self->keys[a] == self->keys[b] && a < b);
}

/* Partly sorts order [0, n) so that its first @m entries have the smallest keys (Hoare's selection). */
static void
select_smallest (MsmMaskCover *self, gsize n, gsize m)
{
  gsize low = 0, high = n;

  while (high - low > 1 && m > low && m < high)
    {
      gsize pivot = self->order[low + (high - low) / 2], store = low;

      /* The pivot goes last, what is before it comes first. */
      self->order[low + (high - low) / 2] = self->order[high - 1];
      for (gsize i = low; i < high - 1; i++)
        if (before (self, self->order[i], pivot))
          {
            gsize swap = self->order[i];

            self->order[i] = self->order[store];
            self->order[store++] = swap;
          }
      self->order[high - 1] = self->order[store];
      self->order[store] = pivot;
      if (m <= store)
        high = store;
      else
        low = store + 1;
    }
}

/*
 * Chooses @m of the units listed in order [0, n): without replacement, with weights by the keys −log (u)/w
 * of Efraimidis and Spirakis (2006); units with uncovered points all, when they are at most @m.
 */
static void
choose (MsmMaskCover *self, gsize n, gsize m, gsize points_per_unit)
{
  gsize n_uncovered = 0;

  for (gsize i = 0; i < n; i++)
    n_uncovered += self->uncovered[self->order[i]] > 0;
  for (gsize i = 0; i < n; i++)
    {
      gsize unit = self->order[i];
      double part = MIN ((double) self->uncovered[unit] / (double) points_per_unit, 1);
      double weight = COVERED_WEIGHT + (1 - COVERED_WEIGHT) * part;

      self->keys[unit] = -log ((double) self->uniform[unit] + 1e-12) / weight;
      if (self->uncovered[unit] > 0 && n_uncovered <= m)
        self->keys[unit] = -1 - part;
    }
  memset (self->chosen, 0, self->n_units);
  m = MIN (m, n);
  select_smallest (self, n, m);
  for (gsize i = 0; i < m; i++)
    self->chosen[self->order[i]] = 1;
}

static void
draw_random (MsmMaskCover *self, float *plane)
{
  gsize n = 0, m = 0;

  for (gsize p = 0; p < self->n_phase; p++)
    {
      self->uncovered[p] = self->covered[p] == 0;
      if (is_acs (self, p))
        continue;
      m += self->uniform[self->n_units + p] * self->options.accel < 1;
      self->order[n++] = p;
    }
  /* A mask without a single line says nothing. */
  choose (self, n, self->options.acs == 0 ? MAX (m, 1) : m, 1);
  for (gsize p = 0; p < self->n_phase; p++)
    plane[p] = is_acs (self, p) || self->chosen[p] != 0 ? 1 : 0;
}

/* The first row: lines floor (offset + i R) for offset = @unit. */
static void
set_equispaced (const MsmMaskCover *self, gsize unit, float *lines)
{
  memset (lines, 0, self->n_phase * sizeof (float));
  for (gsize i = 0;; i++)
    {
      double at = (double) unit + (double) i * self->options.accel;

      if (at >= (double) self->n_phase)
        break;
      lines[(gsize) at] = 1;
    }
}

static void
draw_equispaced (MsmMaskCover *self, float *plane)
{
  for (gsize unit = 0; unit < self->n_units; unit++)
    {
      set_equispaced (self, unit, plane);
      self->order[unit] = unit;
      self->uncovered[unit] = 0;
      for (gsize p = 0; p < self->n_phase; p++)
        self->uncovered[unit] += plane[p] > 0 && self->covered[p] == 0 && !is_acs (self, p);
    }
  choose (self, self->n_units, 1, MAX (self->n_phase / self->n_units, 1));
  set_equispaced (self, self->order[0], plane);
  for (gsize p = 0; p < self->n_phase; p++)
    if (is_acs (self, p))
      plane[p] = 1;
}

static void
draw_box (MsmMaskCover *self, float *plane)
{
  gsize grid = self->options.grid;
  gsize shift_r = (gsize) ((double) self->uniform[2 * self->n_units] * (double) self->n_readout / (double) grid);
  gsize shift_p = (gsize) ((double) self->uniform[2 * self->n_units + 1] * (double) self->n_phase / (double) grid);
  gsize n_dropped = (gsize) lround (self->options.fraction * (double) self->n_units);

  for (gsize unit = 0; unit < self->n_units; unit++)
    {
      self->order[unit] = unit;
      self->uncovered[unit] = 0;
    }
  for (int pass = 0; pass < 2; pass++)
    {
      for (gsize r = 0; r < self->n_readout; r++)
        for (gsize p = 0; p < self->n_phase; p++)
          {
            gsize row = (r + shift_r) % self->n_readout * grid / self->n_readout;
            gsize column = (p + shift_p) % self->n_phase * grid / self->n_phase;
            gsize i = r * self->n_phase + p;

            if (pass == 0)
              self->uncovered[row * grid + column] += self->covered[i] == 0;
            else
              plane[i] = self->chosen[row * grid + column];
          }
      if (pass == 0)
        choose (self, self->n_units, MAX (self->n_units - n_dropped, 1), MAX (self->n_points / self->n_units, 1));
    }
}

static void
draw_pixels (MsmMaskCover *self, float *plane)
{
  gsize n_dropped = (gsize) lround (self->options.fraction * (double) self->n_units);

  for (gsize unit = 0; unit < self->n_units; unit++)
    {
      self->order[unit] = unit;
      self->uncovered[unit] = self->covered[unit] == 0;
    }
  choose (self, self->n_units, MAX (self->n_units - n_dropped, 1), 1);
  for (gsize i = 0; i < self->n_points; i++)
    plane[i] = self->chosen[i];
}

/* Adds the mask to the cover, which starts again when it is complete. */
static void
cover (MsmMaskCover *self, const float *plane)
{
  for (gsize i = 0; i < self->n_coverable; i++)
    if (plane[i] > 0 && self->covered[i] == 0)
      {
        self->covered[i] = 1;
        self->n_covered++;
      }
  if (self->n_covered == self->n_coverable)
    {
      memset (self->covered, 0, self->n_coverable);
      self->n_covered = 0;
    }
}

static void
draw (MsmMaskCover *self, float *plane)
{
  MsmDevice *host = msm_device_host ();

  /* Sequences lie 2^32 numbers apart, more than any draw uses. */
  msm_vector_random_uniform (host, self->uniform, 2 * self->n_units + 2, self->seed, STREAM, self->n_drawn,
                             (guint64) self->sequence << 32);
  self->n_drawn++;
  switch (self->options.kind)
    {
    case MSM_MASK_COVER_RANDOM:
      draw_random (self, plane);
      break;
    case MSM_MASK_COVER_EQUISPACED:
      draw_equispaced (self, plane);
      break;
    case MSM_MASK_COVER_BOX:
      draw_box (self, plane);
      break;
    case MSM_MASK_COVER_PIXELS:
      draw_pixels (self, plane);
      break;
    case MSM_MASK_COVER_FULL:
    default:
      for (gsize i = 0; i < self->n_points; i++)
        plane[i] = 1;
    }
}

void
msm_mask_cover_draw (MsmMaskCover *self, float *plane)
{
  g_return_if_fail (self != NULL && plane != NULL);
  draw (self, plane);
  cover (self, plane);
  if (has_lines (self))
    for (gsize r = 1; r < self->n_readout; r++)
      memcpy (plane + r * self->n_phase, plane, self->n_phase * sizeof (float));
}

guint32
msm_mask_cover_get_n_drawn (const MsmMaskCover *self)
{
  return self->n_drawn;
}

void
msm_mask_cover_restart (MsmMaskCover *self, guint32 sequence)
{
  g_return_if_fail (self != NULL);
  self->sequence = sequence;
  memset (self->covered, 0, self->n_coverable);
  self->n_covered = 0;
  self->n_drawn = 0;
}

void
msm_mask_cover_assign (MsmMaskCover *self, const MsmMaskCover *other)
{
  g_return_if_fail (self != NULL && other != NULL && self->n_coverable == other->n_coverable);
  memcpy (self->covered, other->covered, self->n_coverable);
  self->n_covered = other->n_covered;
  self->n_drawn = other->n_drawn;
  self->sequence = other->sequence;
}

gboolean
msm_mask_cover_check (MsmMaskCover *self, gsize n_draws, GError **error)
{
  g_autofree float *plane = NULL;
  g_autofree guint8 *seen = NULL;
  gsize n_seen = 0;

  g_return_val_if_fail (self != NULL, FALSE);
  plane = g_new (float, self->n_points);
  seen = g_malloc0 (self->n_coverable);
  for (gsize i = 0; i < n_draws && n_seen < self->n_coverable; i++)
    {
      msm_mask_cover_draw (self, plane);
      for (gsize p = 0; p < self->n_coverable; p++)
        if (plane[p] > 0 && seen[p] == 0)
          {
            seen[p] = 1;
            n_seen++;
          }
    }
  msm_mask_cover_restart (self, self->sequence);
  if (n_seen == self->n_coverable)
    return TRUE;
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE,
               _("the partial masks never cover %zu of the %zu %s: %zu masks are drawn in all; take more steps or "
                  "partial masks, or a lower acceleration"),
               self->n_coverable - n_seen, self->n_coverable, has_lines (self) ? _("lines") : _("points"), n_draws);
  return FALSE;
}
