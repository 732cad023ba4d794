#include "config.h"

#include "core/diffusion/trained-masks.h"

#include <math.h>
#include <string.h>

static gboolean
read_number (GKeyFile *file, const char *key, double min, double max, double *value)
{
  g_autofree char *text = g_key_file_get_string (file, "data", key, NULL);

  *value = text != NULL ? g_ascii_strtod (text, NULL) : NAN;
  return *value >= min && *value <= max;
}

void
msm_trained_masks_parse (MsmTrainedMasks *self, const char *experiment)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *pattern = NULL;
  double size, accel, acs, fraction;

  memset (self, 0, sizeof *self);
  if (experiment == NULL || !g_key_file_load_from_data (file, experiment, strlen (experiment), 0, NULL))
    return;
  pattern = g_key_file_get_string (file, "data", "pattern", NULL);
  if (pattern == NULL || !read_number (file, "size", 1, 8192, &size) || !read_number (file, "accel", 1, 64, &accel)
      || !read_number (file, "acs", -1, size, &acs) || !read_number (file, "fraction", 0, 0.95, &fraction))
    return;
  for (int kind = 0; msm_mask_cover_names[kind] != NULL; kind++)
    if (g_str_equal (pattern, msm_mask_cover_names[kind]))
      {
        self->size = (gsize) size;
        self->options = (MsmMaskCoverOptions){
          .kind = (MsmMaskCoverKind) kind,
          .accel = accel,
          .acs = acs >= 0 ? (gsize) acs : MIN (20, self->size / 6),
          .grid = 4,
          .fraction = fraction,
        };
      }
}

gsize
msm_trained_masks_acs (const MsmTrainedMasks *self, gsize n_phase)
{
  return (gsize) lround ((double) self->options.acs * (double) n_phase / (double) self->size);
}
