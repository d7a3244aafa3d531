// A power cut without root: preloaded (LD_PRELOAD), this library follows what a process writes below some paths and, at the cut, gives
// each file back what was last synced, then ends the process. RocksDB and trawl write with the calls below; a mapped write would not be seen.
//
//   TRAWL_FOLLOWED_PATHS  paths with ':' between; files whose path begins with one of them are followed
//   TRAWL_POWERCUT_FIFO   a pipe: the cut comes when a byte does
//   TRAWL_POWERCUT_AFTER  N: the cut comes before the N-th operation on a followed file
//   TRAWL_POWERCUT_SEED   0 (default): nothing unsynced survives. Else of what was appended to each file a part of its own does, as on a
//                         real disk, where a later file's data may be there and an earlier one's not; a file that was never synced is gone
//                         or empty.
//
// A rename, a removal and a new name survive at once: a disk may lose them, this does not. Data counts as synced if a process before
// this one left it. Not followed: what stdio writes, whose calls stay inside the C library (RocksDB's LOG, which nothing reads back).
#define _GNU_SOURCE
#include "followed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>

struct undo {
  struct undo* next;
  off_t at;
  size_t size;
  char bytes[];
};

// A file with unsynced changes.
struct file {
  struct file* next;
  dev_t device;
  ino_t inode;
  int fd;            // ours: it lives as long as the change is not synced, whoever closes or removes the file
  off_t synced;      // size at the last sync
  int never_synced;  // it began with this process
  struct undo* undo; // what stood below `synced`, newest first
};

static struct file* dirty;  // this and the below are guarded by `mutex` too
static long operations, cut_before;
static unsigned long long seed;

static unsigned next_random(void) {  // xorshift64, Marsaglia 2003
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (unsigned)(seed >> 33);
}

static void restore(struct file* f) {
  struct stat is;
  if (fstat(f->fd, &is) != 0) return;
  for (const struct undo* u = f->undo; u != NULL; u = u->next) (void)!REAL(pwrite)(f->fd, u->bytes, u->size, u->at);
  off_t size = f->synced;
  if (seed != 0 && is.st_size > size) size += (off_t)((unsigned long long)(is.st_size - size) * (next_random() % 101) / 100);
  (void)!REAL(ftruncate)(f->fd, size);
  char path[PATH_MAX];
  if (f->never_synced && seed != 0 && next_random() % 2 == 0 && path_of(f->fd, path) > 0) unlink(path);
}

// The lights go out. The lock is never given back: no other thread writes any more.
static void cut(void) {
  for (struct file* f = dirty; f != NULL; f = f->next) restore(f);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void count_operation(void) {
  if (++operations == cut_before) cut();
}

static struct file* entry_of(int fd, const struct stat* is) {
  for (struct file* f = dirty; f != NULL; f = f->next)
    if (f->device == is->st_dev && f->inode == is->st_ino) return f;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  struct file* f = calloc(1, sizeof *f);
  if (f == NULL) abort();
  *f = (struct file){dirty, is->st_dev, is->st_ino, REAL(open)(link, O_RDWR | O_CLOEXEC), is->st_size, is->st_size == 0, NULL};
  if (f->fd < 0) abort();
  return dirty = f;
}

// Before [at, at + size) of the file changes: keeps what is there and synced.
static void about_to_change(int fd, off_t at, off_t size) {
  struct stat is;
  if (fstat(fd, &is) != 0) return;
  struct file* f = entry_of(fd, &is);
  const off_t end = at + size < f->synced ? at + size : f->synced;
  if (at >= end) return;
  struct undo* u = malloc(sizeof *u + (size_t)(end - at));
  if (u == NULL) abort();
  const ssize_t got = pread(f->fd, u->bytes, (size_t)(end - at), at);
  *u = (struct undo){f->undo, at, got > 0 ? (size_t)got : 0};
  f->undo = u;
}

static void forget(struct file** place) {
  struct file* f = *place;
  *place = f->next;
  for (struct undo* u = f->undo; u != NULL;) {
    struct undo* next = u->next;
    free(u);
    u = next;
  }
  REAL(close)(f->fd);
  free(f);
}

static void now_synced(int fd) {
  struct stat is;
  if (fstat(fd, &is) != 0) return;
  for (struct file** place = &dirty; *place != NULL; place = &(*place)->next) {
    if ((*place)->device != is.st_dev || (*place)->inode != is.st_ino) continue;
    forget(place);
    return;
  }
}

static off_t position_of(int fd) {
  struct stat is;
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_APPEND) != 0 && fstat(fd, &is) == 0) return is.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

// The body of a call that changes [AT, AT + SIZE) of a followed file.
#define CHANGING(type, fd, at, size, call)            \
  pthread_mutex_lock(&mutex);                         \
  const int follows = is_followed(fd);                \
  if (!follows) pthread_mutex_unlock(&mutex);         \
  if (follows) count_operation();                     \
  if (follows) about_to_change(fd, at, (off_t)(size)); \
  const type result = call;                           \
  if (follows) {                                      \
    const int error = errno;                          \
    pthread_mutex_unlock(&mutex);                     \
    errno = error;                                    \
  }                                                   \
  return result;

static size_t length_of(const struct iovec* parts, int count) {
  size_t out = 0;
  for (int i = 0; i < count; ++i) out += parts[i].iov_len;
  return out;
}

