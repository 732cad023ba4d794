#include "config.h"

#include "core/train/train-files.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/error.h"
#include "core/io/atomic-file.h"

static gboolean
fail (const char *path, GError **error)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FILE, _("%s: cannot be written: %s"), path, g_strerror (errno));
  return FALSE;
}

static gboolean
write_text (const char *path, const char *mode, const char *text, GError **error)
{
  FILE *file;
  gboolean ok;

  errno = 0;
  file = g_fopen (path, mode);
  if (file == NULL)
    return fail (path, error);
  ok = fputs (text, file) >= 0;
  if (fclose (file) != 0)
    ok = FALSE;
  return ok || fail (path, error);
}

static char *
header (void)
{
  GString *text = g_string_new ("step,images,seconds,loss,lr,gradient_norm,images_per_s");

  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    {
      double low, high;

      msm_train_band (b, &low, &high);
      g_string_append_printf (text, ",error_sigma_%.3g_to_%.3g", low, high);
    }
  return g_string_free (g_string_append_c (text, '\n'), FALSE);
}

/* The header and the rows of the old log up to @step. (transfer full) */
static char *
keep_rows (const char *old, guint64 step)
{
  g_auto (GStrv) lines = g_strsplit (old, "\n", -1);
  GString *text = g_string_new (NULL);

  for (int i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    if (i == 0 || g_ascii_strtoull (lines[i], NULL, 10) <= step)
      g_string_append_printf (text, "%s\n", lines[i]);
  return g_string_free (text, FALSE);
}

gboolean
msm_train_log_begin (const char *path, guint64 step, GError **error)
{
  g_autofree char *old = NULL;
  g_autofree char *text = NULL;
  g_autofree char *temporary = NULL;

  if (step > 0 && g_file_get_contents (path, &old, NULL, NULL))
    text = keep_rows (old, step);
  else
    text = header ();
  temporary = msm_atomic_begin (path, error);
  if (temporary == NULL)
    return FALSE;
  if (!write_text (temporary, "w", text, error))
    {
      msm_atomic_abort (temporary);
      return FALSE;
    }
  return msm_atomic_commit (temporary, path, error);
}

gboolean
msm_train_log_append (const char *path, const MsmTrainInfo *info, GError **error)
{
  g_autoptr (GString) row = g_string_new (NULL);

  g_string_append_printf (row, "%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%.1f,%.6g,%.4g,%.4g,%.4g", info->step,
                          info->n_images, info->seconds, info->mean_loss, info->lr, info->gradient_norm,
                          info->images_per_s);
  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    if (info->has_validation)
      g_string_append_printf (row, ",%.5g", info->validation[b]);
    else
      g_string_append_c (row, ',');
  g_string_append_c (row, '\n');
  return write_text (path, "a", row->str, error);
}

GArray *
msm_train_log_read (const char *folder)
{
  enum
  {
    N_COLUMNS = 7 + MSM_TRAIN_BANDS
  };
  g_autofree char *path = g_build_filename (folder, "log.csv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (MsmTrainInfo));

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return rows;
  lines = g_strsplit (text, "\n", -1);
  for (int i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);
      MsmTrainInfo row = { .logged = TRUE };

      if (g_strv_length (cells) != N_COLUMNS)
        continue;
      row.step = g_ascii_strtoull (cells[0], NULL, 10);
      row.n_images = g_ascii_strtoull (cells[1], NULL, 10);
      row.seconds = g_ascii_strtod (cells[2], NULL);
      row.mean_loss = row.loss = g_ascii_strtod (cells[3], NULL);
      row.lr = g_ascii_strtod (cells[4], NULL);
      row.gradient_norm = g_ascii_strtod (cells[5], NULL);
      row.images_per_s = g_ascii_strtod (cells[6], NULL);
      row.has_validation = cells[7][0] != '\0';
      for (int b = 0; b < MSM_TRAIN_BANDS; b++)
        row.validation[b] = row.has_validation ? g_ascii_strtod (cells[7 + b], NULL) : NAN;
      g_array_append_val (rows, row);
    }
  return rows;
}

char *
msm_train_find_strip (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *newest = NULL;
  const char *name;

  /* Their numbers have leading zeros: the last in the alphabet is the newest. */
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "strip-") && g_str_has_suffix (name, ".png")
        && (newest == NULL || strcmp (name, newest) > 0))
      {
        g_free (newest);
        newest = g_strdup (name);
      }
  return newest != NULL ? g_build_filename (folder, newest, NULL) : NULL;
}

/* "0.01–0.033: 0.012; …" (transfer full) */
static char *
format_validation (const MsmTrainInfo *info)
{
  GString *text = g_string_new (NULL);

  for (int b = 0; b < MSM_TRAIN_BANDS; b++)
    {
      double low, high;

      msm_train_band (b, &low, &high);
      if (isfinite (info->validation[b]))
        g_string_append_printf (text, "%s%.3g–%.3g: %.4g", b == 0 ? "" : "; ", low, high, info->validation[b]);
    }
  return g_string_free (text, FALSE);
}

gboolean
msm_train_save_prior (const MsmTrainSetup *setup, const char *path, const MsmTrainInfo *info, GError **error)
{
  g_autofree char *steps = g_strdup_printf ("%" G_GUINT64_FORMAT, info->step);
  g_autofree char *images = g_strdup_printf ("%" G_GUINT64_FORMAT, info->n_images);
  g_autofree char *seed = msm_params_format (setup->params, "seed");
  g_autofree char *seconds = g_strdup_printf ("%.0f", info->seconds);
  g_autofree char *validation = format_validation (info);
  const char *metadata[] = { "msm.config",
                             setup->config,
                             "msm.program",
                             "MSM Studio " MSM_VERSION,
                             "msm.loss",
                             msm_params_get_text (setup->params, "loss"),
                             "msm.steps",
                             steps,
                             "msm.images",
                             images,
                             "msm.seconds",
                             seconds,
                             "msm.seed",
                             seed,
                             "msm.data",
                             msm_dataset_report (setup->dataset),
                             "msm.validation",
                             validation,
                             "msm.licence",
                             setup->licence,
                             "msm.experiment",
                             setup->experiment,
                             NULL };
  MsmDtype dtype = msm_weights_dtypes[msm_params_get_choice (setup->params, "weights-dtype")];

  return msm_weights_save (setup->weights, path, dtype, metadata, error);
}
