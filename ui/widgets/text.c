#include "config.h"

#include "ui/widgets/text.h"

#include <math.h>

static gboolean text_enabled = TRUE;

void
msm_text_set_enabled (gboolean enabled)
{
  text_enabled = enabled;
}

static PangoLayout *
create_layout (GtkWidget  *widget,
               const char *text,
               double      scale,
               gboolean    bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  /* Figures of one width: a running value does not jitter. */
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

graphene_size_t
msm_text_measure (GtkWidget  *widget,
                  const char *text,
                  double      scale,
                  gboolean    bold)
{
  g_autoptr (PangoLayout) layout = create_layout (widget, text, scale, bold);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  return GRAPHENE_SIZE_INIT ((float) width, (float) height);
}

static void
append_at (GtkSnapshot   *snapshot,
           PangoLayout   *layout,
           const GdkRGBA *color,
           double         x,
           double         y)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

graphene_size_t
msm_text_draw (GtkWidget     *widget,
               GtkSnapshot   *snapshot,
               const char    *text,
               double         scale,
               gboolean       bold,
               const GdkRGBA *color,
               gboolean       shadow,
               double         x,
               double         y,
               MsmTextAnchor  anchor)
{
  g_autoptr (PangoLayout) layout = create_layout (widget, text, scale, bold);
  const GdkRGBA dark = { 0.0f, 0.0f, 0.0f, 0.8f };
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  if (!text_enabled)
    return GRAPHENE_SIZE_INIT ((float) width, (float) height);
  x = floor (x - anchor.x * width);
  y = floor (y - anchor.y * height);
  if (shadow)
    for (int dy = -1; dy <= 1; dy++)
      for (int dx = -1; dx <= 1; dx++)
        if ((dx != 0) != (dy != 0))
          append_at (snapshot, layout, &dark, x + dx, y + dy);
  append_at (snapshot, layout, color, x, y);
  return GRAPHENE_SIZE_INIT ((float) width, (float) height);
}

char *
msm_text_number (double value)
{
  char buffer[32];

  if (value == 0.0)
    value = 0.0;
  g_snprintf (buffer, sizeof buffer, "%.4g", value);
  if (buffer[0] == '-')
    return g_strconcat ("\xe2\x88\x92", buffer + 1, NULL);
  return g_strdup (buffer);
}
