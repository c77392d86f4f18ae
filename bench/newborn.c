// An app that says when it was born, "PID NANOSECONDS\n" of CLOCK_MONOTONIC, into the FIFO that NEWBORN
// names, and is never heard of again. It needs no arguments, so that it can be a service's `run` itself,
// and minds none: s6-supervise gives it one.
//
//   newborn --then COMMAND [ARG...]     becomes that instead
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct timespec born;
  clock_gettime(CLOCK_MONOTONIC, &born);
  const char* fifo = getenv("NEWBORN");
  const int out = fifo == NULL ? -1 : open(fifo, O_WRONLY | O_CLOEXEC);
  if (out < 0) return 1;
  char line[64];
  const int length = snprintf(line, sizeof line, "%d %lld\n", (int)getpid(),
                              born.tv_sec * 1000000000LL + born.tv_nsec);
  // Whole or not at all, whoever else writes: it is shorter than PIPE_BUF.
  if (write(out, line, (size_t)length) != length) return 1;
  close(out);
  if (argc > 2 && strcmp(argv[1], "--then") == 0) {
    execv(argv[2], argv + 2);
    return 1;
  }
  for (;;) pause();
}
