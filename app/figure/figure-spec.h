#pragma once

#include "app/setup/setup.h"
#include "core/base/param.h"

G_BEGIN_DECLS

/*
 * The description of a figure, as a text file has it: [figure] says how it looks, [scan] what is measured of what, with
 * [pattern], [operator] and [espirit] as in experiment files; [item 1], [item 2], … what is compared, each with the
 * parameters of its method in [method 1], …; [inset 1], [arrow 1], [region 1], [plot 1], … what is drawn besides.
 */

/* A picture with what belongs to it: a method's on the scan, or that of an experiment or a result, run again. */
typedef struct
{
  MsmParams *params;            /* of msm_figure_item_params */
  const MsmSamplerClass *klass; /* (nullable): the experiment's */
  MsmParams *method;            /* (nullable) */
} MsmFigureItem;

typedef struct
{
  MsmParams *figure, *scan;
  const MsmMaskPattern *pattern; /* (nullable) */
  MsmParams *pattern_values;     /* NULL where it is */
  const MsmOperatorClass *operator_class;
  MsmParams *operator_values, *espirit;
  GPtrArray *items;                             /* MsmFigureItem */
  GPtrArray *insets, *arrows, *regions, *plots; /* MsmParams */
  char *inputs; /* (nullable): of msm_figure_spec_load(): the files that it names, for people */
} MsmFigureSpec;

extern const MsmParam msm_figure_params[];
extern const MsmParam msm_figure_scan_params[];
extern const MsmParam msm_figure_item_params[];
extern const MsmParam msm_figure_inset_params[];
extern const MsmParam msm_figure_arrow_params[];
extern const MsmParam msm_figure_region_params[];
extern const MsmParam msm_figure_plot_params[];

/**
 * msm_figure_spec_new:
 * @pattern, @operator_name: (nullable): none, and sampling
 *
 * Returns: (transfer full): with defaults and no items; NULL with MSM_ERROR_VALUE: a name that there is not
 */
MsmFigureSpec *msm_figure_spec_new (const char *pattern, const char *operator_name, GError **error);
void msm_figure_spec_free (MsmFigureSpec *self);
/* Samples as @name does, with its defaults; MSM_ERROR_VALUE. */
gboolean msm_figure_spec_set_pattern (MsmFigureSpec *self, const char *name, GError **error);
/*
 * "zero-filled,msm:steps=50;samples=4": an item for each method, after those that there are; MSM_ERROR_VALUE
 */
gboolean msm_figure_spec_add_methods (MsmFigureSpec *self, const char *text, GError **error);
/* An item for an experiment file or a result. */
gboolean msm_figure_spec_add_experiment (MsmFigureSpec *self, const char *path, GError **error);
/*
 * "120,80,40" and "60,60,30" separated by ‘;’: one set of parameters for each, the values in the order of @table. What
 * is left out keeps its default. MSM_ERROR_VALUE, which lists what is expected.
 */
gboolean msm_figure_spec_add_values (GPtrArray *list, const MsmParam *table, const char *text, GError **error);
/* @path has a section [figure], or carries one. */
gboolean msm_figure_spec_is_in (const char *path);
/* As msm_experiment_load() reads and fails. (transfer full) */
MsmFigureSpec *msm_figure_spec_load (const char *path, GError **error);
/* @portable: names of files without their folders. (transfer full): what msm_figure_spec_load() reads */
char *msm_figure_spec_format (const MsmFigureSpec *self, gboolean portable);
/* The setup of an item. (transfer full): NULL as experiments fail */
MsmSetup *msm_figure_spec_make_setup (const MsmFigureSpec *self, const MsmFigureItem *item, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsmFigureSpec, msm_figure_spec_free)

G_END_DECLS
