#include "config.h"

#include "core/io/reader/reader-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>) && defined(SYS_landlock_create_ruleset)
#include <linux/landlock.h>

static void
allow_below (int rules, const char *path)
{
  struct landlock_path_beneath_attr below = {
    .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE,
    .parent_fd = open (path, O_PATH | O_CLOEXEC),
  };
  struct stat info;

  if (below.parent_fd < 0)
    return;
  /* A rule for a single file is refused when it speaks of folders. */
  if (fstat (below.parent_fd, &info) == 0 && !S_ISDIR (info.st_mode))
    below.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
  syscall (SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
  close (below.parent_fd);
}

static void
limit_files (const char *const *paths)
{
  /* All that the first version of Landlock knows: what is named here and not allowed below is denied. */
  const struct landlock_ruleset_attr attributes = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
  /* Libraries and filters that are loaded late, and translated messages. */
  const char *const system[] = { "/usr", "/lib", "/lib64", MSM_LOCALE_DIR, MSM_BUILD_LOCALE_DIR };
  int rules = (int) syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);

  if (rules < 0)
    return;
  for (; *paths != NULL; paths++)
    allow_below (rules, *paths);
  for (gsize i = 0; i < G_N_ELEMENTS (system); i++)
    allow_below (rules, system[i]);
  syscall (SYS_landlock_restrict_self, rules, 0);
  close (rules);
}
#else
static void
limit_files (const char *const *paths)
{
}
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#if defined(ARCHITECTURE) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LOAD(field) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, field))
#define DENY(name)  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT (BPF_RET | BPF_K, REFUSED)
#define REFUSED     (SECCOMP_RET_ERRNO | EPERM)

static void
limit_calls (void)
{
  struct sock_filter filter[] =
  {
    LOAD (arch),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    LOAD (nr),
#if defined(__x86_64__)
    /* The other numbering of the same kernel. */
    BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    DENY (fork),
    DENY (vfork),
    DENY (open),
    DENY (creat),
    DENY (unlink),
    DENY (rename),
    DENY (mkdir),
    DENY (rmdir),
    DENY (link),
    DENY (symlink),
    DENY (chmod),
    DENY (chown),
#endif
    DENY (clone),
    DENY (execve),
    DENY (execveat),
    DENY (socket),
    DENY (socketpair),
    DENY (connect),
    DENY (bind),
    DENY (listen),
    DENY (ptrace),
    DENY (process_vm_readv),
    DENY (process_vm_writev),
    DENY (kill),
    DENY (unlinkat),
    DENY (renameat2),
    DENY (mkdirat),
    DENY (linkat),
    DENY (symlinkat),
    DENY (fchmodat),
    DENY (fchownat),
    DENY (truncate),
    DENY (mount),
    DENY (bpf),
    DENY (io_uring_setup),
    DENY (userfaultfd),
    /* Files are opened to be read. */
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
    LOAD (args[2]),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, REFUSED),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { .len = G_N_ELEMENTS (filter), .filter = filter };

  prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static void
limit_calls (void)
{
}
#endif

void
msm_reader_sandbox_enter (const char *const *paths)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return;
  limit_files (paths);
  limit_calls ();
}
