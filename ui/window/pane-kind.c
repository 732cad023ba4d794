#include "config.h"

#include "ui/window/pane-kind.h"

static const MsmPaneKind *const kinds[] = { &msm_pane_plot, &msm_pane_mask, &msm_pane_picture, NULL };

const MsmPaneKind *const *
msm_pane_kinds (void)
{
  return kinds;
}

guint
msm_pane_kind_of (const char *source)
{
  guint i = 0;

  while (!kinds[i]->shows (source))
    i++;
  return i;
}

void
msm_pane_view_copy (const MsmPaneView *self, MsmPaneView *copy)
{
  *copy = *self;
  copy->source = g_strdup (self->source);
  copy->second = g_strdup (self->second);
}

void
msm_pane_view_clear (MsmPaneView *self)
{
  g_clear_pointer (&self->source, g_free);
  g_clear_pointer (&self->second, g_free);
}
