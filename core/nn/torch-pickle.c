#include "config.h"

#include "core/nn/torch-pickle.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/base/error.h"

/* A checkpoint of a thousand tensors, with its optimiser's, has some hundred thousand values. */
#define MAX_DEPTH  1000000 /* of the stack: values of unfinished collections */
#define MAX_VALUES 2000000

struct _MsmPickle
{
  const char *source;
  const guint8 *at, *end;
  GPtrArray *values; /* owns all */
  GPtrArray *stack;
  GHashTable *memo; /* (gint64 → value) */
  MsmPickleValue *root;
  gsize n_copied; /* items of dictionaries made of lists */
};

static void
value_free (gpointer data)
{
  MsmPickleValue *value = data;

  g_free (value->text);
  if (value->items != NULL)
    g_ptr_array_unref (value->items);
  g_free (value);
}

static gboolean
damaged (const MsmPickle *self, GError **error, const char *what)
{
  g_set_error (error, MSM_ERROR, MSM_ERROR_FORMAT, _("%s: damaged pickle: %s"), self->source, what);
  return FALSE;
}

static MsmPickleValue *
new_value (MsmPickle *self, MsmPickleType type)
{
  MsmPickleValue *value = g_new0 (MsmPickleValue, 1);

  value->type = type;
  if (type == MSM_PICKLE_TUPLE || type == MSM_PICKLE_LIST || type == MSM_PICKLE_DICT)
    value->items = g_ptr_array_new ();
  g_ptr_array_add (self->values, value);
  return value;
}

static gboolean
push (MsmPickle *self, MsmPickleValue *value, GError **error)
{
  if (self->stack->len >= MAX_DEPTH)
    return damaged (self, error, _("the stack is too deep"));
  g_ptr_array_add (self->stack, value);
  return TRUE;
}

static gboolean
push_number (MsmPickle *self, MsmPickleType type, gint64 integer, double number, GError **error)
{
  MsmPickleValue *value = new_value (self, type);

  value->integer = integer;
  value->number = number;
  return push (self, value, error);
}

static MsmPickleValue *
pop (MsmPickle *self, GError **error)
{
  MsmPickleValue *value;

  if (self->stack->len == 0)
    {
      damaged (self, error, _("the stack is empty"));
      return NULL;
    }
  value = g_ptr_array_steal_index (self->stack, self->stack->len - 1);
  if (value->type == MSM_PICKLE_MARK)
    {
      damaged (self, error, _("a mark where a value is expected"));
      return NULL;
    }
  return value;
}

static MsmPickleValue *
top (MsmPickle *self, GError **error)
{
  MsmPickleValue *value = pop (self, error);

  if (value != NULL)
    g_ptr_array_add (self->stack, value);
  return value;
}

/* Moves what lies above the last mark to the end of @items; the mark goes. */
static gboolean
pop_to_mark (MsmPickle *self, GPtrArray *items, GError **error)
{
  guint first = self->stack->len;

  while (first > 0 && ((MsmPickleValue *) self->stack->pdata[first - 1])->type != MSM_PICKLE_MARK)
    first--;
  if (first == 0)
    return damaged (self, error, _("a mark is missing"));
  for (guint i = first; i < self->stack->len; i++)
    g_ptr_array_add (items, self->stack->pdata[i]);
  g_ptr_array_set_size (self->stack, (int) first - 1);
  return TRUE;
}

/* The next @n bytes, or NULL past the end. */
static const guint8 *
take (MsmPickle *self, gsize n, GError **error)
{
  const guint8 *bytes = self->at;

  if ((gsize) (self->end - self->at) < n)
    {
      damaged (self, error, _("it ends too soon"));
      return NULL;
    }
  self->at += n;
  return bytes;
}

/* A little-endian unsigned number of @n bytes. */
static gboolean
take_number (MsmPickle *self, gsize n, guint64 *number, GError **error)
{
  const guint8 *bytes = take (self, n, error);

  if (bytes == NULL)
    return FALSE;
  *number = 0;
  for (gsize i = 0; i < n; i++)
    *number |= (guint64) bytes[i] << (8 * i);
  return TRUE;
}

/* Two's complement of any length; beyond 64 bits the value is of no interest here. */
static gboolean
push_long (MsmPickle *self, gsize n, GError **error)
{
  const guint8 *bytes = take (self, n, error);
  guint64 number = 0;

  if (bytes == NULL)
    return FALSE;
  for (gsize i = 0; i < MIN (n, 8); i++)
    number |= (guint64) bytes[i] << (8 * i);
  if (n > 0 && n < 8 && (bytes[n - 1] & 0x80) != 0)
    number |= ~(guint64) 0 << (8 * n);
  return push_number (self, MSM_PICKLE_INT, (gint64) number, 0, error);
}

