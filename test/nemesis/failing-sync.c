/*
 * Loaded into a node with LD_PRELOAD: fsync and fdatasync fail with EIO while the file named by
 * NEMESIS_SYNC_FAILS exists. The data stays in the page cache, as on a disk that breaks.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int armed(void) {
  const char *file = getenv("NEMESIS_SYNC_FAILS");
  return file != NULL && access(file, F_OK) == 0;
}

typedef int (*sync_call)(int);

static int sync_or_fail(const char *name, int fd) {
  if (armed()) {
    errno = EIO;
    return -1;
  }
  sync_call real = (sync_call)dlsym(RTLD_NEXT, name);
  return real(fd);
}

int fsync(int fd) { return sync_or_fail("fsync", fd); }

int fdatasync(int fd) { return sync_or_fail("fdatasync", fd); }