ssize_t write(int fd, const void* bytes, size_t size) { CHANGING(ssize_t, fd, position_of(fd), size, REAL(write)(fd, bytes, size)) }
ssize_t writev(int fd, const struct iovec* parts, int count) { CHANGING(ssize_t, fd, position_of(fd), length_of(parts, count), REAL(writev)(fd, parts, count)) }
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { CHANGING(ssize_t, fd, at, size, REAL(pwrite)(fd, bytes, size, at)) }
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) { CHANGING(ssize_t, fd, at, size, REAL(pwrite64)(fd, bytes, size, at)) }
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) { CHANGING(ssize_t, fd, at, length_of(parts, count), REAL(pwritev)(fd, parts, count, at)) }
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off64_t at) { CHANGING(ssize_t, fd, at, length_of(parts, count), REAL(pwritev64)(fd, parts, count, at)) }
ssize_t pwritev2(int fd, const struct iovec* parts, int count, off_t at, int flags) {
  CHANGING(ssize_t, fd, at < 0 ? position_of(fd) : at, length_of(parts, count), REAL(pwritev2)(fd, parts, count, at, flags))
}
ssize_t pwritev64v2(int fd, const struct iovec* parts, int count, off64_t at, int flags) {
  CHANGING(ssize_t, fd, at < 0 ? position_of(fd) : at, length_of(parts, count), REAL(pwritev64v2)(fd, parts, count, at, flags))
}
int ftruncate(int fd, off_t size) { CHANGING(int, fd, size, LLONG_MAX / 2 - size, REAL(ftruncate)(fd, size)) }
int ftruncate64(int fd, off64_t size) { CHANGING(int, fd, size, LLONG_MAX / 2 - size, REAL(ftruncate64)(fd, size)) }

static int truncate_path(const char* path, off_t size) {
  const int fd = REAL(open)(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const int result = ftruncate(fd, size);
  const int error = errno;
  close(fd);
  errno = error;
  return result;
}
int truncate(const char* path, off_t size) { return truncate_path(path, size); }
int truncate64(const char* path, off64_t size) { return truncate_path(path, size); }

// O_TRUNC is a change too: the file is opened without it and then cut, which keeps what it held.
static int then_truncated(int fd, int flags) {
  struct stat is;
  if (fd >= 0 && (flags & O_TRUNC) != 0 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_size > 0 && ftruncate(fd, 0) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

static mode_t mode_of(int flags, va_list more) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; }

#define OPENING(call)                    \
  va_list more;                          \
  va_start(more, flags);                 \
  const mode_t mode = mode_of(flags, more); \
  va_end(more);                          \
  return then_truncated(call, flags);

int open(const char* path, int flags, ...) { OPENING(REAL(open)(path, flags & ~O_TRUNC, mode)) }
int open64(const char* path, int flags, ...) { OPENING(REAL(open64)(path, flags & ~O_TRUNC, mode)) }
int openat(int folder, const char* path, int flags, ...) { OPENING(REAL(openat)(folder, path, flags & ~O_TRUNC, mode)) }
int openat64(int folder, const char* path, int flags, ...) { OPENING(REAL(openat64)(folder, path, flags & ~O_TRUNC, mode)) }

int close(int fd) {
  forget_fd(fd);
  return REAL(close)(fd);
}

static int sync_file(int fd, int (*call)(int)) {
  pthread_mutex_lock(&mutex);
  const int follows = is_followed(fd);
  if (!follows) pthread_mutex_unlock(&mutex);
  if (follows) count_operation();
  const int result = call(fd);
  if (follows) {
    const int error = errno;
    if (result == 0) now_synced(fd);
    pthread_mutex_unlock(&mutex);
    errno = error;
  }
  return result;
}
int fsync(int fd) { return sync_file(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_file(fd, REAL(fdatasync)); }

static int counted_rename(int from_folder, const char* from, int to_folder, const char* to) {
  pthread_mutex_lock(&mutex);
  if (is_path_followed(from)) count_operation();
  pthread_mutex_unlock(&mutex);
  return REAL(renameat)(from_folder, from, to_folder, to);
}
int rename(const char* from, const char* to) { return counted_rename(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_folder, const char* from, int to_folder, const char* to) { return counted_rename(from_folder, from, to_folder, to); }

static void* wait_for_cut(void* fifo) {
  char byte;
  const int fd = REAL(open)(fifo, O_RDWR | O_CLOEXEC);  // both ways: it does not end when a writer does
  if (fd < 0 || read(fd, &byte, 1) != 1) return NULL;
  pthread_mutex_lock(&mutex);
  cut();
  return NULL;
}

__attribute__((constructor)) static void begin(void) {
  const char* after = getenv("TRAWL_POWERCUT_AFTER");
  const char* given = getenv("TRAWL_POWERCUT_SEED");
  char* fifo = getenv("TRAWL_POWERCUT_FIFO");
  cut_before = after != NULL ? atol(after) : 0;
  seed = given != NULL ? strtoull(given, NULL, 10) : 0;
  if (seed != 0) seed = seed * 0x9E3779B97F4A7C15ULL | 1;
  if (fifo == NULL) return;
  sigset_t all, before;  // signals are for the program's own threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_for_cut, fifo) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}
