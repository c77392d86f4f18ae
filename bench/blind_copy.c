// What any log program must do at least: takes a program's output from a pipe, and writes so many
// times as much without looking at it. The pipes are as large as those of pmx-init.
//
//   blind_copy PERCENT PROGRAM [ARGUMENT...]
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kPipe = 1 << 20, kRead = kPipe / 2, kWrite = 128 * 1024 };

static char in[kRead] __attribute__((aligned(4096)));
static char out[kWrite] __attribute__((aligned(4096)));

static void write_out(size_t bytes) {
  while (bytes > 0) {
    const ssize_t written = write(STDOUT_FILENO, out, bytes < kWrite ? bytes : kWrite);
    if (written < 0) exit(1);
    bytes -= (size_t)written;
  }
}

int main(int argc, char** argv) {
  int ends[2];
  if (argc < 3 || pipe2(ends, O_CLOEXEC) != 0) {
    fprintf(stderr, "usage: blind_copy PERCENT PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const size_t percent = strtoul(argv[1], NULL, 10);
  fcntl(ends[0], F_SETPIPE_SZ, kPipe);
  fcntl(STDOUT_FILENO, F_SETPIPE_SZ, kPipe);
  memset(out, 'x', sizeof out);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execv(argv[2], argv + 2);
    _exit(127);
  }
  close(ends[1]);
  for (ssize_t size; (size = read(ends[0], in, sizeof in)) > 0;)
    write_out((size_t)size * percent / 100);
  int status = 1;
  waitpid(child, &status, 0);
  return status != 0;
}
