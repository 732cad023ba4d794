#pragma once

#include "app/session/session.h"
#include "core/base/cancel.h"

G_BEGIN_DECLS

/*
 * Images of runs on their way into a file: one output of one run, or of a run for each slice of a scan, as true values,
 * where they lie, with what repeats them. Made and asked in the main thread, written in another.
 */

/* An output of runs that files are made of. */
typedef struct
{
  const char *name;  /* as MsmFrame has it */
  const char *title; /* translatable */
} MsmExportKind;

/* All of them, ended by a row without a name. */
const MsmExportKind *msm_export_kinds (void);
/*
 * The runs that are a volume with @like: of its scan with its settings, done, the newest of each slice, in the order
 * of the slices. (transfer full) (element-type MsmRunItem): @like alone, where there are no others
 */
GPtrArray *msm_export_volume (GListModel *runs, MsmRunItem *like);

/* A kind of file. */
typedef struct
{
  const char *name;   /* "dicom" */
  const char *title;  /* translatable */
  const char *suffix; /* ".dcm" */
} MsmExportFormat;

/*
 * What @n_slices images (0: a picture as it is on the screen) can be written as, ended by a row without a name.
 * (transfer full)
 */
MsmExportFormat *msm_export_formats (gsize n_slices);
/* The place in @formats of the one that @path's suffix chooses; −1: none. */
int msm_export_format_of (const MsmExportFormat *formats, const char *path);
/* @path with the suffix of @format instead of its own, where its own is one of @formats. (transfer full) */
char *msm_export_rename (const MsmExportFormat *formats, const char *path, const MsmExportFormat *format);

typedef struct
{
  const char *path;
  gboolean anonymise;        /* no names of files; a mask drawn by hand is not saved beside it */
  gboolean may_replace;      /* what exists */
  gboolean with_phase;       /* NIfTI: NAME_phase beside it */
  const char *template_path; /* (nullable) DICOM: whose it is */
} MsmExportWish;

/* What is there already and would be replaced. (transfer full) (nullable) */
char *msm_export_find_existing (const MsmExportWish *wish);

typedef struct _MsmExport MsmExport;

/**
 * msm_export_new:
 * @runs: (element-type MsmRunItem): of one scan, in the order of their slices
 * @name: of a row of msm_export_kinds()
 * @step: of one run: the step that is meant, −1 the newest; of several the newest is taken
 *
 * Returns: (transfer full): or %NULL with MSM_ERROR_VALUE (a run has no such image), MSM_ERROR_SHAPE, MSM_ERROR_MEMORY
 */
MsmExport *msm_export_new (GPtrArray *runs, const char *name, int step, GError **error);
void msm_export_free (MsmExport *self);
gsize msm_export_get_n_slices (const MsmExport *self);
/* F32 or C64 [slice, set or channel, row, column], true values. (transfer none) */
MsmTensor *msm_export_get_images (MsmExport *self);
/*
 * What the file will not hold, one sentence a line, "" for nothing. (transfer full): %NULL with MSM_ERROR_UNSUPPORTED:
 * it cannot be written as that
 */
char *msm_export_losses (MsmExport *self, const MsmExportWish *wish, GError **error);
/**
 * msm_export_write_async:
 * @session: whose inputs are not written over
 *
 * Takes @self. Fails, by msm_export_write_finish(), with MSM_ERROR_FILE for what exists or is an input, or as the
 * format's writer does; nothing half-written is left. Cancelling @cancel ends it with MSM_ERROR_CANCELLED.
 */
void msm_export_write_async (MsmExport *self_take, MsmSession *session, const MsmExportWish *wish, MsmCancel *cancel,
                             GAsyncReadyCallback callback, gpointer data);
gboolean msm_export_write_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmExport, msm_export_free)

G_END_DECLS
