#include "config.h"

#include <math.h>
#include <string.h>

#include "core/base/json.h"

/* What no JSON can hold as it is: a NaN, bytes that are no UTF-8, quotes; and a text that is not there. */
static void
test_members (void)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  JsonObject *object, *inner;

  json_builder_begin_object (b);
  msm_json_text (b, "name", "a\xff \"b\"\\\n");
  msm_json_text (b, "none", NULL);
  msm_json_int (b, "n", -3);
  msm_json_bool (b, "yes", TRUE);
  msm_json_real (b, "third", 1.0 / 3);
  msm_json_real (b, "nan", NAN);
  msm_json_open (b, "inner");
  msm_json_real (b, "infinity", -INFINITY);
  json_builder_end_object (b);
  json_builder_end_object (b);
  text = msm_json_format (b, FALSE);
  g_assert_null (strchr (text, '\n'));
  root = json_from_string (text, NULL);
  g_assert_nonnull (root);
  object = json_node_get_object (root);
  g_assert_cmpstr (json_object_get_string_member (object, "name"), ==, "a\357\277\275 \"b\"\\\n");
  g_assert_true (json_object_get_null_member (object, "none"));
  g_assert_cmpint (json_object_get_int_member (object, "n"), ==, -3);
  g_assert_true (json_object_get_boolean_member (object, "yes"));
  g_assert_true (json_object_get_double_member (object, "third") == 1.0 / 3);
  g_assert_true (json_object_get_null_member (object, "nan"));
  inner = json_object_get_object_member (object, "inner");
  g_assert_true (json_object_get_null_member (inner, "infinity"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/members", test_members);
  return g_test_run ();
}
