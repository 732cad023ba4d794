#pragma once

#include <gtk/gtk.h>

#include "app/session/session.h"
#include "ui/widgets/viewport.h"

G_BEGIN_DECLS

/* What one pane shows: a source, how, and against what. */
typedef struct
{
  char *source; /* of one of the kinds: "estimate" (ui/window/source.h), "plot-psnr", "mask" */
  int mode;     /* MsmRenderMode, or −1: as the source's kind and the window say */
  MsmCompare compare;
  char *second; /* (nullable) */
} MsmPaneView;

void msm_pane_view_copy (const MsmPaneView *self, MsmPaneView *copy);
void msm_pane_view_clear (MsmPaneView *self);

typedef enum
{
  MSM_PANE_COMPARES = 1 << 0,  /* it can be shown as phase, …, and set against a second source */
  MSM_PANE_MAXIMISES = 1 << 1, /* a double click means nothing to its content: the pane may be shown alone by it */
} MsmPaneFlags;

/*
 * A kind of pane: what fills it, and the sources that it can show. Each is a class in one table; a pane takes the
 * first kind that shows its source.
 */
typedef struct
{
  const char *name; /* of its place in the pane */
  guint flags;      /* MsmPaneFlags */
  gboolean (*shows) (const char *source);
  GtkWidget *(*create) (MsmSession *session, MsmViewportModel *model);
  /* (nullable): another view is to be shown; update follows */
  void (*set_view) (GtkWidget *content, MsmSession *session, const MsmPaneView *view);
  /* (nullable): what the view's source is now. Contents that follow the session by themselves need none. */
  void (*update) (GtkWidget *content, MsmSession *session, const MsmPaneView *view);
  char *(*title) (MsmSession *session, const MsmPaneView *view); /* (transfer full) */
  /* Sections of a menu whose items activate @action with a source as their target. */
  void (*append_sources) (MsmSession *session, GMenu *menu, const char *action);
} MsmPaneKind;

/* One in each pane-*.c of that name. */
extern const MsmPaneKind msm_pane_plot, msm_pane_mask, msm_pane_picture;

/* All of them, ended by NULL. The last shows any source: what runs put out has no list. */
const MsmPaneKind *const *msm_pane_kinds (void);
/* The place in the table of the kind that shows @source. */
guint msm_pane_kind_of (const char *source);

G_END_DECLS
