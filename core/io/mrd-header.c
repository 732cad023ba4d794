#include "config.h"

#include "core/io/mrd-header.h"

#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "core/base/error.h"

static void
silent (void *context, const char *message, ...)
{
}

static xmlNode *
child (xmlNode *node, const char *name)
{
  for (xmlNode *c = node != NULL ? node->children : NULL; c != NULL; c = c->next)
    if (c->type == XML_ELEMENT_NODE && strcmp ((const char *) c->name, name) == 0)
      return c;
  return NULL;
}

/* Text of a leaf: entities are not expanded, so only text nodes count. */
static char *
leaf_text (xmlNode *node)
{
  if (node == NULL || node->children == NULL || node->children->type != XML_TEXT_NODE
      || node->children->content == NULL)
    return NULL;
  return g_strstrip (g_strndup ((const char *) node->children->content, 1000));
}

static double
number (xmlNode *node, const char *name, gboolean *found)
{
  g_autofree char *text = leaf_text (child (node, name));
  double value = text != NULL ? g_ascii_strtod (text, NULL) : 0;

  if (found != NULL)
    *found = text != NULL;
  return value > 0 && value < 1e9 ? value : 0;
}

static void
read_space (xmlNode *space, gsize *matrix, double *mm)
{
  static const char *const axis[] = { "x", "y", "z" };

  for (int i = 0; i < 3; i++)
    {
      matrix[i] = (gsize) number (child (space, "matrixSize"), axis[i], NULL);
      mm[i] = number (child (space, "fieldOfView_mm"), axis[i], NULL);
    }
}

static void
read_fields (xmlNode *section, GHashTable *fields)
{
  for (xmlNode *c = section != NULL ? section->children : NULL; c != NULL; c = c->next)
    {
      g_autofree char *text = c->type == XML_ELEMENT_NODE ? leaf_text (c) : NULL;
      const char *name = (const char *) c->name;

      if (text != NULL && text[0] != '\0' && !g_hash_table_contains (fields, name) && g_hash_table_size (fields) < 1000)
        g_hash_table_insert (fields, g_utf8_make_valid (name, -1), g_utf8_make_valid (text, -1));
    }
}

/* As the converters of echo-planar scans describe them: the ramps' lengths in microseconds. */
static gboolean
has_ramps (xmlNode *description)
{
  for (xmlNode *c = description != NULL ? description->children : NULL; c != NULL; c = c->next)
    {
      g_autofree char *name = leaf_text (child (c, "name"));

      if ((g_strcmp0 (name, "rampUpTime") == 0 || g_strcmp0 (name, "rampDownTime") == 0)
          && number (c, "value", NULL) > 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
msm_mrd_xml_parse (MsmMrdXml *self, const char *xml, const char *path, GHashTable *fields, GError **error)
{
  static const char *const sections[] = { "acquisitionSystemInformation", "experimentalConditions",
                                          "measurementInformation", "sequenceParameters" };
  gsize length = strlen (xml);
  xmlDoc *doc;
  xmlNode *root, *encoding, *limits;
  gboolean found = FALSE;
  char *mode;

  memset (self, 0, sizeof *self);
  /* Some writers leave a line break before the declaration, which XML does not allow. */
  while (length > 0 && g_ascii_isspace (*xml))
    xml++, length--;
  xmlSetGenericErrorFunc (NULL, silent);
  doc = length < 64 * 1024 * 1024
            ? xmlReadMemory (xml, (int) length, "header.xml", NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS)
            : NULL;
  root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  encoding = child (root, "encoding");
  if (root == NULL || encoding == NULL)
    {
      if (doc != NULL)
        xmlFreeDoc (doc);
      g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: the ISMRMRD header is not XML with an <encoding>"),
                   path);
      return FALSE;
    }
  for (xmlNode *c = root->children; c != NULL; c = c->next)
    if (c->type == XML_ELEMENT_NODE && strcmp ((const char *) c->name, "encoding") == 0)
      self->n_encodings++;
  if (fields != NULL)
    for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
      read_fields (child (root, sections[i]), fields);
  self->trajectory = leaf_text (child (encoding, "trajectory"));
  self->is_ramp_sampled = has_ramps (child (encoding, "trajectoryDescription"));
  read_space (child (encoding, "encodedSpace"), self->encoded, self->encoded_mm);
  read_space (child (encoding, "reconSpace"), self->recon, self->recon_mm);
  limits = child (child (encoding, "encodingLimits"), "kspace_encoding_step_1");
  self->line_min = (gsize) number (limits, "minimum", NULL);
  self->line_center = (gsize) number (limits, "center", NULL);
  self->line_max = (gsize) number (limits, "maximum", &found);
  self->has_line_limits = found;
  limits = child (child (encoding, "encodingLimits"), "kspace_encoding_step_2");
  self->part_center = (gsize) number (limits, "center", &found);
  self->has_part_limits = found;
  mode = leaf_text (child (child (encoding, "parallelImaging"), "calibrationMode"));
  /* In every other mode they are lines of the same grid, of the same contrast. */
  self->has_separate_calibration = g_strcmp0 (mode, "separate") == 0 || g_strcmp0 (mode, "external") == 0;
  g_free (mode);
  xmlFreeDoc (doc);
  return TRUE;
}

gboolean
msm_mrd_xml_check_trajectory (const MsmMrdXml *self, const char *path, GError **error)
{
  static const char *const lines[] = { "cartesian", "epi", "other" };
  gboolean is_known = self->trajectory == NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (lines) && !is_known; i++)
    is_known = g_ascii_strcasecmp (self->trajectory, lines[i]) == 0;
  if (!is_known)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: trajectory “%s” is not supported, only lines of a Cartesian grid"), path, self->trajectory);
  else if (self->is_ramp_sampled)
    g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                 _("%s: trajectory “%s” is sampled on the gradient's ramps: expected samples that were put on a "
                    "Cartesian grid already"),
                 path, self->trajectory);
  return is_known && !self->is_ramp_sampled;
}

void
msm_mrd_xml_clear (MsmMrdXml *self)
{
  g_clear_pointer (&self->trajectory, g_free);
}
