// A disk that fails: preloaded (LD_PRELOAD), this library lets one operation on a followed file come back with an error.
//
//   TRAWL_FOLLOWED_PATHS  paths with ':' between; files whose path begins with one of them are followed
//   TRAWL_FAILING         KIND:N:ERRNO: the N-th operation of that kind fails so. KIND: write (also a shortening), sync, name (rename)
//
// It says so on stderr: "failing: KIND of PATH". A file whose sync has failed may have lost what it held, and a second sync that comes
// back well would hide that (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020); who tries is told:
// "failing: PATH is synced again".
#define _GNU_SOURCE
#include "followed.h"

#include <errno.h>

enum kind { writing, syncing, naming, kinds };
static const char* const names[kinds] = {"write", "sync", "name"};

static enum kind chosen = kinds;
static long countdown;
static int with;
static dev_t broken_device;  // of the file whose sync has failed
static ino_t broken_inode;

static void say(const char* before, const char* path, const char* after) {
  char line[PATH_MAX + 64];
  const int length = snprintf(line, sizeof line, "failing: %s%s%s\n", before, path, after);
  (void)!((__typeof__(&write))real("write"))(2, line, (size_t)length);
}

// Whether this operation is the one. With `mutex` held.
static int is_chosen(enum kind is, const char* path) {
  if (is != chosen || --countdown != 0) return 0;
  char before[16];
  snprintf(before, sizeof before, "%s of ", names[is]);
  say(before, path, "");
  return 1;
}

static int fails(int fd, enum kind is) {
  pthread_mutex_lock(&mutex);
  char path[PATH_MAX];
  struct stat at;
  int result = 0;
  if (chosen != kinds && is_followed(fd) && path_of(fd, path) > 0 && fstat(fd, &at) == 0) {
    if (is == syncing && broken_inode != 0 && at.st_ino == broken_inode && at.st_dev == broken_device) say("", path, " is synced again");
    result = is_chosen(is, path);
    if (result && is == syncing) broken_device = at.st_dev, broken_inode = at.st_ino;
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

#define FAILING(fd, is, call) \
  if (fails(fd, is)) {        \
    errno = with;             \
    return -1;                \
  }                           \
  return call;

ssize_t write(int fd, const void* bytes, size_t size) { FAILING(fd, writing, REAL(write)(fd, bytes, size)) }
ssize_t writev(int fd, const struct iovec* parts, int count) { FAILING(fd, writing, REAL(writev)(fd, parts, count)) }
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { FAILING(fd, writing, REAL(pwrite)(fd, bytes, size, at)) }
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) { FAILING(fd, writing, REAL(pwrite64)(fd, bytes, size, at)) }
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) { FAILING(fd, writing, REAL(pwritev)(fd, parts, count, at)) }
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off64_t at) { FAILING(fd, writing, REAL(pwritev64)(fd, parts, count, at)) }
int ftruncate(int fd, off_t size) { FAILING(fd, writing, REAL(ftruncate)(fd, size)) }
int ftruncate64(int fd, off64_t size) { FAILING(fd, writing, REAL(ftruncate64)(fd, size)) }
int fsync(int fd) { FAILING(fd, syncing, REAL(fsync)(fd)) }
int fdatasync(int fd) { FAILING(fd, syncing, REAL(fdatasync)(fd)) }

int rename(const char* from, const char* to) {
  pthread_mutex_lock(&mutex);
  const int result = chosen != kinds && is_path_followed(from) && is_chosen(naming, from);
  pthread_mutex_unlock(&mutex);
  if (result) {
    errno = with;
    return -1;
  }
  return REAL(rename)(from, to);
}

int close(int fd) {
  forget_fd(fd);
  return REAL(close)(fd);
}

__attribute__((constructor)) static void begin(void) {
  const char* given = getenv("TRAWL_FAILING");
  char name[8];
  if (given == NULL || sscanf(given, "%7[a-z]:%ld:%d", name, &countdown, &with) != 3) return;
  for (enum kind is = writing; is < kinds; ++is)
    if (strcmp(name, names[is]) == 0) chosen = is;
}
