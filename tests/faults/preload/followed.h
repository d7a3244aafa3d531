// What the preloaded libraries share: which files of a process are followed. Guarded by `mutex`.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { followed_fds = 65536 };
enum follow { unknown, followed, ignored };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;  // held during each call on a followed file
static unsigned char known[followed_fds];

// The function that the library stands before.
#define REAL(name) ((__typeof__(&name))real(#name))

static void* real(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

// Whether the path begins with one of those, which have ':' between.
static int is_below(const char* path, const char* paths) {
  while (paths != NULL && *paths != '\0') {
    const size_t length = strcspn(paths, ":");
    if (length > 0 && strncmp(path, paths, length) == 0) return 1;
    paths += length + (paths[length] == ':');
  }
  return 0;
}

static ssize_t path_of(int fd, char* out) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, out, PATH_MAX - 1);
  out[length < 0 ? 0 : length] = '\0';
  return length;
}

// Whether it is a regular file below TRAWL_FOLLOWED_PATHS.
static int is_followed(int fd) {
  if (fd < 0 || fd >= followed_fds) return 0;
  if (known[fd] == unknown) {
    char path[PATH_MAX];
    struct stat is;
    const int regular = fstat(fd, &is) == 0 && S_ISREG(is.st_mode);
    known[fd] = regular && path_of(fd, path) > 0 && is_below(path, getenv("TRAWL_FOLLOWED_PATHS")) ? followed : ignored;
  }
  return known[fd] == followed;
}

static int is_path_followed(const char* path) {
  char whole[PATH_MAX];
  return realpath(path, whole) != NULL && is_below(whole, getenv("TRAWL_FOLLOWED_PATHS"));
}

// The descriptor may be another file's from now on.
static void forget_fd(int fd) {
  pthread_mutex_lock(&mutex);
  if (fd >= 0 && fd < followed_fds) known[fd] = unknown;
  pthread_mutex_unlock(&mutex);
}
