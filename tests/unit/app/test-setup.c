#include "config.h"

#include <string.h>

#include "app/setup/setup-ini.h"
#include "app/setup/setup-prepare.h"
#include "core/base/error.h"
#include "core/io/mask-file.h"
#include "tests/support/folder.h"

typedef struct
{
  char *folder;
  char *scan; /* five slices of 32 × 32, one coil, fully sampled; values from 1 on */
  char *ini;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  const gsize n = (gsize) 5 * 32 * 32 * 2;
  g_autofree float *values = g_new (float, n);
  g_autofree char *header = NULL;

  f->folder = g_dir_make_tmp ("msm-setup-XXXXXX", NULL);
  f->scan = g_build_filename (f->folder, "scan.cfl", NULL);
  f->ini = g_build_filename (f->folder, "a.ini", NULL);
  header = g_build_filename (f->folder, "scan.hdr", NULL);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) (1 + i % 11);
  g_assert_true (g_file_set_contents (header, "# Dimensions\n32 32 1 1 1 1 1 1 1 1 1 1 1 5 1 1\n", -1, NULL));
  g_assert_true (g_file_set_contents (f->scan, (const char *) values, (gssize) (n * sizeof (float)), NULL));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_free (f->scan);
  g_free (f->ini);
  remove_folder (f->folder);
}

/* Of flags' tables: @method on the fixture's scan, sampled by @pattern. */
static MsmSetup *
make_setup (Fixture *f, const char *method, const char *pattern)
{
  g_auto (MsmReconTables) tables = { NULL };
  g_autoptr (GError) error = NULL;
  MsmSetup *self;

  g_assert_true (msm_recon_tables_init (&tables, method, pattern, NULL, &error));
  msm_params_set_text (tables.params, "input", f->scan, NULL);
  msm_params_set_text (tables.params, "device", "cpu", NULL);
  self = msm_setup_new_from_recon (&tables, &error);
  g_assert_no_error (error);
  return self;
}

static void
change_slice (MsmSetup *s)
{
  s->address.slice++;
}
static void
change_middle (MsmSetup *s)
{
  s->is_middle = !s->is_middle;
}
static void
change_group (MsmSetup *s)
{
  s->address.group = g_strdup ("g");
}
static void
change_method (MsmSetup *s)
{
  msm_params_set_number (s->params, "iterations", 3, NULL);
}
static void
change_pattern (MsmSetup *s)
{
  msm_params_set_number (s->pattern_params, "seed", 3, NULL);
}
static void
change_mask (MsmSetup *s)
{
  s->mask = msm_mask_new (32, 32);
}
static void
change_mask_path (MsmSetup *s)
{
  s->mask_path = g_strdup ("m.png");
}
static void
change_espirit (MsmSetup *s)
{
  msm_params_set_number (s->espirit, "crop", 0.5, NULL);
}
static void
change_coils (MsmSetup *s)
{
  s->n_virtual = 2;
}
static void
change_sens_path (MsmSetup *s)
{
  s->sens_path = g_strdup ("s.cfl");
}
static void
change_operator (MsmSetup *s)
{
  s->operator_class = msm_operator_class_find ("blur", NULL);
}
static void
change_precision (MsmSetup *s)
{
  s->precision++;
}

static void
change_device (MsmSetup *s)
{
  g_free (s->device);
  s->device = g_strdup ("ref");
}

static void
change_parent (MsmSetup *s)
{
  s->parent = msm_setup_copy (s);
  s->start_step = 2;
}

/* Each setting makes another setup of it; what only says how it was found does not. */
static void
test_equal (Fixture *f, gconstpointer data)
{
  static void (*const changes[]) (MsmSetup * s) = {
    change_slice,   change_middle, change_group,  change_method,    change_pattern,  change_mask,      change_mask_path,
    change_espirit, change_coils,  change_parent, change_sens_path, change_operator, change_precision, change_device,
  };
  g_autoptr (MsmSetup) setup = make_setup (f, "cg-sense", "random");

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (MsmSetup) other = msm_setup_copy (setup);
      g_autoptr (MsmSetup) same = NULL;

      g_assert_true (msm_setup_equal (setup, other));
      g_assert_cmpuint (msm_setup_hash (setup), ==, msm_setup_hash (other));
      changes[i](other);
      if (msm_setup_equal (setup, other) || msm_setup_equal (other, setup))
        g_error ("change %zu is not noticed", i);
      same = msm_setup_copy (other);
      same->threads = 3;
      same->parent_number = 7;
      g_assert_true (msm_setup_equal (other, same));
      g_assert_cmpuint (msm_setup_hash (other), ==, msm_setup_hash (same));
    }
}

/* A point of the mask counts, and a branch's step and parent. */
static void
test_equal_deeply (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmSetup) setup = make_setup (f, "cg-sense", "random"), other = NULL;

  g_assert_true (msm_setup_resolve (setup, NULL, NULL));
  change_parent (setup);
  other = msm_setup_copy (setup);
  g_assert_true (msm_setup_equal (setup, other));
  other->start_step++;
  g_assert_false (msm_setup_equal (setup, other));
  other->start_step--;
  other->parent->mask->points[5] ^= 1;
  g_assert_false (msm_setup_equal (setup, other));
  g_assert_true (msm_setup_settings_equal (setup, other));
  g_assert_cmpuint (msm_setup_hash (setup), !=, msm_setup_hash (other));
}

