#include "config.h"

#include "app/setup/address.h"
#include "app/setup/scan-flags.h"

/* An address of literal texts; @indices: as the flag has them, or NULL. */
static void
fill (MsmAddress *self, const char *path, const char *group, const char *indices, gsize slice)
{
  MsmAddress given = { (char *) path, (char *) group, indices != NULL ? msm_indices_parse (indices, NULL) : NULL,
                       slice };

  msm_address_copy (&given, self);
  g_clear_pointer (&given.indices, g_hash_table_unref);
}

/* Every part counts; an index of 0 is as none, in any order; without a file nothing else does. */
static void
test_equal (void)
{
  static const struct
  {
    const char *path, *group, *indices;
    gsize slice;
    gboolean is_same;
  } cases[] = {
    { "a.h5", "one", "contrast=2,set=1", 3, TRUE },
    { "a.h5", "one", "set=1,contrast=2,average=0", 3, TRUE },
    { "b.h5", "one", "contrast=2,set=1", 3, FALSE },
    { "a.h5", "two", "contrast=2,set=1", 3, FALSE },
    { "a.h5", NULL, "contrast=2,set=1", 3, FALSE },
    { "a.h5", "one", "contrast=1,set=1", 3, FALSE },
    { "a.h5", "one", "contrast=2", 3, FALSE },
    { "a.h5", "one", "contrast=2,set=1,average=1", 3, FALSE },
    { "a.h5", "one", NULL, 3, FALSE },
    { "a.h5", "one", "contrast=2,set=1", 4, FALSE },
    { NULL, "one", "contrast=2,set=1", 3, FALSE },
  };
  g_auto (MsmAddress) all = { NULL };

  fill (&all, "a.h5", "one", "contrast=2,set=1", 3);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (MsmAddress) other = { NULL };
      gboolean same_scan = cases[i].is_same || cases[i].slice != all.slice;

      fill (&other, cases[i].path, cases[i].group, cases[i].indices, cases[i].slice);
      g_assert_cmpint (msm_address_equal (&all, &other), ==, cases[i].is_same);
      g_assert_cmpint (msm_address_equal (&other, &all), ==, cases[i].is_same);
      g_assert_cmpint (msm_address_same_scan (&all, &other), ==, same_scan);
      g_assert_cmpint (msm_address_hash (&all) == msm_address_hash (&other), ==, cases[i].is_same);
    }
}

static void
test_nowhere (void)
{
  g_auto (MsmAddress) a = { NULL }, b = { NULL };

  fill (&a, NULL, NULL, NULL, 1);
  fill (&b, NULL, "one", "set=1", 2);
  g_assert_true (msm_address_equal (&a, &b));
  g_assert_cmpuint (msm_address_hash (&a), ==, msm_address_hash (&b));
}

/* A copy shares nothing. */
static void
test_copy (void)
{
  g_auto (MsmAddress) copy = { NULL };
  MsmAddress original = { NULL };

  fill (&original, "a.h5", "one", "set=1", 3);
  msm_address_copy (&original, &copy);
  g_assert_true (msm_address_equal (&original, &copy));
  g_hash_table_insert (original.indices, g_strdup ("set"), GSIZE_TO_POINTER (2));
  g_assert_false (msm_address_equal (&original, &copy));
  msm_address_clear (&original);
  g_assert_null (original.path);
  g_assert_cmpstr (copy.path, ==, "a.h5");
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_hash_table_lookup (copy.indices, "set")), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/address/equal", test_equal);
  g_test_add_func ("/app/address/nowhere", test_nowhere);
  g_test_add_func ("/app/address/copy", test_copy);
  return g_test_run ();
}
