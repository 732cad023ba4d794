#pragma once

#include "core/io/scan.h"

G_BEGIN_DECLS

/* The names of the shipped priors, sorted. (transfer full) */
GStrv msm_prior_list (void);
/* Of the shipped priors for so many channels, that of images nearest to @size. (transfer full) (nullable) */
char *msm_prior_suggest (int channels, gsize size);
/*
 * The shipped prior that a reconstruction begins with: of a picture that an operator measures (not @is_sampling) one of
 * its channels, else one of complex images; of the scan's size. @scan: (nullable).
 * (transfer full) (nullable)
 */
char *msm_prior_suggest_for (const MsmScan *scan, gboolean is_sampling);
/**
 * msm_prior_describe:
 * @prior: a shipped name or a file, as the parameter "prior" takes it
 *
 * The prior's card, a few lines: what it was trained on and how, its licence, as its file says.
 * Returns: (transfer full): or %NULL when there is no such file, or it is damaged
 */
char *msm_prior_describe (const char *prior, GError **error);

G_END_DECLS
