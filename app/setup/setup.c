#include "config.h"

#include "app/setup/setup.h"

MsmSetup *
msm_setup_new (void)
{
  return g_new0 (MsmSetup, 1);
}

static MsmParams *
copy_params (const MsmParams *params)
{
  return params != NULL ? msm_params_copy (params) : NULL;
}

MsmSetup *
msm_setup_copy (const MsmSetup *self)
{
  MsmSetup *copy = g_memdup2 (self, sizeof *self);

  msm_address_copy (&self->address, &copy->address);
  copy->mask = self->mask != NULL ? msm_mask_copy (self->mask) : NULL;
  copy->pattern_params = copy_params (self->pattern_params);
  copy->mask_path = g_strdup (self->mask_path);
  copy->operator_params = copy_params (self->operator_params);
  copy->params = copy_params (self->params);
  copy->espirit = copy_params (self->espirit);
  copy->sens_path = g_strdup (self->sens_path);
  copy->sens = self->sens != NULL ? msm_tensor_ref (self->sens) : NULL;
  copy->device = g_strdup (self->device);
  copy->parent = self->parent != NULL ? msm_setup_copy (self->parent) : NULL;
  copy->start = self->start != NULL ? g_bytes_ref (self->start) : NULL;
  return copy;
}

void
msm_setup_free (MsmSetup *self)
{
  if (self == NULL)
    return;
  msm_address_clear (&self->address);
  g_clear_pointer (&self->mask, msm_mask_unref);
  g_clear_pointer (&self->pattern_params, msm_params_free);
  g_free (self->mask_path);
  g_clear_pointer (&self->operator_params, msm_params_free);
  g_clear_pointer (&self->params, msm_params_free);
  g_clear_pointer (&self->espirit, msm_params_free);
  g_free (self->sens_path);
  g_clear_pointer (&self->sens, msm_tensor_unref);
  g_free (self->device);
  msm_setup_free (self->parent);
  g_clear_pointer (&self->start, g_bytes_unref);
  g_free (self);
}

void
msm_setup_set_path (MsmSetup *self, const char *path)
{
  for (; self != NULL; self = self->parent)
    {
      g_free (self->address.path);
      self->address.path = g_strdup (path);
    }
}

void
msm_setup_set_slice (MsmSetup *self, gsize slice)
{
  for (; self != NULL; self = self->parent)
    {
      self->address.slice = slice;
      self->is_middle = FALSE;
    }
}

int
msm_setup_count_parents (const MsmSetup *self)
{
  int n = 0;

  for (; self->parent != NULL; self = self->parent)
    n++;
  return n;
}

static void
describe_params (GString *text, const MsmParams *params, const char *prefix)
{
  if (params == NULL)
    return;
  for (const MsmParam *param = msm_params_get_table (params); param != NULL && param->name != NULL; param++)
    {
      g_autofree char *value = msm_params_format (params, param->name);

      g_string_append_printf (text, "%s%s = %s\n", prefix, param->name, value);
    }
}

char *
msm_setup_describe (const MsmSetup *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *name = self->address.path != NULL ? g_path_get_basename (self->address.path) : g_strdup ("none");
  GHashTableIter iter;
  gpointer axis, index;

  g_string_append_printf (text, "msm-studio %s\nfile = %s\nslice = %zu\nmethod = %s\n", MSM_VERSION, name,
                          self->address.slice, self->method->name);
  if (self->address.group != NULL)
    g_string_append_printf (text, "group = %s\n", self->address.group);
  if (self->address.indices != NULL)
    {
      g_hash_table_iter_init (&iter, self->address.indices);
      while (g_hash_table_iter_next (&iter, &axis, &index))
        g_string_append_printf (text, "%s = %zu\n", (const char *) axis, GPOINTER_TO_SIZE (index));
    }
  if (self->mask != NULL)
    g_string_append_printf (text, "mask = %s\neffective-accel = %.4f\n",
                            self->mask->origin != NULL ? self->mask->origin : "",
                            msm_mask_effective_accel (self->mask));
  if (self->operator_class != NULL && self->operator_class->make != NULL)
    {
      g_string_append_printf (text, "operator = %s\n", self->operator_class->name);
      describe_params (text, self->operator_params, "operator-");
    }
  if (self->parent != NULL)
    g_string_append_printf (text, "branch-of = run %d at step %d\n", self->parent_number, self->start_step);
  if (self->device != NULL && !g_str_equal (self->device, "auto"))
    g_string_append_printf (text, "device = %s\n", self->device);
  if (self->n_virtual > 0)
    g_string_append_printf (text, "coils = %zu\n", self->n_virtual);
  describe_params (text, self->params, "");
  describe_params (text, self->espirit, "espirit-");
  return g_string_free (text, FALSE);
}
