// A wall clock that jumps: preloaded (LD_PRELOAD), this library adds the offset that a file holds to what the program sees as the time of
// day, from one moment to the next, as when somebody sets the clock. Other clocks go on as they are.
//
//   TRAWL_WALLCLOCK_FILE  eight bytes: the offset in nanoseconds, a signed number in this machine's order; read anew for each look at the clock
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { nanoseconds = 1000000000 };
static const volatile int64_t no_offset;
static const volatile int64_t* offset = &no_offset;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static struct timespec moved(struct timespec at, int64_t by) {
  const int64_t part = at.tv_nsec + by % nanoseconds;
  at.tv_sec += by / nanoseconds + (part < 0 ? -1 : part / nanoseconds);
  at.tv_nsec = part < 0 ? part + nanoseconds : part % nanoseconds;
  return at;
}

int clock_gettime(clockid_t which, struct timespec* out) {
  static __typeof__(&clock_gettime) real;  // asked for at every turn: not looked up each time
  if (real == NULL) real = REAL(clock_gettime);
  const int result = real(which, out);
  if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) *out = moved(*out, *offset);
  return result;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}

// Waits until a time of day end when the machine's clock says so, which has not jumped: the time is taken back to that one.
int pthread_cond_timedwait(pthread_cond_t* restrict condition, pthread_mutex_t* restrict mutex, const struct timespec* restrict until) {
  static __typeof__(&pthread_cond_timedwait) real;
  if (real == NULL) real = (__typeof__(real))dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  const struct timespec then = moved(*until, -*offset);
  return real(condition, mutex, &then);
}

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("TRAWL_WALLCLOCK_FILE");
  const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) offset = page;
}
