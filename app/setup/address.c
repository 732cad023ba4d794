#include "config.h"

#include "app/setup/address.h"

GHashTable *
msm_indices_copy (GHashTable *indices)
{
  GHashTable *copy;
  GHashTableIter iter;
  gpointer axis, index;

  if (indices == NULL)
    return NULL;
  copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, indices);
  while (g_hash_table_iter_next (&iter, &axis, &index))
    g_hash_table_insert (copy, g_strdup (axis), index);
  return copy;
}

/* All of @b is in @a. */
static gboolean
includes (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer axis, index;

  if (b == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, b);
  while (g_hash_table_iter_next (&iter, &axis, &index))
    if ((a != NULL ? g_hash_table_lookup (a, axis) : NULL) != index)
      return FALSE;
  return TRUE;
}

gboolean
msm_indices_equal (GHashTable *a, GHashTable *b)
{
  return includes (a, b) && includes (b, a);
}

/* Whatever the order; an index of 0 is as none. */
static guint
hash_indices (GHashTable *indices)
{
  GHashTableIter iter;
  gpointer axis, index;
  guint hash = 0;

  if (indices == NULL)
    return 0;
  g_hash_table_iter_init (&iter, indices);
  while (g_hash_table_iter_next (&iter, &axis, &index))
    hash += g_str_hash (axis) * GPOINTER_TO_UINT (index);
  return hash;
}

void
msm_address_copy (const MsmAddress *self, MsmAddress *copy)
{
  *copy = (MsmAddress){ g_strdup (self->path), g_strdup (self->group), msm_indices_copy (self->indices), self->slice };
}

void
msm_address_clear (MsmAddress *self)
{
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->group, g_free);
  g_clear_pointer (&self->indices, g_hash_table_unref);
  self->slice = 0;
}

gboolean
msm_address_same_scan (const MsmAddress *a, const MsmAddress *b)
{
  return g_strcmp0 (a->path, b->path) == 0
         && (a->path == NULL || (g_strcmp0 (a->group, b->group) == 0 && msm_indices_equal (a->indices, b->indices)));
}

gboolean
msm_address_equal (const MsmAddress *a, const MsmAddress *b)
{
  return msm_address_same_scan (a, b) && (a->path == NULL || a->slice == b->slice);
}

guint
msm_address_hash (const MsmAddress *self)
{
  if (self->path == NULL)
    return 0;
  return ((g_str_hash (self->path) * 31 + (self->group != NULL ? g_str_hash (self->group) : 0)) * 31
          + hash_indices (self->indices))
             * 31
         + (guint) self->slice;
}

MsmScan *
msm_address_open (const MsmAddress *self, GError **error)
{
  MsmScanOptions options = { .group = self->group, .indices = self->indices };

  return msm_scan_open (self->path, &options, error);
}
