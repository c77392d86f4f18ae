// How long a signal takes from kill() on the init to the handler of its child.
//
//   signal_latency one|any SAMPLES PAUSE_US [INIT [ARG...]]     without INIT: straight to the child
//
// `one` keeps everybody on one processor. On `any`, the time is mostly that of waking a processor,
// if the kernel happens to choose one that sleeps, and not that of the init.
//
// Prints the median in nanoseconds. The child stamps the clock in its handler into memory shared
// with the sender. Between two signals the sender sleeps PAUSE_US, so that sender, init and child
// are all asleep when the next one is sent: a container's signals come one by one.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

struct Shared {
  atomic_llong stamp;     // when the handler ran last
  atomic_uint delivered;  // how often it ran
  atomic_int ready;       // the child has its handler and waits
};

static struct Shared* shared;

static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void rest(long microseconds) {
  const struct timespec length = {microseconds / 1000000, microseconds % 1000000 * 1000};
  nanosleep(&length, NULL);
}

static void map_shared(const char* path, int flags) {
  const int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
  if (fd < 0 || (flags != 0 && ftruncate(fd, sizeof *shared) != 0)) fail(path);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) fail("mmap");
  close(fd);
}

static void on_signal(int number) {
  (void)number;
  atomic_store(&shared->stamp, now());
  atomic_fetch_add(&shared->delivered, 1);
}

static _Noreturn void be_child(const char* path) {
  map_shared(path, 0);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  atomic_store(&shared->ready, 1);
  for (;;) pause();
}

static int by_length(const void* a, const void* b) {
  const long long x = *(const long long*)a, y = *(const long long*)b;
  return (x > y) - (x < y);
}

// Starts `INIT... self --child path`, with nothing to read and nothing to show.
static pid_t start(char** init, int words, char* self, char* path) {
  char* command[64];
  if (words > 60) words = 60;
  int n = 0;
  for (int i = 0; i < words; i++) command[n++] = init[i];
  command[n++] = self;
  command[n++] = "--child";
  command[n++] = path;
  command[n] = NULL;

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (int fd = 0; fd < 3; fd++)
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  pid_t pid;
  const int error = posix_spawn(&pid, command[0], &files, NULL, command, environ);
  if (error != 0) {
    fprintf(stderr, "cannot run %s: %s\n", command[0], strerror(error));
    exit(1);
  }
  return pid;
}

static long long one_sample(pid_t init, long pause_us) {
  const unsigned before = atomic_load(&shared->delivered);
  const long long sent = now();
  if (kill(init, SIGUSR1) != 0) fail("kill");
  for (int waits = 0; atomic_load(&shared->delivered) == before; waits++) {
    if (waits > 100000) {
      fprintf(stderr, "a signal never arrived\n");
      exit(1);
    }
    rest(pause_us);
  }
  const long long took = atomic_load(&shared->stamp) - sent;
  rest(pause_us);
  return took;
}

// On the last of the processors that we may use: the first has most of the machine's interrupts.
static void stay_on_one_processor(void) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("sched_getaffinity");
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &allowed)) last--;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) fail("sched_setaffinity");
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "--child") == 0) be_child(argv[2]);
  const int samples = argc > 3 ? atoi(argv[2]) : 0;
  const long pause_us = argc > 3 ? atol(argv[3]) : 0;
  if (samples < 1 || pause_us < 1) {
    fprintf(stderr, "usage: signal_latency one|any SAMPLES PAUSE_US [INIT [ARG...]]\n");
    return 2;
  }
  if (strcmp(argv[1], "one") == 0) stay_on_one_processor();
  char self[4096] = {0};
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) fail("/proc/self/exe");
  char path[64];
  snprintf(path, sizeof path, "/dev/shm/signal-latency.%d", (int)getpid());
  map_shared(path, O_CREAT | O_EXCL);

  const pid_t init = start(argv + 4, argc - 4, self, path);
  while (atomic_load(&shared->ready) == 0) {
    if (waitpid(init, NULL, WNOHANG) == init) {
      unlink(path);
      fprintf(stderr, "%s ended before its child was ready\n", argv[4] ? argv[4] : self);
      return 1;
    }
    rest(1000);
  }
  unlink(path);
  rest(20000);

  long long* took = calloc((size_t)samples, sizeof *took);
  if (took == NULL) fail("calloc");
  for (int i = 0; i < samples; i++) took[i] = one_sample(init, pause_us);
  kill(init, SIGTERM);
  waitpid(init, NULL, 0);
  qsort(took, (size_t)samples, sizeof *took, by_length);
  printf("%lld\n", took[samples / 2]);
  return 0;
}
