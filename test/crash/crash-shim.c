/*
 * Preloaded into a node, this counts every operation that changes a file below one directory, and at a
 * chosen one ends the process as `kill -9` does, tears the write, or lets the operation fail.
 *
 *   CRASH_DIRECTORY  operations on files below it count
 *   CRASH_STATE      a file of 512 bytes: u64 count, u64 whether the operation was reached, and its name
 *   CRASH_AT         which operation, from 1; 0 = none
 *   CRASH_MODE       kill (before it), torn (half of it, then kill), after (all of it, then kill),
 *                    EIO or ENOSPC (not done, fails with that, once)
 *
 * LevelDB writes by stdio, whose own system calls cannot be taken hold of, so its functions are counted.
 */
#define _GNU_SOURCE
#define __NO_INLINE__
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum action { PASS, TORN, AFTER, FAIL };

struct state {
  _Atomic uint64_t count;
  uint64_t reached;
  char name[496];
};

static struct state *state;
static const char *directory;
static size_t directory_length;
static uint64_t crash_at;
static const char *mode = "kill";

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CRASH_STATE");
  directory = getenv("CRASH_DIRECTORY");
  if (path == NULL || directory == NULL) return;
  directory_length = strlen(directory);
  if (getenv("CRASH_AT") != NULL) crash_at = strtoull(getenv("CRASH_AT"), NULL, 10);
  if (getenv("CRASH_MODE") != NULL) mode = getenv("CRASH_MODE");
  int fd = open(path, O_RDWR);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) state = mapped;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static enum action meet(const char *operation, const char *path) {
  if (state == NULL || path == NULL || strncmp(path, directory, directory_length) != 0) return PASS;
  uint64_t count = atomic_fetch_add(&state->count, 1) + 1;
  if (count != crash_at) return PASS;
  const char *tail = path[directory_length] == '/' ? path + directory_length + 1 : "";
  snprintf(state->name, sizeof state->name, "%s %s", operation, tail);
  state->reached = 1;
  if (strcmp(mode, "kill") == 0) die();
  if (strcmp(mode, "torn") == 0) return TORN;
  if (strcmp(mode, "after") == 0) return AFTER;
  errno = strcmp(mode, "ENOSPC") == 0 ? ENOSPC : EIO;
  return FAIL;
}

static enum action meet_fd(const char *operation, int fd) {
  if (state == NULL || fd < 3) return PASS;
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return PASS;
  path[length] = 0;
  return meet(operation, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Operations that are done whole or not at all: torn means after. */
#define WHOLE(operation, met, failed, call)                                                        \
  do {                                                                                             \
    enum action action = met;                                                                      \
    if (action == FAIL) return failed;                                                             \
    __typeof__(call) result = call;                                                                \
    if (action == TORN || action == AFTER) die();                                                  \
    return result;                                                                                 \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t size) {
  enum action action = meet_fd("write", fd);
  if (action == FAIL) return -1;
  ssize_t written = REAL(write)(fd, bytes, action == TORN ? size / 2 : size);
  if (action != PASS) die();
  return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  enum action action = meet_fd("pwrite", fd);
  if (action == FAIL) return -1;
  ssize_t written = REAL(pwrite64)(fd, bytes, action == TORN ? size / 2 : size, offset);
  if (action != PASS) die();
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  return pwrite64(fd, bytes, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  WHOLE("writev", meet_fd("writev", fd), -1, REAL(writev)(fd, parts, count));
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  WHOLE("pwritev", meet_fd("pwritev", fd), -1, REAL(pwritev64)(fd, parts, count, offset));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(fd, parts, count, offset);
}

typedef size_t (*writer)(const void *, size_t, size_t, FILE *);

static size_t streamed_write(writer real, const void *bytes, size_t size, size_t count, FILE *file) {
  enum action action = meet_fd("fwrite", fileno(file));
  if (action == FAIL) return 0;
  size_t part = action == TORN ? size * count / 2 : size * count;
  size_t written = real(bytes, 1, part, file);
  if (action != PASS) {
    REAL(fflush)(file);
    die();
  }
  return size == 0 ? 0 : written / size;
}

size_t fwrite_unlocked(const void *bytes, size_t size, size_t count, FILE *file) {
  return streamed_write(REAL(fwrite_unlocked), bytes, size, count, file);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file) {
  return streamed_write(REAL(fwrite), bytes, size, count, file);
}

int fflush_unlocked(FILE *file) {
  int fd = file == NULL ? -1 : fileno(file);
  WHOLE("fflush", meet_fd("fflush", fd), EOF, REAL(fflush_unlocked)(file));
}

int fflush(FILE *file) {
  int fd = file == NULL ? -1 : fileno(file);
  WHOLE("fflush", meet_fd("fflush", fd), EOF, REAL(fflush)(file));
}

int fsync(int fd) { WHOLE("fsync", meet_fd("fsync", fd), -1, REAL(fsync)(fd)); }

int fdatasync(int fd) { WHOLE("fdatasync", meet_fd("fdatasync", fd), -1, REAL(fdatasync)(fd)); }

int ftruncate64(int fd, off64_t size) {
  WHOLE("ftruncate", meet_fd("ftruncate", fd), -1, REAL(ftruncate64)(fd, size));
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int rename(const char *from, const char *to) {
  WHOLE("rename", meet("rename", to), -1, REAL(rename)(from, to));
}

int unlink(const char *path) { WHOLE("unlink", meet("unlink", path), -1, REAL(unlink)(path)); }

int mkdir(const char *path, mode_t permissions) {
  WHOLE("mkdir", meet("mkdir", path), -1, REAL(mkdir)(path, permissions));
}

static int opened(const char *path, int flags, mode_t permissions) {
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
  enum action action = (flags & (O_CREAT | O_TRUNC)) != 0 ? meet("create", path) : PASS;
  if (action == FAIL) return -1;
  int fd = real(path, flags, permissions);
  if (action != PASS) die();
  return fd;
}

static mode_t permissions_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t permissions = permissions_of(flags, arguments);
  va_end(arguments);
  return opened(path, flags, permissions);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t permissions = permissions_of(flags, arguments);
  va_end(arguments);
  return opened(path, flags, permissions);
}

static FILE *streamed(const char *path, const char *how) {
  enum action action = strchr(how, 'w') != NULL || strchr(how, 'a') != NULL ? meet("create", path) : PASS;
  if (action == FAIL) return NULL;
  FILE *file = REAL(fopen64)(path, how);
  if (action != PASS) die();
  return file;
}

FILE *fopen64(const char *path, const char *how) { return streamed(path, how); }

FILE *fopen(const char *path, const char *how) { return streamed(path, how); }
