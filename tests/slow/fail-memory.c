#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Preloaded: the MSM_FAIL_AT-th request for at least MSM_FAIL_BYTES of memory is refused, once. Smaller requests are
 * GLib's and the libraries' own, which end a program that gets none; what grows with an image must not.
 */

static atomic_long n_large;

/* An empty file MSM_FAIL_MARK: there was such a request. */
static void
mark (void)
{
  const char *path = getenv ("MSM_FAIL_MARK");
  int fd = path != NULL ? open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

  if (fd >= 0)
    close (fd);
}

static int
refuse (size_t bytes)
{
  static _Atomic long at = -1, least;

  if (at < 0)
    {
      const char *text = getenv ("MSM_FAIL_BYTES");

      least = text != NULL ? atol (text) : 65536;
      text = getenv ("MSM_FAIL_AT");
      at = text != NULL ? atol (text) : 0;
    }
  if (bytes < (size_t) least || atomic_fetch_add (&n_large, 1) + 1 != at)
    return 0;
  mark ();
  errno = ENOMEM;
  return 1;
}

/* The one that this library stands before. */
static void *
next (const char *name)
{
  return dlsym (RTLD_NEXT, name);
}

void *
malloc (size_t bytes)
{
  static void *(*real) (size_t);

  if (real == NULL)
    real = (void *(*) (size_t)) next ("malloc");
  return refuse (bytes) ? NULL : real (bytes);
}

void *
realloc (void *old, size_t bytes)
{
  static void *(*real) (void *, size_t);

  if (real == NULL)
    real = (void *(*) (void *, size_t)) next ("realloc");
  return refuse (bytes) ? NULL : real (old, bytes);
}

/* dlsym() itself calls this one, before it is known: from a small store that is never given back. */
void *
calloc (size_t n, size_t item)
{
  static void *(*real) (size_t, size_t);
  static _Alignas(16) char store[8192];
  static size_t used;
  static int looking;

  if (real == NULL && looking)
    {
      size_t at = used;

      used += (n * item + 15) / 16 * 16;
      return used <= sizeof store ? store + at : NULL;
    }
  if (real == NULL)
    {
      looking = 1;
      real = (void *(*) (size_t, size_t)) next ("calloc");
      looking = 0;
    }
  return refuse (n * item) ? NULL : real (n, item);
}

void *
aligned_alloc (size_t alignment, size_t bytes)
{
  static void *(*real) (size_t, size_t);

  if (real == NULL)
    real = (void *(*) (size_t, size_t)) next ("aligned_alloc");
  return refuse (bytes) ? NULL : real (alignment, bytes);
}

int
posix_memalign (void **pointer, size_t alignment, size_t bytes)
{
  static int (*real) (void **, size_t, size_t);

  if (real == NULL)
    real = (int (*) (void **, size_t, size_t)) next ("posix_memalign");
  return refuse (bytes) ? ENOMEM : real (pointer, alignment, bytes);
}
