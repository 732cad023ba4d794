#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the readers use of an ISMRMRD XML header, of its first encoding. 0 = not given. */
typedef struct
{
  char *trajectory;           /* "cartesian", "spiral", …; NULL = not given */
  gsize encoded[3], recon[3]; /* matrix: readout, phase, partition */
  double encoded_mm[3], recon_mm[3];
  gboolean is_ramp_sampled; /* an echo-planar readout that goes on while its gradient rises */
  gboolean has_line_limits;
  gsize line_min, line_max, line_center;
  gboolean has_part_limits;
  gsize part_center;
  gsize n_encodings;
  gboolean has_separate_calibration; /* calibration lines are another acquisition's */
} MsmMrdXml;

/*
 * Parses @xml without network and without expanding entities; texts of the parts before the encoding
 * (system, conditions, measurement) and the sequence parameters go to @fields (utf8 → utf8), or NULL.
 * Patient names and identifiers are left out. Returns: FALSE with MSM_ERROR_FORMAT naming @path.
 */
gboolean msm_mrd_xml_parse (MsmMrdXml *self, const char *xml, const char *path, GHashTable *fields, GError **error);
/* FALSE with MSM_ERROR_UNSUPPORTED of trajectories that cannot be lines: radial, spiral, or sampled on ramps. */
gboolean msm_mrd_xml_check_trajectory (const MsmMrdXml *self, const char *path, GError **error);
void msm_mrd_xml_clear (MsmMrdXml *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsmMrdXml, msm_mrd_xml_clear)

G_END_DECLS
