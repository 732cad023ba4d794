#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/mrd-rows.h"

/*
 * The energy of k-space peaks at its centre, give or take a few points of phase. A header that puts the centre far from
 * there is wrong, and the matrix says what is right: what was acquired reaches one of its edges, or fills it.
 */

/* How far the peak may lie from the centre before that is suspicious: this many points, or this part of the matrix. */
#define MIN_DISTANCE 4
#define DISTANCE     16
/* The peak counts where it has this many times the energy of the supposed centre. */
#define MIN_CONTRAST 4

typedef struct
{
  MsmScan *scan;
  double *line, *part; /* [65536]: of each counter's value */
  double *sample;      /* [usual], of forward rows and reversed ones turned round */
  gsize middle_part, middle_line;
  gsize slice; /* the number */
} Energy;

static gboolean
add_row (gsize i, const float *samples, gsize n_floats, gpointer data, GError **error)
{
  Energy *e = data;
  const MsmMrdRows *self = e->scan->priv;
  const MsmMrdHeader *row = &self->rows[i];
  const gboolean reverse = (row->flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) != 0;
  const gsize n = row->n_samples - row->discard_pre - row->discard_post;
  double sum = 0;

  if (self->use[i] != MSM_MRD_IMAGING || row->slice != e->slice)
    return TRUE;
  if (!msm_mrd_check_row (e->scan, i, n_floats, error))
    return FALSE;
  for (gsize c = 0; c < row->n_coils; c++)
    for (gsize k = 0; k < n; k++)
      {
        const float *x = samples + 2 * (c * row->n_samples + row->discard_pre + k);
        const double energy = (double) x[0] * x[0] + (double) x[1] * x[1];

        sum += energy;
        if (n == self->usual)
          e->sample[reverse ? n - 1 - k : k] += energy;
      }
  if (row->partition == e->middle_part)
    e->line[row->line] = MAX (e->line[row->line], sum);
  if (row->line == e->middle_line)
    e->part[row->partition] = MAX (e->part[row->partition], sum);
  return TRUE;
}

static gsize
find_peak (const double *energy, gsize n)
{
  gsize peak = 0;

  for (gsize i = 1; i < n; i++)
    if (energy[i] > energy[peak])
      peak = i;
  return peak;
}

static double
near_energy (const double *energy, gssize at, gsize n)
{
  double sum = 0;

  for (gssize i = MAX (at - 1, 0); i <= MIN (at + 1, (gssize) n - 1); i++)
    sum += energy[i];
  return sum;
}

/*
 * The shift of counters from @low to @high into a matrix of @n that the energy speaks for; @claimed where it is
 * silent. The candidates reach an edge of the matrix. A claim that reaches none is doubted sooner: an acquisition
 * leaves out one side, not both.
 */
static gssize
find_shift (const double *energy, gsize n_energy, gssize low, gssize high, gssize n, gssize claimed)
{
  const gssize candidates[] = { -low, n - 1 - high };
  const gssize middle = n / 2, peak = (gssize) find_peak (energy, n_energy);
  const gssize claimed_distance = ABS (peak + claimed - middle);
  const gboolean fits = low + claimed >= 0 && high + claimed < n;
  const gboolean is_inside = low + claimed > 0 && high + claimed < n - 1;
  const gssize tolerance = MAX (MIN_DISTANCE, n / DISTANCE);
  gssize best = claimed, distance = G_MAXSSIZE;

  if (high - low >= n || (fits && claimed_distance <= (is_inside ? 2 : tolerance)))
    return claimed;
  /* Where all of the matrix was acquired, there is but one place. */
  if (high - low == n - 1)
    return -low;
  if (energy[peak] <= 0
      || near_energy (energy, peak, n_energy) < MIN_CONTRAST * near_energy (energy, middle - claimed, n_energy))
    return claimed;
  for (gsize i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (ABS (peak + candidates[i] - middle) < distance)
      {
        distance = ABS (peak + candidates[i] - middle);
        best = candidates[i];
      }
  return distance <= (fits && claimed_distance <= tolerance ? 1 : tolerance) ? best : claimed;
}

static void
range (const MsmMrdRows *self, gsize offset, gsize slice, gssize *low, gssize *high)
{
  *low = G_MAXUINT16;
  *high = 0;
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING && self->rows[i].slice == slice)
      {
        const gssize value = G_STRUCT_MEMBER (guint16, &self->rows[i], offset);

        *low = MIN (*low, value);
        *high = MAX (*high, value);
      }
}

/* What the counters say when they fill the matrix under the header's centre: nothing is to be asked then. */
static gboolean
is_settled (gssize low, gssize high, gssize n, gssize shift)
{
  return low + shift == 0 && high + shift == n - 1;
}

static gboolean
measure_energy (MsmScan *scan, Energy *e, GError **error)
{
  MsmMrdRows *self = scan->priv;
  g_autofree guint8 *wanted = g_new0 (guint8, self->n_rows);

  for (gsize i = 0; i < self->n_rows; i++)
    wanted[i] = self->use[i] == MSM_MRD_IMAGING && self->rows[i].slice == e->slice
                && (self->rows[i].partition == e->middle_part || self->rows[i].line == e->middle_line);
  return msm_mrd_for_rows (scan, wanted, add_row, e, NULL, error);
}

