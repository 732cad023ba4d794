#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * JSON that is written: members of the object that is open in a JsonBuilder, and the finished text. Text that is not
 * UTF-8 (a file's name may be anything) has its wrong bytes replaced, since JSON has none.
 */

/* @text NULL is null. */
void msm_json_text (JsonBuilder *builder, const char *name, const char *text);
void msm_json_int (JsonBuilder *builder, const char *name, gint64 value);
void msm_json_bool (JsonBuilder *builder, const char *name, gboolean value);
/* What is not finite is null: JSON has no word for it. */
void msm_json_real (JsonBuilder *builder, const char *name, double value);
/* A member that is an object, open until json_builder_end_object(). */
void msm_json_open (JsonBuilder *builder, const char *name);
/* @builder's finished root for a terminal (printable.h): one line, or indented for people. (transfer full) */
char *msm_json_format (JsonBuilder *builder, gboolean pretty);
/* The same on standard output, with a newline. */
void msm_json_print (JsonBuilder *builder, gboolean pretty);

G_END_DECLS