/* @n bytes as text; what is no UTF-8 (bytes objects) becomes readable. */
static gboolean
push_text (MsmPickle *self, guint64 n, GError **error)
{
  const guint8 *bytes = n <= G_MAXINT32 ? take (self, (gsize) n, error) : NULL;
  MsmPickleValue *value;

  if (bytes == NULL)
    return n <= G_MAXINT32 ? FALSE : damaged (self, error, _("a text of more than 2 GiB"));
  value = new_value (self, MSM_PICKLE_TEXT);
  value->text = g_utf8_make_valid ((const char *) bytes, (gssize) n);
  return push (self, value, error);
}

/* A line of GLOBAL. (transfer full) */
static char *
take_line (MsmPickle *self, GError **error)
{
  const guint8 *newline = memchr (self->at, '\n', (gsize) (self->end - self->at));
  char *line;

  if (newline == NULL || newline - self->at > 255)
    {
      damaged (self, error, _("a name without an end"));
      return NULL;
    }
  line = g_utf8_make_valid ((const char *) self->at, newline - self->at);
  self->at = newline + 1;
  return line;
}

/* Recognised or harmless beside weights. None of them is ever called. */
static gboolean
is_known (const char *name)
{
  static const char *const prefixes[] = { "torch.", "numpy.", "argparse.", "omegaconf.", "pathlib.", NULL };
  static const char *const names[] = { "collections.OrderedDict",
                                       "collections.defaultdict",
                                       "collections.Counter",
                                       "collections.deque",
                                       "_codecs.encode",
                                       "datetime.datetime",
                                       "datetime.timedelta",
                                       "builtins.set",
                                       "builtins.dict",
                                       "builtins.list",
                                       "builtins.int",
                                       "builtins.float",
                                       "builtins.complex",
                                       "__builtin__.set",
                                       "builtins.slice",
                                       "builtins.bytearray",
                                       NULL };

  if (g_strv_contains (names, name))
    return TRUE;
  for (int i = 0; prefixes[i] != NULL; i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
push_global (MsmPickle *self, const char *module, const char *name, GError **error)
{
  MsmPickleValue *value;
  g_autofree char *full = g_strconcat (module, ".", name, NULL);

  if (!is_known (full))
    {
      g_set_error (error, MSM_ERROR, MSM_ERROR_UNSUPPORTED,
                   _("%s: refused: it asks for ‘%.100s’, which weights do not need; nothing of it was run"),
                   self->source, full);
      return FALSE;
    }
  value = new_value (self, MSM_PICKLE_GLOBAL);
  value->text = g_steal_pointer (&full);
  return push (self, value, error);
}

static const MsmPickleValue *
item (const MsmPickleValue *value, guint i, MsmPickleType type)
{
  const MsmPickleValue *found;

  if (value == NULL || value->items == NULL || i >= value->items->len)
    return NULL;
  found = value->items->pdata[i];
  return found->type == type ? found : NULL;
}

/* ('storage', torch.FloatStorage, key, location, number of elements) */
static gboolean
push_storage (MsmPickle *self, const MsmPickleValue *id, GError **error)
{
  const MsmPickleValue *kind = item (id, 0, MSM_PICKLE_TEXT);
  const MsmPickleValue *type = item (id, 1, MSM_PICKLE_GLOBAL);
  const MsmPickleValue *key = item (id, 2, MSM_PICKLE_TEXT);
  const MsmPickleValue *size = item (id, 4, MSM_PICKLE_INT);
  MsmPickleValue *value;

  if (kind == NULL || !g_str_equal (kind->text, "storage") || type == NULL || key == NULL || size == NULL
      || size->integer < 0 || !g_str_has_prefix (type->text, "torch."))
    return damaged (self, error, _("a persistent object that is no storage"));
  value = new_value (self, MSM_PICKLE_STORAGE);
  value->text = g_strdup (key->text);
  value->dtype = type->text + strlen ("torch.");
  value->integer = size->integer;
  return push (self, value, error);
}

/* torch._utils._rebuild_tensor_v2 (storage, offset, size, stride, …) */
static gboolean
push_tensor (MsmPickle *self, const MsmPickleValue *arguments, GError **error)
{
  const MsmPickleValue *storage = item (arguments, 0, MSM_PICKLE_STORAGE);
  const MsmPickleValue *offset = item (arguments, 1, MSM_PICKLE_INT);
  const MsmPickleValue *size = item (arguments, 2, MSM_PICKLE_TUPLE);
  const MsmPickleValue *stride = item (arguments, 3, MSM_PICKLE_TUPLE);
  MsmPickleValue *tensor;
  guint64 last;

  if (storage == NULL || offset == NULL || size == NULL || stride == NULL || offset->integer < 0
      || size->items->len != stride->items->len)
    return damaged (self, error, _("a tensor without storage, size or stride"));
  if (size->items->len > MSM_MAX_RANK) /* none of the network's */
    return push (self, new_value (self, MSM_PICKLE_OPAQUE), error);
  tensor = new_value (self, MSM_PICKLE_TENSOR);
  tensor->storage = (MsmPickleValue *) storage;
  tensor->integer = offset->integer;
  tensor->rank = (int) size->items->len;
  last = (guint64) offset->integer;
  for (int i = 0; i < tensor->rank; i++)
    {
      const MsmPickleValue *n = item (size, (guint) i, MSM_PICKLE_INT);
      const MsmPickleValue *step = item (stride, (guint) i, MSM_PICKLE_INT);
      guint64 reach;

      if (n == NULL || step == NULL || n->integer < 0 || step->integer < 0)
        return damaged (self, error, _("a tensor of negative size or stride"));
      tensor->dim[i] = (guint64) n->integer;
      tensor->stride[i] = (guint64) step->integer;
      if (tensor->dim[i] == 0)
        return push (self, new_value (self, MSM_PICKLE_OPAQUE), error);
      if (!g_uint64_checked_mul (&reach, tensor->dim[i] - 1, tensor->stride[i])
          || !g_uint64_checked_add (&last, last, reach))
        return damaged (self, error, _("a tensor larger than any memory"));
    }
  if (last >= (guint64) storage->integer)
    return damaged (self, error, _("a tensor that leaves its storage"));
  return push (self, tensor, error);
}

/* Calls: @callable (@arguments) by name, and nothing is run. */
static gboolean
reduce (MsmPickle *self, GError **error)
{
  MsmPickleValue *arguments = pop (self, error);
  MsmPickleValue *callable = arguments != NULL ? pop (self, error) : NULL;
  const MsmPickleValue *pairs;
  MsmPickleValue *dict;

  if (callable == NULL)
    return FALSE;
  if (callable->type != MSM_PICKLE_GLOBAL || arguments->type != MSM_PICKLE_TUPLE)
    return push (self, new_value (self, MSM_PICKLE_OPAQUE), error);
  if (g_str_equal (callable->text, "torch._utils._rebuild_tensor_v2")
      || g_str_equal (callable->text, "torch._utils._rebuild_tensor"))
    return push_tensor (self, arguments, error);
  if (g_str_has_prefix (callable->text, "torch._utils._rebuild_parameter") && arguments->items->len > 0
      && ((MsmPickleValue *) arguments->items->pdata[0])->type == MSM_PICKLE_TENSOR)
    return push (self, arguments->items->pdata[0], error);
  if (g_str_equal (callable->text, "torch.Size") && item (arguments, 0, MSM_PICKLE_TUPLE) != NULL)
    return push (self, arguments->items->pdata[0], error);
  if (!g_str_has_prefix (callable->text, "collections.") && !g_str_equal (callable->text, "builtins.dict"))
    return push (self, new_value (self, MSM_PICKLE_OPAQUE), error);
  /* OrderedDict (), or of a list of pairs. */
  dict = new_value (self, MSM_PICKLE_DICT);
  pairs = item (arguments, 0, MSM_PICKLE_LIST);
  /* The same list may be used again and again: what it makes is bounded as the values are. */
  self->n_copied += pairs != NULL ? pairs->items->len : 0;
  if (self->n_copied > MAX_VALUES)
    return damaged (self, error, _("too many values"));
  for (guint i = 0; pairs != NULL && i < pairs->items->len; i++)
    {
      const MsmPickleValue *pair = pairs->items->pdata[i];

      if (pair->items == NULL || pair->items->len != 2)
        continue;
      g_ptr_array_add (dict->items, pair->items->pdata[0]);
      g_ptr_array_add (dict->items, pair->items->pdata[1]);
    }
  return push (self, dict, error);
}

/* A collection of the values above the mark. */
static gboolean
push_collection (MsmPickle *self, MsmPickleType type, GError **error)
{
  MsmPickleValue *value = new_value (self, type);

  return pop_to_mark (self, value->items, error) && push (self, value, error);
}

/* A tuple of the last @n values. */
static gboolean
push_tuple (MsmPickle *self, guint n, GError **error)
{
  MsmPickleValue *value = new_value (self, MSM_PICKLE_TUPLE);

  g_ptr_array_set_size (value->items, (int) n);
  while (n-- > 0)
    if ((value->items->pdata[n] = pop (self, error)) == NULL)
      {
        g_ptr_array_set_size (value->items, 0);
        return FALSE;
      }
  return push (self, value, error);
}

/* The last @n values, or those above the mark when @n is 0, go into the list or dictionary below them. */
static gboolean
extend (MsmPickle *self, guint n, MsmPickleType type, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  MsmPickleValue *target;

  if (n == 0 && !pop_to_mark (self, items, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      MsmPickleValue *value = pop (self, error);

      if (value == NULL)
        return FALSE;
      g_ptr_array_insert (items, 0, value);
    }
  target = top (self, error);
  if (target == NULL)
    return FALSE;
  if (target->type == MSM_PICKLE_OPAQUE)
    return TRUE;
  if (target->type != type || (type == MSM_PICKLE_DICT && items->len % 2 != 0))
    return damaged (self, error, _("items for something that holds none"));
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (target->items, items->pdata[i]);
  return TRUE;
}

static gboolean
remember (MsmPickle *self, guint64 key, GError **error)
{
  MsmPickleValue *value = top (self, error);
  gint64 *copy;

  if (value == NULL)
    return FALSE;
  copy = g_new (gint64, 1);
  *copy = (gint64) key;
  g_hash_table_insert (self->memo, copy, value);
  return TRUE;
}

static gboolean
recall (MsmPickle *self, guint64 key, GError **error)
{
  gint64 wanted = (gint64) key;
  MsmPickleValue *value = g_hash_table_lookup (self->memo, &wanted);

  return value != NULL ? push (self, value, error) : damaged (self, error, _("it refers to what it does not hold"));
}

/* Drops @n values and pushes an opaque one in their place: NEWOBJ and its kin. */
static gboolean
push_opaque (MsmPickle *self, guint n, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (pop (self, error) == NULL)
      return FALSE;
  return push (self, new_value (self, MSM_PICKLE_OPAQUE), error);
}

static gboolean
push_global_of_stack (MsmPickle *self, GError **error)
{
  MsmPickleValue *name = pop (self, error);
  MsmPickleValue *module = name != NULL ? pop (self, error) : NULL;

  if (module == NULL)
    return FALSE;
  if (name->type != MSM_PICKLE_TEXT || module->type != MSM_PICKLE_TEXT)
    return damaged (self, error, _("a name that is no text"));
  return push_global (self, module->text, name->text, error);
}

static gboolean
push_global_of_lines (MsmPickle *self, GError **error)
{
  g_autofree char *module = take_line (self, error);
  g_autofree char *name = module != NULL ? take_line (self, error) : NULL;

  return name != NULL && push_global (self, module, name, error);
}

static gboolean
push_float (MsmPickle *self, GError **error)
{
  const guint8 *bytes = take (self, 8, error);
  guint64 bits = 0;
  double value;

  if (bytes == NULL)
    return FALSE;
  for (int i = 0; i < 8; i++) /* big-endian */
    bits = bits << 8 | bytes[i];
  memcpy (&value, &bits, sizeof value);
  return push_number (self, MSM_PICKLE_FLOAT, 0, value, error);
}

/* Opcodes with an argument that is a number of bytes, a length or a memo key. */
static gboolean
step_with_number (MsmPickle *self, guint8 op, gsize n_bytes, GError **error)
{
  guint64 number;

  if (!take_number (self, n_bytes, &number, error))
    return FALSE;
  switch (op)
    {
    case 0x80: /* PROTO */
      return number <= 5 ? TRUE : damaged (self, error, _("a protocol above 5"));
    case 0x95: /* FRAME */
      return TRUE;
    case 'q':
    case 'r': /* BINPUT, LONG_BINPUT */
      return remember (self, number, error);
    case 'h':
    case 'j': /* BINGET, LONG_BINGET */
      return recall (self, number, error);
    case 'K':
    case 'M': /* BININT1, BININT2 */
      return push_number (self, MSM_PICKLE_INT, (gint64) number, 0, error);
    case 'J': /* BININT */
      return push_number (self, MSM_PICKLE_INT, (gint32) (guint32) number, 0, error);
    case 0x8a:
    case 0x8b: /* LONG1, LONG4 */
      return push_long (self, (gsize) number, error);
    default: /* texts and bytes, by their length */
      return push_text (self, number, error);
    }
}

static gboolean
step (MsmPickle *self, guint8 op, GError **error)
{
  switch (op)
    {
    case 0x80:
    case 'q':
    case 'h':
    case 'K':
    case 0x8a:
    case 0x8c:
    case 'U':
    case 'C':
      return step_with_number (self, op, 1, error);
    case 'M':
      return step_with_number (self, op, 2, error);
    case 'r':
    case 'j':
    case 'J':
    case 'X':
    case 'T':
    case 'B':
    case 0x8b:
      return step_with_number (self, op, 4, error);
    case 0x95:
    case 0x8d:
    case 0x8e:
    case 0x96:
      return step_with_number (self, op, 8, error);
    case 0x94: /* MEMOIZE */
      return remember (self, g_hash_table_size (self->memo), error);
    case '(':
      return push (self, new_value (self, MSM_PICKLE_MARK), error);
    case ')':
    case ']':
    case '}':
    case 0x8f: /* empty tuple, list, dictionary, set */
      return push (self,
                   new_value (self, op == ')'   ? MSM_PICKLE_TUPLE
                                    : op == ']' ? MSM_PICKLE_LIST
                                    : op == '}' ? MSM_PICKLE_DICT
                                                : MSM_PICKLE_OPAQUE),
                   error);
    case 't':
    case 'l':
    case 'd':
      return push_collection (self,
                              op == 't'   ? MSM_PICKLE_TUPLE
                              : op == 'l' ? MSM_PICKLE_LIST
                                          : MSM_PICKLE_DICT,
                              error);
    case 0x85:
    case 0x86:
    case 0x87:
      return push_tuple (self, op - 0x84u, error);
    case 'N':
      return push (self, new_value (self, MSM_PICKLE_NONE), error);
    case 0x88:
    case 0x89:
      return push_number (self, MSM_PICKLE_BOOL, op == 0x88, 0, error);
    case 'G':
      return push_float (self, error);
    case 'a':
      return extend (self, 1, MSM_PICKLE_LIST, error);
    case 'e':
    case 0x90:
      return extend (self, 0, MSM_PICKLE_LIST, error);
    case 's':
      return extend (self, 2, MSM_PICKLE_DICT, error);
    case 'u':
      return extend (self, 0, MSM_PICKLE_DICT, error);
    case 'c':
      return push_global_of_lines (self, error);
    case 0x93:
      return push_global_of_stack (self, error);
    case 'R':
      return reduce (self, error);
    case 0x81: /* NEWOBJ: class, arguments */
      return push_opaque (self, 2, error);
    case 0x92: /* NEWOBJ_EX */
      return push_opaque (self, 3, error);
    case 'b': /* BUILD: the state of what lies below; nothing that is read depends on it */
    case '0': /* POP */
      return pop (self, error) != NULL;
    case 'Q':
      {
        MsmPickleValue *id = pop (self, error);

        return id != NULL && push_storage (self, id, error);
      }
    default:
      {
        g_autofree char *what = g_strdup_printf (_("an unknown opcode 0x%02x"), op);

        return damaged (self, error, what);
      }
    }
}

MsmPickle *
msm_pickle_parse (const char *source, const guint8 *bytes, gsize n, GError **error)
{
  g_autoptr (MsmPickle) self = g_new0 (MsmPickle, 1);

  self->source = source;
  self->at = bytes;
  self->end = bytes + n;
  self->values = g_ptr_array_new_with_free_func (value_free);
  self->stack = g_ptr_array_new ();
  self->memo = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (;;)
    {
      const guint8 *op = take (self, 1, error);

      if (op == NULL)
        return NULL;
      if (*op == '.')
        break;
      if (!step (self, *op, error))
        return NULL;
      if (self->values->len > MAX_VALUES)
        {
          damaged (self, error, _("too many values"));
          return NULL;
        }
    }
  self->root = pop (self, error);
  return self->root != NULL ? g_steal_pointer (&self) : NULL;
}

void
msm_pickle_free (MsmPickle *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->values);
  g_ptr_array_unref (self->stack);
  g_hash_table_unref (self->memo);
  g_free (self);
}

const MsmPickleValue *
msm_pickle_root (const MsmPickle *self)
{
  return self->root;
}

const MsmPickleValue *
msm_pickle_lookup (const MsmPickleValue *dict, const char *key)
{
  if (dict == NULL || dict->type != MSM_PICKLE_DICT)
    return NULL;
  /* The last one counts, as in Python. */
  for (guint i = dict->items->len; i >= 2; i -= 2)
    {
      const MsmPickleValue *name = dict->items->pdata[i - 2];

      if (name->type == MSM_PICKLE_TEXT && g_str_equal (name->text, key))
        return dict->items->pdata[i - 1];
    }
  return NULL;
}
