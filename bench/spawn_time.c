// Time of one whole start and exit of a program, with its output thrown away or read by somebody.
//
//   spawn_time null|pipe ITERATIONS PROGRAM [ARG...]
//
// Prints the median in nanoseconds. `null` gives the program /dev/null as stdout; `pipe` gives it
// a pipe that another process reads all the time, as a container engine does.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

enum { kWarmUp = 5 };

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static long long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static int by_length(const void* a, const void* b) {
  const long long x = *(const long long*)a, y = *(const long long*)b;
  return (x > y) - (x < y);
}

// The write end of a pipe whose other end a process of its own drains until it is closed.
static int drained_pipe(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
  const pid_t reader = fork();
  if (reader < 0) fail("fork");
  if (reader == 0) {
    static char bytes[65536];
    close(ends[1]);
    while (read(ends[0], bytes, sizeof bytes) > 0) {
    }
    _exit(0);
  }
  close(ends[0]);
  return ends[1];
}

static long long run_once(char** command, const posix_spawn_file_actions_t* files) {
  const long long start = now();
  pid_t pid;
  int status;
  const int error = posix_spawn(&pid, command[0], files, NULL, command, environ);
  if (error != 0) {
    fprintf(stderr, "cannot run %s: %s\n", command[0], strerror(error));
    exit(1);
  }
  if (waitpid(pid, &status, 0) != pid) fail("waitpid");
  const long long took = now() - start;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "%s did not end with 0\n", command[0]);
    exit(1);
  }
  return took;
}

int main(int argc, char** argv) {
  const int iterations = argc > 3 ? atoi(argv[2]) : 0;
  if (iterations < 1) {
    fprintf(stderr, "usage: spawn_time null|pipe ITERATIONS PROGRAM [ARG...]\n");
    return 2;
  }
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) fail("/dev/null");
  const int out = strcmp(argv[1], "pipe") == 0 ? drained_pipe() : nowhere;

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, nowhere, 0);
  posix_spawn_file_actions_adddup2(&files, out, 1);
  posix_spawn_file_actions_adddup2(&files, nowhere, 2);

  long long* took = calloc((size_t)iterations, sizeof *took);
  if (took == NULL) fail("calloc");
  for (int i = 0; i < kWarmUp; i++) run_once(argv + 3, &files);
  for (int i = 0; i < iterations; i++) took[i] = run_once(argv + 3, &files);
  qsort(took, (size_t)iterations, sizeof *took, by_length);
  printf("%lld\n", took[iterations / 2]);
  return 0;
}