/* The counter's value next to the middle of the matrix that has most rows: a volume's energy is looked at along it. */
static gsize
busiest (const MsmMrdRows *self, gsize offset, gsize slice)
{
  g_autofree gsize *count = g_new0 (gsize, G_MAXUINT16 + 1);
  gssize low, high;
  gsize best;

  range (self, offset, slice, &low, &high);
  best = (gsize) (low + high + 1) / 2;
  for (gsize i = 0; i < self->n_rows; i++)
    if (self->use[i] == MSM_MRD_IMAGING && self->rows[i].slice == slice)
      count[G_STRUCT_MEMBER (guint16, &self->rows[i], offset)]++;
  for (gssize v = low; v <= high; v++)
    if (count[v] > 2 * count[best])
      best = (gsize) v;
  return best;
}

/* The readout's own centre: only short rows can lie elsewhere. */
static void
check_samples (MsmScan *scan, const Energy *e)
{
  MsmMrdRows *self = scan->priv;
  const gssize n = (gssize) self->usual;
  MsmMrdHeader row = { 0 };
  gssize start, shift;

  for (gsize i = 0; i < self->n_rows && row.n_samples == 0; i++)
    if (self->use[i] == MSM_MRD_IMAGING && (self->rows[i].flags & MSM_MRD_FLAG (MSM_MRD_REVERSE)) == 0
        && (gssize) self->rows[i].n_samples - self->rows[i].discard_pre - self->rows[i].discard_post == n)
      row = self->rows[i];
  if (row.n_samples == 0)
    return;
  msm_mrd_placement (self, &row, &start);
  shift = find_shift (e->sample, self->usual, 0, n - 1, (gssize) self->n_full, start);
  if (shift == start)
    return;
  self->centre = (gssize) (self->n_full / 2) - shift;
  msm_scan_note (scan,
                 _("The header puts the readout's centre at sample %zd, its energy lies around %zd: sample %zd is "
                    "taken."),
                 (gssize) (self->n_full / 2) - start, (gssize) find_peak (e->sample, self->usual), self->centre);
}

static void
check_counter (MsmScan *scan, const double *energy, gsize offset, gsize n, gssize *shift, const char *what)
{
  MsmMrdRows *self = scan->priv;
  const gsize slice = self->n_parts > 1 ? self->slab : self->slices[self->n_slices / 2];
  gssize low, high, found;

  range (self, offset, slice, &low, &high);
  if (is_settled (low, high, (gssize) n, *shift))
    return;
  found = find_shift (energy, G_MAXUINT16 + 1, low, high, (gssize) n, *shift);
  if (found == *shift)
    return;
  msm_scan_note (scan,
                 _("The header puts the centre at %s %zd, the energy lies around %zu, and %zd … %zd were acquired of "
                    "%zu: the centre is taken to be %zd."),
                 what, (gssize) (n / 2) - *shift, find_peak (energy, G_MAXUINT16 + 1), low, high, n,
                 (gssize) (n / 2) - found);
  *shift = found;
}

gboolean
msm_mrd_check_centres (MsmScan *scan, GError **error)
{
  MsmMrdRows *self = scan->priv;
  const gsize line = G_STRUCT_OFFSET (MsmMrdHeader, line), part = G_STRUCT_OFFSET (MsmMrdHeader, partition);
  const gsize slice = self->n_parts > 1 ? self->slab : self->slices[self->n_slices / 2];
  g_autofree double *lines = g_new0 (double, G_MAXUINT16 + 1), *parts = g_new0 (double, G_MAXUINT16 + 1);
  g_autofree double *samples = g_new0 (double, self->usual);
  Energy e = { .scan = scan, .line = lines, .part = parts, .sample = samples, .slice = slice };
  gssize low, high, part_low, part_high;
  gsize n_outside = 0;

  range (self, line, slice, &low, &high);
  range (self, part, slice, &part_low, &part_high);
  if (self->usual < self->n_full || !is_settled (low, high, (gssize) self->n_lines, self->line_shift)
      || !is_settled (part_low, part_high, (gssize) self->n_parts, self->part_shift))
    {
      e.middle_part = busiest (self, part, slice);
      e.middle_line = self->n_parts > 1 ? busiest (self, line, slice) : G_MAXSIZE;
      if (!measure_energy (scan, &e, error))
        return FALSE;
      check_counter (scan, lines, line, self->n_lines, &self->line_shift, _("line"));
      if (self->n_parts > 1)
        check_counter (scan, parts, part, self->n_parts, &self->part_shift, _("partition"));
      if (self->usual < self->n_full)
        check_samples (scan, &e);
    }
  for (gsize i = 0; i < self->n_rows; i++)
    {
      gsize p, k;

      if (self->use[i] == MSM_MRD_IMAGING && !msm_mrd_place (self, &self->rows[i], &p, &k))
        {
          self->use[i] = MSM_MRD_SKIPPED;
          n_outside++;
        }
    }
  if (n_outside > 0)
    msm_scan_note (scan, _("%zu lines lie outside the matrix and are skipped."), n_outside);
  if (self->usual < self->n_full)
    msm_scan_note (scan,
                   _("Readouts of %zu samples are shorter than the matrix, %zu (asymmetric echo): the rest counts as "
                      "not acquired."),
                   self->usual, self->n_full);
  return TRUE;
}