/* What is saved comes back equal, with what it goes on from. */
static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmSetup) setup = make_setup (f, "msm", "equispaced"), back = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  msm_params_set_text (setup->params, "prior", "brain-128", NULL);
  setup->precision = 1;
  setup->n_virtual = 4;
  change_espirit (setup);
  change_parent (setup);
  msm_params_set_text (setup->params, "seed", "7", NULL);
  g_assert_true (msm_setup_save (setup, f->ini, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (f->ini, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "prior=brain-128\n"));
  g_assert_true (g_str_has_suffix (text, "\n[branch 1]\nstep=2\nmethod.seed=7\n"));
  back = msm_setup_load (f->ini, &error);
  g_assert_no_error (error);
  g_assert_true (back->is_middle);
  g_assert_true (msm_setup_equal (setup, back));
}

/* A mask drawn by hand becomes a file beside the experiment; one that a branch shares with its parent is one file. */
static void
test_masks (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmSetup) setup = make_setup (f, "cg-sense", NULL), back = NULL;
  g_autofree char *first = g_build_filename (f->folder, "a-mask.png", NULL);
  g_autoptr (GError) error = NULL;

  setup->mask = msm_mask_new (32, 32);
  setup->mask->points[40] = 1;
  setup->mask_is_drawn = FALSE;
  setup->parent = msm_setup_copy (setup);
  setup->start_step = 1;
  g_assert_true (msm_setup_save_masks (setup, f->ini, &error));
  g_assert_cmpstr (setup->mask_path, ==, "a-mask.png");
  g_assert_cmpstr (setup->parent->mask_path, ==, "a-mask.png");
  g_assert_true (msm_setup_save (setup, f->ini, &error));
  back = msm_setup_load (f->ini, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (back->mask_path, ==, first);
  g_assert_true (msm_setup_resolve (back, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (msm_setup_shares_mask (back, setup));
  setup->parent->mask->points[41] = 1;
  g_assert_true (msm_setup_save_masks (setup, f->ini, &error));
  g_assert_cmpstr (setup->mask_path, ==, "a-mask-1.png");
}

/* The road without anything given: the middle slice, the pattern's mask, a device of its own. */
static void
test_prepare (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmSetup) setup = make_setup (f, "zero-filled", "random"), resolved = msm_setup_copy (setup);
  g_autoptr (GError) error = NULL;
  MsmSampler *sampler = msm_setup_prepare (setup, NULL, &error);
  MsmProblem *problem;

  g_assert_no_error (error);
  g_assert_true (msm_setup_resolve (resolved, NULL, &error));
  g_assert_cmpuint (resolved->address.slice, ==, 2);
  g_assert_null (setup->mask); /* the value itself is as it was */
  problem = sampler->problem;
  g_assert_cmpmem (problem->mask->points, 32 * 32, resolved->mask->points, 32 * 32);
  g_assert_cmpuint (msm_mask_count (problem->mask), <, 32 * 32);
  g_assert_cmpstr (msm_device_name (problem->device), ==, "cpu");
  g_assert_true (sampler->klass == setup->method);
  msm_sampler_free (sampler);
}

static gboolean
refuse (MsmProblem *problem, gpointer data, GError **error)
{
  g_assert_nonnull (problem->kspace);
  g_set_error (error, MSM_ERROR, MSM_ERROR_VALUE, "not this one");
  return FALSE;
}

static void
test_prepare_fails (Fixture *f, gconstpointer data)
{
  g_autoptr (MsmSetup) setup = make_setup (f, "zero-filled", NULL);
  g_autoptr (MsmCancel) cancel = msm_cancel_new ();
  MsmPrepareOptions options = { .on_problem = refuse };
  g_autoptr (GError) error = NULL;

  g_assert_null (msm_setup_prepare (setup, &options, &error));
  g_assert_cmpstr (error->message, ==, "not this one");
  g_clear_error (&error);

  options = (MsmPrepareOptions){ .cancel = cancel };
  msm_cancel_request (cancel, MSM_CANCEL_NOW);
  g_assert_null (msm_setup_prepare (setup, &options, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_CANCELLED);
  g_clear_error (&error);

  /* A branch of what has no branches. */
  change_parent (setup);
  g_assert_null (msm_setup_prepare (setup, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "step 2"));
  g_clear_error (&error);

  msm_setup_set_slice (setup, 5);
  g_assert_false (msm_setup_resolve (setup, NULL, &error));
  g_assert_error (error, MSM_ERROR, MSM_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "slice 5"));
  g_assert_nonnull (strstr (error->message, f->scan));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/setup/equal", Fixture, NULL, set_up, test_equal, tear_down);
  g_test_add ("/app/setup/equal-deeply", Fixture, NULL, set_up, test_equal_deeply, tear_down);
  g_test_add ("/app/setup/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/app/setup/masks", Fixture, NULL, set_up, test_masks, tear_down);
  g_test_add ("/app/setup/prepare", Fixture, NULL, set_up, test_prepare, tear_down);
  g_test_add ("/app/setup/prepare-fails", Fixture, NULL, set_up, test_prepare_fails, tear_down);
  return g_test_run ();
}
